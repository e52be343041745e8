"""The verdict on each entry of an array."""

from __future__ import annotations

import random

import numpy as np
import pytest

from handgrad import Status, Value, compare, gradients, label, manual
from handgrad.arrays import array, fill
from handgrad.verdict import entries
from handgrad.verdict.rounding import Tolerance, half_a_digit
from handgrad.verdict.status import CODES

from ..slips.array_exercise import Exercise
from ..slips.array_nets import array_chain
from ..slips.array_programs import entries_of


def typed(number: float, digits: int) -> float:
    return float(f"{number:.{digits}g}")


def test_a_nan_behind_a_rounding_is_the_only_mistake():
    with manual():
        a = array([1.0 / 3.0, 2.0 / 7.0], label="a")
        c = label(a * [1.7, 2.3], "c")
        loss = (c**2).sum()
    true = gradients(loss)
    fill(c, [round(float(true[c][0]), 3), np.nan])
    fill(a, [c.grad[0] * 1.7, true[a][1]])
    comparison = compare(loss)
    assert [[comparison[node][i].status for i in (0, 1)] for node in (c, a)] == [
        [Status.CORRECT, Status.WRONG],
        [Status.CORRECT, Status.CORRECT],
    ]
    assert comparison[c][1].actual is None


def test_half_of_the_last_of_seventeen_digits_makes_no_coarse_number_right():
    long, typed = 0.0049516693147246, 0.01
    for as_leaf in (array, entries_of):
        with manual():
            x = as_leaf(np.array([0.3, 0.4]))
            y = x * 2.0
            loss = (y * y).sum()
        for nodes, grad in ((y, long), (x, typed)):
            if isinstance(nodes, np.ndarray):
                for node in nodes:
                    node.grad = grad
            else:
                fill(nodes, [grad, grad])
        comparison = compare(loss, nodes=[x, y])
        for nodes in (y, x):
            found = [comparison[n].status for n in nodes] if as_leaf is entries_of else [comparison[nodes][0].status]
            assert set(found) == {Status.WRONG}


def test_what_is_not_finite_on_the_way_makes_nothing_right():
    with manual():
        x = array([1.0, 2.0], label="x")
        y = label(x * 1e200, "y")
        loss = (y * 1e-200).sum()
    fill(y, [1e200, 1e-200])
    fill(x, [123.0, 1.0])
    comparison = compare(loss)
    assert comparison[x][0].status is Status.WRONG
    assert comparison[x][1].status is Status.CORRECT


def test_a_second_mistake_in_one_entry_of_an_array_is_seen_below_the_first() -> None:
    made = array_chain()
    x, u, v = made["x"], made["u"], made["v"]
    v.grad = -np.exp(v.data)
    u.grad = 1.7 * v.grad
    dx = (1.0 - u.data**2) * u.grad
    dx[1, 2] *= 2.0
    x.grad = dx
    comparison = compare(made["loss"])
    assert [result.name for result in comparison.causes] == ["v", "x"]
    assert comparison[x][1, 2].status is Status.WRONG
    assert comparison[x][0, 0].status is Status.CARRIED


def test_beside_a_wrong_entry_the_others_of_an_array_are_right() -> None:
    made = array_chain()
    true = gradients(made["loss"])
    for name in ("x", "u", "v"):
        made[name].grad = true[made[name]].copy()
    wrong = made["u"].grad
    wrong[0, 1] += 0.5
    made["u"].grad = wrong
    result = compare(made["loss"])[made["u"]]
    assert result.wrong == 1
    assert result[0, 1].status is Status.WRONG
    assert result[0, 0].status is result[2, 3].status is Status.CORRECT
    assert result[0, 1].error == pytest.approx(0.5)
    assert result[0, 0].error == 0.0


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return Exercise()


def test_an_entry_that_the_loss_does_not_use_is_judged_too(exercise):
    d = exercise.fill()
    unused = sorted(set(range(27)) - set(exercise.Xb.ravel().tolist()))[0]
    wrong = d.C.copy()
    wrong[unused, 3] = 1e-9
    fill(exercise.values.C, wrong)
    result = compare(exercise.values.loss).arrays[-1]
    assert (result.status, result.wrong, result.first_wrong) == (Status.WRONG, 1, (unused, 3))


@pytest.mark.parametrize(
    ("grad", "shape", "expected"),
    [
        ([1, 2], (2,), [1.0, 2.0]),
        (np.array([1.5, 2.5], dtype=np.float32), (2,), [1.5, 2.5]),
        ([1.0, np.inf], (2,), [1.0, np.nan]),
        (np.array([1.0, None], dtype=object), (2,), [1.0, np.nan]),
        (np.array([Value(1.0), 2], dtype=object), (2,), [np.nan, 2.0]),
        ([[1.0], [2.0]], (2,), None),
        (3.0, (2,), None),
        ([True, False], (2,), None),
        (["1", "2"], (2,), None),
        ([1j, 2.0], (2,), None),
        ([[1.0], [1.0, 2.0]], (2,), None),
        (np.zeros((0, 3)), (0, 3), np.zeros((0, 3))),
    ],
)
def test_what_was_filled_in_is_read_as_numbers_of_its_shape_or_not_at_all(grad, shape, expected) -> None:
    found = entries.read_array(grad, shape)
    if expected is None:
        assert found is None
    else:
        np.testing.assert_array_equal(found, expected)


def test_each_entry_is_accepted_as_a_number_of_its_own_would_be() -> None:
    rng = random.Random(2)
    for tolerance in (Tolerance(), Tolerance(typed=False), Tolerance(1e-3, 0.1)):
        reference = np.array([rng.choice([-1, 1]) * 10.0 ** rng.uniform(-4, 4) for _ in range(200)])
        numbers = np.array(
            [typed(x, rng.choice([2, 3, 4, 17])) * rng.choice([1.0, 1.0, -1.0, 1.001]) for x in reference]
        )
        size = np.abs(reference) * 10.0 ** rng.uniform(0, 5)
        found = entries.are_accepted(tolerance, numbers, reference, size)
        assert found.tolist() == [
            tolerance.accepts(*one) for one in zip(numbers.tolist(), reference.tolist(), size.tolist())
        ]
        assert 20 < found.sum() < 200


def test_near_a_reference_that_is_not_finite_no_entry_is_right() -> None:
    found = entries.are_accepted(Tolerance(1.0, 1e9), np.ones(3), np.array([1.0, np.inf, np.nan]), 0.0)
    assert found.tolist() == [True, False, False]


def test_half_a_digit_of_each_entry_is_that_of_the_number_and_none_where_it_has_many() -> None:
    numbers = np.array([0.335, -120.0, 0.0, 1.0 / 3.0, 0.123456789])
    found = entries.half_digits(numbers)
    assert found[:2] == pytest.approx([half_a_digit(x, x) for x in (0.335, -120.0)])
    assert found[2:].tolist() == [0.0, 0.0, pytest.approx(half_a_digit(0.123456789, 0.123456789))]


def test_an_array_has_the_gravest_status_of_its_entries() -> None:
    codes = {status: CODES[status] for status in Status}
    for listed, gravest in (
        ([Status.CORRECT, Status.WRONG, Status.MISSING], Status.WRONG),
        ([Status.CORRECT, Status.MISSING, Status.CARRIED], Status.MISSING),
        ([Status.CORRECT, Status.CARRIED], Status.CARRIED),
        ([Status.CORRECT], Status.CORRECT),
        ([], Status.CORRECT),
    ):
        assert entries.gravest(np.array([codes[status] for status in listed], dtype=np.int8)) is gravest


def test_an_array_is_suspected_where_a_mistake_reaches_an_entry_that_is_wrong() -> None:
    codes = np.array([[CODES[Status.CORRECT], CODES[Status.CARRIED]], [CODES[Status.WRONG], CODES[Status.WRONG]]])
    assert entries.has_suspects(codes, np.array([False, True]))
    assert not entries.has_suspects(codes, np.array([[True, True], [False, False]]))
    assert not entries.has_suspects(Status.WRONG, True)


def test_what_nobody_filled_in_is_what_the_chain_rule_gives() -> None:
    assert entries.fill_blanks(np.array([1.0, np.nan]), np.array([7.0, 8.0])).tolist() == [1.0, 8.0]
