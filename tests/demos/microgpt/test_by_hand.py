"""The backward pass by hand, against central differences and by its parts."""

import numpy as np
import pytest

from handgrad.demos.microgpt import model
from handgrad.demos.microgpt.by_hand import backward, merge_heads, norm_backward, split_heads
from handgrad.demos.microgpt.vocabulary import tokens

TEXT = tokens("anna")
SMALL = {name: 4.0 * numbers for name, numbers in model.parameters(27, width=8).items()}


def loss(parameters):
    return float(model.forward(parameters, TEXT[:-1], TEXT[1:], 2).loss)


def test_every_parameters_gradient_is_the_slope_of_the_loss():
    found = backward(model.forward(SMALL, TEXT[:-1], TEXT[1:], 2))
    rng = np.random.default_rng(0)
    for name, gradient in found.items():
        assert gradient.shape == SMALL[name].shape
        direction = rng.normal(size=gradient.shape)
        up, down = ({**SMALL, name: SMALL[name] + sign * 1e-5 * direction} for sign in (1.0, -1.0))
        slope = (loss(up) - loss(down)) / 2e-5
        assert float((gradient * direction).sum()) == pytest.approx(slope, rel=1e-5, abs=1e-9), name


def test_to_stretch_a_row_costs_nothing():
    rng = np.random.default_rng(1)
    rows, dnorm = rng.normal(size=(3, 8)), rng.normal(size=(3, 8))
    inv = ((rows**2).mean(1, keepdims=True)) ** -0.5
    along = (norm_backward(rows * inv, inv, dnorm) * rows).sum(1)
    assert along == pytest.approx(np.zeros(3), abs=1e-12)


def test_heads_come_together_as_they_were_parted():
    rows = np.arange(24.0).reshape(3, 8)
    heads = split_heads(rows, 2)
    assert heads.shape == (2, 3, 4)
    np.testing.assert_array_equal(heads[1, 2], rows[2, 4:])
    np.testing.assert_array_equal(merge_heads(heads), rows)
