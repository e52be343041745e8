"""A layer of arrays that the tests of a sheet share."""

import numpy as np

from handgrad import label, manual
from handgrad.arrays import array

from .asking import ask


def layer():
    rng = np.random.default_rng(0)
    with manual():
        x = array(rng.normal(size=(3, 4)), "x")
        W = array(rng.normal(size=(4, 2)), "W")
        y = label(x @ W, "y")
        L = (y * y).sum()
    L.label = "L"
    return x, W, y, L


def told_down_to(sheet, operand):
    """The place of the first step into an array, all before it told."""
    for place, step in enumerate(ask(sheet, "plan")["steps"]):
        if step["operand"] == operand:
            return place
        ask(sheet, "show", step=place)
    raise AssertionError
