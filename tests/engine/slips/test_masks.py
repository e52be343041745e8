"""Masks and gates that are turned round: what they keep out for what they let through."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Value, arrays, compare, gradients, manual

from .nets import Net, normal

KEEP = np.tril(np.ones((4, 4))) > 0.0
DROPOUT = KEEP / 0.7
OTHERS = normal(4, 4, seed=6)


def below(mask):
    """m = mask of s, then squared after something is added, so that every entry of m has a gradient."""

    def build(name, s, w):
        return ((name("m", mask(s, w)) + OTHERS) ** 2).sum() + (w**3).sum()

    return Net(build, s=normal(4, 4), w=normal(4, 4, seed=5))


TURNED_ROUND = {
    "where": (lambda s, w: np.where(KEEP, s, 0.3), lambda x, d: np.where(KEEP, 0.0, d.m)),
    "where of two arrays": (lambda s, w: np.where(KEEP, s, w), lambda x, d: np.where(KEEP, 0.0, d.m)),
    "tril": (lambda s, w: np.tril(s), lambda x, d: np.triu(d.m, 1)),
    "clip": (lambda s, w: np.clip(s, -0.5, 0.5), lambda x, d: np.where(abs(x.s) > 0.5, d.m, 0.0)),
    "*": (lambda s, w: s * DROPOUT, lambda x, d: np.where(KEEP, 0.0, d.m / 0.7)),
    "* without its scale": (lambda s, w: s * DROPOUT, lambda x, d: np.where(KEEP, 0.0, d.m)),
    "maximum": (lambda s, w: np.maximum(s, 0.0), lambda x, d: (x.s < 0.0) * d.m),
    "relu": (lambda s, w: s.relu(), lambda x, d: (x.s < 0.0) * d.m),
}


@pytest.mark.parametrize("case", TURNED_ROUND)
def test_a_mask_that_is_turned_round_is_named_with_its_operation(case):
    mask, wrong = TURNED_ROUND[case]
    slip = below(mask).slip("s", wrong)
    assert slip.kind == "rule"
    assert slip.message == (
        f"s: your mask is inverted: the gradient goes to exactly the entries that '{case.split()[0]}' in m blocks."
    )


def test_a_mask_that_is_turned_round_is_not_called_that_of_another_array():
    def build(name, x, slope):
        return ((name("m", np.where(x.data > 0.0, x, slope * x)) + OTHERS) ** 2).sum()

    net = Net(build, x=normal(4, 4), slope=np.array([0.1, 0.2, 0.3, 0.4]))
    slip = net.slip("slope", lambda x, d: (d.m * x.x * (x.x > 0.0)).sum(0))
    assert slip.message == (
        "slope: your mask is inverted: the gradient goes to exactly the entries that 'where' in m blocks."
    )


def test_a_mask_that_is_turned_round_is_named_behind_a_product():
    net = Net(lambda name, x, w: ((name("h", np.maximum(x @ w, 0.0)) + OTHERS) ** 2).sum(), x=OTHERS, w=normal(4, 4))
    slip = net.slip("w", lambda x, d: x.x.T @ (d.h * (x.h == 0.0)))
    assert "exactly the entries that 'maximum' in h blocks" in slip.message


def test_what_a_maximum_of_two_arrays_passes_to_the_other_is_told_by_its_name():
    slip = below(np.maximum).slip("s", lambda x, d: (x.s < x.w) * d.m)
    assert slip.kind == "swapped"
    assert "passes to the other operand, w" in slip.message


def test_nothing_but_zeros_behind_a_mask_of_minus_infinity_may_be_either():
    def build(name, s):
        e = np.exp(name("m", np.where(KEEP, s, -np.inf)))
        return ((e / e.sum(1, keepdims=True)) ** 2 * OTHERS).sum()

    slip = Net(build, s=normal(4, 4)).slip("s", lambda x, d: np.where(KEEP, 0.0, d.m))
    assert "Either nothing has arrived here from m. Or your mask is inverted" in slip.message


@pytest.mark.parametrize(
    ("array", "where", "rule"),
    [
        ("c", "in g*c", lambda x, d: d.y * (1.0 - x.g)),
        ("h", "in (1.0 - g)*h", lambda x, d: d.y * x.g),
    ],
)
def test_the_two_sides_of_a_gate_that_are_exchanged_are_named(array, where, rule):
    def build(name, a, c, h):
        g = name("g", a.sigmoid())
        return (name("y", g * c + (1.0 - g) * h) ** 2).sum()

    net = Net(build, a=normal(3, 4), c=normal(3, 4, seed=3), h=normal(3, 4, seed=4))
    slip = net.slip(array, rule)
    said = "is what it lacks to 1 in the forward pass: which side of the gate belongs there?"
    assert (slip.kind, slip.message) == ("rule", f"{array}: the factor in '*' {where} {said}")


def test_both_sides_of_a_leak_that_are_exchanged_are_named_at_once():
    net = below(lambda s, w: np.where(s.data > 0.0, s, 0.1 * s))
    slip = net.slip("s", lambda x, d: d.m * np.where(x.s > 0.0, 0.1, 1.0))
    assert slip.message.startswith(
        "s: your mask is inverted: the gradient goes to exactly the entries that each 'where' blocks"
    )


def test_a_mask_that_is_drawn_anew_is_named():
    other = np.roll(DROPOUT, 1, axis=1)
    slip = below(lambda s, w: s * DROPOUT).slip("s", lambda x, d: other * d.m)
    assert slip.kind == "rule"
    assert slip.message == (
        "s: some entries that '*' in m masks out get the gradient, and some that it lets through get none: is that the "
        "mask of the forward pass, or one drawn anew?"
    )


@pytest.mark.parametrize(
    ("mask", "wrong", "says"),
    [
        (lambda s, w: s.relu(), lambda x, d: (x.w > 0.0) * d.m, "your mask of 'relu' in m is that of w"),
        (
            lambda s, w: s.relu(),
            lambda x, d: (d.m > 0.0) * d.m,
            "your mask of 'relu' in m is that of the gradient of m",
        ),
        (
            lambda s, w: np.where(KEEP, s, 0.3),
            lambda x, d: np.where(KEEP.T, d.m, 0.0),
            "has rows and columns exchanged",
        ),
        (
            lambda s, w: s * DROPOUT,
            lambda x, d: KEEP * d.m / 0.3,
            "multiplies by another number than in the forward pass",
        ),
        (lambda s, w: s * DROPOUT, lambda x, d: d.m / 0.7, "entries that '*' in m masks out still get a gradient"),
    ],
)
def test_a_mask_of_another_array_or_by_another_scale_is_named(mask, wrong, says):
    assert says in below(mask).slip("s", wrong).message


def test_a_number_that_a_zero_keeps_out_is_judged_beside_an_array_of_constants():
    with manual():
        x, s = arrays.array(OTHERS, "x"), Value(2.0, "s")
        t = s * 0.0
        loss = (x * DROPOUT).sum() + t
    right = gradients(loss)
    loss.grad = t.grad = 1.0
    x.grad, s.grad = right[x], 0.7
    results = compare(loss, nodes=[loss, t, x, s])
    assert [cause.name for cause in results.causes] == ["s"]
    assert "no usual mistake" in str(results)
