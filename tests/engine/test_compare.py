"""The comparator: which number is wrong, and where the mistake was made."""

import json
import math
import random
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handgrad import HandgradError, StaleGraphError, Status, Value, compare, gradients, manual, numeric_gradients, op
from tests.graphs import fill_right, random_graph


def lecture() -> dict[str, Value]:
    """L = (a*b + c)*f of Karpathy's lecture, in manual mode, nothing filled in."""
    with manual():
        a, b, c, f = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c"), Value(-2.0, "f")
        e = a * b
        d = e + c
        L = d * f
    e.label, d.label, L.label = "e", "d", "L"
    return {"L": L, "f": f, "d": d, "c": c, "e": e, "b": b, "a": a}


RIGHT = {"L": 1.0, "f": 4.0, "d": -2.0, "c": -2.0, "e": -2.0, "b": -4.0, "a": 6.0}


def filled(**changes: object) -> dict[str, Value]:
    nodes = lecture()
    for name, grad in {**RIGHT, **changes}.items():
        nodes[name].grad = grad
    return nodes


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


@settings(deadline=None, max_examples=60)
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


@settings(deadline=None, max_examples=100)
@given(seed=st.integers(0, 100_000))
def test_a_right_graph_of_any_shape_gives_not_one_wrong(seed: int) -> None:
    root = random_graph(seed, steps=25)
    fill_right(root, gradients(root))
    assert compare(root).ok


@settings(deadline=None, max_examples=60)
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


def test_an_unfilled_node_is_missing_and_does_not_spoil_what_is_below_it() -> None:
    nodes = filled(d=None, e=None)
    assert statuses(nodes)["d"] == "missing"
    assert statuses(nodes)["a"] == "correct"
    assert [result.name for result in compare(nodes["L"]).missing] == ["d", "e"]


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


NO_GRADIENTS = {
    "a Value": (Value(1.0), "not-a-number"),
    "a str": ("4", "not-a-number"),
    "an array": (np.array([1.0, 2.0]), "not-a-number"),
    "a bool": (True, "not-a-number"),
    "a list": ([1.0], "not-a-number"),
    "a complex": (1j, "not-a-number"),
    "nan": (math.nan, "not-finite"),
    "an infinity": (-math.inf, "not-finite"),
    "a numpy nan": (np.float64("nan"), "not-finite"),
    "a huge int": (10**400, "not-finite"),
}


@pytest.mark.parametrize("case", NO_GRADIENTS)
def test_a_grad_that_is_no_finite_number_is_wrong_at_its_node_alone(case: str) -> None:
    grad, kind = NO_GRADIENTS[case]
    nodes = filled(d=grad)
    comparison = compare(nodes["L"])
    assert [cause.name for cause in comparison.causes] == ["d"]
    assert comparison.wrong == comparison.causes
    result = comparison[nodes["d"]]
    assert (result.slip.kind, result.error) == (kind, None)
    assert "d" in result.slip.message
    assert str(comparison)
    assert json.dumps(comparison.to_dict())


@pytest.mark.parametrize("grad", [4, np.float64(4.0), np.float32(4.0), np.int32(4), np.array(4.0)])
def test_every_kind_of_real_number_may_be_a_grad(grad: object) -> None:
    assert compare(filled(f=grad)["L"]).ok


def test_terms_are_one_an_edge_with_the_learners_own_upstream_gradients() -> None:
    with manual():
        x = Value(3.0, "x")
        square = x * x
        root = square + x
    root.grad, square.grad, x.grad = 1.0, 5.0, 31.0
    result = compare(root)[x]
    assert [(term.consumer, term.local, term.upstream) for term in result.terms] == [
        (root, 1.0, 1.0), (square, 3.0, 5.0), (square, 3.0, 5.0),
    ]  # fmt: skip
    assert result.status is Status.CARRIED
    assert sum(term.contribution for term in result.terms) == 31.0


def test_an_unfilled_upstream_gradient_in_a_term_is_the_sum_of_the_learners_own_contributions() -> None:
    with manual():
        x = Value(3.0, "x")
        gap = x * 2.0
        root = gap * 5.0 + gap * gap
    root.grad, x.grad = 10.0, 1.0
    [term] = compare(root)[x].terms
    assert (term.consumer, term.local, term.upstream) == (gap, 2.0, 10.0 * (5.0 + 2 * 6.0))


def test_a_result_tells_name_actual_expected_and_error() -> None:
    nodes = filled(a=-6.0)
    result = compare(nodes["L"])[nodes["a"]]
    assert (result.name, result.actual, result.expected, result.error) == ("a", -6.0, 6.0, 12.0)


def test_compare_writes_nothing_and_keeps_what_it_saw() -> None:
    nodes = filled(a=-6.0)
    comparison = compare(nodes["L"])
    assert nodes["a"].grad == -6.0
    nodes["a"].grad = 6.0
    assert not comparison.ok
    assert comparison[nodes["a"]].actual == -6.0


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


def test_the_fused_gradient_p_minus_y_is_right_as_typed() -> None:
    with manual():
        logits = [Value(x, f"z{i}") for i, x in enumerate([2.0, 1.0, 0.0])]
        exps = [z.exp() for z in logits]
        loss = -(exps[0] / (exps[0] + exps[1] + exps[2])).log()
    for z, grad in zip(logits, [-0.335, 0.245, 0.09]):
        z.grad = grad
    assert compare(loss, nodes=logits).ok


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
