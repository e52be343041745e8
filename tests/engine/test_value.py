"""Value: building the graph, what it refuses, and how it works with numpy."""

import copy
import math
from typing import Any

import numpy as np
import pytest

from handgrad import HandgradError, Value, gradients
from handgrad.errors import NotANumberError

OPERATORS = {
    "a + b": (lambda a, b: a + b, "+"),
    "a - b": (lambda a, b: a - b, "-"),
    "a * b": (lambda a, b: a * b, "*"),
    "a / b": (lambda a, b: a / b, "/"),
    "a ** b": (lambda a, b: a**b, "**"),
}


@pytest.mark.parametrize("written", OPERATORS)
def test_each_operator_makes_one_node_of_its_two_operands(written: str) -> None:
    operator, symbol = OPERATORS[written]
    a, b = Value(2.5), Value(1.5)
    node = operator(a, b)
    assert node.operands == (a, b)
    assert str(node.op) == symbol
    assert node.data == operator(2.5, 1.5)


@pytest.mark.parametrize("written", OPERATORS)
def test_each_operator_takes_a_number_on_either_side(written: str) -> None:
    operator, _ = OPERATORS[written]
    a = Value(2.5)
    assert operator(a, 3).data == operator(2.5, 3)
    assert operator(3, a).data == operator(3, 2.5)
    assert operator(3, a).operands[1] is a


def test_a_number_becomes_a_constant_leaf_labelled_as_it_is_written() -> None:
    a = Value(1.0)
    labels = [node.operands[1].label for node in (a * 2, a * 2.0, a * 0.25, a * np.float64(3.0))]
    assert labels == ["2", "2.0", "0.25", "3.0"]
    assert all(node.is_constant and node.is_leaf for node in (a * 2).operands[1:])


def test_a_minus_b_is_one_node_and_not_a_plus_minus_b() -> None:
    assert len(gradients(Value(1.0) - Value(2.0))) == 3


def test_a_times_a_keeps_both_operands() -> None:
    a = Value(3.0)
    assert (a * a).operands == (a, a)


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("exp", math.exp),
        ("log", math.log),
        ("sqrt", math.sqrt),
        ("sin", math.sin),
        ("cos", math.cos),
        ("tanh", math.tanh),
    ],
)
def test_a_function_is_a_method_and_a_numpy_function(name: str, oracle: object) -> None:
    v = Value(0.7)
    assert getattr(v, name)().data == oracle(0.7)
    node = getattr(np, name)(v)
    assert (node.data, node.op.name, node.operands) == (oracle(0.7), name, (v,))


@pytest.mark.parametrize("x", [-1000.0, -1.3, 0.0, 1.3, 1000.0])
def test_sigmoid_and_softplus_are_stable_far_out(x: float) -> None:
    assert Value(x).sigmoid().data == pytest.approx(1 / (1 + math.exp(-x)) if x > -700 else 0.0)
    assert Value(x).softplus().data == pytest.approx(np.logaddexp(0.0, x))


def test_leaky_relu_takes_its_slope() -> None:
    assert Value(-2.0).leaky_relu(0.3).data == pytest.approx(-0.6)
    assert Value(-2.0).leaky_relu().data == pytest.approx(-0.02)


def test_comparisons_look_at_data_and_equality_at_identity() -> None:
    a, b = Value(1.0), Value(1.0)
    assert a <= b
    assert a >= 1
    assert not a < b
    assert Value(2.0) > a
    assert a != b
    assert len({a, b}) == 2


def test_format_formats_the_data_and_repr_stays_short() -> None:
    v = Value(1.23456, "speed")
    assert f"{v:.2f}" == "1.23"
    assert repr(v) == "Value(data=1.23456, grad=0.0, label='speed')"
    assert f"{v}" == repr(v)


def test_data_may_be_assigned_a_number_and_stays_a_float() -> None:
    v = Value(1)
    v.data = np.int64(4)
    v.data -= 0.5
    assert v.data == 3.5
    assert type(v.data) is float


@pytest.mark.parametrize("good", [3, 3.0, np.float32(3), np.int64(3), np.array(3.0), np.uint8(3)])
def test_every_kind_of_real_number_is_taken(good: object) -> None:
    assert Value(good).data == 3.0
    assert (Value(1.0) * good).data == 3.0


@pytest.mark.parametrize(
    "bad", ["2", None, True, np.bool_(True), 1j, [1.0], np.array([1.0]), Value(1.0), b"1", object()]
)
def test_what_is_no_number_is_refused_as_data(bad: object) -> None:
    with pytest.raises(TypeError) as error:
        Value(bad)
    assert isinstance(error.value, HandgradError)
    v = Value(1.0)
    with pytest.raises(TypeError):
        v.data = bad
    assert v.data == 1.0


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, np.float64("nan"), 10**400])
def test_what_is_not_finite_is_refused_as_data_and_as_operand(bad: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        Value(bad)
    with pytest.raises(ValueError, match="not finite"):
        Value(1.0) + bad


@pytest.mark.parametrize("bad", ["2", None, True, 1j, [1.0], {}])
@pytest.mark.parametrize("written", OPERATORS)
def test_what_is_no_number_is_refused_as_an_operand(written: str, bad: object) -> None:
    operator, _ = OPERATORS[written]
    with pytest.raises(TypeError):
        operator(Value(1.5), bad)
    with pytest.raises(TypeError):
        operator(bad, Value(1.5))


def test_a_label_must_be_a_text() -> None:
    with pytest.raises(TypeError, match="A label is a text"):
        Value(1.0, 2)


DETACHING = {
    "math.tanh": lambda v: math.tanh(v),
    "float": lambda v: float(v),
    "int": lambda v: int(v),
    "complex": lambda v: complex(v),
    "round": lambda v: round(v),
    "math.floor": lambda v: math.floor(v),
    "np.array of floats": lambda v: np.array([v], dtype=float),
    "np.floor": lambda v: np.floor(v),
    "np.rint": lambda v: np.rint(v),
    "np.isnan": lambda v: np.isnan(v),
}


@pytest.mark.parametrize("call", DETACHING)
def test_nothing_detaches_silently(call: str) -> None:
    with pytest.raises(TypeError):
        DETACHING[call](Value(1.5, "v"))


def test_the_detach_error_says_what_to_write_instead() -> None:
    with pytest.raises(HandgradError) as error:
        math.tanh(Value(1.5, "v"))
    assert str(error.value) == (
        "float(v) would cut node v (data 1.5) out of the graph, and its gradient would be silently lost. Use the "
        "Value's own operations instead (v.tanh() or np.tanh(v), not math.tanh(v)), or write v.data where the plain "
        "number is meant."
    )


OUT_OF_DOMAIN = {
    "log of 0": lambda x: (x - 2).log(),
    "log of a negative number": lambda x: (-x).log(),
    "division by 0": lambda x: x / 0,
    "division by a node of 0": lambda x: 1 / (x - 2),
    "exp overflow": lambda x: (x * 400).exp(),
    "0 to the power -1": lambda x: (x - 2) ** -1,
    "negative base, fractional exponent": lambda x: (-x) ** 0.5,
    "sqrt of a negative number": lambda x: (-x).sqrt(),
    "product overflow": lambda x: x * 1e308 * 10,
    "sum overflow": lambda x: x * 8e307 + 1.7e308,
    "power overflow": lambda x: x**2000,
}


@pytest.mark.parametrize("case", OUT_OF_DOMAIN)
def test_what_has_no_finite_value_raises_an_arithmetic_error(case: str) -> None:
    with pytest.raises(ArithmeticError) as error:
        OUT_OF_DOMAIN[case](Value(2.0, "x"))
    assert isinstance(error.value, HandgradError)


def test_a_domain_error_names_operation_numbers_and_node() -> None:
    a, b = Value(1.0, "a"), Value(4.0, "b")
    with pytest.raises(ArithmeticError) as error:
        (a - b).log()
    assert str(error.value) == "'log' has no finite value, with a - b = -3.0. log needs a number above 0."


@pytest.mark.parametrize(
    "case",
    [lambda x: (x - 2).sqrt(), lambda x: (x - 2) ** 0.5, lambda x: (x - 3) ** (x + 1), lambda x: (x - 2) ** (x - 2)],
)
def test_what_has_no_finite_derivative_raises_where_a_gradient_is_asked_for(case: object) -> None:
    x = Value(2.0, "x")
    root = case(x)
    with pytest.raises(ArithmeticError, match="no finite derivative"):
        root.backward()
    assert x.grad == 0.0


def test_a_gradient_that_overflows_raises_and_changes_nothing() -> None:
    x = Value(1e-300, "x")
    root = (x * 1e200 * 1e200) * 1e200
    with pytest.raises(ArithmeticError):
        root.backward()
    assert x.grad == 0.0


def test_arrays_of_values_work_with_matmul_sum_broadcasting_and_functions() -> None:
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=(3, 2)), rng.normal(size=(2,))
    W = np.array([[Value(v) for v in row] for row in w])
    root = (np.tanh(W @ x + 0.5) ** 2).sum()
    assert root.data == pytest.approx((np.tanh(w @ x + 0.5) ** 2).sum())
    root.backward()
    analytic = np.outer(2 * np.tanh(w @ x + 0.5) * (1 - np.tanh(w @ x + 0.5) ** 2), x)
    assert np.allclose([[v.grad for v in row] for row in W], analytic, rtol=1e-12)


def test_an_array_times_a_value_is_an_array_of_nodes_either_way() -> None:
    v = Value(2.0)
    for product in (np.array([1.0, 3.0]) * v, v * np.array([1.0, 3.0])):
        assert [node.data for node in product] == [2.0, 6.0]


def test_a_numpy_scalar_times_a_value_is_a_node_either_way() -> None:
    v = Value(2.0)
    for node in (np.float64(3) * v, v * np.float64(3), np.int64(3) * v):
        assert isinstance(node, Value)
        assert node.data == 6.0


def test_np_maximum_of_values_is_a_node_of_its_own() -> None:
    v = Value(2.0)
    assert np.maximum(v, 2.0).op.name == "maximum"
    assert np.maximum(v, np.array([1.0, 3.0]))[1].data == 3.0


def test_a_leaf_can_be_deep_copied() -> None:
    v = Value(2.0, "v")
    twin = copy.deepcopy(v)
    (twin * twin).backward()
    assert (twin.grad, v.grad, twin.label) == (4.0, 0.0, "v")


@pytest.mark.parametrize("data", [-3.0, -1.0, 0.25, 2.0, 5.0])
@pytest.mark.parametrize("bounds", [(-1.0, 2.0), (None, 2.0), (-1, None)])
def test_np_clip_of_a_value_is_one_node_within_the_bounds_and_outside(data: float, bounds: tuple[Any, Any]) -> None:
    v = Value(data, "v")
    clipped = np.clip(v, *bounds)
    assert clipped is not v
    assert (clipped.op.name, clipped.operands) == ("clip", (v,))
    assert clipped.data == np.clip(data, *bounds)
    outside = (bounds[0] is not None and data < bounds[0]) or (bounds[1] is not None and data > bounds[1])
    assert gradients(clipped * 3.0)[v] == (0.0 if outside else 3.0)


def test_a_value_is_clipped_by_nodes_and_by_arrays_of_bounds_too() -> None:
    v, low = Value(1.0, "v"), Value(2.0, "low")
    assert gradients(np.clip(v, low, 5.0))[low] == 1.0
    assert [type(node) for node in np.clip(v, np.array([0.0, 2.0]), 3.0)] == [Value, Value]


@pytest.mark.parametrize("call", [lambda v: v.clip(), lambda v: v.clip("a"), lambda v: v.clip(0.0, out=[])])
def test_a_bound_is_a_number_or_a_node(call: Any) -> None:
    with pytest.raises(NotANumberError):
        call(Value(1.0))
