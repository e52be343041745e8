"""Whose gradient a number is: by its name, dW, W_grad, grad_W and dL_dW all of W, then by its numbers and its shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from ...names import listed
from ...repair.source import whose
from ..errors import CheckError

_UPSTREAM = {"error", "err", "accum_grad", "eta", "residual", "cotangent", "adjoint"}
_AS_UPSTREAM = re.compile(r"d|grad|delta|g_|g(l|loss|y|z|a|o|out)?$|up|top_|output_grad|\w+_grad$")
_KEPT = (
    "cache", "ctx", "context", "memory", "saved", "store", "params", "config", "data", "dim", "drop", "depth", "dtype",
    "debug", "dict", "decay",
)  # fmt: skip

RATES = ("lr", "learning_rate", "rate", "step_size", "l_rate", "learningrate", "alpha", "eta")
"""What a step is called that is multiplied by in an update."""

_TARGETS = {
    "y", "ys", "t", "yt", "ytrue", "trues", "target", "targets", "label", "labels", "actual", "expected", "truth", "gt",
    "groundtruth", "onehot", "mask", "masks",
}  # fmt: skip
OUTPUTS = {"out", "y", "a", "output", "z", "yhat", "y_hat", "al"}
"""What a parameter for the forward's result is called."""
_DATA = {*_TARGETS, "x", "xs", "data", "input", "inputs", "features", "images", "batch", "r"}
"""What is not learned is usually called so."""
_PREDICTION = re.compile(r"yhat|y?p(red.*|rob.*|hat)?|y?out(puts?)?|scores?|logits?|(a|h|z|o)l?\d*|q|est.*|approx.*")


def key(name: str) -> str:
    """Return a name for comparison: cases and underscores apart."""
    return name.replace("_", "").lower()


def is_target(name: str) -> bool:
    """Tell whether it is a usual name for what an output is compared with."""
    return key(name) in _TARGETS


def is_upstream(name: str) -> bool:
    """Tell whether a parameter is for the gradient that arrives, by its name."""
    low = name.lower()
    return low in _UPSTREAM or (bool(_AS_UPSTREAM.match(low)) and not any(word in low for word in _KEPT))


def is_known(name: str, others: Collection[str] = ()) -> bool:
    """Tell what a parameter is for from its name, or as it is one of others'; their cases and underscores are apart."""
    is_usual = key(name) in _DATA or name.lower() in OUTPUTS or any(word in name.lower() for word in _KEPT)
    return is_usual or is_upstream(name) or key(name) in others


def match_name(name: str, known: Iterable[str], *, plain: bool = False) -> str | None:
    """Find which of the known names it is the gradient of, or, if `plain`, has itself; None for none."""
    listed = list(known)
    wanted = [*([name] if plain else []), *whose(name)]
    exact = (one for one in wanted if one in listed)
    alike = (other for one in wanted for other in listed if key(one) == key(other))
    return next(chain(exact, alike), None)


@dataclass(frozen=True, eq=False)
class Leaf:
    """An array, or a number, among the inputs, under its own name, and with the keys to where it stands in them."""

    name: str
    keys: tuple[Any, ...]
    value: Any

    @property
    def is_differentiable(self) -> bool:
        """Tell whether it is made of floating-point numbers."""
        return np.asarray(self.value).dtype.kind == "f"

    @property
    def is_array(self) -> bool:
        return isinstance(self.value, np.ndarray) and self.value.ndim > 0

    @property
    def scale(self) -> float:
        """Return the size of its numbers, 1 for zeros."""
        return float(np.sqrt(np.mean(np.square(np.asarray(self.value, dtype=float))))) or 1.0

    def shift(self, move: Any) -> Any:
        """Return it as it is where it is moved, a number as a number."""
        found = np.asarray(self.value, dtype=float) + move
        return found if isinstance(self.value, np.ndarray) else found[()]


class Gradient(NamedTuple):
    """A user gradient: of which input, and in which place among `numbers_in`."""

    of: str
    value: Any
    place: int


def gradients_in(
    result: Any,
    names: Sequence[str],
    known: Sequence[Leaf],
    own: Collection[str],
    fits: Callable[[Leaf, Any], bool],
    *,
    is_backward: bool = False,
) -> tuple[list[Gradient], list[str]]:
    """Return the gradients in what a backward returned, and the names of what is none.

    A name says what a gradient is of, then its shape and the measured slope; the order only breaks ties.

    Args:
        is_backward: whether it is no function that computes the loss, too, and may return its states.
    """
    found: dict[int, Leaf] = {}
    parts = list(_flat(result, names))
    for place, (name, _) in enumerate(parts):
        free = {leaf.name: leaf for leaf in known if leaf not in found.values()}
        of = match_name(name, free, plain=True) if name else None
        if of is not None:
            found[place] = free[of]
    is_named = isinstance(result, Mapping) or bool(found)
    rest = _Rest({at: value for at, (_, value) in enumerate(parts) if at not in found}, known, own, found)
    rest.take_fitting(fits)
    rest.take_abbreviated({at: whose(parts[at][0]) for at in rest.parts})
    entries = {at for at in rest.parts if found and parts[at][0].endswith("[]") and not is_upstream(parts[at][0])}
    others = entries | {at for at in rest.parts if is_named and parts[at][0]}  # `hs[t]` beside dW is no gradient
    if not isinstance(result, Mapping):
        others = {at for at in others if not ((is_backward or whose(parts[at][0])) and rest.is_in_place(at))}
    rest.parts = {at: value for at, value in rest.parts.items() if at not in others}
    rest.take_by_shape()
    gradients = [Gradient(leaf.name, parts[at][1], at) for at, leaf in sorted(found.items())]
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
        """Return the leaves of a part's shape, no target where a prediction has the only gradient."""
        found = [leaf for leaf in self._free(leaves) if core_shape(leaf.value) == core_shape(self.parts[at])]
        count = sum(core_shape(value) == core_shape(self.parts[at]) for value in self.parts.values())
        others = [leaf for leaf in found if not is_target(leaf.name)]
        return others if len(found) > count and any(_PREDICTION.fullmatch(key(leaf.name)) for leaf in others) else found

    def _take(self, places: Sequence[int], leaves: Sequence[Leaf]) -> None:
        """Take parts for the gradients of as many things in order, of more for those of what is learned."""
        if len(leaves) > len(places):
            leaves = [leaf for leaf in leaves if key(leaf.name) not in _DATA]
        if len(leaves) == len(places):
            self._found.update(zip(places, leaves))
            self.parts = {at: value for at, value in self.parts.items() if at not in places}

    def take_fitting(self, fits: Callable[[Leaf, Any], bool]) -> None:
        """Take what is the gradient of something by its numbers, first what is so of the fewest."""
        fitting = {
            at: [leaf for leaf in self._alike(at, self._known) if fits(leaf, value)] for at, value in self.parts.items()
        }
        for at, leaves in sorted(fitting.items(), key=lambda one: len(one[1])):
            self._take([at], self._free(leaves)[:1])

    def take_abbreviated(self, names: Mapping[int, Sequence[str]]) -> None:
        """Take what is wrong for the gradient that its name is short for: dw in the shape of `weight`."""
        for at, found in names.items():
            beginnings = tuple(map(key, found))
            leaves = [
                one for one in self._alike(at, self._inputs) if beginnings and key(one.name).startswith(beginnings)
            ]
            if len(leaves) == 1:
                self._take([at], leaves)

    def is_in_place(self, at: int) -> bool:
        """Tell whether a part has the shape of the input in its place, where as many stand in the inputs' order."""
        inputs = [leaf for leaf in self._inputs if not is_target(leaf.name)]
        is_in_order = len(inputs) == len(self.parts) + len(self._found)
        is_in_order = is_in_order and all(inputs[place] is leaf for place, leaf in self._found.items())
        return is_in_order and np.shape(inputs[at].value) == np.shape(self.parts[at])

    def take_by_shape(self) -> None:
        """Take what is left, and wrong, for the only gradient that it can be, or raise a `CheckError`."""
        is_enough = len(self._found) + len(self.parts) <= len(self._inputs)
        pool = self._inputs if is_enough else [*self._inputs, *self._own]
        for shape in dict.fromkeys(map(core_shape, self.parts.values())):
            group = [at for at, value in self.parts.items() if core_shape(value) == shape]
            self._take(group, self._alike(group[0], pool))
        self._take(list(self.parts), self._free(pool))
        in_order = bool(self._found) and all(leaf in pool[at : at + 1] for at, leaf in self._found.items())
        for at, value in list(self.parts.items()) if pool else ():
            if not in_order or not self._free(pool[at : at + 1]):
                raise _not_told_apart(at, np.shape(value), [leaf.name for leaf in self._inputs])
            self._take([at], pool[at : at + 1])


def _not_told_apart(place: int, shape: tuple[int, ...], inputs: Sequence[str]) -> CheckError:
    """Return the error of a gradient that belongs to several inputs, or to none."""
    ordinals = ("first", "second", "third", "fourth", "fifth")
    which = ordinals[place] if place < len(ordinals) else f"as number {place + 1}"
    numbers = f"an array of shape {shape}" if shape else "a number"
    name = next((one for one in inputs if one.isidentifier()), "W")
    return CheckError(
        f"backward returns {numbers} {which}, which may be the gradient of any input ({listed(inputs)}), or of none",
        f'Which gradient is returned {which}? Return a dict with the names of the inputs, as {{"{name}": d{name}}}.',
    )


def core_shape(value: Any) -> tuple[int, ...]:
    """Return a shape without the axes of length 1."""
    return tuple(length for length in np.shape(value) if length != 1)


def numbers_in(result: Any) -> list[Any]:
    """Return the numbers and arrays that came out, one after the other."""
    return [value for _, value in _flat(result, ())]


def _flat(result: Any, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield the arrays in a result, each with its name, "" for none."""
    is_numbers = isinstance(result, list) and result and all(isinstance(part, (int, float, list)) for part in result)
    if isinstance(result, Mapping) or hasattr(result, "_fields"):
        for key, part in (result if isinstance(result, Mapping) else result._asdict()).items():
            yield from _flat(part, [str(key)])
    elif isinstance(result, (tuple, list)) and not is_numbers:
        for place, part in enumerate(result):
            fits = len(names) == len(result)
            yield from _flat(
                part, [names[place]] if fits else [f"{names[0]}[{place}]"] if len(names) == 1 and names[0] else [""]
            )
    elif isinstance(result, (np.ndarray, np.generic, float, int, list)) and not isinstance(result, bool):
        numbers = np.asarray(result) if isinstance(result, list) else result
        if getattr(numbers, "dtype", np.dtype(float)).kind not in "US":  # no texts
            yield (names[0] if len(names) == 1 else ""), numbers
