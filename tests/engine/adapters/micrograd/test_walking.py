"""Their `backward()` tried on a copy of the graph."""

import pytest

from handgrad.adapters.micrograd.walking import order_of

from .cases import WALKS, load
from .stages import Stages


@pytest.mark.parametrize("engine", ["closures", "methods", "local_gradients", "recursive", "functions", "histories"])
def test_a_copy_gets_the_gradients_that_they_get_and_the_originals_stay(engine):
    root = load(engine).program()
    stages = Stages(root)
    before = [stages.engine.grad(node) for node in stages.graph.order]
    walked = stages.walker.walked()
    assert stages.walker.is_found
    assert walked.has_begun
    for one, here in zip(before, (stages.engine.grad(node) for node in stages.graph.order)):
        assert here is None or (here == one).all() if hasattr(here, "all") else here == one
    root.backward()
    for node, grad in zip(stages.graph.order, walked.grads):
        given = stages.engine.raw_grad(node)
        assert given is None or given == pytest.approx(grad)


def test_a_second_walk_adds_to_the_first():
    stages = Stages(load("closures").program())
    once, twice = stages.walker.walked(), stages.walker.walked(times=2)
    leaf = next(i for i, node in enumerate(stages.graph.order) if not stages.graph[node].operands)
    assert abs(twice.grads[leaf]) > abs(once.grads[leaf])


def test_rules_called_in_topological_order_give_the_same():
    stages = Stages(load("closures").program())
    assert stages.walker.in_order().grads == pytest.approx(stages.walker.walked().grads)


@pytest.mark.parametrize("engine", ["closures", "methods", "functions"])
def test_the_calls_of_rules_are_seen_and_a_right_order_is_right(engine):
    stages = Stages(load(engine).program())
    order = order_of(stages.graph, stages.walker.walked().calls)
    assert (order.early, order.repeated, order.never) == (None, None, None)
    assert not order.is_turned


def test_a_wrong_order_is_told_by_who_comes_too_early(tmp_path):
    case = next(one for one in WALKS if (one.old, one.new) == ("reversed(topo)", "topo"))
    root = load(case.module, tmp_path, (case.after, case.old, case.new)).program()
    stages = Stages(root)
    order = order_of(stages.graph, stages.walker.walked().calls)
    assert order.early is not None
    assert order.is_turned


def test_a_rule_that_is_called_twice_or_never_is_told():
    stages = Stages(load("closures").program())
    calls = list(stages.walker.walked().calls)
    assert order_of(stages.graph, [*calls, calls[0]]).repeated == calls[0]
    assert order_of(stages.graph, calls[:-1]).never == calls[-1]


def test_a_walk_that_leaves_the_beginning_to_the_caller_is_begun_for_it(tmp_path):
    engine = load("closures", tmp_path, ("def backward", "        self.grad = 1.0\n", ""))
    walked = Stages(engine.program()).walker.walked()
    assert not walked.has_begun
    assert walked.grads[-1] == 1.0
