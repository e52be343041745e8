"""A process that has pytest and the engine loaded, and forks for each check: a verdict in a blink.

It reads one job a line and answers one ending a line; a line that comes while a job runs calls
that job off. When its input ends, because its owner did, it ends what runs and goes.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from .isolate import ROOT, Ending, Job, run_forked, run_spawned

CANCEL = b"cancel\n"


class WarmProcess:
    """Runs jobs in forks of a loaded process; where there is no fork, in fresh interpreters.

    Safe to use from several threads, one job at a time.
    """

    def __init__(self) -> None:
        self._busy = threading.Lock()
        self._cancelled = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        if hasattr(os, "fork"):
            self._start()

    def _start(self) -> None:
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "demos.katas.warm"],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the owner's to hear
        )

    def run(self, job: Job) -> Ending:
        """Run a job, after the one before it has ended."""
        with self._busy:
            self._cancelled.clear()
            if self._process is None:
                return run_spawned(job, self._cancelled.is_set)
            try:
                return self._ask(self._process, job)
            except (OSError, ValueError):
                pass
            # It was killed; another one for the next check, and this one without.
            self.close()
            self._start()
            self._cancelled.clear()
            return run_spawned(job, self._cancelled.is_set)

    def _ask(self, process: subprocess.Popen[bytes], job: Job) -> Ending:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(job.to_json().encode("utf-8") + b"\n")
        process.stdin.flush()
        return Ending(process.stdout.readline().decode("utf-8").strip())

    def cancel(self) -> None:
        """Call off the job that runs now; its `run` returns CANCELLED."""
        if not self._busy.locked():
            return
        self._cancelled.set()
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):
                self._process.stdin.write(CANCEL)
                self._process.stdin.flush()

    def close(self) -> None:
        """End the process and what it runs."""
        self._cancelled.set()
        process, self._process = self._process, None
        if process is None:
            return
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError, ValueError):
                    stream.close()
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def serve() -> None:
    """The process itself."""
    _load()
    lines = _Lines(0)
    for line in lines:
        if line == CANCEL.strip():
            continue
        ending = run_forked(Job.from_json(line.decode("utf-8")), lines.is_waiting)
        if lines.is_over:
            return
        os.write(1, ending.value.encode("utf-8") + b"\n")


class _Lines:
    """The lines of a file descriptor, and whether another one, or the end, is waiting."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._unread = b""
        self.is_over = False

    def __iter__(self) -> Iterator[bytes]:
        while True:
            while b"\n" not in self._unread and not self.is_over:
                self._read()
            line, found, rest = self._unread.partition(b"\n")
            if not found:
                return
            self._unread = rest
            yield line

    def _read(self) -> None:
        block = os.read(self._descriptor, 65536)
        self._unread += block
        self.is_over = not block

    def is_waiting(self) -> bool:
        while not self.is_over and select.select([self._descriptor], [], [], 0)[0]:
            self._read()
        return self.is_over or b"\n" in self._unread


def _load() -> None:
    """Import what every check imports, and run pytest once so that it has done its own late imports."""
    import viz.renderer  # noqa: F401

    from . import checking  # noqa: F401
    from .examine import run_tests

    with tempfile.TemporaryDirectory(prefix="handgrad-") as folder:
        (Path(folder) / "test_warm_up.py").write_text("def test_nothing(): pass\n", encoding="utf-8")
        output = os.dup(1)
        try:
            os.dup2(2, 1)
            run_tests(Path(folder), "warm_up", [])
        finally:
            os.dup2(output, 1)
            os.close(output)


if __name__ == "__main__":
    serve()
