"""The type of an array of Values: numpy's, where that is safe, and a node of its own where it is not."""

from __future__ import annotations

from typing import Any, SupportsIndex

import numpy as np

from ..errors import UnsupportedFunctionError
from ..numpy_interop import call_ufunc
from ..value import Value, apply
from .ops import LARGEST, SMALLEST

_ACCUMULATING = frozenset({"add", "multiply"})
_EXTREMES = {"maximum": LARGEST, "minimum": SMALLEST}


class Array(np.ndarray[Any, np.dtype[Any]]):
    """An object array of Values.

    It is numpy's own, with these differences. `max` and `min` make nodes (numpy's hand back the
    very entries they were given); np.maximum and np.minimum too; a function that would cut the
    graph, such as np.sign, is refused. Slices, reshapes and transposes hold the same nodes in a
    memory of their own, so that writing into one never changes another. `view(32, -1)` is reshape.

    Attributes:
        is_fresh: whether an operation has just made its nodes, so that no other array holds them.
        is_private: whether no other array shares its memory.
    """

    is_fresh: bool
    is_private: bool

    def __array_finalize__(self, source: Any) -> None:
        # numpy makes views and copies of every kind without telling which: assume the worst.
        self.is_fresh = self.is_private = False

    @classmethod
    def view_of(cls, values: Any) -> Array:
        """The same memory as an Array."""
        viewed: Array = np.ndarray.view(values, cls)
        return viewed

    @classmethod
    def own(cls, values: Any, *, is_fresh: bool) -> Array:
        """The same memory as an Array; nobody else may hold `values`."""
        owned = cls.view_of(values)
        owned.is_fresh, owned.is_private = is_fresh, True
        return owned

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        plain = [np.asarray(thing) if isinstance(thing, Array) else thing for thing in inputs]
        if out is Ellipsis or (out is not None and out[0] is Ellipsis):  # an array even where it is one number
            out, kwargs["out"] = None, ...
        elif out is not None:
            kwargs["out"] = tuple(np.asarray(thing) if isinstance(thing, Array) else thing for thing in out)
        name = ufunc.__name__
        if all(set(kinds) <= set("O->") for kinds in ufunc.types):
            # Somebody's own function by np.vectorize or np.frompyfunc: what it hands back may be anything.
            result = getattr(ufunc, method)(*plain, **kwargs)
            holds_values = isinstance(result, np.ndarray) and all(isinstance(x, Value) for x in result.ravel().tolist())
            return Array.own(result, is_fresh=False) if holds_values else result
        if method == "__call__":
            result = call_ufunc(ufunc, method, tuple(plain), kwargs)
        elif name in _EXTREMES and method == "reduce":
            result = self._extreme(name, kwargs.get("axis", 0), kwargs.get("keepdims", False))
        elif name in _ACCUMULATING and kwargs.get("dtype") in (None, object):
            result = getattr(ufunc, method)(*plain, **kwargs)
        else:
            raise UnsupportedFunctionError(f"{name}.{method}", sorted(_ACCUMULATING))
        if out is not None:
            return out[0] if len(out) == 1 else out
        if isinstance(result, np.ndarray) and result.dtype == object:
            return result if isinstance(result, Array) else Array.own(result, is_fresh=name != "positive")
        return result

    def max(self, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:  # type: ignore[override]
        """The largest entries along an axis, a node each; the first of equal ones has the gradient.

        Args:
            axis: an axis or several; None for all.
            keepdims: whether a reduced axis stays, with length 1.

        Raises:
            ValueError: there is nothing to take the largest of.
        """
        return self._extreme("maximum", axis, keepdims)

    def min(self, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:  # type: ignore[override]
        """The smallest entries along an axis, a node each; see `max`."""
        return self._extreme("minimum", axis, keepdims)

    def _extreme(self, name: str, axis: Any, keepdims: bool) -> Any:
        values = np.asarray(self)
        axes = range(values.ndim) if axis is None else np.atleast_1d(axis).tolist()
        reduced = {range(values.ndim)[i] for i in axes}
        kept = [i for i in range(values.ndim) if i not in reduced]
        shape = [values.shape[i] for i in kept]
        rows = values.transpose(*kept, *sorted(reduced)).reshape(int(np.prod(shape)), -1)
        if not values.size:
            raise ValueError(f"{_EXTREMES[name].name} of an array without entries: there is none to take.")
        found = np.empty(len(rows), dtype=object)
        found[:] = [apply(_EXTREMES[name], row) for row in rows.tolist()]
        if keepdims:
            shape = [1 if i in reduced else length for i, length in enumerate(values.shape)]
        elif not shape:
            return found[0]
        return Array.own(found.reshape(shape), is_fresh=True)

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return _apart(found) if isinstance(found, np.ndarray) else found

    def reshape(self, *shape: Any, **options: Any) -> Any:
        return _apart(super().reshape(*shape, **options))

    def view(self, *shape: Any, **options: Any) -> Any:
        """`reshape` where a shape is given, as PyTorch's; else numpy's view."""
        if shape and all(isinstance(n, SupportsIndex) and not isinstance(n, type) for n in shape):
            return self.reshape(*shape)
        return super().view(*shape, **options)

    def ravel(self, order: Any = "C") -> Any:
        return _apart(super().ravel(order))

    def transpose(self, *axes: Any) -> Any:
        return _apart(super().transpose(*axes))

    @property
    def T(self) -> Any:
        return self.transpose()

    def swapaxes(self, first: SupportsIndex, second: SupportsIndex, /) -> Any:
        return _apart(super().swapaxes(first, second))

    def squeeze(self, axis: Any = None) -> Any:
        return _apart(super().squeeze(axis))

    def __reduce__(self) -> Any:
        return np.asarray(self).__reduce__()


def _apart(values: Any) -> Array:
    """The same nodes in a memory of their own."""
    return Array.own(np.array(values, subok=False), is_fresh=False)
