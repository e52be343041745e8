"""The usual mistakes at the logits of a cross-entropy: as numbers, as an array, in steps, fused, exact and rounded."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from handgrad import Value, compare, functional, gradients, label, manual
from handgrad.arrays import array
from handgrad.slips.softmax import MISTAKES

CLASSES = 4


class Case(NamedTuple):
    """A wrong gradient of the logits.

    Attributes:
        words: what the sentence about it holds, of an array's or of a number's.
        wrong: (p, y, n, z) -> what was written.
    """

    words: tuple[str, ...]
    wrong: Callable[[Any, Any, int, Any], Any]


EXPS = ("exps that nothing is divided by",)
UNLIKE = ("brackets", "not scaled like the rest", "the rest is off by one factor")
ITS_OWN = ("only what", "sum of the row", "alone")
CASES = {
    "p": Case(("the softmax alone", "left out?", "one-hot"), lambda p, y, n, z: p / n),
    "y - p": Case(("right magnitude, wrong sign",), lambda p, y, n, z: (y - p) / n),
    "no 1/n": Case(("is left out",), lambda p, y, n, z: p - y),
    "n - 1": Case(("or over n - 1", "or by n - 1"), lambda p, y, n, z: (p - y) / (n - 1)),
    "wrong class": Case(("another class", "the softmax alone"), lambda p, y, n, z: (p - np.roll(y, 1, -1)) / n),
    "-y": Case(ITS_OWN, lambda p, y, n, z: -y / n),
    "p + y": Case(("is added", "added where"), lambda p, y, n, z: (p + y) / n),
    "p*(1 - p)": Case(("p*(1 - p) is how",), lambda p, y, n, z: p * (1.0 - p) / n),
    "exp": Case(EXPS, lambda p, y, n, z: np.exp(z) / n),
    "exp - y": Case(EXPS, lambda p, y, n, z: (np.exp(z) - y) / n),
    "z - y": Case(("the logits themselves",), lambda p, y, n, z: (z - y) / n),
    "log p - y": Case(("logarithm",), lambda p, y, n, z: (np.log(p) - y) / n),
    "twice": Case(("counted twice",), lambda p, y, n, z: 2.0 * (p - y) / n),
    "p*(p - y)": Case(("p is multiplied in once more",), lambda p, y, n, z: p * (p - y) / n),
    "by the classes, too": Case(("the number of classes", "a mean taken"), lambda p, y, n, z: (p - y) / n / CLASSES),
    "y*(p - 1)": Case(ITS_OWN, lambda p, y, n, z: y * (p - 1.0) / n),
    "-y/p": Case(("the slope by the share", *ITS_OWN), lambda p, y, n, z: -y / p / n),
    "p/n - y": Case(("brackets", "not scaled like the rest", "one-hot"), lambda p, y, n, z: p / n - y),
    "p/n - y/n/n": Case(
        ("once too often", "brackets", "not scaled like the rest"), lambda p, y, n, z: p / n - y / n / n
    ),
    "exp by the mean": Case(
        ("the shares in it add up to 4", "the rest is off by one factor"), lambda p, y, n, z: (CLASSES * p - y) / n
    ),
}


def problem(seed: int, rows: int) -> tuple[Any, Any, Any, list[int]]:
    """Logits of two decimals, none of them 0, their softmax, the one-hot rows and the targets."""
    rng = np.random.default_rng(seed)
    z = np.round(rng.uniform(-1.5, 1.5, size=(rows, CLASSES)), 1) + 0.05
    targets = rng.integers(0, CLASSES, size=rows).tolist()
    exps = np.exp(z)
    return z, exps / exps.sum(-1, keepdims=True), np.eye(CLASSES)[targets], targets


def written(case: Case, z: Any, p: Any, y: Any, digits: int | None) -> Any:
    numbers = case.wrong(p, y, len(z), z)
    return numbers if digits is None else np.round(numbers, digits)


@pytest.mark.parametrize("digits", [None, 4, 3])
@pytest.mark.parametrize("name", CASES)
def test_of_an_array_each_is_named(name, digits):
    for seed in range(2):
        z, p, y, targets = problem(seed, rows=3)
        with manual():
            logits = array(z, "logits")
            loss = label(functional.cross_entropy(logits, targets), "loss")
        loss.grad, logits.grad = 1.0, written(CASES[name], z, p, y, digits)
        (cause,) = compare(loss, nodes=[loss, logits]).causes
        assert cause.slip is not None, seed
        assert any(words in cause.slip.message for words in CASES[name].words), cause.slip.message


OF_ROWS = {"no 1/n", "n - 1", "p/n - y", "p/n - y/n/n"}
OF_ONE_ROW = sorted(set(CASES) - OF_ROWS)


@pytest.mark.parametrize("is_fused", [False, True], ids=["in steps", "fused"])
@pytest.mark.parametrize("name", OF_ONE_ROW)
def test_of_numbers_each_is_named(name, is_fused):
    """Every logit that is wrong is, with one that is 0 by the mistake as one for which nothing has arrived."""
    for seed in range(2):
        z, p, y, (target,) = problem(seed, rows=1)
        wrong = written(CASES[name], z, p, y, None)[0]
        with manual():
            logits = [Value(number, f"z{place}") for place, number in enumerate(z[0].tolist())]
            loss = label(functional.cross_entropy(logits, target, fused=is_fused), "loss")
        loss.grad = 1.0
        for logit, number in zip(logits, wrong.tolist()):
            logit.grad = number
        causes = compare(loss, nodes=[loss, *logits]).causes
        assert causes
        words = (*CASES[name].words, "one-hot")
        assert all(cause.slip and any(said in cause.slip.message for said in words) for cause in causes)


@pytest.mark.parametrize("name", sorted(OF_ROWS))
def test_what_goes_wrong_with_the_mean_of_rows_of_numbers_is_named(name):
    z, p, y, targets = problem(5, rows=3)
    wrong = written(CASES[name], z, p, y, None)
    with manual():
        rows = [[Value(number, f"z{i}{j}") for j, number in enumerate(row)] for i, row in enumerate(z.tolist())]
        loss = label(functional.cross_entropy(rows, targets), "loss")
    loss.grad = 1.0
    logits = [logit for row in rows for logit in row]
    for logit, number in zip(logits, wrong.ravel().tolist()):
        logit.grad = number
    causes = compare(loss, nodes=[loss, *logits]).causes
    assert len(causes) >= 3
    for cause in causes:
        assert any(words in cause.slip.message for words in CASES[name].words), cause.slip.message


@pytest.mark.parametrize("is_array", [False, True], ids=["numbers", "array"])
def test_of_a_loss_that_is_no_mean_nothing_is_said_of_a_number_of_rows(is_array):
    z, p, y, targets = problem(5, rows=1)
    with manual():
        logits = (
            array(z, "z") if is_array else [Value(number, f"z{place}") for place, number in enumerate(z[0].tolist())]
        )
        loss = label(0.7 * functional.cross_entropy(logits, targets if is_array else targets[0]), "loss")
    loss.grad, halved = 1.0, 0.35 * (p - y)
    for node, grad in [(logits, halved)] if is_array else zip(logits, halved[0].tolist()):
        node.grad = grad
    causes = compare(loss, nodes=[logits] if is_array else logits).causes
    assert causes
    assert not any("rows" in cause.slip.message for cause in causes)


@pytest.mark.parametrize(("axis", "words"), [(0, "along another axis than the one"), (None, "over all rows at once")])
def test_a_softmax_of_rows_of_numbers_along_another_axis_is_named(axis, words):
    z, _p, y, targets = problem(5, rows=2)
    shares = np.exp(z) / np.exp(z).sum(axis=axis)
    with manual():
        rows = [[Value(number, f"z{i}{j}") for j, number in enumerate(row)] for i, row in enumerate(z.tolist())]
        loss = label(functional.cross_entropy(rows, targets, fused=True), "loss")
    loss.grad = 1.0
    logits = [*rows[0], *rows[1]]
    for logit, number in zip(logits, ((shares - y) / 2.0).ravel().tolist()):
        logit.grad = number
    causes = compare(loss, nodes=[loss, *logits]).causes
    assert len(causes) == 2 * CLASSES
    assert all(words in cause.slip.message for cause in causes)


def test_a_cross_entropy_by_division_is_one_too():
    with manual():
        logits = [Value(number, f"z{place}") for place, number in enumerate((0.3, -1.1, 0.8))]
        exps = [z.exp() for z in logits]
        total = exps[0] + exps[1] + exps[2]
        loss = label(-(exps[1] / total).log(), "loss")
    loss.grad = 1.0
    all_of_them = sum(math.exp(z.data) for z in logits)
    for z in logits:
        z.grad = math.exp(z.data) / all_of_them
    (cause,) = compare(loss, nodes=[loss, *logits]).causes
    assert cause.node is logits[1]
    assert "the softmax alone" in cause.slip.message


def test_the_sum_of_some_exps_that_is_no_cross_entropy_is_left_alone():
    with manual():
        logits = [Value(number, f"z{place}") for place, number in enumerate((0.3, -1.1, 0.8))]
        exps = [z.exp() for z in logits]
        loss = label((exps[0] + exps[1] + exps[2]).log() * 2.0, "loss")
    all_of_them = sum(math.exp(z.data) for z in logits)
    loss.grad = 1.0
    for z in logits:
        z.grad = math.exp(z.data) / all_of_them
    for cause in compare(loss, nodes=[loss, *logits]).causes:
        assert not any(slip.clause in cause.slip.message for slip in MISTAKES)


def test_a_loss_of_two_targets_is_no_cross_entropy_and_the_target_is_not_spoken_of():
    with manual():
        z = array(np.random.default_rng(0).normal(size=5), "z")
        loss = label(np.log(np.exp(z).sum()) - z[1] - z[3], "loss")
    loss.grad, right = 1.0, gradients(loss)[z]
    z.grad = right + np.eye(5)[3]
    (cause,) = compare(loss, nodes=[loss, z]).causes
    assert cause.slip.message == "z: you left out what comes from z[3]; contributions add up (use +=, not =)."


def filled(root: Value, wrong: dict[Any, float], digits: int | None) -> Any:
    """The comparison where every step is filled in rightly, but for some nodes, all to so many decimals."""
    for node, right in gradients(root).items():
        number = wrong.get(node, right)
        # Three digits at least, as what is right must have.
        node.grad = number if digits is None else float(f"{number:.3g}") if abs(number) < 0.1 else round(number, digits)
    return compare(root)


@pytest.mark.parametrize("digits", [None, 4, 3])
@pytest.mark.parametrize("form", ["log-sum-exp", "division"])
@pytest.mark.parametrize("name", OF_ONE_ROW)
def test_each_is_named_where_all_steps_are_filled_in_rightly(name, form, digits):
    for seed in range(1):
        z, p, y, (target,) = problem(seed, rows=1)
        with manual():
            logits = [Value(number, f"z{place}") for place, number in enumerate(z[0].tolist())]
            if form == "division":
                exps = [logit.exp() for logit in logits]
                loss = label(-(exps[target] / (exps[0] + exps[1] + exps[2] + exps[3])).log(), "loss")
            else:
                loss = label(functional.cross_entropy(logits, target), "loss")
        wrong = CASES[name].wrong(p, y, 1, z)[0]
        comparison = filled(loss, dict(zip(logits, wrong.tolist())), digits)
        assert {cause.node for cause in comparison.causes} <= set(logits)
        for cause in comparison.causes:
            words = (*CASES[name].words, "one-hot", "you wrote 0")
            assert any(said in cause.note for said in words), cause.note


@pytest.mark.parametrize("digits", [None, 4, 3])
@pytest.mark.parametrize("name", ["no 1/n", "n - 1", "p/n - y", "p"])
def test_each_is_named_in_a_batch_whose_steps_are_filled_in_rightly(name, digits):
    z, p, y, targets = problem(5, rows=3)
    with manual():
        rows = [[Value(number, f"z{i}{j}") for j, number in enumerate(row)] for i, row in enumerate(z.tolist())]
        loss = label(functional.cross_entropy(rows, targets), "loss")
    logits = [logit for row in rows for logit in row]
    wrong = CASES[name].wrong(p, y, 3, z).ravel().tolist()
    for cause in filled(loss, dict(zip(logits, wrong)), digits).causes:
        assert any(words in cause.slip.message for words in CASES[name].words), cause.note


@pytest.mark.parametrize("digits", [None, 3])
def test_the_mean_left_out_besides_is_two_things_at_once(digits):
    z, p, _, targets = problem(5, rows=3)
    with manual():
        rows = [[Value(number, f"z{i}{j}") for j, number in enumerate(row)] for i, row in enumerate(z.tolist())]
        loss = label(functional.cross_entropy(rows, targets), "loss")
    row = rows[1]
    comparison = filled(loss, dict(zip(row, p[1].tolist())), digits)
    slip = comparison[row[targets[1]]].slip
    assert (
        "two mistakes at once would give this: the mean over 3 rows is left out, and that is the softmax alone"
        in slip.message
    )


def test_of_an_array_the_mean_left_out_besides_is_two_things_at_once():
    z, p, _, targets = problem(2, rows=3)
    with manual():
        logits = array(z, "logits")
        loss = label(functional.cross_entropy(logits, targets), "loss")
    loss.grad, logits.grad = 1.0, np.round(p, 4)
    (cause,) = compare(loss, nodes=[loss, logits]).causes
    assert (
        "two mistakes at once would give this: the mean over 3 rows is left out, and that is the softmax alone"
        in cause.slip.message
    )


def test_who_has_named_the_exps_and_has_their_gradients_slips_step_by_step():
    with manual():
        logits = [Value(number, f"z{place}") for place, number in enumerate((0.3, -1.1, 0.8))]
        exps = [label(z.exp(), f"e{place}") for place, z in enumerate(logits)]
        loss = label((exps[0] + exps[1] + exps[2]).log() - logits[1], "loss")
    p = math.exp(-1.1) / sum(math.exp(z.data) for z in logits)
    slip = filled(loss, {logits[1]: p}, None)[logits[1]].slip
    assert slip.message.startswith("z1: you left out the contribution from loss;")


def test_of_two_mistakes_that_fit_a_logit_the_one_that_fits_the_row_is_told():
    # z0 is its own softmax to three digits: there the logits for the softmax are the softmax alone.
    z0, others = 0.322, (math.exp(-0.52), math.exp(0.4))
    for _ in range(100):
        z0 = math.exp(z0) / (math.exp(z0) + sum(others))
    with manual():
        logits = [Value(number, f"z{place}") for place, number in enumerate((z0, -0.52, 0.4))]
        loss = label(functional.cross_entropy(logits, 2), "loss")
    wrong = {z: z.data - (place == 2) for place, z in enumerate(logits)}
    told = [cause.slip.message for cause in filled(loss, wrong, 3).causes]
    assert len(told) >= 2
    assert all("the logits themselves stand where their softmax belongs" in message for message in told)


@pytest.mark.parametrize("numbers", [[0.0, 800.0, 1.0], [50.0, 0.0, 1.0], [1000.0, 0.0], [-800.0, 0.0, 800.0]])
def test_logits_so_far_apart_that_shares_are_0_and_1_are_judged(numbers):
    with manual():
        z = [Value(number, f"z{place}") for place, number in enumerate(numbers)]
        loss = label(functional.cross_entropy(z, 0), "loss")
    loss.grad = 1.0
    for node in z:
        node.grad = 0.5
    assert "Fix first" in str(compare(loss))


def test_a_sheet_whose_wrong_numbers_alone_show_two_decimals_is_read_as_rounded_to_them():
    with manual():
        logits = [Value(number, f"z{place}") for place, number in enumerate((0.9, -1.2, 0.3, -0.17))]
        loss = label(functional.cross_entropy(logits, 2, fused=True), "loss")
    loss.grad = 1.0
    for logit in logits:
        logit.grad = round(float(np.exp(logit.data)), 2)
    causes = compare(loss).causes
    assert [cause.name for cause in causes] == ["z3", "z2", "z1", "z0"]
    assert all("those are exps that nothing is divided by" in cause.slip.message for cause in causes)
