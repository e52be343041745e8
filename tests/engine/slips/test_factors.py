"""An array that is a factor left out, or multiplied in once too often."""

from __future__ import annotations

import numpy as np

from .nets import Net, normal

LEAVES = {"x": normal(3, 4), "c": normal(3, 4, seed=7)}


def product_of_functions(name, x, c):
    return (name("u", np.sin(x) * c) ** 2).sum() + (name("v", x**3) * c).sum()


def test_a_factor_that_is_there_twice_in_all_of_it_is_named():
    def rule(x, d):
        return x.c * (np.cos(x.x) * x.c * d.u + 3 * x.x**2 * d.v)

    slip = Net(product_of_functions, **LEAVES).slip("x", rule)
    assert slip.kind == "rule"
    assert slip.message == "x: the factor c is multiplied in once too often."


def test_a_factor_that_is_left_out_behind_a_sum_is_named():
    def build(name, x, c):
        return (name("s", (x * c).sum(1)) ** 2).sum()

    slip = Net(build, **LEAVES).slip("x", lambda x, d: np.broadcast_to(d.s[:, None], (3, 4)))
    assert slip.kind == "forgot-local"
