"""Answers that use too much, or reach for what is not theirs: the limits and the hooks end them."""

from . import KATA, MARK, RIGHT

ANSWERS = {
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
    "deletes the test": (
        "import glob, os\nfor f in glob.glob('/tmp/**/test_multiply.py', recursive=True): os.remove(f)\n",
        "error",
        "outside",
    ),
    "reads the solution": (f"exec(open({str(KATA.solution)!r}).read())\n", "error", "open outside its own folder"),
    "reads the solution around a corner": (
        f"import os\nos.chdir('/')\nexec(open({str(KATA.solution)[1:]!r}).read())\n",
        "error",
        "outside its own folder",
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
    "folders in folders": (
        "import os\nwhile True:\n    os.mkdir('d')\n    os.chdir('d')\n",
        "error",
        "files and folders without end",
    ),
    "endless folders": ("import os\nfor i in range(60_000): os.mkdir(str(i))\n", "error", "folders without end"),
    "a program of its own": (
        "import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'import os; os.fork()'])\n",
        "error",
        "os.exec",
    ),
    "ctypes": ("import ctypes\n", "error", "import ctypes"),
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
    "ctypes through the back door": (
        "found = [c for c in object.__subclasses__() if 'ctypes' in c.__module__]\nassert not found, found\n" + RIGHT,
        "passed",
        "",
    ),
}
