"""Brackets that are lost around a difference of arrays."""

from __future__ import annotations

import numpy as np
import pytest

from .nets import Net, normal
from .small_nets import layer

Y = normal(5, 4, seed=8)


LABELS = np.array([[0.0], [1.0], [1.0], [0.0], [1.0], [0.0]])


TANH, SIGMOID = layer(np.tanh), layer(lambda z: z.sigmoid())


QUOTIENT = Net(lambda name, a, b: (name("q", a / b) ** 2).sum(), a=normal(4, 3), b=normal(3, seed=5))


CUBE = Net(lambda name, a: (name("q", a**3) * normal(4, 3, seed=9)).sum(), a=normal(4, 3))


SQUARES = Net(lambda name, x, w: ((name("p", x @ w) - Y) ** 2).mean(), x=normal(5, 3), w=normal(3, 4))


@pytest.mark.parametrize(
    ("net", "array", "words", "rule"),
    [
        (TANH, "z", "1 - h**2*upstream as the derivative of", lambda x, d: 1 - x.h**2 * d.h),
        (TANH, "z", "upstream*1 - h**2 as the derivative of", lambda x, d: d.h * 1 - x.h**2),
        (TANH, "z", "1 - h*2 as the derivative of", lambda x, d: (1 - x.h * 2) * d.h),
        (SIGMOID, "z", "where do the brackets go", lambda x, d: x.h * 1 - x.h * d.h),
        (SIGMOID, "z", "where do the brackets go", lambda x, d: d.h * x.h * 1 - x.h),
        (QUOTIENT, "b", "-a/b*2 as the derivative of", lambda x, d: (-x.a / x.b * 2 * d.q).sum(0)),
        (QUOTIENT, "b", "-a/b*b as the derivative of", lambda x, d: (-x.a / x.b * x.b * d.q).sum(0)),
        (CUBE, "a", "takes the power before it subtracts", lambda x, d: (3 * x.a**3 - 1) * d.q),
        (CUBE, "a", "takes the power before it subtracts", lambda x, d: 3 * x.a**3 - 1 * d.q),
        (SQUARES, "p", "Python multiplies before it subtracts", lambda x, d: 2 / 20 * x.p - Y),
        (SQUARES, "p", "Python multiplies before it subtracts", lambda x, d: 2 * x.p - Y / 20),
    ],
)
def test_brackets_that_are_lost_are_named(net, array, words, rule):
    slip = net.slip(array, rule)
    assert slip.kind == "rule"
    assert words in slip.message


def cross_entropy():
    def build(name, x, w):
        a = name("a", name("z", x @ w).sigmoid())
        return -(LABELS * np.log(a) + (1.0 - LABELS) * np.log(1.0 - a)).mean()

    return Net(build, x=normal(6, 3), w=normal(3, 1))


def test_brackets_around_the_targets_are_named_where_the_loss_is_done_in_one_go():
    slip = cross_entropy().slip("z", lambda x, d: 1 / 6 * x.a - LABELS, blank=("a",))
    assert slip.kind == "rule"
    assert "come in with factors that differ. Python multiplies before it subtracts" in slip.message


def test_targets_that_are_added_are_named():
    slip = SQUARES.slip("p", lambda x, d: 2 / 20 * (x.p + Y))
    assert (slip.kind, slip.message) == (
        "sign",
        "p: the two arrays of which one is subtracted are added here: which of them comes with a minus?",
    )
