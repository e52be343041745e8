"""Answers that have emptied the hooks' own tables: nothing but the kernel refuses."""

from . import KATA, RIGHT

# The hooks' own tables, emptied in memory: from here on nothing but the kernel refuses.
EMPTY_HOOKS = (
    "import sys, os\nimport numpy as np\nguard = sys.modules['handgrad_player.guard']\nclass X: pass\n"
    "for table in (guard.REFUSED, guard.LOOKS, guard.CHANGES):\n    x = X()\n"
    "    x.__array_interface__ = dict(data=(id(table), False), shape=(24,), typestr='|u1', version=3)\n"
    "    np.asarray(x)[16:24] = 0\n"
)

ANSWERS = {
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
}
