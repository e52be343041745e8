"""Autograd's graph: its steps, and where tensors are in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch

from .numbers import Like

Place = tuple[Any, int]
"""A tensor in autograd's graph: the step that made it, and which of its results it is."""


def place_of(tensor: torch.Tensor) -> Place:
    """Return where a tensor that requires a gradient is.

    Of a leaf the step is where gradients add up.
    """
    with torch.enable_grad():
        view = tensor.view_as(tensor)
    assert view.grad_fn is not None
    place: Place = view.grad_fn.next_functions[0]
    return place


def steps_behind(starts: Iterable[Any], goes_on: Callable[[Any, int], bool] = lambda *_: True) -> Iterator[Any]:
    """Yield some steps and those behind them, each once.

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
    """Tell whether a step is where the gradient of a leaf is added up."""
    return hasattr(fn, "variable")


def results_of(fn: Any) -> list[Like]:
    """Return what a step makes."""
    return [Like(fn.variable)] if is_leaf(fn) else [Like(of) for of in fn._input_metadata]


def like_at(place: Place) -> Like:
    """Return what the tensor at a place is made of."""
    return results_of(place[0])[place[1]]


def word_of(fn: Any, *, in_words: bool = True) -> str:
    """Return what autograd calls a step, "MulBackward0": Mul, or in words mul."""
    plain = re.sub(r"Backward\d*$", "", fn.name().rpartition("::")[2])
    if not in_words:
        return plain
    return _WORDS.get(plain) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower()


_WORDS = {"Convolution": "conv", "NativeLayerNorm": "layer_norm", "NativeBatchNorm": "batch_norm", "Clamp": "clip"}
