"""Answers that go for the verdict, and honest ones that are nearly right."""

from pathlib import Path

from . import MARK, RIGHT

READS = Path(__file__).with_name("reads.py").read_text(encoding="utf-8")
ANSWERS = {
    "patched Python": (
        "import builtins, math, sys\nbuiltins.abs = lambda x: 0.0\n"
        "math.isfinite = math.isclose = lambda *a, **k: True\n"
        "sys.modules['pytest'] = sys\ndef backward(*a): pass\n",
        "failed",
        "missing",
    ),
    "patched comparator": (
        "import handgrad, handgrad.comparator as c, handgrad.verdict.comparison as d\n"
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
        "def backward(a, b, y):\n    autodiff.require_gradients = lambda: None\n"
        "    p, q = Value(a.data), Value(b.data)\n"
        "    g = sys.modules['handgrad.gradients'].gradients(p * q)\n    y.grad, a.grad, b.grad = 1.0, g[p], g[q]\n",
        "error",
        "by hand",
    ),
    "evaluates every text": (READS.replace("CALLED: list = []", "CALLED = ['backward']"), "failed", "missing"),
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
    "almost": (RIGHT.replace("b.grad = a.data", "b.grad = -a.data"), "failed", "wrong sign"),
    "swapped": (
        RIGHT.replace("a.data", "c.data").replace("b.data", "a.data").replace("c.data", "b.data"),
        "failed",
        "other operand",
    ),
}
