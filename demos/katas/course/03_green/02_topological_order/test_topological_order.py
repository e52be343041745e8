"""Checks topological_order(root) on graphs in which the usual slips show."""

from collections import Counter

from topological_order import topological_order

from handgrad.demos.katas.checking import by_hand, hand_graph


def lecture(a, b, c, f):
    e = a * b
    d = e + c
    L = d * f
    e.label, d.label, L.label = "e", "d", "L"
    return L


def diamond(a, b):
    u = a * b
    p, q = u.tanh(), u.exp()
    y = p * q
    u.label, p.label, q.label, y.label = "u", "p", "q", "y"
    return y


def short_and_long_way(a, b, *, long_first):
    u = a * b
    p = u.exp()
    q = p * a
    y = q + u if long_first else u + q
    u.label, p.label, q.label, y.label = "u", "p", "q", "y"
    return y


def doublings(h, times):
    for number in range(1, times + 1):
        h = h + h
        h.label = f"h{number}"
    return h


def chain(x, length):
    for number in range(1, length):
        x = x.sin()
        x.label = f"x{number}"
    return x


def all_nodes(root):
    found, stack = {root}, [root]
    while stack:
        fresh = set(stack.pop().operands) - found
        found |= fresh
        stack.extend(fresh)
    return found


def ask_of_missing(root, nodes, missing):
    """What to ask of the nodes that are missing, by what kind of nodes they are."""
    leaves = {node for node in nodes if node.is_leaf}
    if missing == {root}:
        return "which node depends on itself, and on all the others?"
    if missing == nodes:
        return "none of them is listed. When is a node listed?"
    if missing == leaves:
        return "all nodes but the leaves are listed. Is a leaf a node, too?"
    if missing == nodes - leaves:
        return "only leaves are listed. Is what an operation makes a node, too?"
    if missing == nodes - leaves - {root}:
        return "of the nodes between the leaves and the root none is listed. Are they nodes, too?"
    if missing == leaves | {root}:
        return "only nodes between the leaves and the root are listed. Are leaves and the root nodes, too?"
    if missing == nodes - {root}:
        return "the root alone is listed. Are its operands visited, or only noted as visited?"
    if missing == nodes - {root, *root.operands}:
        return "only the root and its own operands are listed. Does the walk go on from these?"
    return "does the walk reach the operands of every node?"


def judge(text, build, **leaves):
    root = hand_graph(build, **leaves)
    call = f"Called {text}.\n"
    is_too_deep = False
    with by_hand():
        try:
            order = topological_order(root)
        except RecursionError:
            is_too_deep = True
    assert not is_too_deep, (
        f"{call}It ran into Python's limit of some 1,000 nested calls.\n"
        "Expected: a walk that works at any depth.\n"
        "A function that calls itself once for each node cannot: keep the nodes that wait in a list of your own."
    )
    is_list = isinstance(order, (list, tuple))
    assert is_list, f"{call}It returned a {type(order).__name__}.\nExpected: a list of nodes."
    nodes = all_nodes(root)
    listed = [node.label if node in nodes else repr(node) for node in order]
    shown = ", ".join(listed) if len(listed) <= 15 else f"{', '.join(listed[:15])} ... ({len(listed)} in all)"
    back = f"{call}It returned [{shown}].\n"
    missing = sorted(node.label for node in nodes.difference(order))
    assert not missing, (
        f"{back}Expected: every node that the root depends on, and the root.\n"
        f"{', '.join(missing[:5])} not listed: {ask_of_missing(root, nodes, nodes.difference(order))}"
    )
    strangers = [node for node in order if node not in nodes]
    assert not strangers, f"{back}Expected: nothing but the nodes of the graph.\n{strangers[0]!r} is none of them."
    repeated = [(name, count) for name, count in Counter(listed).most_common(3) if count > 1]
    assert len(listed) == len(nodes), (
        f"{back}Expected: every node once.\n"
        + "".join(f"{name} is listed {count} times. " for name, count in repeated)
        + "Which node do you note as done, and when?"
    )
    place = {node: number for number, node in enumerate(order, 1)}
    early = [(node, operand) for node in order for operand in node.operands if place[operand] > place[node]]
    assert not early, (
        f"{back}Expected: operands before their consumers.\n"
        + "".join(f"{node.label} is listed before its operand {operand.label}. " for node, operand in early[:2])
        + "May a node be listed while one of its operands is not?"
    )


def test_the_lecture_expression_is_in_order():
    judge("topological_order(L) with e = a*b, d = e + c, L = d*f", lecture, a=2.0, b=-3.0, c=10.0, f=-2.0)


def test_a_leaf_alone_is_its_own_order():
    judge("topological_order(x) with x a leaf", lambda x: x, x=1.3)


def test_an_operand_used_twice_by_one_operation_is_listed_once():
    judge("topological_order(h1) with h1 = h + h", lambda h: doublings(h, 1), h=1.3)


def test_a_shared_leaf_is_listed_once():
    def build(a, b):
        e = a + b
        y = e * a
        e.label, y.label = "e", "y"
        return y

    judge("topological_order(y) with e = a + b, y = e*a", build, a=1.3, b=-0.7)


def test_a_shared_inner_node_is_listed_once_and_in_time():
    judge("topological_order(y) with u = a*b, p = tanh(u), q = exp(u), y = p*q", diamond, a=1.3, b=-0.7)
    judge("topological_order(h4) with h1 = h + h, h2 = h1 + h1, ...", lambda h: doublings(h, 4), h=0.6)


def test_ways_of_different_length_do_not_upset_the_order():
    text = "topological_order(y) with u = a*b, p = exp(u), q = p*a, y ="
    judge(f"{text} u + q", lambda a, b: short_and_long_way(a, b, long_first=False), a=1.3, b=-0.7)
    judge(f"{text} q + u", lambda a, b: short_and_long_way(a, b, long_first=True), a=1.3, b=-0.7)


def test_a_chain_of_3000_nodes_works():
    judge("topological_order(x2999) with a chain of 3,000 nodes", lambda x: chain(x, 3000), x=1.3)
