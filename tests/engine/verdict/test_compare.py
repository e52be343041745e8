"""The comparator: which number is wrong, and where the mistake was made."""

from __future__ import annotations

import math
import random
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handgrad import HandgradError, StaleGraphError, Status, Value, compare, gradients, manual, numeric_gradients, op
from handgrad.arrays import array
from handgrad.errors import NotInGraphError
from tests.graphs import fill_right, random_graph

from ..slips.lecture import RIGHT, filled, lecture


def statuses(graph: dict[str, Value], **options: object) -> dict[str, str]:
    comparison = compare(graph["L"], **options)
    return {name: comparison[node].status.value for name, node in graph.items()}


def learners_chain(root: Value, written: dict[Value, float]) -> dict[Value, float]:
    """What one gets who writes `written` and carries on by the chain rule: our oracle for CARRIED."""
    carried = dict.fromkeys(gradients(root), 0.0)
    carried[root] = 1.0
    for node in carried:
        carried[node] = written.get(node, carried[node])
        inputs = [operand.data for operand in node.operands]
        for place, operand in enumerate(node.operands):
            carried[operand] += carried[node] * node.op.derivatives(*inputs, node.data)[place]
    return carried


def test_a_graph_filled_in_rightly_is_all_correct() -> None:
    comparison = compare(filled()["L"])
    assert comparison.ok
    assert bool(comparison)
    assert {result.status for result in comparison} == {Status.CORRECT}
    assert (comparison.wrong, comparison.causes, comparison.missing) == ((), (), ())


def test_a_mistake_is_wrong_where_it_is_made_and_carried_where_it_only_follows() -> None:
    nodes = filled(d=2.0, c=2.0, e=2.0, b=4.0, a=-6.0)
    assert statuses(nodes) == {
        "L": "correct", "f": "correct", "d": "wrong", "c": "carried", "e": "carried", "b": "carried", "a": "carried",
    }  # fmt: skip


def test_two_mistakes_on_one_path_are_two_causes() -> None:
    nodes = filled(d=2.0, c=2.0, e=2.0, b=4.0, a=4.0)
    assert [cause.name for cause in compare(nodes["L"]).causes] == ["d", "a"]


def test_a_right_number_behind_a_wrong_one_is_correct() -> None:
    assert statuses(filled(d=2.0))["a"] == "correct"


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), shift=st.sampled_from([0.37, -1.9, 13.0]), carries=st.booleans())
def test_one_wrong_number_at_each_node_in_turn_is_the_only_cause(seed: int, shift: float, carries: bool) -> None:
    root = random_graph(seed, steps=14)
    true = gradients(root)
    for culprit in true:
        if culprit.is_constant:
            continue
        wrong = {culprit: true[culprit] + shift * (1.0 + abs(true[culprit]))}
        written = learners_chain(root, wrong) if carries else {**true, **wrong}
        fill_right(root, written)
        comparison = compare(root, typed=False)
        assert [cause.node for cause in comparison.causes] == [culprit]
        for result in comparison:
            spoilt = abs(written[result.node] - true[result.node]) > 1e-5 * abs(true[result.node]) + 1e-9
            if result.node is not culprit and not result.node.is_constant and spoilt:
                assert result.status is Status.CARRIED


@settings(max_examples=100)
@given(seed=st.integers(0, 100_000))
def test_a_right_graph_of_any_shape_gives_not_one_wrong(seed: int) -> None:
    root = random_graph(seed, steps=25)
    fill_right(root, gradients(root))
    assert compare(root).ok


def test_an_unfilled_node_is_missing_and_does_not_spoil_what_is_below_it() -> None:
    nodes = filled(d=None, e=None)
    assert statuses(nodes)["d"] == "missing"
    assert statuses(nodes)["a"] == "correct"
    assert [result.name for result in compare(nodes["L"]).missing] == ["d", "e"]


def test_a_gradient_that_was_deleted_is_one_that_is_not_filled_in() -> None:
    graph = filled(d=-2.0)
    del graph["c"].grad
    assert statuses(graph)["c"] == "missing"
    plain = Value(2.0, "plain")
    root = plain * 3.0
    root.backward()
    del plain.grad
    assert compare(root)[plain].actual == 0.0


def test_behind_a_gap_the_learners_own_numbers_further_up_count() -> None:
    nodes = filled(L=3.0, f=12.0, d=None, c=-6.0, e=None, b=-12.0, a=18.0)
    assert statuses(nodes) == {
        "L": "wrong", "f": "carried", "d": "missing", "c": "carried", "e": "missing", "b": "carried", "a": "carried",
    }  # fmt: skip


def test_only_the_nodes_asked_for_are_judged_but_all_that_is_filled_in_counts() -> None:
    nodes = filled(d=2.0, c=2.0, e=2.0, b=4.0, a=-6.0)
    asked = [nodes["a"], nodes["b"]]
    assert statuses(nodes, nodes=asked) == {
        "L": "skipped", "f": "skipped", "d": "skipped", "c": "skipped", "e": "skipped", "b": "carried", "a": "carried",
    }  # fmt: skip
    assert compare(filled(f=None)["L"], nodes=asked[:0]).ok


def test_leaves_alone_may_be_filled_in() -> None:
    nodes = lecture()
    for name in ("a", "b", "c", "f"):
        nodes[name].grad = RIGHT[name]
    assert compare(nodes["L"], nodes=[nodes[name] for name in "abcf"]).ok


@pytest.mark.parametrize("grad", [4, np.float64(4.0), np.float32(4.0), np.int32(4), np.array(4.0)])
def test_every_kind_of_real_number_may_be_a_grad(grad: object) -> None:
    assert compare(filled(f=grad)["L"]).ok


def test_an_autodiff_graph_is_compared_after_backward() -> None:
    root = random_graph(3)
    assert not compare(root).ok
    root.backward()
    assert compare(root).ok


def test_a_reference_of_central_differences_accepts_what_autodiff_gives() -> None:
    for seed in range(20):
        root = random_graph(seed, steps=15)
        root.backward()
        assert compare(root, reference=numeric_gradients(root)).ok


def test_a_reference_finds_an_operation_whose_own_rule_is_wrong() -> None:
    faulty = op("faulty_tanh", math.tanh, lambda x, y: 1 - x * x)
    x = Value(0.4, "x")
    h = faulty(x * 2.0)
    root = h * 3.0
    root.backward()
    assert compare(root).ok
    comparison = compare(root, reference=numeric_gradients(root))
    assert [cause.node for cause in comparison.causes] == [h.operands[0]]
    assert comparison[x].status is Status.CARRIED


def test_a_reference_must_hold_the_nodes_asked_for_as_finite_numbers() -> None:
    nodes = filled()
    with pytest.raises(HandgradError, match="it lacks node f, which is asked for"):
        compare(nodes["L"], reference={nodes["L"]: 1.0})
    assert compare(nodes["L"], nodes=[nodes["L"]], reference={nodes["L"]: 1.0}).ok
    with pytest.raises(HandgradError, match="not finite"):
        compare(nodes["L"], nodes=[nodes["L"]], reference={nodes["L"]: math.nan})


@pytest.mark.parametrize("name", ["a", "d"])
def test_data_changed_after_the_forward_pass_is_an_error_that_names_the_node(name: str) -> None:
    nodes = filled()
    nodes[name].data += 1e-9
    with pytest.raises(StaleGraphError, match=r"stale at node [ed]: its data is"):
        compare(nodes["L"])


def test_a_node_of_another_graph_is_refused() -> None:
    nodes, stranger = filled(), Value(1.0, "stranger")
    with pytest.raises(HandgradError, match="node stranger is not in the graph of L"):
        compare(nodes["L"], nodes=[stranger])
    with pytest.raises(LookupError, match="stranger"):
        compare(nodes["L"])[stranger]


@pytest.mark.parametrize("options", [{"rtol": -1.0}, {"atol": -1e-9}, {"rtol": math.nan}, {"rtol": "0.1"}])
def test_a_tolerance_that_is_none_is_refused(options: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        compare(filled()["L"], **options)


@pytest.mark.parametrize("number", [sys.float_info.max, -1e308, math.inf, math.nan])
def test_numbers_so_large_that_what_follows_is_infinite_excuse_nothing(number: float) -> None:
    with manual():
        a, b = Value(2.3, "a"), Value(3.6, "b")
        y = a * b
    y.grad = a.grad = b.grad = number
    comparison = compare(y)
    assert {result.status for result in comparison} == {Status.WRONG}
    assert comparison.table().count("WRONG") == 3


@pytest.mark.parametrize("seed", range(20))
def test_float_noise_that_arrives_through_nodes_left_blank_accuses_nobody(seed: int) -> None:
    """A bias before batch norm: its gradient is a sum that cancels, several steps below the last number filled in."""
    rng = random.Random(seed)
    n = 7
    with manual():
        w, b = Value(rng.gauss(0.0, 1.0), "w"), Value(rng.gauss(0.0, 1.0), "b")
        xs = [rng.gauss(0.0, 30.0) for _ in range(n)]
        h = [w * x + b for x in xs]
        mean = sum(h[1:], h[0]) * (1.0 / n)
        d = [each - mean for each in h]
        var = sum([each * each for each in d[1:]], d[0] * d[0]) * (1.0 / n)
        out = [each / (var + 1e-5).sqrt() for each in d]
        # Nearly what batch norm takes out again, so that what reaches h is small beside what it is the sum of.
        weights = [1000.0 + 500.0 * each.data + rng.gauss(0.0, 1e-5) for each in out]
        terms = [weight * each for weight, each in zip(weights, out)]
        loss = sum(terms[1:], terms[0])
    # The same by the closed formula of batch norm, which rounds in another order.
    spread = math.sqrt(var.data + 1e-5)
    normed = [each.data / spread for each in d]
    along = math.fsum(g * y for g, y in zip(weights, normed))
    dh = [(n * g - math.fsum(weights) - y * along) / (n * spread) for g, y in zip(weights, normed)]
    loss.grad, b.grad, w.grad = 1.0, sum(dh), sum(g * x for g, x in zip(dh, xs))
    comparison = compare(loss, nodes=[loss, b, w])
    assert comparison.ok, str(comparison)
    b.grad += 1e-3
    assert [result.name for result in compare(loss, nodes=[loss, b, w]).causes] == ["b"]


def test_an_object_array_of_values_may_be_asked_for_beside_single_nodes() -> None:
    nodes = filled(a=-6.0, c=None)
    grid = np.array([[nodes["a"], nodes["b"]]], dtype=object)
    asked = [
        result.name for result in compare(nodes["L"], nodes=[grid, nodes["f"]]) if result.status.value != "skipped"
    ]
    assert asked == ["f", "b", "a"]


def test_a_leaf_that_the_root_does_not_depend_on_may_be_asked_for_where_0_is_filled_in():
    with manual():
        a, unused = Value(2.0, "a"), Value(3.0, "unused")
        L = a * 5.0
    L.grad, a.grad, unused.grad = 1.0, 5.0, 0.0
    found = compare(L, nodes=[a, unused])
    assert found.ok
    assert (found[unused].status, found[unused].expected, found[unused].name) == (Status.CORRECT, 0.0, "unused")
    assert "unused" in str(found)
    a.grad = 4.0
    assert [cause.name for cause in compare(L, nodes=[a, unused]).causes] == ["a"]


@pytest.mark.parametrize("gradient", [None, 1.0, math.nan])
def test_a_leaf_that_the_root_does_not_depend_on_is_refused_with_any_other_gradient(gradient):
    with manual():
        a, unused = Value(2.0, "a"), Value(3.0, "unused")
        L = a * 5.0
    unused.grad = gradient
    with pytest.raises(NotInGraphError, match="node unused is not in the graph of"):
        compare(L, nodes=[a, unused])


def test_an_array_that_the_root_does_not_depend_on_may_be_asked_for_where_it_is_filled_with_zeros():
    with manual():
        w, unused = array([1.0, 2.0], label="w"), array([[1.0], [2.0]], label="unused")
        L = (w * w).sum()
    w.grad, unused.grad = [2.0, 4.0], np.zeros((2, 1))
    found = compare(L, nodes=[w, unused])
    assert found.ok
    assert found[unused].status is Status.CORRECT
    unused.grad = np.zeros(2)
    with pytest.raises(NotInGraphError):
        compare(L, nodes=[w, unused])
