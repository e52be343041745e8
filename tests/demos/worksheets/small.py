"""A network so small that it is worked out by hand: y = a * b, loss = y.sum()."""

from types import SimpleNamespace

import numpy as np

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.worksheets.exercise import Exercise
from handgrad.demos.worksheets.running import Worksheet

A, B = np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 4.0])


def small_exercise():
    with manual():
        a, b = array(A, "a"), array(B, "b")
        y = label(a * b, "y")
        values = SimpleNamespace(a=a, b=b, y=y, loss=y.sum())
    numbers = SimpleNamespace(a=A.copy(), b=B.copy(), y=A * B, n=3)
    return Exercise(values, numbers, ("y", "a", "b"))


def worksheet(folder, text):
    path = folder / "mine.py"
    path.write_text(text, encoding="utf-8")
    return Worksheet(path, "python -m the.course start")
