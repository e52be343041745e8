"""The helper of the katas' tests: what a failure says beyond the table."""

import numpy as np
import pytest

from handgrad import Value, compare, gradients, label, numeric_gradients
from handgrad.demos.katas.checking import (
    ByHandError,
    by_hand,
    check_gradients,
    check_names,
    hand_graph,
    say_division,
    say_known,
)
from handgrad.graph import topological_order
from handgrad.local import local_derivatives
from handgrad.testing import GradientError

CALL = "backward(a, b, L) of this test alone"


def graph(a, b):
    nodes = hand_graph(lambda a, b: (a, b, a * b), a=a, b=b)
    nodes[2].grad = 1.0
    return nodes


def test_a_number_that_fits_the_first_inputs_alone_is_typed_in():
    a, b, L = graph(2.0, -3.5)
    a.grad, b.grad = -3.5, 2.0
    check_gradients(L, call=CALL)
    a, b, L = graph(1.5, 0.7)
    a.grad, b.grad = -3.5, 1.5
    with pytest.raises(GradientError, match="a: this number was right for the inputs of a test before"):
        check_gradients(L, call=CALL)


def test_another_wrong_number_is_not():
    a, b, L = graph(2.0, -3.5)
    a.grad, b.grad = -3.5, 2.0
    check_gradients(L, call=CALL)
    a, b, L = graph(1.5, 0.7)
    a.grad, b.grad = -0.7, 1.5
    with pytest.raises(GradientError) as caught:
        check_gradients(L, call=CALL)
    assert "a test before" not in str(caught.value)


@pytest.mark.parametrize(("db", "first"), [(-2.0, "wrong sign"), (2.7, "They do not add up")])
def test_what_says_more_comes_first_the_named_mistake_or_the_property(db, first):
    def properties():
        assert b.grad == 2.0, f"Called {CALL}. They do not add up."

    a, b, L = graph(2.0, -3.5)
    a.grad, b.grad = -3.5, db
    with pytest.raises(GradientError) as caught:
        check_gradients(L, call=CALL, properties=properties)
    sentences = ("wrong sign", "no usual mistake", "They do not add up")
    there = {str(caught.value).index(one): one for one in sentences if one in str(caught.value)}
    assert there[min(there)] == first
    assert caught.value.comparison.causes[0].node is b


@pytest.mark.parametrize(
    ("db", "said"), [(2.7, "b: ten were too many."), (2.7 + 1e-6, "no usual mistake"), (-2.0, "wrong sign")]
)
def test_a_number_that_a_usual_mistake_of_the_kata_gives_is_named_where_nothing_else_explains_it(db, said):
    a, b, L = graph(2.0, -3.5)
    a.grad, b.grad = -3.5, db
    with pytest.raises(GradientError) as caught:
        check_gradients(L, call=CALL, known=[(b, 2.7, "ten were too many."), (b, -2.0, "no."), (a, db, "no.")])
    assert said in str(caught.value)
    assert caught.value.comparison.causes[0].slip is None or said in caught.value.comparison.causes[0].slip.message


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (-3.0, " Minus."),
        (-3.0 * (1 + 1e-7), ""),
        (np.array([1.0, 2.0]), " Both."),
        (np.array([[1.0, 2.0]]), ""),
        ([0.0, -5.0], " List."),
        ([1e-17, -5.0], " List."),
        ([1e-7, -5.0], ""),
        ([0.0], ""),
    ],
)
def test_a_well_known_number_is_said_by_its_words(found, words):
    assert say_known(found, [(-3.0, "Minus."), ([0.0, -5.0], "List."), (np.array([1.0, 2.0]), "Both.")]) == words


def test_a_list_with_a_gap_is_no_well_known_one():
    assert say_known([0.0, None], [([0.0, -5.0], "List.")]) == ""


def test_a_property_that_does_not_hold_fails_where_all_gradients_are_right():
    a, b, L = graph(2.0, -3.5)
    a.grad, b.grad = -3.5, 2.0

    def properties():
        assert not L.grad, "Called it. It does not hold."

    with pytest.raises(AssertionError, match="It does not hold"):
        check_gradients(L, call=CALL, properties=properties)


def test_the_message_holds_the_call_the_table_and_the_meaning():
    _, _, L = graph(2.0, -3.5)
    with pytest.raises(GradientError) as caught:
        check_gradients(L, call="backward(a, b, L)")
    assert "Called backward(a, b, L)" in str(caught.value)
    assert "missing" in str(caught.value)
    assert "upstream gradient times local derivative" in str(caught.value)


@pytest.mark.parametrize(
    "autodiff",
    [lambda L: L.backward(), gradients, compare, numeric_gradients],
    ids=["backward", "gradients", "compare", "numeric"],
)
def test_by_hand_refuses_autodiff_and_lets_go_afterwards(autodiff):
    L = Value(3.0, "a") * Value(4.0, "b")
    with pytest.raises(ByHandError, match="done by hand"), by_hand():
        autodiff(L)
    autodiff(L)


def test_gradients_can_be_checked_inside_by_hand():
    a, b, L = hand_graph(lambda a, b: (a, b, a * b), a=3.0, b=4.0)
    with by_hand():
        L.grad, a.grad, b.grad = 1.0, 4.0, 4.0
        with pytest.raises(GradientError, match="Called f\\(a, b\\)") as raised:
            check_gradients(L, call="f(a, b)")
        with pytest.raises(ByHandError):
            gradients(L)
    assert raised.value.comparison.causes[0].name == "b"


@pytest.mark.parametrize(
    ("grads", "said"),
    [
        (None, "It returned nothing. Expected a dict of gradients by name: does it end in a return?"),
        ([1.0], "It returned a list. Expected a dict"),
        ({"dW": 1.0, "b": 2.0}, "a gradient under 'dW', and none under 'W'. Expected these names: W, b."),
        ({"W": 1.0, "bias": 2.0}, "a gradient under 'bias', and none under 'b'."),
        ({"W.grad": 1.0, "b": 2.0}, "a gradient under 'W.grad', and none under 'W'."),
    ],
)
def test_gradients_under_another_name_are_told(grads, said):
    with pytest.raises(AssertionError) as caught:
        check_names(grads, ("W", "b"), "f(x)")
    assert str(caught.value).startswith("Called f(x). ")
    assert said in str(caught.value)


@pytest.mark.parametrize("grads", [{"W": 1.0, "b": 2.0}, {"W": 1.0, "b": 2.0, "x": 3.0}, {"W": None, "b": 1.0}, {}])
def test_more_than_is_asked_for_is_no_mistake_and_what_is_missing_is_the_comparisons(grads):
    check_names(grads, ("W", "b"), "f(x)")


PARTS = (("L", "p"), ("q",), ("b", "a"))


def in_parts(**grads):
    """The error of a check in three parts, of L = p*q with p = a*b and q = a + b, at a = 2 and b = 3."""

    def build(a, b):
        p, q = a * b, a + b
        nodes = {"a": a, "b": b, "p": p, "q": q, "L": p * q}
        for name, node in nodes.items():
            node.label = name
        return nodes

    nodes = hand_graph(build, a=2.0, b=3.0)
    for name, gradient in grads.items():
        nodes[name].grad = gradient
    with pytest.raises(GradientError) as caught:
        check_gradients(nodes["L"], call=CALL, parts=PARTS)
    return caught.value


@pytest.mark.parametrize(
    ("grads", "number", "said"),
    [
        ({}, 1, "Part 1 of 3: L, p.\n"),
        ({"L": 1.0, "p": -5.0, "q": 6.0}, 1, "Part 1 of 3: L, p.\n"),
        ({"L": 1.0, "p": 5.0, "a": 7.0}, 2, "Part 2 of 3: q. Part 1 is right.\n"),
        ({"L": 1.0, "p": 5.0, "q": 6.0, "b": 16.0}, 3, "Part 3 of 3: b, a. Parts 1 and 2 are right.\n"),
    ],
)
def test_of_a_check_in_parts_the_first_that_is_not_right_is_shown_alone(grads, number, said):
    error = in_parts(**grads)
    assert said in str(error)
    assert {result.node.label for result in error.part.comparison if result.status.value != "skipped"} == {
        *PARTS[number - 1]
    }
    assert {result.node.label for result in error.comparison} == {"a", "b", "p", "q", "L"}


def test_of_a_part_that_is_not_filled_in_no_property_is_asked():
    def properties():
        assert nodes[0].grad, "Called it. It does not hold."

    nodes = graph(2.0, -3.5)
    with pytest.raises(GradientError) as caught:
        check_gradients(nodes[2], call=CALL, properties=properties, parts=(("b",), ("a",)))
    assert "does not hold" not in str(caught.value)


@pytest.mark.parametrize(("times", "size"), [(2.0, 5), (10 / 7, 7), (10.0, 1), (10.0 + 1e-9, 1)])
def test_a_mean_is_said_to_be_divided_by_the_size_that_gives_it(times, size):
    assert say_division(times, 10) == f" A division by {size} would do that; the mean is over 10 rows."


@pytest.mark.parametrize("times", [1.0, 0.3141, 0.0, -2.0, 1e-320, float("nan"), float("inf"), float("-inf")])
def test_of_what_no_size_gives_no_division_is_said(times):
    assert say_division(times, 10) == ""


def _pass_over(order, operands):
    L = hand_graph(lambda x, y: (x * y).tanh() * x, x=0.7, y=-0.4)
    nodes = topological_order(L)
    for node in nodes:
        node.grad = float(node is L)
    for node in order(nodes):
        for operand, local in operands(list(zip(node.operands, local_derivatives(node)))):
            operand.grad += local * node.grad
    return L


@pytest.mark.parametrize(
    ("order", "operands", "says"),
    [
        (list, list, "each node passes its gradient on before it has one"),
        (reversed, lambda every: every[:1], "only the first operand of each operation gets its part."),
    ],
)
def test_one_wrong_walk_is_said_once_of_all_that_it_makes(order, operands, says):
    with pytest.raises(GradientError) as caught:
        check_gradients(_pass_over(order, operands), by_walk=True)
    assert str(caught.value).count(says) == 1
    with pytest.raises(GradientError) as caught:
        check_gradients(_pass_over(order, operands))
    assert says not in str(caught.value)


@pytest.mark.parametrize(
    ("last", "early"),
    [
        (0, "e and d propagated their gradients before all their"),
        (-1, "d propagated its gradient before all its"),
    ],
)
def test_a_walk_that_takes_nodes_as_it_meets_them_is_said_to_pass_on_too_early(last, early):
    def build(x, y):
        d = label(x * y, "d")
        e = label(d + d.tanh() * x, "e")
        return e + (e * d).exp()

    L = hand_graph(build, x=0.7, y=-0.4)
    for node in topological_order(L):
        node.grad = float(node is L)
    waiting, met = [L], {L}
    while waiting:
        node = waiting.pop(last)
        for operand, local in zip(node.operands, local_derivatives(node)):
            operand.grad += local * node.grad
            if operand not in met:
                met.add(operand)
                waiting.append(operand)
    with pytest.raises(GradientError) as caught:
        check_gradients(L, by_walk=True)
    text = " ".join(str(caught.value).split())
    assert f"{early} uses had been summed" in text
    assert "only the local derivative" not in text
