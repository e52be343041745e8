"""How a file's forward and backward belong together, by the calls that were seen of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from operator import is_
from typing import Any, NamedTuple

import numpy as np

from .observing import Call, gives_more_than_a_number, is_number
from .training_code import LOSS

MEASURING = re.compile(r"(?i)numeric|check|approx|rel_err|relative")
"""A function that measures gradients, or how far off they are, is no part of a step."""

FORWARD = re.compile(r"(?i)forward|fprop|predict|propagat|__call__")

FORWARDS = (
    ("backward", "forward"),
    ("Backward", "Forward"),
    ("back_?propagat", "forward_propagat"),
    ("backprop", "forward"),
    ("bprop", "fprop"),
    ("back_prop", "feed_forward"),
    ("_?(backward|backprop|bprop|back)$", ""),
    ("^(backward|backprop|bprop|back)_", ""),
)
"""What changes a backward's name into its forward's."""

DERIVATIVE = re.compile(
    r"(?i)^(d_?|deriv(ative)?_(of_)?|grad(ient)?_(of_)?|jac(obian)?_(of_)?)"
    r"|_?(prime|deriv(ative)?|grad(ient)?|jac(obian)?|d)$"
)
"""What in a function's name says that it is the derivative of another."""

_IS_UPSTREAM = re.compile(r"(?i)d_?(out|outputs?|[ahyz])$|up(stream)?$|grad")
"""What a backward calls the gradient that arrives."""

DEEPEST = 8
"""So deep collections in collections are looked into; one may hold itself."""


class Reading(NamedTuple):
    """A forward and a backward as `check_backward` takes them.

    Attributes:
        forward, backward, inputs: its arguments.
        words: which functions of the file these are.
        is_part: whether it is of a function that others need, such as an activation.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any] | None
    inputs: dict[str, Any]
    words: str
    is_part: bool = False


def first_step(calls: Sequence[Call]) -> tuple[list[Call], list[Call]]:
    """Return the calls of the first step that can be made again, and the outermost of those that go back."""
    usable = [one for one in calls if one.copies is not None and one.function is not None]
    called = [one for one in _calls_of_one_step(usable) if MEASURING.search(one.name) is None]
    return called, [one for one in called if one.is_backward and not one.depth]


def readings(called: Sequence[Call]) -> list[Reading]:
    """Return what calls may mean, part by part."""
    beside = _pair_with_losses(called)
    both = [
        Reading(bind(one, {}), None, inputs_of(one), describe(one))
        for one in first_of_each(called)
        if one not in beside and _gives_loss_and_gradients(one)
    ]
    alone = [
        _pair(loss, back, back)._replace(is_part=LOSS.search(loss.name) is None and loss.owner is None)
        for back, loss in beside.items()
    ]
    return [*both, *alone, *_pairs(called), *_derivatives(called)]


def _calls_of_one_step(calls: Sequence[Call]) -> Iterator[Call]:
    """Yield the calls up to where, after a backward, something is called once more that was called before it."""
    before: set[tuple[Any, int, Any]] = set()
    has_been_back = False
    for one in calls:
        key = (one.code, id(one.owner), one.caller)
        if has_been_back and key in before:
            return
        if not has_been_back and not one.is_backward:
            before.add(key)
        has_been_back = has_been_back or one.is_backward
        yield one


def first_of_each(calls: Sequence[Call]) -> list[Call]:
    return list({one.code: one for one in reversed(calls)}.values())[::-1]


def _gives_loss_and_gradients(call: Call) -> bool:
    # Of what is called by gradients alone, the number beside an array may be the gradient of a bias.
    is_only_back = call.is_backward and LOSS.search(call.name) is None
    if is_only_back or not (call.has_returned and gives_more_than_a_number(call.result)):
        return False
    held = {np.shape(one) for one in arrays_in([*call.given.values(), getattr(call.owner, "__dict__", {})])}
    return any(np.shape(one) in held for part in call.result for one in arrays_in(part))


def _pair_with_losses(called: Sequence[Call]) -> dict[Call, Call]:
    """Return each call for gradients with one for a loss that takes the same parameters."""
    firsts = first_of_each(called)
    losses = [one for one in firsts if not one.is_backward and one.has_returned and is_number(one.result)]
    return {
        back: loss
        for back in firsts
        for loss in losses
        if back.is_backward and loss.given and loss.given.keys() == back.given.keys() and loss.owner is back.owner
    }


def _pairs(called: Sequence[Call]) -> Iterator[Reading]:
    """Yield each backward with the forward that its name, or its class, says."""
    for back in first_of_each([one for one in called if one.is_backward]):
        beside = [one for one in called if not one.is_backward and one.owner is back.owner and one is not back]
        ranked = [one for name in _names_of_forward(back.name) for one in beside if one.name == name]
        if back.owner is not None:
            ranked += [one for one in beside if FORWARD.search(one.name)]
        if ranked and _takes_new_gradient(back, ranked[0], called):
            yield _pair(ranked[0], back, ranked[0])


def _derivatives(called: Sequence[Call]) -> Iterator[Reading]:
    """Yield each function that gives the derivative of another, entry by entry, where both are given the same."""
    for back in first_of_each([one for one in called if one.is_backward and one.owner is None]):
        base = DERIVATIVE.sub("", back.name)
        beside = [one for one in called if one.name == base and one.owner is None and base != back.name]
        for one in beside:
            is_given = [*one.given] == [*back.given] and all(map(is_, one.given.values(), back.given.values()))
            shape, taken = np.shape(one.result), np.shape(next(iter(one.given.values()), 0.0))
            if not (is_given and one.has_returned and shape):
                continue
            if shape == np.shape(back.result):
                yield _pair(one, back, back)._replace(forward=_sum_of(one.function), is_part=True)
                break
            if len(shape) == len(taken) == 1 and np.shape(back.result) == (*shape, *taken):
                forward, backward = _pair_with_jacobian(one.function, back.function)
                yield _pair(one, back, back)._replace(forward=forward, backward=backward)
                break


def _sum_of(function: Callable[..., Any]) -> Callable[..., Any]:
    def add_up(**inputs: Any) -> Any:
        return np.sum(function(**inputs))

    return add_up


def _pair_with_jacobian(function: Callable[..., Any], jacobian: Callable[..., Any]) -> Sequence[Callable[..., Any]]:
    """Return a forward and the backward that multiplies what arrives by a Jacobian, of the first argument."""

    def forward(**inputs: Any) -> Any:
        return function(**inputs), inputs

    def backward(upstream: Any, cache: Any) -> Any:
        return (upstream @ jacobian(**cache),)

    return forward, backward


def _pair(forward: Call, back: Call, given: Call) -> Reading:
    """Return the reading of two calls, with the arguments of one."""
    copies: dict[int, Any] = {}
    words = f"{describe(back)} against {describe(forward)}"
    return Reading(bind(forward, copies), bind(back, copies), inputs_of(given), words)


def _takes_new_gradient(back: Call, forward: Call, called: Sequence[Call]) -> bool:
    """Return whether what a backward is given may be a gradient that arrives: no forward, and no loss, was given it.

    A backward that is given targets goes back from a loss, and is not to be asked with other numbers in their place. To
    try one, people give it the output itself by the name of a gradient.
    """
    outs = forward.result if isinstance(forward.result, tuple) else (forward.result,)
    if any(_IS_UPSTREAM.match(name) and one is out for name, one in back.given.items() for out in outs):
        return True
    known = {id(part) for one in called if not one.is_backward for _, part in parts_of(list(one.given.values()))}
    known |= {id(part) for _, part in parts_of(forward.result)}
    arrays = [one for one in back.given.values() if isinstance(one, np.ndarray)]
    return not arrays or any(id(one) not in known for one in arrays)


def _names_of_forward(backward: str) -> list[str]:
    """Return what the forward to a backward may be called."""
    changed = [re.sub(old, new, backward) for old, new in FORWARDS]
    return [name for name in dict.fromkeys(changed) if name and name != backward]


def parts_of(thing: Any, keys: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield an array, a collection or an object with what is in it, and by which keys; plain numbers are left out."""
    if isinstance(thing, (int, float, complex, str, type(None))) or len(keys) > DEEPEST:
        return
    yield keys, thing
    inner = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, (list, tuple)) else ()
    for key, part in inner:
        yield from parts_of(part, (*keys, key))


def bind(call: Call, copies: dict[int, Any]) -> Callable[..., Any]:
    """Return what a call called, on a copy of the object as it was then; one copy an object."""
    assert call.copies is not None
    if call.owner is None:
        return call.function
    copies.setdefault(id(call.owner), call.copies["self"])
    bound: Callable[..., Any] = call.function.__get__(copies[id(call.owner)])
    return bound


def inputs_of(call: Call) -> dict[str, Any]:
    assert call.copies is not None
    return {name: call.copies[name] for name in call.given}


def arrays_in(thing: Any) -> list[Any]:
    return [part for _, part in parts_of(thing) if isinstance(part, np.ndarray) and part.ndim]


def describe(call: Call) -> str:
    owner = "" if call.owner is None else f"{type(call.owner).__name__}."
    return f"{owner}{call.name} (line {call.code.co_firstlineno})"
