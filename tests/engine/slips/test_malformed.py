"""What was filled in for an array and is no gradient of it."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Status, compare, gradients
from handgrad.arrays import array

from .nets import Net, named, normal


@pytest.mark.parametrize(
    ("name", "gradient", "words"),
    [
        (
            "w",
            lambda d: d.T,
            "has shape (3, 2), and its gradient has shape (2, 3). That is the transpose. Which factor",
        ),
        ("b", lambda d: d.T, "has shape (1, 2), and its gradient has shape (2, 1). That is the transpose. Which axis"),
        ("b", lambda d: d[0], "has shape (2,). An axis of length 1 is missing: a sum with keepdims=True keeps it"),
        ("b", lambda d: d[None], "has shape (1, 1, 2). An axis of length 1 is too many, or in another place"),
        ("b", lambda d: np.ones((4, 2)), "That is the shape of y: what was broadcast forward is summed backward."),
        (
            "x",
            lambda d: np.ones((4, 2)),
            "That is the shape of x@w: how does its gradient become one of shape (4, 3)?",
        ),
        ("y", lambda d: d.sum(1), "That is the shape of s: what was summed forward is broadcast backward."),
        ("w", lambda d: d.ravel(), "The numbers are as many: what was reshaped forward is reshaped back."),
        ("w", lambda d: 1.5, "its gradient is one number. Is an axis summed that was not broadcast forward"),
        ("x", lambda d: np.ones((9, 9)), "A gradient has the shape of what it is the gradient of."),
        ("b", lambda d: np.ones((9, 9)), "what it is the gradient of: what was broadcast forward is summed backward."),
    ],
)
def test_another_shape_is_a_verdict_with_both_shapes_and_the_rest_is_judged(name, gradient, words):
    def build(node, x, w, b):
        return (node("s", node("y", x @ w + b).sum(1)) ** 2).sum()

    net = Net(build, x=normal(4, 3), w=normal(3, 2, seed=3), b=normal(1, 2, seed=4))
    slip = named(net, {name: gradient(gradients(net.loss)[getattr(net, name)])})
    assert slip.kind == "shape"
    assert words in slip.message
    comparison = compare(net.loss)
    assert [result.name for result in comparison.causes] == [name]
    assert all(r.status is Status.CORRECT for r in comparison.arrays if r.name != name)


@pytest.mark.parametrize(
    ("name", "wrong", "axes"),
    [
        ("b", lambda d: d.sum(1), "axis 1"),
        ("b", lambda d: d.sum(), "axes 0 and 1"),
        ("c", lambda d: d.sum(0), "axis 0"),
        ("c", lambda d: d.sum(0, keepdims=True), "axis 0"),
    ],
)
def test_a_sum_along_another_axis_than_the_broadcast_is_named_by_its_axis(name, wrong, axes):
    net = Net(lambda node, x, b, c: (node("y", x + b + c) ** 2).sum(), x=normal(3, 5), b=normal(5), c=normal(3, 1))
    slip = named(net, {name: wrong(gradients(net.loss)[net.y])})
    assert f"You summed along {axes} of " in slip.message
    assert slip.message.endswith(f": along which is {name} broadcast forward?")


def test_two_gradients_that_stand_in_each_others_place_are_told_as_exchanged():
    net = Net(lambda node, x, w: (node("y", x @ w) ** 2).sum(), x=normal(4, 3), w=normal(3, 2, seed=3))
    slip = named(net, {"x": net.true[net.w], "w": net.true[net.x]})
    assert "That is the shape of w: are these two gradients exchanged?" in slip.message


@pytest.mark.parametrize(
    ("grad", "kind", "words"),
    [
        (np.array([[1.0, np.inf], [1.0, 1.0]]), "not-finite", "y[0, 1] is inf. A gradient is a finite number"),
        (np.array([[1.0, 1.0], ["a", 1.0]], dtype=object), "not-a-number", "y[1, 0] holds a str, not a number."),
        ("a", "not-a-number", "The gradient of y is a str, not real numbers."),
        (np.ones((2, 2)) > 0, "not-a-number", "holds truth values"),
        (np.ones((2, 2)) * 1j, "not-a-number", "holds complex numbers"),
        ([[1.0], [1.0, 2.0]], "not-a-number", "a list of rows of different lengths"),
        (array(np.ones((2, 2))), "not-a-number", "is a node, not numbers. Write its .grad or its .data."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_array_of_finite_numbers_is_named(grad, kind, words):
    net = Net(lambda name, x: (name("y", x * 2.0) ** 2).sum(), x=normal(2, 2))
    slip = named(net, {"y": grad})
    assert slip.kind == kind
    assert words in slip.message


def masked_attention() -> Net:
    keep = np.tril(np.ones((3, 3))) > 0.0

    def build(name, s):
        e = np.exp(name("masked", np.where(keep, s, -np.inf)))
        return (name("p", e / e.sum(1, keepdims=True)) ** 2 * normal(3, 3)).sum()

    return Net(build, s=normal(3, 3, seed=4))


@pytest.mark.parametrize("array_", ["masked", "s"])
def test_the_infinity_of_a_mask_that_is_carried_into_the_gradient_is_named(array_):
    slip = masked_attention().slip(array_, lambda x, d: np.where(np.isinf(x.masked), -np.inf, d.masked))
    assert (slip.kind, slip.message) == (
        "not-finite",
        f"{array_}: {array_}[0, 1] is -inf: that is what masked holds there in the forward pass. Nothing comes back "
        "through a masked entry: which number says so?",
    )


def test_a_nan_that_is_computed_with_the_infinity_of_a_mask_is_named():
    slip = masked_attention().slip("s", lambda x, d: np.where(np.isinf(x.masked), np.nan, d.s))
    assert slip.kind == "not-finite"
    assert slip.message.startswith("s: s[0, 1] is nan: masked is -inf there in the forward pass, and to compute with")


def test_an_infinity_elsewhere_is_not_put_down_to_the_mask():
    slip = masked_attention().slip("s", lambda x, d: np.where(np.eye(3) > 0.0, np.inf, d.s))
    assert slip.message.startswith("s: s[0, 0] is inf. A gradient is a finite number: was something divided by zero?")


@pytest.mark.parametrize(
    ("name", "gradient", "words"),
    [
        ("w", lambda d: 2.0 * d.T, " Its numbers are wrong, too: they are 2 times what they should be."),
        ("b", lambda d: -d[0], " Its numbers are wrong, too: they are -1 times what they should be."),
        ("b", lambda d: d[0] + [1.0, 0.0], " Its numbers are wrong, too: look at them once the shape is right."),
    ],
)
def test_a_wrong_number_behind_a_wrong_shape_is_told_with_it(name, gradient, words):
    def build(node, x, w, b):
        return (node("s", node("y", x @ w + b).sum(1)) ** 2).sum()

    net = Net(build, x=normal(4, 3), w=normal(3, 2, seed=3), b=normal(1, 2, seed=4))
    true = gradients(net.loss)[getattr(net, name)]
    slip = named(net, {name: gradient(true)})
    assert slip.message.endswith(words)
    assert "too" not in named(net, {name: true.T}).message.partition("transpose")[2]


def test_numbers_that_only_follow_from_wrong_ones_are_not_said_to_be_wrong_too():
    net = Net(lambda name, x, w: (name("y", x @ w) ** 2).sum(), x=normal(4, 3), w=normal(3, 2, seed=3))
    wrong = 3.0 * gradients(net.loss)[net.y]
    slip = named(net, {"w": (net.x.data.T @ wrong).T, "y": wrong})
    assert slip.kind == "shape"
    assert "too:" not in slip.message


def test_two_biases_of_different_layers_in_each_others_place_are_told_as_exchanged():
    leaves = {"x": normal(4, 3), "v": normal(3, 2), "b": [0.3] * 3, "c": [0.1] * 2}
    net = Net(lambda node, x, v, b, c: node("y", (x + b) @ v + c).sum(), **leaves)
    slip = named(net, {"b": net.true[net.c], "c": net.true[net.b]})
    assert slip.message.endswith("That is the shape of c: are these two gradients exchanged?")


def test_the_gradient_of_the_other_operand_alone_is_told_by_its_shape():
    net = Net(lambda node, x, w: (x @ w).sum(), x=normal(4, 6), w=normal(6, 2))
    assert named(net, {"w": net.true[net.x]}).message.endswith("That is the shape of x: is it the gradient of that?")


def test_other_numbers_in_the_shape_of_a_transpose_are_not_taken_for_one():
    leaves = {"e": normal(3, 3), "t": [[1.5], [2.5], [0.7]]}
    net = Net(lambda node, e, t: (node("p", e / t) * normal(3, 3, seed=4)).sum(), **leaves)
    wrong = np.array([[0.3, 0.9, -0.4]])
    assert "transpose" not in named(net, {"t": wrong}).message


def test_a_sum_along_another_axis_of_a_square_is_told_by_its_numbers():
    net = Net(lambda node, x, c: (node("y", x * c) ** 2).sum(), x=normal(4, 4), c=normal(4, 1, seed=3))
    slip = named(net, {"c": (net.true[net.y] * net.x.data).sum(0, keepdims=True)})
    assert "You summed along axis 0 of y: along which is c broadcast forward?" in slip.message
