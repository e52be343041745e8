"""How the user's two functions are called: what each takes, and what each gives."""

from __future__ import annotations

import copy
import inspect
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...repair.source import code_of
from ...repair.user_code import is_theirs
from ...rulecheck.parameters import IN_ORDER, parameters_of
from ..errors import CheckError, UserCodeError
from .holding import RATES
from .inputs import Inputs
from .naming import is_upstream, key, whose

RATE = 0.5
"""The step that a backward is given which updates its parameters itself."""


def rate_of(backward: Any) -> float | None:
    """Return the step that it takes where none is given: backward(dout, lr=0.1); None for none."""
    found = [p.default for p in parameters_of(backward) if p.name.lower() in RATES and isinstance(p.default, float)]
    return found[0] if len(found) == 1 else None


class Result(NamedTuple):
    """What a forward gave.

    Attributes:
        outs: what the gradients that arrive are of; of a loss the loss alone.
        caches: what is for the backward.
        rest: of one function for loss and gradients the gradients.
        at: of such a function where the loss is.
    """

    outs: tuple[Any, ...]
    caches: tuple[Any, ...]
    rest: Any = None
    at: int | None = None


class Convention(NamedTuple):
    """What a backward takes, parameter by parameter.

    Attributes:
        upstreams: how many of the forward's results it is given the gradient of.
        takes: of each parameter what it is for: ("input", name), ("leaf", keys), ("upstream", number), ("out", number),
            ("cache", number), or all of them, ("caches", 0) and ("inputs", 0); ("rate", 0) is the step of an update.
        is_named: whether it is called by name.
        is_one: whether one function gives loss and gradients.
    """

    upstreams: int
    takes: tuple[tuple[str, Any], ...]
    is_named: bool = False
    is_one: bool = False

    @property
    def gives_rate(self) -> bool:
        """Tell whether it is given the step of an update."""
        return ("rate", 0) in self.takes

    @property
    def takes_inputs(self) -> bool:
        """Tell whether it is given some of the forward's inputs again."""
        return self.is_named or any(kind in ("input", "leaf", "inputs") for kind, _ in self.takes)

    def split(self, given: Any) -> Result:
        """Split what a forward returned into its parts."""
        parts = given if isinstance(given, tuple) else (given,)
        if self.is_one:
            at = next((at for at, part in enumerate(parts) if not isinstance(part, dict) and np.size(part) == 1), 0)
            rest = (*parts[:at], *parts[at + 1 :])
            return Result(parts[at : at + 1], (), rest[0] if len(parts) == 2 else rest, at)
        count = max(self.upstreams, 1)
        return Result(tuple(parts[:count]), tuple(parts[count:]))

    def call(
        self, backward: Callable[..., Any], inputs: Inputs, values: Mapping[str, Any], result: Result, up: Any
    ) -> Any:
        """Call a backward with what it takes."""
        if self.is_named:
            return inputs.call(backward, values)
        have = {"upstream": up, "cache": result.caches, "out": result.outs}
        args: list[Any] = []
        for kind, which in self.takes:
            if kind == "input":
                args.append(values[which])
            elif kind == "leaf":
                args.append(_at(values, which))
            elif kind == "rate":
                args.append(RATE)
            elif kind == "caches":
                args.append(tuple(result.caches))
            elif kind == "inputs":
                args.append(tuple(values.values()) if len(values) > 1 else next(iter(values.values())))
            else:
                args.append(have[kind][which])
        return backward(*args)


def convention_of(
    forward: Callable[..., Any], backward: Any, inputs: Inputs, given: Any, returned: Sequence[str]
) -> Convention:
    """Return how a backward wants to be called.

    Args:
        given: what the forward returned.
        returned: the names of its parts, "" for one without.

    Raises:
        CheckError: a parameter of it can be given nothing.
    """
    parts = given if isinstance(given, tuple) else (given,)
    if backward is None or _is_same(forward, backward):
        return Convention(0, (), is_one=True)
    parameters = parameters_of(backward)
    if not parameters and not callable(backward):
        raise CheckError(
            "backward cannot be called", "Give a function, or None where forward gives loss and gradients."
        )
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters)
    takes_rest = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    named = [p for p in parameters if p.kind in IN_ORDER]
    own = [p for p in named if p.name in inputs.values]
    required = [p for p in named if p.default is p.empty]
    if takes_all or (own and len(own) == len(inputs.values) and all(p in own for p in required)):
        return Convention(0, (), is_named=True)
    if len(required) == 1 and inputs.is_one and not is_upstream(required[0].name) and len(parts) == 1:
        return Convention(0, (), is_named=True)
    if takes_rest and not required:
        count = len(parts) - 1 if len(parts) > 1 else 1
        takes = [("upstream", i) for i in range(count)] + ([("cache", 0)] if len(parts) > 1 else [])
        return Convention(count, tuple(takes))
    return _by_parameters(required, own, inputs, parts, returned)


def _by_parameters(
    required: Sequence[inspect.Parameter],
    own: Sequence[inspect.Parameter],
    inputs: Inputs,
    parts: Sequence[Any],
    returned: Sequence[str],
) -> Convention:
    free = [p.name for p in required if p not in own]
    leaves = {key(leaf.name): leaf for leaf in inputs.leaves}
    given = {key(name) for name in returned if name}
    rates = [name for name in free if name.lower() in RATES]
    free = [name for name in free if name not in rates]
    ups = [
        name
        for name in free
        if key(name) not in given and (is_upstream(name) or any(key(part) in given for part in whose(name)))
    ]
    if len(ups) >= len(parts) > 1 and len(free) == len(parts):
        ups = free[:-1]
    if not ups and len(parts) > 1 and np.ndim(parts[0]) and key(free[0] if free else "") not in given:
        ups = free[: len(free) - len(parts) + 1]  # backward(chain, cache): one more than there are caches
        ups = ups or (free[:1] if len(free) > 1 or own else [])  # backward(next_dz, x)
    kept = [name for name in free if name not in ups]
    if not ups and free and len(parts) == 1 and np.ndim(parts[0]):  # backward(x) of a layer without a cache
        ups, kept = free[:1], free[1:]
    outs, caches = max(len(ups), 1), len(parts) - max(len(ups), 1)
    keys = [key(one) for one in returned]
    takes: list[tuple[str, Any]] = []
    used = 0
    for name in (p.name for p in required):
        if name in rates:
            takes.append(("rate", 0))
        elif name in inputs.values:
            takes.append(("input", name))
        elif name in ups:
            takes.append(("upstream", ups.index(name)))
        elif key(name) in keys[:outs]:
            takes.append(("out", keys.index(key(name))))
        elif key(name) in keys[outs:]:
            takes.append(("cache", keys[outs:].index(key(name))))
        elif len(kept) == 1 and caches > 1:
            takes.append(("caches", 0))
        elif used < caches:
            takes.append(("cache", used))
            used += 1
        elif key(name) in leaves:
            takes.append(("leaf", leaves[key(name)].keys))
        elif name.lower() in ("out", "y", "a", "output", "z", "yhat", "y_hat", "al"):
            takes.append(("out", 0))
        elif len(kept) == 1 and not caches:
            takes.append(("inputs", 0))
        else:
            raise CheckError(
                f"backward takes {name!r}, which is no input, and forward returns no cache for it",
                "Let forward return (out, cache), or give it a default value.",
            )
    return Convention(len(ups), tuple(takes))


def _at(values: Any, keys: Sequence[Any]) -> Any:
    for one in keys:
        values = values[one]
    return values


def weighed(outs: Sequence[Any], upstream: Sequence[Any]) -> float:
    """Return the results as one number, each times the gradient that arrives for it.

    Of a loss it is the loss itself.
    """
    return float(sum(np.sum(np.asarray(out, dtype=float) * up) for out, up in zip(outs, upstream or (1.0,))))


def without_loss(returned: Any, inputs: Inputs) -> Any:
    """Return the gradients that a backward returns, without what stands before them.

    It may give the loss or scores once more.
    """
    if not (isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], dict)):
        return returned
    first, named = returned[0], {key(str(name)) for name in returned[1]}
    left = (leaf for leaf in inputs.leaves if key(leaf.name) not in named)  # `dx, grads` is no loss
    is_gradient = getattr(first, "size", 1) > 1 and any(np.shape(leaf.value) == first.shape for leaf in left)
    return returned if is_gradient else returned[1]


def _is_same(forward: Any, backward: Any) -> bool:
    return forward is backward or (
        getattr(forward, "__func__", forward) is getattr(backward, "__func__", 0)
        and getattr(forward, "__self__", None) is getattr(backward, "__self__", 0)
    )


OUTPUTS = ("output", "out", "outputs", "y", "z", "a")
"""The attributes that a forward may leave its result in, where it returns nothing."""


class _WithOutput:
    """A forward that leaves its result in an attribute of its object."""

    def __init__(self, forward: Any, name: str) -> None:
        self.__wrapped__, self._name = forward, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.__wrapped__(*args, **kwargs)
        return getattr(self.__wrapped__.__self__, self._name)


def output_of(forward: Any) -> tuple[Any, Any]:
    """Wrap a forward that has returned nothing, and return what it has left, too.

    The wrapped forward returns that.

    Raises:
        CheckError: there is none of the usual names.
    """
    owner = getattr(forward, "__self__", None)
    for name in OUTPUTS:
        if hasattr(owner, name) and isinstance(getattr(owner, name), (np.ndarray, np.generic, float)):
            return _WithOutput(forward, name), getattr(owner, name)
    raise CheckError(
        "forward gives nothing",
        "Return a number, or an array, and what backward needs after it, or keep it in self.output.",
    )


def called(what: str, function: Callable[[], Any]) -> Any:
    """Run some user code.

    Raises:
        UserCodeError: it raised an error.
    """
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


def copied(thing: Any) -> Any:
    """Return a deep copy where one can be made, else the thing itself."""
    try:
        return copy.deepcopy(thing)
    except Exception:  # an object of theirs may refuse, in any way
        return thing
