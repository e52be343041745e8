"""The gradients that a backward gives, each with the input that it is of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .inputs import Inputs
from .naming import matched
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


def gradients_in(
    result: Any,
    returned: Statement,
    inputs: Inputs,
    kept: Collection[str] = (),
    own: Mapping[str, Any] | None = None,
) -> list[Gradient]:
    """The gradients in what a backward returned.

    Args:
        returned: the statement that returned it.
        kept: the names of what else may have a gradient.
        own: of these the attributes of their objects.
    """
    parts = list(_flat(result, [part.key for part in returned.returned]))
    known = [*inputs.names, *kept]
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
    if found:  # what has another name, as `hs[t]` beside dW, is no gradient
        unnamed = [one for one in unnamed if not one[0]]
    return found + (_of_kept(unnamed, found, inputs, own or {}) or list(_in_order(unnamed, found, inputs)))


def _of_kept(
    unnamed: Sequence[tuple[str, Any, int]], found: Sequence[Gradient], inputs: Inputs, own: Mapping[str, Any]
) -> list[Gradient]:
    """What has no telling name, as the gradients of inputs and of what an object keeps: all shapes must agree."""
    taken = {gradient.of for gradient in found}
    of_inputs = [(one.name, one.value) for one in inputs.leaves if one.is_differentiable and one.name not in taken]
    of_kept = [(name, array) for name, array in own.items() if name not in taken]
    if len(unnamed) <= len(of_inputs):
        return []
    for whole in ([*of_inputs, *of_kept], of_kept):
        if [np.shape(array) for _, array in whole] == [np.shape(value) for _, value, _ in unnamed]:
            return [Gradient(of, name, value, at) for (of, _), (name, value, at) in zip(whole, unnamed)]
    return []


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
        numbers = np.asarray(result) if isinstance(result, list) else result
        if getattr(numbers, "dtype", np.dtype(float)).kind not in "US":  # no texts
            yield (names[0] if len(names) == 1 else ""), numbers


def _is_numbers(result: Any) -> bool:
    return isinstance(result, list) and bool(result) and all(isinstance(part, (int, float, list)) for part in result)
