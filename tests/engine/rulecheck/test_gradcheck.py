"""gradcheck: a wrong rule is pinned to its operation, and a right one never accused."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from handgrad import HandgradError, Status, Value, gradcheck, op
from handgrad.ops import Op
from tests.graphs import random_graph
from tests.operations import BUILT_IN

MAGNITUDES = (1e-8, 1e-4, 1.0, 1e4, 1e8)


WRONGLY = {
    "sign": lambda d: -d,
    "factor": lambda d: 2.0 * d,
    "one permille": lambda d: 1.001 * d,
    "offset": lambda d: d + 0.1 * abs(d),
}


def points(operation: Op, seed: int, count: int = 6) -> list[list[float]]:
    """Inputs of every magnitude that the operation has a value for."""
    rng = random.Random(seed)
    inputs = 2 if len(operation.rule) == 2 else 1
    found = []
    for magnitude in MAGNITUDES:
        for _ in range(count):
            point = [rng.choice([-1, 1]) * rng.uniform(0.5, 2.0) * magnitude for _ in range(inputs)]
            if operation.name in ("log", "sqrt", "**"):
                point[0] = abs(point[0])
            if operation.name == "**":
                point[1] = rng.uniform(-2.0, 3.0)
            try:
                operation(*map(Value, point))
            except ArithmeticError:
                continue
            found.append(point)
    return found


@pytest.mark.parametrize("operation", BUILT_IN, ids=str)
def test_no_built_in_rule_is_accused_at_any_magnitude(operation: Op) -> None:
    for point in points(operation, 0):
        assert gradcheck(operation, *point).ok, point


@pytest.mark.drawn(40, rest=60)
@pytest.mark.parametrize("kind", WRONGLY)
@pytest.mark.parametrize("operation", BUILT_IN, ids=str)
def test_a_wrong_rule_is_found_at_any_magnitude_for_any_one_input(operation: Op, kind: str) -> None:
    for point in points(operation, 1, count=2):
        for place in range(len(point)):

            def wrong(*args: float, place: int = place) -> list[float]:
                right = list(operation.derivatives(*args))
                right[place] = WRONGLY[kind](right[place])
                return right

            faulty = op("faulty", operation.forward, wrong)
            node = faulty(*map(Value, point))
            true = operation.derivatives(*point, node.data)[place]
            if not math.isfinite(true) or true == 0.0:
                continue
            check = gradcheck(node)
            assert [cause.node for cause in check.causes] == [node], (point, place)
            assert check.causes[0].slip.kind == "rule"


def test_one_wrong_input_of_three_is_named_with_both_numbers() -> None:
    fused = op("fused", lambda a, b, c: a * b + c * c, lambda a, b, c: (b, a, -2 * c))
    check = gradcheck(fused(Value(1.5, "a"), Value(2.5, "b"), Value(3.5, "c")))
    assert check.causes[0].slip.message == (
        "The rule of 'fused' is wrong: by its third input, c, the rule gives -7, central differences 7 "
        "(the sign is turned round)."
    )
    assert (check.causes[0].actual, round(check.causes[0].expected, 6)) == (-7.0, 7.0)


def test_a_wrong_rule_deep_in_a_graph_is_the_only_cause() -> None:
    faulty = op("bad_tanh", math.tanh, lambda x, y: 1 - x * x)
    inside = random_graph(5)
    h = faulty(inside * 0.1)
    root = (h * inside + 1.5).sigmoid()
    check = gradcheck(root)
    assert [cause.node for cause in check.causes] == [h]
    assert not check.ok


@pytest.mark.parametrize("seed", range(30))
def test_random_graphs_of_built_in_operations_are_right(seed: int) -> None:
    assert gradcheck(random_graph(seed)).ok


@pytest.mark.parametrize("x", [math.pi / 2, 18.5, -18.5, 40.0, 1e-170])
def test_a_slope_that_is_nearly_zero_is_not_accused(x: float) -> None:
    for function in (Value.sin, Value.cos, Value.tanh, Value.sigmoid, lambda v: v * v, lambda v: v + 1e8):
        assert gradcheck(function, x).ok, function


KINKS = {
    "relu": lambda x: x.relu(),
    "abs": lambda x: abs(x),
    "leaky_relu": lambda x: x.leaky_relu(0.3),
    "maximum": lambda x: (x + 1.0).maximum(1.0 - x * 2.0),
    "near a tie": lambda x: (x + 1.0).maximum(1.0 + 1e-13),
    "sqrt at 0": lambda x: op("root", math.sqrt, lambda x, y: 0.0)(x),
}


@pytest.mark.parametrize("kink", KINKS)
def test_a_kink_is_reported_as_not_smooth_and_not_as_wrong(kink: str) -> None:
    check = gradcheck(KINKS[kink](Value(0.0, "x")))
    kinds = {result.slip.kind for result in check if result.slip}
    assert check.ok
    assert not check.causes
    assert kinds <= {"not-smooth"}
    if kink not in ("abs", "maximum"):  # there the rule gives the mean of both sides, as differences do
        assert kinds == {"not-smooth"}
        assert Status.SKIPPED in {result.status for result in check if result.slip}


def test_a_function_is_built_from_numbers_lists_and_arrays_with_its_parameters_names() -> None:
    def loss(x: Value, weights: list[Value], grid: np.ndarray) -> Value:
        return x * weights[0] + weights[1] + (grid**2).sum()

    check = gradcheck(loss, 1.5, [2.0, 3.0], np.array([[1.0, 2.0]]), points=4)
    assert check.ok
    assert {"x", "weights[0]", "grid"} <= {result.name for result in check}
    assert next(result for result in check if result.name == "grid").node.shape == (1, 2)


def test_an_object_array_of_values_stays_one() -> None:
    seen = []

    def loss(grid: np.ndarray) -> Value:
        seen.append(grid)
        return (grid**2).sum()

    check = gradcheck(loss, np.array([[Value(1.0), Value(2.0)]], dtype=object), points=2)
    assert check.ok
    assert seen[1].dtype == object
    assert "grid[0][1]" in {result.name for result in check}


def test_random_points_find_what_one_point_hides() -> None:
    lucky = op("square", lambda x: x * x, lambda x: 4.0)  # right at x = 2 only
    assert gradcheck(lucky, 2.0).ok
    assert not gradcheck(lucky, 2.0, points=3).ok


def test_a_point_outside_the_domain_is_passed_over_unless_it_was_given() -> None:
    assert gradcheck(lambda x: x.log(), 0.3, points=20).ok
    with pytest.raises(ArithmeticError):
        gradcheck(lambda x: x.log(), -0.3)


def test_gradcheck_writes_no_gradient() -> None:
    root = random_graph(1)
    check = gradcheck(root)
    assert {result.node.grad for result in check} == {0.0}


def test_its_table_shows_both_numbers() -> None:
    bad = op("cube", lambda x: x**3, lambda x: x**2)
    lines = str(gradcheck(bad(Value(2.0, "x")))).splitlines()
    assert lines[0] == "Fix first: cube(x)."
    at = lines.index("node      data   by rule   measured   status")
    assert lines[at + 1] == "cube(x)      8         4         12   WRONG"


def test_the_last_line_says_how_many_operations_could_not_be_checked() -> None:
    x = Value(0.0, "x")
    wrong = op("half", lambda x: x / 2, lambda x, y: 2.0)
    for root, said in (
        (x.relu() * 2, "All correct: 1 node; 1 skipped, not smooth here."),
        (x.relu(), "No node is checked; 1 skipped, not smooth here."),
        ((x + 1).exp(), "All correct: 2 nodes."),
        (wrong(x.relu()), "1 node: 1 wrong; 1 skipped, not smooth here."),
    ):
        assert said in str(gradcheck(root))


@pytest.mark.parametrize(
    ("target", "inputs"), [(3.0, ()), (lambda x: 2.0, (1.0,)), (lambda x: x, ("1",)), (lambda x: x, (None,))]
)
def test_what_cannot_be_checked_is_refused(target: object, inputs: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        gradcheck(target, *inputs)


def test_a_graph_takes_no_inputs_and_points_must_be_positive() -> None:
    with pytest.raises(HandgradError, match="a graph takes no inputs"):
        gradcheck(Value(1.0), 2.0)
    with pytest.raises(ValueError, match="points is 0"):
        gradcheck(lambda x: x, 1.0, points=0)


def test_a_rule_that_raises_is_wrong_where_there_is_a_slope_and_not_asked_for_a_constant() -> None:
    def raising(*_: float) -> float:
        raise ZeroDivisionError

    node = op("bad", lambda x: 2.0 * x, raising)(Value(1.0, "x"))
    check = gradcheck(node)
    assert [cause.node for cause in check.causes] == [node]
    assert "by x the rule gives nan, central differences 2" in check.causes[0].slip.message
    assert gradcheck(Value(-3.0) ** 2).ok


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (-1.0, "(the sign is turned round)"),
        (2.0, "(it is twice as large)"),
        (0.5, "(it is half as large)"),
        (3.0, "central differences 4."),
    ],
)
def test_what_two_numbers_have_to_do_with_one_another_is_said_where_it_is_simple(factor: float, said: str) -> None:
    wrong = op("wrong", lambda x: x**2, lambda x: factor * 2.0 * x)
    message = gradcheck(wrong(Value(2.0, "x"))).causes[0].slip.message
    assert said in message
    assert ("(" in message) is (factor != 3.0)


def test_the_tenth_input_is_counted_in_words_and_the_eleventh_in_figures() -> None:
    def wrong_at(place: int) -> str:
        def rule(*xs: float) -> list[float]:
            return [2.0 if i == place else 1.0 for i in range(len(xs) - 1)]

        total = op("total", lambda *xs: sum(xs), rule)
        return gradcheck(total(*[Value(float(i), f"x{i}") for i in range(12)])).causes[0].slip.message

    assert "by its tenth input, x9," in wrong_at(9)
    assert "by its 11th input, x10," in wrong_at(10)


def test_the_same_seed_gives_the_same_points() -> None:
    def seen_with(seed: int) -> list[float]:
        seen: list[float] = []
        gradcheck(lambda x, y: (seen.append(x.data), x * y)[1], 3.0, 0.0, points=4, seed=seed)
        return seen

    assert seen_with(1) == seen_with(1) != seen_with(2)
    assert seen_with(1)[0] == 3.0
    assert len(set(seen_with(1))) == 4


def test_a_node_without_a_name_is_called_as_the_parameter_it_is_given_for() -> None:
    names = {result.name for result in gradcheck(lambda x, y: x * y, Value(2.0), Value(3.0, "mine"))}
    assert {"x", "mine"} <= names


def test_a_constant_that_has_no_slope_does_not_keep_its_operation_from_being_checked() -> None:
    root = Value(-3.0, "x") ** 2
    assert gradcheck(root)[root].status is Status.CORRECT


def test_only_the_input_with_the_kink_is_said_to_have_one() -> None:
    bent = op("bent", lambda a, b: abs(a) + b, lambda a, b: (1.0, 1.0))
    message = gradcheck(bent(Value(0.0, "x"), Value(0.0, "y"))).results[0].slip.message
    assert message.startswith("'bent' is not smooth here by its first input, x,: ")
    both = op("both", lambda a, b: abs(a) + abs(b), lambda a, b: (1.0, 1.0))
    message = gradcheck(both(Value(0.0, "x"), Value(0.0, "y"))).results[0].slip.message
    assert message.startswith("'both' is not smooth here by its first input, x, and its second input, y,: ")
