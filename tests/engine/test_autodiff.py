"""Gradients against PyTorch, HIPS autograd, micrograd and central differences."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import micrograd.engine
import pytest
from autograd import grad as autograd_gradient

from handgrad import ManualModeError, Value, compare, gradients, manual, numeric_gradients
from handgrad.autodiff import backward_sweep, pass_on
from handgrad.errors import DomainError
from handgrad.graph import topological_order
from handgrad.local import local_derivatives
from handgrad.manual import ByHandError, by_hand
from handgrad.ops import ADD, MULTIPLY, Op
from tests.bench.common import tuples
from tests.graphs import FUNCTIONS, random_graph, random_leaves, random_program, run, shared_functions

AUTOGRAD = {
    **shared_functions(anp.tanh, anp.sin, anp.cos, anp.exp, anp.log, anp.sqrt),
    "sigmoid": lambda x: 1.0 / (1.0 + anp.exp(-x)),
    "relu": lambda x: anp.where(x > 0.0, x, 0.0),
    "softplus": lambda x: anp.logaddexp(x, 0.0),
}


@pytest.mark.parametrize("block", range(10))
def test_every_node_of_300_random_graphs_agrees_with_pytorch_interior_ones_too(block: int, torch: Any) -> None:
    functions = {
        **shared_functions(torch.tanh, torch.sin, torch.cos, torch.exp, torch.log, torch.sqrt),
        "sigmoid": torch.sigmoid,
        "relu": torch.relu,
        "softplus": torch.nn.functional.softplus,
    }
    for seed in range(30 * block, 30 * block + 30):
        rng = random.Random(seed)
        data = random_leaves(rng, 4)
        program = random_program(rng, 4, rng.randrange(1, 40))
        ours = run(program, [Value(x) for x in data], FUNCTIONS)
        theirs = run(program, [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in data], functions)
        for node in theirs[4:]:
            node.retain_grad()
        ours[-1].backward()
        theirs[-1].backward()
        for mine, other in zip(ours, theirs):
            assert mine.data == pytest.approx(other.item(), rel=1e-9, abs=1e-12)
            assert mine.grad == pytest.approx(0.0 if other.grad is None else other.grad.item(), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_the_leaves_of_random_graphs_agree_with_hips_autograd(seed: int) -> None:
    rng = random.Random(seed)
    data = random_leaves(rng, 3)
    program = random_program(rng, 3, 12)
    leaves = [Value(x) for x in data]
    run(program, leaves, FUNCTIONS)[-1].backward()
    theirs = autograd_gradient(lambda x: run(program, list(x), AUTOGRAD)[-1])(anp.array(data))
    assert [leaf.grad for leaf in leaves] == pytest.approx(list(theirs), rel=1e-9, abs=1e-12)


def test_the_expression_of_micrograds_readme_gives_micrograds_numbers() -> None:
    def program(number: type) -> tuple[float, float, float]:
        a, b = number(-4.0), number(2.0)
        c = a + b
        d = a * b + b**3
        c += c + 1
        c += 1 + c + (-a)
        d += d * 2 + (b + a).relu()
        d += 3 * d + (b - a).relu()
        e = c - d
        f = e**2
        g = f / 2.0
        g += 10.0 / f
        g.backward()
        return g.data, a.grad, b.grad

    ours, theirs = program(Value), program(micrograd.engine.Value)
    assert ours == pytest.approx(theirs, rel=1e-12)
    assert [round(x, 4) for x in ours] == [24.7041, 138.8338, 645.5773]  # as printed in that README


def test_a_node_used_twice_by_one_operation_gets_both_contributions() -> None:
    x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0


def test_a_shared_interior_node_is_swept_once_after_all_its_consumers() -> None:
    a = Value(1.0)
    b = a + a
    c = b + b
    c.backward()
    assert (c.grad, b.grad, a.grad) == (1.0, 2.0, 4.0)


def test_a_late_use_of_an_early_interior_node_does_not_upset_the_order() -> None:
    x = Value(0.7)
    shared = x * x
    root = (shared.sin() * shared).exp() * shared
    root.backward()
    assert x.grad == pytest.approx(numeric_gradients(root)[x], rel=1e-9)


def test_a_second_backward_doubles_every_gradient_of_the_graph() -> None:
    root = random_graph(1)
    root.backward()
    once = {node: node.grad for node in gradients(root)}
    root.backward()
    assert {node: node.grad for node in once} == {node: 2 * grad for node, grad in once.items()}


def test_backward_from_two_roots_adds_up_on_what_they_share() -> None:
    x = Value(2.0)
    (3 * x).backward()
    (x * x).backward()
    assert x.grad == 7.0


@pytest.mark.parametrize("seed", range(30))
def test_what_the_sweep_writes_out_follows_the_rules_of_the_operations(seed: int) -> None:
    root = random_graph(seed)
    order = topological_order(root)[::-1]
    by_rules = dict.fromkeys(order, 0.0)
    by_rules[root] = 1.0
    for node in order:
        pass_on(node, by_rules[node], local_derivatives(node), by_rules)
    for node, gradient in gradients(root).items():
        assert node.is_constant or gradient == by_rules[node]


@pytest.mark.parametrize(("rule", "operation"), [(ADD, operator.add), (MULTIPLY, operator.mul)])
def test_sums_and_products_are_written_out_as_their_rules_say(rule: Op, operation: Any) -> None:
    a, b = Value(1.7), Value(-0.3)
    root = operation(a, b)
    found = gradients(root)
    assert (found[a], found[b]) == tuple(rule.derivatives(a.data, b.data, root.data))


def test_a_gradient_that_overflows_on_the_way_is_an_error_at_the_node_nearest_the_output() -> None:
    x = Value(1e-200, "x")
    inner = x * 1.0
    inner.label = "inner"
    root = (inner * 1e200) * 1e200
    with pytest.raises(DomainError, match=r"no finite gradient \(it overflows\) at node inner"):
        root.backward()
    assert {node.grad for node in topological_order(root)} == {0.0}


def test_a_gradient_that_overflows_above_constants_alone_is_an_error_too() -> None:
    total = Value.constant(1e-300) + Value.constant(1e-300)
    root = (total * 1e200) * 1e200
    with pytest.raises(DomainError, match="it overflows"):
        gradients(root)


def test_an_operation_that_has_a_derivative_is_not_accused_where_another_has_none() -> None:
    a = Value(0.0, "a")
    root = (abs(a).sqrt().tanh() * 1e200) * 1e200  # what arrives at tanh overflows, and sqrt has no slope at 0
    with pytest.raises(DomainError) as error:
        gradients(root)
    assert error.value.operation == "sqrt"


DOORS: dict[str, Callable[[Value], object]] = {
    "backward": Value.backward,
    "gradients": gradients,
    "gradients as a graph": lambda root: gradients(root, graph=True),
    "compare": compare,
    "the sweep": backward_sweep,
    "the sweep in an order that is given": lambda root: backward_sweep(root, topological_order(root)[::-1]),
}


@pytest.mark.parametrize("door", DOORS)
def test_no_gradient_is_worked_out_where_it_is_to_be_done_by_hand(door: str) -> None:
    a = Value(2.0)
    root = a * 3.0
    with by_hand(), pytest.raises(ByHandError):
        DOORS[door](root)
    assert (a.grad, getattr(a, "_scratch", 0.0)) == (0.0, 0.0)


def test_backward_on_a_graph_with_one_manual_node_far_down_changes_no_grad() -> None:
    with manual():
        a = Value(2.0, "a")
    root = (a * 3.0 + 1.0).tanh() * 2.0
    with pytest.raises(ManualModeError, match="node a was made in manual mode"):
        root.backward()
    assert {node.grad for node in topological_order(root) if node is not a} == {0.0}
    assert a.grad is None


@pytest.mark.parametrize("zero", [0.0, -0.0, 0])
def test_a_grad_that_somebody_set_to_zero_counts_as_zero(zero: float) -> None:
    x = Value(3.0)
    x.grad = zero
    (x * -2.0).backward()
    assert x.grad == -2.0


@pytest.mark.parametrize("seed", range(20))
def test_the_peer_of_the_benchmarks_computes_the_same_gradients(seed: int) -> None:
    def program(number: Any) -> tuple[float, list[float]]:
        rng = random.Random(seed)
        nodes = [number(rng.uniform(0.4, 1.6)) for _ in range(4)]
        leaves = list(nodes)
        for _ in range(20):
            a, b = rng.choice(nodes[-4:]), rng.choice(nodes)
            written = [a + b, a - b, a * b, a / (b * b + 1.5), a.tanh(), a.relu(), 1 - a, 2 / (a * a + 1), (a * a) ** 2]
            nodes.append(rng.choice(written).tanh())
        root = (nodes[-1].exp() + 1).log()
        root.backward()
        return root.data, [leaf.grad for leaf in leaves]

    data, grads = program(tuples.Value)
    expected, expected_grads = program(Value)
    assert data == pytest.approx(expected, rel=1e-12)
    assert grads == pytest.approx(expected_grads, rel=1e-9, abs=1e-12)
