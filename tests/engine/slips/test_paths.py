"""The parts of an array's gradient that come through one use of several."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Value, compare, gradients, label, manual

from .nets import Net, named, normal
from .slipped import slip_after
from .small_nets import STEPS, by_hand, recurrence, used_thrice


def test_one_use_alone_of_several_is_named_with_its_edges():
    net, (by_u, by_v, by_t) = used_thrice()
    assert "only what comes from u is there" in named(net, {"x": by_u}).message
    slip = named(net, {"x": by_v + by_t})
    assert (slip.kind, slip.edges) == ("missing-path", ((net.u, 0),))
    slip = named(net, {"x": by_u + by_v - by_t})
    assert "the part that comes from t has the wrong sign" in slip.message
    slip = named(net, {"x": by_u + 7 * by_v + by_t})
    assert slip.message.startswith("x: what comes from v is off by one constant factor, 7:")


@pytest.mark.parametrize("blank", [(), STEPS], ids=["filled", "blank"])
def test_the_first_or_last_steps_of_a_recurrence_alone_are_named(blank):
    net = recurrence()
    parts = by_hand(net)
    assert sum(parts) == pytest.approx(gradients(net.loss)[net.w])
    made_last_first = [consumer for consumer, _ in compare(net.loss).uses[net.w]]
    for first, last, words in (
        (0, 1, "you left out what comes from h4" if blank else "only what comes from h5 is there"),
        (0, 3, "only 3 of its 6 uses are there"),
        (2, 6, "only 4 of its 6 uses are there"),
        (5, 6, "only what comes from h0 is there"),
        (
            1,
            6,
            "you left out what comes from the use in h4@w" if blank else "you left out what comes from h5",
        ),
    ):
        slip = named(net, {"w": sum(parts[first:last])}, blank=blank)
        assert slip.kind == "missing-path"
        assert words in slip.message
        assert slip.edges == tuple((c, 1) for c in made_last_first[:first] + made_last_first[last:])


def test_a_gradient_handed_on_before_it_was_complete_is_named():
    X, A = normal(3, 2), normal(3, 2, seed=5)

    def build(name, x, a):
        h = name("h", np.sin(x))
        return (name("u", h * a) ** 2).sum() + (name("v", h**3) ** 2).sum()

    net = Net(build, x=X, a=A)
    h = np.sin(X)
    slip = named(net, {"x": np.cos(X) * 2 * h * A**2})
    assert slip.kind == "missing-path"
    assert "only a part of the gradient of h goes into this" in slip.message


def test_two_parts_that_have_the_wrong_sign_are_named_both():
    """The two halves turned by an angle, as of rotary positions: backward the angle is the other way round."""
    cos, sin = np.cos(normal(5, 2, seed=8)), np.sin(normal(5, 2, seed=8))

    def build(name, q):
        a, b = name("a", q[:, :2]), name("b", q[:, 2:])
        return (name("u", a * cos - b * sin) ** 2).sum() + (name("v", a * sin + b * cos) ** 3).sum()

    def turned_forward(x, d):
        return np.concatenate([d.u * cos - d.v * sin, d.u * sin + d.v * cos], axis=1)

    slip = Net(build, q=normal(5, 4)).slip("q", turned_forward, blank=("a", "b"))
    assert slip.kind == "sign"
    assert "the parts that come from " in slip.message
    assert "have the wrong sign" in slip.message


def test_of_uses_that_pass_the_same_it_is_said_how_many_are_there():
    twice = slip_after(lambda n: label(n["a"] * n["a"], "y"), "a", 3.7, a=3.7)
    assert twice.message == (
        "a: it is used 2 times, in y, and only 1 of these is there; contributions add up (use +=, not =)."
    )
    thrice = slip_after(lambda n: label(n["a"] * n["a"] * n["a"], "y"), "a", 2.0 * 1.7**2, a=1.7)
    assert "it is used 3 times, in y and a*a, and only 2 of these are there;" in thrice.message


def test_a_zero_that_is_written_is_called_one():
    slip = slip_after(lambda n: label(label(n["a"] * 2.3, "u").tanh(), "y"), "a", 0.0, a=0.4)
    assert slip.message == "a: you wrote 0, as if u contributed nothing: what comes back from there?"
    slip = slip_after(lambda n: label(label(n["a"] * 2.3, "u") + label(n["a"].tanh(), "v"), "y"), "a", 0.0, a=0.4)
    assert slip.message == "a: you wrote 0, as if v and u contributed nothing: what comes back from there?"


def test_uses_that_are_multiplied_with_each_other_are_named_by_the_operator():
    def build(n):
        y = label(n["x"] * 3.5, "y")
        return label(y * 1.3 + label(y.tanh(), "t") * n["c"], "L")

    slope = 1.0 - np.tanh(0.4 * 3.5) ** 2
    slip = slip_after(build, "y", 1.3 * slope * 0.7, x=0.4, c=0.7)
    assert slip.kind == "rule"
    assert "are multiplied with each other (*=)" in slip.message


def test_uses_of_an_array_that_are_multiplied_are_named_too():
    net, (by_u, by_v, by_t) = used_thrice()
    assert "(*=)" in named(net, {"x": by_u * by_v * by_t}).message


@pytest.mark.parametrize("first", ["p", "q"])
def test_a_gradient_handed_on_once_a_use_is_named_whichever_use_came_first(first):
    a, b = 0.7, -1.3
    u = a * b
    p, q = np.tanh(u), np.exp(u)
    by = {"p": q * (1.0 - p * p), "q": p * q}
    handed_on = by[first] + sum(by.values())
    slip = slip_after(
        lambda n: label(label((u := label(n["a"] * n["b"], "u")).tanh(), "p") * label(u.exp(), "q"), "y"),
        "a", b * handed_on, a=a, b=b,
    )  # fmt: skip
    assert slip.message.startswith("a: u propagated its gradient more than once")


def test_of_a_node_used_hundreds_of_times_the_mistake_at_all_uses_goes_before_one_at_a_single_use():
    """The data of w*2 for its gradient would give -251 as well: 249 - 125*2*2."""
    with manual():
        weight = Value(-125.0, "w")
        total = weight * 2.0
        for _ in range(249):
            total = total + weight * 1.0
    for node, gradient in gradients(total).items():
        node.grad = gradient
    weight.grad = -251.0
    (cause,) = compare(total).causes
    assert (cause.slip.kind, cause.slip.also) == ("sign", ())
    weight.grad = 249.0
    (cause,) = compare(total).causes
    assert (cause.slip.kind, len(cause.slip.edges)) == ("missing-path", 1)


def test_a_step_without_a_name_that_is_skipped_further_up_is_told_by_its_operation():
    with manual():
        s = Value(-1.3, "s")
        m = label(0.4 + s * 1.7, "m")
        h = label(m.relu(), "h")
        root = label(h * 0.25 + s * 0.0, "L")
    for node, right in gradients(root).items():
        node.grad = right
    s.grad = 1.7 * h.grad
    assert (
        compare(root)[s].slip.message == "s: you did not multiply by the local derivative of 'relu' in h: what is it?"
    )
