"""Hostile deeds, each tried by answers to several katas that are wrong without it: deeds times katas make the set.

A deed is done when the file is loaded, or at each call of what the tests call. Whatever it does, its answer is worth no
more than the same answer without it.
"""

from __future__ import annotations

from typing import NamedTuple

from . import MARK

WRONG = {
    "multiply": ("backward", "def backward(a, b, y):\n    y.grad, a.grad, b.grad = 1.0, a.data, -a.data\n"),
    "matmul": ("matmul", "def matmul(x, W, dy):\n    return dy @ W.T, -(x.T @ dy)\n"),
    "backward": ("backward", "def backward(root):\n    root.grad += 1.0\n"),
    "write_the_test": (
        "graphs",
        "from handgrad import Value\ndef graphs():\n    return [Value(0.7, 'x') * Value(0.4, 'y')]\n",
    ),
}
"""For each kata what its tests call, and an answer that is wrong."""


class Deed(NamedTuple):
    """What is done when the file is loaded, and what at each call, where the answer's arguments are `args`."""

    loading: str = ""
    calling: str = ""


def _python(*lines: str) -> str:
    return "\n".join(lines) + "\n"


_FORGED = "{'passed': 99, 'failures': [], 'tampered': [], 'picture': None}"
_MESSAGE = _python(
    "import json, os, struct",
    "def forged(**facts):",
    "    content = json.dumps({'do': 'return', 'things': None, 'new': [], 'state': [], **facts}).encode()",
    "    return struct.pack('!I', len(content)) + content",
)
_LOOT = _python(
    "import sys, threading",
    "def loot(frame, seen):",
    "    while frame is not None:",
    "        for name, thing in {**frame.f_globals, **frame.f_locals}.items():",
    "            if any(word in name for word in ('expected', 'reference', 'truth', 'solution', 'numbers', 'right')):",
    "                seen.append(thing)",
    "        frame = frame.f_back",
    "    return seen",
)
_USE_LOOT = _python(
    "for thing in loot(sys._getframe(), []):",
    "    for node in args:",
    "        try: node.grad = float(thing[node])",
    "        except Exception: pass",
)
_EVERY_EQUAL = _python(
    "class Equal(float):",
    "    __eq__ = __le__ = __ge__ = lambda self, other: True",
    "    __lt__ = __gt__ = __ne__ = lambda self, other: False",
    "    __hash__ = float.__hash__",
    "    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0",
)
_FILL = "for node in args:\n    if hasattr(node, 'grad'): node.grad = {}\n"


def _shadow(name: str) -> Deed:
    """A module of that name beside the answer, which nobody but the answer may come to import."""
    return Deed(
        f"open('{name}.py', 'w').write(\"open('/tmp/{MARK}', 'w').write('here')\\n\")\n"
        f"import importlib, sys\nsys.modules.pop('{name}', None)\nsys.path.insert(0, '.')\n"
    )


def _patched(module: str, *names: str) -> Deed:
    """Functions that agree to everything."""
    told = "".join(f"m.{name} = lambda *a, **k: True\n" for name in names)
    return Deed(f"import importlib\nm = importlib.import_module('{module}')\n{told}")


DEEDS: dict[str, Deed] = {
    # Forged verdicts.
    "a report beside the work": Deed(
        "import json, os\nfor place in ('report.json', 'report/report.json', '../report/report.json'):\n"
        "    try: open(place, 'w').write(json.dumps(" + _FORGED + "))\n    except OSError: pass\n"
    ),
    "a report in its own folder": Deed(f"import json\nopen('report.json', 'w').write(json.dumps({_FORGED}))\n"),
    "a report printed": Deed(f'import json\nprint(json.dumps({_FORGED}))\nprint(\'{{"end": "all ran"}}\')\n'),
    "another student's row printed": Deed(
        "print('\\nhonest,multiply,passed,10.0,10.0,1,1,,,,\\n\"', end='\\r\\n')\nprint('=cmd|calc!A0')\n"
    ),
    "a forged message at the load": Deed(_MESSAGE + "os.write(3, forged(things=[['backward', 'graphs'], None]))\n"),
    "a forged message at the call": Deed(_MESSAGE, "os.write(3, forged())\n"),
    "a forged message that says it passed": Deed(_MESSAGE, "os.write(3, forged(passed='all', end='all ran'))\n"),
    "a message of a length that is none": Deed("import os", "os.write(3, b'\\xff' * 64)\n"),
    "a message nested deep": Deed(
        "import os, struct\n",
        "text = b'{\"do\": ' + b'[' * 200_000 + b']' * 200_000 + b'}'\n"
        "os.write(3, struct.pack('!I', len(text)) + text)\n",
    ),
    "all descriptors written to": Deed(
        "import os\nfor number in range(3, 64):\n    try: os.write(number, b'passed' * 9)\n    except OSError: pass\n"
    ),
    "other people's objects by number": Deed(
        _MESSAGE, "os.write(3, forged(state=[[n, [1.0, 1.0]] for n in range(-9, 40)]))\n"
    ),
    "other people's functions by number": Deed(
        _MESSAGE + "import socket\n",
        "for n in range(1, 9):\n    message = forged(do='call', number=n, things=[[], [], []])\n"
        "    os.write(3, message)\n",
    ),
    "a function for a number": Deed("", _FILL.format("lambda: 1.0")),
    # Ends.
    "os._exit with 0": Deed("", "import os\nos._exit(0)\n"),
    "an end at the exit": Deed(
        f"import atexit\natexit.register(lambda: open('/tmp/{MARK}', 'w').write('here'))\n", "raise SystemExit(0)\n"
    ),
    "SystemExit": Deed("", "raise SystemExit('passed')\n"),
    "KeyboardInterrupt": Deed("", "raise KeyboardInterrupt\n"),
    "GeneratorExit": Deed("", "raise GeneratorExit\n"),
    "an abort": Deed("", "import os\nos.abort()\n"),
    "a signal to itself": Deed("import os, signal\n", "signal.raise_signal(signal.SIGKILL)\n"),
    "signals ignored": Deed(
        "import signal\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n    except Exception: pass\n"
    ),
    "an alarm": Deed("import signal\n", "signal.setitimer(signal.ITIMER_REAL, 0.01)\n"),
    "pytest's own words": Deed(
        "class Skipped(Exception): allow_module_level = True\nSkipped.__module__ = 'builtins'\n",
        "raise Skipped('fine')\n",
    ),
    "an exception group": Deed(
        "import builtins\nGroup = getattr(builtins, 'BaseExceptionGroup', Exception)\n",
        "raise Group('x', [SystemExit(0)])\n",
    ),
    "an exception that lies": Deed(
        "class E(AssertionError):\n    comparison = property(lambda self: 1 / 0)\n"
        "    def __str__(self): return 'passed'\n",
        "raise E\n",
    ),
    # What judges, patched.
    "a patched json": _patched("json", "dumps", "loads"),
    "a patched math": _patched("math", "isclose", "isfinite", "isnan"),
    "patched builtins": Deed(
        "import builtins\nbuiltins.abs = lambda x: 0.0\nbuiltins.isinstance = builtins.all = lambda *a: True\n"
    ),
    "a patched NumPy": _patched("numpy", "allclose", "array_equal", "isclose", "testing"),
    "patched defaults": Deed(
        "import handgrad.comparator as c\nf = getattr(c.compare, '__wrapped__', c.compare)\n"
        "f.__kwdefaults__ = {**(f.__kwdefaults__ or {}), 'rtol': 1e9, 'atol': 1e9}\n"
    ),
    "a patched comparator": _patched("handgrad.comparator", "compare", "judge"),
    "patched code": Deed(
        "import handgrad.testing as t\nt.assert_gradients.__code__ = (lambda *a, **k: None).__code__\n"
    ),
    "a patched test": Deed(
        "import sys, types\nt = types.ModuleType('pytest')\nt.main = lambda *a, **k: 0\nsys.modules['pytest'] = t\n"
    ),
    "modules gone": Deed("import sys\nfor name in [*sys.modules]:\n    if 'handgrad' in name: del sys.modules[name]\n"),
    "an import hook": Deed(
        "import sys\nclass Hook:\n    def find_spec(self, name, *rest):\n"
        f"        open('/tmp/{MARK}', 'w').write(name)\nsys.meta_path.insert(0, Hook())\n",
        "import wave\n",
    ),
    "a codec": Deed("import codecs\ncodecs.register(lambda name: 1 / 0)\n", "'x'.encode('no_such_codec')\n"),
    "a tracing function": Deed("import sys\nsys.settrace(lambda *a: (_ for _ in ()).throw(SystemExit(0)))\n"),
    "a profiling function": Deed("import sys\nsys.setprofile(lambda *a: None)\n", "sys.setprofile(lambda *a: 1 / 0)\n"),
    "a hook of its own": Deed("import sys\nsys.addaudithook(lambda *a: (_ for _ in ()).throw(SystemExit(0)))\n"),
    "hooks for what is lost": Deed(
        "import sys\nsys.unraisablehook = sys.excepthook = sys.displayhook = lambda *a: 0\n"
    ),
    "a node's class with another grad": Deed(
        "from handgrad import Value\nValue.grad = property(lambda self: 1.0, lambda self, g: None)\n"
    ),
    "a node's class with another equality": Deed(
        "from handgrad import Value\nValue.__eq__ = lambda s, o: True\nValue.__hash__ = lambda s: 1\n"
    ),
    "a node of another class": Deed(
        "from handgrad import Value\nclass V(Value): pass\n",
        "for node in args:\n    try: node.__class__ = V\n    except TypeError: pass\n",
    ),
    "a grad that is deleted": Deed(
        "", "for node in args:\n    try: del node.grad\n    except AttributeError: pass\nargs[0].label\n"
    ),
    "a label that is code": Deed(
        "", "for node in args:\n    if hasattr(node, 'label'): node.label = '\\n\\x1b[2J,\"=1+1'\n"
    ),
    "the operands changed": Deed(
        "", "for node in args:\n    if hasattr(node, '_first'): node._first = node._second = None\n"
    ),
    "the operation changed": Deed("", "for node in args:\n    if hasattr(node, 'op'): node.op = None\n"),
    "the data changed to where it is easy": Deed(
        "", "for node in args:\n    if hasattr(node, '_data'): node._data = node.grad = 0.0\nargs[-1].grad = 1.0\n"
    ),
    "the inputs zeroed": Deed("", "for each in args:\n    if hasattr(each, 'shape') and each.shape: each[...] = 0.0\n"),
    # Numbers that are none.
    "a float that equals everything": Deed(_EVERY_EQUAL, _FILL.format("Equal(7.0)")),
    "nan": Deed("", _FILL.format("float('nan')")),
    "infinity": Deed("", _FILL.format("float('inf')")),
    "a complex number": Deed("", _FILL.format("1j")),
    "a huge whole number": Deed("", _FILL.format("10 ** 5000")),
    "a node for a number": Deed("", _FILL.format("node")),
    "a list in itself": Deed("", "a = []\na.append(a)\n" + _FILL.format("a")),
    "an object that gives numbers": Deed(
        "class Any:\n    def __float__(self): return 1.0\n"
        "    def __array__(self, *a, **k): return __import__('numpy').ones(())\n"
        "    def __getattr__(self, name): return self\n    def __call__(self, *a, **k): return self\n",
        _FILL.format("Any()"),
    ),
    "a thing that ends when it is let go": Deed(
        "import os\nclass Last(float):\n    def __del__(self): os._exit(0)\n", _FILL.format("Last(1.0)")
    ),
    "an array of objects": Deed("import numpy as np\n", _FILL.format("np.array([[object()]], dtype=object)")),
    "an array that is no array": Deed(
        "import numpy as np\nclass A(np.ndarray):\n    def __array_finalize__(self, x): pass\n"
        "    __eq__ = __sub__ = lambda self, other: 0.0\n",
        _FILL.format("np.ones(2).view(A)"),
    ),
    # To the reference.
    "frames": Deed(_LOOT, _USE_LOOT),
    "frames of other threads": Deed(
        _LOOT, "for frame in sys._current_frames().values(): loot(frame, [])\n" + _USE_LOOT
    ),
    "the collector": Deed("import gc\n", "gc.get_objects()\n"),
    "referrers": Deed("import gc\n", "gc.get_referrers(args)\n"),
    "classes": Deed(
        "",
        "found = [c for c in object.__subclasses__() if 'Referee' in c.__name__ or 'Comparison' == c.__name__]\n"
        "assert not found\n",
    ),
    "the channel by its frame": Deed(
        "import sys\nframe = sys._getframe()\nwhile frame and 'player' not in frame.f_locals: frame = frame.f_back\n"
        "player = frame.f_locals['player'] if frame else None\n",
        "player.channel.send({'do': 'return', **player.wire.pack(None)})\n",
    ),
    "the calling side asked for its tests": Deed(
        "import sys\nframe = sys._getframe()\nwhile frame and 'player' not in frame.f_locals: frame = frame.f_back\n"
        "player = frame.f_locals['player'] if frame else None\n",
        "for n in range(1, 50):\n    try: player.call(n, (), {})\n    except Exception: pass\n",
    ),
    "autodiff": Deed("", "for node in args:\n    if hasattr(node, 'backward'): node.backward()\n"),
    "autodiff in a thread": Deed(
        "import threading\nfrom handgrad import gradients\n",
        "def run():\n    try:\n        for node, g in gradients(args[-1]).items(): node.grad = g\n"
        "    except BaseException: pass\n"
        "t = threading.Thread(target=run)\nt.start()\nt.join()\n",
    ),
    "the engine read and run again": Deed(
        "import handgrad, pathlib\n"
        "place = pathlib.Path(handgrad.__file__).parent / 'gradients.py'\ntext = place.read_text()\n",
        "space = {'__name__': 'handgrad.gradients', '__package__': 'handgrad'}\nexec(text, space)\n"
        "for node, g in space['gradients'](args[-1]).items(): node.grad = g\n",
    ),
    # Files, programs and sockets.
    "a file outside": Deed(f"open('/tmp/{MARK}', 'w').write('here')\n"),
    "a file above": Deed(f"open('../{MARK}', 'w').write('here')\n"),
    "a link": Deed("import os\nos.symlink('/', 'root')\n"),
    "a hard link": Deed("import os\nos.link('/etc/passwd', 'passwd')\n"),
    "another folder to be in": Deed("import os\nos.chdir('/tmp')\n"),
    "a folder's descriptor": Deed("import os\nd = os.open('/', os.O_RDONLY)\nprint(os.listdir(d))\n"),
    "memory of its parent": Deed("import os\nopen(f'/proc/{os.getppid()}/mem', 'rb').read(1)\n"),
    "descriptors of its parent": Deed("import os\nprint(os.listdir(f'/proc/{os.getppid()}/fd'))\n"),
    "its own memory": Deed("open('/proc/self/mem', 'r+b')\n"),
    "a pipe to a program": Deed("import os\nos.popen('id')\n"),
    "a program": Deed("import subprocess\nsubprocess.run(['id'])\n"),
    "processes of multiprocessing": Deed("import multiprocessing\nmultiprocessing.Process(target=print).start()\n"),
    "a fork": Deed("import os\nos.fork()\n"),
    "a fork in a terminal": Deed("import pty\npty.fork()\n"),
    "a socket of the system": Deed("import socket\nsocket.socket(socket.AF_UNIX).connect('/run/docker.sock')\n"),
    "a socket that listens": Deed("import socket\nsocket.create_server(('127.0.0.1', 0))\n"),
    "native calls": Deed("import ctypes\nctypes.CDLL(None).syscall(469, -100, b'.', 0, 0, 0)\n"),
    "native calls by another name": Deed("import _ctypes\n"),
    "flags of a file": Deed("import fcntl\nfcntl.ioctl(open('x', 'w'), 0x40086602, b'\\x10\\0\\0\\0\\0\\0\\0\\0')\n"),
    "extra attributes": Deed("import os\nopen('x', 'w').close()\nos.setxattr('x', 'user.a', b'1')\n"),
    "a mode": Deed("import os\nopen('x', 'w').close()\nos.chmod('x', 0o4777)\n"),
    "memory that is shared": Deed(
        "from multiprocessing import shared_memory\nshared_memory.SharedMemory('handgrad', True, 10)\n"
    ),
    "limits raised": Deed("import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))\n"),
    "a signal to its group": Deed("import os\nos.killpg(0, 9)\n"),
    "signals to all": Deed("import os\nfor n in range(2, 2000):\n    os.kill(n, 0)\n"),
    "its file rewritten": Deed("open(__file__, 'w').write('def backward(*a): pass')\n"),
    "tests beside it": Deed(
        "for name in ('test_multiply.py', 'conftest.py', 'pytest.ini', 'sitecustomize.py'):\n"
        f"    open(name, 'w').write(\"open('/tmp/{MARK}', 'w')\")\n"
    ),
    **{f"a {name}.py beside it": _shadow(name) for name in ("handgrad", "json", "typing", "click", "pytest", "numpy")},
    # Too much.
    "output without end": Deed("import os\nwhile True: os.write(1, b'spam' * 10_000)\n"),
    "a file without end": Deed("f = open('big', 'wb')\nwhile True: f.write(b'x' * 100_000)\n"),
    "files without end": Deed("for i in range(10**6): open(str(i), 'w').close()\n"),
    "an iterator without end": Deed("import itertools\n", "return itertools.count()\n"),
    "threads left behind": Deed(
        "import threading, time\nfor _ in range(20): threading.Thread(target=time.sleep, args=(60,)).start()\n"
    ),
    "a daemon that changes numbers later": Deed(
        "import threading, time\ndef later(args):\n    time.sleep(0.01)\n    for node in args:\n"
        "        if hasattr(node, 'grad'): node.grad = 1.0\n",
        "threading.Thread(target=later, args=(args,), daemon=True).start()\n",
    ),
    "a program too deep to read": Deed("exec('(' * 100_000)\n"),
}

SLOW: dict[str, Deed] = {
    "a crash of the stack": Deed(
        "import sys\n", "sys.setrecursionlimit(10**9)\ndef down(x): return down(x)\ndown(1)\n"
    ),
    "memory": Deed("", "hog = [bytearray(1 << 27) for _ in range(100)]\n"),
    "a list too large": Deed("", "args[0].grad = [0.0] * (1 << 26) if hasattr(args[0], 'grad') else None\n"),
    "a text too large": Deed("", "return 'x' * (1 << 25)\n"),
    "messages without end": Deed(_MESSAGE, "for _ in range(5000): os.write(3, forged())\n"),
    "a loop without end": Deed("", "while True: pass\n"),
    "a sleep": Deed("", "import time\ntime.sleep(100)\n"),
    "a thread that waits for ever": Deed(
        "import threading\nfor _ in range(9):\n"
        "    threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()\n",
        "threading.Event().wait()\n",
    ),
    "a number too large to work out": Deed("", "9 ** 9 ** 9\n"),
    "a pattern that does not end": Deed("import re\n", "re.match('(a+)+$', 'a' * 40 + 'b')\n"),
    "input that never comes": Deed("import os, signal\n", "r, w = os.pipe()\nos.read(r, 1)\n"),
}
"""Those that take all the time or room that there is: each tried on one kata."""


def answer(kata: str, deed: Deed = Deed()) -> str:  # noqa: B008
    """The wrong answer to a kata, with a deed."""
    name, wrong = WRONG[kata]
    if deed == Deed():
        return wrong
    calling = "".join(f"    {line}\n" for line in deed.calling.splitlines())
    return (
        f"{wrong}_wrong = {name}\n{deed.loading}\n"
        f"def {name}(*args):\n    _returned = _wrong(*args)\n{calling}    return _returned\n"
    )
