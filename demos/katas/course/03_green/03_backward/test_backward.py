"""Checks backward(root) on graphs in which the usual slips show."""

import random

from backward import backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph
from handgrad.graph import topological_order
from handgrad.testing import GradientError

# No 0, 1 or 2 and no two of one size, so that a slip changes the answer.
NUMBERS = (-1.7, -1.3, -0.8, -0.6, 0.7, 0.9, 1.2, 1.6)


def lecture(a, b, c, f):
    e = a * b
    d = e + c
    L = d * f
    e.label, d.label, L.label = "e", "d", "L"
    return L


def square(x):
    y = x * x
    y.label = "y"
    return y


def shared_leaf(a, b):
    e = a + b
    y = e * a
    e.label, y.label = "e", "y"
    return y


def shared_inner_node(a, b):
    u = a * b
    p, q = u.tanh(), u.exp()
    y = p * q
    u.label, p.label, q.label, y.label = "u", "p", "q", "y"
    return y


def short_and_long_way(a, b):
    u = a * b
    p = u.exp()
    q = p * a
    y = u * q
    u.label, p.label, q.label, y.label = "u", "p", "q", "y"
    return y


def long_and_short_way(a, b):
    u = a * b
    p = u.exp()
    q = p * a
    y = q * u
    u.label, p.label, q.label, y.label = "u", "p", "q", "y"
    return y


def with_constants(x):
    s = 3 * x
    y = s.tanh() / x
    s.label, y.label = "s", "y"
    return y


def fresh(build, seed):
    names = build.__code__.co_varnames[: build.__code__.co_argcount]
    leaves = dict(zip(names, random.Random(seed).sample(NUMBERS, len(names))))
    root = hand_graph(build, **leaves)
    for node in topological_order(root):
        node.grad = 0.0
    return root


def judge(text, build):
    for seed in range(5):
        root = fresh(build, seed)
        with by_hand(rules=True):
            backward(root)
        try:
            check_gradients(root, call=f"backward({text}", by_walk=True)
        except GradientError as error:
            causes = error.comparison.causes
            if causes and all(cause.slip is None for cause in causes):
                question = "Is the sum of every node complete when the node hands it on, and is it handed on just once?"
                raise GradientError(f"{error}\n{question}", error.comparison) from None
            raise


def judge_second_call(text, build):
    for seed in range(5):
        root = fresh(build, seed)
        order = topological_order(root)
        with by_hand(rules=True):
            backward(root)
            first = {node: node.grad for node in order}
            backward(root)
        for node in order:
            if node.grad == first[node]:
                clue = "The second call replaced what stood there: is every .grad added to, with +=?"
            else:
                clue = "Does the second walk hand on what the first one left in .grad? Sum up apart, add at the end."
            is_twice = abs(node.grad - 2.0 * first[node]) <= 1e-9 * abs(first[node])
            assert is_twice, (
                f"Called backward({text}, twice.\n"
                f"It left {node.label or node.op}.grad = {first[node]:.6g} the first time, "
                f"and {node.grad:.6g} the second.\n"
                "Expected: exactly twice the first everywhere, the root included.\n"
                f"{clue}"
            )


def test_the_lecture_expression_has_the_right_gradients():
    judge("L) with e = a*b, d = e + c, L = d*f", lecture)


def test_an_operand_used_twice_by_one_operation_adds_up():
    judge("y) with y = x*x", square)


def test_a_shared_leaf_adds_up():
    judge("y) with e = a + b, y = e*a", shared_leaf)


def test_a_shared_inner_node_is_complete_before_it_hands_on():
    judge("y) with u = a*b, p = tanh(u), q = exp(u), y = p*q", shared_inner_node)
    judge("y) with u = a*b, p = exp(u), q = p*a, y = u*q", short_and_long_way)
    judge("y) with u = a*b, p = exp(u), q = p*a, y = q*u", long_and_short_way)


def test_constants_do_not_stand_in_the_way():
    judge("y) with s = 3*x, y = tanh(s)/x", with_constants)


def test_a_leaf_that_is_the_root_has_the_gradient_of_a_root():
    judge("x) with x a leaf", lambda x: x)


def test_a_second_call_doubles_every_gradient():
    judge_second_call("y) with u = a*b, p = tanh(u), q = exp(u), y = p*q", shared_inner_node)
    judge_second_call("y) with y = x*x", square)
