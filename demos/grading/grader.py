"""The grader: hands every answer to a worker, and writes down what comes back."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import queue
import select
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import HandgradError

from ..katas.course import Kata
from ..katas.isolate import ROOT
from .journal import Journal
from .limits import Limits
from .processes import end_descendants
from .score import Result, result_of, share_of
from .submissions import Submission
from .tree import make_tree
from .worker import bare_environment, last_line

PREFIX = "handgrad-grade-"
PATIENCE = 60.0
"""Seconds that a worker has beyond those of the answer before it counts as lost."""


class GradingError(HandgradError):
    """The grading itself, and not an answer, does not work."""


@dataclass(frozen=True)
class Standard:
    """What a kata's own files come to: the tree in which its solution passes, and what its stub gets."""

    tree: str
    stub_share: float


class WorkerLostError(Exception):
    """A worker ended, or does not answer; the text says why, as far as it is known."""


class WorkerProcess:
    """A worker as the grader holds it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = folder / f"worker-{id(self)}.log"

    def grade(self, job: dict[str, Any]) -> dict[str, Any]:
        """Have one answer graded; a worker that is lost is replaced, and the answer tried once more."""
        why = ""
        for _ in range(2):
            try:
                return self._ask(job)
            except WorkerLostError as error:
                why = str(error)
                self.close()
        return {"total": 0, "passed": 0, "failures": [], "end": "ungraded", "why": why, "output": "", "seconds": 0.0}

    def _ask(self, job: dict[str, Any]) -> dict[str, Any]:
        if self._process is None:
            with self._errors.open("wb") as errors:
                self._process = subprocess.Popen(
                    [sys.executable, "-B", "-m", "demos.grading.worker", str(self._folder)],
                    cwd=self._folder,
                    env={**bare_environment(self._folder), "PYTHONPATH": str(ROOT)},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    start_new_session=True,  # Ctrl-C is the grader's to hear
                )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(job).encode("ascii") + b"\n")
            process.stdin.flush()
            if not select.select([process.stdout], [], [], job["limits"]["seconds"] + PATIENCE)[0]:
                raise WorkerLostError(f"it gave no answer for {PATIENCE:g} seconds")
            return dict(json.loads(process.stdout.readline()))
        except (OSError, ValueError) as error:
            raise WorkerLostError(last_line(self._errors.read_bytes()) or "it was ended from outside") from error

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            end_descendants(process.pid)
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def grading_folder() -> Iterator[Path]:
    """A temporary folder, removed at the end; those of gradings that were killed are removed first."""
    for old in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), (old / "lock").open("ab") as lock:
            if old.is_symlink() or old.stat().st_uid != os.geteuid():
                continue
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    try:
        with (folder / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for kind in ("hand", "full"):
                make_tree(folder / kind, by_hand=kind == "hand")
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Grader:
    """Grades submissions to some katas.

    Args:
        katas: those that count.
        journal: where results go, and where those of an earlier start are found.
        limits: of each answer.
        workers: how many grade at once.
    """

    def __init__(self, katas: Sequence[Kata], journal: Journal, limits: Limits, workers: int) -> None:
        self._katas = {kata.name: kata for kata in katas}
        self._journal, self._limits, self._workers = journal, limits, workers
        rules = [_digest_of_code(), limits.to_dict()]
        self._rules = {
            name: _digest([*rules, *(_digest_of(p) for p in (kata.test, kata.stub, kata.solution))])
            for name, kata in self._katas.items()
        }

    def grade(self, submissions: Sequence[Submission], tell: Callable[[Result], None]) -> list[Result]:
        """Grade what is not in the journal yet.

        Args:
            tell: called with each result as it comes, in the order in which they do; those of the journal first.

        Returns:
            The results in the order of the submissions.

        Raises:
            GradingError: a kata's own solution does not pass here, so that no verdict could be relied on.
        """
        results: dict[int, Result] = {}
        waiting = []
        for place, submission in enumerate(submissions):
            result = self._without_running(submission)
            if result is None:
                waiting.append((place, submission))
            else:
                results[place] = result
                tell(result)
        if waiting:
            with grading_folder() as folder:
                names = {submission.kata for _, submission in waiting}
                tests = folder / "tests"
                tests.mkdir()
                for name in names:
                    shutil.copyfile(self._katas[name].test, tests / f"{name}.py")
                standards = dict(self._in_parallel(folder, sorted(names), self._standard, lambda _: None))

                def one(worker: WorkerProcess, item: tuple[int, Submission]) -> tuple[int, Result]:
                    place, submission = item
                    return place, self._grade(worker, folder, submission, standards[submission.kata])

                results.update(self._in_parallel(folder, waiting, one, lambda found: tell(found[1])))
        return [results[place] for place in range(len(submissions))]

    def _without_running(self, submission: Submission) -> Result | None:
        if submission.content is None:
            status = "refused" if submission.problem else "missing"
            return Result(submission.student, submission.kata, status, message=submission.problem)
        if _same(submission.content, self._katas[submission.kata].stub.read_bytes()):
            return Result(submission.student, submission.kata, "untouched")
        entry = self._journal.entries.get(self._key(submission))
        return None if entry is None else Result.from_dict(entry["result"])

    def _key(self, submission: Submission) -> str:
        return _digest([self._rules[submission.kata], submission.student, submission.kata, submission.digest])

    def _grade(self, worker: WorkerProcess, folder: Path, submission: Submission, standard: Standard) -> Result:
        assert submission.content is not None
        report = self._run(worker, folder, submission.kata, submission.content, standard.tree)
        result = result_of(submission.student, submission.kata, report, standard.stub_share, self._limits.seconds)
        # What failed on this side is not the answer's verdict: the next start tries again.
        if result.status != "ungraded":
            self._journal.add(self._key(submission), {"result": result.to_dict()})
        return result

    def _run(self, worker: WorkerProcess, folder: Path, name: str, answer: bytes, tree: str) -> dict[str, Any]:
        test = folder / "tests" / f"{name}.py"
        limits = self._limits.to_dict()
        return worker.grade({"name": name, "test": str(test), "answer": answer.hex(), "tree": tree, "limits": limits})

    def _standard(self, worker: WorkerProcess, name: str) -> tuple[str, Standard]:
        """Try a kata's own solution and stub: without autodiff if it passes so, else with it."""
        key = f"standard {self._rules[name]}"
        entry = self._journal.entries.get(key)
        if entry is not None:
            return name, Standard(entry["tree"], entry["stub_share"])
        kata, folder = self._katas[name], worker._folder
        for tree in ("hand", "full"):
            report = self._run(worker, folder, name, kata.solution.read_bytes(), tree)
            if report["total"] and report["passed"] == report["total"] and not report["failures"]:
                break
        else:
            why = report["failures"][0]["message"] if report["failures"] else report["end"]
            if report["end"] == "ungraded":
                raise GradingError(f"the process that grades ended before it had graded anything: {report['why']}")
            raise GradingError(
                f"the course's own solution of {name} does not pass here, so answers to it cannot be graded: {why}\n"
                "Are the limits too tight? Leave the kata out by naming the others: --kata NAME"
            )
        stub = self._run(worker, folder, name, kata.stub.read_bytes(), tree)
        standard = Standard(tree, share_of(stub))
        self._journal.add(key, {"tree": tree, "stub_share": standard.stub_share})
        return name, standard

    def _in_parallel(
        self,
        folder: Path,
        items: Sequence[Any],
        do: Callable[[WorkerProcess, Any], Any],
        tell: Callable[[Any], None],
    ) -> list[Any]:
        """Do something with each item, on as many workers as there may be; results are told as they come."""
        todo: queue.SimpleQueue[Any] = queue.SimpleQueue()
        done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for item in items:
            todo.put(item)
        stop = threading.Event()

        def work() -> None:
            worker = WorkerProcess(folder)
            try:
                while not stop.is_set():
                    done.put((do(worker, todo.get_nowait()), None))
            except queue.Empty:
                pass
            except BaseException as error:
                done.put((None, error))
            finally:
                worker.close()

        threads = [threading.Thread(target=work) for _ in range(min(self._workers, len(items)))]
        for thread in threads:
            thread.start()
        results = []
        try:
            for _ in items:
                result, error = done.get()
                if error is not None:
                    raise error
                results.append(result)
                tell(result)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        return results


def _same(content: bytes, other: bytes) -> bool:
    return content.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")


def _digest(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts).encode("ascii")).hexdigest()


def _digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest_of_code() -> str:
    """The engine and the grading themselves: another version grades anew."""
    files = [*sorted((ROOT / "engine").glob("*.py")), *sorted(Path(__file__).parent.rglob("*.py"))]
    return _digest([_digest_of(path) for path in files])
