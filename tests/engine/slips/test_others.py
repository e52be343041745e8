"""One array for another, blocks exchanged, a factor in one part."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import gradients

from .array_exercise import slip_of
from .nets import Net, named, normal
from .small_nets import layer
from .small_nets import recurrence as recurrence_of_tanh

TANH, SIGMOID = layer(np.tanh), layer(lambda z: z.sigmoid())


@pytest.mark.parametrize(
    ("array", "message", "rule"),
    [
        ("z", "that is h.data, numbers of the forward pass. Which gradient arrives here?", lambda x, d: x.h),
        ("w", "you used the data of z where its gradient belongs.", lambda x, d: x.x.T @ x.z),
        ("w", "you used the data of h where the gradient of z belongs.", lambda x, d: x.x.T @ x.h),
        ("x", "that is computed from the gradient of w, where its data belong.", lambda x, d: d.z @ d.w.T),
        ("h", "the slope of '**' in h**2 is computed from z. Of what is it taken?", lambda x, d: 2 * x.z),
        ("z", "you added the upstream gradient of h and the local derivative: ", lambda x, d: d.h + 1 - x.h**2),
    ],
)
def test_data_and_gradients_that_are_mixed_up_are_named(array, message, rule):
    slip = TANH.slip(array, rule)
    assert slip.kind == "rule"
    assert slip.message.startswith(f"{array}: {message}")


def test_a_sum_for_a_product_is_named_below_what_was_broadcast():
    net = Net(lambda name, x, gain: (name("y", x * gain) ** 2).sum(), x=normal(4, 3), gain=normal(3, seed=4))
    assert "you added the upstream gradient" in net.slip("gain", lambda x, d: (d.y + x.x).sum(0)).message


def test_a_factor_that_is_not_there_at_all_is_named():
    slip = TANH.slip("w", lambda x, d: np.ones_like(x.x).T @ d.z)
    assert (slip.kind, slip.message) == ("forgot-local", "w: in what comes from x@w, x is not multiplied in at all.")


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
        ("h2", "rule", "computed from h2. Of what", lambda x, d: (d.h3 * (1 - x.h2**2)) @ x.w.T),
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
        "qkv: what belongs to q and k is there, but not each in its own place: in which order are they taken out?",
    )


def test_the_upstream_gradient_added_to_the_local_derivative_is_named(exercise):
    exercise.fill({"hpreact": lambda x, d: 1.0 - x.h**2 + d.h})
    slip = slip_of(exercise, "hpreact")
    assert slip.kind == "rule"
    assert "you added the upstream gradient" in slip.message


def test_another_array_in_the_place_of_a_factor_is_named():
    X, H = normal(5, 3), normal(5, 3, seed=5)
    net = Net(lambda name, x, h, w: (name("y", np.tanh(h) @ w + x) ** 2).sum(), x=X, h=H, w=normal(3, 3, seed=7))
    slip = named(net, {"w": X.T @ gradients(net.loss)[net.y]})
    assert slip.kind == "rule"
    assert slip.message == "w: that is computed from x. Which array stands beside w in tanh(h)@w?"


def test_another_array_in_the_place_of_a_factor_that_is_transposed_is_named():
    def build(name, q, k):
        turned = name("turned", k * np.arange(1.0, 5.0))
        return (name("scores", q @ turned.T) ** 2).sum()

    slip = Net(build, q=normal(3, 4), k=normal(3, 4, seed=4)).slip("q", lambda x, d: d.scores @ x.k)
    assert (slip.kind, slip.message) == ("rule", "q: that is computed from k. Which array stands beside q in scores?")


def test_a_state_one_step_on_is_named_at_each_step_behind_another_array_of_its_shape():
    def build(name, w, u):
        h = normal(4, 3, seed=7)
        for t in range(4):
            z = name(f"z{t}", (normal(4, 3, seed=t) @ u + h @ w).sigmoid())
            h = name(f"h{t}", z * normal(4, 3, seed=20 + t))
        return (h * h).sum()

    def rule(x, d):
        states = [getattr(x, f"h{t}") for t in range(4)]
        return sum(h.T @ (getattr(d, f"z{t}") * (z := getattr(x, f"z{t}")) * (1.0 - z)) for t, h in enumerate(states))

    slip = Net(build, w=normal(3, 3), u=normal(3, 3, seed=5)).slip("w", rule)
    assert slip.message == "w: in each step, the array that comes out of it stands where the one that goes in belongs."


def test_windows_that_are_put_back_turned_round_are_named():
    places = np.arange(4)[:, None] + np.arange(3)

    def build(name, x):
        return (name("windows", x[places]) ** 2 * normal(4, 3, seed=5)).sum()

    def turned_round(x, d):
        found = np.zeros(6)
        np.add.at(found, places, d.windows[:, ::-1])
        return found

    slip = Net(build, x=normal(6)).slip("x", turned_round)
    assert (slip.kind, slip.message) == (
        "transposed",
        "x: what goes back through windows is turned round along an axis (a flip).",
    )


def test_the_state_that_goes_into_a_step_in_the_slope_of_the_step_is_named_at_every_array():
    net = recurrence_of_tanh(2)
    w, x = net.w.data, net.x.data
    h0 = np.tanh(x @ w)
    d1 = 2.0 * np.tanh(h0 @ w)
    a1 = d1 * (1.0 - h0**2)
    a0 = (a1 @ w.T) * (1.0 - x**2)
    assert named(net, {"h0": a1 @ w.T}).message == (
        "h0: the slope of 'tanh' in h1 is computed from h0. Of what is it taken?"
    )
    slip = named(net, {"w": h0.T @ a1 + x.T @ (net.true[net.h0] * (1.0 - x**2))}, blank=())
    assert slip.message == (
        "w: the slope of each 'tanh' is computed from what goes into its step. Of what is it taken?"
    )
    assert a0.shape == x.shape


def test_what_comes_out_of_a_gate_where_what_goes_in_belongs_is_named():
    def build(name, a, c0):
        c1 = name("c1", a[:, :2].sigmoid() * c0 + np.tanh(a[:, 2:]))
        return (c1 * c1).sum()

    net = Net(build, a=normal(3, 4), c0=normal(3, 2, seed=5))
    f, g = 1.0 / (1.0 + np.exp(-net.a.data[:, :2])), np.tanh(net.a.data[:, 2:])
    dc = 2.0 * net.c1.data
    slip = named(net, {"a": np.concatenate([dc * net.c1.data * f * (1.0 - f), dc * (1.0 - g * g)], axis=1)})
    assert slip.message == "a: that is computed from c1, which comes out of the product. Which array goes into it?"


def joined(join):
    leaves = {name: normal(3, 3, seed=seed) for seed, name in enumerate("xwc")}
    return Net(lambda name, x, w, c: (name("y", join(x, w)) * c).sum(), **leaves)


def told_of_exchanged(net):
    for name, other in (("x", "w"), ("w", "x")):
        yield name, other, named(net, {name: net.true[net.nodes[other]], other: net.true[net.nodes[name]]})


def test_two_gradients_that_stand_in_the_place_of_one_another_are_told_at_both():
    for name, other, slip in told_of_exchanged(joined(lambda x, w: x @ w)):
        assert slip.kind == "swapped"
        assert f"you have exchanged the gradients of {name} and {other}: which belongs to which?" in slip.message


@pytest.mark.parametrize("join", [lambda x, w: x * w, lambda x, w: w / x], ids=["*", "/"])
def test_of_an_operation_on_entries_they_are_what_it_passes_to_the_other_operand(join):
    for _, other, slip in told_of_exchanged(joined(join)):
        assert slip.kind == "swapped"
        assert f"passes to the other operand, {other}" in slip.message


def test_a_gradient_that_stands_at_both_of_two_arrays_is_exchanged_with_none():
    net = joined(lambda x, w: x @ w)
    slip = named(net, {"x": net.true[net.w]})
    assert slip is None or "exchanged" not in slip.message


def test_two_wrong_gradients_of_which_one_alone_is_the_others_are_not_exchanged():
    net = joined(lambda x, w: x @ w)
    slip = named(net, {"x": net.true[net.w], "w": 2.0 * net.true[net.x]})
    assert slip is None or "exchanged" not in slip.message


def test_gradients_that_are_exchanged_at_two_uses_alike_are_named():
    def build(name, x):
        p, q = name("p", np.tanh(x[:, :2])), name("q", np.tanh(x[:, 2:]))
        return (p * q**2).sum()

    net = Net(build, x=normal(5, 4))
    slip = net.slip("x", lambda x, d: np.concatenate([(1 - x.p**2) * d.q, (1 - x.q**2) * d.p], axis=1))
    assert (slip.kind, slip.message) == (
        "swapped",
        "x: you have exchanged the gradients of p and q: which belongs to which?",
    )


def test_the_matrix_of_another_layer_is_named_whichever_way_it_stands():
    def layers(name, x, u, v):
        return (name("h", np.tanh(x @ u)) @ v * normal(4, 3, seed=3)).sum()

    slip = Net(layers, x=normal(4, 3), u=normal(3, 5), v=normal(5, 3, seed=8)).slip(
        "x", lambda x, d: (1 - x.h**2) * d.h @ x.v
    )
    assert "computed from v" in slip.message


def test_the_gradients_of_a_gain_and_a_bias_in_each_others_place_are_exchanged():
    def build(name, x, gain, bias):
        return (name("y", gain * x + bias) ** 2).sum()

    net = Net(build, x=normal(5, 3), gain=normal(1, 3, seed=3), bias=normal(1, 3, seed=4))
    slip = named(net, {"gain": net.true[net.bias], "bias": net.true[net.gain]})
    assert slip.message == "gain: you have exchanged the gradients of gain and bias: which belongs to which?"
