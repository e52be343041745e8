"""A process that has pytest and the engine loaded, and forks for each check: a verdict in a blink.

It reads one job a line and answers one ending a line; a line that comes while a job runs calls
that job off. When its input ends, because its owner did, it ends what runs and goes.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from .environment import module_command, own_environment
from .isolate import CAN_FORK, run_forked, run_spawned
from .job import Ending, Job
from .pipes import dismiss
from .temporary import remove_when_free

CANCEL = b"cancel\n"


def always() -> bool:
    """Return True: a job that nobody gives up."""
    return True


class WarmProcess:
    """Runs jobs in forks of a loaded process; where it cannot fork safely, in fresh interpreters.

    Safe to use from several threads, which take turns.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._pipe = threading.Lock()
        self._is_closed = False
        self._is_called_off = False
        self._process: subprocess.Popen[bytes] | None = None
        if CAN_FORK:
            self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            module_command("handgrad.demos.katas.judging.warm"),
            env=own_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the owner's to hear
        )

    def run(self, job: Job, wanted: Callable[[], bool] = always) -> Ending:
        """Run a job, after the one before it has ended.

        Args:
            wanted: asked before the job starts, and again where `cancel` is called.
        """
        with self._turn:
            self._is_called_off = False
            if self._is_closed:
                return Ending.CANCELLED
            if self._process is not None:
                with contextlib.suppress(OSError, ValueError):
                    return self._ask(self._process, job, wanted)
                # It was killed; another one for the next check, and this one without.
                self._end_process()
                if not self._is_closed:
                    self._start()
            return run_spawned(job, lambda: self._is_closed or self._is_called_off or not wanted())

    def _ask(self, process: subprocess.Popen[bytes], job: Job, wanted: Callable[[], bool]) -> Ending:
        assert process.stdin is not None
        assert process.stdout is not None
        with self._pipe:  # so that a cancel comes before `wanted` is asked, or after the job is sent
            if not wanted():
                return Ending.CANCELLED
            process.stdin.write(job.to_json().encode("utf-8") + b"\n")
            process.stdin.flush()
        return Ending(process.stdout.readline().decode("utf-8").strip())

    def cancel(self) -> None:
        """Call off the job that runs now, if any; its `run` returns CANCELLED."""
        if not self._turn.locked():
            return
        self._is_called_off = True
        process = self._process
        if process is None or process.stdin is None:
            return
        with self._pipe, contextlib.suppress(OSError, ValueError):
            process.stdin.write(CANCEL)
            process.stdin.flush()

    def close(self) -> None:
        """End the process and what it runs."""
        self._is_closed = True
        self._end_process()

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            dismiss(process, 2.0, process.kill)


def serve() -> None:
    """Serve jobs in this process."""
    # Here, as the owner imports this module too, and has no need of pytest.
    from .ready import load_arrays, preload
    from .running import run_with_session

    with _silence():
        preload(draws=True, arrays=False)
    run_with_session(lambda: _serve(load_arrays))


def _serve(then: Callable[[], object]) -> None:
    """Run jobs as they come; after each, do what nobody waits for."""
    lines = _Lines(0)
    temporary: Path | None = None
    for line in lines:
        if line == CANCEL.strip():
            continue
        job = Job.from_json(line.decode("utf-8"))
        temporary = Path(job.report).parent
        ending = run_forked(job, lines.is_waiting)
        if lines.is_over:
            break
        with contextlib.suppress(OSError):  # the owner is gone: the next read finds the end
            os.write(1, ending.value.encode("utf-8") + b"\n")
        then()
    if temporary is not None:
        # Where the owner was killed, nobody else removes the last job's folder.
        with contextlib.suppress(BlockingIOError):
            remove_when_free(temporary, waits=False)


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


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep what is printed away from standard output."""
    output = os.dup(1)
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(output, 1)
        os.close(output)


if __name__ == "__main__":
    serve()
