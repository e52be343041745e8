"""A verdict: what the judge found about one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .message_lines import Line, plain_lines


@dataclass(frozen=True)
class Failure:
    """A test that did not pass.

    Attributes:
        test: its name.
        status: "failed" by an assertion, or "error" where something broke it off.
        message: what to tell the learner; without the answer.
        lines: the same for a terminal, of any width.
        comparison: `Comparison.to_dict()` where gradients were wrong or missing.
        slips: the kind of each cause's slip.
        part: where the kata asks in parts, which of them the message is about, from 1, and how many there are; else
            twice 0.
    """

    test: str
    status: str
    message: str
    lines: tuple[Line, ...] = ()
    comparison: dict[str, Any] | None = None
    slips: tuple[str, ...] = ()
    part: tuple[int, int] = (0, 0)

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Failure:
        lines = tuple(Line(*line) for line in facts.get("lines", ()))
        number, of = facts.get("part", cls.part)
        return cls(**{**facts, "lines": lines, "slips": tuple(facts["slips"]), "part": (int(number), int(of))})


@dataclass(frozen=True)
class Verdict:
    """What the judge found.

    Attributes:
        kata: its name.
        status: "passed", "failed" (by an assertion), "error", "timeout" or "cancelled".
        message: what to tell the learner: that of the failure that says most.
        passed: how many tests passed.
        failures: the tests that did not, in order.
        picture: the drawing of that failure's comparison, or of one that is all right; None where there is none.
        output: the end of what the answer printed.
        seconds: how long it took.
        note: what else the learner should know; "" for nothing.
    """

    kata: str
    status: str
    message: str = ""
    passed: int = 0
    failures: tuple[Failure, ...] = ()
    picture: Path | None = None
    output: str = ""
    seconds: float = 0.0
    note: str = ""

    @property
    def ok(self) -> bool:
        return self.status == "passed"

    def __bool__(self) -> bool:
        return self.ok

    @property
    def lines(self) -> tuple[Line, ...]:
        """The message for a terminal, of any width."""
        return self.failures[most_telling(self.failures)].lines if self.failures else plain_lines(self.message)

    @property
    def comparison(self) -> dict[str, Any] | None:
        """Of the failure that says most, or the first that has one."""
        every = (self.failures[most_telling(self.failures)], *self.failures) if self.failures else ()
        return next((each.comparison for each in every if each.comparison is not None), None)

    @property
    def part(self) -> tuple[int, int]:
        """Which part the message is about, and how many there are, as of `Failure`."""
        return self.failures[most_telling(self.failures)].part if self.failures else Failure.part

    @property
    def is_right_so_far(self) -> bool:
        """Whether at least one part is right, and nothing of the next is wrong: it has only begun, or not even that."""
        return self.part[0] > 1 and not any(line.kind in ("wrong", "carried") for line in self.lines)

    @property
    def first_missing(self) -> str:
        """The name of what is next to be filled in, in the order of the table; "" for none."""
        rows = [line.text for line in self.lines if line.kind == "missing"]
        return rows[0].strip().split("  ")[0] if rows else ""

    @property
    def slips(self) -> tuple[str, ...]:
        """The kinds of slip over all failures, each once."""
        return tuple(dict.fromkeys(kind for failure in self.failures for kind in failure.slips))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        facts = asdict(self)
        facts["picture"] = None if self.picture is None else str(self.picture)
        return facts


def most_telling(failures: Sequence[Failure]) -> int:
    """Return the place of the failure that says most.

    That is the first one, unless mistakes have no name there, or two that both fit, or another than in most tests: what
    fits in one of many does so by chance, and of a few numbers no name is better. Of those about parts it is one about
    the first.
    """
    first, *others = failures
    if first.comparison is None or all(each.comparison is None for each in others):
        return 0
    earliest = min(failure.part for failure in failures if failure.comparison is not None)
    said = [_names_of(failure) for failure in failures]

    def rank(place: int) -> tuple[float, float, int]:
        shares = [_share(name, [other[node] for other in said if node in other]) for node, name in said[place].items()]
        certain = [share for share in shares if share >= 0.5]
        by_chance = sum(0.0 < share < 0.5 for share in shares) if _holds_few_numbers(failures[place]) else 0
        return -len(certain) / max(len(shares), 1), -sum(certain) / max(len(shares), 1), by_chance

    return min((place for place, failure in enumerate(failures) if failure.part == earliest), key=rank)


FEW = 4
"""So many numbers are made by many a mistake."""


def _holds_few_numbers(failure: Failure) -> bool:
    nodes = (failure.comparison or {"nodes": ()})["nodes"]
    return all(str(node.get("data")).count(",") < FEW for node in nodes)


def _share(name: str | None, others: Sequence[str | None]) -> float:
    """Return in how many of the tests in which a node is wrong its mistake has the name, as a share."""
    return 0.0 if name is None else sum(other == name for other in others) / len(others)


def _names_of(failure: Failure) -> dict[str, str | None]:
    """Return the kind of slip of each wrong node by its name; None where it has none, or may have another."""
    found = {}
    for node in (failure.comparison or {"nodes": ()})["nodes"]:
        if node["status"] == "wrong" and not node.get("rounded"):
            slip = node.get("slip")
            found[node["name"]] = None if slip is None or EITHER_OR in slip["message"] else slip["kind"]
    return found


EITHER_OR = "more than one mistake gives"
