"""The grader: hands every answer to a worker, and writes down what comes back."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from handgrad import HandgradError

from ... import error_places, grading
from ...files import same_text
from ...katas import checking, judging
from ...katas.course import Kata
from ...katas.judging.environment import PACKAGE
from ..fence.limits import Limits
from ..fence.tree import TREES, grading_folder
from ..results.report import End, Report
from ..results.score import POINTS, Result, result_of, share_of
from ..submissions.submission import Submission
from .journal import Journal
from .pool import Grading, Pool


class GradingError(HandgradError):
    """The grading itself failed, and not an answer."""


@dataclass(frozen=True)
class Baseline:
    """What a kata's own files come to.

    Attributes:
        tree: the name of the barest tree in which its solution passes.
        moves_leaves: whether its solution changes their data.
        stub_share: what `score.share_of` gives for its stub.
    """

    tree: str
    moves_leaves: bool
    stub_share: float


class Grader:
    """Grades submissions to some katas.

    Args:
        katas: those that count.
        journal: where results go, and where those of an earlier start are found.
        limits: of each answer.
        workers: how many grade at once.
        points: the most that there are for a kata, by its name; `POINTS` for any other.
        scheduler: the address of a cluster that is to grade, in the place of this machine; "" for none.

    Raises:
        GradingError: a kata has no solution, against which the grading tries itself.
    """

    def __init__(
        self,
        katas: Sequence[Kata],
        journal: Journal,
        limits: Limits,
        workers: int,
        points: Mapping[str, float] | None = None,
        scheduler: str = "",
    ) -> None:
        without = [kata.name for kata in katas if not kata.has_solution]
        if without:
            raise GradingError(
                f"{without[0]} has no solution.py here, and a grading first tries the course's own. Grade with the "
                "course itself, not with what was handed out of it: --course FOLDER"
            )
        self._points = points or {}
        self._scheduler = scheduler
        self._katas = {kata.name: kata for kata in katas}
        self._journal, self._limits, self._workers = journal, limits, workers
        # Another version of what judges, of the kata or of the limits grades anew.
        rules = [code_digest(), asdict(limits)]
        self._rules = {
            name: _digest([*rules, _digest_of((kata.test, kata.stub, kata.solution))])
            for name, kata in self._katas.items()
        }
        self._baselines: dict[str, Baseline] = {}

    def count_graded(self, submissions: Iterable[Submission]) -> int:
        """Return how many were graded by an earlier run, and are not graded again."""
        return sum(s.content is not None and self._key(s) in self._journal.entries for s in submissions)

    def grade(self, submissions: Sequence[Submission], tell: Callable[[Result], None]) -> list[Result]:
        """Grade what is not in the journal yet.

        Args:
            tell: called with each result as it comes, in the order in which they do; those of the journal first.

        Returns:
            The results in the order of the submissions.

        Raises:
            GradingError: a kata's own solution does not pass here, so that no verdict could be relied on.
            JournalError: a result cannot be written down.
            OSError: there is no room for temporary files.
        """
        results: dict[int, Result] = {}

        def add(found: tuple[int, Result]) -> None:
            place, result = found
            result = replace(result, points=self._points.get(result.kata, POINTS))
            results[place] = result
            tell(result)

        waiting = []
        for place, submission in enumerate(submissions):
            result = self._judge_unrun(submission)
            if result is None:
                waiting.append((place, submission))
            else:
                add((place, result))
        if waiting:
            katas = sorted({submission.kata for _, submission in waiting})
            with self._pool() as pool:
                pool.map(self._baseline, katas, self._baselines.update)
                pool.map(self._grade, waiting, add)
        return [results[place] for place in range(len(submissions))]

    @contextlib.contextmanager
    def _pool(self) -> Iterator[Pool]:
        """Yield the workers, of this machine or of a cluster."""
        if self._scheduler:
            from .cluster import cluster_pool

            with cluster_pool(self._scheduler, code_digest()) as pool:
                yield pool
            return
        with grading_folder() as folder, Pool(self._workers, folder) as pool:
            yield pool

    def _judge_unrun(self, submission: Submission) -> Result | None:
        if submission.content is None:
            status = "refused" if submission.problem else "missing"
            return Result(submission.student, submission.kata, status, message=submission.problem)
        if same_text(submission.content, self._katas[submission.kata].stub.read_bytes()):
            return Result(submission.student, submission.kata, "untouched")
        entry = self._journal.entries.get(self._key(submission))
        return None if entry is None else Result.from_dict(entry["result"])

    def _key(self, submission: Submission) -> str:
        return _digest([self._rules[submission.kata], submission.student, submission.kata, submission.digest])

    def _grade(self, worker: Grading, item: tuple[int, Submission]) -> tuple[int, Result]:
        place, submission = item
        assert submission.content is not None
        baseline = self._baselines[submission.kata]
        report = self._run(worker, submission.kata, submission.content, baseline.tree, baseline.moves_leaves)
        result = result_of(submission.student, submission.kata, report, baseline.stub_share, self._limits)
        # What failed on this side is not the answer's verdict: the next start tries again.
        if report.end is not End.UNGRADED:
            self._journal.add(self._key(submission), {"result": result.to_dict()})
        return place, result

    def _run(self, worker: Grading, name: str, answer: bytes, tree: str, may_move_leaves: bool = True) -> Report:
        job = {
            "name": name,
            "test": self._katas[name].test.read_text(encoding="utf-8"),
            "answer": answer.hex(),
            "tree": tree,
            "may_move_leaves": may_move_leaves,
            "limits": asdict(self._limits),
        }
        return worker.grade(job)

    def _baseline(self, worker: Grading, name: str) -> dict[str, Baseline]:
        """Try a kata's own solution, in the barest tree in which it passes, and its stub."""
        key = f"baseline {self._rules[name]}"
        entry = self._journal.entries.get(key)
        if entry is not None:
            with contextlib.suppress(KeyError, TypeError):  # of an entry that somebody damaged
                return {name: Baseline(**entry["baseline"])}
        kata = self._katas[name]
        for tree in TREES:
            report = self._run(worker, name, kata.solution.read_bytes(), tree)
            if report.all_passed:
                break
        else:
            raise GradingError(_explain_failure(name, report))
        stub = self._run(worker, name, kata.stub.read_bytes(), tree)
        baseline = Baseline(tree, report.moved_leaves, share_of(stub))
        self._journal.add(key, {"baseline": asdict(baseline)})
        return {name: baseline}


def _explain_failure(name: str, report: Report) -> str:
    if report.end is End.UNGRADED:
        return f"the process that grades ended before it had graded anything: {report.why}"
    why = report.failures[0]["message"] if report.failures else report.why or report.end.value
    is_limit = report.end is not End.ALL_RAN or "MemoryError" in why
    cure = "Are the limits too tight? See: --limits" if is_limit else "Fix it, and check it with: handgrad verify"
    return f"the course's own solution of {name} does not pass, so answers to it cannot be graded: {why}\n{cure}"


def _code() -> Iterable[Path]:
    """Yield what a verdict depends on, apart from the kata."""
    yield from sorted(PACKAGE.rglob("*.py"))
    for package in (grading, judging):
        yield from sorted(Path(package.__path__[0]).rglob("*.py"))
    yield from (Path(module.__file__ or "") for module in (checking, error_places))


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return what tells this version of what grades from any other."""
    return _digest_of(_code())


def _digest(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts).encode("ascii")).hexdigest()


def _digest_of(files: Iterable[Path]) -> str:
    return _digest([hashlib.sha256(path.read_bytes()).hexdigest() for path in files])
