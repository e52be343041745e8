"""Operations along axes: sums, extremes, norms and the softmax family, one record each."""

from __future__ import annotations

from collections.abc import Callable
from operator import index as whole_number
from typing import Any

import numpy as np

from ..amounts import Shape
from ..graph import is_node
from ..ops import exp
from .edges import ArrayOp, Edge, Ties, numbers_of, route
from .structure import broadcast

Axis = int | tuple[int, ...] | None


def axes_of(axis: Any, count: int) -> tuple[int, ...]:
    """Return the axes from 0, of so many; all of them for None."""
    if axis is None:
        return tuple(range(count))
    listed = axis if isinstance(axis, (tuple, list)) else (axis,)
    return tuple(whole_number(i) % count for i in listed)


def _restore_axes(axis: Axis, shape: Shape, keepdims: bool) -> Callable[[Any], Any]:
    """Return a function that reshapes a reduced gradient to be broadcast over the reduced axes."""
    reduced = axes_of(axis, len(shape)) if shape else ()
    kept = tuple(1 if i in reduced else n for i, n in enumerate(shape))
    return lambda g: g if keepdims or not g.shape else g.reshape(kept)


def _describe(axis: Axis, keepdims: bool) -> str:
    said = [] if axis is None else [f"axis={axis}"]
    return ", ".join([*said, "keepdims=True"] if keepdims else said)


def _reduction(
    name: str,
    forward: Callable[[Any], Any],
    coefficient: Callable[[Any, Any], Any],
    axis: Axis,
    keepdims: bool,
    rule: str,
    domain: str = "",
    *,
    cancelling: Callable[[Any, Any], Any] | None = None,
    **of_array_op: Any,
) -> ArrayOp:
    """Return an operation along axes.

    Args:
        coefficient: by how much the result moves with each entry; one number where it is the same for all.
        cancelling: the sizes of the terms of `coefficient`, see `Op`.
        **of_array_op: see `ArrayOp`.
    """

    def derivatives(x: Any, y: Any) -> list[Edge]:
        back = _restore_axes(axis, x.shape, keepdims)
        share = coefficient(x, back(y))
        if not isinstance(share, float):
            return [Edge(lambda g, c: back(g) * c, share)]
        if is_node(y):  # broadcast, and no array of equal numbers
            return [route(lambda g: broadcast(x.shape)(back(g) if share == 1.0 else back(g) * share))]
        return [Edge(lambda g, c: back(g) * c, np.broadcast_to(share, x.shape))]

    def sizes(x: Any, y: Any) -> list[Any]:
        return [cancelling(x, _restore_axes(axis, x.shape, keepdims)(np.asarray(y)))] if cancelling else []

    return ArrayOp(
        name,
        forward,
        derivatives,
        detail=_describe(axis, keepdims),
        rule=(rule,),
        domain=domain,
        cancelling=sizes if cancelling else None,
        **of_array_op,
    )


def _count(shape: Shape, axis: Axis) -> int:
    return int(np.prod([shape[i] for i in axes_of(axis, len(shape))], dtype=int))


def total(axis: Axis = None, keepdims: bool = False) -> ArrayOp:
    """Return the sum along axes; all of them for None."""
    return _reduction("sum", lambda x: x.sum(axis=axis, keepdims=keepdims), lambda x, y: 1.0, axis, keepdims, "1")


def mean(axis: Axis = None, keepdims: bool = False) -> ArrayOp:
    """Return the mean along axes."""
    return _reduction(
        "mean",
        lambda x: x.sum(axis=axis, keepdims=keepdims) / np.float64(_count(x.shape, axis)),
        lambda x, y: 1.0 / max(_count(x.shape, axis), 1),
        axis,
        keepdims,
        "1/n",
        "There is no mean of no entries.",
    )


def _spread(x: Any, axis: Axis, ddof: float, keepdims: bool) -> Any:
    """Return the variance as NumPy has it, without its warning where there is none."""
    off = x - x.sum(axis=axis, keepdims=True) / np.float64(_count(x.shape, axis))
    return (off * off).sum(axis=axis, keepdims=keepdims) / np.float64(max(_count(x.shape, axis) - ddof, 0))


def _subtract_mean(x: Any, axis: Axis) -> Any:
    """Subtract the mean; exactly 0 where all entries are equal, since the first is taken off before."""
    reduced = axes_of(axis, len(x.shape))
    off = x - numbers_of(x)[tuple(slice(1) if i in reduced else slice(None) for i in range(len(x.shape)))]
    return off - off.mean(axis=axis, keepdims=True)


def _sizes_from_mean(x: Any, axis: Axis) -> Any:
    return np.abs(x) + np.abs(x).mean(axis=axis, keepdims=True)


def var(axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> ArrayOp:
    """Return the variance along axes: summed squared distances from the mean, over n - ddof."""
    return _reduction(
        "var",
        lambda x: _spread(x, axis, ddof, keepdims),
        lambda x, y: _subtract_mean(x, axis) * (2.0 / (_count(x.shape, axis) - ddof)),
        axis,
        keepdims,
        "2*(x - mean)/n" if not ddof else f"2*(x - mean)/(n - {ddof})",
        f"A variance with ddof={ddof} needs more than {ddof} entries.",
        cancelling=lambda x, y: _sizes_from_mean(x, axis) * (2.0 / (_count(x.shape, axis) - ddof)),
    )


def std(axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> ArrayOp:
    """Return the standard deviation along axes, the root of `var`."""
    return _reduction(
        "std",
        lambda x: np.sqrt(_spread(x, axis, ddof, keepdims)),
        lambda x, y: _subtract_mean(x, axis) / ((_count(x.shape, axis) - ddof) * y),
        axis,
        keepdims,
        "(x - mean)/(n*y)" if not ddof else f"(x - mean)/((n - {ddof})*y)",
        f"A deviation with ddof={ddof} needs more than {ddof} entries, and has no slope where all are equal.",
        cancelling=lambda x, y: _sizes_from_mean(x, axis) / ((_count(x.shape, axis) - ddof) * y),
    )


def norm(axis: Axis = None, keepdims: bool = False) -> ArrayOp:
    """Return the root of the summed squares along axes."""
    return _reduction(
        "norm",
        lambda x: np.sqrt((x * x).sum(axis=axis, keepdims=keepdims)),
        lambda x, y: x / y,
        axis,
        keepdims,
        "x/norm",
        "A norm has no slope where all entries are 0.",
    )


def largest(axis: Axis = None, keepdims: bool = False) -> ArrayOp:
    """Return the largest entry along axes; the first of equal ones has the gradient, as in PyTorch.

    That is a choice: any share among equal entries that sums to the gradient is as right, and `compare` takes it so.
    """
    return _extreme("max", "largest", axis, keepdims)


def smallest(axis: Axis = None, keepdims: bool = False) -> ArrayOp:
    """Return the smallest entry along axes; the first of equal ones has the gradient, as in PyTorch."""
    return _extreme("min", "smallest", axis, keepdims)


def _extreme(name: str, word: str, axis: Axis, keepdims: bool) -> ArrayOp:
    """Return max or min; of equal entries the first has the gradient."""

    def first(x: Any, y: Any) -> Any:
        rows, back = _arrange_in_rows(np.asarray(numbers_of(x)), axis)
        hot = np.zeros(rows.shape)
        hot[np.arange(len(rows)), getattr(rows, f"arg{name}")(1)] = 1.0
        return back(hot)

    def ties(x: Any, y: Any) -> Ties:
        reduced = axes_of(axis, x.ndim)
        is_equal = x == _restore_axes(axis, x.shape, keepdims)(np.asarray(y))
        return is_equal, lambda numbers: np.broadcast_to(numbers.sum(axis=reduced, keepdims=True), x.shape)

    return _reduction(
        name,
        lambda x: getattr(x, name)(axis=axis, keepdims=keepdims),
        first,
        axis,
        keepdims,
        f"1 for the first {word}, else 0",
        lets_masks_through=True,
        ties=ties,
    )


def _arrange_in_rows(x: Any, axis: Axis) -> tuple[Any, Callable[[Any], Any]]:
    """Return what is reduced together as rows of a matrix, and a function that reverts it."""
    count = len(x.shape)
    reduced = sorted(axes_of(axis, count))
    kept = [i for i in range(count) if i not in reduced]
    order = [*kept, *reduced]
    turned = x.transpose(order)
    places = [int(i) for i in np.argsort(order)]
    rows = turned.reshape(_count(x.shape, tuple(kept)), _count(x.shape, tuple(reduced)))
    return rows, lambda rows: rows.reshape(turned.shape).transpose(places)


def product(axis: Axis = None, keepdims: bool = False) -> ArrayOp:
    """Return the product along axes."""

    def others(x: Any, y: Any) -> Any:
        """Return the product of all entries but one, for each of them."""
        if not x.shape or np.all(numbers_of(x)):
            return y / x
        rows, back = _arrange_in_rows(x, axis)
        height, length = rows.shape
        eye = np.eye(length)
        return back((rows.reshape(height, 1, length) * (1.0 - eye) + eye).prod(axis=-1))

    return _reduction(
        "prod", lambda x: x.prod(axis=axis, keepdims=keepdims), others, axis, keepdims, "the product of the others"
    )


def running_total(axis: int) -> ArrayOp:
    """Return the sum of the entries so far, along an axis."""
    return ArrayOp(
        "cumsum",
        lambda x: np.cumsum(x, axis),
        lambda x, y: [route(lambda g: np.flip(np.flip(g, axis).cumsum(axis=axis), axis))],
        detail=f"axis={axis}",
        rule=("1 for each sum it is part of",),
    )


MASKED = "Of each row, at least one entry must be left unmasked: -inf alone has no weight to give."


def _shift(x: Any, axis: Axis) -> Any:
    """Subtract the largest entry, so that exp cannot overflow."""
    return x - x.max(axis=axis, keepdims=True)


def softmax(axis: Axis = -1) -> ArrayOp:
    """Return exp(x) over its sum along axes; 0 for an entry of -inf."""

    def forward(x: Any) -> Any:
        weights = np.exp(_shift(x, axis))
        return weights / weights.sum(axis=axis, keepdims=True)

    def spread(g: Any, c: Any) -> Any:
        return c * (g - (g * c).sum(axis=axis, keepdims=True))

    def sizes(g: Any, c: Any) -> Any:
        return c * (g + (g * c).sum(axis=axis, keepdims=True))

    return ArrayOp(
        "softmax",
        forward,
        lambda x, y: [Edge(spread, y, sizes)],
        detail=_describe(axis, False),
        rule=("y*(upstream - sum(upstream*y))",),
        domain=MASKED,
    )


def log_softmax(axis: Axis = -1) -> ArrayOp:
    """Return the logarithm of the softmax, x - logsumexp(x)."""

    def forward(x: Any) -> Any:
        shifted = _shift(x, axis)
        return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))

    def spread(g: Any, c: Any) -> Any:
        return g - c * g.sum(axis=axis, keepdims=True)

    def sizes(g: Any, c: Any) -> Any:
        return g + c * g.sum(axis=axis, keepdims=True)

    return ArrayOp(
        "log_softmax",
        forward,
        lambda x, y: [Edge(spread, exp(y), sizes)],
        detail=_describe(axis, False),
        rule=("upstream - exp(y)*sum(upstream)",),
        domain=MASKED,
        lets_masks_through=True,
    )


def log_sum_exp(axis: Axis = None, keepdims: bool = False) -> ArrayOp:
    """Return log(sum(exp(x))) along axes, without overflow."""

    def forward(x: Any) -> Any:
        highest = x.max(axis=axis, keepdims=True)
        found = highest + np.log(np.exp(x - highest).sum(axis=axis, keepdims=True))
        return found if keepdims else found.squeeze(axes_of(axis, x.ndim))

    return _reduction("logsumexp", forward, lambda x, y: exp(x - y), axis, keepdims, "exp(x - y)", MASKED)
