"""What may be the loss where no name says so."""

import ast

import pytest

from handgrad.adapters.script.loop import gradients_in, turn_of
from handgrad.adapters.script.losses import losses_in

from .networks import AT_ONCE, COUNTED, ONE_BY_ONE, PRINTED, SUMMED, TWO_LAYERS, changed


def texts(text):
    turn = turn_of(ast.parse(text))
    return [one.text for one in losses_in(turn, gradients_in(turn))]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (TWO_LAYERS, ["loss"]),
        (SUMMED, ["total"]),
        (PRINTED, ["np.mean((p - Y) ** 2)"]),
        (COUNTED, []),
        (ONE_BY_ONE, []),
        (AT_ONCE, []),
    ],
)
def test_a_name_counts_then_a_sum_that_nothing_needs_then_what_is_shown(text, wanted):
    assert texts(text) == wanted


def test_what_is_worked_out_from_a_sum_and_shown_may_be_it_too():
    assert texts(f"{SUMMED}    print(epoch)\n") == ["total"]
    text, _ = changed(SUMMED, "    w -= lr * dw\n", "    print(epoch, total / len(X))\n    w -= lr * dw\n")
    assert texts(text) == ["total", "total / len(X)"]


@pytest.mark.parametrize(
    "shown",
    ["dw ** 2", "w ** 2", "np.mean((p > 0.5) == Y)", "(round(p[0]) - Y[0]) ** 2", "X.mean() ** 2", "p"],
    ids=["a gradient", "a weight", "an accuracy", "rounded", "data", "an output"],
)
def test_gradients_weights_counts_and_outputs_are_no_loss(shown):
    text, _ = changed(PRINTED, "np.mean((p - Y) ** 2)", shown)
    assert texts(text) == []


def test_what_is_shown_after_a_step_is_of_other_weights():
    text, _ = changed(PRINTED, "    w -= lr * dw\n", "")
    text = text.replace("    if epoch", "    w -= lr * dw\n    if epoch")
    assert texts(text) == []
