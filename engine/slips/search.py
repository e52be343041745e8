"""Which mistake makes the numbers of a WRONG result: the named slip, of a number as of an array.

A slip is an edit of the backward pass between the nearest numbers of the learner's and the node: another local
derivative at a use, another upstream gradient at a node, or a share of the result taken some number of times. Each
guess computes what the learner would have got by one of them; those that give the numbers written are the
explanations, in the order of `belief`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..number import finite_or_none, one_line
from ..verdict.sentences import only
from . import sentences
from .belief import LAST, LIKELY, OF_ONE_NUMBER, READ, RESTATES, Family
from .edits import Guess
from .late import unpassed, unread
from .region import Region
from .shares import simple_factor, taken
from .slip import Slip, explained, no_number
from .use import Part
from .ways import in_one_go, rounded_later

if TYPE_CHECKING:
    from ..verdict.comparison import Comparison
    from ..verdict.result import NodeResult


def diagnose(result: NodeResult, comparison: Comparison) -> Slip | None:
    """The slip that explains a WRONG result; None where nothing does."""
    name = one_line(result.name)
    if result.shape:
        no_gradient: Slip | None = unread().no_gradient(result, comparison)
        if no_gradient is not None:
            return no_gradient
    elif finite_or_none(result.actual) is None:
        return no_number(name, result.actual)
    if not comparison.uses[result.node]:
        return _of_the_root(result, name, comparison)
    region = Region(result, comparison)
    with region.amounts.quietly():
        if not region.amounts.is_finite(region.size):  # an upstream gradient so large that nothing follows from it
            return None
        return _explained(name, region, result)


class _Fit(NamedTuple):
    """A guess that gives the numbers written, and the family that it is of."""

    guess: Guess
    family: Family


def _explained(name: str, region: Region, result: Any) -> Slip | None:
    later, at_once = rounded_later(region), in_one_go(region)
    regions = [region] if later is None else [region, later]
    found = _fitting(LIKELY, regions)
    if at_once is not None and all(fit.family.is_weak for fit in found):
        strong = _fitting([family for family in LIKELY if not family.is_weak], [at_once])
        kinds = {fit.guess.kind for fit in strong}
        found = [*strong, *(fit for fit in found if fit.guess.kind not in kinds)]
    if not found and result.shape:
        slip = _of_a_few(result, region, name)
        if slip is not None:
            return slip
        rest = [each for region in regions if (each := region.without_extremes()) is not None]
        if rest:
            regions, found = rest, _fitting(LIKELY, rest)
    # Whoever rounds others to two decimals rounds this one, too; many entries say so themselves.
    if not found and (region.comparison.rounded_nodes or result.shape):
        every = regions if at_once is None else [*regions, at_once]
        found = _fitting(LIKELY, [each for each in every if each.fit.may_be_rough], roughly=True)
    found = found or _fitting(LAST, regions) or _fitting(READ, regions)
    if not found:
        return None
    (best, _), *others = found
    region = regions[0]
    clauses = [other.guess.clause for other in others if not _restates(other, found[0], region)]
    what = "these numbers" if region.amounts.is_of_arrays else "this number"
    message = explained(name, best.clause, clauses[0] if clauses else "", what)
    edges = best.edges
    if best.kind == "missing-path" and region.amounts.is_of_arrays:
        edges = unpassed().left_out(region)
    return Slip(best.kind, message, tuple(other.kind for other, _ in others), edges)


def _fitting(families: Sequence[Family], regions: Sequence[Region], *, roughly: bool = False) -> list[_Fit]:
    """The first guess of each kind that explains what was written, be it on one way to round or on another."""
    found: dict[str, _Fit] = {}
    for family in families:
        for region in regions:
            for guess in family.guesses(region):
                if guess.kind not in found and region.explains(guess.numbers, roughly=roughly):
                    found[guess.kind] = _Fit(guess, family)
    return [*found.values()]


def _restates(other: _Fit, best: _Fit, region: Region) -> bool:
    """Whether another guess that gives the same numbers only says the best one again."""
    kind, says_again = other.guess.kind, best.guess.restates
    if other.guess.restates == best.guess.kind or says_again == kind:
        return True
    if says_again and other.guess.restates == says_again:
        return True
    if other.family is not best.family and kind in best.family.restates:
        return True
    return kind in (OF_ONE_NUMBER if region.is_of_one_number else RESTATES.get(best.guess.kind, frozenset()))


def _of_the_root(result: NodeResult, name: str, comparison: Comparison) -> Slip | None:
    """Where backward starts, no chain rule says anything: the gradient there is 1."""
    written = finite_or_none(result.actual) or 0.0
    start = f"backward starts here: how much does {name} change when {name} itself does?"
    found = [
        (kind, clause)
        for kind, number, clause in _at_the_root(result, name, written, comparison)
        if comparison.tolerance.accepts(written, number, 0.0)
    ]
    if not found:
        return None
    (kind, clause), *others = found
    return Slip(kind, f"{name}: {clause}; {start}", tuple(other for other, _ in others))


def _at_the_root(result: Any, name: str, written: float, comparison: Comparison) -> Iterator[tuple[str, float, str]]:
    yield "sign", -1.0, sentences.SIGN_FLIPPED
    yield "rule", result.node.data, f"that is the data of {name}, not its gradient"
    yield "missing-path", 0.0, "nothing is passed on from here"
    yield "double", 2.0, "twice too much"
    factor = simple_factor(written, comparison.multiples) if written > 0.0 else None
    if factor is not None:
        yield "factor", factor, "off by a simple factor"


def _of_a_few(result: Any, region: Region, name: str) -> Slip | None:
    """The slip where a few entries are off in one way, and the others are right."""
    places = result.few_wrong
    if not places:
        return None
    numbers = region.amounts.full(region.shape, 0.0)
    for at in places:
        numbers[at] = region.chain[at]
    part = Part("", numbers, None)
    these = only(result.listed(places), len(places))
    for kind, times, clause in _IN_A_FEW:
        if region.explains(taken(region, part, times)):
            return Slip(kind, f"{name}: {these} {clause}")
    return None


_IN_A_FEW = (
    ("sign", -1.0, "The size fits there, the sign does not."),
    ("missing-path", 0.0, "Nothing has arrived there."),
    *(
        ("double" if times == 2.0 else "factor", times, "It is off by a simple factor there.")
        for times in (0.25, 1.0 / 3.0, 0.5, 2.0, 3.0, 4.0)
    ),
)
"""What can be wrong with a few entries alone: the kind, how many times they are there, and what is said."""
