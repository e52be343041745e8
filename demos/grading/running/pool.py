"""The workers as the grader holds them: each a process of its own, asked by a thread."""

from __future__ import annotations

import contextlib
import itertools
import json
import queue
import select
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol, TypeVar

from ...katas.judging.environment import IMPORT_PATH, module_command
from ...katas.judging.pipes import dismiss
from ..results.report import End, Report
from .processes import end_descendants
from .zygotes import bare_environment, last_line

Item = TypeVar("Item")
Found = TypeVar("Found")

PATIENCE = 60.0
"""Seconds that a worker has beyond those of the answer before it counts as lost."""


class WorkerLostError(Exception):
    """A worker ended, or does not answer; the text says why, as far as it is known."""


class WorkerProcess:
    """A worker, started when it is needed, and again where it was lost.

    Args:
        folder: of `tree.grading_folder`.
    """

    _numbers = itertools.count(1)

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._errors = folder / f"worker-{next(self._numbers)}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._is_killed = False

    def grade(self, job: dict[str, Any]) -> Report:
        """Grade one answer; if the worker is lost, retry once with a new one.

        Args:
            job: the arguments of `worker.Worker.grade`, as JSON can hold them.
        """
        why = ""
        for _ in range(2):
            try:
                return self._ask(job)
            except WorkerLostError as error:
                why = str(error)
                self.close()
        return Report(end=End.UNGRADED, why=why)

    def _ask(self, job: dict[str, Any]) -> Report:
        if self._is_killed:
            raise WorkerLostError("the grading was stopped")
        if self._process is None:
            self._process = self._start()
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(job).encode("ascii") + b"\n")
            process.stdin.flush()
            if not select.select([process.stdout], [], [], job["limits"]["seconds"] + PATIENCE)[0]:
                raise WorkerLostError(f"it gave no answer for {PATIENCE:g} seconds")
            return Report.from_dict(json.loads(process.stdout.readline()))
        except (OSError, ValueError) as error:
            raise WorkerLostError(last_line(self._errors.read_bytes()) or "it was ended from outside") from error

    def _start(self) -> subprocess.Popen[bytes]:
        with self._errors.open("wb") as errors:
            return subprocess.Popen(
                module_command("handgrad.demos.grading.running.worker", str(self._folder), flags=["-B"]),
                cwd=self._folder,
                env={**bare_environment(self._folder), "PYTHONPATH": IMPORT_PATH},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,  # Ctrl-C is the grader's to hear
            )

    def kill(self) -> None:
        """End it in the middle of its work; called from another thread."""
        self._is_killed = True
        if self._process is not None:
            _kill(self._process)

    def close(self) -> None:
        """End it, when it has nothing to do."""
        process, self._process = self._process, None
        if process is not None:
            dismiss(process, 10.0, lambda: _kill(process))


def _kill(process: subprocess.Popen[bytes]) -> None:
    end_descendants(process.pid)
    process.kill()


class Grading(Protocol):
    """Whatever grades an answer: a process of this machine's, or a cluster."""

    def grade(self, job: dict[str, Any]) -> Report:
        """Have one answer graded."""

    def kill(self) -> None:
        """Break it off, from another thread."""

    def close(self) -> None:
        """End it, when it has nothing to do."""


class Pool:
    """So many workers; to be used in a `with`, at the end of which none is left.

    Args:
        size: how many.
        folder: of `tree.grading_folder`.
    """

    def __init__(self, size: int, folder: Path) -> None:
        self._workers: Sequence[Grading] = [WorkerProcess(folder) for _ in range(size)]
        self._then: Callable[[], object] = lambda: None

    @classmethod
    def from_workers(cls, workers: Sequence[Grading], then: Callable[[], object]) -> Pool:
        """Return a pool of given workers; `then` is called at the end."""
        pool = cls(0, Path())
        pool._workers, pool._then = workers, then
        return pool

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.close()
        self._then()

    def map(self, do: Callable[[Grading, Item], Found], items: Sequence[Item], tell: Callable[[Found], None]) -> None:
        """Do something with each item, as many at once as there are workers.

        Args:
            tell: called with each result as it comes, in this thread.

        Raises:
            BaseException: what `do` or `tell` raised first; the others are broken off.
        """
        todo: queue.SimpleQueue[Item] = queue.SimpleQueue()
        done: queue.SimpleQueue[Future[Found]] = queue.SimpleQueue()
        for item in items:
            todo.put(item)
        stop = threading.Event()

        def work(worker: Grading) -> None:
            with contextlib.suppress(queue.Empty):
                while not stop.is_set():
                    item, found = todo.get_nowait(), Future[Found]()
                    try:
                        found.set_result(do(worker, item))
                    except BaseException as error:
                        found.set_exception(error)
                    done.put(found)

        workers = self._workers[: len(items)]
        threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
        for thread in threads:
            thread.start()
        try:
            for _ in items:
                tell(done.get().result())
        except BaseException:
            stop.set()
            for worker in workers:
                worker.kill()
            raise
        finally:
            for thread in threads:
                thread.join()
