"""Which mistake makes the numbers of a WRONG result: the named slip, of a number as of an array.

A slip is an edit of the backward pass between the nearest numbers of the learner's and the node: another local
derivative at a use, another upstream gradient at a node, or a contribution taken some number of times. Each candidate
computes what the learner would have got by one of them; those that give the numbers written are the explanations, in
the order of `ranking`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from ..number import finite_or_none, one_line
from ..verdict.rounding import is_of_few_digits
from ..verdict.sentences import only
from . import messages
from .candidates import Candidate, Edit, text_of
from .local_derivatives import usual_mistakes
from .neighborhood import Contribution, Neighborhood
from .ranking import LAST, LIKELY, OF_ONE_NUMBER, READ, SUBSUMED, Detector, load
from .scale import means, rescale, simple_factor
from .slip import Slip, message_of, no_number
from .values import is_finite

if TYPE_CHECKING:
    from ..verdict.comparison import Comparison
    from ..verdict.result import NodeResult

EXACTLY = 1e-6
PLAIN = (0.0, 1.0)
MOST_USES = 6
"""Of the pairs of more uses one has any number."""
ALIKE = {"sign": frozenset({"sign"}), "factor": frozenset({"sign", "factor", "double"})}
"""Of each kind that goes with another the kinds that it does not go with."""


class Explanation(NamedTuple):
    """A candidate that gives the numbers written, and its detector."""

    candidate: Candidate
    detector: Detector


def diagnose(result: NodeResult, comparison: Comparison) -> Slip | None:
    """Return the slip that explains a WRONG result; None where nothing does."""
    name = one_line(result.name)
    if result.shape:
        malformed: Slip | None = load("malformed", "malformed_gradient")(result, comparison)
        if malformed is not None:
            return malformed
    elif finite_or_none(result.actual) is None:
        return no_number(name, result.actual)
    if not comparison.uses[result.node]:
        return _diagnose_root(result, name, comparison)
    region = Neighborhood(result, comparison)
    with region.silence():
        # Of an upstream gradient that large nothing follows.
        return _search(name, region, result) if is_finite(region.magnitude) else None


def _search(name: str, region: Neighborhood, result: Any) -> Slip | None:
    unrounded, shorter = region.restore_digits(), region.skip_steps()
    regions = [region] if unrounded is None else [region, unrounded]
    found = _explanations(LIKELY, regions)
    if shorter is not None and all(each.detector.is_weak for each in found):
        strong = _explanations([detector for detector in LIKELY if not detector.is_weak], [shorter])
        kinds = {each.candidate.kind for each in strong}
        found = [*strong, *(each for each in found if each.candidate.kind not in kinds)]
    if not found and result.shape:
        slip = _diagnose_entries(result, region, name)
        if slip is not None:
            return slip
        rest = [each for region in regions if (each := region.drop_extremes()) is not None]
        if rest:
            regions, found = rest, _explanations(LIKELY, rest)
    # Whoever rounds others to two decimals rounds this one, too; many entries say so themselves.
    if not found and (region.comparison.rounded_nodes or result.shape):
        every = regions if shorter is None else [*regions, shorter]
        found = _explanations(LIKELY, [each for each in every if each.match.may_be_rough], roughly=True)
    found = found or _explanations(LAST, regions) or _explanations(READ, regions)
    return _slip_of(name, found, regions[0]) if found else None


def _explanations(
    detectors: Sequence[Detector], regions: Sequence[Neighborhood], *, roughly: bool = False
) -> list[Explanation]:
    """Return the first candidate of each kind that explains the gradient, in any of the regions."""
    found: dict[str, Explanation] = {}
    for detector in detectors:
        for region in regions:
            for candidate in detector.candidates(region):
                if candidate.kind not in found and region.explains(candidate.numbers, roughly=roughly):
                    found[candidate.kind] = Explanation(candidate, detector)
    return [*found.values()]


def _slip_of(name: str, found: Sequence[Explanation], region: Neighborhood) -> Slip:
    """Return the slip that the first fit is, with another that gives the same and says something else."""
    first, *others = found
    best = first.candidate
    clauses = [other.candidate.clause for other in others if not _is_subsumed(other, first, region)]
    what = "this number" if region.is_scalar else "these numbers"
    message = message_of(name, best.clause, clauses[0] if clauses else "", what)
    is_dropped = best.kind == "missing-path" and not region.is_scalar
    edges = load("paths", "dropped_edges")(region) if is_dropped else best.edges
    return Slip(best.kind, message, tuple(other.candidate.kind for other in others), edges)


def _is_subsumed(other: Explanation, best: Explanation, region: Neighborhood) -> bool:
    """Tell whether another candidate that gives the same numbers only says the best one again."""
    (kind, *_, by), (best_kind, *_, best_by) = other.candidate, best.candidate
    if by == best_kind or best_by == kind or (best_by and by == best_by):
        return True
    if other.detector is not best.detector and kind in best.detector.subsumes:
        return True
    return kind in (OF_ONE_NUMBER if region.is_scalar else SUBSUMED.get(best_kind, frozenset()))


def _diagnose_root(result: NodeResult, name: str, comparison: Comparison) -> Slip | None:
    """Return the slip at the root, where the gradient is 1 and no chain rule says anything."""
    written = finite_or_none(result.actual) or 0.0
    start = f"backward starts here: how much does {name} change when {name} itself does?"
    found = [
        (kind, clause)
        for kind, number, clause in _root_mistakes(result, name, written, comparison)
        if comparison.tolerance.accepts(written, number, 0.0)
    ]
    if not found:
        return None
    (kind, clause), *others = found
    return Slip(kind, f"{name}: {clause}; {start}", tuple(other for other, _ in others))


def _root_mistakes(result: Any, name: str, written: float, comparison: Comparison) -> Iterator[tuple[str, float, str]]:
    yield "sign", -1.0, messages.SIGN_FLIPPED
    yield "rule", result.node.data, f"that is the data of {name}, not its gradient"
    yield "missing-path", 0.0, "nothing is passed on from here"
    yield "double", 2.0, "twice too much"
    factor = simple_factor(written, comparison.multiples) if written > 0.0 else None
    if factor is not None:
        yield "factor", factor, "off by a simple factor"


def _diagnose_entries(result: Any, region: Neighborhood, name: str) -> Slip | None:
    """Return the slip where a few entries are off in one way, and the others are right."""
    indices = result.few_wrong
    if not indices:
        return None
    numbers = 0.0 * region.recomputed
    for at in indices:
        numbers[at] = region.recomputed[at]
    part = Contribution("", numbers, None)
    these = only(result.listed(indices), len(indices))
    for kind, times, clause in ENTRY_MISTAKES:
        if region.explains(rescale(region, part, times)):
            return Slip(kind, f"{name}: {these} {clause}")
    return None


ENTRY_MISTAKES = (
    ("sign", -1.0, "Right magnitude there, wrong sign."),
    ("missing-path", 0.0, "Nothing has arrived there."),
    *(
        ("double" if times == 2.0 else "factor", times, "It is off by a simple factor there.")
        for times in (0.25, 1.0 / 3.0, 0.5, 2.0, 3.0, 4.0)
    ),
)
"""What can be wrong with a few entries alone: the kind, how many times they are there, and what is said."""


def compound_mistakes(region: Neighborhood) -> Iterator[Candidate]:
    """Combine each likely mistake with a flipped sign or a missing 1/n."""
    if region.is_scalar and abs(region.user_grad) in PLAIN:
        return
    is_exact = region.is_scalar and is_of_few_digits(region.user_grad)
    no_means = [(float(n), "factor", messages.mean_left_out(where)) for n, where in region.cached(means)]
    for n, _, clause in no_means:
        yield Candidate("sign", -n * region.recomputed, messages.two_things(messages.SIGN_FLIPPED, f"{clause}."))
    times = [(-1.0, "sign", messages.SIGN_FLIPPED), *no_means]
    for detector in LIKELY:
        for candidate in detector.candidates(region) if not detector.is_weak else ():
            for number, kind, clause in times:
                numbers = number * candidate.numbers
                if candidate.kind in ALIKE[kind] or not region.explains(numbers):
                    continue
                if not is_exact or abs(numbers - region.user_grad) <= EXACTLY * abs(region.user_grad):
                    both = messages.two_things(clause, candidate.clause)
                    yield Candidate(kind, numbers, both)
                    return
    if region.is_scalar:
        yield from _two_wrong_rules(region)


def _two_wrong_rules(region: Neighborhood) -> Iterator[Candidate]:
    """Yield two uses with a wrong rule each, as where one person takes the input for the output in both."""
    uses = region.direct if len(region.direct) <= MOST_USES else []
    edits = [[(use.upstream * (edit.local - use.local), edit) for edit in usual_mistakes(region, use)] for use in uses]
    for some, others in combinations(edits, 2):
        for off, edit in some:
            for other_off, other in others:
                numbers = region.recomputed + off + other_off
                if abs(numbers - region.user_grad) <= EXACTLY * abs(region.user_grad):
                    yield Candidate("rule", numbers, lambda one=edit, other=other: _say_both(region, one, other))  # type: ignore[misc]
                    return


def _say_both(region: Neighborhood, one: Edit, other: Edit) -> str:
    """Return the sentence on two wrong rules; of a node times itself they may be one and the same."""
    clauses, places = {text_of(one.say), text_of(other.say)}, (region.where(one.use), region.where(other.use))
    if len(clauses) == 1:
        return clauses.pop()
    return messages.rules_of_operation(places[0]) if places[0] == places[1] else messages.two_rules(*places)
