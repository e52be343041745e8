"""numpy functions called on a Value itself; arrays of Values go through numpy's own object loops."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

import numpy as np

from ..errors import UnsupportedFunctionError
from ..ops import Op
from ..value import Value, apply
from .ufuncs import UFUNCS

# On an object array numpy calls the element's operator or its method of the same name, so these make nodes of the
# graph. Another function would detach (np.sign), pick one of the operands and lose the gradient at a tie (np.maximum),
# or has no loop for objects.
_THROUGH_OBJECTS = {
    "add", "subtract", "multiply", "divide", "power", "negative", "positive", "absolute", "exp", "log", "sqrt",
    "sin", "cos", "tanh", "square", "reciprocal", "matmul", "less", "less_equal", "greater", "greater_equal",
    "equal", "not_equal",
}  # fmt: skip
_KNOWN = sorted({*_THROUGH_OBJECTS, *UFUNCS})


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what numpy calls for `np.tanh(v)`, `array * v` and the like."""
    name = ufunc.__name__
    if method != "__call__" or name not in _KNOWN:
        full = name if method == "__call__" else f"{name}.{method}"
        raise UnsupportedFunctionError(full, get_close_matches(full, _KNOWN, 3))
    wrapped = [_wrap_in_array(thing) if isinstance(thing, Value) else thing for thing in inputs]
    if name not in _THROUGH_OBJECTS:
        return np.frompyfunc(_entry_function(UFUNCS[name]), len(inputs), 1)(*wrapped, **kwargs)
    return ufunc(*wrapped, **kwargs)


def clip_between_arrays(value: Value, lowest: Any, highest: Any) -> Any:
    """Clip a number between each two bounds, as NumPy broadcasts them: an object array of nodes."""
    return np.frompyfunc(value.clip, 2, 1)(lowest, highest)


def _entry_function(op: Op) -> Callable[..., Value]:
    return lambda *entries: apply(op, entries)


def _wrap_in_array(value: Value) -> Any:
    box = np.empty((), dtype=object)
    box[()] = value
    return box
