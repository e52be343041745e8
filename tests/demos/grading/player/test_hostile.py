"""One submission of every hostile and every careless kind, graded side by side with honest ones.

Which of them only a container stops is said in `ONLY_A_CONTAINER`, and in demos/grading/README.md.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

import handgrad.demos.grading
from handgrad.demos.cli import main
from handgrad.demos.grading.fence.kernel import is_whole_fence
from handgrad.demos.grading.running.processes import descendants
from handgrad.demos.katas.course import Course
from tests.demos.grading.classes import by_student, grade, hand_in

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="grading needs Linux")

COURSE = Course()
KATA = COURSE["multiply"]
RIGHT = "def backward(a, b, y):\n    y.grad = 1.0\n    a.grad = b.data\n    b.grad = a.data\n"
SECRET = "the-teachers-own-secret"
MARK = f"handgrad-test-mark-{os.getpid()}"

# The hooks' own tables, emptied in memory: from here on nothing but the kernel refuses.
EMPTY_HOOKS = (
    "import sys, os\nimport numpy as np\nguard = sys.modules['handgrad_player.guard']\nclass X: pass\n"
    "for table in (guard.REFUSED, guard.LOOKS, guard.CHANGES):\n    x = X()\n"
    "    x.__array_interface__ = dict(data=(id(table), False), shape=(24,), typestr='|u1', version=3)\n"
    "    np.asarray(x)[16:24] = 0\n"
)

# Each: the answer, the status it must get, and what its text must say.
HOSTILE = {
    "endless loop": ("def backward(a, b, y):\n    while True: pass\n", "timeout", "never ends"),
    "endless loop at import": ("while True: pass\n", "timeout", "never ends"),
    "endless sleep": ("import time\ntime.sleep(100)\n", "timeout", "never ends"),
    "endless output": ("while True: print('spam' * 1000)\n", "error", "printed more than"),
    "endless file": ("f = open('big', 'wb')\nwhile True: f.write(b'x' * 100000)\n", "error", "without end"),
    "endless files": ("for i in range(10**6): open(str(i), 'w').close()\n", "error", "without end"),
    "fork storm": ("import os\nfor _ in range(50): os.fork()\n", "error", "os.fork"),
    "fork storm by subprocess": (
        "import subprocess, sys\nfor _ in range(50): subprocess.Popen([sys.executable, __file__])\n",
        "error",
        "subprocess.popen",
    ),
    "daemon": (
        "import os\nif not os.fork():\n    os.setsid()\n    os.execv('/bin/sleep', ['sleep', '60'])\n",
        "error",
        "os.fork",
    ),
    "shell": (f"import os\nos.system('touch /tmp/{MARK}')\n", "error", "os.system"),
    "kills its parent": ("import os\nos.kill(os.getppid(), 9)\n", "error", "os.kill"),
    "memory hog": (
        "def backward(a, b, y):\n    hog = [bytearray(1 << 28) for _ in range(100)]\n",
        "error",
        "MemoryError",
    ),
    "os._exit at import": ("import os\nos._exit(0)\n", "error", "ended the whole program"),
    "os._exit in the call": (
        "import os\ndef backward(a, b, y):\n    os._exit(0)\n",
        "error",
        "ended the whole program",
    ),
    "sys.exit": ("import sys\nsys.exit(0)\n", "error", "asked to exit"),
    "sys.exit in the call": ("import sys\ndef backward(a, b, y):\n    sys.exit(0)\n", "error", "asked to exit"),
    "crash": (
        "import numpy as np\nclass X:\n"
        "    __array_interface__ = dict(data=(8, False), shape=(1,), typestr='|u1', version=3)\n"
        "np.asarray(X())[0] = 1\n",
        "error",
        "ended the whole program",
    ),
    "exception at import": ("1 / 0\n", "error", "multiply.py, line 1: 1 / 0\nZeroDivisionError"),
    "keyboard interrupt": ("raise KeyboardInterrupt\n", "error", "KeyboardInterrupt"),
    "exception that cannot be shown": (
        "class E(Exception):\n    def __str__(self): raise self\ndef backward(a, b, y): raise E\n",
        "error",
        "cannot be shown (E)",
    ),
    "syntax error": ("def backward(a, b, y:\n", "error", "SyntaxError"),
    "empty file": ("", "error", "multiply.py is empty."),
    "wrong encoding": (b"x = 'caf\xe9'\n" + RIGHT.encode(), "error", "SyntaxError"),
    "utf-16": (RIGHT.encode("utf-16"), "error", "save it as UTF-8"),
    "an error about null bytes": (
        "def backward(a, b, y): compile('\\0', 'x', 'exec')\n",
        "error",
        "source code string cannot contain null bytes",
    ),
    "null bytes": (b"\0\0\0", "error", "save it as UTF-8"),
    "deletes the test": (
        "import glob, os\nfor f in glob.glob('/tmp/**/test_multiply.py', recursive=True): os.remove(f)\n",
        "error",
        "outside",
    ),
    "patched Python": (
        "import builtins, math, sys\nbuiltins.abs = lambda x: 0.0\n"
        "math.isfinite = math.isclose = lambda *a, **k: True\n"
        "sys.modules['pytest'] = sys\ndef backward(*a): pass\n",
        "failed",
        "missing",
    ),
    "patched comparator": (
        "import handgrad, handgrad.checking.compare as c, handgrad.checking.comparison as d\n"
        "handgrad.compare = c.compare = lambda *a, **k: True\nd.Comparison.ok = True\ndef backward(*a): pass\n",
        "failed",
        "missing",
    ),
    "patched engine": (
        "from handgrad import Value, ops\nops.MULTIPLY.__class__.derivatives = lambda *a: (0.0, 0.0)\n"
        "Value.grad = property(lambda s: 1.0, lambda s, v: None)\ndef backward(a, b, y):\n"
        "    y.grad = a.grad = b.grad = 0.0\n",
        "failed",
        "derivative there?",
    ),
    "float that equals everything": (
        "class F(float):\n    def __eq__(s, o): return True\n    def __sub__(s, o): return 0.0\n"
        "    __rsub__ = __sub__\n"
        "    __hash__ = float.__hash__\n    def __abs__(s): return 0.0\n"
        "def backward(a, b, y):\n    y.grad = a.grad = b.grad = F(7)\n",
        "failed",
        "Write a float",
    ),
    "autodiff": ("def backward(a, b, y):\n    y.backward()\n", "error", "by hand"),
    "autodiff of a copy": (
        "from handgrad import Value, gradients\ndef backward(a, b, y):\n    p, q = Value(a.data), Value(b.data)\n"
        "    g = gradients(p * q)\n    y.grad, a.grad, b.grad = 1.0, g[p], g[q]\n",
        "error",
        "by hand",
    ),
    "autodiff with the gate undone": (
        "from handgrad import Value, autodiff, manual\nimport importlib, sys\n"
        "for name in ('manual', 'autodiff', 'gradients'): importlib.reload(sys.modules[f'handgrad.{name}'])\n"
        "def backward(a, b, y):\n    autodiff.ask_for_gradients = lambda: None\n"
        "    p, q = Value(a.data), Value(b.data)\n"
        "    g = sys.modules['handgrad.gradients'].gradients(p * q)\n    y.grad, a.grad, b.grad = 1.0, g[p], g[q]\n",
        "error",
        "by hand",
    ),
    "reads the solution": (f"exec(open({str(KATA.solution)!r}).read())\n", "error", "open outside its own folder"),
    "reads the solution around a corner": (
        f"import os\nos.chdir('/')\nexec(open({str(KATA.solution)[1:]!r}).read())\n",
        "error",
        "outside its own folder",
    ),
    "imports the course": ("import handgrad.demos.katas.course\n", "error", "ModuleNotFoundError"),
    "looks at the caller": (
        "import sys\ndef backward(a, b, y):\n    f = sys._getframe()\n    while f:\n"
        "        assert 'numeric' not in f.f_locals and 'first' not in f.f_locals\n        f = f.f_back\n",
        "failed",
        "missing",
    ),
    "hard-coded": ("def backward(a, b, y):\n    y.grad, a.grad, b.grad = 1.0, 2.3, -1.6\n", "failed", "2 wrong"),
    "makes the data easy": (
        "def backward(a, b, y):\n    a.data = b.data = y.data = 0.0\n    y.grad, a.grad, b.grad = 1.0, 0.0, 0.0\n",
        "error",
        "data",
    ),
    "forged verdict": (
        "import os, struct, json\n"
        "m = json.dumps({'do': 'return', 'things': None, 'new': [], 'state': [], 'passed': 99}).encode()\n"
        "os.write(3, struct.pack('!I', len(m)) + m)\ndef backward(*a): pass\n",
        "error",
        "broke the rules of grading",
    ),
    "rubbish on the channel": ("import os\nos.write(3, b'rubbish!' * 100)\n", "error", "broke the rules of grading"),
    "cannot be talked to any more": (
        f"import json\n{RIGHT}    json.dumps = None\n",
        "error",
        "ended the whole program",
    ),
    "closes every file": ("import os\nos.closerange(0, 100)\n", "error", "ended the whole program"),
    "undoes its limits": (
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (-1, -1))\n",
        "error",
        "resource.setrlimit",
    ),
    "the network": ("import socket\nsocket.create_connection(('127.0.0.1', 9))\n", "error", "socket."),
    "a name that is two": (
        f"class S(str):\n    def __str__(self): return 'multiply.py'\nexec(open(S({str(KATA.solution)!r})).read())\n",
        "error",
        "no plain name",
    ),
    "a path past the hook": (
        f"import io, pathlib\nexec(io.FileIO(pathlib.Path({str(KATA.solution)!r})).read())\n",
        "error",
        "no plain name",
    ),
    "native code": (
        f"{EMPTY_HOOKS}os.posix_spawn('/bin/sh', ['sh', '-c', 'true'], {{}})\n",
        "error",
        "Permission denied: '/bin/sh'",
    ),
    "the solution by a folder's descriptor": (
        "import os\nhere = os.open('.', os.O_RDONLY)\nos.makedirs('a/b/c/d/e/f/g/h')\nos.chdir('a/b/c/d/e/f/g/h')\n"
        f"exec(open(os.open('../' * 8 + {str(KATA.solution)[1:]!r}, os.O_RDONLY, dir_fd=here)).read())\n",
        "error",
        "Permission denied",
    ),
    "folders in folders": (
        "import os\nwhile True:\n    os.mkdir('d')\n    os.chdir('d')\n",
        "error",
        "files and folders without end",
    ),
    "endless folders": ("import os\nfor i in range(60_000): os.mkdir(str(i))\n", "error", "folders without end"),
    "folders past the hooks": (
        f"{EMPTY_HOOKS}import gc\nfor counter in gc.get_objects():\n"
        "    if type(counter) is list and len(counter) == 1 and type(counter[0]) is int and 150 < counter[0] <= 200:\n"
        f"        counter[0] = 1 << 60\nfor i in range(3000): os.mkdir(str(i))\n{RIGHT}",
        "error",
        "used too much: more than 200 files and folders.",
    ),
    "memory in several processes": (
        f"{EMPTY_HOOKS}import time\nfor _ in range(3):\n    if not os.fork():\n        hog = bytearray(1 << 28)\n"
        f"        time.sleep(60)\ntime.sleep(60)\n{RIGHT}",
        "error",
        "used too much: more than one process.",
    ),
    "a daemon past the hooks": (
        f"{EMPTY_HOOKS}import time\nif not os.fork():\n    os.setsid()\n    if not os.fork():\n"
        f"        time.sleep(60)\n    os._exit(0)\ntime.sleep(60)\n{RIGHT}",
        "error",
        "used too much: more than one process.",
    ),
    "a program of its own": (
        "import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'import os; os.fork()'])\n",
        "error",
        "os.exec",
    ),
    "the chain rule under another name": (
        "from handgrad.autodiff import pass_on\ndef backward(a, b, y):\n    sums = {a: 0.0, b: 0.0}\n"
        "    pass_on(y, 1.0, (b.data, a.data), sums)\n    y.grad, a.grad, b.grad = 1.0, sums[a], sums[b]\n",
        "error",
        "by hand",
    ),
    "the local derivatives": (
        "def backward(a, b, y):\n    y.grad = 1.0\n    a.grad, b.grad = y.op.derivatives(a.data, b.data, y.data)\n",
        "error",
        "by hand",
    ),
    "somebody else's autograd": ("from micrograd.engine import Value\n", "error", "ModuleNotFoundError"),
    "an error that no file can hold": (
        "def backward(a, b, y): raise ValueError('\\ud800 \\x1b[2J \\0')\n",
        "error",
        "ValueError",
    ),
    "a module that is a package": (
        # Named so, Python's import would look in the answer's own folder, and run what it finds in the referee.
        "import os, sys\nframe = sys._getframe()\nwhile frame.f_code.co_name != 'load': frame = frame.f_back\n"
        "player, here = frame.f_locals['self'], os.getcwd()\n"
        f"open('backward.py', 'w').write(\"open('/tmp/{MARK}', 'w').write('here')\")\n"
        "player.channel.send({'do': 'return', **player.wire.pack([['__path__'], lambda name: [here]])})\n"
        "player.receive_answer()\n",
        "error",
        "multiply.py has no function backward.",
    ),
    "the limits of others": (
        f"{EMPTY_HOOKS}import resource\nresource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (3, 3))\n",
        "error",
        "PermissionError",
    ),
    "the priorities of others": (
        "import os\nos.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0))\n",
        "error",
        "PermissionError",
    ),
    "a socket below the hooks": (
        f"{EMPTY_HOOKS}import socket\nsocket.socket(socket.AF_UNIX).connect('/run/docker.sock')\n",
        "error",
        "PermissionError",
    ),
    "signals below the hooks": (f"{EMPTY_HOOKS}os.kill(os.getppid(), 19)\n", "error", "PermissionError"),
    "modes of what it cannot read": (
        f"{EMPTY_HOOKS}os.chmod({str(KATA.solution)!r}, 0o600)\n",
        "error",
        "PermissionError",
    ),
    "leaves moved to where it is easy": (
        "def backward(a, b, y):\n    a.data, b.data = y.data, 1.0\n    y.grad, a.grad, b.grad = 1.0, 1.0, y.data\n",
        "error",
        "the data of a leaf was changed",
    ),
    "the largest number everywhere": (
        "def backward(a, b, y):\n    y.grad = a.grad = b.grad = 1.7976931348623157e308\n",
        "failed",
        "",
    ),
    "ctypes": ("import ctypes\n", "error", "import ctypes"),
    "the teacher's environment": (
        "import os\ndef backward(a, b, y):\n    assert 0, ' '.join(os.environ.values())\n",
        "error",
        "AssertionError: /usr/bin:/bin /tmp",
    ),
    "the grader's environment": (
        "import os\nprint(open(f'/proc/{os.getppid()}/environ').read())\n",
        "error",
        "outside",
    ),
    "thread left behind": (
        f"import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\n{RIGHT}",
        "passed",
        "",
    ),
    "honest": (RIGHT, "passed", ""),
    "honest, with a mark": (b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode(), "passed", ""),
    "ctypes through the back door": (
        "found = [c for c in object.__subclasses__() if 'ctypes' in c.__module__]\nassert not found, found\n" + RIGHT,
        "passed",
        "",
    ),
    "name with  spaces": (RIGHT, "passed", ""),
    "..dots": (RIGHT, "passed", ""),
    "=1+1": (RIGHT, "passed", ""),
    "na\u00efve \u2603": (RIGHT, "passed", ""),
    "almost": (RIGHT.replace("b.grad = a.data", "b.grad = -a.data"), "failed", "the sign does not"),
    "swapped": (
        RIGHT.replace("a.data", "c.data").replace("b.data", "a.data").replace("c.data", "b.data"),
        "failed",
        "other operand",
    ),
}

# Each: what an answer does that only a container would stop, and what it prints then. No verdict depends on it.
ONLY_A_CONTAINER = {
    "names": ("import os\nprint(os.path.exists('/etc/passwd'))\n", "True"),
    "the disk": (
        "for i in range(150):\n    with open(str(i), 'wb') as file: file.truncate(1 << 20)\n"
        "import os\nprint(sum(os.path.getsize(str(i)) for i in range(150)) >> 20)\n",
        "150",
    ),
}


# Where the kernel has not all that holds an answer, these get through, and would spoil the others.
NEED_THE_KERNEL = {name for name, (answer, _, _) in HOSTILE.items() if EMPTY_HOOKS in str(answer)} | {
    "the solution by a folder's descriptor",
    "the priorities of others",
}
if sys.platform.startswith("linux") and not is_whole_fence():
    HOSTILE = {name: sample for name, sample in HOSTILE.items() if name not in NEED_THE_KERNEL}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Every sample in a class of its own name, graded once: the results by student, and the folder."""
    top = tmp_path_factory.mktemp("class")
    folder, outside = top / "in", top / "outside"
    outside.mkdir()
    (outside / "multiply.py").write_text(RIGHT)
    for student, (answer, _, _) in HOSTILE.items():
        place = folder / student
        place.mkdir(parents=True)
        (place / "multiply.py").write_bytes(answer if isinstance(answer, bytes) else answer.encode())
    neighbour = f"open({str(folder / 'honest' / 'multiply.py')!r}, 'w').write('1/0')\n"
    extra = {
        "rewritten test": RIGHT.replace("b.data", "7.0"),
        "test deleted": RIGHT,
        "writes to a neighbour": neighbour,
        "linked file": None,
        "a pipe": None,
        "a giant": "#" * (1 << 20),
        "deep": RIGHT,
    }
    for student, answer in extra.items():
        place = folder / student / "1_white" / "03_multiply" if student == "deep" else folder / student
        place.mkdir(parents=True)
        if answer is not None:
            (place / "multiply.py").write_text(answer)
    (folder / "rewritten test" / "test_multiply.py").write_text("def test_nothing(): pass\n")
    (folder / "rewritten test" / "conftest.py").write_text("import os\nos._exit(0)\n")
    (folder / "linked file" / "multiply.py").symlink_to(outside / "multiply.py")
    os.mkfifo(folder / "a pipe" / "multiply.py")
    (folder / "linked folder").symlink_to(outside)
    (folder / "single file_multiply.py").write_text(RIGHT)
    before = set(descendants(os.getpid()))
    environment = {"TEACHERS_TOKEN": SECRET}
    out = top / "grades.json"
    arguments = [
        "grade",
        str(folder),
        "--out",
        str(out),
        "--jobs",
        "4",
        "--limits",
        "seconds=6,cpu=3,memory=512M",
        "--kata",
        KATA.name,
    ]
    run = CliRunner().invoke(main, arguments, env=environment)
    assert run.exit_code == 0, run.output
    assert set(descendants(os.getpid())) <= before
    students = json.loads(out.read_text(encoding="utf-8"))["students"]
    return {s["student"]: s["katas"][0] for s in students}, top


@pytest.mark.parametrize("student", HOSTILE)
def test_every_kind_gets_its_verdict(student, graded):
    _, status, said = HOSTILE[student]
    found = graded[0][student]
    assert (found["status"], said in found["message"]) == (status, True), found


@pytest.mark.parametrize(
    ("student", "status"),
    [
        ("rewritten test", "failed"),
        ("test deleted", "passed"),
        ("writes to a neighbour", "error"),
        ("linked file", "refused"),
        ("linked folder", "refused"),
        ("a pipe", "refused"),
        ("a giant", "refused"),
        ("deep", "passed"),
        ("single file", "passed"),
    ],
)
def test_every_kind_of_file_gets_its_verdict(student, status, graded):
    assert graded[0][student]["status"] == status, graded[0][student]


def test_nothing_is_left_and_nobody_is_harmed(graded):
    results, top = graded
    assert (top / "in" / "honest" / "multiply.py").read_text() == RIGHT
    assert sorted(p.name for p in top.iterdir()) == ["grades.journal.jsonl", "grades.json", "in", "outside"]
    temporary = Path(tempfile.gettempdir())
    assert not (temporary / MARK).exists()
    assert not [folder for folder in temporary.glob("handgrad-grade-*") if is_abandoned(folder)]
    assert SECRET not in json.dumps(results)


def is_abandoned(folder):
    import fcntl

    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def test_wrong_at_one_node_scores_above_wrong_everywhere(graded):
    results, _ = graded
    almost, swapped, nothing = (results[s]["score"] for s in ("almost", "swapped", "patched comparator"))
    assert results["honest"]["score"] == 10.0 > almost > swapped >= nothing == 0.0
    assert results["almost"]["slips"] == ["sign"]


def test_nothing_of_how_it_is_graded_is_among_what_an_answer_printed(graded):
    printed = graded[0]["cannot be talked to any more"]["output"]
    assert printed.strip() == "The program ended by TypeError."


def test_a_tests_own_operation_keeps_its_rule_to_itself(tmp_path):
    answer = (
        COURSE["max_shift"].solution.read_text(encoding="utf-8") + "    m.op._local(*[n.data for n in z], m.data)\n"
    )
    hand_in(tmp_path / "in", "eve", max_shift=answer.encode())
    grade(tmp_path / "in", "--out", tmp_path / "g.json")
    (result,) = by_student(tmp_path / "g.json")["eve"]
    assert result["status"] == "error"
    assert "done by hand" in result["message"]


def test_emptying_the_list_of_what_is_asked_for_asks_for_no_less(tmp_path):
    (tmp_path / "in" / "eve").mkdir(parents=True)
    answer = "def mse(predictions, targets):\n    predictions.clear()\n"
    (tmp_path / "in" / "eve" / "mse.py").write_text(answer)
    out = tmp_path / "grades.json"
    assert CliRunner().invoke(main, ["grade", str(tmp_path / "in"), "--out", str(out)]).exit_code == 0
    assert json.loads(out.read_text())["students"][0]["katas"][0]["status"] == "failed"


@pytest.mark.parametrize("kind", ONLY_A_CONTAINER)
def test_what_only_a_container_stops_is_told_in_the_docs_and_changes_no_verdict(kind, tmp_path):
    answer, printed = ONLY_A_CONTAINER[kind]
    (tmp_path / "in" / "eve").mkdir(parents=True)
    (tmp_path / "in" / "eve" / "multiply.py").write_text(f"{answer}{RIGHT.replace('b.data', '7.0')}")
    out = tmp_path / "grades.json"
    assert CliRunner().invoke(main, ["grade", str(tmp_path / "in"), "--out", str(out)]).exit_code == 0
    (result,) = json.loads(out.read_text())["students"][0]["katas"]
    assert (result["status"], result["output"].strip()) == ("failed", printed)
    _, _, docs = (
        (Path(handgrad.demos.grading.__file__).parent / "README.md")
        .read_text(encoding="utf-8")
        .partition("## What needs a container")
    )
    assert f"**{kind}**" in docs
