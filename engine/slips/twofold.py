"""Two slips in one number: the sign and another one."""

from __future__ import annotations

from collections.abc import Iterator

from . import sentences
from .belief import LIKELY
from .edits import Guess
from .region import Region

EXACTLY = 1e-6
PLAIN = (0.0, 1.0)


def of_two(region: Region) -> Iterator[Guess]:
    """Each likely slip with the sign turned round as well; believed only where it fits to many digits."""
    if abs(region.written) in PLAIN:
        return
    for family in LIKELY:
        for guess in family.guesses(region):
            if guess.kind != "sign" and abs(guess.numbers + region.written) <= EXACTLY * abs(region.written):
                yield Guess("sign", -guess.numbers, lambda guess=guess: sentences.and_the_sign(guess.clause))  # type: ignore[misc]
                return
