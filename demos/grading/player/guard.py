"""The fence around an answer: what its process may use, and what Python refuses to do for it.

The limits are the kernel's. The refusals are audit hooks, which stop what is written in Python and not
what works below it; no verdict rests on them. What is refused ends the process, as an exception would
hand the hook's own frame, and so the rules, to the answer.
"""

from __future__ import annotations

import contextlib
import os
import posix
import signal
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
MOST_WRITES = 200
"""How many files an answer may open to write: with the size of each, all it can leave on the disk."""

REFUSED = (
    "os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.startfile", "os.kill", "os.symlink",
    "subprocess.", "pty.", "signal.pthread_kill", "socket.", "ctypes.", "resource.setrlimit", "resource.prlimit",
    "syslog.", "fcntl.", "mmap.", "sys.addaudithook", "gc.get_objects", "gc.get_referrers", "gc.get_referents",
)  # fmt: skip
BELOW_PYTHON = frozenset({"ctypes", "_ctypes", "_posixsubprocess", "_multiprocessing", "cffi", "_cffi_backend"})
THE_COURSE = frozenset({"demos", "viz", "tests"})
"""What lies beside the engine where handgrad is installed; the engine's own copy comes first."""
WITHOUT_EVENT = (
    (os, "pidfd_open"), (posix, "pidfd_open"), (signal, "pidfd_send_signal"), (os, "mknod"), (posix, "mknod"),
    (os, "mkfifo"), (posix, "mkfifo"), (os, "setns"), (posix, "setns"), (os, "unshare"), (posix, "unshare"),
)  # fmt: skip
"""Functions that no hook hears of; they are taken away."""

REFUSAL = "refused while grading: "
TOO_LONG = "more of the processor than it may have"
LOOKS = ("os.listdir", "os.scandir", "os.chdir", "os.walk", "glob.glob")
CHANGES = (
    "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.truncate", "os.chmod", "os.chown", "os.utime",
    "os.setxattr", "os.removexattr", "shutil.",
)  # fmt: skip


def set_limits(limits: dict[str, int]) -> None:
    """Have the kernel hold this process to its limits, for good."""
    import resource

    for what, most in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["file_size"]),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
    # The warning comes a second before the end, so that it can be said what it was.
    signal.signal(signal.SIGXCPU, _say_and_end)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"], limits["cpu"] + 1))


def _say_and_end(*_: object) -> None:
    os.write(2, f"\n{REFUSAL}{TOO_LONG}\n".encode())
    os._exit(77)


def put_up(own: str, readable: Iterable[str], hidden: Iterable[str]) -> None:
    """End this process, from now on, when it does what an answer has no need of.

    Args:
        own: the one folder it may change.
        readable: the folders it may read: Python's own, and the engine's.
        hidden: folders in those that it may not.
    """
    # All that the hook uses is bound here, and written in C: nothing that an answer can replace.
    getcwd, write, end, text = os.getcwd, os.write, os._exit, str
    write_flags, refusal = WRITING, REFUSAL
    refused, looks, changes = REFUSED, LOOKS, CHANGES
    home = os.path.realpath(own)
    open_to = (home, *_both(readable), "/dev/null", "/dev/urandom")
    closed = _both(hidden)
    left = [MOST_WRITES]

    def stop(what: str) -> NoReturn:
        write(2, f"\n{refusal}{what}\n".encode("utf-8", "replace"))
        end(77)

    def lies_in(path: str, folders: tuple[str, ...]) -> bool:
        return any(path == folder or path.startswith(folder + "/") for folder in folders)

    def place_of(path: Any) -> str:
        # Links are not resolved: an answer cannot make any.
        name = path.decode("utf-8", "surrogateescape") if isinstance(path, bytes) else text(path)
        parts: list[str] = []
        for part in (name if name.startswith("/") else f"{getcwd()}/{name}").split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in {"", "."}:
                parts.append(part)
        return "/" + "/".join(parts)

    def check(event: str, path: Any, *, writes: bool) -> None:
        if not isinstance(path, (str, bytes)):
            return
        place = place_of(path)
        allowed = lies_in(place, (home,)) or place == "/dev/null"
        if not writes:
            allowed = allowed or (lies_in(place, open_to) and not lies_in(place, closed))
        if not allowed:
            stop(f"{event} outside its own folder")

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = args
            writes = bool(flags & write_flags) if isinstance(flags, int) else any(c in (mode or "") for c in "wax+")
            check(event, path, writes=writes)
            if writes:
                left[0] -= 1
                if left[0] < 0:
                    stop("it opens files to write without end")
        elif event.startswith(refused):
            stop(event)
        elif event.startswith(changes):
            for argument in args[:2]:
                check(event, argument, writes=True)
        elif event in looks:
            check(event, args[0] if args and args[0] is not None else ".", writes=False)

    for module, name in WITHOUT_EVENT:
        if hasattr(module, name):
            delattr(module, name)
    sys.addaudithook(watch)


def refuse_imports() -> None:
    """Have no module loaded, from now on, that works below the hooks, or is no business of an answer."""
    sys.addaudithook(_refuse_imports)


def _refuse_imports(event: str, args: tuple[Any, ...], names: frozenset[str] = BELOW_PYTHON | THE_COURSE) -> None:
    # An exception, as many a library tries to import these and does without.
    if event == "import" and args[0].partition(".")[0] in names:
        raise ImportError(f"refused while grading: import {args[0]}")


def _both(folders: Iterable[str]) -> tuple[str, ...]:
    """Each folder by its name and by where it really is."""
    return tuple(dict.fromkeys(f(folder) for folder in folders for f in (os.path.abspath, os.path.realpath)))
