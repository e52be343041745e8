"""The operations of the page of calculus, applied to each entry of arrays that are broadcast together.

A local derivative is read from the operation's own rule, with arrays for numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from copy import copy
from functools import lru_cache, partial
from typing import Any

import numpy as np

from .. import ops
from ..amounts import Floats
from ..graph import is_node
from ..ops import Op, exp
from .edges import ArrayOp, Edge, entrywise, numbers_of

LN2, LN10 = math.log(2.0), math.log(10.0)


# fmt: off
EXP2    = Op("exp2", lambda x: 2.0**x, lambda x, y: (y * LN2,), ("2^x*log(2)",), "exp2 overflows from 1024 on.")
LOG2    = Op("log2", math.log2, lambda x, y: (1.0 / (x * LN2),), ("1/(x*log(2))",), "log2 needs a number above 0.")
LOG10   = Op("log10", math.log10, lambda x, y: (1.0 / (x * LN10),), ("1/(x*log(10))",), "log10 needs a number above 0.")
CBRT    = Op("cbrt", math.cbrt, lambda x, y: (1.0 / (3.0 * y * y),), ("1/(3*cbrt(x)^2)",), "cbrt has no slope at 0.")
TAN     = Op("tan", math.tan, lambda x, y: (1.0 + y * y,), ("1 + tan(x)^2",))
ARCSIN  = Op("arcsin", math.asin, lambda x, y: ((1.0 - x * x) ** -0.5,), ("1/sqrt(1 - x^2)",),
             "arcsin needs a number from -1 to 1, and has no slope at the ends.",
             cancelling=lambda x, y: (0.5 * (1.0 + x * x) * (1.0 - x * x) ** -1.5,))
ARCCOS  = Op("arccos", math.acos, lambda x, y: (-((1.0 - x * x) ** -0.5),), ("-1/sqrt(1 - x^2)",),
             "arccos needs a number from -1 to 1, and has no slope at the ends.",
             cancelling=ARCSIN.cancelling)
SINH    = Op("sinh", math.sinh, lambda x, y: (0.5 * (exp(x) + exp(-x)),), ("cosh(x)",))
COSH    = Op("cosh", math.cosh, lambda x, y: (y * ops.tanh(x),), ("sinh(x)",))
ARCSINH = Op("arcsinh", math.asinh, lambda x, y: ((1.0 + x * x) ** -0.5,), ("1/sqrt(1 + x^2)",))
ARCTANH = Op("arctanh", math.atanh, lambda x, y: (1.0 / (1.0 - x * x),), ("1/(1 - x^2)",),
             "arctanh needs a number between -1 and 1.",
             cancelling=lambda x, y: ((1.0 + x * x) / (1.0 - x * x) ** 2,))
ARCTAN2 = Op("arctan2", math.atan2, lambda a, b, y: (b / (a * a + b * b), -a / (a * a + b * b)),
             ("b/(a^2 + b^2)", "-a/(a^2 + b^2)"), "arctan2 has no slope at (0, 0).")
HYPOT   = Op("hypot", math.hypot, lambda a, b, y: (a / y, b / y), ("a/hypot(a, b)", "b/hypot(a, b)"),
             "hypot has no slope at (0, 0).")
# fmt: on

_BY_NAME = (
    ops.SIGN, ops.EXP, EXP2, ops.EXPM1, ops.LOG, LOG2, LOG10, ops.LOG1P, ops.LOGADDEXP, ops.SQRT, CBRT, ops.SIN,
    ops.COS, TAN, ARCSIN, ARCCOS, ops.ARCTAN, ARCTAN2, HYPOT, SINH, COSH, ops.TANH, ARCSINH, ARCTANH, ops.MAXIMUM,
    ops.MINIMUM, ops.ERF,
)  # fmt: skip
"""Operations that are called what their ufunc is."""

UFUNCS: dict[str, Op] = {
    "add": ops.ADD,
    "subtract": ops.SUBTRACT,
    "multiply": ops.MULTIPLY,
    "divide": ops.DIVIDE,
    "true_divide": ops.DIVIDE,
    "power": ops.POWER,
    "float_power": ops.POWER,
    "negative": ops.NEGATE,
    "absolute": ops.ABS,
    "fabs": ops.ABS,
    **{op.name: op for op in _BY_NAME},
    "fmax": ops.MAXIMUM,
    "fmin": ops.MINIMUM,
    "expit": ops.SIGMOID,
}
"""The operation behind a ufunc, by the ufunc's name; SciPy's `erf` and `expit` among them."""


FORWARDS: dict[Op, Callable[..., Any]] = {
    # Backwards, so that of two names for one operation the first counts.
    **{op: getattr(np, name) for name, op in reversed(UFUNCS.items()) if hasattr(np, name)},
    ops.SIGMOID: ops.sigmoid,
    ops.ERF: np.vectorize(math.erf, otypes=[float]),
    ops.RELU: lambda x: np.maximum(x, 0.0),
    ops.SOFTPLUS: lambda x: np.logaddexp(x, 0.0),
}
"""NumPy's function for an operation's forward rule."""


def forward_of(op: Op) -> Callable[..., Any] | None:
    """Return NumPy's function for an operation's forward rule; None where it is applied entry by entry."""
    if op.name == ops.LEAKY_RELU.name and ops.leaky_relu(slope := -op.forward(-1.0)) is op:
        return lambda x: np.where(x > 0.0, x, slope * x)
    return FORWARDS.get(op)


@lru_cache(maxsize=256)
def lift(op: Op) -> ArrayOp:
    """Lift an operation on numbers to arrays, entry by entry."""
    forward, local = forward_of(op), op._local
    if forward is None:
        forward, local = partial(_apply_one_by_one, op.forward, np.nan), partial(_derivatives_one_by_one, op)

    def derivatives(*inputs_and_output: Any) -> list[Edge]:
        return [entrywise(x.shape, c) for x, c in zip(inputs_and_output, local(*inputs_and_output))]

    return ArrayOp(
        op.name,
        forward,
        derivatives,
        scalar=op,
        rule=op.rule,
        domain=op.domain,
        precedence=op.precedence,
        slips=op.slips,
        lets_masks_through=True,
        cancelling=op.cancelling,
    )


@lru_cache(maxsize=256)
def mask(op: ArrayOp) -> ArrayOp:
    """Return an operation for results in which -inf is a mask: a masked entry moves with nothing."""
    masked = copy(op)
    masked._local = lambda *inputs_and_output: [
        entrywise(np.shape(x), np.where(np.isneginf(numbers_of(inputs_and_output[-1])), 0.0, edge.coefficient))
        for x, edge in zip(inputs_and_output, op._local(*inputs_and_output))
    ]
    return masked


def _derivatives_one_by_one(op: Op, *inputs_and_output: Any) -> Sequence[Any]:
    """Return derivatives on arrays, from a rule that takes one number at a time."""
    if any(map(is_node, inputs_and_output)):  # their graph is asked for
        return op._local(*inputs_and_output)
    nothing = [np.nan] * (len(inputs_and_output) - 1)
    return [*np.moveaxis(_apply_one_by_one(op._local, nothing, *inputs_and_output), -1, 0)]


def _apply_one_by_one(function: Callable[..., Any], nothing: Any, *arrays: Any) -> Floats:
    """Call a function with the numbers of each entry; `nothing` where there is no value, for the error to name it."""
    alike = np.broadcast_arrays(*arrays)
    found = []
    for numbers in zip(*(array.ravel().tolist() for array in alike)):
        try:
            found.append(function(*numbers))
        except (ArithmeticError, ValueError):
            found.append(nothing)
    return np.array(found, dtype=float).reshape(*alike[0].shape, *np.shape(nothing))
