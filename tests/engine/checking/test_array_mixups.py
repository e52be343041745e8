"""Slips that mix things up: brackets, data for a gradient, another array, blocks and axes in another order."""

from __future__ import annotations

import re

import numpy as np
import pytest

from .nets import Net, normal

Y = normal(5, 4, seed=8)
LABELS = np.array([[0.0], [1.0], [1.0], [0.0], [1.0], [0.0]])
HOT = np.eye(4)[[0, 1, 3, 2, 1]]


def layer(act):
    leaves = {"x": normal(5, 3), "w": normal(3, 4, seed=3), "b": normal(4, seed=4)}
    return Net(lambda name, x, w, b: (name("h", act(name("z", x @ w + b))) ** 2).sum(), **leaves)


TANH, SIGMOID = layer(np.tanh), layer(lambda z: z.sigmoid())
QUOTIENT = Net(lambda name, a, b: (name("q", a / b) ** 2).sum(), a=normal(4, 3), b=normal(3, seed=5))
CUBE = Net(lambda name, a: (name("q", a**3) * normal(4, 3, seed=9)).sum(), a=normal(4, 3))
SQUARES = Net(lambda name, x, w: ((name("p", x @ w) - Y) ** 2).mean(), x=normal(5, 3), w=normal(3, 4))


@pytest.mark.parametrize(
    ("net", "array", "words", "rule"),
    [
        (TANH, "z", "1 - h**2*upstream: Python multiplies before", lambda x, d: 1 - x.h**2 * d.h),
        (TANH, "z", "upstream*1 - h**2: Python multiplies before", lambda x, d: d.h * 1 - x.h**2),
        (TANH, "z", "1 - h*2: is a square two times", lambda x, d: (1 - x.h * 2) * d.h),
        (SIGMOID, "z", "where do the brackets go", lambda x, d: x.h * 1 - x.h * d.h),
        (SIGMOID, "z", "where do the brackets go", lambda x, d: d.h * x.h * 1 - x.h),
        (QUOTIENT, "b", "-a/b*2: is a square two times", lambda x, d: (-x.a / x.b * 2 * d.q).sum(0)),
        (QUOTIENT, "b", "-a/b*b: Python divides first", lambda x, d: (-x.a / x.b * x.b * d.q).sum(0)),
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


@pytest.mark.parametrize(("loss", "op"), [(np.mean, "mean"), (lambda x: x.sum() / 8, "/")], ids=["mean", "division"])
def test_a_mean_over_another_number_of_entries_is_not_called_counted_twice(loss, op):
    net = Net(lambda name, x: loss((name("p", x * 3.0) - Y[:2]) ** 2), x=normal(2, 4))
    slip = net.slip("p", lambda x, d: d.p * 8 / 4, blank=("x",))
    assert (slip.kind, slip.message) == (
        "factor",
        f"p: what comes from the output is off by a constant factor: the 1/n of '{op}' in the output has another n; "
        "over how many numbers is that mean?",
    )


def test_targets_that_are_added_are_named():
    slip = SQUARES.slip("p", lambda x, d: 2 / 20 * (x.p + Y))
    assert (slip.kind, slip.message) == (
        "sign",
        "p: the two arrays of which one is subtracted are added here: which of them comes with a minus?",
    )


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("(of the targets, say) left out?", lambda x, d: x.p / 5),
        ("(of the targets, say) not scaled like the rest?", lambda x, d: x.p / 5 - HOT),
        ("(of the targets, say) added where it is to be subtracted", lambda x, d: (x.p + HOT) / 5),
        ("the rest is off by one factor", lambda x, d: x.p - HOT / 5),
    ],
)
def test_a_one_hot_row_that_does_not_fit_the_rest_is_named(words, rule):
    def build(name, x, w):
        e = np.exp(name("z", x @ w))
        p = name("p", e / e.sum(1, keepdims=True))
        return -np.log(p)[range(5), HOT.argmax(1)].sum() / 5

    slip = Net(build, x=normal(5, 3), w=normal(3, 4)).slip("z", rule, blank=("p",))
    assert slip.kind == "one-hot"
    assert words in slip.message


@pytest.mark.parametrize(
    ("array", "message", "rule"),
    [
        ("z", "that is h.data, numbers of the forward pass. Which gradient arrives here?", lambda x, d: x.h),
        ("w", "the data of z stand here where its gradient belongs.", lambda x, d: x.x.T @ x.z),
        ("x", "that is computed from the gradient of w, where its data belong.", lambda x, d: d.z @ d.w.T),
        ("h", "the slope of '**' in h**2 is computed from z. Of which array is it taken?", lambda x, d: 2 * x.z),
        ("z", "the upstream gradient of h and the local derivative are added here. ", lambda x, d: d.h + 1 - x.h**2),
    ],
)
def test_data_and_gradients_that_are_mixed_up_are_named(array, message, rule):
    slip = TANH.slip(array, rule)
    assert slip.kind == "rule"
    assert slip.message.startswith(f"{array}: {message}")


def test_a_sum_for_a_product_is_named_below_what_was_broadcast():
    net = Net(lambda name, x, gain: (name("y", x * gain) ** 2).sum(), x=normal(4, 3), gain=normal(3, seed=4))
    assert "are added here" in net.slip("gain", lambda x, d: (d.y + x.x).sum(0)).message


def test_a_factor_that_is_not_there_at_all_is_named():
    slip = TANH.slip("w", lambda x, d: np.ones_like(x.x).T @ d.z)
    assert (slip.kind, slip.message) == ("forgot-local", "w: in what comes from x@w, x is not multiplied in at all.")


MASKS = {
    "where": lambda s: np.where(np.tril(np.ones((4, 4))) > 0.0, s, -3.0),
    "tril": np.tril,
    "clip": lambda s: np.clip(s, -0.5, 0.5),
    "*": lambda s: s * (np.tril(np.ones((4, 4))) / 0.7),
}


@pytest.mark.parametrize("op", MASKS)
def test_a_mask_that_is_forgotten_on_the_way_back_is_named(op):
    net = Net(lambda name, s: ((name("m", MASKS[op](s)) + normal(4, 4, seed=6)) ** 2).sum(), s=normal(4, 4))
    slip = net.slip("s", lambda x, d: d.m)
    assert slip.kind == "forgot-local"
    assert slip.message == f"s: what '{op}' in m keeps out gets a gradient too: is the mask applied on the way back?"


def test_the_scale_of_a_dropout_that_is_left_out_is_named():
    net = Net(lambda name, s: ((name("m", MASKS["*"](s)) + normal(4, 4, seed=6)) ** 2).sum(), s=normal(4, 4))
    slip = net.slip("s", lambda x, d: np.tril(d.m))
    assert slip.kind == "factor"
    assert "the mask of '*' in m lets the gradient through as it is" in slip.message


def convolution():
    windows = np.lib.stride_tricks.sliding_window_view

    def build(name, x, k):
        y = name("y", np.einsum("nijkl,fkl->nfij", windows(x, (3, 3), axis=(1, 2)), k))
        pool = name("r", np.maximum(y, 0.0)).reshape(2, 2, 2, 2, 2, 2).max(5).max(3)
        return (name("pool", pool) ** 2).sum()

    return Net(build, x=normal(2, 6, 6), k=normal(2, 3, 3, seed=4)), windows


def test_a_kernel_that_is_turned_round_is_named():
    net, windows = convolution()

    def turned_round(x, d):
        return np.einsum("nijkl,nfij->fkl", windows(x.x, (3, 3), axis=(1, 2)), d.y)[..., ::-1, ::-1]

    slip = net.slip("k", turned_round)
    assert slip.kind == "transposed"
    assert "turned round along an axis (a flip)" in slip.message


@pytest.mark.parametrize(("count", "words"), [(1, "goes to all entries"), (4, "is shared out among all entries")])
def test_a_maximum_over_windows_that_passes_its_gradient_to_all_is_named(count, words):
    net, _ = convolution()
    slip = net.slip("r", lambda x, d: np.repeat(np.repeat(d.pool, 2, 2), 2, 3) / count)
    assert slip.kind == "one-hot"
    assert slip.message == f"r: that {words} of a row: which entries does each 'max' depend on?"


def recurrence():
    def build(name, w, u, x, h0):
        h = h0
        for t in range(4):
            h = name(f"h{t + 1}", np.tanh(x[t] @ u + h @ w))
        return (h * h).sum()

    leaves = {
        "w": normal(3, 3) / 2,
        "u": normal(2, 3, seed=5),
        "x": normal(4, 5, 2, seed=6),
        "h0": normal(5, 3, seed=7),
    }
    return Net(build, **leaves)


def slope(x, d, t):
    h = getattr(x, f"h{t}")
    return getattr(d, f"h{t}") * (1.0 - h**2)


@pytest.mark.parametrize(
    ("array", "kind", "words", "rule"),
    [
        (
            "w",
            "rule",
            "the array that comes out of it stands where the one that goes in belongs",
            lambda x, d: sum(getattr(x, f"h{t}").T @ slope(x, d, t) for t in (1, 2, 3, 4)),
        ),
        ("h2", "rule", "computed from h2. Of which", lambda x, d: (d.h3 * (1 - x.h2**2)) @ x.w.T),
        ("h2", "transposed", "the gradient of h2@w and w, w has a transpose", lambda x, d: slope(x, d, 3) @ x.w),
        (
            "u",
            "forgot-local",
            "each 'tanh'",
            lambda x, d: sum(x.x[t - 1].T @ getattr(d, f"h{t}") for t in (1, 2, 3, 4)),
        ),
        ("x", "transposed", "turned round", lambda x, d: np.stack([slope(x, d, t) @ x.u.T for t in (4, 3, 2, 1)])),
    ],
)
def test_steps_of_a_recurrence_that_are_mixed_up_are_named(array, kind, words, rule):
    slip = recurrence().slip(array, rule)
    assert slip.kind == kind
    assert words in slip.message


def test_slices_in_another_order_are_named_as_they_were_taken():
    def build(name, qkv):
        q, k, v = name("q", qkv[:, :2]), name("k", qkv[:, 2:4]), name("v", qkv[:, 4:])
        return (q * np.tanh(k) * v**2).sum()

    slip = Net(build, qkv=normal(5, 6)).slip("qkv", lambda x, d: np.concatenate([d.k, d.q, d.v], axis=1))
    assert (slip.kind, slip.message) == (
        "transposed",
        "qkv: what belongs to q, k and v is there, but not each in its own place: in which order are they taken out?",
    )


def test_a_factor_in_one_part_of_several_is_named_with_the_part():
    def build(name, x, s):
        return (name("y", x / name("inv", s**2)) ** 2).sum() + (name("r", np.tanh(x)) ** 2).sum()

    net = Net(build, x=normal(4, 3), s=2.0 + normal(4, 1, seed=4) ** 2)
    slip = net.slip("x", lambda x, d: d.y + d.r * (1 - x.r**2))
    assert slip.kind == "forgot-local"
    assert re.search(r"'/' in y|comes from y", slip.message)
