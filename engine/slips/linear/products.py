"""Guesses on the factors of `@`: a transpose too many or too few, or the other order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations, product
from typing import Any, NamedTuple

import numpy as np

from ...arrays.edges import Edge, Floats, summed_to
from ...arrays.products import entries_of_product
from ...verdict.sentences import listed
from .. import later
from ..edits import Edit, Guess, at_one_or_all
from ..region import Region
from ..use import Use

MOST_AXES = 4


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

    def factors(self, upstream: Floats, other: Floats) -> tuple[Floats, Floats]:
        one, two = _turned(upstream, self.upstream), _turned(other, self.other)
        return (two, one) if self.swaps else (one, two)

    def product(self, upstream: Floats, other: Floats) -> Floats:
        left, right = self.factors(upstream, other)
        return left @ right


RIGHT = (_Form(0, 1, False), _Form(0, 1, True))
"""By operand: the upstream gradient @ b^T, and a^T @ the upstream gradient."""

_FORMS = [_Form(*form) for form in product(range(4), range(4), (False, True))]


def of_the_products(region: Region) -> Iterator[Guess]:
    yield from at_one_or_all(region, _edits(region))


def _edits(region: Region) -> Iterator[Edit]:
    for use in region.uses:
        if str(use.consumer.op) != "@" or not use.consumer.shape:
            continue
        shapes = _Shapes.of(use)
        other = np.asarray(use.consumer.operands[1 - use.place].data).reshape(shapes.other)
        for form in sorted(_FORMS, key=lambda form: _mistakes(form, use)):
            if form != RIGHT[use.place] and _fits(form, shapes):
                clause = _clause(form, region, use)
                in_each = _wrong(form, use, "the upstream gradient", "the other factor")
                of_all = f"in each product on the way, {in_each}"
                entries = _entries(form, shapes) if use.operand.shape == shapes.wanted else None
                local = Edge(_passed_by(form, shapes, use.operand.shape), other, None, entries)
                yield Edit("transposed", use, local, clause, (use.place, form), of_all)


class _Shapes(NamedTuple):
    """Of a product as one of matrices: `@` takes a vector for a row where it stands first, else for a column."""

    upstream: tuple[int, ...]
    other: tuple[int, ...]
    wanted: tuple[int, ...]

    @classmethod
    def of(cls, use: Use) -> _Shapes:
        left, right = (node.shape for node in use.consumer.operands)
        upstream = use.consumer.shape
        if len(left) == 1:
            left, upstream = (1, *left), (*upstream[:-1], 1, upstream[-1])
        elif len(right) == 1:
            right, upstream = (*right, 1), (*upstream, 1)
        return cls(upstream, right, left) if use.place == 0 else cls(upstream, left, right)


def _passed_by(form: _Form, shapes: _Shapes, shape: tuple[int, ...]) -> Callable[[Any, Any], Any]:
    return lambda g, c: summed_to(form.product(g.reshape(shapes.upstream), c), shapes.wanted).reshape(shape)


def _entries(form: _Form, shapes: _Shapes) -> Callable[[Any, Any, Any], Any] | None:
    """The same of some entries, where nothing is summed."""
    if len(shapes.upstream) > 2 or len(shapes.other) > 2:
        return None
    return lambda g, c, at: entries_of_product(*form.factors(g.reshape(shapes.upstream), c), at)


def _mistakes(form: _Form, use: Use) -> int:
    right = RIGHT[use.place]
    return sum(a != b for a, b in zip(form, right)) + 2 * (form.upstream > 1) + 2 * (form.other > 1)


def _turned(factor: Floats, way: int) -> Floats:
    if way > 1:
        factor = factor.reshape(*factor.shape[:-2], factor.shape[-1], factor.shape[-2])
    return factor.swapaxes(-1, -2) if way % 2 else factor


def _fits(form: _Form, shapes: _Shapes) -> bool:
    """Whether the product has a shape that is summed to the operand's.

    To take rows as columns is a transpose of a vector, and of a square nothing.
    """
    for shape, way in ((shapes.upstream, form.upstream), (shapes.other, form.other)):
        if way > 1 and (shape[-1] == shape[-2] or 1 in shape[-2:]):
            return False
    turned = [_shape(shapes.upstream, form.upstream), _shape(shapes.other, form.other)]
    left, right = reversed(turned) if form.swaps else turned
    if left[-1] != right[-2]:
        return False
    try:
        made = (*np.broadcast_shapes(left[:-2], right[:-2]), left[-2], right[-1])
    except ValueError:
        return False
    return made[-2:] == shapes.wanted[-2:] and len(made) >= len(shapes.wanted)


def _shape(shape: tuple[int, ...], way: int) -> tuple[int, ...]:
    return shape if way in (0, 3) else (*shape[:-2], shape[-1], shape[-2])


def _clause(form: _Form, region: Region, use: Use) -> str:
    of, factor = (
        f"the gradient of {region.name(use.consumer)}",
        region.words.factor(use.consumer.operands[1 - use.place]),
    )
    return f"in the product of {of} and {factor}, {_wrong(form, use, of, factor)}"


def _wrong(form: _Form, use: Use, of: str, factor: str) -> str:
    """What is wrong in a product; neutral, as the operand may be itself a transpose of the learner's array."""
    right, wrong = RIGHT[use.place], []
    turned = [(of, use.consumer)] if form.upstream != right.upstream else []
    turned += [(factor, use.consumer.operands[1 - use.place])] if form.other != right.other else []
    # Of two vectors only the order is theirs to choose.
    names = [name for name, node in turned if len(node.shape) > 1 or form.swaps == right.swaps]
    if names:
        has = "have each" if len(names) > 1 else "has"
        wrong.append(f"{listed(names)} {has} a transpose too many or too few")
    if form.swaps != right.swaps:
        wrong.append("the two stand in the other order")
    return f"{', and '.join(wrong)}: which axis is summed over?"


def of_einsum(region: Region) -> Iterator[Guess]:
    for use in region.uses:
        if str(use.consumer.op) == "einsum":
            yield from _wrong_axes_of_einsum(region, use)


def _wrong_axes_of_einsum(region: Region, use: Use) -> Iterator[Guess]:
    """The letters of one factor exchanged, where the lengths allow it."""
    op, operands = use.consumer.op, use.consumer.operands
    assert op is not None
    back = f"on the way back through {region.name(use.consumer)}"
    clause = f"{back}, axes of {{}} are exchanged: which letter belongs to which axis?"
    for upstream in _same_shape(use.upstream):
        yield Guess("transposed", later.instead(region, use, upstream, use.local), clause.format("its gradient"))
    for place, other in enumerate(operands):
        if place == use.place:
            continue
        for turned in _same_shape(other.data):
            inputs = [turned if i == place else operand.data for i, operand in enumerate(operands)]
            local = op.derivatives(*inputs, use.consumer.data)[use.place]
            words = clause.format(region.name(other))
            yield Guess("transposed", later.instead(region, use, use.upstream, local), words)


def _same_shape(factor: Any) -> Iterator[Floats]:
    """The array with its axes in the other orders that leave its shape."""
    if np.ndim(factor) <= MOST_AXES:
        for axes in list(permutations(range(np.ndim(factor))))[1:]:
            if np.transpose(factor, axes).shape == np.shape(factor):
                yield np.transpose(factor, axes)
