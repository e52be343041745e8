"""Products of arrays: `@`, `einsum` and what can be said by it, and the inverse of a matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from string import ascii_letters
from typing import Any, NamedTuple

import numpy as np

from ..amounts import Shape, shape_of
from ..graph import is_node
from ..ops import MULTIPLY
from .edges import ArrayOp, Edge, carry_out, numbers_of, summed_to
from .entrywise import lift


def _transpose(matrix: Any) -> Any:
    return matrix.swapaxes(-1, -2)


def _column(vector: Any) -> Any:
    return vector.reshape(*vector.shape, 1)


def _row(vector: Any) -> Any:
    return vector.reshape(*vector.shape[:-1], 1, vector.shape[-1])


def _matmul_edges(a: Any, b: Any, y: Any) -> list[Edge]:
    """Return the edges of a @ b: upstream @ b.T, and a.T @ upstream."""
    if len(a.shape) == 1 and len(b.shape) == 1:
        return [Edge(lambda g, c: g * c, b), Edge(lambda g, c: g * c, a)]
    if len(a.shape) == 1:  # a row: (k,) @ (..., k, n)
        return [
            Edge(lambda g, c: summed_to(_row(g) @ _transpose(c), a.shape), b),
            Edge(lambda g, c: summed_to(_column(c) @ _row(g), b.shape), a),
        ]
    if len(b.shape) == 1:  # a column: (..., m, k) @ (k,)
        return [
            Edge(lambda g, c: summed_to(_column(g) @ _row(c), a.shape), b),
            Edge(lambda g, c: summed_to(_row(g) @ c, b.shape), a),
        ]
    if len(b.shape) == 2 < len(a.shape):  # one matrix for all: its gradient is a single product
        length, width = b.shape
        rows = math.prod(a.shape[:-1])
        return [
            Edge(lambda g, c: g @ _transpose(c), b),
            Edge(lambda g, c: _transpose(c.reshape(rows, length)) @ g.reshape(rows, width), a),
        ]
    return [
        Edge(lambda g, c: summed_to(g @ _transpose(c), a.shape), b),
        Edge(lambda g, c: summed_to(_transpose(c) @ g, b.shape), a),
    ]


MATMUL = ArrayOp("@", np.matmul, _matmul_edges, rule=("upstream @ b^T", "a^T @ upstream"), precedence=2)


def dot(a: Any, b: Any) -> Any:
    """Multiply as NumPy's dot: `@`, or `*` by a number; with more axes, sum over the last."""
    first, second = len(shape_of(a)), len(shape_of(b))
    if not first or not second:
        return lift(MULTIPLY)(a, b)
    if first <= 2 and second <= 2:
        return MATMUL(a, b)
    return tensordot(a, b, (first - 1, max(second - 2, 0)))


class _Spec(NamedTuple):
    """A product of arrays in Einstein's notation: a letter for each axis of each operand, and of the result."""

    operands: tuple[str, ...]
    result: str

    def __str__(self) -> str:
        return f"{','.join(self.operands)}->{self.result}"


def einsum(*operands: Any) -> Any:
    """Return the node of a product in Einstein's notation, as NumPy takes it.

    Args:
        *operands: the subscripts, as in "ij,jk->ik", and the arrays; or each array and the list of its axes.

    Raises:
        ValueError: the subscripts cannot be read, or do not fit the arrays.
    """
    subscripts, *arrays = operands if isinstance(operands[0], str) else _spell_subscripts(operands)
    spec = _parse_subscripts(subscripts, [np.ndim(numbers_of(x)) for x in arrays])
    return _einsum(spec, "einsum", subscripts)(*arrays)


def _spell_subscripts(operands: Sequence[Any]) -> Sequence[Any]:
    """Spell einsum(a, [0, 1], b, [1, 2], [0, 2]) in letters: "ab,bc->ac", a, b."""

    def spell(axes: Sequence[Any]) -> str:
        return "".join("..." if axis is Ellipsis else ascii_letters[axis] for axis in axes)

    pairs = list(zip(operands[::2], operands[1::2]))
    subscripts = ",".join(spell(axes) for _, axes in pairs)
    if len(operands) % 2:
        subscripts += f"->{spell(operands[-1])}"
    return [subscripts, *(array for array, _ in pairs)]


def _parse_subscripts(subscripts: str, counts: Sequence[int]) -> _Spec:
    """Parse the subscripts: a letter for each axis of an ellipsis, the result written out."""
    inputs, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(counts):
        raise ValueError(f"{subscripts!r} is for {len(terms)} arrays, and {len(counts)} are given.")
    free = [letter for letter in reversed(ascii_letters) if letter not in subscripts]
    hidden = [count - len(term.replace("...", "")) for term, count in zip(terms, counts)]
    for term, count, more in zip(terms, counts, hidden):
        if more < 0 or (more and "..." not in term):
            raise ValueError(f"{term!r} does not name the axes of an array with {count} of them.")
    rest = "".join(free[: max(hidden)])
    written = tuple(term.replace("...", rest[len(rest) - more :]) for term, more in zip(terms, hidden))
    if not arrow:
        together = inputs.replace(",", "").replace("...", "")
        once = "".join(sorted(letter for letter in set(together) if together.count(letter) == 1))
        result = ("..." if "..." in inputs else "") + once
    return _Spec(written, result.replace("...", rest))


@lru_cache(maxsize=256)
def _einsum(spec: _Spec, name: str, detail: str) -> ArrayOp:
    """Return the operation of an einsum, whose edges are einsums too."""

    def edges(*inputs_and_output: Any) -> list[Edge]:
        inputs = inputs_and_output[:-1]
        lengths = dict.fromkeys("".join(spec.operands), 1)
        for term, x in zip(spec.operands, inputs):
            lengths.update((letter, n) for letter, n in zip(term, x.shape) if n != 1)
        return [_edge(spec, place, inputs, lengths) for place in range(len(inputs))]

    rule = ("einsum of the upstream gradient and the other operands",) * len(spec.operands)
    return ArrayOp(
        name, lambda *x: np.einsum(str(spec), *x, optimize=len(x) > 1), edges, detail=detail or str(spec), rule=rule
    )


OUTER = _einsum(_Spec(("i", "j"), "ij"), "outer", "")


def _edge(spec: _Spec, place: int, inputs: Sequence[Any], lengths: dict[str, int]) -> Edge:
    """Return the edge to one operand: the same product, with the upstream gradient in its place."""
    own, shape = spec.operands[place], inputs[place].shape
    others = [(term, x) for i, (term, x) in enumerate(zip(spec.operands, inputs)) if i != place]
    full = set(spec.result)
    for term, x in others:
        full.update(letter for letter, n in zip(term, x.shape) if n == lengths[letter])
    # An axis that occurs twice in the operand is read along a diagonal: the second gets a letter of its own, and a
    # unit matrix ties the two. One that no other term has in its length was summed alone: ones broadcast over it.
    free = iter(letter for letter in ascii_letters if letter not in str(spec))
    target = ""
    helpers: dict[str, Any] = {}
    for letter in own:
        if letter in target:
            twin = next(free)
            helpers[letter + twin] = np.eye(lengths[letter])
            target += twin
            continue
        if letter not in full:
            helpers[letter] = np.ones(lengths[letter])
        target += letter
    back = _Spec((spec.result, *(term for term, _ in others), *helpers), target)

    def spread(g: Any, c: Any) -> Any:
        factors = c if isinstance(c, tuple) else (c,) if others else ()
        passed = carry_out(_einsum(back, "einsum", ""), g, *factors, *helpers.values())
        return summed_to(passed, shape)

    coefficients = tuple(x for _, x in others)
    return Edge(spread, coefficients[0] if len(coefficients) == 1 else coefficients or 1.0)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Return the product that sums over some axes of two arrays.

    Args:
        axes: how many of the last axes of the first and the first of the second; or the axes of each.
    """
    first, second = shape_of(a), shape_of(b)
    count = len(first)
    if isinstance(axes, (list, tuple)) or np.ndim(axes):
        of_first, of_second = (list(np.atleast_1d(part)) for part in axes)
    else:
        of_first, of_second = list(range(count - int(axes), count)), list(range(int(axes)))
    if len(of_first) != len(of_second):
        raise ValueError(f"{len(of_first)} axes of the first array go with {len(of_second)} of the second.")
    left, right = list(ascii_letters[:count]), list(ascii_letters[count : count + len(second)])
    for i, j in zip(of_first, of_second):
        if first[i] != second[j]:
            raise ValueError(
                f"axis {i} of the first array has length {first[i]} and axis {j} of the second "
                f"{second[j]}; they are summed together, so they must be equal."
            )
        right[j] = left[i]
    summed = {left[i] for i in of_first}
    kept = "".join(letter for letter in [*left, *right] if letter not in summed)
    return _einsum(_Spec(("".join(left), "".join(right)), kept), "tensordot", f"axes={axes}")(a, b)


def trace(shape: Shape, offset: int = 0) -> ArrayOp:
    """Return the sum of a diagonal of a matrix."""
    return ArrayOp(
        "trace",
        lambda x: np.trace(x, offset),
        lambda x, y: [Edge(lambda g, c: g * c, np.eye(shape[0], shape[1], k=offset))],
        detail=f"offset={offset}" if offset else "",
        rule=("1 on the diagonal, else 0",),
    )


def _matrix_of(number: Any) -> Any:
    return number.reshape(*number.shape, 1, 1) if number.shape else number


INVERSE = ArrayOp(
    "inv",
    np.linalg.inv,
    lambda x, y: [
        Edge(lambda g, c: -(_transpose(c) @ g @ _transpose(c)), y, sizes=lambda g, c: _transpose(c) @ g @ _transpose(c))
    ],
    rule=("-(y^T @ upstream @ y^T)",),
    domain="A singular matrix has no inverse.",
)


def _cofactors(x: Any, y: Any) -> Any:
    """Return det(x) * inv(x)^T; for a singular matrix too, by its singular values."""
    if is_node(x):
        return _matrix_of(y) * _transpose(np.linalg.inv(x))
    left, sizes, right = np.linalg.svd(x)
    others = np.where(np.eye(x.shape[-1], dtype=bool), 1.0, sizes[..., None, :]).prod(-1)
    return _matrix_of(np.linalg.det(left) * np.linalg.det(right)) * ((left * others[..., None, :]) @ right)


DETERMINANT = ArrayOp(
    "det", np.linalg.det, lambda x, y: [Edge(lambda g, c: _matrix_of(g) * c, _cofactors(x, y))], rule=("y*inv(x)^T",)
)


def _solve_edges(a: Any, b: Any, y: Any) -> list[Edge]:
    """Return the edges of y = inv(a) @ b; that to b is a product's."""
    inverse = np.linalg.inv(a)
    column = _column if len(b.shape) == 1 else (lambda x: x)

    def back_to_a(g: Any, c: Any) -> Any:
        return summed_to(_transpose(c[0]) @ column(g) @ _transpose(column(c[1])), a.shape)

    return [Edge(lambda g, c: -back_to_a(g, c), (inverse, y), sizes=back_to_a), _matmul_edges(inverse, b, y)[1]]


SOLVE = ArrayOp("solve", np.linalg.solve, _solve_edges, rule=("-(inv(a)^T @ upstream) @ y^T", "inv(a)^T @ upstream"))
