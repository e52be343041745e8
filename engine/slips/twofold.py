"""Two slips in one gradient: the sign or a mean's n and another one, or a wrong rule at each of two uses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ..number import is_of_few_digits
from . import sentences
from .belief import LIKELY
from .edits import Edit, Guess
from .region import Region
from .rules import of_the_table
from .shares import means

EXACTLY = 1e-6
PLAIN = (0.0, 1.0)
MOST_USES = 6
"""Of the pairs of more uses one has any number."""
ALIKE = {"sign": frozenset({"sign"}), "factor": frozenset({"sign", "factor", "double"})}
"""Of each kind that goes with another the kinds that it does not go with."""


def of_two(region: Region) -> Iterator[Guess]:
    """Each likely slip with the sign turned round as well, or with a mean's division left out."""
    if region.is_of_one_number and abs(region.written) in PLAIN:
        return
    is_exact = region.is_of_one_number and is_of_few_digits(region.written)
    no_means = [(float(n), "factor", sentences.mean_left_out(where)) for n, where in means(region)]
    for n, _, clause in no_means:
        yield Guess("sign", -n * region.chain, sentences.two_things(sentences.SIGN_FLIPPED, f"{clause}."))
    times = [(-1.0, "sign", sentences.SIGN_FLIPPED), *no_means]
    for family in LIKELY:
        for guess in family.guesses(region) if not family.is_weak else ():
            for number, kind, clause in times:
                numbers = number * guess.numbers
                if guess.kind in ALIKE[kind] or not region.explains(numbers):
                    continue
                if not is_exact or abs(numbers - region.written) <= EXACTLY * abs(region.written):
                    both = sentences.two_things(clause, guess.clause)
                    yield Guess(kind, numbers, both)
                    return
    if region.is_of_one_number:
        yield from _a_rule_at_each_of_two(region)


def _a_rule_at_each_of_two(region: Region) -> Iterator[Guess]:
    """Two uses with a wrong rule each, as where one person takes the input for the output in both."""
    uses = region.direct if len(region.direct) <= MOST_USES else []
    edits = [[(use.upstream * (edit.local - use.local), edit) for edit in of_the_table(region, use)] for use in uses]
    for some, others in combinations(edits, 2):
        for off, edit in some:
            for other_off, other in others:
                numbers = region.chain + off + other_off
                if abs(numbers - region.written) <= EXACTLY * abs(region.written):
                    yield Guess("rule", numbers, lambda one=edit, other=other: _at_both(region, one, other))  # type: ignore[misc]
                    return


def _at_both(region: Region, one: Edit, other: Edit) -> str:
    """Return the sentence on two wrong rules; of a node times itself they may be one and the same."""
    clauses = {one.say(), other.say()}
    return clauses.pop() if len(clauses) == 1 else sentences.two_rules(region.where(one.use), region.where(other.use))
