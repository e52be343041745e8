"""The inputs that a user's function is called with, and those of them that a gradient may be of."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...rulecheck.parameters import input_names, parameters_of
from ..errors import CheckError

Keys = tuple[Any, ...]
_UNNAMED = "input{}"


@dataclass(frozen=True, eq=False)
class Leaf:
    """An array, or a number, among the inputs.

    Attributes:
        name: its own name: of an entry of a dict its key.
        keys: where it stands in the inputs.
        value: as it was given.
    """

    name: str
    keys: Keys
    value: Any

    @property
    def is_differentiable(self) -> bool:
        """Tell whether it is made of floating-point numbers."""
        return np.asarray(self.value).dtype.kind == "f"

    @property
    def is_array(self) -> bool:
        return isinstance(self.value, np.ndarray) and self.value.ndim > 0


class Inputs:
    """What a forward is called with, by the names of its parameters.

    Attributes:
        values: a dict, as deep as they gave it.
        leaves: the arrays and numbers in it.
        is_one: whether the function takes all of them as one dict.
    """

    def __init__(self, given: Any, forward: Callable[..., Any]) -> None:
        """Take them as a dict, a tuple, or one array.

        Raises:
            CheckError: they are none of these.
        """
        self._is_named = isinstance(given, Mapping)
        if self._is_named:
            self.values = dict(given)
        elif isinstance(given, (tuple, list)):
            self.values = dict(zip(input_names(forward, len(given), _UNNAMED), given))
        elif isinstance(given, (np.ndarray, float, np.floating)):
            self.values = dict(zip(input_names(forward, 1, _UNNAMED), [given]))
        else:
            raise CheckError(
                f"inputs is a {type(given).__name__}",
                'Give a dict, as {"W": W, "x": x}, or a tuple in the order of forward.',
            )
        self.is_one = self._is_named and _takes_one_dict(forward, self.values)
        self.leaves = list(_leaves(self.values, ()))
        met: list[int] = []
        self._is_plain = all(_is_plain(one, met) for one in self.values.values()) and len(set(met)) == len(met)

    @property
    def names(self) -> list[str]:
        return [leaf.name for leaf in self.leaves]

    def copied(self) -> dict[str, Any]:
        """Return the inputs once more, nothing of them shared."""
        return _copied(self.values) if self._is_plain else copy.deepcopy(self.values)

    def near(self, rng: np.random.Generator, share: float = 1.0) -> Inputs:
        """Return inputs around these.

        Each array of floating point is moved by about its size, or a share of it.
        """
        moved = {}
        for leaf in self.leaves:
            if leaf.is_array and leaf.is_differentiable:
                size = float(np.sqrt(np.mean(np.square(leaf.value)))) if leaf.value.size else 1.0
                near = leaf.value + share * (size or 1.0) * rng.normal(size=leaf.value.shape)
                moved[leaf.name] = near.astype(leaf.value.dtype)
        return self.with_leaves(moved)

    def with_leaves(self, others: Mapping[str, Any]) -> Inputs:
        """Return the same inputs with other arrays, by the names of the leaves."""
        other = copy.copy(self)
        other.values = self.copied()
        for leaf in self.leaves:
            if leaf.name in others:
                other.values = other.with_leaf(other.values, leaf, others[leaf.name])
        other.leaves = list(_leaves(other.values, ()))
        return other

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
        if self._is_named:
            return function(**{name: value for name, value in values.items() if name in names})
        return function(*list(values.values())[: len(names)])

    def with_leaf(self, values: dict[str, Any], leaf: Leaf, new: Any) -> dict[str, Any]:
        """Put another thing in the place of a leaf, in inputs that were copied."""
        values[leaf.keys[0]] = _replaced(values[leaf.keys[0]], leaf.keys[1:], new)
        return values


def _is_plain(thing: Any, met: list[int]) -> bool:
    """Tell whether it is made of arrays, numbers, texts and collections alone.

    The arrays and collections in it are added to `met`.
    """
    kind = type(thing)
    if kind in (int, float, bool, str, type(None)):
        return True
    met.append(id(thing))
    if kind is np.ndarray:
        return thing.dtype != object
    if kind in (list, tuple):
        return all(_is_plain(one, met) for one in thing)
    return kind is dict and all(_is_plain(one, met) for one in thing.values())


def _copied(thing: Any) -> Any:
    """Return a copy of what is plain, and has nothing in it twice.

    This is ten times as fast as any other copy.
    """
    kind = type(thing)
    if kind is np.ndarray:
        return thing.copy(order="K")
    if kind is dict:
        return {key: _copied(one) for key, one in thing.items()}
    return kind([_copied(one) for one in thing]) if kind in (list, tuple) else thing


def _replaced(thing: Any, keys: Keys, new: Any) -> Any:
    if not keys:
        return new
    if isinstance(thing, tuple):
        parts = [_replaced(part, keys[1:], new) if place == keys[0] else part for place, part in enumerate(thing)]
        return type(thing)(*parts) if hasattr(thing, "_fields") else tuple(parts)
    thing[keys[0]] = _replaced(thing[keys[0]], keys[1:], new)
    return thing


def _leaves(thing: Any, keys: Keys) -> Iterator[Leaf]:
    if isinstance(thing, Mapping):
        for key, part in thing.items():
            yield from _leaves(part, (*keys, key))
    elif isinstance(thing, (list, tuple)) and any(isinstance(part, (np.ndarray, dict, list, tuple)) for part in thing):
        for place, part in enumerate(thing):
            yield from _leaves(part, (*keys, place))
    elif isinstance(thing, (np.ndarray, np.generic, float, int)) and not isinstance(thing, bool):
        yield Leaf(_name(keys), keys, thing)


def _name(keys: Keys) -> str:
    texts = [place for place, key in enumerate(keys) if isinstance(key, str)]
    if not texts:
        return "".join(f"[{key}]" for key in keys)
    last = texts[-1]
    return f"{keys[last]}{''.join(f'[{key}]' for key in keys[last + 1 :])}"


def _takes_one_dict(forward: Callable[..., Any], values: Mapping[str, Any]) -> bool:
    """Tell whether a forward takes all inputs as one dict.

    It has one parameter then, and none of their names.
    """
    parameters = parameters_of(forward)
    required = [p for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    has_rest = any(p.kind is p.VAR_KEYWORD for p in parameters)
    return len(required) == 1 and not has_rest and required[0].name not in values and bool(values)
