"""Finding the node whose gradient some numbers are."""

import numpy as np
import pytest

from handgrad import Value
from handgrad.adapters.numpy.matching import NEAR, Matcher, Probes, is_trivial, multiple

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4))


def test_numbers_are_found_whatever_their_shape_and_others_are_not():
    a, b = Value(0.0, "a"), Value(0.0, "b")
    matcher = Matcher(Probes(), NEAR, [(a, A), (b, B)])
    assert matcher.find(A.reshape(2, 6)) == [a]
    assert matcher.find(B * (1 + 1e-9)) == [b]
    assert matcher.find(A + 1e-3) == []
    assert matcher.find(A[:2]) == []
    assert not matcher.has(np.zeros((0,)))


def test_numbers_in_another_order_are_not_the_same():
    a = Value(0.0)
    assert not Matcher(Probes(), NEAR, [(a, A)]).has(A[::-1])


def test_a_multiple_has_its_factor_and_the_same_has_none():
    assert multiple(2.5 * A, A, NEAR) == pytest.approx(2.5)
    assert multiple(A, A, NEAR) is None
    assert multiple(A, B, NEAR) is None
    assert multiple(A, np.zeros_like(A), NEAR) is None


def test_one_number_over_and_over_tells_nothing():
    assert is_trivial(np.full((2, 2), 3.0))
    assert is_trivial(3.0)
    assert not is_trivial(A)


@pytest.mark.parametrize("size", [2, 12, 200])
def test_the_multiples_among_many_are_those_that_are_one_each_by_itself(size):
    rng = np.random.default_rng(size)
    listed = [(Value(0.0), rng.normal(size=size)) for _ in range(20)]
    listed += [(Value(0.0), np.zeros(size)), (Value(0.0), np.eye(1, size)[0]), (Value(0.0), np.full(size, 2.0))]
    matcher = Matcher(Probes(), NEAR, listed)
    for _, array in listed:
        for other in (3.0 * array, -array, array, array + 0.5 * NEAR * rng.uniform(-1, 1, size), array + 1e-3):
            assert list(matcher.multiples(other)) == [n for n, a in listed if multiple(other, a, NEAR) is not None]
