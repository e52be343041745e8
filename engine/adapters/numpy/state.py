"""What the user's functions can reach and change: kept, put back, and looked through for parameters and gradients.

Reached are closed-over names, the global names that the code mentions, defaults, the object of a method, and whatever
stands in these: attributes, dicts, lists, arrays, random generators.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, product
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from ...repair.source import code_of, codes_within
from ...repair.user_code import attributes, is_installed, is_their_code, is_theirs, package_of
from ..sandbox import Put, Snapshot
from .calling import Inputs
from .gradients import match_name

MOST = 20_000

_VALUES = ("data", "value", "val", "param", "weight", "_data", "_value")
_GRADIENTS = ("grad", "gradient", "g", "delta", "_grad", "derivative")

_SHORT = ("g", "gs", "d", "ds", "derivatives", "derivs", "slopes")
"""What a collection of gradients is called, too, where it has the names and shapes of parameters."""

_MOMENTS = ("m", "v", "s", "r", "velocity", "velocities", "momentum", "cache", "buffers", "state")
"""What is kept of gradients for the steps of an optimizer, and in the first one may be equal to some of them."""

Names = Mapping[Any, Any]


class State(Snapshot):
    """The places that the user's functions can reach, as they are now."""

    def __init__(self, *roots: Any) -> None:
        self._named: set[tuple[int, str]] = set()
        self.arrays: list[tuple[Any, Put]] = []
        """Each array, tuple, module or function in a place of its own, and what puts another thing there."""
        self.owners: list[tuple[Any, dict[Any, Any]]] = []
        """Each object and dict with what it holds."""
        self.loose: dict[int, tuple[Any, dict[Any, Any]]] = {}
        """The same of modules and of what functions close over, by `id`."""
        self.functions: list[FunctionType] = []
        """Each user function."""
        super().__init__(roots, MOST)

    @property
    def all_names(self) -> list[tuple[Any, dict[Any, Any]]]:
        return [*self.owners, *self.loose.values()]

    def has_more(self) -> bool:
        """Tell whether an object or a dict holds something else by now, as after a forward that keeps its numbers."""
        now = ((before, owner if type(owner) is dict else attributes(owner)) for owner, before in self.owners)
        return any(before.get(name) is not part for before, held in now for name, part in held.items())

    def _hold(self, part: Any, put: Put) -> None:
        if isinstance(part, (np.ndarray, tuple, ModuleType, FunctionType)):
            self.arrays.append((part, put))
        self._waiting.append(part)

    def _holds_names(self, owner: Any, held: dict[Any, Any]) -> None:
        """Note the attributes or items of an owner, and how each is put back."""
        before = dict(held)
        self.owners.append((owner, before))
        put = owner.__setitem__ if held is owner else partial(object.__setattr__, owner)
        for name, part in before.items():
            self._hold(part, partial(put, name))

    def _holds_items(self, held: Any) -> None:
        """Note the items of a list, and how each is put back."""
        if not isinstance(held, list):
            self._waiting += held
            return
        for place, part in enumerate(held):
            self._hold(part, partial(held.__setitem__, place))

    def _visit_object(self, thing: Any) -> None:
        """Note an object's attributes, and how each is put back; of a class of the user's its methods."""
        if isinstance(thing, type):
            self._waiting += _methods(thing) if is_theirs({"__name__": thing.__module__}) else ()
        elif not isinstance(thing, ModuleType):
            self._holds_names(thing, self.attributes(thing))
            for kind in type(thing).__mro__[:-1]:  # their methods may read global names
                self._waiting += _methods(kind)

    def _visit_function(self, function: FunctionType) -> None:
        """Note what a function's defaults, cells and globals hold, and the function where it is the user's."""
        self._waiting += (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            held = self.cell(cell)
            self._hold(held, partial(setattr, cell, "cell_contents"))
            self.loose[id(cell)] = cell, {name: held}
        self._waiting.append(getattr(function, "__wrapped__", None))
        code = code_of(function)
        if code is not None and is_their_code(code, function.__globals__):
            if is_their_code(function.__code__, function.__globals__):
                self.functions.append(function)
            self._keep_globals(function.__globals__, {name for one in codes_within(code) for name in one.co_names})

    def _keep_globals(self, space: dict[str, Any], names: set[str]) -> None:
        """Keep what some global names stand for, so that it can be put back."""
        for name in names:
            if (id(space), name) in self._named:
                continue
            self._named.add((id(space), name))
            before = space.get(name)
            if isinstance(before, ModuleType):
                if not _is_library(before, space):
                    self._keep_globals(vars(before), names & set(vars(before)))
                continue
            self.names(space, [name])
            self._hold(before, partial(space.__setitem__, name))
            if isinstance(before, np.ndarray):  # as if a module was an object that keeps it
                self.loose.setdefault(id(space), (space, {}))[1][name] = before


def _methods(kind: type) -> list[Any]:
    """Return the functions of a class, those behind its properties, class and static methods among them."""
    held = (getattr(part, "__func__", getattr(part, "fget", part)) for part in list(vars(kind).values()))
    return [part for part in held if isinstance(part, FunctionType)]


def _is_library(module: ModuleType, space: dict[str, Any]) -> bool:
    """Tell whether a module is installed, and of another package than the code with these global names."""
    is_other = package_of(vars(module)) != package_of(space)
    return not is_theirs(vars(module)) or (is_other and is_installed(getattr(module, "__file__", None)))


@contextmanager
def restoring(*roots: Any) -> Iterator[State]:
    """Put everything that the roots can reach back as it was, after this block."""
    state = State(*roots)
    try:
        yield state
    finally:
        state.put_back()


class Held(NamedTuple):
    """A parameter that an object keeps, and the gradient beside it."""

    name: str
    parameter: Any
    gradient: Any


def kept_arrays(state: State) -> dict[str, Any]:
    """Return the arrays that objects and dicts keep, then those of modules, by their names.

    Of two in objects and dicts with one name, neither is returned.
    """
    owned = [one for _, held in state.owners for one in _floats(held).items()]
    found: dict[str, Any] = {}
    for name, array in chain(owned, *(_floats(held).items() for _, held in state.loose.values())):
        found.setdefault(name, array)
    twice = {name for name, array in owned if found[name] is not array}
    return {name: array for name, array in found.items() if name not in twice}


def own_arrays(state: State) -> dict[str, Any]:
    """Return the arrays that objects keep in their attributes, by their names."""
    owners = (held for owner, held in state.owners if hasattr(owner, "__dict__"))
    return {name: one for held in owners for name, one in _floats(held).items()}


def find_held(
    before: State, after: State, inputs: Inputs, left: Collection[str], takes: Callable[[Pairs, bool], bool]
) -> list[Held]:
    """Return the parameters that are kept before the backward, with the gradients that stand beside them after it.

    An object may keep a gradient of an input too, as `self.dinputs`, under no name that the forward has `left`. `takes`
    says of two collections whether one holds the gradients of the other, by what it is called and by its numbers, or
    where nothing else holds them.
    """
    then = {id(owner): held for owner, held in before.all_names}
    found = [*_find_parameters(before, after, then), *_find_input_gradients(after, then, inputs, left)]
    collections: list[Pairs] = []
    for owner, held in after.all_names:
        earlier = then.get(id(owner), {})
        arrays = _arrays(earlier)
        for name, gradient in _arrays(held).items():
            is_set = name in arrays or name not in left
            of = match_name(name, [one for one in arrays if one != name]) if is_set else None
            if of is not None and np.size(arrays[of]) and _is_float(arrays[of]):
                found.append(Held(of, arrays[of], gradient))
        collections += [*_pair_lists(earlier, held), *_pair_dicts(earlier, held, then)]
    collections.sort(key=lambda one: (not one.says_so, not one.may_say_so))
    for is_last, pairs in product((False, True), collections):
        known = {id(one.parameter) for one in found}
        is_free = known.isdisjoint(id(one.parameter) for one in pairs.held)
        if (is_free or (pairs.says_so and not is_last)) and takes(pairs, is_last):
            found += pairs.held
    return found


def _find_parameters(before: State, after: State, then: Mapping[int, Names]) -> Iterator[Held]:
    """Find objects that hold a parameter and its gradient, each by the name under which another keeps it."""
    names = {id(part): str(name) for _, held in before.owners for name, part in held.items()}
    for owner, held in after.owners:
        value = next((then.get(id(owner), {}).get(name) for name in _VALUES if name in held), None)
        gradient = next((held[name] for name in _GRADIENTS if isinstance(held.get(name), np.ndarray)), None)
        if gradient is not None and _is_float(value):
            yield Held(names.get(id(owner), "parameter"), value, gradient)


def _find_input_gradients(
    after: State, then: Mapping[int, Names], inputs: Inputs, left: Collection[str]
) -> Iterator[Held]:
    """Yield the gradients of what forward was called with, by the attributes that backward has set."""
    leaves = {leaf.name: leaf for leaf in inputs.leaves if leaf.is_differentiable and leaf.is_array}
    for owner, held in after.owners:
        before = then.get(id(owner), {})
        for name, gradient in held.items():
            is_new = _is_float(gradient) and before.get(name) is not gradient and name not in left
            of = match_name(str(name), leaves) if is_new else None
            if of is not None and of not in before:
                yield Held(of, leaves[of].value, gradient)


class Pairs(NamedTuple):
    """What a collection of this name holds, each beside what another `of` a name holds in its place.

    Attributes:
        keys: of a dict, in the same order.
    """

    name: Any
    of: str
    held: list[Held]
    keys: Sequence[str] = ()

    @property
    def says_so(self) -> bool:
        """Tell whether the name is one for gradients."""
        return _is_grads(self.name)

    @property
    def may_say_so(self) -> bool:
        """Tell whether the name is short for that, or for the gradients of the other, or the keys are of gradients."""
        is_of_other = str(self.name).lower() in _SHORT or match_name(str(self.name), [self.of]) is not None
        return is_of_other or (bool(self.keys) and all(key != one.name for key, one in zip(self.keys, self.held)))

    @property
    def key(self) -> tuple[Any, ...]:
        return self.name, *(id(one.parameter) for one in self.held)


def _pair_lists(before: Names, after: Names) -> Iterator[Pairs]:
    """Pair self.grads with self.params, one after the other: as many, and all of the same shapes."""
    for key, gradients in after.items():
        for name, parameters in before.items() if _are_floats(gradients) else ():
            if name == key or _is_grads(name) or key in _MOMENTS or not _are_floats(parameters):
                continue
            if [np.shape(one) for one in parameters] == [np.shape(one) for one in gradients]:
                pairs = enumerate(zip(parameters, gradients))
                yield Pairs(key, str(name), [Held(f"{name}[{place}]", *pair) for place, pair in pairs])


def _pair_dicts(before: Names, after: Names, then: Mapping[int, Names]) -> Iterator[Pairs]:
    """Pair self.grads["W1"] with self.params["W1"], or with self.W1."""
    for name, inner in after.items():
        if isinstance(inner, dict) and name not in _MOMENTS:
            others = {str(other): one for other, one in before.items() if other != name and isinstance(one, dict)}
            beside = {other: _arrays(then.get(id(one), one)) for other, one in others.items()}
            own, floats = {key: one for key, one in _arrays(before).items() if key != name}, _floats(inner)
            for of_name, kept in (*beside.items(), ("", own)):
                matches = {key: match_name(key, kept, plain=True) for key in floats}
                pairs = {key: Held(of, kept[of], floats[key]) for key, of in matches.items() if of is not None}
                if _is_grads(name) or len(pairs) == len(matches):
                    yield Pairs(name, of_name, list(pairs.values()), list(pairs))


def _is_grads(name: Any) -> bool:
    return "grad" in str(name).lower()


def _are_floats(thing: Any) -> bool:
    return isinstance(thing, (list, tuple)) and bool(thing) and all(map(_is_float, thing))


def _is_float(thing: Any) -> bool:
    return isinstance(thing, np.ndarray) and thing.dtype.kind == "f"


class Updates:
    """What a backward has done since a state to the parameters of its object, where it makes the step itself."""

    def __init__(self, before: State) -> None:
        owners = ((id(owner), _floats(held)) for owner, held in before.all_names)
        self._before = [(owner, name, one) for owner, held in owners for name, one in held.items()]
        self._numbers = {id(array): array.copy() for *_, array in self._before}

    def is_set(self, array: Any) -> bool:
        """Tell whether an array is new, or holds other numbers than before."""
        before = self._numbers.get(id(array))
        return before is None or not np.array_equal(array, before)

    def names_left(self, after: State) -> set[str]:
        """Return the names of the arrays in objects that are as they were."""
        each = (one for _, held in after.owners for one in _floats(held).items())
        return {name for name, array in each if not self.is_set(array)}

    def changes(self, after: State) -> dict[str, tuple[Any, Any]]:
        """Return by its name each array whose numbers have changed: as it was, and by how much it is less."""
        now = {id(owner): _arrays(held) for owner, held in after.all_names}
        found: dict[str, tuple[Any, Any]] = {}
        for owner, name, array in self._before:
            old, new = self._numbers[id(array)], now.get(owner, {}).get(name)
            if new is not None and new.shape == old.shape and not np.array_equal(old, new):
                found[name] = (array, old - new)
        return found


def _arrays(held: Names) -> dict[str, Any]:
    """Return the arrays in an object or a dict by their names, "weights[0]" those in lists."""
    found: dict[str, Any] = {}
    for key, value in held.items():
        parts = [(f"{key}[{place}]", one) for place, one in enumerate(value)] if type(value) in (list, tuple) else []
        for name, one in parts or [(str(key), value)]:
            if isinstance(one, np.ndarray) and one.dtype.kind in "fiu":
                found[name] = one
    return found


def _floats(held: Names) -> dict[str, Any]:
    return {name: one for name, one in _arrays(held).items() if one.dtype.kind == "f"}
