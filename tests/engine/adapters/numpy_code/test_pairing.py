"""Which node each number of a backward is the gradient of."""

import numpy as np
import pytest

from handgrad.adapters.numpy_code.kinds import Kind
from handgrad.adapters.numpy_code.pairing import Pairing

from .backward import backward, named, ran, without_square


def kinds_of(function):
    recorder, followed, chain, finals = ran(function)
    pairing = Pairing(chain, followed, recorder.events, finals, {})
    return {event.name: kind for event, kind in zip(recorder.events, pairing.kinds)}, pairing, followed, recorder


def test_of_a_right_backward_every_number_is_the_data_or_a_true_gradient():
    kinds, pairing, followed, recorder = kinds_of(backward)
    assert kinds == {"z": Kind.DATA, "h": Kind.DATA, "dh": Kind.TRUE, "dz": Kind.TRUE, "dw": Kind.TRUE, "x": Kind.TRUE}
    for name in ("h", "z"):
        paired = pairing.pairs[named(followed, name)]
        assert recorder.events[paired.at].name == f"d{name}"


def test_of_a_wrong_one_the_first_wrong_is_told_from_what_follows():
    kinds, *_ = kinds_of(without_square)
    assert kinds["dh"] is Kind.TRUE
    assert kinds["dz"] is Kind.WRONG
    assert kinds["dw"] is kinds["x"] is Kind.CARRIED


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
