"""Which mistake makes the numbers of a wrong array."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import compare, gradients
from handgrad.arrays import array, fill

from .array_exercise import MISTAKES, one_go, slip_of, targets
from .nets import Net, named, normal
from .small_nets import square


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: f"{m.array}-{m.kinds[0]}")
def test_each_mistake_is_named_as_what_it_is(exercise, mistake):
    d = exercise.fill({mistake.array: mistake.rule})
    slip = slip_of(exercise, mistake.array)
    assert slip.kind in mistake.kinds
    assert slip.message.startswith(mistake.array)
    telling = np.abs(getattr(d, mistake.array)).ravel()[:50]
    assert not any(f"{number:.4g}" in slip.message for number in telling if 0.0 < number != round(number))


PAIRS = [(MISTAKES[i], MISTAKES[(i * 7 + 20) % len(MISTAKES)]) for i in range(0, len(MISTAKES), 3)]


@pytest.mark.parametrize(
    "pair",
    [(one, other) for one, other in PAIRS if one.array != other.array],
    ids=lambda p: f"{p[0].array}-{p[0].kinds[0]}+{p[1].array}-{p[1].kinds[0]}",
)
def test_each_of_two_mistakes_is_named(exercise, pair):
    exercise.fill({mistake.array: mistake.rule for mistake in pair})
    comparison = compare(exercise.values.loss)
    for mistake in pair:
        assert comparison[getattr(exercise.values, mistake.array)].slip.kind in mistake.kinds


@pytest.mark.parametrize("mistake", MISTAKES[::4], ids=lambda m: f"{m.array}-{m.kinds[0]}")
def test_a_mistake_in_numbers_of_four_digits_is_named(exercise, mistake):
    d = exercise.fill({mistake.array: mistake.rule})
    typed = np.vectorize(lambda x: float(f"{x:.4g}"))(getattr(d, mistake.array))
    fill(getattr(exercise.values, mistake.array), typed)
    assert compare(exercise.values.loss)[getattr(exercise.values, mistake.array)].slip.kind in mistake.kinds


@pytest.mark.parametrize(
    ("kind", "gradient"),
    [
        ("missing-path", lambda x, d: x.probs / x.n),
        ("one-hot", lambda x, d: x.probs / x.n - targets(x)),
        ("factor", lambda x, d: x.probs - targets(x)),
        ("sign", lambda x, d: (targets(x) - x.probs) / x.n),
    ],
)
def test_a_slip_in_cross_entropy_in_one_go_is_named(exercise, kind, gradient):
    assert one_go(exercise, "logits", gradient).kind == kind


@pytest.mark.parametrize(
    ("name", "kind", "word", "gradient"),
    [
        (
            "x",
            "transposed",
            "the gradient of x@w and w, w has a transpose too many or too few",
            lambda X, W, dy: dy @ W,
        ),
        ("x", "transposed", "rows and columns", lambda X, W, dy: (dy @ W.T).T),
        (
            "w",
            "transposed",
            "the gradient of x@w and x, x has a transpose too many or too few",
            lambda X, W, dy: X @ dy,
        ),
        ("w", "transposed", "rows and columns", lambda X, W, dy: dy.T @ X),
        ("b", "wrong-axis", "you summed along axis 1 of", lambda X, W, dy: dy.sum(1)),
        ("b", "wrong-axis", "you summed along axes 0 and 1 of", lambda X, W, dy: np.full(4, dy.sum())),
        ("b", "wrong-axis", "you summed along axes 0 and 1 of", lambda X, W, dy: np.full(4, dy.mean())),
        ("b", "not-summed", "one row of y", lambda X, W, dy: dy[0]),
        ("b", "not-summed", "one row of y", lambda X, W, dy: dy[2]),
        ("b", "factor", "a mean taken where a sum belongs", lambda X, W, dy: dy.mean(0)),
        ("y", "factor", "'mean'", lambda X, W, dy: 16 * dy),
        ("y", "double", "counted twice", lambda X, W, dy: 2 * dy),
        ("y", "factor", "multiplied in too often", lambda X, W, dy: 7 * dy),
        ("y", "missing-path", "nothing has arrived", lambda X, W, dy: 0 * dy),
        ("w", "forgot-upstream", "multiply by the upstream gradient of y", lambda X, W, dy: X.T @ np.ones_like(dy)),
        ("x", "forgot-local", "gradient of y through unchanged", lambda X, W, dy: dy),
        ("w", "rule", "w.data", lambda X, W, dy: W),
    ],
)
def test_square_matrices_hide_no_mistake(name, kind, word, gradient):
    net, X, W, dy = square()
    leaves = ("x", "w", "b") if name == "y" else ()  # with right leaves, a factor at y may be a convention
    slip = named(net, {name: gradient(X, W, dy)}, blank=leaves)
    assert slip.kind == kind
    assert word in slip.message


def test_a_weight_decay_twice_too_large_is_no_mean_over_half_as_many_entries():
    V = array(normal(8, 3), label="V")
    penalty = 0.1 * (V**2).sum()
    penalty.label = "penalty"
    loss = penalty + V[[0, 2, 3, 5, 7]].sum()
    fill(V, gradients(loss)[V] + 0.2 * V.data)
    slip = compare(loss, nodes=[V])[V].slip
    assert slip is not None
    assert "counted twice" in slip.message


def test_one_wrong_entry_is_not_called_a_slip_of_all_rows(exercise):
    d = exercise.fill()
    wrong = d.logits.copy()
    wrong[3, exercise.Yb[3]] += 1.0 / 12
    fill(exercise.values.logits, wrong)
    result = compare(exercise.values.loss)[exercise.values.logits]
    assert result.slip is None
    place = f"logits[3, {exercise.Yb[3]}]"
    assert result.note == (
        f"logits: only {place} is off, and the other entries are right. Which step do these alone go through?"
    )


@pytest.mark.parametrize(
    ("factor", "kind", "words"),
    [
        (-1.0, "sign", "Right magnitude there, wrong sign."),
        (0.0, "missing-path", "Nothing has arrived there."),
        (2.0, "double", "It is off by a simple factor there."),
        (0.25, "factor", "It is off by a simple factor there."),
    ],
)
def test_what_is_wrong_with_a_few_entries_is_said_of_these_alone(exercise, factor, kind, words):
    d = exercise.fill()
    wrong = d.W2.copy()
    wrong[5, 7] *= factor
    wrong[60, 2] *= factor
    fill(exercise.values.W2, wrong)
    slip = slip_of(exercise, "W2")
    assert slip.kind == kind
    assert slip.message == f"W2: only W2[5, 7] and W2[60, 2] are off, and the other entries are right. {words}"


def test_numbers_that_no_mistake_explains_have_no_slip_and_a_way_to_go_on(exercise):
    exercise.fill({"W2": lambda x, d: np.random.default_rng(0).normal(size=x.W2.shape)})
    assert slip_of(exercise, "W2") is None
    note = compare(exercise.values.loss)[exercise.values.W2].note
    assert note.startswith("W2: no usual mistake gives these numbers. The nudge test helps: move W2[0, 0] by 0.001")


def test_a_part_that_is_smaller_than_the_tolerance_explains_nothing():
    A = normal(3, 4)
    net = Net(lambda name, x, a: name("u", x * a).sum() + 0.9e-6 * name("v", x * a).sum(), x=normal(3, 4, seed=5), a=A)
    assert named(net, {"x": A * (1.0 - 0.5e-6)}) is None


def test_a_maximum_that_matters_is_not_passed_over():
    net = Net(lambda name, x: (name("y", x.max(1, keepdims=True) * x) ** 3).sum(), x=normal(3, 4))
    dy, largest = gradients(net.loss)[net.y], net.x.data.max(1, keepdims=True)
    slip = named(net, {"x": -dy * largest})
    assert slip.message == (
        "x: two mistakes at once would give this: the sign is flipped, and only what comes from the use in y is there. "
        "Uses add up: where are the others?"
    )


def test_a_bias_of_zeros_explains_nothing():
    for seed in range(6):
        rng = np.random.default_rng(seed)
        net = Net(
            lambda name, x, w, b: (np.tanh(name("y", x @ w + b)) ** 2).sum(),
            x=rng.normal(size=(5, 3)),
            w=rng.normal(size=(3, 4)),
            b=np.zeros(4),
        )
        for name in ("b", "y", "w"):
            slip = named(net, {name: rng.normal(size=getattr(net, name).shape)})
            assert slip is None, slip


def test_a_number_among_arrays_is_diagnosed_too():
    net = Net(lambda name, x, s: (name("y", x * s) ** 2).sum(), x=normal(3, 2), s=1.5)
    true = gradients(net.loss)[net.s]
    assert named(net, {"s": -true}).kind == "sign"
    assert named(net, {"s": gradients(net.loss)[net.y].sum()}).kind == "forgot-local"
    assert named(net, {"s": float("nan")}).kind == "not-finite"
