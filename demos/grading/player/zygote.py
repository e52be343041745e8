"""A process that has Python, NumPy and an engine for answers loaded, and nothing else: each answer is a fork of it.

Started with an empty environment, it holds no secret that a fork could find in its memory. It is told a job a
message, with the descriptors of the answer's channel and of its output, and ends when the worker does.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from . import guard
from .frames import Channel

CHANNEL, OUTPUT = 3, 1


def reap(*_: Any) -> None:
    """Take leave of every process that has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def serve(control: socket.socket) -> None:
    """Fork an answer for every job."""
    # Where the worker was granted a space of processes for this one's children, the first of them is its
    # head: no answer can end it, and with it all end.
    if (pid := os.fork()) != 0:
        control.close()
        os.waitpid(pid, 0)
        return
    os.setsid()
    control.send(b"ready")
    signal.signal(signal.SIGCHLD, reap)
    while True:
        content, descriptors, _, _ = socket.recv_fds(control, 65536, 2)
        if not content:
            return
        pid = os.fork()
        if pid == 0:
            become_answer(control, json.loads(content), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        control.send(b"forked")


def become_answer(control: socket.socket, job: dict[str, Any], channel: int, output: int) -> None:
    """Do the fork's work, to its end."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        control.close()
        os.setsid()
        _rearrange(channel, output)
        os.chdir(job["folder"])
        # What it may write to, for `tempfile` and for whoever asks for a home.
        os.environ.update(HOME=job["folder"], TMPDIR=job["folder"])
        guard.set_limits(job["limits"])
        from . import answer

        connection = Channel(socket.socket(fileno=CHANNEL))
        guard.install_guard(job["folder"], job["readable"], job["hidden"], job["limits"]["files"])
        answer.play(connection, Path(job["folder"]), job["name"])
    except BaseException as error:
        # Into the output, where whoever wonders finds it; how it is done here tells a student nothing.
        os.write(2, f"\nThe program ended by {type(error).__name__}.\n".encode("utf-8", "replace"))
    finally:
        os._exit(1)


def _rearrange(channel: int, output: int) -> None:
    """Set standard output, standard error and the channel; close every other descriptor."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    channel, output = os.dup(channel), os.dup(output)
    for old, new in ((nothing, 0), (output, OUTPUT), (output, 2), (channel, CHANNEL)):
        os.dup2(old, new)
    os.closerange(CHANNEL + 1, 1024)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    # Unbuffered, as the process may be ended at any moment.
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.FileIO(number, "w", closefd=False), "utf-8", "replace", write_through=True)
        for number in (OUTPUT, 2)
    )


def load(packages: str) -> None:
    """Import what answers use, so that a fork has it at once.

    Args:
        packages: the folder with NumPy, from which nothing else can be imported afterwards: an answer has
            Python, NumPy and the engine, and no autograd engine of somebody else's.
    """
    # Before NumPy, which does without `ctypes` where it cannot have it.
    guard.refuse_imports()
    sys.path.append(packages)
    importlib.import_module("numpy.random")
    sys.path.remove(packages)
    for name in ("handgrad", "handgrad.arrays", f"{__package__}.answer"):
        importlib.import_module(name)


if __name__ == "__main__":
    load(sys.argv[2])
    serve(socket.socket(fileno=int(sys.argv[1])))
