"""What user objects, dicts and modules keep: parameters, the gradients beside them, and what backward updates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .inputs import Inputs
from .naming import matched
from .state import State

RATES = ("lr", "learning_rate", "rate", "step_size", "l_rate", "learningrate")
"""What a step is called that is multiplied by in an update."""


class Held(NamedTuple):
    """A parameter that an object keeps, and the gradient beside it."""

    name: str
    parameter: Any
    gradient: Any


def kept_in(state: State) -> dict[str, Any]:
    """Return the arrays that objects and dicts keep, then those of modules, by their names.

    Of two in objects and dicts with one name, neither is returned.
    """
    found: dict[str, Any] = {}
    twice: set[str] = set()
    for _, held in state.owners:
        for name, array in _arrays(held).items():
            if array.dtype.kind == "f" and found.setdefault(name, array) is not array:
                twice.add(name)
    for _, held in state.loose:
        for name, array in _arrays(held).items():
            if array.dtype.kind == "f":
                found.setdefault(name, array)
    return {name: array for name, array in found.items() if name not in twice}


def own_in(state: State) -> dict[str, Any]:
    """Return the arrays that objects keep in their attributes, by their names."""
    owners = (held for owner, held in state.owners if hasattr(owner, "__dict__"))
    return {name: one for held in owners for name, one in _arrays(held).items() if one.dtype.kind == "f"}


def held_in(before: State, after: State, inputs: Inputs | None = None) -> list[Held]:
    """Return the parameters that objects and dicts keep, with the gradients that stand beside them.

    Args:
        before: the state that the parameters are taken from.
        after: that after the backward, which has the gradients.
        inputs: what forward was called with: an object may keep a gradient of that too, as `self.dinputs`.
    """
    then = {id(owner): held for owner, held in (*before.owners, *before.loose)}
    found = [*_of_parameters(before, after), *(_of_inputs(after, then, inputs) if inputs is not None else ())]
    for owner, held in (*after.owners, *after.loose):
        arrays = _arrays(then.get(id(owner), {}))
        for name, gradient in _arrays(held).items():
            of = matched(name, [one for one in arrays if one != name])
            if of is not None and np.size(arrays[of]) and arrays[of].dtype.kind == "f":
                found.append(Held(of, arrays[of], gradient))
        found += _in_lists(then.get(id(owner), {}), held)
        # self.params["W1"] beside self.grads["W1"]
        for name, inner in held.items():
            if not isinstance(inner, dict) or "grad" not in str(name).lower():
                continue
            others = [one for other, one in then.get(id(owner), {}).items() if other != name and isinstance(one, dict)]
            beside = [_arrays(then.get(id(one), one)) for one in others]
            for kept in (*beside, {key: value for key, value in arrays.items() if key != name}):
                for key, gradient in _arrays(inner).items():
                    of = matched(key, kept, plain=True)
                    if of is not None:
                        found.append(Held(of, kept[of], gradient))
    return list({id(one.parameter): one for one in found}.values())


def _in_lists(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> Iterator[Held]:
    """Pair self.grads with self.params, one after the other: as many, and all of the same shapes."""
    of_gradients = [one for name, one in after.items() if "grad" in str(name).lower() and _are_floats(one)]
    for name, parameters in before.items():
        if "grad" in str(name).lower() or not _are_floats(parameters):
            continue
        for gradients in of_gradients:
            if [np.shape(one) for one in parameters] == [np.shape(one) for one in gradients]:
                for place, (parameter, gradient) in enumerate(zip(parameters, gradients)):
                    yield Held(f"{name}[{place}]", parameter, gradient)


def _are_floats(thing: Any) -> bool:
    return isinstance(thing, (list, tuple)) and bool(thing) and all(map(_is_float, thing))


def _is_float(thing: Any) -> bool:
    return isinstance(thing, np.ndarray) and thing.dtype.kind == "f"


def _of_inputs(after: State, then: Mapping[int, Any], inputs: Inputs) -> Iterator[Held]:
    """Yield the gradients of what forward was called with.

    They are found by the attributes that backward has left.
    """
    leaves = {leaf.name: leaf for leaf in inputs.leaves if leaf.is_differentiable and leaf.is_array}
    for owner, held in after.owners:
        before = then.get(id(owner), {})
        for name, gradient in held.items():
            of = matched(str(name), leaves) if _is_float(gradient) and before.get(name) is not gradient else None
            if of is not None and of not in before:
                yield Held(of, leaves[of].value, gradient)


class Updates:
    """What a backward has done to the parameters of its object, where it makes the step itself.

    Args:
        before: everything as it is before the backward.
    """

    def __init__(self, before: State) -> None:
        self._before = before
        self._numbers = {
            id(array): array.copy()
            for _, held in (*before.owners, *before.loose)
            for array in _arrays(held).values()
            if array.dtype.kind == "f"
        }

    def changed(self, after: State) -> dict[str, tuple[Any, Any]]:
        """Return by its name each array whose numbers have changed.

        As it was, and by how much it is less.
        """
        now = {id(owner): held for owner, held in (*after.owners, *after.loose)}
        found: dict[str, tuple[Any, Any]] = {}
        for owner, held in (*self._before.owners, *self._before.loose):
            later = _arrays(now.get(id(owner), {}))
            for name, array in _arrays(held).items():
                old, new = self._numbers.get(id(array)), later.get(name)
                if old is not None and new is not None and new.shape == old.shape and not np.array_equal(old, new):
                    found[name] = (array, old - new)
        return found


def rate_in(state: State) -> float | None:
    """Return the step that an object keeps; None for none, or for more than one."""
    found = {
        float(value)
        for _, held in state.owners
        for name, value in held.items()
        if str(name).lower() in RATES and isinstance(value, (float, np.floating)) and value
    }
    return found.pop() if len(found) == 1 else None


def _of_parameters(before: State, after: State) -> Iterator[Held]:
    """Find objects that hold a parameter and its gradient.

    Each comes by the name under which another keeps it.
    """
    then = {id(owner): held for owner, held in before.owners}
    names = {id(part): str(name) for _, held in before.owners for name, part in held.items()}
    for owner, held in after.owners:
        value = next((then.get(id(owner), {}).get(name) for name in _VALUES if name in held), None)
        gradient = next((held[name] for name in _GRADIENTS if isinstance(held.get(name), np.ndarray)), None)
        if gradient is not None and isinstance(value, np.ndarray) and value.dtype.kind == "f":
            yield Held(names.get(id(owner), "parameter"), value, gradient)


_VALUES = ("data", "value", "val", "param", "weight", "_data", "_value")
_GRADIENTS = ("grad", "gradient", "g", "delta", "_grad", "derivative")


def _arrays(held: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the arrays in an object or a dict by their names.

    Those in lists are among them: "weights[0]".
    """
    found: dict[str, Any] = {}
    for key, value in held.items():
        parts = [(f"{key}[{place}]", one) for place, one in enumerate(value)] if type(value) in (list, tuple) else []
        for name, one in parts or [(str(key), value)]:
            if isinstance(one, np.ndarray) and one.dtype.kind in "fiu":
                found[name] = one
    return found
