"""What the steps of a network are called in sentences about arrays."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import compare, label, manual
from handgrad.arrays import array
from handgrad.slips.messages import OF_EACH, NodeNames

from .nets import Net, normal


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (lambda x: x[0], "x[0]"),
        (lambda x: x[:, 1:3], "x[:, 1:3]"),
        (lambda x: x[..., None], "x[..., None]"),
        (lambda x: x[[0, 0, 1]], "x[...]"),
        (lambda x: (x + 1.0)[0], "(x + 1.0)[0]"),
        (lambda x: x.T @ x, "x.T@x"),
        (lambda x: np.exp(x).sum(0), "sum(exp(x))"),
        (lambda x: np.tanh(np.tanh(np.tanh(np.tanh(x)) * 0.12345) * 0.12345 + 0.12345) * 0.5, "the 3rd product in y"),
    ],
)
def test_a_step_without_a_label_is_called_by_its_expression_or_by_what_made_it_and_what_it_goes_into(step, name):
    with manual():
        made = step(array(normal(3, 4), "x"))
        loss = label(np.sin(made), "y").sum()
    assert NodeNames(compare(loss))[made] == name


def test_a_step_that_goes_into_nothing_with_a_label_is_one_of_the_output():
    with manual():
        made = np.tanh(np.tanh(np.tanh(np.tanh(array(normal(3), "x"))) * 0.123456) * 0.123456 + 0.123456) * 0.5
        loss = (made * made).sum()
    words = NodeNames(compare(loss))
    assert (words[made], words[loss]) == ("the 3rd product in the output", "the output")


def test_the_letters_of_a_rule_are_names_where_there_are_such():
    with manual():
        x = array(normal(3), "x")
        deep = np.tanh(np.tanh(np.tanh(np.tanh(x)) * 0.123456) * 0.123456 + 0.123456)
        made = np.exp(deep)
        loss = label(made * x, "y").sum()
    letters = NodeNames(compare(loss)).letters(made)
    assert (letters["x"], letters["y"]) == (OF_EACH["x"], OF_EACH["y"])


def test_a_sentence_names_the_slice_that_a_mistake_is_in():
    net = Net(lambda name, a: (name("f", a[:, :2].sigmoid()) * name("g", np.tanh(a[:, 2:]))).sum(), a=normal(3, 4))
    slip = net.slip("a", lambda x, d: np.concatenate([d.f * x.f * (1 - x.f), d.g * (1 - x.g)], axis=1))
    assert slip.message == "a: you used 1 - tanh(a[:, 2:]) as the derivative of 'tanh' in g: where is the square?"


def test_an_array_of_numbers_that_nobody_has_named_is_a_constant():
    net = Net(lambda name, x: (name("y", np.tanh(x)) * normal(3, 2, seed=5)).sum(), x=normal(3, 2))
    assert (
        net.slip("y", lambda x, d: x.y).message
        == "y: that is what '*' in the output passes to the other operand, a constant. Which is for this one?"
    )
