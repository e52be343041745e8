"""The gradients that a backward gives, each with the input that it is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .inputs import Inputs
from .naming import matched
from .state import State
from .statements import Statement


class Gradient(NamedTuple):
    """A gradient of theirs.

    Attributes:
        of: the name of the input.
        name: what it is called where it was given.
        value: the numbers.
        place: which of the numbers that came out it is, see `numbers_in`.
    """

    of: str
    name: str
    value: Any
    place: int = 0


class Held(NamedTuple):
    """A parameter that an object keeps, and the gradient beside it."""

    name: str
    parameter: Any
    gradient: Any


def gradients_in(result: Any, returned: Statement, inputs: Inputs, others: Sequence[str] = ()) -> list[Gradient]:
    """The gradients in what a backward returned.

    Args:
        returned: the statement that returned it.
        others: names of what else may have a gradient, beside the inputs.
    """
    parts = list(_flat(result, [part.key for part in returned.returned]))
    known = [*inputs.names, *others]
    found: list[Gradient] = []
    unnamed: list[tuple[str, Any, int]] = []
    for place, (name, value) in enumerate(parts):
        of = matched(name, [one for one in known if one not in {g.of for g in found}], plain=True) if name else None
        if of is None:
            unnamed.append((name, value, place))
        else:
            found.append(Gradient(of, name, value, place))
    if isinstance(result, Mapping):
        return found
    return found + list(_in_order(unnamed, found, inputs))


def numbers_in(result: Any) -> list[Any]:
    """The numbers and arrays that came out, one after the other."""
    return [value for _, value in _flat(result, ())]


def _in_order(unnamed: Sequence[tuple[str, Any, int]], found: Sequence[Gradient], inputs: Inputs) -> Iterator[Gradient]:
    """What has no telling name, as the gradients of the inputs in their order."""
    taken = {gradient.of for gradient in found}
    free = [leaf for leaf in inputs.leaves if leaf.is_differentiable and leaf.is_array and leaf.name not in taken]
    free = free or [leaf for leaf in inputs.leaves if leaf.is_differentiable and leaf.name not in taken]
    for name, value, place in unnamed:
        if not free:
            return
        alike = [leaf for leaf in free if np.shape(leaf.value) == np.shape(value)]
        leaf = free[0] if len(unnamed) == len(free) or not found or not alike else alike[0]
        free.remove(leaf)
        yield Gradient(leaf.name, name, value, place)


def _flat(result: Any, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """The arrays in a result, each with its name, "" for none."""
    if isinstance(result, Mapping):
        for key, part in result.items():
            yield from _flat(part, [str(key)])
    elif hasattr(result, "_fields"):
        for name in result._fields:
            yield from _flat(getattr(result, name), [name])
    elif isinstance(result, (tuple, list)) and not _is_numbers(result):
        for place, part in enumerate(result):
            fits = len(names) == len(result)
            yield from _flat(
                part, [names[place]] if fits else [f"{names[0]}[{place}]"] if len(names) == 1 and names[0] else [""]
            )
    elif isinstance(result, (np.ndarray, np.generic, float, int, list)) and not isinstance(result, bool):
        yield (names[0] if len(names) == 1 else ""), np.asarray(result) if isinstance(result, list) else result


def _is_numbers(result: Any) -> bool:
    return isinstance(result, list) and bool(result) and all(isinstance(part, (int, float, list)) for part in result)


def kept_in(state: State) -> dict[str, Any]:
    """The arrays that objects and dicts keep, by their names; of two with one name neither."""
    found: dict[str, Any] = {}
    twice: set[str] = set()
    for _, held in state.owners:
        for name, array in _arrays(held).items():
            if array.dtype.kind == "f" and found.setdefault(name, array) is not array:
                twice.add(name)
    return {name: array for name, array in found.items() if name not in twice}


def held_in(before: State, after: State) -> list[Held]:
    """The parameters that objects and dicts keep, with the gradients that stand beside them.

    Args:
        before: the state that the parameters are taken from.
        after: that after the backward, which has the gradients.
    """
    then = {id(owner): held for owner, held in before.owners}
    found = list(_of_parameters(before, after))
    for owner, held in after.owners:
        arrays = _arrays(then.get(id(owner), {}))
        for name, gradient in _arrays(held).items():
            of = matched(name, [one for one in arrays if one != name])
            if of is not None and np.size(arrays[of]) and arrays[of].dtype.kind == "f":
                found.append(Held(of, arrays[of], gradient))
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


def _of_parameters(before: State, after: State) -> Iterator[Held]:
    """Objects that hold a parameter and its gradient, each by the name under which another keeps it."""
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
    """The arrays in an object or a dict by their names, those in lists among them: "weights[0]"."""
    found: dict[str, Any] = {}
    for key, value in held.items():
        parts = [(f"{key}[{place}]", one) for place, one in enumerate(value)] if type(value) in (list, tuple) else []
        for name, one in parts or [(str(key), value)]:
            if isinstance(one, np.ndarray) and one.dtype.kind in "fiu":
                found[name] = one
    return found
