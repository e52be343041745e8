"""The calls of one step, made again: each with what calls before it have made, or with inputs of the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial, reduce
from operator import getitem
from typing import Any, NamedTuple

import numpy as np

from handgrad.adapters.numpy.gradients import RATES
from handgrad.names import listed

from .observing import Call

DEEPEST = 8
"""So deep collections in collections are looked into; one may hold itself."""

Recipe = Callable[[Mapping[int, Any], Mapping[str, Any]], Any]
"""What gives an argument, of what the calls before have made and of the inputs."""


class Reading(NamedTuple):
    """A forward and a backward as `check_backward` takes them.

    Attributes:
        forward, backward, inputs: its arguments.
        words: which functions of the file these are.
        guess: what was taken for a loss that was not seen; "" where one was.
        is_part: whether it is of a function that others need, such as an activation.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any] | None
    inputs: dict[str, Any]
    words: str
    guess: str = ""
    is_part: bool = False


class Step:
    """The calls of one step: those that lead to its end, and those that go back.

    Args:
        end: the call of the forward that comes last.
    """

    def __init__(self, called: Sequence[Call], end: Call, backwards: Sequence[Call]) -> None:
        self._back = [one for one in backwards if one.caller is end.caller]
        before = [one for one in called if one.caller is end.caller and one.has_returned and not one.is_backward]
        self.links = _Links([one for one in before if holds_floats(one)])
        ahead = self.links.needed_for([end, *self._back])
        self._ahead = [one for one in before if one in ahead or one is end]
        self._copies: dict[int, Any] = {}

    def twin(self, call: Call) -> Any:
        """Return the copy of a call's object that takes its place; None for a function's."""
        bind(call, self._copies)
        return self._copies.get(id(call.owner))

    @property
    def is_closed(self) -> bool:
        """Return whether what goes back needs no array but those of the calls before it, and gives one result."""
        # Of what several functions return, none is said to be the gradients: each is read by itself.
        is_one = len(self._back) == 1 or all(one.owner is not None for one in self._back)
        return is_one and all(self.links.is_known(one, [*self._ahead, *self._back]) for one in self._back)

    def read(self, loss: Recipe) -> Reading:
        """Return it as one forward and one backward, with a loss of what the calls make and of the inputs."""
        inputs = self.links.inputs(self._ahead)
        ahead, back = (_in_order(calls, self.links, self._copies) for calls in (self._ahead, self._back))
        last, twins = self.links.number(self._back[-1]), [self.twin(one) for one in self._back]
        rate = _rate_in(self._back[-1])

        def forward(**values: Any) -> Any:
            made = ahead({}, values)
            return loss(made, values), (made, values)

        def backward(cache: Any) -> Any:
            before = [_kept_in(twin) for twin in twins]
            result = back(*cache)[last]
            return result if arrays_in(result) else _moves(before, twins, rate) or result

        return Reading(forward, backward, inputs, f"{list_calls(self._back)} against {list_calls(self._ahead)}")


def _kept_in(thing: Any) -> dict[str, Any]:
    """Return copies of the arrays of floats that an object keeps, by their names."""
    named = parts_of(getattr(thing, "__dict__", {}))
    return {f"{keys[0]}{''.join(f'[{key}]' for key in keys[1:])}": one.copy() for keys, one in named if is_floats(one)}


def _moves(before: Sequence[dict[str, Any]], twins: Sequence[Any], rate: float) -> dict[str, Any]:
    """Return by how much of a step each array was moved: of plain descent, its gradient."""
    moved: dict[str, Any] = {}
    for old, twin in zip(before, twins):
        for name, new in _kept_in(twin).items():
            if name in old and old[name].shape == new.shape and not np.array_equal(old[name], new):
                moved[name] = (old[name] - new) / rate
    return moved


def _rate_in(call: Call) -> float:
    """Return the step that a call makes, by the name of an argument or of an attribute; 1.0 where none has one."""
    held = {**getattr(call.owner, "__dict__", {}), **call.given}
    return next((one for name, one in held.items() if name.lower() in RATES and isinstance(one, float)), 1.0)


def _in_order(calls: Sequence[Call], links: _Links, copies: dict[int, Any]) -> Callable[..., Any]:
    """Return what makes some calls one after the other, adding their results to those that were made before.

    Each stands in a closure of its own, where `check_backward` looks for the functions that one calls.
    """

    def nothing(made: dict[int, Any], values: Mapping[str, Any]) -> dict[int, Any]:
        return dict(made)

    run = nothing
    for one in calls:
        run = _then(run, links.number(one), bind(one, copies), links.recipes(one))
    return run


def _then(
    before: Callable[..., Any], number: int, function: Callable[..., Any], recipes: dict[str, Recipe]
) -> Callable[..., Any]:
    def run(made: dict[int, Any], values: Mapping[str, Any]) -> dict[int, Any]:
        more: dict[int, Any] = before(made, values)
        more[number] = function(**{name: recipe(more, values) for name, recipe in recipes.items()})
        return more

    return run


class _Links:
    """Where the arguments of calls come from: results of earlier calls, or else inputs of the whole.

    Args:
        makers: the calls whose results are followed.
    """

    def __init__(self, makers: Sequence[Call]) -> None:
        self._made: dict[int, tuple[Call, tuple[Any, ...]]] = {}
        given: set[int] = set()
        for one in makers:
            given |= {id(part) for _, part in parts_of(list(one.given.values()))}
            for keys, part in parts_of(one.result):
                if id(part) not in given:  # a cache may hold what was given
                    self._made.setdefault(id(part), (one, keys))
        self._names: dict[int, str] = {}
        self._numbers: dict[int, int] = {}
        self._inputs: dict[str, Any] = {}

    def needed_for(self, calls: Sequence[Call]) -> list[Call]:
        """Return the calls whose results these depend on, with those on the same objects."""
        needed: list[Call] = []
        waiting = list(calls)
        for one in waiting:  # it grows as it is walked
            for _, part in parts_of(list(one.given.values())):
                maker, _ = self._made.get(id(part), (None, ()))
                if maker is not None and maker not in waiting:
                    waiting.append(maker)
                    needed.append(maker)
        return needed

    def inputs(self, steps: Sequence[Call]) -> dict[str, Any]:
        """Name what no step makes, and return it as it was before the first that takes it."""
        for one in steps:
            for name, thing in one.given.items():
                if self._is_input(thing) and id(thing) not in self._names:
                    own = next(new for new in _numbered(name) if new not in self._inputs)
                    self._names[id(thing)] = own
                    self._inputs[own] = one.copies[name] if one.copies else thing
        return self._inputs

    def add_input(self, name: str, thing: Any) -> Recipe:
        """Name one more input, and return how to get it."""
        self._names[id(thing)] = name
        self._inputs[name] = thing.copy()
        return partial(_name, name)

    def is_known(self, call: Call, steps: Sequence[Call]) -> bool:
        """Return whether each array of floats that a call is given comes from the steps, or is given to one."""
        theirs = {id(part) for one in steps if one is not call for _, part in parts_of(list(one.given.values()))}
        theirs |= {id(part) for one in steps if one is not call for _, part in parts_of(one.result)}
        arrays = [part for _, part in parts_of(list(call.given.values())) if is_floats(part)]
        return all(id(one) in theirs or id(one) in self._names for one in arrays)

    def _is_input(self, thing: Any) -> bool:
        return not isinstance(thing, (int, str, bool, type(None))) and not any(
            id(part) in self._made for _, part in parts_of(thing)
        )

    def number(self, call: Call) -> int:
        """Return a call's number among those that are made again."""
        return self._numbers.setdefault(id(call), len(self._numbers))

    def recipes(self, call: Call) -> dict[str, Recipe]:
        """Return how to get what a call is given, by its parameters."""
        return {name: self._recipe(thing) for name, thing in call.given.items()}

    def _recipe(self, thing: Any) -> Recipe:
        if id(thing) in self._made:
            maker, keys = self._made[id(thing)]
            return partial(_pick, self.number(maker), keys)
        if id(thing) in self._names:
            return partial(_name, self._names[id(thing)])
        if type(thing) in (dict, list, tuple):
            keys = tuple(thing) if isinstance(thing, dict) else ()
            parts = [self._recipe(part) for part in (thing.values() if keys else thing)]
            return partial(_collect, type(thing), keys, parts)
        return partial(_keep, thing)


def _pick(number: int, keys: tuple[Any, ...], made: Mapping[int, Any], values: Mapping[str, Any]) -> Any:
    return reduce(getitem, keys, made[number])


def _name(name: str, made: Mapping[int, Any], values: Mapping[str, Any]) -> Any:
    return values[name]


def _collect(kind: Any, keys: tuple[Any, ...], parts: list[Recipe], made: Any, values: Any) -> Any:
    each = [part(made, values) for part in parts]
    return dict(zip(keys, each)) if keys else kind(each)


def _keep(thing: Any, made: Mapping[int, Any], values: Mapping[str, Any]) -> Any:
    return thing


def parts_of(thing: Any, keys: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield an array, a collection or an object with what is in it, and by which keys; plain numbers are left out."""
    if isinstance(thing, (int, float, complex, str, type(None))) or len(keys) > DEEPEST:
        return
    yield keys, thing
    inner = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, (list, tuple)) else ()
    for key, part in inner:
        yield from parts_of(part, (*keys, key))


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}{number}" for number in range(2, 1000))


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


def holds_floats(call: Call) -> bool:
    """Return whether a call is given floats, or its object keeps some: what it returns may have a gradient."""
    return any(map(is_floats, arrays_in([*call.given.values(), getattr(call.owner, "__dict__", {})])))


def arrays_in(thing: Any) -> list[Any]:
    return [part for _, part in parts_of(thing) if isinstance(part, np.ndarray) and part.ndim]


def is_floats(thing: Any) -> bool:
    return isinstance(thing, np.ndarray) and thing.dtype.kind == "f"


def qualified_name(call: Call) -> str:
    return f"{type(call.owner).__name__}.{call.name}" if call.owner is not None else call.name


def describe(call: Call) -> str:
    return f"{qualified_name(call)} (line {call.code.co_firstlineno})"


def list_calls(calls: Sequence[Call]) -> str:
    return listed(dict.fromkeys(map(describe, calls)))
