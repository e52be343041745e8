"""What a comparison holds, and how to ask for it."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from handgrad import (
    Comparison,
    HandgradError,
    Status,
    Value,
    check_backward,
    compare,
    gradcheck,
    gradients,
    label,
    manual,
    probe,
)
from handgrad.arrays import array
from tests.optional import needs

from ..adapters.micrograd.cases import load
from ..slips.lecture import filled


def test_compare_writes_nothing_and_keeps_what_it_saw() -> None:
    nodes = filled(a=-6.0)
    comparison = compare(nodes["L"])
    assert nodes["a"].grad == -6.0
    nodes["a"].grad = 6.0
    assert not comparison.ok
    assert comparison[nodes["a"]].actual == -6.0


def test_a_single_node_may_be_asked_for_and_what_is_no_node_is_refused() -> None:
    nodes = filled(a=-6.0)
    assert compare(nodes["L"], nodes=nodes["b"]).ok
    with pytest.raises(TypeError, match=r"takes a node, and this is a str; write compare\(nodes=\[a\]"):
        compare(nodes["L"], nodes=["a"])
    with pytest.raises(TypeError, match=r"takes a node, and this is a list; write compare\(nodes=\[node\]\)"):
        compare(nodes["L"], nodes=[[nodes["a"]]])
    with pytest.raises(TypeError, match="Give a list of nodes"):
        compare(nodes["L"], nodes=3)
    with pytest.raises(TypeError, match="Give a mapping from nodes to gradients"):
        compare(nodes["L"], reference=[1.0])
    with pytest.raises(TypeError, match=r"takes a node, and this is a int; write comparison\[node\]"):
        compare(nodes["L"])[3]
    with pytest.raises(HandgradError) as caught:
        compare(nodes["L"])["a"]
    assert str(caught.value) == "comparison[...] takes a node, and this is a str; write comparison[a]."


def test_a_comparison_goes_into_json() -> None:
    report = json.loads(json.dumps(compare(filled(a=-6.0, b=None)["L"]).to_dict()))
    assert report["ok"] is False
    assert report["counts"] == {"correct": 5, "wrong": 1, "carried": 0, "missing": 1, "skipped": 0}
    a = next(node for node in report["nodes"] if node["name"] == "a")
    assert (a["actual"], a["expected"], a["status"], a["slip"]["kind"]) == (-6.0, 6.0, "wrong", "sign")


def test_it_counts_iterates_and_finds_its_results_output_first() -> None:
    nodes = filled(d=2.0, c=2.0, e=2.0, b=None, a=4.0)
    comparison = compare(nodes["L"])
    assert [result.name for result in comparison] == ["L", "f", "d", "c", "e", "b", "a"]
    assert len(comparison) == len(comparison.results) == 7
    assert comparison.counts == {Status.CORRECT: 2, Status.WRONG: 2, Status.CARRIED: 2, Status.MISSING: 1}
    assert [result.name for result in comparison.wrong] == ["d", "c", "e", "a"]
    assert [result.name for result in comparison.causes] == ["d", "a"]
    assert comparison[nodes["d"]] is comparison.results[2]
    assert repr(comparison) == "Comparison(L: 2 correct, 2 wrong, 2 carried, 1 missing)"


def test_it_is_ok_where_nothing_is_wrong_or_missing_and_that_is_its_truth() -> None:
    for changes, is_ok in (({}, True), ({"a": None}, False), ({"a": 5.3}, False)):
        nodes = filled(**changes)
        comparison = compare(nodes["L"])
        assert (comparison.ok, bool(comparison)) == (is_ok, is_ok)
        assert compare(nodes["L"], nodes=[nodes["f"]]).ok


def test_the_whole_numbers_that_stand_in_a_graph_are_evidence_for_factors() -> None:
    x = Value(3.0, "x")
    root = x * 32.0 + x / 7.0 + x * (1.0 / 27.0) + x * 0.3
    assert compare(root).multiples >= {32, 7, 27, 4, 2}
    assert not compare(root).multiples & {3, 5, 31}


def test_it_can_stand_for_other_evidence_than_before_also_where_it_was_looked_at() -> None:
    nodes = filled(a=None)
    comparison = compare(nodes["L"])
    assert [result.name for result in comparison.missing] == ["a"]
    nodes["a"].grad = 6.0
    comparison.take(compare(nodes["L"]).evidence)
    assert comparison.ok
    assert comparison[nodes["a"]].actual == 6.0
    assert comparison.missing == ()


def test_a_comparison_of_numbers_has_no_arrays() -> None:
    assert compare(filled()["L"]).arrays == ()


def test_a_table_gives_the_answers_unless_it_is_told_not_to() -> None:
    comparison = compare(filled(a=-6.0)["L"])
    assert comparison.table() == str(comparison)
    assert "expected" in comparison.table()
    assert "expected" not in comparison.table(reveal=False)


def test_arrays_that_are_asked_for_by_hand_come_in_backward_order_with_or_without_a_name() -> None:
    with manual():
        x, w = array([1.0, 2.0], "x"), array([3.0, 4.0], "w")
        inner = x * w
        loss = (label(inner * 2.0, "y") ** 2).sum()
    found = [result.node for result in compare(loss, nodes=[x, inner]).arrays]
    assert found == [inner, x]
    assert [result.node for result in compare(loss, nodes=[w]).arrays] == [w]


def test_what_counts_as_upstream_is_what_was_written_or_else_what_follows_from_it() -> None:
    with manual():
        x = array([1.0, 2.0], "x")
        h = label(x * 3.0, "h")
        total = h.sum()
        loss = label(total * 2.0, "loss")
    loss.grad = 5.0
    comparison = compare(loss, nodes=[loss, h, x])
    assert comparison.upstream[total] == 10.0
    assert comparison.upstream[h].tolist() == [10.0, 10.0]
    assert comparison.upstream[x].tolist() == [30.0, 30.0]


def test_who_rounds_only_what_they_write_down_goes_on_from_the_truth_up_to_their_mistake() -> None:
    with manual():
        x = Value(0.37, "x")
        h = label(x * 1.7, "h")
        s = label(h * h, "s")
        loss = label(s / 3.0, "loss")
    true = gradients(loss)
    for node in (loss, s, h, x):
        node.grad = round(true[node] * (-1.0 if node in (h, x) else 1.0), 3)
    comparison = compare(loss)
    assert [comparison[node].status for node in (s, h, x)] == [Status.CORRECT, Status.WRONG, Status.CARRIED]
    assert comparison.precise_upstream[s] == true[s] != comparison.upstream[s]
    assert comparison.precise_upstream[h] == h.grad
    assert comparison.precise_upstream[x] == pytest.approx(h.grad * 1.7, rel=1e-12)


def test_an_array_that_is_filled_in_and_not_asked_for_counts_as_it_was_written() -> None:
    with manual():
        x = array([0.37, -0.91], "x")
        h = label(x * 1.7, "h")
        loss = label((h * h).sum(), "loss")
    h.grad, x.grad = np.array([-1.2, 3.1]), np.array([-2.0, 5.3])
    comparison = compare(loss, nodes=[x])
    assert comparison.upstream[h].tolist() == comparison.precise_upstream[h].tolist() == [-1.2, 3.1]


def test_every_door_gives_one_and_the_same_kind_of_comparison() -> None:
    nodes = filled()
    theirs = load("closures").Value(2.0) * 3.0
    theirs.backward()
    for made in (
        compare(nodes["L"]),
        gradcheck(nodes["L"]),
        probe(theirs),
        check_backward(lambda x: (x**2).sum(), lambda x: {"x": 2 * x}, {"x": np.ones(2)}),
    ):
        assert type(made) is Comparison


def test_a_watched_block_gives_it_too() -> None:
    needs("torch")
    from handgrad.adapters.torch import watch

    with watch() as found:
        assert type(found) is Comparison
        assert found.ok
    assert type(found) is Comparison


@pytest.mark.parametrize("constant", [-math.inf, 5e-309])
def test_a_constant_too_large_or_too_small_to_count_with_stops_no_diagnosis(constant: float) -> None:
    with manual():
        s = Value(0.7, "s")
        t = s * 2.0
        x = array([[1.0, 2.0], [0.5, -1.0]], "x")
        z = np.where(np.array([[True, False], [True, True]]), x * t, constant)
        p = label(np.exp(z), "p")
        loss = p.sum()
    for node, gradient in gradients(loss).items():
        node.grad = gradient
    s.grad = 3.0 * s.grad
    assert "s" in compare(loss, nodes=[s]).table()
    p.grad = 3.0 * p.grad
    assert compare(loss, nodes=[p, x, s]).table()
