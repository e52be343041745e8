"""gradcheck: a wrong rule is pinned to its operation, and a right one never accused."""

import json
import math
import random
from typing import Any

import numpy as np
import pytest

from handgrad import HandgradError, Status, Value, gradcheck, op
from handgrad.arrays import array
from handgrad.arrays.edges import Edge
from handgrad.arrays.operation import ArrayOp
from handgrad.ops import BUILT_IN, Op
from tests.graphs import random_graph

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


def test_an_array_node_and_lists_of_arrays_are_made_fresh_leaves() -> None:
    given = array([1.0, 2.0], label="given")

    def loss(x: Any, weights: list[Any]) -> Any:
        assert x is not given
        assert [w.shape for w in weights] == [(2,), ()]
        return (x * weights[0]).sum() * weights[1]

    check = gradcheck(loss, given, [np.ones(2), 3.0])
    assert check.ok
    assert {"given", "weights[0]"} <= {result.name for result in check}


def test_a_function_that_returns_an_array_is_checked_whole() -> None:
    assert gradcheck(lambda x: np.exp(x), np.ones((2, 3))).ok
    assert gradcheck(lambda x: [x * 2.0, x.sum()], np.ones((2, 3))).ok


CUBE = op("cube", lambda x: x**3, lambda x: 3.0 * x**2)
# Right but where x is large, as a rule with a case forgotten is.
NEARLY_CUBE = op("cube", lambda x: x**3, lambda x: 3.0 * x**2 if x < 2.0 else 2.0 * x**2)


def test_an_operation_of_ones_own_is_checked_entry_by_entry_and_the_index_is_told() -> None:
    numbers = np.arange(-6.0, 6.0).reshape(3, 4) / 2.0
    assert gradcheck(CUBE, numbers).ok
    check = gradcheck(NEARLY_CUBE, numbers)
    assert [cause.name for cause in check.causes] == ["cube(x0)"]
    assert check.causes[0].slip.message in [
        f"The rule of 'cube' is wrong: by x0{at} the rule gives {2 * x * x:g}, central differences {3 * x * x:g}."
        for at, x in (([2, 2], 2.0), ([2, 3], 2.5))
    ]


def test_a_wrong_rule_of_two_inputs_names_the_input_and_its_index() -> None:
    lossy = op("lossy", lambda a, b: a * b, lambda a, b: (b, 0.0 if a == 3.0 else a))
    a, b = array([[1.0, 2.0], [3.0, 4.0]], label="a"), array([5.0, 6.0], label="b")
    check = gradcheck(lossy(a, b).sum())
    assert check.causes[0].slip.message == (
        "The rule of 'lossy' is wrong: by its second input, b[0], the rule gives 0, central differences 3."
    )


def wrongly(node: Any, place: int, change: Any) -> Any:
    """The node, with what one of its edges passes back changed."""
    right, old = list(node.op.derivatives(*[operand.data for operand in node.operands], node.data)), node.op
    spread = right[place].spread
    right[place] = Edge(lambda g, c: change(spread(g, c)), right[place].coefficient)
    node.op = ArrayOp(old.name, old.forward, lambda *_: right, scalar=old.scalar)
    return node


ARRAYS = {
    "@": lambda x, w: x @ w,
    "sum": lambda x, w: x.sum(1),
    "max": lambda x, w: x.max(1, keepdims=True),
    "var": lambda x, w: np.var(x, axis=1),
    "softmax": lambda x, w: x.softmax(-1),
    "log_softmax of a mask": lambda x, w: np.where(np.tri(3, dtype=bool), x, -np.inf).log_softmax(-1),
    "transpose": lambda x, w: x.T,
    "index": lambda x, w: x[[0, 0, 2]],
    "concatenate": lambda x, w: np.concatenate([x, w]),
    "einsum": lambda x, w: np.einsum("ij,kj->ik", x, w),
    "+": lambda x, w: x + w[0],
    "exp": lambda x, w: np.exp(x),
    "to one number": lambda x, w: np.linalg.norm(x),
}
CHANGES = {
    "sign": lambda g: -g,
    "factor": lambda g: 2.0 * g,
    "one permille": lambda g: 1.001 * g,
    "one entry": lambda g: np.where(np.arange(g.size).reshape(g.shape) == np.abs(g).argmax(), 1.5 * g, g),
    "turned": lambda g: g[::-1],
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ARRAYS)
def test_a_wrong_edge_of_an_operation_on_arrays_is_the_only_cause(name: str, change: str) -> None:
    rng = np.random.default_rng(3)
    x, w = array(rng.normal(size=(3, 3)), label="x"), array(rng.normal(size=(3, 3)), label="w")
    node = ARRAYS[name](x, w)
    assert gradcheck(node).ok
    root = (wrongly(node, 0, CHANGES[change]) * 1.0).exp()
    check = gradcheck(root)
    assert [cause.node for cause in check.causes] == [node]
    assert check.causes[0].slip.kind == "rule"
    assert str(check).count("WRONG") == 1


def test_the_one_entry_that_is_wrong_is_named_with_the_entry_of_the_result_it_moves() -> None:
    x, w = array([[1.0, 2.0], [3.0, 4.0]], label="x"), array([[5.0], [6.0]], label="w")
    node = wrongly(x @ w, 0, lambda g: g * np.array([[1.0, 1.0], [1.0, 3.0]]))
    assert gradcheck(node).causes[0].slip.message == (
        "The rule of '@' is wrong: by its first input, x[1, 1], for its entry [1, 0] the rule gives 18, central "
        "differences 6."
    )


def test_kinks_among_the_entries_are_left_out_and_the_others_checked() -> None:
    leak = op("leak", lambda x: max(x, 0.0), lambda x: 1.0 if x > 0.0 else 0.0)
    wrong = op("leak", lambda x: max(x, 0.0), lambda x: 1.0 if x > -1.0 else 0.0)
    numbers = np.array([0.0, 0.0, -0.5, 1.0, 2.0, 0.0])
    assert gradcheck(leak, numbers).ok
    assert not [result for result in gradcheck(leak, numbers) if result.slip]
    assert "x0[2]" in gradcheck(wrong, numbers).causes[0].slip.message
    many = np.concatenate([np.zeros(40), numbers])
    assert not [result for result in gradcheck(leak, many) if result.slip]
    assert "x0[42]" in gradcheck(wrong, many).causes[0].slip.message
    assert {result.slip.kind for result in gradcheck(leak, np.zeros(3)) if result.slip} == {"not-smooth"}


def test_a_tie_of_a_maximum_is_a_kink_and_no_mistake() -> None:
    x = array([[1.0, 1.0], [2.0, 3.0]], label="x")
    assert gradcheck(x.max(1)).ok
    assert gradcheck(np.maximum(x, 1.0)).ok


def test_a_rule_without_a_value_at_one_entry_is_not_smooth_there_and_right_elsewhere() -> None:
    check = gradcheck(np.sqrt(array([0.0, 4.0], label="x")))
    assert check.ok
    assert not check.causes


def test_a_rule_that_raises_is_wrong_where_there_is_a_slope() -> None:
    def raising(*_: Any) -> Any:
        raise ZeroDivisionError

    x = array([1.0, 2.0], label="x")
    node = np.exp(x)
    node.op = ArrayOp("exp", np.exp, raising)
    assert [cause.node for cause in gradcheck(node).causes] == [node]
    edge = np.sqrt(array([0.0], label="x"))
    edge.op = ArrayOp("sqrt", np.sqrt, raising)
    assert [result.slip.kind for result in gradcheck(edge) if result.slip] == ["not-smooth"]


def test_random_points_are_tried_around_arrays_too() -> None:
    lucky = op("square", lambda x: x * x, lambda x: 4.0)  # right at x = 2 only
    assert gradcheck(lucky, np.full(3, 2.0)).ok
    assert not gradcheck(lucky, np.full(3, 2.0), points=3).ok


def test_a_check_of_arrays_can_be_shown_and_saved() -> None:
    check = gradcheck(lambda x: (x * x).sum(), np.ones((2, 2)))
    assert "All correct: 2 nodes." in str(check)
    assert json.loads(json.dumps(check.to_dict()))["ok"]


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
    assert str(gradcheck(bad(Value(2.0, "x")))).splitlines()[:2] == [
        "node      data   by rule   measured   status",
        "cube(x)      8         4         12   WRONG",
    ]


def test_the_last_line_says_how_many_operations_could_not_be_checked() -> None:
    x = Value(0.0, "x")
    wrong = op("half", lambda x: x / 2, lambda x, y: 2.0)
    for root, said in (
        (x.relu() * 2, "All correct: 1 node; 1 skipped, not smooth here."),
        (x.relu(), "No node is checked; 1 skipped, not smooth here."),
        ((x + 1).exp(), "All correct: 2 nodes."),
        (wrong(x.relu()), "1 node: 1 wrong; 1 skipped, not smooth here. Mend first: half"),
    ):
        assert said in str(gradcheck(root))


@pytest.mark.parametrize(
    ("target", "inputs"), [(3.0, ()), (lambda x: 2.0, (1.0,)), (lambda x: x, ("1",)), (lambda x: x, (None,))]
)
def test_what_cannot_be_checked_is_refused(target: object, inputs: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        gradcheck(target, *inputs)


@pytest.mark.parametrize("given", [None, "x", (1.0, 2.0), [None]])
def test_a_rule_that_gives_no_numbers_is_refused_with_the_operations_name(given: object) -> None:
    broken = op("broken", lambda x: x, lambda x: given)
    with pytest.raises(HandgradError, match="op 'broken': derivatives gave"):
        broken(Value(1.0)).backward()


def test_a_graph_takes_no_inputs_and_points_must_be_positive() -> None:
    with pytest.raises(HandgradError, match="a graph takes no inputs"):
        gradcheck(Value(1.0), 2.0)
    with pytest.raises(ValueError, match="points is 0"):
        gradcheck(lambda x: x, 1.0, points=0)
