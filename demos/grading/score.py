"""From a report to a result: the verdict, the credit for what is right, and the text for the student.

The credit of a kata is the mean over its tests. A test that passes gives 1. One that fails with a table of
gradients gives `PARTIAL` times the share of the nodes asked for that are right or *carried*: wrong only because
of a mistake nearer the output. So a mistake made once costs one node, as a teacher marks it. The root does not
count, as its gradient is 1 whatever the graph, nor does a 0.0 that was carried, which is where nothing was done.
What the untouched stub gets already counts nothing: credit = (share - stub's share) / (1 - stub's share).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

PARTIAL = 0.8
POINTS = 10.0
"""Of one kata."""


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

    @property
    def score(self) -> float:
        return round(POINTS * self.credit, 2)

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "score": self.score, "max_score": POINTS}

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Result:
        known = {name: facts[name] for name in cls.__dataclass_fields__}
        return cls(**{**known, "slips": tuple(known["slips"])})


def result_of(student: str, kata: str, report: dict[str, Any], stub_share: float, seconds: float) -> Result:
    """The result that a report of `worker.Worker.grade` comes to.

    Args:
        stub_share: what `share_of` gave for the kata's stub.
        seconds: how long the answer was given.
    """
    failures = report["failures"]
    share = share_of(report)
    credit = max(0.0, (share - stub_share) / (1.0 - stub_share)) if stub_share < 1.0 else share
    result = Result(
        student,
        kata,
        "failed",
        round(credit, 4),
        tests=report["total"],
        passed=report["passed"],
        slips=tuple(dict.fromkeys(kind for failure in failures for kind in failure["slips"])),
        output=report["output"],
        seconds=report["seconds"],
    )
    if report["end"] == "timeout":
        message = (
            f"Stopped: it took more than the {seconds:g} seconds, or the processor time, it may. Is there a loop in "
            f"{kata}.py that never ends: a while whose condition stays true, a list that grows while it is walked?"
        )
        return replace(result, status="timeout", credit=0.0, message=message)
    if report["end"] == "ungraded":
        message = f"Its grading broke off twice, so this says nothing about it: {report['why']}."
        return replace(result, status="ungraded", credit=0.0, message=message)
    if report["end"] == "lost":
        message = f"{kata}.py broke its grading off: what it gave back was too large."
        return replace(result, status="error", credit=0.0, message=message)
    if report["total"] and report["passed"] == report["total"] and not failures and not report["end"]:
        return replace(result, status="passed", credit=1.0)
    if not failures:
        return replace(result, status="error", credit=0.0, message=f"No test of {kata} ran to its end.")
    first = failures[0]
    others = list(dict.fromkeys(failure["test"] for failure in failures[1:]))
    message = first["message"]
    if others:
        message += f"\n\nNot passed either: {', '.join(others[:8])}{' ...' if len(others) > 8 else ''}"
    return replace(result, status=first["status"], message=message)


def share_of(report: dict[str, Any]) -> float:
    """How much of a kata is right, from 0 to 1, before the stub's own share is taken off."""
    if not report["total"]:
        return 0.0
    of_test: dict[str, float] = {}
    for failure in report["failures"]:
        share = PARTIAL * _share_of_nodes(failure["comparison"])
        of_test[failure["test"]] = min(share, of_test.get(failure["test"], 1.0))
    return min(1.0, (report["passed"] + sum(of_test.values())) / report["total"])


def _share_of_nodes(comparison: dict[str, Any] | None) -> float:
    if comparison is None:
        return 0.0
    asked = [node for node in comparison["nodes"][1:] if node["status"] != "skipped"]
    right = [n for n in asked if n["status"] == "correct" or (n["status"] == "carried" and n["actual"] != 0.0)]
    return len(right) / len(asked) if asked else 0.0
