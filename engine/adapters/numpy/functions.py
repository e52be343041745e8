"""What NumPy's functions do with Boxes: the numbers as always, and beside them the node of the same operation.

What makes arrays of what is no array would only see the numbers, and so would Python's math and what of SciPy is
written in Python. While a forward is traced, user modules have others under these names; NumPy itself is left alone,
as its compiled parts look its functions up there too.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial, wraps
from types import FrameType, FunctionType, ModuleType
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ...amounts import near
from ...arrays import structure
from ...arrays.making import matrix_edge, opaque
from ...arrays.protocols import call_function, call_ufunc
from ...loading import LazyModule
from ...repair.source import untraced
from ...repair.user_code import is_theirs
from .blocks import add_at, lose, running
from .box import Box, box_from_parts, boxes_in, is_floats, is_traced, node_of, nodes, numbers, try_rule, wrap

_slopes = LazyModule("handgrad.rulecheck", "slopes")

MOST_SLOPES = 250_000
"""Of a function without a rule so many slopes are measured."""
SMALLEST, STEADY = 0.1, 1e-6
"""The least size of what is moved, and how near the slopes by half the step must be."""

_COMPARING = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}
_WRITING = {"copyto": 1, "put": 2, "put_along_axis": 2, "place": 2, "putmask": 2, "fill_diagonal": 1}
"""Functions that write to an array, and which argument holds what they write."""


def _ufunc(_: Box, ufunc: Any, method: str, *inputs: Any, out: Any = None, where: Any = True, **kwargs: Any) -> Any:
    """Call a NumPy ufunc on Boxes, and return its result with the node that it makes."""
    if method == "at":
        return _ufunc_at(ufunc, *inputs)
    name, target = ufunc.__name__, out[0] if isinstance(out, tuple) else out
    node = None
    if name not in _COMPARING and is_traced(inputs):
        given = {key: value for key, value in kwargs.items() if key != "dtype"}
        node = try_rule(
            lambda: call_ufunc(ufunc, method, tuple(map(nodes, inputs)), given),
            f"np.{name}",
            lambda: measure_node(name, ufunc, inputs, given) if method == "__call__" and ufunc.nout == 1 else None,
        )
    if where is not True:
        which = kwargs["where"] = numbers(where)
        if node is not None:
            choose = partial(structure.choose(which), node)
            node = None if target is None else try_rule(lambda: choose(nodes(target)), f"np.{name}(where=...)")
    run = partial(getattr(ufunc, method), *map(numbers, inputs), **kwargs)
    if target is None or (type(target) is Box and target._memory is None):  # a number is not changed, but its name
        data = run()
        _lose_if_complex(data, inputs, name)
        return wrap(data, node)
    run(out=numbers(target))
    if type(target) is not Box:
        return Box(target, node) if is_floats(target) else target
    target.overwrite(node)
    return target


def _ufunc_at(ufunc: Any, box: Any, index: Any, *values: Any) -> None:
    """Call np.add.at and its kin on a Box, whose node becomes one with the entries added."""
    at, name = numbers(index), f"np.{ufunc.__name__}.at"
    if type(box) is Box and is_traced([box, *values]):
        if ufunc in (np.add, np.subtract):
            node = try_rule(lambda: add_at(at, 1.0 if ufunc is np.add else -1.0)(nodes(box), nodes(values[0])), name)
            if node is not None:
                box.overwrite(node)
        else:
            lose(name)
    ufunc.at(numbers(box), at, *map(numbers, values))


def _function(_: Box, function: Any, types: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Call a NumPy function on Boxes: a view stays one, and another result has the node that it makes."""
    name = function.__name__
    if name in _WRITING and len(args) > _WRITING[name] and type(args[0]) is Box:
        return _write(function, args, kwargs)
    out = kwargs.pop("out", None)
    data = function(*numbers(tuple(args)), **numbers(kwargs))
    given = {key: value for key, value in kwargs.items() if not (key == "dtype" or (key == "order" and value == "C"))}
    boxes = boxes_in([*args, *kwargs.values()])
    is_view = len(boxes) == 1 and args and args[0] is boxes[0] and isinstance(data, np.ndarray)
    if is_view and np.may_share_memory(data, boxes[0]._data):
        rest = tuple(args[1:])
        return boxes[0].make_view(
            data,
            lambda a: function(a, *numbers(rest), **numbers(kwargs)),
            lambda node: call_function(function, (node, *rest), given),
        )
    node, parts = None, data if isinstance(data, (list, tuple)) else [data]
    if is_traced(boxes) and any(map(is_floats, parts)):
        named = {key: nodes(value) for key, value in given.items()}
        if name == "pad" and np.ptp(named.get("constant_values", 0.0)) == 0.0:  # (0, 0), once for each end
            named["constant_values"] = float(np.ravel(named.get("constant_values", 0.0))[0])
        node = try_rule(
            lambda: call_function(function, tuple(map(nodes, args)), named),
            f"np.{name}",
            lambda: measure_node(name, function, args, kwargs) if isinstance(data, np.ndarray) else None,
        )
    if name in _WRITING:
        lose(f"np.{name}")
    _lose_if_complex(data, boxes, name)
    result = wrap(data, node)
    if out is None:
        return result
    out[...] = result
    return out


Box.__array_ufunc__ = untraced(_ufunc)
Box.__array_function__ = untraced(_function)


def measure_node(name: str, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return the node of a function that has no rule, with measured slopes.

    None where there are too many slopes or none, and where an array stands within a list, or by name.
    """
    at = [place for place, one in enumerate(args) if type(one) is Box and node_of(one) is not None]
    traced = [box for box in boxes_in([*args, *kwargs.values()]) if node_of(box) is not None]
    if len(traced) != len(at):
        return None
    plain, options = list(numbers(tuple(args))), numbers(dict(kwargs))
    arrays = {place: np.array(plain[place], dtype=float) for place in at}

    def call(moved: Mapping[int, Any]) -> Any:
        given = {**{place: one.copy() for place, one in arrays.items()}, **moved}
        return np.asarray(function(*(given.get(place, one) for place, one in enumerate(plain)), **options), dtype=float)

    data = call({})
    if data.size * sum(one.size for one in arrays.values()) > MOST_SLOPES:
        return None
    edges = []
    for place, one in arrays.items():

        def along(x: Any, place: int = place) -> Any:
            return call({place: np.array(x)})

        whole, half = (np.atleast_2d(_slopes.jacobian(along, one, finer=finer, least=SMALLEST)) for finer in (0.5, 1.0))
        if not near(whole, half, STEADY, 1e-9):
            return None
        edges.append(matrix_edge(half, one.shape))
    return opaque(name, data, edges)(*(node_of(args[place]) for place in at))


def _write(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Write the entries that a function would, one by one: with their numbers for values it tells which goes where."""
    at, (target, *_) = _WRITING[function.__name__], args
    values = args[at] if type(args[at]) is Box else np.asarray(args[at])
    which = np.full(target.shape, -1)
    numbered = np.arange(values.size).reshape(values.shape)
    function(which, *numbers(tuple(args[1:at])), numbered, *numbers(tuple(args[at + 1 :])), **numbers(dict(kwargs)))
    target[which >= 0] = values.ravel()[which[which >= 0]]


def _lose_if_complex(data: Any, inputs: Any, name: str) -> None:
    if getattr(getattr(data, "dtype", None), "kind", "") == "c" and is_traced(inputs):
        lose(f"np.{name} gives complex numbers")


def _while_tracing(original: Callable[..., Any], changed: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def function(*args: Any, **kwargs: Any) -> Any:
        return original(*args, **kwargs) if running() is None else changed(*args, **kwargs)

    return function


def _make(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a NumPy function that makes an array, such as np.zeros, and return it as a Box that can be written to."""
    if original is np.diag and boxes_in(args):
        return original(*args, **kwargs)
    made = original(*numbers(args), **numbers(kwargs))
    if original.__name__.startswith("empty"):
        made = np.zeros_like(made)
    found = wrap(made)
    if original.__name__.startswith("full") and type(found) is Box:
        value = kwargs.get("fill_value", args[1] if len(args) > 1 else None)
        if type(value) is Box:
            found[...] = value
    return found


def _take(original: Callable[..., Any], thing: Any = None, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
    """Call np.array or np.asarray; a Box stays one."""
    thing = kwargs.pop("object", kwargs.pop("a", thing))
    data = original(numbers(thing), dtype, *args, **kwargs)
    if type(thing) is not Box:
        return box_from_parts(data, thing) if boxes_in(thing) else wrap(data)
    if data.dtype.kind != "f":
        return data
    return thing if data is thing._data else thing.astype(data.dtype)


def _reduce_list(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    if args and isinstance(args[0], (list, tuple)) and boxes_in(args[0]):
        args = (box_from_parts(np.array(numbers(args[0])), args[0]), *args[1:])
    return original(*args, **kwargs)


def _pick_strided(original: Callable[..., Any], x: Any, shape: Any = None, strides: Any = None, **kwargs: Any) -> Any:
    """Return a view by steps in memory, as the entries that it looks at."""
    if type(x) is not Box or not x._data.flags.c_contiguous:
        return original(numbers(x), shape, strides, **kwargs)
    places = np.arange(x._data.size, dtype=np.int64).reshape(x._data.shape)
    steps = None if strides is None else [one * places.itemsize // x._data.itemsize for one in strides]
    return x.reshape(-1)[original(places, shape, steps).copy()]


_CHANGED = {
    _make: "zeros ones empty full zeros_like ones_like empty_like full_like eye identity arange linspace logspace diag "
    "tri fromiter fromfunction loadtxt",
    _take: "array asarray asanyarray ascontiguousarray asfortranarray",
    _reduce_list: "sum mean max min amax amin prod average var std",  # they do not ask what is in a list
}
_LIKE_MATH = (
    "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "sin", "cos", "tan", "tanh", "sinh", "cosh", "fabs",
)  # fmt: skip
_OF_MATH = {**dict(zip(_LIKE_MATH, _LIKE_MATH)), "pow": "power", "atan": "arctan", "asin": "arcsin", "acos": "arccos"}


def _call_math(original: Callable[..., Any], *args: Any) -> Any:
    return getattr(np, _OF_MATH[original.__name__])(*args) if boxes_in(args) else original(*args)


class _Beside(ModuleType):
    """A module as user code sees it: some functions are others, and those of SciPy's written in Python are steps."""

    def __init__(self, module: ModuleType) -> None:
        super().__init__(module.__name__, module.__doc__)
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return instead_of(getattr(self._module, name))


_CHANGING = [(getattr(np, name), changed) for changed, names in _CHANGED.items() for name in names.split()]
_INSTEAD = {
    **{one: _while_tracing(one, partial(changed, one)) for one, changed in (*_CHANGING, (as_strided, _pick_strided))},
    **{one: wraps(one)(partial(_call_math, one)) for one in (getattr(math, name) for name in _OF_MATH)},
    **{module: _Beside(module) for module in (np, np.lib, np.lib.stride_tricks, math)},
}


def instead_of(thing: Any) -> Any:
    """Return what stands for something in user code while it is traced, itself for what stays."""
    if isinstance(thing, (ModuleType, FunctionType)):
        module = thing.__name__ if isinstance(thing, ModuleType) else thing.__module__
        if str(module).partition(".")[0] == "scipy":
            return _Beside(thing) if isinstance(thing, ModuleType) else _step(thing)
    try:
        return _INSTEAD.get(thing, thing)
    except TypeError:  # not to be hashed
        return thing


def _step(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a library's function so that its result is a node whose derivatives are measured."""
    name = f"{str(function.__module__).partition('._')[0]}.{function.__name__}"

    @wraps(function)
    def step(*args: Any, **kwargs: Any) -> Any:
        data = function(*numbers(tuple(args)), **numbers(kwargs))
        if running() is None or not is_traced([*args, *kwargs.values()]):
            return data
        return wrap(data, try_rule(lambda: measure_node(name, function, args, kwargs), name))

    return step


@contextmanager
def making_boxes() -> Iterator[Callable[[FrameType], None]]:
    """Change what NumPy is for user code; what this gives is to be called with each of its frames."""
    changed: list[tuple[dict[str, Any], str, Any, Any]] = []
    entered: set[int] = set()
    imported = builtins.__import__

    def enter(frame: FrameType) -> None:
        names = frame.f_globals
        if id(names) in entered or not is_theirs(names):
            return
        entered.add(id(names))
        for name, thing in list(names.items()):
            instead = instead_of(thing)
            if instead is not thing:
                changed.append((names, name, thing, instead))
                names[name] = instead

    def import_for_them(name: str, names: Any = None, *args: Any, **kwargs: Any) -> Any:
        found = imported(name, names, *args, **kwargs)
        return instead_of(found) if running() is not None and is_theirs(names or {}) else found

    builtins.__import__ = import_for_them  # type: ignore[assignment]
    try:
        yield enter
    finally:
        builtins.__import__ = imported
        for names, name, thing, instead in reversed(changed):
            if names.get(name) is instead:
                names[name] = thing
