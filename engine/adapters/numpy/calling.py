"""How the user's two functions are called: with which inputs, what each takes, and what each gives."""

from __future__ import annotations

import copy
import inspect
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce, wraps
from operator import getitem
from typing import Any, NamedTuple

import numpy as np

from ...repair.source import code_of, whose
from ...repair.user_code import is_theirs
from ...rulecheck.parameters import IN_ORDER, input_names, parameters_of
from ..errors import CheckError, UserCodeError
from .gradients import OUTPUTS, RATES, Leaf, is_known, is_upstream, key

Keys = tuple[Any, ...]


class Inputs:
    """What a forward is called with, by the names of its parameters, or as the one dict that it takes.

    The leaves are the arrays and numbers in it.
    """

    def __init__(self, given: Any, forward: Callable[..., Any]) -> None:
        """Take them as a dict, a tuple, or one array."""
        self._is_named = isinstance(given, Mapping)
        given = [given] if isinstance(given, (np.ndarray, float, np.floating)) else given
        if self._is_named:
            self.values = dict(given)
        elif isinstance(given, (tuple, list)):
            self.values = dict(zip(input_names(forward, len(given), "input{}"), given))
        else:
            raise CheckError(
                f"inputs is a {type(given).__name__}",
                'Give a dict, as {"W": W, "x": x}, or a tuple in the order of forward.',
            )
        self.is_one = self._is_named and _takes_one_dict(forward, self.values)
        self.leaves = list(_leaves(self.values, ()))
        self._is_plain = _is_plain(self.values)

    @property
    def names(self) -> list[str]:
        return [leaf.name for leaf in self.leaves]

    def copy(self) -> dict[str, Any]:
        """Return the inputs once more, nothing of them shared."""
        return _copy(self.values) if self._is_plain else copy.deepcopy(self.values)

    def near(self, rng: np.random.Generator, share: float = 1.0) -> Inputs:
        """Return inputs around these: each array of floats is moved by about its size, or a share of it."""
        values = self.copy()
        for leaf in self.leaves:
            if leaf.is_array and leaf.is_differentiable and leaf.value.size:
                near = leaf.value + share * leaf.scale * rng.normal(size=leaf.value.shape)
                self.replace_leaf(values, leaf, near.astype(leaf.value.dtype))
        return self._replace_values(values)

    def _replace_values(self, values: dict[str, Any]) -> Inputs:
        other = copy.copy(self)
        other.values, other.leaves = values, list(_leaves(values, ()))
        return other

    @property
    def lengths(self) -> set[int]:
        """Return the lengths of the axes of arrays, and of lists."""
        parts = list(_parts(self.values))
        axes = (length for one in parts if type(one) is np.ndarray for length in one.shape)
        return {*axes, *(len(one) for one in parts if type(one) in (list, tuple))}

    def shorten(self, length: int, few: int) -> Inputs:
        """Return the same inputs with every axis, and every list, of a length cut to its first few entries."""
        return self._replace_values(_copy(self.copy(), length, few))

    def call(self, function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
        """Call a function with them as they were given: by name, in order, or as the one dict that it takes."""
        if self.is_one:
            return function(dict(values))
        return function(**values) if self._is_named else function(*values.values())

    def call_as_far_as_taken(self, function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
        """Call a function that may take fewer of them than forward does, such as no size of a tile."""
        parameters = parameters_of(function)
        if self.is_one or not parameters or any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in parameters):
            return self.call(function, values)
        names = [p.name for p in parameters]
        taken = [name for name in values if name in names] if self._is_named else [*values][: len(names)]
        return self.call(function, {name: values[name] for name in taken})

    def replace_leaf(self, values: dict[str, Any], leaf: Leaf, new: Any) -> dict[str, Any]:
        """Put another thing in the place of a leaf, in inputs that were copied."""
        values[leaf.keys[0]] = _replace_part(values[leaf.keys[0]], leaf.keys[1:], new)
        return values


def _replace_part(thing: Any, keys: Keys, new: Any) -> Any:
    if not keys:
        return new
    if isinstance(thing, tuple):
        parts = [_replace_part(part, keys[1:], new) if place == keys[0] else part for place, part in enumerate(thing)]
        return type(thing)(*parts) if hasattr(thing, "_fields") else tuple(parts)
    thing[keys[0]] = _replace_part(thing[keys[0]], keys[1:], new)
    return thing


def _leaves(thing: Any, keys: Keys) -> Iterator[Leaf]:
    """Yield the arrays and numbers in nested dicts and lists, with the keys that lead to each."""
    if isinstance(thing, Mapping):
        for key, part in thing.items():
            yield from _leaves(part, (*keys, key))
    elif isinstance(thing, (list, tuple)) and any(isinstance(part, (np.ndarray, dict, list, tuple)) for part in thing):
        for place, part in enumerate(thing):
            yield from _leaves(part, (*keys, place))
    elif isinstance(thing, (np.ndarray, np.generic, float, int)) and not isinstance(thing, bool):
        yield Leaf(_name(keys), keys, thing)


def _parts(thing: Any) -> Iterator[Any]:
    yield thing
    for part in thing.values() if type(thing) is dict else thing if type(thing) in (list, tuple) else ():
        yield from _parts(part)


def _is_plain(values: Any) -> bool:
    """Tell whether `_copy` does as `deepcopy` does: nothing is in two places, or holds what is not known."""
    parts = [one for one in _parts(values) if not isinstance(one, (int, float, str, np.generic, type(None)))]
    known = (not one.dtype.hasobject if type(one) is np.ndarray else type(one) in (dict, list, tuple) for one in parts)
    return all(known) and len({*map(id, parts)}) == len(parts)


def _copy(thing: Any, length: int = 0, few: int | None = None) -> Any:
    """Copy arrays and what holds them, each axis and each list of one length cut to its first few.

    It takes a tenth of the time of `deepcopy`, which keeps what is in two places in one, and it is done in every run.
    """
    if type(thing) is np.ndarray:
        some = (..., *(slice(few if one == length else None) for one in thing.shape)) if length else ...
        return thing[some].copy("K")
    if type(thing) is dict:
        return {key: _copy(part, length, few) for key, part in thing.items()}
    if type(thing) not in (list, tuple):
        return thing
    return type(thing)(_copy(part, length, few) for part in (thing[:few] if len(thing) == length else thing))


def _name(keys: Keys) -> str:
    """Return the last name among the keys with the numbers after it: "W[0]"."""
    last = max((place for place, key in enumerate(keys) if isinstance(key, str)), default=-1)
    return f"{keys[last] if last >= 0 else ''}{''.join(f'[{key}]' for key in keys[last + 1 :])}"


def _takes_one_dict(forward: Callable[..., Any], values: Mapping[str, Any]) -> bool:
    """Tell whether a forward takes all inputs as one dict: its one parameter has none of their names."""
    required = [p for p in parameters_of(forward) if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    return len(required) == 1 and required[0].name not in values


RATE = 0.5
"""The step that a backward is given which updates its parameters itself."""


def rate_of(backward: Any, kept: Iterable[tuple[Any, Any]]) -> float | None:
    """Return the step of backward(dout, lr=0.1), else the one that an object keeps; None where it is not one alone."""
    for named in ([(p.name, p.default) for p in parameters_of(backward)], kept):
        floats = [(str(name).lower(), float(one)) for name, one in named if isinstance(one, (float, np.floating))]
        found = {one for name, one in floats if name in RATES and one}
        if len(found) == 1:
            return found.pop()
    return None


class Result(NamedTuple):
    """What a forward gave: results that gradients arrive for, and caches for the backward.

    Of one function for loss and gradients the `rest` are the gradients, and the loss is `at` a place among them.
    """

    outs: tuple[Any, ...]
    caches: tuple[Any, ...]
    rest: Any = None
    at: int | None = None


class Convention(NamedTuple):
    """What a backward takes, parameter by parameter.

    Attributes:
        upstreams: how many of the forward's results it is given the gradient of.
        takes: of each parameter what it is for: ("leaf", keys) in the inputs, ("upstream", number), ("out", number),
            ("cache", number), or all of them, ("caches", 0) and ("inputs", 0); ("rate", 0) is the step of an update.
        is_named: whether it is called by name.
        is_one: whether one function gives loss and gradients.
    """

    upstreams: int = 0
    takes: tuple[tuple[str, Any], ...] = ()
    is_named: bool = False
    is_one: bool = False

    def split(self, given: Any) -> Result:
        """Split what a forward returned into its parts."""
        parts = parts_of(given)
        if self.is_one:
            at = next((at for at, part in enumerate(parts) if not isinstance(part, dict) and np.size(part) == 1), 0)
            rest = (*parts[:at], *parts[at + 1 :])
            return Result(parts[at : at + 1], (), rest[0] if len(parts) == 2 else rest, at)
        count = max(self.upstreams, 1)
        return Result(parts[:count], parts[count:])

    def call(self, backward: Callable[..., Any], inputs: Inputs, result: Result, up: Any) -> Any:
        """Call a backward with what it takes; what forward has changed in the same inputs it does not see."""
        values = inputs.copy()
        if self.is_named:
            return inputs.call(backward, values)
        whole = tuple(values.values())
        have: dict[str, Any] = {
            "upstream": up,
            "out": result.outs,
            "cache": result.caches,
            "caches": (result.caches,),
            "inputs": (whole[0] if len(whole) == 1 else whole,),
            "rate": (RATE,),
        }
        return backward(*(reduce(getitem, at, values) if kind == "leaf" else have[kind][at] for kind, at in self.takes))


def parts_of(given: Any) -> tuple[Any, ...]:
    """Return what a forward gave part by part, those of several outputs in one tuple among them: (h, c), cache."""
    parts = given if isinstance(given, tuple) else (given,)
    return (*parts[0], *parts[1:]) if len(parts) > 1 and isinstance(parts[0], tuple) else parts


def conventions_of(
    forward: Callable[..., Any], backward: Any, inputs: Inputs, given: Any, returned: Sequence[str]
) -> list[Convention]:
    """Return how a backward may want to be called after what the forward returned, whose parts have these names."""
    parts = parts_of(given)
    if backward is None or forward == backward:
        return [Convention(is_one=True)]
    parameters = parameters_of(backward)
    if not parameters and not callable(backward):
        raise CheckError(
            "backward cannot be called", "Give a function, or None where forward gives loss and gradients."
        )
    named = [p for p in parameters if p.kind in IN_ORDER]
    own = [p for p in named if p.name in inputs.values]
    required = [p for p in named if p.default is p.empty]
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters)
    takes_inputs = own and len(own) == len(inputs.values) and all(p in own for p in required)
    is_alone = len(required) == len(parts) == 1
    names = [key(one) for one in (*returned, *inputs.names)]
    may_take_upstream = is_alone and not (np.ndim(parts[0]) or is_known(required[0].name, names))
    other = [Convention(1, (("upstream", 0),))] if may_take_upstream else []
    if takes_all or takes_inputs or (is_alone and inputs.is_one and not is_upstream(required[0].name)):
        return [Convention(is_named=True), *other]
    returned = [*[""] * (len(parts) - len(returned)), *returned]
    return [_match_parameters(required, own, inputs, parts, returned), *other]


def _match_parameters(
    required: Sequence[inspect.Parameter],
    own: Sequence[inspect.Parameter],
    inputs: Inputs,
    parts: Sequence[Any],
    returned: Sequence[str],
) -> Convention:
    """Return what each parameter of backward takes: an upstream gradient, a cache, an input, an output or a rate."""
    leaves = {key(leaf.name): leaf for leaf in inputs.leaves}
    keys = [key(one) for one in returned]
    given = set(filter(None, keys))
    free = [p.name for p in required if p not in own and p.name.lower() not in RATES]
    ups = _upstreams(free, given, parts, leaves, has_inputs=bool(own))
    kept = [name for name in free if name not in ups]
    outs, caches = max(len(ups), 1), len(parts) - max(len(ups), 1)
    takes: list[tuple[str, Any]] = []
    used = 0
    for name in (p.name for p in required):
        if name in inputs.values:
            takes.append(("leaf", (name,)))
        elif name.lower() in RATES:
            takes.append(("rate", 0))
        elif name in ups:
            takes.append(("upstream", ups.index(name)))
        elif key(name) in keys:
            at = keys.index(key(name))
            takes.append(("out", at) if at < outs else ("cache", at - outs))
        elif len(kept) == 1 and caches > 1:
            takes.append(("caches", 0))
        elif used < caches:
            takes.append(("cache", used))
            used += 1
        elif key(name) in leaves:
            takes.append(("leaf", leaves[key(name)].keys))
        elif name.lower() in OUTPUTS:
            takes.append(("out", 0))
        elif len(kept) == 1 and not caches:
            takes.append(("inputs", 0))
        else:
            raise CheckError(
                f"backward takes {name!r}, which is no input, and forward returns no cache for it",
                "Let forward return (out, cache), or give it a default value.",
            )
    return Convention(len(ups), tuple(takes))


def _upstreams(
    free: list[str], given: set[str], parts: Sequence[Any], leaves: Collection[str], *, has_inputs: bool
) -> list[str]:
    """Return which of the parameters that are no inputs are for the gradients that arrive."""
    ups = [
        name
        for name in free
        if key(name) not in given and (is_upstream(name) or any(key(part) in given for part in whose(name)))
    ]
    if len(ups) >= len(parts) > 1 and len(free) == len(parts):
        ups = free[:-1]
    if ups or not free:
        return ups
    more = max(len(free) - len(parts) + 1, 0)  # than there are caches
    if not np.ndim(parts[0]):  # backward(chain, cache) of a loss
        unknown = [name for name in free if not is_known(name, [*given, *leaves])]
        return unknown if len(unknown) == more == 1 and (has_inputs or len(parts) > 1) else []
    if len(parts) == 1:  # backward(x) of a layer without a cache
        return free[:1]
    if key(free[0]) in given:
        return []
    return free[:more] or (free[:1] if len(free) > 1 or has_inputs else [])  # backward(next_dz, x)


def weighted_sum(outs: Sequence[Any], upstream: Sequence[Any]) -> float:
    """Return the results as one number, each times the gradient that arrives for it; of a loss the loss itself."""
    return float(sum(np.sum(np.asarray(out, dtype=float) * up) for out, up in zip(outs, upstream or (1.0,))))


def drop_loss(returned: Any, inputs: Inputs) -> Any:
    """Return the gradients that a backward returns, without the loss or scores that may stand before them."""
    if not (isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], dict)):
        return returned
    first, named = returned[0], {key(str(name)) for name in returned[1]}
    left = (leaf for leaf in inputs.leaves if key(leaf.name) not in named)  # `dx, grads` is no loss
    is_gradient = getattr(first, "size", 1) > 1 and any(np.shape(leaf.value) == first.shape for leaf in left)
    return returned if is_gradient else returned[1]


def output_of(forward: Any) -> tuple[Any, Any]:
    """Return a forward that has returned nothing as one that returns what it leaves, and what it has left."""
    owner, names = getattr(forward, "__self__", None), ("output", "out", "outputs", "y", "z", "a")
    kinds = (np.ndarray, np.generic, float)
    name = next((name for name in names if isinstance(getattr(owner, name, None), kinds)), None)
    if name is None:
        raise CheckError(
            "forward gives nothing",
            "Return a number, or an array, and what backward needs after it, or keep it in self.output.",
        )

    @wraps(forward)
    def with_output(*args: Any, **kwargs: Any) -> Any:
        forward(*args, **kwargs)
        return getattr(owner, name)

    return with_output, getattr(owner, name)


def run_user(what: str, function: Callable[[], Any]) -> Any:
    """Run some user code; its errors are raised as a `UserCodeError`."""
    try:
        with np.errstate(all="ignore"):
            return function()
    except Exception as error:
        lines = [
            f"{frame.f_code.co_filename}:{number}"
            for frame, number in traceback.walk_tb(error.__traceback__)
            if is_theirs(frame.f_globals)
        ]
        raise UserCodeError(what, error, lines[-1] if lines else "") from error


def name_of_function(function: Any, otherwise: str) -> str:
    code = code_of(function)
    return otherwise if code is None or code.co_name == "<lambda>" else code.co_name


def copy_or_same(thing: Any) -> Any:
    """Return a deep copy where one can be made, else the thing itself."""
    try:
        return copy.deepcopy(thing)
    except Exception:  # an object of theirs may refuse, in any way
        return thing
