"""What a name means in what is typed, and whether the shape fits."""

import re

import numpy as np
import pytest

from handgrad import Value, manual
from handgrad.arrays import array
from handgrad.viz.sheet.expression import ExpressionError
from handgrad.viz.sheet.known import Known, check_shape

from ..graphs import lecture
from .asking import ask, sheet_of
from .layer import layer, told_down_to


def test_a_node_without_a_name_is_meant_by_its_expression_with_any_spaces():
    with manual():
        a, b = Value(2.0, "a"), Value(-3.0, "b")
        L = (a * b + a).tanh()
    L.label = "L"
    L.operands[0].grad, L.operands[0].operands[0].grad = 0.5, 0.25
    sheet = sheet_of(L)
    assert ask(sheet, "fill", node="a", text="( a*b+a ).grad")["verdict"]["a"]["grad"] == 0.5
    assert ask(sheet, "fill", node="a", text="(a * b).grad * b")["verdict"]["a"]["grad"] == -0.75


def test_a_guess_may_name_only_gradients_that_have_been_told():
    sheet = sheet_of(lecture())
    assert "begin nearer the root" in ask(sheet, "predict", step=2, text="d.grad")["message"]
    ask(sheet, "show", step=0)
    assert ask(sheet, "predict", step=2, text="d.grad")["right"]


def test_the_shape_of_an_array_is_looked_at_first():
    _, W, _, L = layer()
    reply = ask(sheet_of(L), "fill", node="W", text="x.T")
    assert reply["message"] == "That is an array of shape (4, 3), and the gradient of W has its shape, (4, 2)."
    assert W.grad is None


def test_the_shape_of_a_guessed_array_is_looked_at_first():
    *_, L = layer()
    sheet = sheet_of(L)
    reply = ask(sheet, "predict", step=told_down_to(sheet, "W"), text="dy")
    assert reply["type"] == "typo"
    assert "shape (3, 2)" in reply["message"]
    assert "(4, 2)" in reply["message"]


@pytest.fixture
def known():
    """w = [[2, 3]] without a gradient, a = 2 with the gradient 5, b = 4 with what is no number."""
    with manual():
        w, a, b, e = array([[2.0, 3.0]], "w"), Value(2.0, "a"), Value(4.0, "b"), Value(8.0)
    a.grad, b.grad = 5.0, "five"
    return Known({"w": w, "a": a, "b": b, "a * b": e})


def test_a_name_is_its_number_or_its_array(known):
    assert known.data("a") == 2.0
    assert known.data("w").tolist() == [[2.0, 3.0]]
    assert known.data("nothing") is None


def test_a_gradient_is_what_stands_there(known):
    assert known.grad("a") == 5.0
    known.nodes["w"].grad = np.array([[1.0, -1.0]])
    assert known.grad("w").tolist() == [[1.0, -1.0]]
    assert known.grad("nothing") is None


@pytest.mark.parametrize("name", ["w", "b", "a*b"])
def test_a_gradient_that_does_not_stand_there_yet_is_an_error_that_says_where_to_begin(known, name):
    with pytest.raises(ExpressionError, match=f"gradient of {re.escape(name)} is not there yet: begin nearer"):
        known.grad(name)


def test_a_gradient_of_another_shape_is_none_that_is_there(known):
    known.nodes["w"].grad = np.array([1.0, 2.0, 3.0])
    with pytest.raises(ExpressionError, match="not there yet"):
        known.grad("w")


def test_gradients_that_were_told_stand_for_those_of_the_nodes(known):
    told = Known(known.nodes, {known.nodes["w"]: np.array([[7.0, 8.0]])})
    assert told.grad("w").tolist() == [[7.0, 8.0]]
    with pytest.raises(ExpressionError):
        told.grad("a")


@pytest.mark.parametrize(
    ("value", "name", "said"),
    [
        (np.ones(2), "a", "That is an array of shape (2,), and a is a number."),
        (np.ones(2), "w", "That is an array of shape (2,), and the gradient of w has its shape, (1, 2)."),
        (3.0, "w", "That is a number, and the gradient of w has its shape, (1, 2)."),
    ],
)
def test_what_has_another_shape_is_refused_with_both_shapes(known, value, name, said):
    with pytest.raises(ExpressionError, match=re.escape(said)):
        check_shape(value, known.nodes[name], name)


def test_what_fits_is_let_through(known):
    check_shape(3.0, known.nodes["a"], "a")
    check_shape(np.ones((1, 2)), known.nodes["w"], "w")
