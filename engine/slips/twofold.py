"""Two slips in one number: the sign and another one, or a wrong rule at each of two uses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from . import sentences
from .belief import LIKELY
from .edits import Guess
from .region import Region
from .rules import of_the_table

EXACTLY = 1e-6
PLAIN = (0.0, 1.0)
MOST_USES = 6
"""Of the pairs of more uses one has any number."""


def of_two(region: Region) -> Iterator[Guess]:
    """Each likely slip with the sign turned round as well; believed only where it fits to many digits."""
    if abs(region.written) in PLAIN:
        return
    for family in LIKELY:
        for guess in family.guesses(region):
            if guess.kind != "sign" and abs(guess.numbers + region.written) <= EXACTLY * abs(region.written):
                yield Guess("sign", -guess.numbers, lambda guess=guess: sentences.and_the_sign(guess.clause))  # type: ignore[misc]
                return
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
                    of = [region.where(one.use) for one in (edit, other)]
                    yield Guess("rule", numbers, lambda of=of: sentences.two_rules(*of))  # type: ignore[misc]
                    return
