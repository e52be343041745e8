"""Guesses on what lets some entries through and keeps others out: masks, and shares such as those of a gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from . import sentences
from .array_guess import FACTORS, WrongLocal
from .array_region import Region, Use

if TYPE_CHECKING:
    from ..value import Value

MASKS = ("where", "tril", "triu", "clip")
"""The operations that are masks; a product with a constant may be one."""

TURNED_ROUND = "turned round"
"""How the words begin of what is kept out for what is let through."""

_SELECTING = (*MASKS, "relu", "maximum", "minimum", "*", "/")


def is_mask(use: Use, coefficient: Any) -> bool:
    """Whether the operation is a mask that lets some entries through, all alike, and others not."""
    return str(use.consumer.op) in (*MASKS, "*", "/") and _lets_some_through(coefficient)


def _lets_some_through(coefficient: Any) -> bool:
    numbers = np.asarray(coefficient)
    passed = numbers[numbers != 0.0]
    return 0 < passed.size < numbers.size and bool((passed == passed[0]).all())


def of_a_mask(use: Use, coefficient: Any) -> Iterator[WrongLocal]:
    """A mask without its scale, as of dropout, or turned round: 1 - mask."""
    if is_mask(use, coefficient):
        is_through = np.asarray(coefficient) != 0.0
        yield WrongLocal("factor", "scale", is_through, lambda where, _: sentences.mask_without_scale(where))
    operands, op = use.consumer.operands, str(use.consumer.op)
    # What a maximum passes to another array is told by that one's name.
    has_another = len(operands) == 2 and not operands[1 - use.place].is_constant
    if op in _SELECTING and _lets_some_through(coefficient) and (op == "where" or not has_another):
        numbers = np.asarray(coefficient)
        for scale in dict.fromkeys((float(numbers.max() + numbers.min()), 1.0)):
            yield WrongLocal(
                "rule",
                f"{TURNED_ROUND}, {scale}",
                np.where(numbers == 0.0, scale, 0.0),
                lambda where, _: sentences.mask_turned_round(where),
                FACTORS | {"swapped"},
            )


def of_a_share(region: Region, use: Use, coefficient: Any) -> Iterator[WrongLocal]:
    """1 - p for a share p, or p for 1 - p, as of the two sides of a gate."""
    numbers, operands = np.asarray(coefficient), use.consumer.operands
    if str(use.consumer.op) != "*" or numbers.size < 2 or not ((numbers > 0.0) & (numbers < 1.0)).all():
        return
    letter, other = "ba"[use.place], operands[1 - use.place]

    def clause(where: str, letters: Mapping[str, str]) -> str:
        is_of_each = letters is sentences.OF_EACH
        written = _less_from_one(letters[letter], None if is_of_each else other, region)
        return f"in {where}, {written} stands where {letters[letter]} belongs."

    yield WrongLocal("rule", TURNED_ROUND, 1.0 - numbers, clause)


def _less_from_one(name: str, node: Value | None, region: Region) -> str:
    """What 1 less an array is called, by its name; of 1 - p that is p."""
    if node is not None and not node.label and str(node.op) == "-" and node.operands[0].is_constant:
        return region.name(node.operands[1])
    return sentences.in_own_names("1 - {b}", {"b": name})
