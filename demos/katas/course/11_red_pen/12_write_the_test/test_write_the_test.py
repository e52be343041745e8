"""The learner's graphs, handed to a right backward pass and to wrong ones."""

import pytest
from write_the_test import graphs

from handgrad import Value, gradients, manual
from handgrad.demos.katas.checking import by_hand
from handgrad.graph import topological_order

MOST, LARGEST = 3, 12
KNOWN = ("+", "-", "*", "tanh")


def learners():
    """The roots, each fit to be a test."""
    with by_hand():
        roots = graphs()
    assert isinstance(roots, (list, tuple)), (
        f"Called graphs(). It returned a {type(roots).__name__}. Expected a list of roots."
    )
    assert 0 < len(roots) <= MOST, f"Called graphs(). It returned {len(roots)} roots. Expected 1 to {MOST}."
    for place, root in enumerate(roots):
        name = f"roots[{place}]"
        assert isinstance(root, Value), f"Called graphs(). {name} is a {type(root).__name__}. Expected a Value."
        nodes = topological_order(root)
        assert len(nodes) <= LARGEST, f"{name} has {len(nodes)} nodes. Expected at most {LARGEST}."
        for node in nodes:
            assert node.is_leaf or node.op.name in KNOWN, (
                f"{name} holds the operation '{node.op}'. Expected + - * and tanh alone: the backward "
                "passes know no other."
            )
        for node, gradient in gradients(root).items():
            assert gradient != 0.0, (
                f"In {name} the gradient of {node.label or node.op or node.data} is 0. Expected others: what is 0 "
                "stays 0 under nearly every mistake, so it shows none."
            )
    return roots


def order_of(root):
    """Operands first."""
    return topological_order(root)


def level_by_level(root):
    """Each node once, the nearer ones to the root later in the list; wrong where a short way meets a long one."""
    found = [root]
    for node in found:
        found.extend(operand for operand in dict.fromkeys(node.operands) if operand not in found)
    return found[::-1]


def downwards(root, turned):
    """Each node once, at its first visit on the way down; turned: the right operand before the left."""
    order, stack = [], [root]
    while stack:
        node = stack.pop()
        if node not in order:
            order.append(node)
            stack.extend(node.operands if turned else reversed(node.operands))
    return order[::-1]


def with_doubles(root):
    """Operands first, a node in the middle as often as it is used."""
    order, stack = [], [(root, False)]
    while stack:
        node, is_ready = stack.pop()
        if is_ready or node.is_leaf:
            order.append(node)
        else:
            stack.append((node, True))
            stack.extend((operand, False) for operand in reversed(node.operands))
    return order


def walk(root, order=order_of, minus=-1.0, assign=(), tanh=None, times=None, once=False):
    """A gradient for every node, by a backward pass that can be told to go wrong."""
    grads = dict.fromkeys(topological_order(root), 0.0)
    grads[root] = 1.0
    for node in reversed(order(root)):
        if node.is_leaf:
            continue
        data = [operand.data for operand in node.operands]
        local = {
            "+": lambda: [1.0, 1.0],
            "-": lambda: [1.0, minus],
            "*": lambda d=data: d[::-1] if times is None else times(d),
            "tanh": lambda d=data, n=node: [1.0 - (n.data if tanh is None else d[0]) ** 2],
        }[node.op.name]()
        pairs = list(zip(node.operands, local))
        if once:
            pairs = list(dict(pairs).items())
        for operand, slope in pairs:
            if node.op.name in assign:
                grads[operand] = slope * grads[node]
            else:
                grads[operand] += slope * grads[node]
    return grads


MUTANTS = {
    "sets where it should add, in every operation": {"assign": KNOWN},
    "sets where it should add, in tanh": {"assign": ("tanh",)},
    "has the minus forgotten in a difference": {"minus": 1.0},
    "takes tanh's slope from its input": {"tanh": "input"},
    "gives each factor of a product itself": {"times": lambda data: data},
    "goes by levels from the root": {"order": level_by_level},
    "passes on at the first visit, left operand first": {"order": lambda root: downwards(root, False)},
    "passes on at the first visit, right operand first": {"order": lambda root: downwards(root, True)},
    "passes on once for each use": {"order": with_doubles},
    "counts an operand only once where it stands twice in one operation": {"once": True},
}


def agrees(root, mistake):
    right, found = walk(root), walk(root, **mistake)
    return all(abs(found[node] - right[node]) <= 1e-6 * abs(right[node]) for node in right)


def test_the_right_backward_pass_is_right_on_every_graph():
    for root in learners():
        truth = gradients(root)
        found = walk(root)
        assert all(found[node] == pytest.approx(truth[node], rel=1e-9) for node in found), (
            "The right backward pass goes wrong on one of the graphs. Expected graphs of + - * and tanh."
        )


@pytest.mark.parametrize("mistake", MUTANTS)
def test_a_wrong_backward_pass_shows_on_one_of_the_graphs(mistake):
    roots = learners()
    assert not all(agrees(root, MUTANTS[mistake]) for root in roots), (
        f"A backward pass that {mistake} gives the right gradients on all of your graphs ({len(roots)}). Expected at "
        "least one on which it does not: what must a graph have for this mistake to show?"
    )


def test_nothing_hangs_on_the_mode():
    with manual():
        roots = learners()
    assert roots
