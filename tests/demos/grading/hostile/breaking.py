"""Answers that break off by themselves, and honest ones beside them."""

from . import RIGHT

ANSWERS = {
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
    "imports the course": ("import handgrad.demos.katas.course\n", "error", "ModuleNotFoundError"),
    "somebody else's autograd": ("from micrograd.engine import Value\n", "error", "ModuleNotFoundError"),
    "an error that no file can hold": (
        "def backward(a, b, y): raise ValueError('\\ud800 \\x1b[2J \\0')\n",
        "error",
        "ValueError",
    ),
    "the teacher's environment": (
        "import os\ndef backward(a, b, y):\n    assert 0, ' '.join(os.environ.values())\n",
        "error",
        "AssertionError: /usr/bin:/bin /tmp",
    ),
    "honest": (RIGHT, "passed", ""),
    "honest, with a mark": (b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode(), "passed", ""),
    "name with  spaces": (RIGHT, "passed", ""),
    "..dots": (RIGHT, "passed", ""),
    "=1+1": (RIGHT, "passed", ""),
    "na\u00efve \u2603": (RIGHT, "passed", ""),
}
