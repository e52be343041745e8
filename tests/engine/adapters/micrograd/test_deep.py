"""Graphs of thousands of nodes, deeper than Python's recursion goes."""

import pytest

from handgrad import probe

from .cases import load

WALK = """        stack = [(self, False)]
        while stack:
            v, done = stack.pop()
            if done:
                topo.append(v)
            elif v not in visited:
                visited.add(v)
                stack.append((v, True))
                stack.extend((child, False) for child in v._prev)
"""
RECURSIVE = """        def build_topo(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build_topo(child)
                topo.append(v)

        build_topo(self)
"""
ITERATIVE = ("def backward", RECURSIVE, WALK)


def chain(engine, length):
    x = engine.Value(0.3, label="x")
    node = engine.Value(0.1)
    for _ in range(length):
        node = (node * 0.9 + x).tanh()
    return node


@pytest.mark.rest(of=3)
def test_a_chain_of_thousands_of_nodes_is_probed(tmp_path):
    root = chain(load("closures", tmp_path, ITERATIVE), 600)
    root.backward()
    comparison = probe(root)
    assert len(comparison) == 2402
    assert comparison.ok


@pytest.mark.rest(of=3)
def test_of_thousands_of_wrong_nodes_the_line_is_told_once(tmp_path):
    engine = load("closures", tmp_path, ITERATIVE, ("def tanh", "(1 - t**2)", "(1 - t)"))
    root = chain(engine, 400)
    root.backward()
    comparison = probe(root)
    assert [cause.source.text for cause in comparison.causes] == ["self.grad += (1 - t) * out.grad"]


@pytest.mark.rest(of=3)
def test_a_graph_too_deep_for_their_own_recursion_is_judged_by_its_rules():
    root = chain(load("closures"), 400)
    comparison = probe(root)
    assert comparison.ok
    assert "too deep" in comparison.remark


@pytest.mark.rest(of=3)
def test_of_a_training_of_thousands_of_nodes_that_catches_what_is_raised_in_it_the_last_step_is_judged(tmp_path):
    engine = load("closures", tmp_path, ("def tanh", "(1 - t**2)", "(1 - t)"))

    def train():
        w = engine.Value(0.4, label="w")
        for _ in range(120):
            try:
                root = chain(engine, 6) * w
                root.backward()
            except Exception:
                continue
        return root

    assert [cause.source.text for cause in probe(train).causes] == ["self.grad += (1 - t) * out.grad"]
