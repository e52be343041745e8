"""When a number counts as right: float noise, a person's rounding, and what is asked for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handgrad import Status, Value, arrays, compare, gradients, manual
from handgrad.verdict.rounding import NOISE, ROUNDINGS, Tolerance, precision_of
from tests.graphs import fill_right, random_graph


@settings(max_examples=60)
@given(seed=st.integers(0, 100_000), digits=st.integers(3, 6))
def test_one_who_rounds_and_carries_on_from_the_rounded_number_is_right(seed: int, digits: int) -> None:
    root = random_graph(seed, steps=12)
    carried = dict.fromkeys(gradients(root), 0.0)
    carried[root] = 1.0
    for node in carried:
        carried[node] = node.grad = float(f"{carried[node]:.{digits}g}")
        inputs = [operand.data for operand in node.operands]
        for place, operand in enumerate(node.operands):
            carried[operand] += carried[node] * node.op.derivatives(*inputs, node.data)[place]
    assert compare(root).ok


def product_with_gradient(reference: float) -> tuple[Value, Value]:
    with manual():
        x, factor = Value(1.5, "x"), Value(reference, "factor")
        root = x * factor
    root.grad, factor.grad = 1.0, 1.5
    return root, x


@pytest.mark.parametrize(
    ("reference", "written", "is_right"),
    [
        (-0.33475903, -0.335, True),
        (-0.33475903, -0.3348, True),
        (-0.33475903, -0.33, False),  # two digits
        (-0.33475903, -0.334, False),  # cut off, not rounded
        (-0.33475903, 0.335, False),
        (0.09003057, 0.09, True),  # 0.090, three decimals
        (0.0625, 0.062, True),  # a tie rounds either way
        (0.0625, 0.063, True),
        (0.0625, 0.0625, True),
        (0.0625, 0.064, False),
        (0.00912, 0.009, False),  # below 0.01 it takes three digits
        (0.009124, 0.00912, True),
        (0.0004, 0.0, False),
        (0.0111, 0.011, True),
        (1234.567, 1230.0, True),
        (1234.567, 1200.0, False),
        (2.0 / 3.0, 0.667, True),
        (2.0 / 3.0, 0.6667, True),
        (2.0 / 3.0, 0.666, False),
        (1e-10, -1e-10, False),
        (1e-10, 1.0000001e-10, True),
        (1e-10, 0.0, False),
        (123456789.0, 123000000.0, True),
        (0.9996, 1.0, True),
    ],
)
def test_a_number_rounded_by_a_person_counts_as_right(reference: float, written: float, is_right: bool) -> None:
    root, x = product_with_gradient(reference)
    x.grad = written
    assert compare(root).ok is is_right


def test_typed_false_takes_no_rounding() -> None:
    root, x = product_with_gradient(2.0 / 3.0)
    x.grad = 0.667
    assert not compare(root, typed=False).ok


def test_rtol_and_atol_widen_what_is_right() -> None:
    root, x = product_with_gradient(2.0 / 3.0)
    x.grad = 0.7
    assert not compare(root).ok
    assert compare(root, rtol=0.1).ok
    assert compare(root, atol=0.05).ok


def test_a_zero_left_by_cancellation_is_right_and_a_tiny_gradient_of_the_wrong_sign_is_wrong() -> None:
    x = Value(0.1, "x")
    root = x * 0.3 + x * 0.3 + x * 0.3 - x * 0.9
    fill_right(root, gradients(root))
    true = gradients(root)[x]
    assert true != 0.0  # float noise
    for written in (0.0, -true):
        x.grad = written
        assert compare(root).ok
    tiny = Value(3.0, "tiny")
    root = tiny * 1e-11
    root.grad, tiny.grad = 1.0, -1e-11
    assert compare(root)[tiny].status is Status.WRONG


def test_a_tiny_entry_of_an_array_is_as_right_or_wrong_as_a_large_one() -> None:
    with manual():
        x = arrays.array(np.array([1.0, 2.0, 3.0]), "x")
        root = (x * 1e-14).sum()
    root.grad, x.grad = 1.0, np.array([1e-14, 1e-14, 2e-14])
    assert compare(root)[x].status is Status.WRONG
    x.grad = np.full(3, 1e-14)
    assert compare(root)[x].status is Status.CORRECT


def test_the_fused_gradient_p_minus_y_is_right_as_typed() -> None:
    with manual():
        logits = [Value(x, f"z{i}") for i, x in enumerate([2.0, 1.0, 0.0])]
        exps = [z.exp() for z in logits]
        loss = -(exps[0] / (exps[0] + exps[1] + exps[2])).log()
    for z, grad in zip(logits, [-0.335, 0.245, 0.09]):
        z.grad = grad
    assert compare(loss, nodes=logits).ok


EXACT = Tolerance(rtol=0.0, typed=False)


@pytest.mark.parametrize(
    ("tolerance", "arguments", "expected"),
    [
        (Tolerance(1e-3, 0.5), (-10.0, 0.0), 0.51),
        (EXACT, (10.0, 4.0), 4.0 * NOISE),
        (EXACT, (10.0, 0.0, 0.25), 0.25),
        (EXACT, (10.0, 4.0, 0.0, 1e-5), 1.4e-4),
        (Tolerance(1e-3), (10.0, 0.0, 0.0, 1e-5), 1e-2),  # the coarser of the two
        (Tolerance(1e-3, 0.5), (np.array([-10.0, 0.0]), np.array([0.0, 1.0])), [0.51, 0.5 + NOISE]),
    ],
)
def test_what_is_allowed_is_a_share_of_the_reference_and_of_what_it_is_the_sum_of(tolerance, arguments, expected):
    np.testing.assert_allclose(tolerance.allowance(*arguments), expected, rtol=1e-12)


def test_the_defaults_allow_a_millionth_and_a_persons_rounding() -> None:
    tolerance = Tolerance()
    assert (tolerance.rtol, tolerance.atol, tolerance.typed) == (1e-6, 0.0, True)
    assert tolerance.accepts(1.0 + 9e-7, 1.0, 0.0)
    assert tolerance.accepts(0.333, 1.0 / 3.0, 0.0)
    assert not tolerance.accepts(1.0 + 2e-6, 1.0, 0.0)


def test_what_is_just_allowed_is_right_and_a_little_more_is_wrong() -> None:
    tolerance = Tolerance(0.0, 0.25, typed=False)
    assert tolerance.accepts(1.25, 1.0, 0.0)
    assert not tolerance.accepts(math.nextafter(1.25, 2.0), 1.0, 0.0)


def test_near_a_reference_that_is_not_finite_nothing_is_right() -> None:
    for reference in (math.inf, -math.inf, math.nan):
        assert not Tolerance(1.0, math.inf).accepts(1.0, reference, 0.0)


@pytest.mark.parametrize(
    ("grad", "expected"),
    [
        (1.0, 0.0),
        (1, 0.0),
        (None, 0.0),
        ("a text", 0.0),
        (np.float64(1.0), 0.0),
        (np.longdouble(1.0), 0.0),
        (np.zeros(3, dtype=int), 0.0),
        (np.float32(1.0), ROUNDINGS * float(np.finfo(np.float32).eps)),
        (np.zeros(3, dtype=np.float32), ROUNDINGS * float(np.finfo(np.float32).eps)),
    ],
)
def test_a_type_is_as_coarse_as_some_of_its_roundings(grad, expected):
    assert precision_of(grad) == expected


def test_half_precision_is_coarser_than_single() -> None:
    assert precision_of(np.float32(1.0)) < 1e-4 < precision_of(np.float16(1.0))


@pytest.mark.parametrize(("factor", "ok"), [(1.0, True), (1.001, True), (1.012, False), (0.988, False)])
def test_an_answer_in_half_precision_may_be_off_by_some_roundings_and_not_by_a_percent(factor: float, ok: bool) -> None:
    with manual():
        x = arrays.array(np.linspace(0.31, 1.7, 7), "x")
        loss = (x.tanh() ** 2).sum()
    x.grad = (factor * 2.0 * np.tanh(x.data) * (1.0 - np.tanh(x.data) ** 2)).astype(np.float16)
    assert compare(loss, nodes=[x], typed=False).ok is ok
