"""The page of calculus: each rule read with floats, with arrays and with nodes, and its ties and edges."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from handgrad import Value, gradients, numeric_gradients
from handgrad.arrays.entrywise import FORWARDS
from handgrad.errors import DomainError, NotANumberError
from handgrad.manual import ByHandError, by_hand
from handgrad.ops import (
    LEAKY_RELU,
    LOGADDEXP,
    MAXIMUM,
    MINIMUM,
    MULTIPLY,
    POWER,
    SIGN,
    Op,
    leaky_relu,
    sigmoid,
)
from handgrad.rulecheck.slopes import slope
from tests.operations import BUILT_IN

POINTS = ((0.63, 1.37), (2.4, 0.7), (-0.8, -1.9), (1.3, -0.4))
"""Where no operation has a kink; each is left out where one has no value."""


def at_points(operation: Op) -> list[tuple[list[float], float]]:
    """Inputs and output at the points where it has a value."""
    found = []
    for point in POINTS:
        inputs = list(point[: len(operation.rule)])
        try:
            found.append((inputs, operation.forward(*inputs)))
        except (ArithmeticError, ValueError):
            continue
    assert len(found) >= 2
    return found


@pytest.mark.parametrize("operation", BUILT_IN, ids=str)
def test_a_rule_gives_the_slopes_that_central_differences_measure(operation: Op) -> None:
    for inputs, output in at_points(operation):
        for place, by_rule in enumerate(operation.derivatives(*inputs, output)):
            if math.isnan(by_rule):
                continue

            def along(x: float, place: int = place, inputs: list[float] = inputs) -> float:
                return operation.forward(*inputs[:place], x, *inputs[place + 1 :])

            assert by_rule == pytest.approx(slope(along, inputs[place]).value, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("operation", BUILT_IN, ids=str)
def test_a_rule_reads_the_same_with_arrays_and_with_nodes(operation: Op) -> None:
    for inputs, output in at_points(operation):
        if operation is POWER and inputs[0] < 0.0:
            continue
        expected = operation.derivatives(*inputs, output)
        arrays = [np.array([x]) for x in inputs]
        of_arrays = operation.derivatives(*arrays, np.array([output]))
        nodes = [Value(x) for x in inputs]
        of_nodes = operation.derivatives(*nodes, operation(*nodes))
        for number, of_array, node in zip(expected, of_arrays, of_nodes):
            assert np.ravel(of_array) == pytest.approx(number, rel=1e-14)
            assert getattr(node, "data", node) == pytest.approx(number, rel=1e-14)


@pytest.mark.parametrize("operation", [op for op in BUILT_IN if op in FORWARDS], ids=str)
def test_numpys_function_for_it_gives_its_values(operation: Op) -> None:
    for inputs, output in at_points(operation):
        assert FORWARDS[operation](*[np.array([x]) for x in inputs])[0] == pytest.approx(output, rel=1e-14)


@pytest.mark.parametrize("operation", BUILT_IN, ids=str)
def test_a_rule_is_in_words_for_each_input_and_is_shut_where_work_is_done_by_hand(operation: Op) -> None:
    (inputs, output), *_ = at_points(operation)
    assert len(operation.derivatives(*inputs, output)) == len(operation.rule)
    assert str(operation) == operation.name
    with by_hand(), pytest.raises(ByHandError):
        _ = operation.derivatives
    with by_hand(rules=True):
        assert operation.derivatives(*inputs, output)


def test_an_operation_takes_nodes_and_numbers_and_makes_one_node() -> None:
    x = Value(3.0)
    node = MULTIPLY(x, 2)
    assert (node.data, node.op, node.operands[0]) == (6.0, MULTIPLY, x)
    assert node.operands[1].is_constant


@pytest.mark.parametrize("operands", [(), (Value(1.0), np.array([1.0, 2.0])), (Value(1.0), "2"), (Value(1.0), None)])
def test_an_operation_refuses_what_is_no_operand(operands: tuple[Any, ...]) -> None:
    with pytest.raises(NotANumberError, match=r"\*"):
        MULTIPLY(*operands)


POWERS = [
    (0.0, 0.0, 0.0),  # x**0 is 1 everywhere
    (-2.0, 0.0, 0.0),
    (0.0, 1.0, 1.0),
    (0.0, 2.0, 0.0),
    (0.0, 3.0, 0.0),
    (0.0, 1.5, 0.0),
    (-3.0, 2.0, -6.0),
    (-2.0, -1.0, -0.25),
    (2.0, -0.5, -0.5 * 2.0**-1.5),
]


@pytest.mark.parametrize(("x", "n", "by_base"), POWERS)
def test_the_slope_of_a_power_by_its_base_is_the_power_rules(x: float, n: float, by_base: float) -> None:
    leaf = Value(x)
    (leaf**n).backward()
    assert leaf.grad == pytest.approx(by_base)


def test_these_slopes_are_pytorchs(torch: Any) -> None:
    for x, n, by_base in POWERS:
        base = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        (base**n).backward()
        assert base.grad.item() == pytest.approx(by_base)


@pytest.mark.parametrize("n", [0.5, 0.99, 1e-3])
def test_a_root_has_no_slope_at_0(n: float) -> None:
    with pytest.raises(DomainError, match="no finite derivative"):
        (Value(0.0) ** n).backward()


@pytest.mark.parametrize(("x", "expected"), [(0.0, 0.0), (2.0, 2.0**3 * math.log(2.0))])
def test_the_slope_of_a_power_by_its_exponent_is_0_where_the_base_is(x: float, expected: float) -> None:
    exponent = Value(3.0)
    assert gradients(Value(x) ** exponent)[exponent] == pytest.approx(expected)


@pytest.mark.parametrize(("x", "n"), [(-2.0, 2.0), (0.0, 0.0)])
def test_a_base_that_is_not_above_0_has_no_slope_by_an_exponent_that_is_asked_for(x: float, n: float) -> None:
    with pytest.raises(DomainError, match="no finite derivative"):
        gradients(Value(x) ** Value(n))


def test_zero_to_a_power_below_1_has_a_slope_by_its_exponent_though_none_by_its_base() -> None:
    exponent = Value(0.5)
    assert gradients(0.0**exponent)[exponent] == 0.0


def test_the_larger_and_the_smaller_of_two_are_passed_the_gradient() -> None:
    assert tuple(MAXIMUM.derivatives(3.0, 1.0, 3.0)) == tuple(MINIMUM.derivatives(1.0, 3.0, 1.0)) == (1.0, 0.0)
    assert tuple(MAXIMUM.derivatives(1.0, 3.0, 3.0)) == tuple(MINIMUM.derivatives(3.0, 1.0, 1.0)) == (0.0, 1.0)


def test_a_sign_is_minus_1_0_or_1_and_flat() -> None:
    assert [SIGN.forward(x) for x in (-2.0, 0.0, 0.5)] == [-1.0, 0.0, 1.0]
    assert tuple(SIGN.derivatives(0.5, 1.0)) == (0.0,)


def test_the_logarithm_of_a_sum_of_exponentials_does_not_overflow() -> None:
    for a, b in ((1000.0, 999.0), (-1000.0, -1001.0), (0.3, 0.3)):
        assert LOGADDEXP.forward(a, b) == pytest.approx(np.logaddexp(a, b), rel=1e-15)


def test_a_leaky_relu_is_one_operation_a_slope() -> None:
    assert leaky_relu(0.01) is LEAKY_RELU
    assert leaky_relu(0.2) is leaky_relu(0.2)
    assert [leaky_relu(0.2).forward(x) for x in (-2.0, 0.0, 3.0)] == [-0.4, 0.0, 3.0]
    assert leaky_relu(0.2).rule == ("1 if x > 0 else 0.2",)


@pytest.mark.parametrize("x", [-1000.0, -700.0, -3.0, 0.0, 3.0, 700.0, 1000.0])
def test_a_sigmoid_is_one_number_whatever_it_is_read_with(x: float) -> None:
    expected = 1.0 / (1.0 + math.exp(-x)) if x > -700.0 else math.exp(x)
    assert sigmoid(x) == pytest.approx(expected, rel=1e-15)
    assert sigmoid(np.array([x]))[0] == pytest.approx(expected, abs=1e-15)
    assert sigmoid(Value(x)).data == sigmoid(x)


@pytest.mark.parametrize("tied", ["relu", "abs", "maximum", "minimum", "leaky_relu"])
def test_ties_are_split_as_pytorch_splits_them(tied: str, torch: Any) -> None:
    def ours() -> list[float]:
        a, b = Value(0.0), Value(0.0)
        root = {
            "relu": lambda: a.relu(),
            "abs": lambda: abs(a),
            "maximum": lambda: a.maximum(b),
            "minimum": lambda: a.minimum(b),
            "leaky_relu": lambda: a.leaky_relu(0.2),
        }[tied]()
        root.backward()
        return [a.grad, b.grad]

    def theirs() -> list[float]:
        a, b = (torch.zeros((), dtype=torch.float64, requires_grad=True) for _ in range(2))
        root = {
            "relu": lambda: torch.relu(a),
            "abs": lambda: torch.abs(a),
            "maximum": lambda: torch.maximum(a, b),
            "minimum": lambda: torch.minimum(a, b),
            "leaky_relu": lambda: torch.nn.functional.leaky_relu(a, 0.2),
        }[tied]()
        root.backward()
        return [a.grad.item(), 0.0 if b.grad is None else b.grad.item()]

    assert ours() == theirs()


def test_a_square_of_a_negative_number_asks_for_no_derivative_by_its_constant_exponent() -> None:
    x = Value(-3.0)
    root = x**2
    root.backward()
    assert x.grad == -6.0
    assert root.operands[1].grad == 0.0


@pytest.mark.parametrize(("base", "exponent"), [(1.7, 2.3), (0.4, -1.2), (2.0, 0.0)])
def test_a_value_may_be_an_exponent(base: float, exponent: float) -> None:
    x, n = Value(base), Value(exponent)
    root = x**n
    assert gradients(root) == pytest.approx(dict(numeric_gradients(root)), rel=1e-8, abs=1e-10)
