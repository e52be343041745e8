"""A worker: a process that holds pytest and the engine, and grades one answer after another.

It reads one job a line and answers one report a line. For each, two processes are started: the referee,
a fork of this one, and the answer, a fork of a process that knows nothing (`player.zygote`). When its input
ends, because the grader did, it ends all of them, removes the grading's folder and goes.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any

from ..katas.isolate import ROOT
from .kernel import become_subreaper, die_with_parent, forbid_tracing
from .player.frames import Channel
from .player.guard import REFUSAL, TOO_LONG
from .processes import descendants, end_descendants
from .tree import PLAYER

MOST_REPORT = 32 << 20
MOST_SHOWN = 2000
MEMORY = 3 << 30
"""Bytes of address space of a referee, whom an answer may send large things."""


class Zygote:
    """The process that forks answers, started again where it was killed."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._head: int | None = None

    def fork(self, job: dict[str, Any], channel: socket.socket, output: int) -> int:
        """Fork an answer's process; returns its pid, as its own space of processes knows it."""
        for is_last in (False, True):
            if self._process is None or self._process.poll() is not None:
                self._start()
            assert self._control is not None
            assert self._process is not None
            try:
                content = json.dumps(job).encode("utf-8")
                socket.send_fds(self._control, [content], [channel.fileno(), output])
                if pid := self._control.recv(64):
                    return int(pid)
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
        command = [sys.executable, "-I", "-B", "-c", program, str(theirs.fileno())]
        # Two programs, one after the other in one process: the first asks the kernel for what outlives it.
        prepare = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from demos.grading import kernel; "
        prepare += "kernel.become_zygote(sys.argv[1:])"
        with tempfile.TemporaryFile(dir=self._tree.parent) as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", prepare, *command],
                cwd=self._tree,
                env=bare_environment(self._tree),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
            theirs.close()
            self._control = ours
            if ours.recv(64) != b"ready":
                errors.seek(0)
                raise OSError(f"the process that forks answers does not start: {last_line(errors.read())}")
        self._head = descendants(self._process.pid)[0]

    def clear(self) -> bool:
        """End all that answers started and left behind."""
        return self._head is None or end_descendants(self._head)

    def close(self) -> None:
        """End the process and all that it started."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            end_descendants(self._process.pid)
            self._process.kill()
            self._process.wait()
        self._process = self._control = self._head = None


def last_line(content: bytes) -> str:
    """The last line of what a process printed: of a traceback, what happened."""
    return content.decode("utf-8", errors="replace").rstrip().rpartition("\n")[2]


def bare_environment(home: Path) -> dict[str, str]:
    """All that an answer gets to know of the teacher's environment: nothing."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        # One thread: BLAS would keep address space for as many as the machine has cores.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


class Worker:
    """Grades, with the folder of the whole grading at hand.

    Args:
        folder: holds the trees "hand" and "full"; each answer gets a folder of its own in it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._zygotes = {kind: Zygote(folder / kind) for kind in ("hand", "full")}
        readable = {sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values()}
        self._readable = sorted(readable)
        # The package as it is installed: the course with its solutions, and an engine with autodiff.
        self._hidden = [str(ROOT / name) for name in ("demos", "viz", "engine", "tests")]

    def close(self) -> None:
        for zygote in self._zygotes.values():
            zygote.close()

    def grade(self, job: dict[str, Any]) -> dict[str, Any]:
        """Grade one answer; see `referee.referee` for the report, to which the output and the time are added."""
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="one-", dir=self._folder, ignore_cleanup_errors=True) as temporary:
            place = Path(temporary).resolve()
            report = self._grade_in(place, job)
            report["output"] = _tail(place / "output.txt")
            _explain(report, job["name"])
        return {**report, "seconds": round(time.monotonic() - start, 3)}

    def _grade_in(self, place: Path, job: dict[str, Any]) -> dict[str, Any]:
        name, limits = job["name"], job["limits"]
        own, tests = place / "own", place / "tests"
        own.mkdir(0o700)
        tests.mkdir(0o700)
        (own / f"{name}.py").write_bytes(bytes.fromhex(job["answer"]))
        shutil.copyfile(job["test"], tests / f"test_{name}.py")
        ours, theirs = socket.socketpair()
        output = os.open(place / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        tree = self._folder / job["tree"]
        zygote = self._zygotes[job["tree"]]
        fence = {"readable": [*self._readable, str(tree)], "hidden": self._hidden}
        reading, writing = os.pipe()
        pid = 0
        try:
            zygote.fork({"folder": str(own), "name": name, "limits": limits, **fence}, theirs, output)
            theirs.close()
            pid = os.fork()
            if pid == 0:
                _be_the_referee(tests, name, ours, writing, limits)
            os.close(writing)
            writing = -1
            return _read(reading, time.monotonic() + limits["seconds"])
        finally:
            # At a good end too: what the answer started may still run.
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            zygote.clear()
            for descriptor in (reading, writing, output):
                if descriptor >= 0:
                    os.close(descriptor)
            ours.close()
            theirs.close()


def _be_the_referee(tests: Path, name: str, connection: socket.socket, writing: int, limits: dict[str, Any]) -> None:
    try:
        die_with_parent()
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        os.chdir(tests)
        from .referee import referee

        content = json.dumps(referee(tests, name, Channel(connection))).encode("ascii")
        with os.fdopen(writing, "wb") as report:
            report.write(content)
        os._exit(0)
    finally:
        os._exit(1)


def _read(reading: int, deadline: float) -> dict[str, Any]:
    """The referee's report, or what its absence means."""
    content = bytearray()
    while True:
        left = deadline - time.monotonic()
        # Standard input too: when it ends, so has the grader, and nobody waits for this any more.
        ready = select.select([reading, 0], [], [], max(left, 0.0))[0]
        if not ready:
            return {"total": 0, "passed": 0, "failures": [], "end": "timeout"}
        if reading not in ready:
            raise EOFError
        block = os.read(reading, 1 << 16)
        content += block
        if not block or len(content) > MOST_REPORT:
            break
    try:
        return dict(json.loads(content))
    except ValueError:
        return {"total": 0, "passed": 0, "failures": [], "end": "lost"}


def _explain(report: dict[str, Any], name: str) -> None:
    """Say what ended an answer's process, where the fence did: it is the last thing that the process printed."""
    last = report["output"].rstrip().rpartition("\n")[2]
    if report["end"] and last == REFUSAL + TOO_LONG:
        report["end"] = "timeout"
    elif report["end"] and last.startswith(REFUSAL):
        for failure in report["failures"]:
            if failure["message"] == report["end"]:
                failure["message"] = f"{name}.py was stopped. {last.capitalize()}."


def _tail(path: Path) -> str:
    with contextlib.suppress(OSError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - MOST_SHOWN))
        return file.read(MOST_SHOWN).decode("utf-8", errors="replace")
    return ""


def load() -> None:
    """Import what every referee imports, and run pytest once so that it has done its own late imports."""
    from .referee import run_tests

    with tempfile.TemporaryDirectory(prefix="handgrad-") as folder:
        (Path(folder) / "test_warm_up.py").write_text("def test_nothing(): pass\n", encoding="utf-8")
        run_tests(Path(folder), "warm_up", [])


def main(folder: Path) -> None:
    """Grade what comes in, until nothing does."""
    grader = os.getppid()
    become_subreaper()
    forbid_tracing()
    answers = os.dup(1)
    os.dup2(2, 1)
    load()
    worker = Worker(folder)
    try:
        while line := sys.stdin.buffer.readline():
            report = worker.grade(json.loads(line))
            os.write(answers, json.dumps(report).encode("ascii") + b"\n")
    except (EOFError, BrokenPipeError):
        pass
    finally:
        worker.close()
        end_descendants(os.getpid())
        if os.getppid() != grader:
            # It was killed, and nobody else removes it.
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
