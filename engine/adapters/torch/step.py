"""What a step of autograd's passes back, asked by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch

from ...arrays.edges import Floats, summed_to
from ..errors import GraphGoneError
from .numbers import Like, numbers_of, tensor_of

Place = tuple[Any, int]
"""A tensor in autograd's graph: the step that made it, and which of its results it is."""


class Back:
    """A step, called with a gradient of one of its results: no hook is run, nothing is freed or added up."""

    def __init__(self, place: Place) -> None:
        self._fn, self._number = place
        self._results = results_of(self._fn)
        self._sources = [source for source in self._fn.next_functions if source[0] is not None]
        self._is_there = [source[0] is not None for source in self._fn.next_functions]
        self._last: tuple[bytes, list[Floats]] | None = None

    def to(self, operand: int) -> Callable[[Floats], Floats]:
        """What one operand gets; those that need no gradient do not count."""
        return lambda gradient: self.all(gradient)[operand]

    def all(self, gradient: Floats) -> list[Floats]:
        """What each operand gets for a gradient of the result.

        Raises:
            GraphGoneError: autograd has freed what the step needs, or it was changed in place.
        """
        key = gradient.tobytes()
        if self._last is None or self._last[0] != key:  # the edges to several operands are asked one after the other
            self._last = (key, self._called(gradient))
        return self._last[1]

    def _called(self, gradient: Floats) -> list[Floats]:
        given = [tensor_of(gradient, of) if n == self._number else None for n, of in enumerate(self._results)]
        try:
            with torch.no_grad():
                passed = self._apply(given)
        except RuntimeError as error:
            raise GraphGoneError(word_of(self._fn), str(error)) from error
        kept = [one for one, is_there in zip(passed, self._is_there) if is_there]
        shapes = [like_at(source).shape_of_numbers for source in self._sources]
        # What was broadcast is summed by autograd's engine, not by the step itself.
        return [
            np.zeros(shape) if one is None else summed_to(numbers_of(one), shape) for one, shape in zip(kept, shapes)
        ]

    def _apply(self, given: list[Any]) -> Any:
        if callable(self._fn):
            passed = self._fn(*given)
        else:  # a Function of somebody's
            filled = [
                torch.zeros(of.shape, dtype=of.dtype, device=of.device) if one is None else one
                for one, of in zip(given, self._results)
            ]
            passed = self._fn.apply(*filled)
        return passed if isinstance(passed, tuple) else (passed,)


def steps_behind(starts: Iterable[Any], goes_on: Callable[[Any, int], bool] = lambda *_: True) -> Iterator[Any]:
    """Some steps and those behind them, each once.

    Args:
        goes_on: whether to look behind a step, of which so many were met so far.
    """
    waiting = [fn for fn in starts if fn is not None]
    met = set(waiting)
    for fn in waiting:  # it grows as it is walked
        yield fn
        behind = (source for source, _ in fn.next_functions if source is not None) if goes_on(fn, len(met)) else ()
        for source in behind:
            if source not in met:
                met.add(source)
                waiting.append(source)


def is_leaf(fn: Any) -> bool:
    """Whether it is no step, but where the gradient of a leaf is added up."""
    return hasattr(fn, "variable")


def results_of(fn: Any) -> list[Like]:
    """What a step makes."""
    return [Like(fn.variable)] if is_leaf(fn) else [Like(of) for of in fn._input_metadata]


def like_at(place: Place) -> Like:
    """What the tensor at a place is made of."""
    return results_of(place[0])[place[1]]


def word_of(fn: Any, *, in_words: bool = True) -> str:
    """What autograd calls a step, "MulBackward0": Mul, or in words mul."""
    plain = re.sub(r"Backward\d*$", "", fn.name().rpartition("::")[2])
    if not in_words:
        return plain
    return _WORDS.get(plain) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower()


_WORDS = {"Convolution": "conv", "NativeLayerNorm": "layer_norm", "NativeBatchNorm": "batch_norm", "Clamp": "clip"}
