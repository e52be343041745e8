"""numpy functions called on a Value itself; arrays of Values go through numpy's own object loops."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import ops
from .errors import UnsupportedFunctionError
from .value import Value, apply

# On an object array numpy calls the element's operator or its method of the same name, so these
# make nodes of the graph. A function that is missing here would detach (np.sign) or has no rule.
_THROUGH_OBJECTS = {
    "add", "subtract", "multiply", "divide", "power", "negative", "positive", "absolute", "exp", "log", "sqrt",
    "sin", "cos", "tanh", "square", "reciprocal", "matmul", "less", "less_equal", "greater", "greater_equal",
    "equal", "not_equal",
}  # fmt: skip
# numpy would pick one of the two operands and make no node: the gradient at a tie would be lost.
_OWN = {
    "maximum": lambda a, b: apply(ops.MAXIMUM, (a, b)),
    "minimum": lambda a, b: apply(ops.MINIMUM, (a, b)),
}
_KNOWN = sorted(_THROUGH_OBJECTS | set(_OWN))


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What numpy calls for `np.tanh(v)`, `array * v` and the like.

    Raises:
        UnsupportedFunctionError: the function has no rule for a Value.
    """
    name = ufunc.__name__
    if method != "__call__" or name not in _KNOWN:
        raise UnsupportedFunctionError(name if method == "__call__" else f"{name}.{method}", _KNOWN)
    wrapped = [_in_an_array(thing) if isinstance(thing, Value) else thing for thing in inputs]
    if name in _OWN:
        return np.frompyfunc(_OWN[name], 2, 1)(*wrapped, **kwargs)
    return ufunc(*wrapped, **kwargs)


def _in_an_array(value: Value) -> Any:
    box = np.empty((), dtype=object)
    box[()] = value
    return box
