"""The verdict on arrays: one red array a mistake, none for float noise or an equal way of writing."""

from __future__ import annotations

import json
import random
import sys
from itertools import combinations

import numpy as np
import pytest

from handgrad import (
    Comparison,
    StaleGraphError,
    Status,
    Value,
    compare,
    gradients,
    label,
    manual,
    numeric_gradients,
)
from handgrad.arrays import array, fill, grads
from handgrad.demos.makemore import model
from handgrad.errors import DomainError, NotInGraphError
from handgrad.testing import GradientError, assert_gradients

from .array_exercise import MISTAKES, RULES, Exercise, one_hot, targets


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return Exercise()


@pytest.fixture(scope="module")
def small_exercise() -> Exercise:
    """A quarter of the batch, for the tests that judge it a hundred times."""
    return Exercise(batch=8)


def causes(comparison: Comparison) -> list[str]:
    return [result.name for result in comparison.arrays if result.status is Status.WRONG]


def rule_of(name: str, kind: str):
    return next({m.array: m.rule} for m in MISTAKES if m.array == name and kind in m.kinds)


def clear(exercise: Exercise) -> None:
    for name in RULES:
        getattr(exercise.values, name).grad = None


def test_the_lectures_own_formulas_are_all_right(exercise):
    exercise.fill()
    comparison = compare(exercise.values.loss)
    assert comparison.ok
    assert all(result.status is Status.CORRECT and result.approximate for result in comparison.arrays)


def test_the_arrays_come_in_the_backward_order_of_the_lecture(exercise):
    assert tuple(result.name for result in compare(exercise.values.loss).arrays) == model.INTERMEDIATES


def test_the_short_forms_of_cross_entropy_and_batch_norm_are_right_with_gaps_between(exercise):
    d, x = exercise.fill(), exercise.numbers
    clear(exercise)
    fill(exercise.values.logits, (x.probs - targets(x)) / x.n)
    fill(exercise.values.hpreact, d.hpreact)
    spread = x.n / (x.n - 1) * x.bnraw * (d.hpreact * x.bnraw).sum(0)
    fill(exercise.values.hprebn, x.bngain * x.bnvar_inv / x.n * (x.n * d.hpreact - d.hpreact.sum(0) - spread))
    comparison = compare(exercise.values.loss)
    filled = [result.name for result in comparison.arrays if result.status is Status.CORRECT]
    assert filled == ["logits", "hpreact", "hprebn"]
    assert {result.status for result in comparison.arrays} == {Status.CORRECT, Status.MISSING}


def test_autodiffs_own_numbers_are_exact(exercise):
    built = model.as_nodes(exercise.p, exercise.Xb, exercise.Yb)
    built.loss.backward()
    comparison = compare(built.loss)
    assert comparison.ok
    assert all(result.exact and result.max_diff < 1e-15 for result in comparison.arrays)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: f"{m.array}-{m.kinds[0]}")
def test_a_single_mistake_makes_its_array_red_and_no_other(small_exercise, mistake):
    small_exercise.fill({mistake.array: mistake.rule})
    assert causes(compare(small_exercise.values.loss)) == [mistake.array]


def _cancel(one, other) -> bool:
    """Two lost signs, one after the other, give the right numbers again: nothing is left to be seen."""
    return "sign" in one.kinds and "sign" in other.kinds


PAIRS = [p for p in combinations(MISTAKES, 2) if p[0].array != p[1].array and not _cancel(*p)]


@pytest.mark.parametrize("pair", random.Random(5).sample(PAIRS, 40), ids=lambda p: f"{p[0].array}+{p[1].array}")
def test_two_mistakes_make_two_arrays_red(small_exercise, pair):
    small_exercise.fill({mistake.array: mistake.rule for mistake in pair})
    assert set(causes(compare(small_exercise.values.loss))) == {mistake.array for mistake in pair}


def test_what_only_follows_is_carried(exercise):
    exercise.fill(rule_of("probs", "sign"))
    by_name = {result.name: result for result in compare(exercise.values.loss).arrays}
    assert by_name["logprobs"].status is Status.CORRECT
    assert by_name["counts"].status is by_name["C"].status is Status.CARRIED
    assert by_name["counts"].slip is None


def test_an_array_whose_true_gradient_is_zero_says_that_it_cannot_witness_a_mistake(exercise):
    exercise.fill()
    comparison = compare(exercise.values.loss)
    assert [result.name for result in comparison.arrays if not result.can_witness] == ["logit_maxes", "b1"]
    assert str(comparison).count("cannot witness a mistake") == 2


def test_a_mistake_in_an_array_that_cannot_witness_it_is_no_red_array(exercise):
    exercise.fill({"logit_maxes": lambda x, d: d.norm_logits.sum(1, keepdims=True)})
    assert compare(exercise.values.loss).ok


def test_a_nonzero_number_in_an_array_whose_gradient_is_zero_is_seen(exercise):
    exercise.fill({"logit_maxes": lambda x, d: (-d.norm_logits * one_hot(x)).sum(1, keepdims=True)})
    assert causes(compare(exercise.values.loss)) == ["logit_maxes"]


def test_an_entry_that_the_loss_does_not_use_is_judged_too(exercise):
    d = exercise.fill()
    unused = sorted(set(range(27)) - set(exercise.Xb.ravel().tolist()))[0]
    wrong = d.C.copy()
    wrong[unused, 3] = 1e-9
    fill(exercise.values.C, wrong)
    result = compare(exercise.values.loss).arrays[-1]
    assert (result.status, result.wrong, result.first_wrong) == (Status.WRONG, 1, (unused, 3))


def test_a_result_says_what_the_lectures_cmp_says_and_where(exercise):
    d = exercise.fill()
    wrong = d.W2.copy()
    wrong[5, 7] += 0.5
    fill(exercise.values.W2, wrong)
    result = next(r for r in compare(exercise.values.loss).arrays if r.name == "W2")
    assert result.shape == (64, 27)
    assert (result.wrong, result.total, result.first_wrong) == (1, 1728, (5, 7))
    assert result.max_diff == pytest.approx(0.5)
    assert not result.exact
    assert not result.approximate


def test_the_table_has_a_row_an_array_and_says_where_to_start(exercise):
    exercise.fill(rule_of("bndiff", "missing-path"))
    lines = str(compare(exercise.values.loss)).splitlines()
    assert lines[0].split() == ["array", "shape", "max", "diff", "status"]
    row = next(line for line in lines if line.startswith("bndiff "))
    assert "(32, 64)" in row
    assert row.endswith("WRONG")
    assert lines[-1].endswith("Mend first: bndiff.")


def test_a_comparison_by_arrays_can_be_written_as_json(exercise):
    exercise.fill(rule_of("probs", "sign"))
    exercise.values.h.grad = np.where(exercise.numbers.h > 0.0, np.nan, exercise.numbers.h)
    exercise.values.b1.grad = "a text"
    written = json.loads(json.dumps(compare(exercise.values.loss).to_dict(), allow_nan=False))
    assert written["ok"] is False
    by_name = {node["name"]: node for node in written["nodes"]}
    assert by_name["probs"]["slip"]["kind"] == "sign"
    assert by_name["probs"]["op"] == "*"
    assert by_name["probs"]["shape"] == [32, 27]
    assert by_name["probs"]["data"][3][5] == exercise.numbers.probs[3, 5]
    assert by_name["probs"]["first_wrong"] == [0, int(exercise.Yb[0])]
    assert by_name["h"]["slip"]["kind"] == "not-finite"
    assert by_name["b1"]["actual"] == "'a text'"


def test_only_the_arrays_asked_for_are_listed_and_what_is_filled_in_counts(exercise):
    exercise.fill(rule_of("probs", "sign"))
    comparison = compare(exercise.values.loss, nodes=[exercise.values.W2, exercise.values.b2])
    assert [(r.name, r.status) for r in comparison.arrays] == [("W2", Status.CARRIED), ("b2", Status.CARRIED)]


def test_comparing_writes_nothing(exercise):
    exercise.fill(rule_of("probs", "sign"))
    before = grads(exercise.values.hprebn)
    str(compare(exercise.values.loss))
    assert grads(exercise.values.hprebn).tolist() == before.tolist()


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
        for _ in range(100_000):
            node = node + 1.0
    fill(x, np.ones(2))
    assert sys.getrecursionlimit() <= 3000
    assert compare(node).ok


def test_assert_gradients_prints_the_table_of_arrays(exercise):
    exercise.fill(rule_of("probs", "sign"))
    with pytest.raises(GradientError, match="probs"):
        assert_gradients(exercise.values.loss)
