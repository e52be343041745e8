"""A rule on its own, whoever wrote it: its forward, what it passes back, and whether that is what is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .slopes import difference, is_smooth, slope


@dataclass(frozen=True)
class Rule:
    """A rule, at the point where it is asked; its amounts are floats, or arrays of double precision.

    Attributes:
        name: what the operation is called.
        inputs: what goes in.
        output: what comes out.
        pull: upstream gradient -> what it passes back to each input.
        forward: what comes out of other inputs; None where it cannot be run again.
        names: what the inputs are called in sentences.
        unasked: the places of the inputs that want no gradient.
        twins: of an input that is the same as one before it, by its place, the place of that.
        is_entrywise: whether each entry of the output depends on that of the input alone.
    """

    name: str
    inputs: Sequence[Any]
    output: Any
    pull: Callable[[Any], Sequence[Any]]
    forward: Callable[[Sequence[Any]], Any] | None = None
    names: Sequence[str] = ()
    unasked: frozenset[int] = frozenset()
    twins: Mapping[int, int] = field(default_factory=dict)
    is_entrywise: bool = False

    def vary_input(self, place: int) -> Callable[[Any], Any]:
        """Return the output as a function of one input."""
        forward = self.forward
        assert forward is not None
        return lambda x: forward([*self.inputs[:place], x, *self.inputs[place + 1 :]])


class Answer(NamedTuple):
    """What a rule passes back for an upstream gradient.

    Attributes:
        given: by the inputs' places, None for nothing; of two that are one, the first has it.
        is_coarse: whether it was computed in less than double precision.
    """

    rule: Rule
    upstream: Any
    given: Sequence[Any]
    is_coarse: bool = False


RTOL = 1e-6


class Finding(NamedTuple):
    """What the rule gives and what was measured.

    Attributes:
        place: which input.
        is_smooth: whether the slopes from the two sides meet; a rule is wrong only where they do.
        entry: which entry of an input that is an array, as in "[0, 3]"; "" for a number.
        of_entry: which entry of the result it moves; "" where it is plain.
    """

    place: int
    by_rule: float
    measured: float
    is_wrong: bool
    is_smooth: bool
    entry: str = ""
    of_entry: str = ""

    @property
    def badness(self) -> tuple[bool, bool, float]:
        """For the largest to be the one that is shown."""
        apart = abs(self.by_rule - self.measured)
        return self.is_wrong, not self.is_smooth, apart / (abs(self.measured) or 1.0)


def findings(rule: Rule) -> list[Finding]:
    """Return the finding on each input of a rule between numbers."""
    given = rule.pull(1.0)
    return [
        measure(place, rule.vary_input(place), x, given[place])
        for place, x in enumerate(rule.inputs)
        if place not in rule.unasked
    ]


def measure(place: int, along: Callable[[float], float], x: float, by_rule: float) -> Finding:
    """Return the finding on the input at `x`, along which alone the operation is followed."""
    # Nearly every rule is right, and one plain difference shows it.
    quick = difference(along, x)
    if abs(by_rule - quick) <= RTOL * max(abs(by_rule), abs(quick)):
        return Finding(place, by_rule, quick, False, True)
    measured = slope(along, x)
    if abs(by_rule - measured.value) <= RTOL * max(abs(by_rule), abs(measured.value)) + 10.0 * measured.error:
        return Finding(place, by_rule, measured.value, False, True)
    smooth = is_smooth(along, x, measured)
    return Finding(place, by_rule, measured.value, smooth, smooth)
