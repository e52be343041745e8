"""gradcheck of operations on arrays: the wrong one, the entry, and no other."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from handgrad import gradcheck, op
from handgrad.arrays import array
from handgrad.arrays.edges import ArrayOp, Edge


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
