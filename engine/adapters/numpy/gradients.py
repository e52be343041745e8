"""The gradients that a backward gives, each with the input that it is of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .errors import not_told_apart
from .inputs import Leaf
from .naming import is_data, is_prediction, is_target, matched


class Gradient(NamedTuple):
    """A user gradient.

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
    result: Any, names: Sequence[str], known: Sequence[Leaf], own: Collection[str], fits: Callable[[Leaf, Any], bool]
) -> tuple[list[Gradient], list[str]]:
    """Return the gradients in what a backward returned, and the names of what is none.

    A name says what a gradient is of, then its shape and the measured slope; the order only breaks ties.

    Args:
        names: of the parts of the result, "" for one without.
        known: what a gradient may be of: the inputs, then what objects, dicts and modules keep.
        own: the names of what objects keep.
        fits: whether numbers are the gradient of one of these, as far as that can be measured.

    Raises:
        CheckError: it cannot be told what one of them is the gradient of.
    """
    found: dict[int, Leaf] = {}
    parts = list(_flat(result, names))
    for place, (name, _) in enumerate(parts):
        free = {leaf.name: leaf for leaf in known if leaf not in found.values()}
        of = matched(name, free, plain=True) if name else None
        if of is not None:
            found[place] = free[of]
    is_named = isinstance(result, Mapping) or bool(found)
    rest = _Rest({at: value for at, (_, value) in enumerate(parts) if at not in found}, known, own, found)
    rest.take_fitting(fits)
    others = {at for at in rest.parts if is_named and parts[at][0]}  # `hs[t]` beside dW is no gradient
    rest.parts = {at: value for at, value in rest.parts.items() if at not in others}
    rest.take_by_shape()
    gradients = [Gradient(leaf.name, *parts[at], at) for at, leaf in sorted(found.items())]
    return gradients, [parts[at][0] for at in sorted(others)]


class _Rest:
    """What has no telling name, and what it may be the gradient of."""

    def __init__(
        self, parts: dict[int, Any], known: Sequence[Leaf], own: Collection[str], found: dict[int, Leaf]
    ) -> None:
        self.parts, self._known, self._found = parts, known, found
        self._inputs = [leaf for leaf in known if leaf.keys and leaf.is_differentiable]
        self._own = [leaf for leaf in known if not leaf.keys and leaf.name in own]

    def _free(self, leaves: Sequence[Leaf]) -> list[Leaf]:
        return [leaf for leaf in leaves if leaf not in self._found.values()]

    def _alike(self, at: int, leaves: Sequence[Leaf]) -> list[Leaf]:
        """Return the leaves of a part's shape.

        No target where a prediction is among them, and a gradient for one of them only.
        """
        found = [leaf for leaf in self._free(leaves) if _shape(leaf.value) == _shape(self.parts[at])]
        count = sum(_shape(value) == _shape(self.parts[at]) for value in self.parts.values())
        others = [leaf for leaf in found if not is_target(leaf.name)]
        return others if len(found) > count and any(is_prediction(leaf.name) for leaf in others) else found

    def _take(self, places: Sequence[int], leaves: Sequence[Leaf]) -> None:
        """Take parts for the gradients of as many things, in order.

        Of more for those of what is learned.
        """
        if len(leaves) > len(places):
            leaves = [leaf for leaf in leaves if not is_data(leaf.name)]
        if len(leaves) == len(places):
            self._found.update(zip(places, leaves))
            self.parts = {at: value for at, value in self.parts.items() if at not in places}

    def take_fitting(self, fits: Callable[[Leaf, Any], bool]) -> None:
        """Take for the gradient of something what is it by its numbers.

        First what is so of the fewest.
        """
        fitting = {
            at: [leaf for leaf in self._alike(at, self._known) if fits(leaf, value)] for at, value in self.parts.items()
        }
        for at, leaves in sorted(fitting.items(), key=lambda one: len(one[1])):
            self._take([at], self._free(leaves)[:1])

    def take_by_shape(self) -> None:
        """Take what is left, and wrong, for the only gradient that it can be.

        Raises:
            CheckError: it may be that of more than one thing, or of none.
        """
        is_enough = len(self._found) + len(self.parts) <= len(self._inputs)
        pool = self._inputs if is_enough else [*self._inputs, *self._own]
        for shape in dict.fromkeys(map(_shape, self.parts.values())):
            group = [at for at, value in self.parts.items() if _shape(value) == shape]
            self._take(group, self._alike(group[0], pool))
        self._take(list(self.parts), self._free(pool))
        in_order = bool(self._found) and all(leaf in pool[at : at + 1] for at, leaf in self._found.items())
        for at, value in list(self.parts.items()) if pool else ():
            if not in_order or not self._free(pool[at : at + 1]):
                raise not_told_apart(at, np.shape(value), [leaf.name for leaf in self._inputs])
            self._take([at], pool[at : at + 1])


def _shape(value: Any) -> tuple[int, ...]:
    """Return a shape without the axes of length 1."""
    return tuple(length for length in np.shape(value) if length != 1)


def gradients_as(result: Any, names: Sequence[str], matches: Mapping[int, str]) -> list[Gradient]:
    """Return the gradients in what a backward returned, where it is known what they are of.

    Args:
        matches: by the place of a number what it is the gradient of.
    """
    parts = list(_flat(result, names))
    return [Gradient(of, *parts[at], at) for at, of in matches.items() if at < len(parts)]


def numbers_in(result: Any) -> list[Any]:
    """Return the numbers and arrays that came out, one after the other."""
    return [value for _, value in _flat(result, ())]


def _flat(result: Any, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield the arrays in a result, each with its name, "" for none."""
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
