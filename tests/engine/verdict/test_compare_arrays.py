"""compare on graphs that hold arrays."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from handgrad import Comparison, StaleGraphError, Status, Value, compare, gradients, label, manual, numeric_gradients
from handgrad.arrays import array, fill, grads
from handgrad.arrays.edges import ArrayOp, route
from handgrad.errors import DomainError, NotANumberError, NotInGraphError


def causes(comparison: Comparison) -> list[str]:
    return [result.name for result in comparison.arrays if result.status is Status.WRONG]


def small(mode=manual):
    """y = x @ w, loss = sum of y**2."""
    with mode():
        x, w = array([[1.0, 2.0], [3.0, -1.0]], label="x"), array([[0.5], [-2.0]], label="w")
        y = label(x @ w, "y")
        loss = (y**2).sum()
    return x, w, y, loss


def test_a_node_without_an_array_is_not_asked_for_but_judged_if_it_is_filled_in():
    _x, _w, _y, loss = small()
    for node, gradient in gradients(loss).items():
        if node.label:
            node.grad = gradient
    assert compare(loss).ok
    loss.grad = 3.0
    comparison = compare(loss)
    assert not comparison.ok
    assert comparison[loss].status is Status.WRONG
    assert {r.status for r in comparison.arrays} == {Status.CORRECT}


def test_without_manual_mode_an_array_nobody_filled_in_is_missing():
    class autodiff:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

    _x, _w, y, loss = small(autodiff)
    fill(y, np.array([[-7.0], [7.0]]))
    statuses = {r.name: r.status for r in compare(loss).arrays}
    assert statuses == {"y": Status.CORRECT, "x": Status.MISSING, "w": Status.MISSING}


def test_a_rounded_array_is_right_and_what_is_computed_from_it_too():
    with manual():
        a, b = array([1.0 / 3.0, 2.0 / 7.0], label="a"), array([1.7, 2.3], label="b")
        c = label(a * b, "c")
        loss = (c * c).sum()
    fill(c, np.round(2 * np.array([1.7 / 3.0, 4.6 / 7.0]), 3))
    fill(a, grads(c) * [1.7, 2.3])
    fill(b, grads(c) * [1.0 / 3.0, 2.0 / 7.0])
    assert compare(loss).ok


def test_a_reference_by_central_differences_serves():
    x, w, y, loss = small()
    true = gradients(loss)
    for values in (x, w, y):
        fill(values, true[values])
    assert compare(loss, reference=numeric_gradients(loss)).ok
    w.grad[0, 0] += 1.0
    assert causes(compare(loss, reference=numeric_gradients(loss))) == ["w"]


def test_nan_and_what_is_no_number_are_named():
    _x, _w, y, loss = small()
    fill(y, np.array([[np.nan], [1.0]]))
    assert compare(loss).arrays[0].slip.kind == "not-finite"
    fill(y, np.array([["a"], [1.0]], dtype=object))
    assert compare(loss).arrays[0].slip.kind == "not-a-number"


def test_two_arrays_of_one_name_are_told_apart():
    x = array([1.0], label="h")
    y = label(x * 2, "h")
    comparison = compare((y * 1).sum())
    assert {comparison[x].name, comparison[y].name} == {"h", "h (2)"}


def test_a_stale_graph_is_refused_and_the_entry_is_named():
    x = array([1.0, 2.0], label="x")
    y = label(x * 2, "y")
    loss = (y * 3).sum()
    x.data = np.array([1.0, 9.0])
    with pytest.raises(StaleGraphError, match=r"y\[1\]"):
        compare(loss)


def test_an_operation_without_a_slope_is_refused_by_name():
    x = array([0.0, 2.0], label="x")
    y = label(x**0.5, "y")
    with pytest.raises(DomainError, match=r"\*\*"):
        compare(y.sum())


def test_a_node_that_is_not_in_the_graph_is_refused():
    _x, _w, _y, loss = small()
    with pytest.raises(NotInGraphError):
        compare(loss, nodes=[Value(1.0)])
    with pytest.raises(TypeError, match=r"this is a str; write compare\(nodes=\[W\]\)"):
        compare(loss, nodes=["W"])
    with pytest.raises(TypeError, match=r"this is a ndarray; write comparison\[w\[0, 0\]\]"):
        compare(loss)[np.zeros((2, 2))]


def test_an_array_used_at_every_step_of_a_recurrence_is_judged():
    with manual():
        w = array([0.5, -0.75], label="w")
        h = w * 1.0
        for step in range(5):
            h = label(np.tanh(h * w), f"h{step}")
        loss = h.sum() * 2.0
    for node, gradient in gradients(loss).items():
        if node.label and not node.is_constant:
            node.grad = gradient
    assert compare(loss).ok
    w.grad = -w.grad
    assert causes(compare(loss)) == ["w"]


def test_a_long_chain_below_an_array_takes_no_recursion():
    with manual():
        x = array([1.0, 2.0], label="x")
        node = x[0] + x[1]
        for _ in range(10_000):
            node = node + 1.0
    fill(x, np.ones(2))
    assert sys.getrecursionlimit() <= 3000
    assert compare(node).ok


def test_empty_arrays_are_judged_like_others():
    with manual():
        x, b = array(np.zeros((0, 3)), label="x"), array([1.0, 2.0, 3.0], label="b")
        y = label(x * b, "y")
        loss = (y**2).sum() + (b**2).sum()
    assert {r.name: r.status for r in compare(loss).arrays} == {
        "y": Status.CORRECT, "x": Status.CORRECT, "b": Status.MISSING,  # there is nothing to fill in
    }  # fmt: skip
    fill(y, np.zeros((0, 3)))
    fill(x, np.zeros((0, 3)))
    fill(b, [2.0, 4.0, 6.0])
    assert compare(loss).ok
    assert "All correct" in str(compare(loss))
    json.dumps(compare(loss).to_dict(), allow_nan=False)


def test_an_array_labelled_after_its_use_has_its_name_and_its_gradient():
    with manual():
        x = array([[1.0, 2.0], [3.0, 4.0]], label="x")
        h = x * 2.0
        loss = (h[:1] ** 2).sum() + h.sum()
        assert label(h, "h") is h
    fill(h, [[5.0, 9.0], [1.0, 1.0]])
    comparison = compare(loss)
    assert comparison[h].name == "h"
    assert comparison[h].status is Status.CORRECT
    assert gradients(loss)[h] == pytest.approx(h.grad)
    assert gradients(loss)[x] == pytest.approx(2.0 * h.grad)


def test_a_slice_that_is_named_is_a_node_of_its_own_and_no_silent_zero():
    x = array([[1.0, 2.0], [3.0, 4.0]], label="x")
    h = label(x * 2.0, "h")
    top = label(h[:1], "top")
    unused = label(h[1:], "unused")
    loss = (top**2).sum()
    loss.backward()
    assert grads(top) == pytest.approx(np.array([[4.0, 8.0]]))
    assert grads(h) == pytest.approx(np.array([[4.0, 8.0], [0.0, 0.0]]))
    with pytest.raises(ValueError, match="unused"):
        grads(unused)
    assert {r.name for r in compare(loss).arrays} == {"x", "h", "top"}


def test_a_relabelled_array_is_one_node_with_its_last_name():
    with manual():
        x = array([1.0, 2.0], label="x")
        h = label(label(x * 2.0, "first"), "second")
        loss = (h * h).sum()
    comparison = compare(loss)
    assert [r.name for r in comparison.arrays] == ["second", "x"]
    assert gradients(loss)[h] == pytest.approx(np.array([4.0, 8.0]))


def test_a_number_and_an_array_in_one_graph_are_judged_together():
    with manual():
        s = Value(3.0, "s")
        x = array([1.0, 2.0], label="x")
        y = label(x * s, "y")
        loss = (y * y).sum() * s
    fill(y, 6.0 * y.data)
    fill(x, 18.0 * y.data)
    s.grad = float((y.data**2).sum() + (x.data * y.grad).sum())
    assert compare(loss).ok
    s.grad = float((x.data * y.grad).sum())
    comparison = compare(loss)
    assert [(r.name, r.slip.kind) for r in comparison.causes] == [("s", "missing-path")]
    fill(y, -y.grad)
    assert comparison[x].status is Status.CORRECT
    assert [r.status for r in (compare(loss)[y], compare(loss)[x])] == [Status.WRONG, Status.CORRECT]


@pytest.mark.parametrize("given", [[[0.0], [np.nan]], [[0.0], [np.inf]], [0.0], "a", None, [["a"], ["b"]]])
def test_a_reference_for_an_array_that_is_no_gradient_of_it_is_refused(given):
    _x, w, _y, loss = small()
    with pytest.raises(NotANumberError, match=r"at node w: .* Give finite real numbers of shape \(2, 1\)"):
        compare(loss, reference={**gradients(loss), w: given})


def test_a_number_that_nobody_asks_for_in_autodiff_mode_says_nothing_by_its_zero():
    x = array([1.0, 2.0], label="x")
    total = (x * x).sum()
    loss = total * 3.0
    assert total.grad == 0.0
    x.grad = -6.0 * x.data
    result = compare(loss)[x]
    assert (result.status, result.slip.kind) == (Status.WRONG, "sign")


def test_one_array_alone_may_be_asked_for():
    _x, w, _y, loss = small()
    w.grad = gradients(loss)[w]
    assert compare(loss, nodes=w).ok
    assert [result.name for result in compare(loss, nodes=w).arrays] == ["w"]


def test_a_number_that_was_filled_in_by_hand_counts_though_nobody_asks_for_it():
    with manual():
        x = array([1.0, 2.0], label="x")
        total = (x * x).sum()
        loss = total * 3.0
    total.grad, x.grad = -3.0, -6.0 * x.data
    assert compare(loss, nodes=[x])[x].status is Status.CARRIED
    total.grad = None
    assert compare(loss, nodes=[x])[x].status is Status.WRONG


def test_autodiff_s_own_gradients_are_a_reference_where_a_bare_array_is_a_constant():
    x = array(np.array([[1.0, 2.0], [3.0, 4.0]]), "x")
    loss = (x * np.array([[0.5, -1.0], [2.0, 3.0]])).sum()
    x.grad = np.array([[0.5, -1.0], [2.0, 3.0]])
    assert compare(loss, reference=gradients(loss)).ok
    x.grad = np.array([[0.5, 1.0], [2.0, 3.0]])
    assert not compare(loss, reference=gradients(loss)).ok


def test_what_follows_from_a_number_within_the_tolerance_is_right_behind_a_blank_too():
    with manual():
        x = array(np.ones(3), "x")
        m = x * 1.0
        u, v = label(m * 3.0, "u"), m * -2.999
        loss = (u + v).sum()
    near = np.full(3, 1.0005)
    u.grad, x.grad = near, 3.0 * near - 2.999
    assert compare(loss, nodes=[u, x], rtol=1e-3, typed=False).ok


@pytest.mark.parametrize("now", [[1.0, -2.0, -1.0], [1.0, 2.0, 3.0]])
def test_an_operation_that_gives_another_shape_by_now_is_stale(now):
    positive = ArrayOp("positive", lambda x: x[x > 0.0], lambda x, y: [route(lambda g: g)])
    x = array([1.0, 2.0, -1.0], "x")
    root = positive(x).sum()
    x.data = now
    with pytest.raises(StaleGraphError, match=r"positive\(x\): its data is an array of shape \(2,\)"):
        compare(root)
