"""From a report to a result: the verdict, the credit for what is right, and the text for the student.

The credit of a kata is the mean over its tests. A test that passes gives 1. One that fails with a table of
gradients gives `PARTIAL` times the share of the nodes asked for that are right or *carried*: wrong only because
of a mistake nearer the output. So a mistake made once costs one node, as a teacher marks it. The root does not
count, as its gradient is 1 whatever the graph, nor does a carried number too small for a float's full precision
(0.0 above all), which is where nothing was done. Where a node that nobody asks for holds a wrong number, nothing
counts as carried: that would be a mistake that costs nothing. What was not reached, after a loop without end say,
counts as wrong.
What the untouched stub gets already counts nothing: credit = (share - stub's share) / (1 - stub's share).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from ...katas.judging.judge import endless
from ...katas.judging.verdict import Failure, most_telling
from ..fence.limits import Limits
from .report import End, Report

PARTIAL = 0.8
POINTS = 10.0
"""Of one kata, unless the teacher says otherwise."""


@dataclass(frozen=True)
class Result:
    """What became of one answer.

    Attributes:
        status: "passed", "failed", "error", "timeout", "refused" (not a file that is graded), "untouched" (as it was
            handed out), "missing" or "ungraded" (the grading failed, and not the answer).
        credit: from 0 to 1.
        message: what to tell the student, without the answers.
        slips: the kinds of slip that were found.
        output: the end of what the answer printed.
        points: the most that there are.
        late: whether the course platform says that it came late.
        same_as: the other students whose answer is the same, letter for letter; for the teacher alone.
    """

    student: str
    kata: str
    status: str
    credit: float = 0.0
    message: str = ""
    tests: int = 0
    passed: int = 0
    slips: tuple[str, ...] = ()
    output: str = ""
    seconds: float = 0.0
    points: float = POINTS
    late: bool = False
    same_as: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        return round(self.points * self.credit, 2)

    def to_dict(self) -> dict[str, Any]:
        facts = asdict(self)
        facts["max_score"] = facts.pop("points")
        return {**facts, "score": self.score}

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Result:
        """Return a recorded result; its points are added by this grading."""
        known = {name: facts[name] for name in KEPT}
        return cls(**{**known, "slips": tuple(known["slips"])})


KEPT = tuple(Result.__dataclass_fields__)[:10]
"""What of a result is read again: all that grading the answer found out."""


def result_of(student: str, kata: str, report: Report, stub_share: float, limits: Limits) -> Result:
    """Return the result that a report comes to.

    Args:
        stub_share: what `share_of` gave for the kata's stub, from 0 to 1.
        limits: what the answer was given.
    """
    share = share_of(report)
    credit = max(0.0, (share - stub_share) / (1.0 - stub_share)) if stub_share < 1.0 else share
    status, message = _verdict(kata, report, limits)
    return Result(
        student,
        kata,
        status,
        1.0 if status == "passed" else 0.0 if status == "ungraded" else round(credit, 4),
        message,
        report.total,
        report.passed,
        slips=tuple(dict.fromkeys(kind for failure in report.failures for kind in failure["slips"])),
        output=report.output,
        seconds=report.seconds,
    )


def _verdict(kata: str, report: Report, limits: Limits) -> tuple[str, str]:
    """Return the status, and what to tell the student."""
    if report.all_passed:
        return "passed", ""
    if report.end is End.UNGRADED:
        return "ungraded", f"Grading it failed twice, which is not the student's doing: {report.why}."
    if report.end is End.TIMEOUT:
        given = f"{limits.seconds:g} seconds, or {limits.cpu} of the processor"
        return "timeout", f"Stopped after {given}. {endless(kata)}"
    if report.end is End.TALKATIVE:
        return "error", f"Stopped: it printed more than {limits.output / (1 << 20):g} MB. Is there a print in a loop?"
    if report.end is End.GREEDY:
        return "error", f"Stopped: it used too much: {report.why}"
    if not report.failures:
        return "error", report.why or f"No test of {kata} ran to its end."
    told = report.failures[most_telling([Failure.from_dict(failure) for failure in report.failures])]
    message = told["message"]
    if names := list(dict.fromkeys(failure["test"] for failure in report.failures if failure is not told)):
        message += f"\n\nNot passed either: {', '.join(names[:8])}{' ...' if len(names) > 8 else ''}"
    return told["status"], message


def share_of(report: Report) -> float:
    """Return how much of a kata is right, from 0 to 1, before the stub's share is taken off."""
    if not report.total:
        return 0.0
    of_test: dict[str, float] = {}
    for failure in report.failures:
        share = PARTIAL * _share_of_nodes(failure["comparison"])
        of_test[failure["test"]] = min(share, of_test.get(failure["test"], 1.0))
    return min(1.0, (report.passed + sum(of_test.values())) / report.total)


def _share_of_nodes(comparison: dict[str, Any] | None) -> float:
    if comparison is None:
        return 0.0
    nodes = comparison["nodes"][1:]
    asked = [node for node in nodes if node["status"] != "skipped"]
    # A wrong number in a node that nobody asks for costs nothing; nor does it then excuse another.
    excuses = not any(node["status"] == "skipped" and _is_off(node) for node in nodes)
    return sum(_counts(node, excuses) for node in asked) / len(asked) if asked else 0.0


def _is_off(node: dict[str, Any]) -> bool:
    actual, expected = node["actual"], node["expected"]
    if isinstance(actual, str):  # what is no number
        return True
    # Not filled in is not wrong: None, or the 0.0 that it had.
    pairs = zip(_entries(actual), _entries(expected))
    return any(number and abs(number - truth) > 1e-3 * abs(truth) for number, truth in pairs)


def _entries(thing: Any) -> Iterator[Any]:
    """Yield the numbers of an array given as nested lists; a number itself."""
    if isinstance(thing, list):
        for item in thing:
            yield from _entries(item)
    else:
        yield thing


def _counts(node: dict[str, Any], excuses: bool) -> bool:
    if node["status"] == "carried":
        if not excuses:
            return False
        # A number so small that every product with it is 0 follows from any other, and shows no work.
        numbers = _entries(node["actual"])
        return any(isinstance(x, float) and abs(x) >= sys.float_info.min for x in numbers)
    return bool(node["status"] == "correct")


def group_by_student(results: Iterable[Result]) -> dict[str, list[Result]]:
    """Return each student's results, in the order in which they come."""
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.student, []).append(result)
    return found


def total(results: Iterable[Result]) -> float:
    """Return the points of some results together."""
    return round(sum(result.score for result in results), 2)


def most(results: Iterable[Result]) -> float:
    """Return the points that there are for them."""
    return round(sum(result.points for result in results), 2)
