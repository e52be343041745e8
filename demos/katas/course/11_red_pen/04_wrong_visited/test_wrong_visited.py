"""The sorted backward pass on graphs with shared leaves and shared interior nodes."""

import random

import pytest
from wrong_visited import backward, topological_order

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph
from handgrad.names import Names


def shared_leaf(x, y):
    return (x + x) * x


def shared_interior(x, y):
    d = x * y
    d.label = "d"
    return d + d


def diamond(x, y):
    d = x * y
    d.label = "d"
    return d.tanh() * (d + x)


def long_way_and_short_way(x, y):
    d = x - y
    d.label = "d"
    return d + (d.tanh() * y).exp()


def long_way_last(x, y):
    d = x - y
    d.label = "d"
    return (d.tanh() * y).exp() + d * x


def shared_twice_over(x, y):
    d = x * y
    e = d * d + x
    d.label, e.label = "d", "e"
    return e * e * d


def two_of_one_size(x, y):
    d, e = x * y, y * x
    d.label, e.label = "d", "e"
    return d.tanh() * e


GRAPHS = (
    shared_leaf,
    shared_interior,
    diamond,
    long_way_and_short_way,
    long_way_last,
    shared_twice_over,
    two_of_one_size,
)


def build(graph, seed):
    rng = random.Random(seed)
    L = hand_graph(graph, x=rng.uniform(0.6, 0.9), y=-rng.uniform(0.3, 0.5))
    L.label = "L"
    return L


def everything(root):
    """Each node of the graph, once."""
    found = [root]
    for node in found:
        found.extend(operand for operand in dict.fromkeys(node.operands) if operand not in found)
    return found


def ask_of_missing(root, nodes, missing):
    """What to ask where all nodes of one kind are missing, or have a twin in the graph; "" elsewhere."""
    twins = [next((one for one in nodes if one is not node and one.data == node.data), None) for node in missing]
    if all(twins):
        node, twin = Names(root)[missing[0]], Names(root)[twins[0]]
        return f" {node} and {twin} have the same number, and are two nodes: by what is a node known again?"
    if len(missing) == len(nodes):
        return " No node is added: when is one to be?"
    if missing == [node for node in nodes if node.is_leaf]:
        return " No leaf is added, and each other node is: is a leaf a node, too?"
    if missing == [node for node in nodes if not node.is_leaf]:
        return " Only leaves are added: is what an operation makes a node, too?"
    if missing == [root]:
        return " Each node but the root is added: is the root a node, too?"
    if len(missing) == len(nodes) - 1 and root not in missing:
        return (
            " The root alone is added: is an operand marked as visited before its visit, or is it not visited at all?"
        )
    return ""


def sorted_by_learner(graph, seed):
    """A graph's root and its order, of which every node is there and behind its operands."""
    L = build(graph, seed)
    with by_hand():
        order = list(topological_order(L))
    call = f"Called topological_order(L) on the graph {graph.__name__}. "
    nodes, names = everything(L), Names(L)
    missing = [node for node in nodes if node not in order]
    assert not missing, (
        f"{call}{names[missing[0]]} does not stand in it. Expected every node: one that is missing passes on "
        f"nothing.{ask_of_missing(L, nodes, missing)}"
    )
    for node in nodes:
        for operand in node.operands:
            assert order.index(operand) < order.index(node), (
                f"{call}{names[operand]} stands behind {names[node]}, which it is an operand of. Expected "
                "operands before their consumers, so that, from the end, a gradient is complete before it is passed on."
            )
    return L, order


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.__name__)
def test_every_gradient_is_right(graph, seed):
    L, _ = sorted_by_learner(graph, seed)
    with by_hand(rules=True):
        backward(L)
    check_gradients(L, call=f"backward(L) on the graph {graph.__name__}", by_walk=True)


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.__name__)
def test_every_node_stands_in_the_order_once(graph):
    L, order = sorted_by_learner(graph, seed=3)
    for node in everything(L):
        count = order.count(node)
        assert count == 1, (
            f"Called topological_order(L) on the graph {graph.__name__}. {Names(L)[node]} stands {count} times in it. "
            "Expected every node exactly once: one with operands that stands twice passes its gradient on twice."
        )
