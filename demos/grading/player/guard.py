"""The fence around an answer: what its process may use, and what Python refuses to do for it.

The limits are the kernel's. The refusals are audit hooks: they say in words what was refused, and whoever studies
them gets past them, into what `kernel` and `calls` refuse. What is refused ends the process, as an exception
would give the answer the hook's frame, and with it the rules.
"""

from __future__ import annotations

import contextlib
import os
import posix
import signal
import sys
import types
from collections.abc import Iterable
from typing import Any, NoReturn

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
REFUSED = (
    "os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.startfile", "os.kill", "os.symlink",
    "subprocess.", "pty.", "signal.pthread_kill", "socket.", "ctypes.", "resource.setrlimit", "resource.prlimit",
    "syslog.", "fcntl.", "mmap.", "sys.addaudithook", "gc.get_objects", "gc.get_referrers", "gc.get_referents",
)  # fmt: skip
BELOW_PYTHON = frozenset(
    {"ctypes", "_ctypes", "_posixsubprocess", "_multiprocessing", "_xxsubinterpreters", "_interpreters"}
)
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
    "os.setxattr", "os.removexattr",
)  # fmt: skip
OF_TWO = ("os.rename", "os.link")


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


def install_guard(own: str, readable: Iterable[str], hidden: Iterable[str], files: int) -> None:
    """End this process from now on when it does what no answer needs.

    Args:
        own: the one folder it may change.
        readable: the folders it may read: Python's own, and the engine's.
        hidden: folders in those that it may not; of a folder in a folder in a folder, the innermost counts.
        files: how often it may open a file to write, or make a folder.
    """
    # All that the hook uses is bound here, and written in C: nothing that an answer can replace.
    getcwd, write, end = os.getcwd, os.write, os._exit
    text, kind_of, is_a, length, largest = str, type, isinstance, len, max
    write_flags, refusal = WRITING, REFUSAL
    # asyncio talks to itself by a pair of such sockets. The number, as socket.AF_UNIX is an enumeration of Python's.
    unix = 1
    refused, looks, changes, of_two = REFUSED, LOOKS, CHANGES, OF_TWO
    home = os.path.realpath(own)
    open_to = (home, *_both(readable), "/dev/null", "/dev/urandom")
    closed = _both(hidden)
    left = [files]

    def stop(what: str) -> NoReturn:
        write(2, f"\n{refusal}{what}\n".encode("utf-8", "replace"))
        end(77)

    def depth_in(path: str, folders: tuple[str, ...]) -> int:
        return largest(
            (length(folder) for folder in folders if path == folder or path.startswith(folder + "/")), default=-1
        )

    def place_of(path: Any) -> str:
        # Links are not resolved: an answer cannot make any.
        name: str = path.decode("utf-8", "surrogateescape") if is_a(path, bytes) else path
        parts: list[str] = []
        for part in (name if name.startswith("/") else f"{getcwd()}/{name}").split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in {"", "."}:
                parts.append(part)
        return "/" + "/".join(parts)

    def check(event: str, path: Any, *, writes: bool) -> None:
        if kind_of(path) is int:
            return
        # A class of the answer's own could say one name here and another to the system.
        if kind_of(path) is not text and kind_of(path) is not bytes:
            stop(f"{event} of what is no plain name")
        place = place_of(path)
        allowed = depth_in(place, (home, "/dev/null")) >= 0
        if not writes:
            allowed = allowed or depth_in(place, open_to) > depth_in(place, closed)
        if not allowed:
            stop(f"{event} outside its own folder")

    def watch(event: str, args: tuple[Any, ...]) -> None:
        makes = event == "os.mkdir"
        if event == "open":
            path, _, flags = args
            makes = not is_a(flags, int) or flags & write_flags != 0
            check(event, path, writes=makes)
        elif event.startswith(refused) and not (event == "socket.__new__" and args[1] == unix):
            stop(event)
        elif event.startswith(changes):
            for argument in args[: 2 if event in of_two else 1]:
                check(event, argument, writes=True)
        elif event in looks:
            check(event, args[0] if args and args[0] is not None else ".", writes=False)
        left[0] -= makes
        if left[0] < 0:
            stop("it makes files and folders without end")

    for module, name in WITHOUT_EVENT:
        if hasattr(module, name):
            delattr(module, name)
    sys.addaudithook(watch)


def refuse_imports() -> None:
    """Have no module loaded, from now on, that works below the hooks."""
    # A program may well import subprocess and never use it.
    stand_in = types.ModuleType("_posixsubprocess")
    vars(stand_in)["fork_exec"] = _refuse_fork
    sys.modules["_posixsubprocess"] = stand_in
    sys.addaudithook(_refuse_imports)


def _refuse_fork(*_: object) -> NoReturn:
    raise PermissionError("refused while grading: to start a program")


def _refuse_imports(event: str, args: tuple[Any, ...], names: frozenset[str] = BELOW_PYTHON) -> None:
    # An exception, as many a library tries to import these and does without.
    if event == "import" and not names.isdisjoint(args[0].split(".")):
        raise ImportError(f"refused while grading: import {args[0]}")


def _both(folders: Iterable[str]) -> tuple[str, ...]:
    """Return each folder by its name and by where it really is."""
    return tuple(dict.fromkeys(f(folder) for folder in folders for f in (os.path.abspath, os.path.realpath)))
