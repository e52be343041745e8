"""What NumPy's functions do with Boxes: the numbers as always, and beside them the node of the same operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...arrays import structure
from ...arrays.protocols import call_function, call_ufunc
from .box import Box, boxed, boxes_in, is_floats, node_of, nodes, numbers, tried
from .memory import added_at
from .steps import measured
from .trace import lose

_COMPARING = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}


def _ufunc(ufunc: Any, method: str, inputs: Sequence[Any], out: Any, kwargs: dict[str, Any]) -> Any:
    name = ufunc.__name__
    if method == "at":
        return _at(ufunc, *inputs)
    target = out[0] if isinstance(out, tuple) else out
    is_traced = name not in _COMPARING and any(node_of(box) is not None for box in boxes_in(inputs))
    where = kwargs.pop("where", True)
    node = None
    if is_traced:
        given = {key: value for key, value in kwargs.items() if key != "dtype"}
        node = tried(
            lambda: call_ufunc(ufunc, method, tuple(map(nodes, inputs)), given),
            f"np.{name}",
            lambda: by_slopes(name, ufunc, inputs, given) if method == "__call__" and ufunc.nout == 1 else None,
        )
        if where is not True:
            node = (
                None
                if node is None or target is None
                else tried(lambda: structure.choose(numbers(where))(node, nodes(target)), f"np.{name}(where=...)")
            )
    if where is not True:
        kwargs["where"] = numbers(where)
    if target is None:
        data = getattr(ufunc, method)(*map(numbers, inputs), **kwargs)
        _lose_if_complex(data, inputs, name)
        return boxed(data, node)
    if type(target) is Box:
        if target._memory is None:  # a number is not changed: the name is given another
            return boxed(getattr(ufunc, method)(*map(numbers, inputs), **kwargs), node)
        target.overwrite(node) if node is not None else None
        getattr(ufunc, method)(*map(numbers, inputs), out=target._data, **kwargs)
        if node is None:
            target.overwrite(None)
        return target
    getattr(ufunc, method)(*map(numbers, inputs), out=target, **kwargs)
    return Box(target, node) if is_floats(target) else target


def _at(ufunc: Any, box: Any, index: Any, *values: Any) -> None:
    at, data = numbers(index), numbers(box)
    if type(box) is Box and (node_of(box) is not None or any(node_of(value) is not None for value in values)):
        if ufunc in (np.add, np.subtract):
            sign = 1.0 if ufunc is np.add else -1.0
            node = tried(lambda: added_at(at, sign)(nodes(box), nodes(values[0])), f"np.{ufunc.__name__}.at")
        else:
            lose(f"np.{ufunc.__name__}.at")
            node = None
        if node is not None:
            box.overwrite(node)
    ufunc.at(data, at, *map(numbers, values))


def _function(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    name = function.__name__
    if name == "copyto":
        return _copied_to(*args, **kwargs)
    out = kwargs.pop("out", None)
    data = function(*numbers(tuple(args)), **numbers(kwargs))
    first = args[0] if args and type(args[0]) is Box else None
    rest = tuple(args[1:])
    given = {key: value for key, value in kwargs.items() if not (key == "dtype" or (key == "order" and value == "C"))}
    boxes = boxes_in([*args, *kwargs.values()])
    if (
        first is not None
        and len(boxes) == 1
        and isinstance(data, np.ndarray)
        and np.may_share_memory(data, first._data)
    ):
        return first.of_view(
            data,
            lambda a: function(a, *numbers(rest), **numbers(kwargs)),
            lambda node: call_function(function, (node, *rest), given),
        )
    node = None
    if any(node_of(box) is not None for box in boxes) and _has_floats(data):
        named = {key: nodes(value) for key, value in given.items()}
        if name == "pad" and np.ptp(named.get("constant_values", 0.0)) == 0.0:  # (0, 0), once for each end
            named["constant_values"] = float(np.ravel(named.get("constant_values", 0.0))[0])
        node = tried(
            lambda: call_function(function, tuple(map(nodes, args)), named),
            f"np.{name}",
            lambda: by_slopes(name, function, args, kwargs) if isinstance(data, np.ndarray) else None,
        )
    if name in _WRITING:
        lose(f"np.{name}")
    _lose_if_complex(data, boxes, name)
    result = boxed(data, node)
    if out is not None:
        out[...] = result
        return out
    return result


def by_slopes(name: str, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return the node of a function that has no rule.

    None where an array stands within a list, or by name, or it writes.
    """
    at = [place for place, one in enumerate(args) if type(one) is Box and node_of(one) is not None]
    if name in _WRITING or len([box for box in boxes_in([*args, *kwargs.values()]) if node_of(box) is not None]) != len(
        at
    ):
        return None
    plain, options = list(numbers(tuple(args))), numbers(dict(kwargs))

    def called(*arrays: Any) -> Any:
        given = list(plain)
        for place, one in zip(at, arrays):
            given[place] = one
        return function(*given, **options)

    return measured(name, called, [plain[place] for place in at], [node_of(args[place]) for place in at])


def _copied_to(target: Any, source: Any, where: Any = True, **_: Any) -> None:
    if type(target) is Box:
        target[... if where is True else numbers(where)] = (
            source if where is True else np.broadcast_to(source, target.shape)[where]
        )
    else:
        np.copyto(target, numbers(source), where=where)


def _lose_if_complex(data: Any, inputs: Any, name: str) -> None:
    is_complex = getattr(getattr(data, "dtype", None), "kind", "") == "c"
    if is_complex and any(node_of(box) is not None for box in boxes_in(inputs)):
        lose(f"np.{name} gives complex numbers")


def _has_floats(data: Any) -> bool:
    return any(map(_has_floats, data)) if isinstance(data, (list, tuple)) else is_floats(data)


_WRITING = {"put", "put_along_axis", "place", "putmask", "fill_diagonal"}


Box.call_ufunc = staticmethod(_ufunc)
Box.call_function = staticmethod(_function)
