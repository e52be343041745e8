"""Which names are gradients."""

import ast

import pytest

from handgrad.adapters.script.loop import gradients_in, seed_in, turn_of
from handgrad.adapters.script.losses import losses_in

from .networks import ELEVEN_LINES, RECURRENT, TWO_LAYERS


def turn(text):
    return turn_of(ast.parse(text))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (ELEVEN_LINES, {"syn1": "l1.T.dot(l2_delta)", "syn0": "X.T.dot(l1_delta)"}),
        (TWO_LAYERS, {"W": "dW", "b": "db", "W2": "dW2", "b2": "db2"}),
        (RECURRENT, {"Wxh": "dWxh", "Whh": "dWhh", "Why": "dWhy", "bh": "dbh", "by": "dby"}),
        ("w, n, s = 1.0, 0, 0.0\nfor i in range(3):\n  g = w * 2\n  w -= 0.1 * g\n  n += 1\n  s += g\n", {"w": "g"}),
    ],
)
def test_gradients_are_guessed_by_their_names_and_by_what_the_parameters_are_moved_by(text, wanted):
    assert gradients_in(turn(text)) == wanted


def test_the_loss_is_guessed_by_its_name():
    assert [(one.name, one.is_said) for one in losses_in(turn(TWO_LAYERS), {})] == [("loss", True)]
    assert not any(one.is_said for one in losses_in(turn(ELEVEN_LINES), {}))


def test_the_way_back_begins_with_the_difference_to_what_no_parameter_moves():
    seed = seed_in(turn(ELEVEN_LINES), {"syn0": "", "syn1": ""})
    assert (ast.unparse(seed.output), ast.unparse(seed.target), seed.sign) == ("l2", "y", -1)
