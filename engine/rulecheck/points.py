"""Fresh leaves that hold arrays, and points around a given one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import array
from ..arrays.amounts import draw_like, plain
from ..arrays.edges import Floats


def leaf(thing: Any, name: str) -> Any:
    """Return a fresh leaf that holds an array."""
    return array(thing, label=name)


def nest(things: list[Any]) -> Any:
    """Return an object array of things."""
    return np.array(things, dtype=object)


def near(thing: Any, rng: random.Random) -> Floats:
    """Return an array near the given one: each entry moved by half its size, or half a unit from 0."""
    numbers = np.asarray(thing, dtype=float)
    moves = np.array([rng.gauss(0.0, 1.0) for _ in range(numbers.size)]).reshape(numbers.shape)
    near_by: Floats = numbers + 0.5 * np.where(numbers == 0.0, 1.0, np.abs(numbers)) * moves
    return near_by


def points(data: Sequence[Any]) -> list[list[Any]]:
    """Return points to try an operation at: near the given one, on its other side, all above 0."""
    rng = random.Random(0)
    near = [amount + 0.3 * draw_like(amount, rng, 0.2, 1.0) * (np.abs(amount) + 0.1) for amount in data]
    plainly = [draw_like(amount, rng, 0.4, 2.0) for amount in data]
    turned = [-amount for amount in plainly]
    above = [abs(draw_like(amount, rng, 0.3, 1.9)) for amount in data]
    return [[plain(amount) for amount in point] for point in (near, plainly, turned, above)]
