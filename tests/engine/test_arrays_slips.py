"""Which mistake makes the numbers of a wrong array."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Status, compare, label, manual
from handgrad.arrays import array, fill
from handgrad.arraywise.hypotheses import simple_factor

from .array_exercise import MISTAKES, RULES, Exercise, targets


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return Exercise(batch=12, seed=11)


def slip_of(exercise: Exercise, name: str):
    (result,) = [r for r in compare(exercise.values.loss).arrays if r.status is Status.WRONG]
    assert result.name == name
    return result.slip


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: f"{m.array}-{m.kinds[0]}")
def test_each_mistake_is_named_as_what_it_is(exercise, mistake):
    d = exercise.fill({mistake.array: mistake.rule})
    slip = slip_of(exercise, mistake.array)
    assert slip.kind in mistake.kinds
    assert slip.message.startswith(mistake.array)
    telling = np.abs(getattr(d, mistake.array)).ravel()[:50]
    assert not any(f"{number:.4g}" in slip.message for number in telling if 0.0 < number != round(number))


def one_go(exercise: Exercise, name: str, gradient, given=None):
    d = exercise.fill()
    for array_name in RULES:
        for node in getattr(exercise.values, array_name).ravel():
            node.grad = None
    if given:
        fill(getattr(exercise.values, given), getattr(d, given))
    fill(getattr(exercise.values, name), gradient(exercise.numbers, d))
    return slip_of(exercise, name)


@pytest.mark.parametrize(
    ("kind", "gradient"),
    [
        ("one-hot", lambda x, d: x.probs / x.n),
        ("one-hot", lambda x, d: x.probs / x.n - targets(x)),
        ("factor", lambda x, d: x.probs - targets(x)),
        ("sign", lambda x, d: (targets(x) - x.probs) / x.n),
    ],
)
def test_a_slip_in_cross_entropy_in_one_go_is_named(exercise, kind, gradient):
    assert one_go(exercise, "logits", gradient).kind == kind


def _batch_norm(x, d, *, mean=1.0, spread=1.0, bessel=True, factor=1.0):
    n, g = x.n, d.hpreact
    varied = (n / (n - 1) if bessel else 1.0) * x.bnraw * (g * x.bnraw).sum(0)
    return factor * x.bngain * x.bnvar_inv / n * (n * g - mean * g.sum(0) - spread * varied)


@pytest.mark.parametrize(
    ("kind", "slips"),
    [
        ("factor", {"bessel": False}),
        ("missing-path", {"mean": 0.0}),
        ("missing-path", {"spread": 0.0}),
        ("missing-path", {"mean": 0.0, "spread": 0.0}),
        ("sign", {"mean": -1.0}),
        ("sign", {"spread": -1.0}),
        ("factor", {"factor": 12.0}),
    ],
)
def test_a_slip_in_batch_norm_in_one_go_is_named(exercise, kind, slips):
    assert one_go(exercise, "hprebn", lambda x, d: _batch_norm(x, d, **slips), given="hpreact").kind == kind


def square():
    """y = x @ w + b with a square w and as many rows as columns, so that shapes catch nothing."""
    rng = np.random.default_rng(2)
    with manual():
        x, w = array(rng.normal(size=(4, 4)), label="x"), array(rng.normal(size=(4, 4)), label="w")
        b = array(rng.normal(size=4), label="b")
        y = label(x @ w + b, "y")
        loss = (y**2).mean()
    X, W, B = (np.vectorize(lambda v: v.data)(a) for a in (x, w, b))
    dy = 2.0 * (X @ W + B) / 16
    return {"x": x, "w": w, "b": b, "y": y}, loss, X, W, dy


@pytest.mark.parametrize(
    ("name", "kind", "gradient"),
    [
        ("x", "transposed", lambda X, W, dy: dy @ W),
        ("x", "transposed", lambda X, W, dy: (dy @ W.T).T),
        ("w", "transposed", lambda X, W, dy: X @ dy),
        ("w", "transposed", lambda X, W, dy: dy.T @ X),
        ("b", "wrong-axis", lambda X, W, dy: dy.sum(1)),
        ("b", "not-summed", lambda X, W, dy: dy[0]),
        ("b", "factor", lambda X, W, dy: dy.mean(0)),
        ("y", "factor", lambda X, W, dy: 16 * dy),
        ("y", "double", lambda X, W, dy: 2 * dy),
        ("w", "forgot-upstream", lambda X, W, dy: X.T @ np.ones_like(dy)),
    ],
)
def test_square_matrices_hide_no_exchanged_axes(name, kind, gradient):
    arrays, loss, X, W, dy = square()
    right = {"y": dy, "x": dy @ W.T, "w": X.T @ dy, "b": dy.sum(0)}
    for other, values in arrays.items():
        fill(values, right[other] if other != name else gradient(X, W, dy))
    wrong = next(r for r in compare(loss).arrays if r.status is Status.WRONG)
    assert wrong.name == name
    assert wrong.slip.kind == kind


def test_a_sum_that_is_not_broadcast_back_is_named(exercise):
    def first_row(x, d):
        found = np.zeros_like(x.bndiff2)
        found[0] = d.bnvar / (x.n - 1)
        return found

    exercise.fill({"bndiff2": first_row})
    assert slip_of(exercise, "bndiff2").kind == "not-broadcast"


def test_a_gradient_taken_from_the_wrong_array_is_named(exercise):
    exercise.fill({"W1": lambda x, d: x.embcat.T @ d.bndiff})
    slip = slip_of(exercise, "W1")
    assert slip.kind == "wrong-upstream"
    assert "bndiff" in slip.message


def test_numbers_that_no_mistake_explains_have_no_slip(exercise):
    exercise.fill({"W2": lambda x, d: np.random.default_rng(0).normal(size=x.W2.shape)})
    assert slip_of(exercise, "W2") is None


@pytest.mark.parametrize(
    ("ratio", "factor"),
    [(32.0, 32.0), (1 / 32, 1 / 32), (31 / 32, 31 / 32), (32 / 31, 32 / 31), (-2.0, -2.0), (1.37, None), (1.0, None)],
)
def test_only_simple_factors_count(ratio, factor):
    assert simple_factor(ratio) == (None if factor is None else pytest.approx(factor))
