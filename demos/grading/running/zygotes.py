"""The processes that fork answers, seen from the worker that holds them; what they do is in `player.zygote`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

import numpy

from ...katas.judging.environment import IMPORT_PATH, ONE_THREAD
from ..fence.kernel import LIST, READ, RUN, WRITE, loaded_libraries, places_without
from ..fence.tree import PLAYER
from .processes import descendants, end_descendants

PATIENCE = 30.0
"""Seconds that the process may take to fork."""


class Zygote:
    """A process that forks answers, started when it is needed, and again where it was killed.

    Args:
        tree: what answers import, of `tree.make_tree`.
        own: the folder that holds the folders of answers: all that they may change.
    """

    def __init__(self, tree: Path, own: Path) -> None:
        self._tree, self._own = tree, own
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._head: int | None = None

    def fork(self, job: dict[str, Any], channel: socket.socket, output: int) -> None:
        """Fork an answer's process.

        Args:
            job: its "folder", its "name" and its "limits".
            channel: where it talks to the referee.
            output: the descriptor for what it prints.

        Raises:
            OSError: the process that forks does not start.
        """
        content = json.dumps({**job, "readable": [*READABLE, str(self._tree)], "hidden": HIDDEN}).encode("ascii")
        for is_last in (False, True):
            if self._process is None or self._process.poll() is not None:
                self._start()
            assert self._control is not None
            try:
                socket.send_fds(self._control, [content], [channel.fileno(), output])
                if self._control.recv(64):
                    return
            except OSError:
                if is_last:
                    raise
            self.close()
        raise OSError("the process that forks answers ends as soon as it has started")

    def _start(self) -> None:
        self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = (
            f"import sys; sys.path.insert(0, {str(self._tree)!r}); "
            f"import runpy; runpy.run_module('{PLAYER}.zygote', run_name='__main__', alter_sys=True)"
        )
        command = [sys.executable, "-I", "-S", "-B", "-c", program, str(theirs.fileno()), str(NUMPY.parent)]
        # Two programs, one after the other in one process: the first asks the kernel for what outlives it.
        prepare = f"import json, sys; sys.path[:0] = filter(None, [{IMPORT_PATH!r}]); "
        prepare += "from handgrad.demos.grading.fence.kernel import exec_confined; "
        prepare += "exec_confined(json.loads(sys.argv[1]), sys.argv[2:])"
        places = {**PLACES, str(self._tree): READ, str(self._own): WRITE}
        with tempfile.TemporaryFile(dir=self._tree.parent) as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", prepare, json.dumps(places), *command],
                cwd=self._own,
                env=bare_environment(self._own),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
            theirs.close()
            ours.settimeout(PATIENCE)
            self._control = ours
            if ours.recv(64) != b"ready":
                errors.seek(0)
                raise OSError(f"the process that forks answers does not start: {last_line(errors.read())}")
        self._head = descendants(self._process.pid)[0]

    @property
    def pids(self) -> set[int]:
        """Return its processes: the one started, and the one that forks."""
        return set() if self._process is None or self._head is None else {self._process.pid, self._head}

    def close(self) -> None:
        """End the process and all that it started."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            end_descendants(self._process.pid)
            self._process.kill()
            self._process.wait()
        self._process = self._control = self._head = None


def bare_environment(home: Path) -> dict[str, str]:
    """Return the whole environment of an answer: nothing of it is the teacher's."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8", **ONE_THREAD}


def last_line(content: bytes) -> str:
    """Return the last line of what a process printed: of a traceback, what happened."""
    return content.decode("utf-8", errors="replace").rstrip().rpartition("\n")[2]


NUMPY = Path(numpy.__file__).resolve().parent
_LIBRARY = sorted({os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")})
READABLE = [*_LIBRARY, str(NUMPY), str(NUMPY.with_name("numpy.libs"))]
"""The folders an answer may read: Python's own library, and NumPy."""

HIDDEN = [f"{folder}/{packages}" for folder in _LIBRARY for packages in ("site-packages", "dist-packages")]
"""The folders in those that it may not: what is installed beside NumPy, handgrad and its solutions maybe."""


def _places() -> dict[str, int]:
    """Return what an answer's process may reach of the system."""
    places = {"/dev/null": WRITE, "/dev/urandom": READ, "/etc/ld.so.cache": READ, str(NUMPY.parent): LIST}
    for folder in READABLE:
        places.update(places_without(folder, HIDDEN if folder in _LIBRARY else ()))
    for library in loaded_libraries():
        is_loader = os.path.basename(library).startswith("ld")
        places[library] = RUN if is_loader or os.path.samefile(library, sys.executable) else READ
    return places


PLACES = _places()
