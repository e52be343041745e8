"""What each number of a backward is, seen from the forward."""

import numpy as np
import pytest

from handgrad.adapters.numpy.kinds import Kind
from handgrad.adapters.numpy.pairing import Pairing

from .backward import backward, ran, without_square


def with_more_than_it_needs(x, w):
    z = x @ w
    h = np.tanh(z)
    dh = h + h
    nothing = 0.0 * h
    tripled = 3 * dh
    odd = np.cos(z) + 0.3
    dz = dh * (1 - h**2)
    dw = x.T @ dz
    return {"x": dz @ w.T, "w": dw + (nothing * tripled * odd).sum()}


def kinds_of(function):
    recorder, followed, chain, finals = ran(function)
    found = Pairing(chain, followed, recorder.events, finals, {}).kinds
    return {event.name: kind for event, kind in zip(recorder.events, found)}


def test_of_a_right_backward_every_number_is_the_data_or_a_true_gradient():
    kinds = kinds_of(backward)
    assert kinds == {"z": Kind.DATA, "h": Kind.DATA, "dh": Kind.TRUE, "dz": Kind.TRUE, "dw": Kind.TRUE, "x": Kind.TRUE}


def test_of_a_wrong_one_the_first_wrong_is_told_from_what_follows():
    kinds = kinds_of(without_square)
    assert kinds["dh"] is Kind.TRUE
    assert kinds["dz"] is Kind.WRONG
    assert kinds["dw"] is kinds["x"] is Kind.CARRIED


@pytest.mark.parametrize(
    ("name", "kind"), [("nothing", Kind.NOTHING), ("tripled", Kind.SCALED), ("odd", Kind.UNKNOWN), ("dh", Kind.TRUE)]
)
def test_a_number_that_is_no_gradient_is_said_to_be_what_it_looks_like(name, kind):
    assert kinds_of(with_more_than_it_needs)[name] is kind
