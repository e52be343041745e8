"""Which node each number of a backward is the gradient of."""

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.adapters.numpy.kinds import Kind
from handgrad.adapters.numpy.pairing import Pairing

from .backward import backward, named, ran


@pytest.mark.parametrize("name", ["h", "z"])
def test_a_node_has_the_number_that_a_right_backward_gave_it(name):
    recorder, followed, chain, finals = ran(backward)
    paired = Pairing(chain, followed, recorder.events, finals, {}).pairs[named(followed, name)]
    assert recorder.events[paired.at].name == f"d{name}"


def test_numbers_that_are_a_count_too_large_throughout_are_judged_without_it():
    recorder, followed, chain, finals = ran(backward)
    events = [one._replace(value=7 * one.value) if one.name in ("dh", "dz") else one for one in recorder.events]
    pairing = Pairing(chain, followed, events, finals, {}, 7)
    paired = pairing.pairs[named(followed, "z")]
    np.testing.assert_allclose(paired.value, chain.truth[named(followed, "z")])


@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_what_is_no_number_or_nothing_is_no_gradient(value):
    recorder, followed, chain, finals = ran(backward)
    events = [one._replace(value=one.value * value) if one.name == "dz" else one for one in recorder.events]
    kinds = Pairing(chain, followed, events, finals, {}).kinds
    assert kinds[[one.name for one in events].index("dz")] in (Kind.UNKNOWN, Kind.NOTHING)


def test_what_is_kept_as_the_gradient_of_an_input_is_not_where_a_slope_is_left_out():
    def forward(w, b, x, y):
        return 0.5 * np.sum((1 / (1 + np.exp(-(w @ x + b))) - y) ** 2)

    def backward(w, b, x, y):
        a = 1 / (1 + np.exp(-(w @ x + b)))
        delta = a - y  # the slope is left out
        db = delta
        return {"w": delta @ x.T, "b": db}

    rng = np.random.default_rng(0)
    shapes = {"w": (3, 4), "b": (3, 1), "x": (4, 1), "y": (3, 1)}
    given = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    found = check_backward(forward, backward, given, quick=True)
    assert [cause.source.text for cause in found.causes] == ["delta = a - y  # the slope is left out"]
