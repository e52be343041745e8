"""Whether the numbers of a guess are those that were written."""

from __future__ import annotations

import math

import numpy as np
import pytest

from handgrad import Value, compare, gradients, label, manual
from handgrad.slips.neighborhood import Neighborhood

from .nets import Net, normal


def layers() -> Net:
    """x @ w into tanh and a second product."""

    def build(name, x, w, v, c):
        h = name("h", np.tanh(name("z", x @ w)))
        return (name("y", h @ v) * c).sum()

    return Net(build, x=normal(9, 5), w=normal(5, 20, seed=1), v=normal(20, 3, seed=2), c=normal(9, 3, seed=3))


def region_of(written) -> Neighborhood:
    net = layers()
    comparison = net.compared("w", lambda x, d: written(d.w), ())
    return Neighborhood(comparison[net.w], comparison)


def test_numbers_are_those_written_up_to_noise_and_nothing_else():
    region = region_of(lambda d: 1.5 * d)
    assert region.explains(region.user_grad * (1.0 + 1e-9))
    assert not region.explains(region.user_grad * 1.001)
    assert not region.explains(region.recomputed)


def test_each_entry_of_a_large_array_speaks_against_numbers_that_are_not_its_own():
    region = region_of(lambda d: 1.5 * d)
    for at in np.ndindex(region.shape):
        numbers = region.user_grad.copy()
        numbers[at] += 0.1
        assert not region.explains(numbers)


def test_what_was_written_to_a_few_decimals_is_known_to_these():
    region = region_of(lambda d: (1.5 * d).round(3))
    assert region.explains(1.5 * region.recomputed)
    assert not region.explains(1.5 * region.recomputed + 0.002)


def test_two_decimals_are_asked_of_what_has_them_alone():
    rough, exact = region_of(lambda d: (15.0 * d).round(2)), region_of(lambda d: 15.0 * d)
    assert rough.explains(15.0 * rough.recomputed, roughly=True)
    assert not exact.explains(15.0 * exact.recomputed, roughly=True)
    assert (rough.match.may_be_rough, exact.match.may_be_rough) == (True, False)


def test_two_decimals_of_a_number_say_something_from_a_tenth_on():
    with manual():
        x = Value(0.7, "x")
        root = x.tanh()
    root.grad = 1.0
    for written, exact, is_enough in ((0.34, 0.3361, True), (0.34, 0.3461, False), (0.03, 0.0312, False)):
        x.grad = written
        comparison = compare(root)
        assert Neighborhood(comparison[x], comparison).explains(exact, roughly=True) == is_enough


@pytest.mark.parametrize(
    ("written", "count", "is_enough"), [(0.3, 3, False), (0.3, 4, True), (0.01, 59, False), (0.01, 60, True)]
)
def test_two_decimals_of_few_entries_say_nothing(written, count, is_enough):
    region = region_of(lambda d: written * (np.arange(d.size).reshape(d.shape) < count))
    assert region.match.may_be_rough == is_enough


@pytest.mark.parametrize(("digits", "others", "is_named"), [(17, 17, True), (3, 17, False), (3, 3, True)])
def test_of_three_digits_among_longer_numbers_only_the_likeliest_mistakes_are_believed(digits, others, is_named):
    with manual():
        x, w = Value(0.7312, "x"), Value(0.3741, "w")
        e = label(x.exp(), "e")
        loss = label(label(e * w, "p").tanh(), "L")
    right = gradients(loss)
    for node, gradient in right.items():
        node.grad = float(f"{gradient:.{others}g}")
    x.grad = float(f"{right[e] * math.exp(e.data):.{digits}g}")
    slip = compare(loss)[x].slip
    assert (slip is not None and "you used exp(exp(x)) as the derivative of 'exp'" in slip.message) is is_named


def test_of_three_digits_among_longer_numbers_a_lost_upstream_gradient_is_believed():
    with manual():
        x, w = Value(0.7312, "x"), Value(0.3741, "w")
        d = label(x * w + w * 0.3, "d")
        loss = label(label(d.tanh() * x, "p") + d.exp(), "L")
    right = gradients(loss)
    for node, gradient in right.items():
        node.grad = gradient
    lost = right[d] * w.data
    x.grad = float(f"{right[x] - lost + w.data:.3g}")
    assert compare(loss)[x].slip.kind == "forgot-upstream"
