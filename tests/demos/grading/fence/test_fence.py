"""What holds an answer's process: the kernel's own refusals, whatever program it is."""

import ast
import json
import os
import pickle
import platform
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from handgrad.arrays import array
from handgrad.demos.grading.fence import calls, kernel
from handgrad.demos.grading.fence.tree import TREES, make_tree
from handgrad.demos.grading.running.processes import descendants, end_descendants
from handgrad.demos.katas.judging.environment import PACKAGE
from handgrad.demos.katas.judging.temporary import remove_tree
from tests.engine.arrays.constructs import ALL

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="grading needs Linux")
REPOSITORY = Path(__file__).parents[4]
needs_landlock = pytest.mark.skipif(kernel.landlock_version() < 6, reason="needs Landlock 6")


def run(program, *arguments, **options):
    """A Python program in a process of its own; what it prints."""
    command = [sys.executable, "-c", f"import sys\n{program}", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


CONFINED = """
import os, socket
from handgrad.demos.grading.fence import calls, kernel
inside, outside = sys.argv[1:]
assert kernel.confine({inside: kernel.WRITE})
def attempt(what):
    try:
        what()
    except OSError as error:
        print(error.strerror)
    else:
        print("done")
attempt(lambda: os.open(inside + "/new", os.O_WRONLY | os.O_CREAT))
attempt(lambda: os.mkdir(inside + "/folder"))
attempt(lambda: os.open(outside + "/secret", os.O_RDONLY))
attempt(lambda: os.open(outside + "/new", os.O_WRONLY | os.O_CREAT))
attempt(lambda: os.open(inside + "/../outside/secret", os.O_RDONLY))
attempt(lambda: os.open("secret", os.O_RDONLY, dir_fd=os.open(outside, 0o10000000)))
attempt(lambda: os.unlink(outside + "/secret"))
attempt(lambda: os.symlink(outside, inside + "/link"))
attempt(lambda: os.mkfifo(inside + "/pipe"))
attempt(lambda: os.execv("/bin/sh", ["sh", "-c", "echo done"]))
attempt(lambda: os.kill(os.getppid(), 0))
attempt(lambda: socket.create_connection(("127.0.0.1", 9)))
"""


@needs_landlock
def test_a_confined_process_reaches_its_own_folder_and_nothing_else(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("s")
    denied, forbidden = "Permission denied", "Operation not permitted"
    assert run(CONFINED, inside, outside).splitlines() == ["done", "done", *[denied] * 8, forbidden, denied]
    assert (outside / "secret").exists()
    assert not (outside / "new").exists()


FILTERED = """
import ctypes, os, resource, signal, socket, threading
from handgrad.demos.grading.fence import calls
assert calls.forbid_calls()
def attempt(what):
    try:
        what()
    except PermissionError:
        print("refused")
    else:
        print("done")
parent = os.getppid()
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def call(*arguments):
    result = libc.syscall(*map(ctypes.c_long, arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    if result == 0 and os.getppid() != parent:
        os._exit(0)
def clone(flags):
    call(calls.CLONE[column], flags | signal.SIGCHLD, 0, 0, 0, 0)
def number(name):
    return calls.FORBIDDEN[name][column]
column = calls.MACHINES[os.uname().machine][0]
new_user, new_net, new_time = 0x10000000, 0x40000000, 0x80
for what in (
    lambda: clone(new_user), lambda: clone(new_net), lambda: clone(new_time), lambda: call(number("unshare"), new_user),
    lambda: call(number("inotify_init1"), 0), lambda: call(number("fanotify_init"), 0, 0), lambda: clone(0),
    lambda: os.kill(parent, 0), lambda: os.setpriority(os.PRIO_PROCESS, parent, 19), lambda: os.chmod(sys.argv[1], 0),
    lambda: os.sched_setaffinity(parent, {0}), lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE, (64, 64)),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM), lambda: socket.socket(socket.AF_UNIX),
    lambda: os.utime(sys.argv[1]), lambda: os.chown(sys.argv[1], -1, -1),
    lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)), lambda: threading.Thread(target=print).start(),
    lambda: os.waitpid(os.fork() or os._exit(0), 0), lambda: socket.socketpair(), lambda: open(sys.argv[1]).read(),
):
    attempt(what)
"""


@pytest.mark.skipif(platform.machine() not in calls.MACHINES, reason="numbers of calls are not known")
def test_a_filtered_process_reaches_no_other_and_goes_on_with_its_own_work(tmp_path):
    (tmp_path / "file").write_text("")
    told = [line for line in run(FILTERED, tmp_path / "file").splitlines() if line]
    assert told == [*["refused"] * 6, "done", *["refused"] * 9, *["done"] * 5]
    assert os.stat(tmp_path / "file").st_mode & 0o777 != 0


@pytest.mark.parametrize(
    ("header", "column"),
    [("x86_64-linux-gnu/asm/unistd_64.h", 0), ("asm-generic/unistd.h", 1)],
)
def test_the_numbers_of_the_calls_are_those_of_the_kernels_headers(header, column):
    path = Path("/usr/include") / header
    if not path.exists():
        pytest.skip("no headers here")
    numbers = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", path.read_text()))
    asked = {**calls.FORBIDDEN, "prlimit64": calls.PRLIMIT, "clone": calls.CLONE, "clone3": calls.CLONE3}
    # A header older than a call does not have it.
    known = {name: pair[column] for name, pair in asked.items() if pair[column] is not None and name in numbers}
    assert len(known) > 45
    assert known == {name: int(numbers[name]) for name in known}


@needs_landlock
def test_what_a_confined_process_starts_is_as_confined(tmp_path):
    (tmp_path / "secret").write_text("s")
    program = (
        "import os, subprocess\nfrom handgrad.demos.grading.fence import kernel\n"
        "places = {path: kernel.RUN for path in ('/bin', '/usr', '/lib', '/lib64', '/etc', '/dev')}\n"
        "assert kernel.confine(places)\n"
        "print(subprocess.run(['cat', sys.argv[1]], capture_output=True, text=True).stderr)\n"
    )
    assert "Permission denied" in run(program, tmp_path / "secret")


def test_a_hidden_folder_is_left_out_of_what_may_be_read_and_its_siblings_are_not(tmp_path):
    for folder in ("a/b/hidden/deep", "a/b/open", "a/other"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "a" / "b" / "file.py").write_text("")
    (tmp_path / "a" / "b" / "way_in").symlink_to(tmp_path / "a" / "b" / "hidden")
    (tmp_path / "a" / "b" / "way_round").symlink_to(tmp_path / "a")
    found = kernel.places_without(str(tmp_path / "a"), [str(tmp_path / "a" / "b" / "hidden")])
    read = {os.path.relpath(path, tmp_path) for path, rights in found.items() if rights & kernel.READ == kernel.READ}
    assert read == {"a/b/open", "a/b/file.py", "a/other"}
    assert set(found.values()) == {kernel.READ, kernel.LIST}


@pytest.fixture(scope="module")
def barest(tmp_path_factory):
    """The barest engine, to be put on a program's path."""
    return make_tree(tmp_path_factory.mktemp("trees") / "barest", TREES["by-hand"])


def test_the_barest_engine_has_no_gradient_and_no_local_derivative_anywhere(barest):
    program = """
import math
sys.path.insert(0, sys.argv[1])
from handgrad import Value, compare, gradcheck, gradients, numeric_gradients, ops
from handgrad.local import local_derivatives
from handgrad.nn.functional import cross_entropy
from handgrad.ops import leaky_relu
x = Value(0.5, "x")
y = (x * x).tanh() + x.exp()
print(y.data == math.tanh(0.25) + math.exp(0.5))
every = [*ops.BUILT_IN, leaky_relu(0.3), cross_entropy([x, y], 0, fused=True).op]
for attempt in (y.backward, *(lambda f=f: f(y) for f in (gradients, compare, numeric_gradients, local_derivatives)),
                lambda: gradcheck(Value.tanh, x), lambda: gradients(y, graph=True),
                *(lambda op=op: op.derivatives(0.5, 0.5, 0.5) for op in every)):
    try:
        print(attempt())
    except RuntimeError as error:
        assert "done by hand" in str(error), error
print({op.slips for op in every})
"""
    assert run(program, barest).splitlines() == ["True", "{()}"]


def test_every_operation_on_arrays_works_in_the_barest_engine_and_has_no_edge(barest):
    program = """
import pickle
sys.path.insert(0, sys.argv[1])
from handgrad.arrays import array
from handgrad.graph import topological_order
from handgrad.local import local_derivatives
from tests.engine.arrays.constructs import ALL
data, told = {}, set()
for name, construct in ALL.items():
    root = construct.ours(*map(array, construct.inputs()))
    data[name] = root.data
    for node in topological_order(root):
        if node.op is not None:
            try:
                local_derivatives(node)
                told.add(node.op.name)
            except RuntimeError as error:
                assert "done by hand" in str(error), error
print(pickle.dumps((data, told)).hex())
"""
    data, told = pickle.loads(bytes.fromhex(run(program, barest, env={**os.environ, "PYTHONPATH": str(REPOSITORY)})))
    assert told == set()
    for name, construct in ALL.items():
        np.testing.assert_array_equal(data[name], construct.ours(*map(array, construct.inputs())).data, name)


def test_every_function_of_what_works_gradients_out_refuses_in_the_barest_engine(barest):
    program = """
import functools, importlib, inspect, pkgutil
sys.path.insert(0, sys.argv[1])
import handgrad.checking
names = [f"handgrad.{n}" for n in ("autodiff", "gradients")]
names += [m.name for m in pkgutil.iter_modules(handgrad.checking.__path__, "handgrad.checking.")]
count = 0
for module in map(importlib.import_module, names):
    things = list(vars(module).values())
    things += [t for c in things if isinstance(c, type) and c.__module__ == module.__name__ for t in vars(c).values()]
    for thing in things:
        thing = inspect.unwrap(getattr(thing, "fget", None) or getattr(thing, "__func__", thing))
        thing = thing.func if isinstance(thing, functools.cached_property) else thing
        if not inspect.isfunction(thing) or thing.__code__.co_filename != module.__file__:
            continue
        count += 1
        kinds = [p.kind for p in inspect.signature(thing).parameters.values()]
        named = [p.name for p in inspect.signature(thing).parameters.values() if p.kind is p.KEYWORD_ONLY]
        try:
            thing(*[None] * sum(k in (0, 1) for k in map(int, kinds)), **dict.fromkeys(named))
        except RuntimeError as error:
            assert "done by hand" in str(error), error
        else:
            print(thing)
assert count > 200, count
"""
    assert run(program, barest) == ""


# What only a backward pass has a use for: where it stands in the engine, and in the barest one not.
PIECES = {
    "ops.py": ["1.0 - y * y", "y * (1.0 - y)", "math.pow(x, n - 1.0)", "(a >= b) * 0.5", "return (x > 0.0) * 1.0\n"],
    "nn/functional.py": ["by_logit[target] -= 1.0"],
    "arrays/edges.py": ["gradient.sum(axis=axes", "gradient * coefficient"],
    "arrays/entrywise.py": ["coefficients"],
    "arrays/products.py": ["_turned(c)", "swapaxes(-1, -2)", "np.eye("],
    "arrays/reductions.py": ["2.0 / (", "back(g)", "(g * c).sum", "x / y,"],
    "arrays/structure.py": ["lambda g", "np.bincount"],
    "arrays/ufuncs.py": ["y * LN2", "1.0 / (1.0 - x * x)"],
}


@pytest.mark.parametrize("file", PIECES)
def test_the_barest_engine_does_not_even_hold_what_only_a_backward_pass_is_made_of(file, barest):
    def plain(path):
        return ast.unparse(ast.parse(path.read_text(encoding="utf-8")))

    for piece in PIECES[file]:
        assert piece in plain(PACKAGE / file), piece
        assert piece not in plain(barest / "handgrad" / file), piece


def test_a_folder_is_removed_however_deep_and_whatever_its_modes(tmp_path):
    folder = tmp_path / "folder"
    program = (
        "import os\nos.mkdir(sys.argv[1])\nos.chdir(sys.argv[1])\n"
        "for _ in range(3000):\n    os.mkdir('d', 0o700)\n    os.chdir('d')\n"
        "os.chdir(sys.argv[1])\nos.mkdir('shut')\nos.mkdir('shut/in')\nos.chmod('shut', 0)\n"
    )
    run(program, folder)
    # Without root's power to go past modes.
    removal = (
        "from pathlib import Path\nfrom handgrad.demos.grading.fence import kernel\n"
        "from handgrad.demos.katas.judging.temporary import remove_tree\n"
        "kernel.drop_capabilities()\nremove_tree(Path(sys.argv[1]))\n"
    )
    run(removal, folder)
    assert not folder.exists()
    remove_tree(folder)


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path):
    (tmp_path / "kept").mkdir(mode=0o500)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "kept")
    remove_tree(tmp_path / "folder")
    assert [(p.name, p.stat().st_mode & 0o777) for p in tmp_path.iterdir()] == [("kept", 0o500)]


def test_a_process_never_ends_itself_with_its_parents_descendants():
    inner = (
        "import os, sys\nfrom handgrad.demos.grading.running.processes import end_descendants\n"
        "try:\n    end_descendants(os.getppid())\nexcept ValueError as error:\n    print(error)\n"
    )
    outer = "import subprocess\nprint(subprocess.check_output([sys.executable, *sys.argv[1:]], timeout=10))\n"
    assert "would end itself" in run(outer, "-c", inner)


def test_a_double_fork_in_a_session_of_its_own_is_found_and_ended():
    program = (
        "import os, sys, time\nfrom handgrad.demos.grading.fence.kernel import become_subreaper\n"
        "become_subreaper()\nif not os.fork():\n    os.setsid()\n    if not os.fork():\n        time.sleep(60)\n"
        "    os._exit(0)\nos.wait()\nprint('ready', flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        (daemon,) = descendants(process.pid)
        assert end_descendants(process.pid)
        assert is_gone(daemon)
        process.kill()


def is_gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def test_somebody_who_is_not_root_leaves_nothing_behind_either(tmp_path):
    """Without root's power over modes; and an answer makes a folder that it then shuts."""
    answer = "import os\nos.mkdir('shut', 0)\ndef backward(a, b, y): pass\n"
    (tmp_path / "in" / "ada").mkdir(parents=True)
    (tmp_path / "in" / "ada" / "multiply.py").write_text(answer)
    (tmp_path / "tmp").mkdir()
    program = (
        "from handgrad.demos.grading.fence import kernel\nkernel.drop_capabilities()\n"
        "from handgrad.demos.cli import main\n"
        "main(['grade', 'in', '--out', 'g.json'])\n"
    )
    run(program, cwd=tmp_path, env={**os.environ, "TMPDIR": str(tmp_path / "tmp")})
    (ada,) = json.loads((tmp_path / "g.json").read_text())["students"]
    assert ada["katas"][0]["status"] == "failed"
    assert not list((tmp_path / "tmp").iterdir())
