"""An array that is a factor left out, or multiplied in once too often."""

from __future__ import annotations

import numpy as np

from handgrad import Value, compare, gradients, label, manual

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


def test_the_mean_over_the_uses_of_a_number_is_told_as_that():
    with manual():
        w = Value(0.7, "w")
        root = label((w * 1.3).exp() - (w * -2.1).exp() + (w * 0.4).exp() + (w * 0.9).exp(), "L")
    for node, right in gradients(root).items():
        node.grad = right
    w.grad /= 4.0
    assert compare(root)[w].slip.message == "w: that is the mean over its uses: contributions add up (use +=, not =)."


def test_a_mean_of_numbers_divided_by_one_more_is_not_told_as_one_less():
    with manual():
        numbers = [Value(number, name) for number, name in ((0.7, "a"), (-1.3, "b"), (2.1, "c"))]
        root = label(((numbers[0].exp() + numbers[1].exp() + numbers[2].exp()) / 3.0), "L")
    for node, right in gradients(root).items():
        node.grad = right
    for node in numbers:
        node.grad *= 3.0 / 4.0
    assert "n - 1" not in str(compare(root))
