"""A construct that people's networks are written in: once for NumPy and nodes, once for PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

Shape = tuple[int, ...]


class _Late:
    """PyTorch's function of a dotted name, looked up when it is called: who runs `ours` alone does without PyTorch."""

    def __init__(self, name: str = "") -> None:
        self._name = name

    def __getattr__(self, name: str) -> _Late:
        return _Late(f"{self._name}.{name}" if self._name else name)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return attrgetter(self._name)(import_module("torch"))(*arguments, **options)


torch = _Late()


class Construct(NamedTuple):
    """One construct.

    Attributes:
        ours: on NumPy's arrays and on nodes.
        theirs: on tensors; None for the same code.
        shapes: of its operands.
        positive: whether these must be above 0.
    """

    ours: Callable[..., Any]
    theirs: Callable[..., Any] | None
    shapes: tuple[Shape, ...]
    positive: bool = False

    def inputs(self, seed: int = 0) -> list[np.ndarray]:
        rng = np.random.default_rng(seed)
        draw = (lambda shape: rng.uniform(0.2, 0.9, shape)) if self.positive else (lambda shape: rng.normal(size=shape))
        return [draw(shape) for shape in self.shapes]

    def on_tensors(self, *tensors: Any) -> Any:
        return (self.theirs or self.ours)(*tensors)


M, N, V, B = (3, 4), (4, 3), (4,), (2, 3, 4)
MASK = np.tril(np.ones((4, 4), dtype=bool))
IDS = np.array([[0, 2], [2, 1], [0, 0]])
COLUMNS = np.array([3, 0, 3])
FACTOR = 1.0 / np.sqrt(2.0)


def named(ours: str, theirs: str, shapes: tuple[Shape, ...], positive: bool = False) -> tuple[str, Construct]:
    return ours, Construct(getattr(np, ours), getattr(torch, theirs), shapes, positive)
