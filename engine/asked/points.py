"""Fresh leaves that hold arrays, and points around a given one."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from ..arrays import array
from ..arrays.edges import Floats


def leaf(thing: Any, name: str) -> Any:
    """A fresh leaf that holds an array."""
    return array(thing, label=name)


def nested(things: list[Any]) -> Any:
    """An object array of them."""
    return np.array(things, dtype=object)


def near(thing: Any, rng: random.Random) -> Floats:
    """An array around the one given: each entry moved by about half its size, or by half a unit from 0."""
    numbers = np.asarray(thing, dtype=float)
    moves = np.array([rng.gauss(0.0, 1.0) for _ in range(numbers.size)]).reshape(numbers.shape)
    near_by: Floats = numbers + 0.5 * np.where(numbers == 0.0, 1.0, np.abs(numbers)) * moves
    return near_by
