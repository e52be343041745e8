"""Two slips in one gradient: the sign or a mean's n and another one, or a wrong rule at each of two uses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ..verdict.rounding import is_of_few_digits
from . import messages
from .candidates import Candidate, Edit, text_of
from .local_derivatives import usual_mistakes
from .neighborhood import Neighborhood
from .ranking import LIKELY
from .scale import means

EXACTLY = 1e-6
PLAIN = (0.0, 1.0)
MOST_USES = 6
"""Of the pairs of more uses one has any number."""
ALIKE = {"sign": frozenset({"sign"}), "factor": frozenset({"sign", "factor", "double"})}
"""Of each kind that goes with another the kinds that it does not go with."""


def compound_mistakes(region: Neighborhood) -> Iterator[Candidate]:
    """Combine each likely mistake with a flipped sign or a missing 1/n."""
    if region.is_of_one_number and abs(region.user_grad) in PLAIN:
        return
    is_exact = region.is_of_one_number and is_of_few_digits(region.user_grad)
    no_means = [(float(n), "factor", messages.mean_left_out(where)) for n, where in means(region)]
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
    if region.is_of_one_number:
        yield from _a_rule_at_each_of_two(region)


def _a_rule_at_each_of_two(region: Neighborhood) -> Iterator[Candidate]:
    """Yield two uses with a wrong rule each, as where one person takes the input for the output in both."""
    uses = region.direct if len(region.direct) <= MOST_USES else []
    edits = [[(use.upstream * (edit.local - use.local), edit) for edit in usual_mistakes(region, use)] for use in uses]
    for some, others in combinations(edits, 2):
        for off, edit in some:
            for other_off, other in others:
                numbers = region.recomputed + off + other_off
                if abs(numbers - region.user_grad) <= EXACTLY * abs(region.user_grad):
                    yield Candidate("rule", numbers, lambda one=edit, other=other: _at_both(region, one, other))  # type: ignore[misc]
                    return


def _at_both(region: Neighborhood, one: Edit, other: Edit) -> str:
    """Return the sentence on two wrong rules; of a node times itself they may be one and the same."""
    clauses = {text_of(one.say), text_of(other.say)}
    return clauses.pop() if len(clauses) == 1 else messages.two_rules(region.where(one.use), region.where(other.use))
