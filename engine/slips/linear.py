"""Candidates on what moves, picks, sums, broadcasts or multiplies arrays: undone by other axes, entries or factors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import combinations, permutations, product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..amounts import Floats
from ..arrays.edges import Edge, summed_to
from ..names import listed
from . import messages
from .candidates import Candidate, Edit, Shape, keep_row, pass_instead
from .mistakes import local_with
from .neighborhood import Neighborhood, Use

if TYPE_CHECKING:
    from ..value import Value

Move = Callable[[Any], Any]

MOST_MOVED = 100_000_000
"""So many numbers may be put into other orders."""
MOST_ROWS = 1_000_000
"""Where all rows together would pass on more numbers, only the first and the last are tried."""
MOST_AXES, MOST_AXES_MOVED = 4, 6
MOST_BLOCKS = 5

WRONG_PLACES = "these are the right numbers in the wrong places:"
IN_ORDER = "Undo each reshape and each transpose, the last one first."
SUMMED = "What is used in all of them is summed over all of them."


def _subsets(count: int) -> Iterator[tuple[int, ...]]:
    """Yield the axes of an array of so many, one or more of them but not all."""
    for size in range(1, count):
        yield from combinations(range(count), size)


def wrong_moves(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield reshapes and transposes in a row undone in another order, or by the wrong axes, as of heads."""
    for row in _rows_of_moves(region, use.consumer):
        top, shape = row[-1], use.operand.shape
        most = max(len(top.shape), len(shape))
        if most > MOST_AXES_MOVED or math.factorial(most) * math.prod(shape) > MOST_MOVED:
            continue
        back = f"{WRONG_PLACES if use.operand is region.node else ''} axes are mixed up on the way back from".lstrip()
        clause, of_all = (f"{back} {of}. {IN_ORDER}" for of in (region.name(top), "each of several arrays"))
        for number, move in enumerate(_arrangements(len(top.shape), shape)):
            # With more axes each use is tried alone: there are too many orders to try each at all of them.
            alike: Any = (len(row), len(top.shape), number) if most <= MOST_AXES else (use.key, number)
            yield Edit("transposed", use, Edge(_undo_moves(row, move)), clause, alike, of_all)


def _rows_of_moves(region: Neighborhood, node: Value) -> Iterator[list[Value]]:
    """Yield the moves in a row from a node on, then the row without its last, and so on."""
    row = []
    while node.op is not None and node.op.name in ("reshape", "transpose"):
        row.append(node)
        uses = region.comparison.uses[node]
        if node not in region.between or len(uses) != 1:
            break
        node = uses[0][0]
    for end in range(len(row), 0, -1):
        yield row[:end]


def _undo_moves(row: list[Value], move: Move) -> Callable[[Any, Any], Any]:
    """Return what is passed back wrongly from the end of the row; the gradient there is that of its first, moved on."""

    def spread(upstream: Any, _: Any) -> Any:
        for node in row[1:]:
            assert node.op is not None
            upstream = node.op.forward(upstream)
        return move(upstream)

    return spread


def _arrangements(count: int, shape: Shape) -> Iterator[Move]:
    """Yield the ways to put an array of so many axes into a shape, with axes exchanged before or after the reshape."""
    for axes in permutations(range(count)):
        yield lambda g, axes=axes: g.transpose(axes).reshape(shape)  # type: ignore[misc]
    for axes in permutations(range(len(shape))):
        turned, back = [shape[axis] for axis in axes], np.argsort(axes)
        yield lambda g, turned=turned, back=back: g.reshape(turned).transpose(back)  # type: ignore[misc]


def exchange_axes(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the right numbers, row by row where they belong column by column, or the other way round; then flipped."""
    right, shape = region.recomputed, region.shape
    if not 2 <= len(shape) <= MOST_AXES:
        return
    what = "rows and columns are exchanged" if len(shape) == 2 else "axes are exchanged"
    for move in _arrangements(len(shape), shape):
        yield Candidate("transposed", move(right), f"{WRONG_PLACES} {what} (a transpose).")
    for flipped in (*_subsets(len(shape)), tuple(range(len(shape)))):
        yield Candidate("transposed", np.flip(right, flipped), f"{WRONG_PLACES} turned round along an axis (a flip).")


def shuffle_entries(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the right numbers, each once, in whatever other order."""
    written, right = region.user_grad, region.recomputed
    if abs(written.max() - right.max()) > 0.01 * (1.0 + abs(right.max())):  # sorting costs more
        return
    found: Floats = np.zeros(right.size)
    found[np.argsort(written, axis=None)] = np.sort(right, axis=None)
    clause = f"{WRONG_PLACES} in which order are the axes, and the entries along each?"
    yield Candidate("transposed", found.reshape(region.shape), clause)


def exchange_blocks(region: Neighborhood) -> Iterator[Candidate]:
    """Yield what arrives at one use in the place of what arrives at another alike: slices, gates, products."""
    alike: dict[Any, list[Use]] = {}
    for use in sorted(region.uses, key=lambda use: use.op != "index"):
        alike.setdefault((use.op, use.consumer.shape, use.operand.shape), []).append(use)
    for (op, *_), uses in alike.items():
        kind, say = ("transposed", messages.blocks_exchanged) if op == "index" else ("swapped", messages.exchanged)
        for order in list(permutations(uses))[1:] if len(uses) <= MOST_BLOCKS else ():
            moved = {use: other for use, other in zip(uses, order) if use is not other}
            passed = {use.key: pass_instead(kind, use, moved[use].upstream * use.local, "").local for use in moved}
            clause = say(region.names(use.consumer for use in reversed(moved)))
            yield Candidate(kind, region.recompute(locals_=passed), clause, subsumes="transposed")


def overwrite_entries(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield an entry that an index picks twice, of which one use is kept."""
    op, shape, size = use.consumer.op, use.operand.shape, math.prod(use.operand.shape)
    if op is None or op.name != "index":
        return
    # Where each picked entry comes from, by its number.
    picked = np.asarray(op.forward(np.arange(size, dtype=float).reshape(shape))).astype(int).ravel()
    if len(np.unique(picked)) == len(picked):
        return
    upstream = np.ravel(use.upstream)
    of = "" if region.node_names.is_step(use.operand) else f" of {region.name(use.operand)}"
    for word, step in (("last", 1), ("first", -1)):
        kept = np.zeros(size)
        kept[picked[::step]] = upstream[::step]
        edit = pass_instead("missing-path", use, kept.reshape(shape), messages.overwritten_entry(word, of))
        yield edit._replace(alike=word, say_of_all=edit.say)
    for axis, which in product(range(len(use.consumer.shape)), ("first", "last")):
        row = keep_row(use.upstream, (axis,), 0 if which == "first" else use.consumer.shape[axis] - 1)
        place, name = messages.some((axis,), len(use.consumer.shape), which), region.name(use.consumer)
        clause = f"what comes from the {place} of {name} is not there. {SUMMED}"
        yield pass_instead("not-summed", use, (use.upstream - row) * use.local, clause)


def pass_to_all_entries(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield a maximum that passes its gradient to all entries, whole or in equal shares."""
    if use.op in ("max", "min") and 0 not in use.operand.shape:
        ones = np.ones(np.shape(use.local.coefficient))
        share = math.prod(use.consumer.shape) / math.prod(use.operand.shape)
        for local, words in ((ones, "goes to all entries"), (share * ones, "is shared out among all entries")):
            clause, of_all = (
                f"that {words}: which entries does {where} depend on?"
                for where in (region.where(use), f"each {messages.operation(use.op)}")
            )
            yield Edit("one-hot", use, Edge(use.local.spread, local), clause, (use.op, words), of_all)


def fill_rows(region: Neighborhood) -> Iterator[Candidate]:
    """Yield a gradient that is zero but for one entry of each row, where the others are filled in too."""
    shape = region.shape
    if not shape or shape[-1] < 2:
        return
    right, given = region.recomputed, region.user_grad
    hot = np.abs(right) > 1e-12 * np.max(region.magnitude, initial=0.0)
    used = "only one entry of each row is used" if len(shape) > 1 else "only one entry is used"
    clause = f"{used} further on, and the others get a gradient too: which one is it?"
    if hot.any() and (hot.sum(-1) <= 1).all() and given[~hot].any():
        yield Candidate("one-hot", np.where(hot, right, given), clause)


def flip_picked(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield the gradient of what an index picks put back in another order along an axis, as a kernel is flipped."""
    axes = range(len(use.consumer.shape) if use.op == "index" else 0)
    for flipped in (*combinations(axes, 1), *combinations(axes, 2)):
        clause = f"what goes back through {region.name(use.consumer)} is turned round along an axis (a flip)."
        yield pass_instead("transposed", use, np.flip(use.upstream, flipped) * use.local, clause)


def unsummed_rows(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield one row of the consumer alone, where the use adds up over its rows."""
    total, is_direct = len(use.consumer.shape), use.operand is region.node
    if not isinstance(use.local, Edge) or total > MOST_AXES:
        return
    name, summed = region.node_names.axes_of(use.consumer), region.axes_of(use)
    arrays = f"each array {'that it goes into' if is_direct else 'on the way'}"
    for axes in (axes for count in range(1, len(summed) + 1) for axes in combinations(summed, count)):
        length, part = use.consumer.shape[axes[0]], messages.some(axes, total)
        is_cheap = len(axes) == 1 and is_direct and length * region.recomputed.size <= MOST_ROWS
        for row in range(length) if is_cheap else (0, length - 1 if len(axes) == 1 else -1):
            clause = f"only what comes from {part} of {name} is there. {SUMMED}"
            of_all = f"of {arrays}, only what comes from {part} is there. {SUMMED}"
            alone, alike = _row_alone(use, axes, row), (is_direct, use.argnum, total, axes, row)
            yield Edit("not-summed", use, alone, clause, alike, of_all)
            if is_cheap and length > 2 and row in (0, length - 1):
                which = messages.some(axes, total, "first" if row == 0 else "last")
                clause = f"what comes from the {which} of {name} is not there. {SUMMED}"
                yield pass_instead("not-summed", use, use.contribution - use.upstream * alone, clause)


def _row_alone(use: Use, axes: tuple[int, ...], row: int) -> Edge:
    """Return what one row of a use's consumer passes back."""
    return Edge(lambda g, _: np.asarray(keep_row(g, axes, row) * use.local))


def wrong_axes(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield a sum along another axis than the broadcast was, or a broadcast along another, or to the first alone."""
    if not isinstance(use.local, Edge) or len(use.consumer.shape) > MOST_AXES:
        return
    shape, size, name = use.operand.shape, math.prod(use.operand.shape), region.name(use.consumer)
    if getattr(use.consumer.op, "scalar", None) is not None:
        whole = np.broadcast_to(use.upstream * use.local.coefficient, use.consumer.shape)
        if whole.size == size or not shape:
            return
        every = tuple(range(whole.ndim))
        summed = [(axes, whole.sum(axes)) for axes in _subsets(whole.ndim)]
        found = [(axes, numbers.reshape(shape)) for axes, numbers in summed if numbers.size == size]
        # Where all entries of the right gradient are one number, a mean of all is no other axis but another factor.
        if not np.allclose(use.contribution, np.ravel(use.contribution)[0]):
            found += [(every, np.full(shape, number)) for number in (whole.sum(), whole.mean())]
        for axes, numbers in found:
            say = messages.summed_over_wrong_axis(messages.axes(axes), name, region.name(use.operand))
            yield pass_instead("wrong-axis", use, numbers, say)
    elif use.op in ("sum", "mean"):
        upstream: Any = np.asarray(use.upstream)
        kept = [tuple(1 if i in axes else length for i, length in enumerate(shape)) for axes in _subsets(len(shape))]
        for one in kept:
            if math.prod(one) == upstream.size:
                numbers = upstream.reshape(one) * use.local.coefficient
                yield pass_instead("wrong-axis", use, numbers, messages.broadcast_along_wrong_axis(name))
        whole = np.broadcast_to(use.contribution, shape)
        for axes in (*_subsets(whole.ndim), tuple(range(whole.ndim))):
            if all(whole.shape[axis] > 1 for axis in axes):
                ask = f"what is summed forward, in {name}, is broadcast backward to all."
                clause = f"only the {messages.some(axes, whole.ndim, 'first')} is filled in; {ask}"
                yield pass_instead("not-broadcast", use, keep_row(whole, axes, 0), clause)


def summed_upstreams(region: Neighborhood) -> Iterator[Candidate]:
    """Yield what comes of an upstream gradient, or all that arrives, summed or averaged and spread out again."""
    for node in dict.fromkeys((*region.sources, *(node for node in region.near_nodes if node.label), region.node)):
        is_own = node is region.node
        gradient, count = np.asarray(region.recomputed if is_own else region.upstream(node)), len(node.shape)
        for axes in (*_subsets(count), tuple(range(count))) if count <= MOST_AXES else ():
            where = "over all entries" if len(axes) == count else f"along {messages.axes(axes)}"
            for did, sums in (("summed", gradient.sum), ("averaged", gradient.mean)):
                spread = region.spread(sums(axes, keepdims=True), node.shape)
                numbers = spread if is_own else region.recompute({node: spread})
                yield Candidate("wrong-upstream", numbers, messages.summed_too_early(did, region.name(node), where))


class _Form(NamedTuple):
    """A way to multiply the upstream gradient and the other factor."""

    # what is done to each: 0 for nothing, 1 for a transpose, 2 for rows taken as columns (reshape), 3 for both
    upstream: int
    other: int
    swaps: bool  # whether the other factor stands first

    def factors(self, upstream: Floats, other: Floats) -> tuple[Floats, Floats]:
        """Return the two factors of the product, as they stand in it."""
        one, two = _turn(upstream, self.upstream), _turn(other, self.other)
        return (two, one) if self.swaps else (one, two)

    def count_mistakes(self, argnum: int) -> int:
        """Return how far it is from the right one."""
        return sum(a != b for a, b in zip(self, RIGHT[argnum])) + 2 * (self.upstream > 1) + 2 * (self.other > 1)

    def fits(self, upstream: Shape, other: Shape, wanted: Shape) -> bool:
        """Tell whether the product has a shape that is summed to the operand's.

        To take rows as columns is a transpose of a vector, and of a square nothing.
        """
        for shape, turn in ((upstream, self.upstream), (other, self.other)):
            if turn > 1 and (shape[-1] == shape[-2] or 1 in shape[-2:]):
                return False
        factors = self.factors(np.broadcast_to(0.0, upstream), np.broadcast_to(0.0, other))  # that take no room
        left, right = (factor.shape for factor in factors)
        if left[-1] != right[-2]:
            return False
        made = (*np.broadcast_shapes(left[:-2], right[:-2]), left[-2], right[-1])
        return made[-2:] == wanted[-2:] and len(made) >= len(wanted)

    def describe(self, use: Use, of: str, factor: str) -> str:
        """Return what is wrong in it; neutral, as the operand may be itself a transpose of the learner's array."""
        right, wrong = RIGHT[use.argnum], []
        turned = [(of, use.consumer)] if self.upstream != right.upstream else []
        turned += [(factor, use.other_operands[0])] if self.other != right.other else []
        # Of two vectors only the order is theirs to choose.
        names = [name for name, node in turned if len(node.shape) > 1 or self.swaps == right.swaps]
        if names:
            has = "have each" if len(names) > 1 else "has"
            wrong.append(f"{listed(names)} {has} a transpose too many or too few")
        if self.swaps != right.swaps:
            wrong.append("the two stand in the other order")
        return f"{', and '.join(wrong)}: which axis is summed over?"

    def edge(self, use: Use, upstream: Shape, other: Shape, wanted: Shape) -> Edge:
        """Return the way back through a product by this form."""
        shape = use.operand.shape

        def multiply(g: Any, c: Any) -> Any:
            left, right = self.factors(g.reshape(upstream), c)
            return summed_to(left @ right, wanted).reshape(shape)

        return Edge(multiply, np.asarray(use.other_operands[0].data).reshape(other))


RIGHT = (_Form(0, 1, False), _Form(0, 1, True))
"""By operand: the upstream gradient @ b^T, and a^T @ the upstream gradient."""

_FORMS = [_Form(*form) for form in product(range(4), range(4), (False, True))]


def _turn(factor: Floats, turn: int) -> Floats:
    if turn > 1:
        factor = factor.reshape(*factor.shape[:-2], factor.shape[-1], factor.shape[-2])
    return factor.swapaxes(-1, -2) if turn % 2 else factor


def wrong_products(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield a transpose too many or too few in a product, or its factors in the other order."""
    if use.op != "@" or not use.consumer.shape or not use.other_operands:  # a step of another engine may hide one
        return
    shapes = _matrix_shapes(use)
    of, factor = f"the gradient of {region.name(use.consumer)}", region.node_names.factor(use.other_operands[0])
    for form in sorted(_FORMS, key=lambda form: form.count_mistakes(use.argnum)):
        if form != RIGHT[use.argnum] and form.fits(*shapes):
            clause = f"in the product of {of} and {factor}, {form.describe(use, of, factor)}"
            in_each = form.describe(use, "the upstream gradient", "the other factor")
            of_all = f"in each product on the way, {in_each}"
            yield Edit("transposed", use, form.edge(use, *shapes), clause, (use.argnum, form), of_all)


def _matrix_shapes(use: Use) -> tuple[Shape, Shape, Shape]:
    """Return the shapes of the upstream gradient, of the other factor and of the operand, in a product of matrices.

    `@` takes a vector for a row where it stands first, else for a column.
    """
    left, right = (node.shape for node in use.consumer.operands)
    upstream = use.consumer.shape
    if len(left) == 1:
        left, upstream = (1, *left), (*upstream[:-1], 1, upstream[-1])
    elif len(right) == 1:
        right, upstream = (*right, 1), (*upstream, 1)
    return (upstream, right, left) if use.argnum == 0 else (upstream, left, right)


def wrong_letters(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield the letters of one factor of an einsum exchanged, where the lengths allow it."""
    if use.op != "einsum":
        return
    back = f"on the way back through {region.name(use.consumer)}"
    clause = f"{back}, axes of {{}} are exchanged: which letter belongs to which axis?"
    for upstream in _permutations_of(use.upstream):
        yield pass_instead("transposed", use, upstream * use.local, clause.format("its gradient"))
    for index, other in enumerate(use.consumer.operands):
        for turned in _permutations_of(other.data) if index != use.argnum else ():
            local = local_with(region, use, {index: turned})
            yield Edit("transposed", use, local, clause.format(region.name(other)))


def _permutations_of(factor: Any) -> list[Floats]:
    """Return the array with its axes in the other orders that leave its shape."""
    axes = range(np.ndim(factor) if np.ndim(factor) <= MOST_AXES else 0)
    turned = [np.transpose(factor, order) for order in list(permutations(axes))[1:]]
    return [each for each in turned if each.shape == np.shape(factor)]
