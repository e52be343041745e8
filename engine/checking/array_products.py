"""Guesses on the factors of `@`: a transpose too many or too few, or the other order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from ..arrays.edges import Edge, Floats, summed_to
from . import sentences
from .array_alike import Change, at_one_or_all
from .array_guess import FACTORS, Guess
from .array_region import Region, Use


class _Form(NamedTuple):
    """A way to multiply the upstream gradient and the other factor.

    Attributes:
        upstream, other: what is done to each: 0 for nothing, 1 for a transpose, 2 for rows taken as columns (reshape),
            3 for both.
        swaps: whether the other factor stands first.
    """

    upstream: int
    other: int
    swaps: bool

    def product(self, upstream: Floats, other: Floats) -> Floats:
        one, two = _turned(upstream, self.upstream), _turned(other, self.other)
        return two @ one if self.swaps else one @ two


RIGHT = (_Form(0, 1, False), _Form(0, 1, True))
"""By operand: the upstream gradient @ b^T, and a^T @ the upstream gradient."""

_FORMS = [_Form(*form) for form in product(range(4), range(4), (False, True))]


def of_the_products(region: Region) -> Iterator[Guess]:
    yield from at_one_or_all(region, _changes(region))


def _changes(region: Region) -> Iterator[Change]:
    for use in region.uses:
        op, operands = use.consumer.op, use.consumer.operands
        if op is None or op.name != "@" or min(len(node.shape) for node in (use.consumer, *operands)) < 2:
            continue
        other = np.asarray(operands[1 - use.place].data)
        for form in sorted(_FORMS, key=lambda form: _mistakes(form, use)):
            if form != RIGHT[use.place] and _fits(form, use, other):
                clause = _clause(form, region, use)
                in_each = _wrong(form, use.place, "the upstream gradient", "the other factor")
                of_all = f"in each product with it, {in_each}"
                local = Edge(lambda g, c, form=form, use=use: summed_to(form.product(g, c), use.operand.shape), other)  # type: ignore[misc]
                yield Change("transposed", use, local, clause, (use.place, form), of_all, FACTORS | {"swapped"})


def _mistakes(form: _Form, use: Use) -> int:
    right = RIGHT[use.place]
    return sum(a != b for a, b in zip(form, right)) + 2 * (form.upstream > 1) + 2 * (form.other > 1)


def _turned(factor: Floats, way: int) -> Floats:
    if way > 1:
        factor = factor.reshape(*factor.shape[:-2], factor.shape[-1], factor.shape[-2])
    return factor.swapaxes(-1, -2) if way % 2 else factor


def _fits(form: _Form, use: Use, other: Floats) -> bool:
    """Whether the product has a shape that is summed to the operand's; rows taken as columns are rows of a square."""
    upstream = use.consumer.shape
    for shape, way in ((upstream, form.upstream), (other.shape, form.other)):
        if way > 1 and shape[-1] == shape[-2]:
            return False
    shapes = [_shape(upstream, form.upstream), _shape(other.shape, form.other)]
    left, right = reversed(shapes) if form.swaps else shapes
    if left[-1] != right[-2]:
        return False
    try:
        made = (*np.broadcast_shapes(left[:-2], right[:-2]), left[-2], right[-1])
    except ValueError:
        return False
    wanted = use.operand.shape
    return made[-2:] == wanted[-2:] and len(made) >= len(wanted)


def _shape(shape: tuple[int, ...], way: int) -> tuple[int, ...]:
    return shape if way in (0, 3) else (*shape[:-2], shape[-1], shape[-2])


def _clause(form: _Form, region: Region, use: Use) -> str:
    of, factor = (
        f"the gradient of {region.name(use.consumer)}",
        region.words.factor(use.consumer.operands[1 - use.place]),
    )
    return f"in the product of {of} and {factor}, {_wrong(form, use.place, of, factor)}"


def _wrong(form: _Form, place: int, of: str, factor: str) -> str:
    """What is wrong in a product; neutral, as the operand may be itself a transpose of the learner's array."""
    right, wrong = RIGHT[place], []
    turned = [of] if form.upstream != right.upstream else []
    turned += [factor] if form.other != right.other else []
    if turned:
        has = "have each" if len(turned) > 1 else "has"
        wrong.append(f"{sentences.listed(turned)} {has} a transpose too many or too few")
    if form.swaps != right.swaps:
        wrong.append("the two stand in the other order")
    return f"{', and '.join(wrong)}: which axis is summed over?"
