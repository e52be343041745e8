"""Mistakes in norms that are done in one go."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import compare, label, manual
from handgrad.arrays import array

from ..array_exercise import one_go


def _batch_norm(x, d, *, mean=1.0, spread=1.0, bessel=True, factor=1.0):
    n, g = x.n, d.hpreact
    varied = (n / (n - 1) if bessel else 1.0) * x.bnraw * (g * x.bnraw).sum(0)
    return factor * x.bngain * x.bnvar_inv / n * (n * g - mean * g.sum(0) - spread * varied)


@pytest.mark.parametrize(
    ("kind", "slips", "word"),
    [
        ("factor", {"bessel": False}, "n, or by n - 1"),
        ("missing-path", {"mean": 0.0}, "through the mean of hprebn is not added"),
        ("missing-path", {"spread": 0.0}, "through the variance of hprebn is not added"),
        ("missing-path", {"mean": 0.0, "spread": 0.0}, "through mean and variance of hprebn is not added"),
        ("sign", {"mean": -1.0}, "through the mean of hprebn has the wrong sign"),
        ("sign", {"spread": -1.0}, "through the variance of hprebn has the wrong sign"),
        ("factor", {"factor": 12.0}, "you did not divide by 12, the length of axis 0 of hprebn"),
        ("factor", {"mean": 7.0}, "through the mean of hprebn is off by a constant factor"),
        ("double", {"mean": 2.0}, "what comes from bnmeani is counted twice"),
    ],
)
def test_a_slip_in_batch_norm_in_one_go_is_named(exercise, kind, slips, word):
    slip = one_go(exercise, "hprebn", lambda x, d: _batch_norm(x, d, **slips), given="hpreact")
    assert slip.kind == kind
    assert word in slip.message


@pytest.mark.parametrize(
    ("stretch", "word"),
    [
        (lambda x, g: g * x.bnraw / (x.n - 1), "in what comes through the variance of hprebn, nothing is summed"),
        (
            lambda x, g: (g * x.bnraw).sum(1, keepdims=True) / (g.shape[1] - 1),
            "what comes through the variance of hprebn is taken along another axis",
        ),
    ],
)
def test_a_sum_in_batch_norm_that_is_lost_or_along_another_axis_is_named(exercise, stretch, word):
    def rule(x, d):
        g = x.bngain * d.hpreact
        return x.bnvar_inv * (g - g.mean(0) - x.bnraw * stretch(x, g))

    assert word in one_go(exercise, "hprebn", rule, given="hpreact").message


@pytest.mark.drawn(1)
@pytest.mark.parametrize("is_mean", [True, False], ids=["a mean", "a sum, divided by the right count"])
def test_the_mean_of_batch_norm_along_another_axis_on_the_way_back_is_named(exercise, is_mean):
    def rule(x, d):
        g, varied = x.bngain * d.hpreact, (d.hpreact * x.bngain * x.bnraw).sum(0) / (x.n - 1)
        summed = g.sum(1, keepdims=True)
        return x.bnvar_inv * (g - summed / (g.shape[1] if is_mean else x.n) - x.bnraw * varied)

    message = one_go(exercise, "hprebn", rule, given="hpreact").message
    assert "what comes through the mean of hprebn is taken along another axis than the mean itself" in message


@pytest.mark.parametrize("slips", [{"mean": 0.0}, {"spread": 0.0}, {"mean": 0.0, "spread": 0.0}])
def test_a_mean_that_is_missing_is_no_mean_over_another_number_whatever_the_rounding(exercise, slips):
    slip = one_go(exercise, "hprebn", lambda x, d: _batch_norm(x, d, **slips), given="hpreact")
    assert "factor" not in slip.also


@pytest.mark.parametrize("digits", [None, 4, 3])
def test_the_rule_of_layer_norm_for_rms_norm_is_named(digits):
    rng = np.random.default_rng(0)
    numbers, above = rng.normal(size=(4, 6)), rng.normal(size=(4, 6))
    with manual():
        x = array(numbers, "x")
        loss = label((x / np.sqrt((x**2).mean(1, keepdims=True) + 1e-5) * above).sum(), "loss")
    root = np.sqrt((numbers**2).mean(1, keepdims=True) + 1e-5)
    y = numbers / root
    wrong = (above - above.mean(1, keepdims=True) - y * (above * y).mean(1, keepdims=True)) / root
    loss.grad, x.grad = 1.0, wrong if digits is None else np.round(wrong, digits)
    (cause,) = compare(loss, nodes=[loss, x]).causes
    assert cause.slip.kind == "rule"
    assert "that is the rule of 'layer norm'" in cause.slip.message
