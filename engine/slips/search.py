"""Which mistake makes the numbers of a WRONG result: the named slip, of a number as of an array.

A slip is an edit of the backward pass between the nearest numbers of the learner's and the node: another local
derivative at a use, another upstream gradient at a node, or a share of the result taken some number of times. Each
candidate computes what the learner would have got by one of them; those that give the numbers written are the
explanations, in the order of `ranking`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..number import finite_or_none, one_line
from ..verdict.sentences import only
from . import messages
from .candidates import Candidate
from .derivations import skipping_unnamed_steps, with_all_digits
from .neighborhood import Neighborhood
from .ranking import LAST, LIKELY, OF_ONE_NUMBER, READ, SUBSUMED, Detector, load
from .scale import rescaled, simple_factor
from .slip import Slip, explained, no_number
from .use import Contribution

if TYPE_CHECKING:
    from ..verdict.comparison import Comparison
    from ..verdict.result import NodeResult


def diagnose(result: NodeResult, comparison: Comparison) -> Slip | None:
    """Return the slip that explains a WRONG result; None where nothing does."""
    name = one_line(result.name)
    if result.shape:
        malformed_gradient: Slip | None = load("malformed", "malformed_gradient")(result, comparison)
        if malformed_gradient is not None:
            return malformed_gradient
    elif finite_or_none(result.actual) is None:
        return no_number(name, result.actual)
    if not comparison.uses[result.node]:
        return _of_the_root(result, name, comparison)
    region = Neighborhood(result, comparison)
    with region.arithmetic.quietly():
        # Of an upstream gradient that large nothing follows.
        if not region.arithmetic.is_finite(region.magnitude):
            return None
        return _explained(name, region, result)


class _Fit(NamedTuple):
    """A candidate that gives the numbers written, and its detector."""

    candidate: Candidate
    detector: Detector


def _explained(name: str, region: Neighborhood, result: Any) -> Slip | None:
    later, at_once = with_all_digits(region), skipping_unnamed_steps(region)
    regions = [region] if later is None else [region, later]
    found = _fitting(LIKELY, regions)
    if at_once is not None and all(fit.detector.is_weak for fit in found):
        strong = _fitting([detector for detector in LIKELY if not detector.is_weak], [at_once])
        kinds = {fit.candidate.kind for fit in strong}
        found = [*strong, *(fit for fit in found if fit.candidate.kind not in kinds)]
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
    clauses = [other.candidate.clause for other in others if not _is_subsumed(other, found[0], region)]
    what = "these numbers" if region.arithmetic.is_of_arrays else "this number"
    message = explained(name, best.clause, clauses[0] if clauses else "", what)
    edges = best.edges
    if best.kind == "missing-path" and region.arithmetic.is_of_arrays:
        edges = load("dropped_edges", "dropped_edges")(region)
    return Slip(best.kind, message, tuple(other.kind for other, _ in others), edges)


def _fitting(detectors: Sequence[Detector], regions: Sequence[Neighborhood], *, roughly: bool = False) -> list[_Fit]:
    """Return the first candidate of each kind that explains the gradient, in any of the derivations."""
    found: dict[str, _Fit] = {}
    for detector in detectors:
        for region in regions:
            for candidate in detector.candidates(region):
                if candidate.kind not in found and region.explains(candidate.numbers, roughly=roughly):
                    found[candidate.kind] = _Fit(candidate, detector)
    return [*found.values()]


def _is_subsumed(other: _Fit, best: _Fit, region: Neighborhood) -> bool:
    """Tell whether another candidate that gives the same numbers only says the best one again."""
    kind, says_again = other.candidate.kind, best.candidate.subsumes
    if other.candidate.subsumes == best.candidate.kind or says_again == kind:
        return True
    if says_again and other.candidate.subsumes == says_again:
        return True
    if other.detector is not best.detector and kind in best.detector.subsumes:
        return True
    return kind in (OF_ONE_NUMBER if region.is_of_one_number else SUBSUMED.get(best.candidate.kind, frozenset()))


def _of_the_root(result: NodeResult, name: str, comparison: Comparison) -> Slip | None:
    """Return the slip at the root, where the gradient is 1 and no chain rule says anything."""
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
    yield "sign", -1.0, messages.SIGN_FLIPPED
    yield "rule", result.node.data, f"that is the data of {name}, not its gradient"
    yield "missing-path", 0.0, "nothing is passed on from here"
    yield "double", 2.0, "twice too much"
    factor = simple_factor(written, comparison.multiples) if written > 0.0 else None
    if factor is not None:
        yield "factor", factor, "off by a simple factor"


def _of_a_few(result: Any, region: Neighborhood, name: str) -> Slip | None:
    """Return the slip where a few entries are off in one way, and the others are right."""
    places = result.few_wrong
    if not places:
        return None
    numbers = region.arithmetic.full(region.shape, 0.0)
    for at in places:
        numbers[at] = region.recomputed[at]
    part = Contribution("", numbers, None)
    these = only(result.listed(places), len(places))
    for kind, times, clause in _IN_A_FEW:
        if region.explains(rescaled(region, part, times)):
            return Slip(kind, f"{name}: {these} {clause}")
    return None


_IN_A_FEW = (
    ("sign", -1.0, "Right magnitude there, wrong sign."),
    ("missing-path", 0.0, "Nothing has arrived there."),
    *(
        ("double" if times == 2.0 else "factor", times, "It is off by a simple factor there.")
        for times in (0.25, 1.0 / 3.0, 0.5, 2.0, 3.0, 4.0)
    ),
)
"""What can be wrong with a few entries alone: the kind, how many times they are there, and what is said."""
