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


def test_a_factor_that_divides_where_only_entries_are_picked_is_not_told_as_left_out():
    def build(name, p):
        return (name("s", p[[0, 1, 2], [2, 0, 3]]) ** 2).sum()

    def divide(x, d):
        wrong = np.zeros((3, 4))
        wrong[[0, 1, 2], [2, 0, 3]] = d.s / x.p[[0, 1, 2], [2, 0, 3]]
        return wrong

    says = Net(build, p=normal(3, 4)).slip("p", divide).message
    assert says.startswith("p: the factor p divides, though it is no factor on the way forward.")


def test_the_slope_of_a_tanh_on_its_own_output_is_a_factor_too_many():
    def build(name, h, w):
        return (name("s", h @ w) ** 2).sum()

    h = np.tanh(normal(3, 4))
    slip = Net(build, h=h, w=normal(4, 2, seed=7)).slip("h", lambda x, d: d.s @ x.w.T * (1.0 - h**2))
    assert slip.message == "h: the factor 1 - h^2 is multiplied in once too often."


def test_the_data_of_a_number_on_its_own_gradient_are_a_factor_too_many():
    with manual():
        x, w = Value(0.7, "x"), Value(1.9, "w")
        root = label((x + w) / 4.0, "L")
    root.grad, x.grad, w.grad = 1.0, 0.25, w.data / 4.0
    assert compare(root)[w].slip.message == "w: the factor w is multiplied in once too often."


def test_the_root_of_another_length_is_told_as_what_it_divides_by():
    def build(name, q, k):
        return (name("s", q @ k.T / np.sqrt(3.0)) ** 2).sum()

    slip = Net(build, q=normal(5, 3), k=normal(4, 3, seed=7)).slip("q", lambda x, d: d.s @ x.k / np.sqrt(5.0))
    assert "it is as if divided by the root of 5, the length of axis 0 of q" in slip.message
