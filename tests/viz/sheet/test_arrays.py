"""Arrays on a sheet: typed as expressions, walked, and said before they are shown."""

import numpy as np
import pytest

from handgrad import compare, gradients, label, manual
from handgrad.arrays import array
from handgrad.viz.sheet import guess

from .asking import ask, sheet_of


def layer():
    rng = np.random.default_rng(0)
    with manual():
        x = array(rng.normal(size=(3, 4)), "x")
        W = array(rng.normal(size=(4, 2)), "W")
        y = label(x @ W, "y")
        L = (y * y).sum()
    L.label = "L"
    return x, W, y, L


def test_an_array_is_filled_in_by_an_expression_in_the_names():
    _, W, _, L = layer()
    sheet = sheet_of(L)
    ask(sheet, "fill", node="L", text="1")
    ask(sheet, "fill", node="y", text="2*y")
    reply = ask(sheet, "fill", node="W", text="x.T @ dy")
    assert {reply["verdict"][name]["status"] for name in ("L", "y", "W")} == {"correct"}
    assert np.allclose(W.grad, gradients(L)[W])
    assert reply["verdict"]["W"]["text"] == "x.T @ dy"
    assert "<rect" in reply["verdict"]["W"]["map"]


def test_the_shape_of_an_array_is_looked_at_first():
    _, W, _, L = layer()
    reply = ask(sheet_of(L), "fill", node="W", text="x.T")
    assert reply["message"] == "That is an array of shape (4, 3), and the gradient of W has its shape, (4, 2)."
    assert W.grad is None


def test_a_wrong_array_has_the_comparators_slip():
    _, W, _, L = layer()
    sheet = sheet_of(L)
    for name, text in (("L", "1"), ("y", "2*y"), ("W", "-(x.T @ dy)")):
        reply = ask(sheet, "fill", node=name, text=text)
    assert reply["verdict"]["W"]["status"] == "wrong"
    assert reply["verdict"]["W"]["slip"] == compare(L)[W].note


def test_the_steps_of_arrays_add_up_too():
    *arrays, L = layer()
    truth = gradients(L)
    sums = {}
    for step in ask(sheet_of(L), "steps")["steps"]:
        sums[step["operand"]] = sums.get(step["operand"], 0.0) + np.asarray(step["contribution"])
    for node in arrays:
        assert np.allclose(sums[node.label], truth[node])


def test_one_entry_is_opened_as_numbers_without_its_sum():
    x, W, y, L = layer()
    sheet = sheet_of(L)
    ask(sheet, "fill", node="y", text="2*y")
    reply = ask(sheet, "entry", node="W", at="1, 0")
    assert (reply["data"], reply["grad"], reply["status"]) == (W.data[1, 0], None, "missing")
    assert "y[0, 0].grad \u00d7 " in reply["message"]
    assert f"{gradients(L)[W][1, 0]:.4g}" not in reply["message"]
    assert (x.shape, y.shape) == ((3, 4), (3, 2))


@pytest.mark.parametrize("at", ["9, 9", "0", "", "a", "0, 0, 0", "1e3, 0", None, [0, 0]])
def test_an_entry_that_there_is_not_is_an_error_in_words(at):
    reply = ask(sheet_of(layer()[-1]), "entry", node="W", at=at)
    assert reply["type"] == "error"
    assert "W" in reply["message"]


@pytest.mark.parametrize(
    ("rule", "make", "said"),
    [
        ("@", lambda x, W, b: x @ W, "x gets y.grad @ W.T. Its shape is (3, 4)."),
        (
            "+",
            lambda x, W, b: x @ W + b,
            "b gets y.grad \u00d7 1, summed over what was broadcast. Its shape is (2,)",
        ),
        ("sum", lambda x, W, b: x.sum(0) + 0.0 * b[0], "x gets sum(x).grad \u00d7 1, for each entry"),
        ("index", lambda x, W, b: x[:, 1:3], "x gets y.grad, put where the entries were taken from; the others get 0."),
        ("tanh", lambda x, W, b: np.tanh(x), "x gets y.grad \u00d7 (1 - tanh(x)^2). Its shape is (3, 4)."),
    ],
)
def test_a_step_between_arrays_is_told_as_one_types_it(rule, make, said):
    rng = np.random.default_rng(1)
    with manual():
        x, W, b = array(rng.normal(size=(3, 4)), "x"), array(rng.normal(size=(4, 2)), "W"), array([1.5, 2.5], "b")
        y = label(make(x, W, b), "y")
        L = (y * y).sum()
    L.label = "L"
    told = [step["say"] for step in ask(sheet_of(L), "steps")["steps"]]
    assert [sentence for sentence in told if sentence.startswith(said)], told


def test_the_last_hint_of_an_array_is_what_may_be_typed():
    *_, L = layer()
    sheet = sheet_of(L)
    for name, text in (("L", "1"), ("y", "2*y")):
        ask(sheet, "fill", node=name, text=text)
    hints = [ask(sheet, "hint", node="W")["message"] for _ in range(3)]
    assert hints[2] == "W.grad = x.T @ y.grad"
    typed = hints[2].partition(" = ")[2]
    assert ask(sheet, "fill", node="W", text=typed)["verdict"]["W"]["status"] == "correct"


def told_down_to(sheet, operand):
    """The place of the first step into an array, all before it told."""
    for place, step in enumerate(ask(sheet, "plan")["steps"]):
        if step["operand"] == operand:
            return place
        ask(sheet, "show", step=place)
    raise AssertionError


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x.T @ dy", None),
        ("x.T @ (dy * 1.0000004)", None),
        ("-(x.T @ dy)", "the sign does not"),
        ("2 * (x.T @ dy)", "counted twice"),
        ("0.37 * W + 1", "no usual mistake"),
    ],
)
def test_a_guessed_array_is_judged_by_the_comparator(text, said):
    *_, L = layer()
    sheet = sheet_of(L)
    reply = ask(sheet, "predict", step=told_down_to(sheet, "W"), text=text)
    assert reply["type"] == "predicted"
    assert reply["right"] is (said is None)
    assert said is None or said in reply["slip"]


def test_the_shape_of_a_guessed_array_is_looked_at_first():
    *_, L = layer()
    sheet = sheet_of(L)
    reply = ask(sheet, "predict", step=told_down_to(sheet, "W"), text="dy")
    assert reply["type"] == "typo"
    assert "shape (3, 2)" in reply["message"]
    assert "(4, 2)" in reply["message"]


def test_a_guess_rounded_by_a_person_is_right():
    with manual():
        x = array([1.2345678], "x")
        L = (x * 0.7654321).sum()
    L.label = "L"
    sheet = sheet_of(L)
    place = told_down_to(sheet, "x")
    assert ask(sheet, "predict", step=place, text="0.765 * (x / x)")["right"]
    assert not ask(sheet, "predict", step=place, text="0.77 * (x / x)")["right"]


def test_a_guess_behind_a_mask_is_judged_too():
    with manual():
        s = array([[1.0, 2.0], [3.0, 4.0]], "s")
        masked = label(np.where(np.array([[True, False], [True, True]]), s, -np.inf), "masked")
        p = label(np.exp(masked), "p")
        L = (p * p).sum()
    L.label = "L"
    sheet = sheet_of(L)
    place = told_down_to(sheet, "masked")
    assert ask(sheet, "predict", step=place, text="dp * p")["right"]
    assert not ask(sheet, "predict", step=place, text="dp")["right"]


@pytest.mark.parametrize("seed", range(6))
def test_each_true_contribution_is_a_right_guess(seed):
    rng = np.random.default_rng(seed)
    with manual():
        x, W = array(rng.normal(size=(3, 4)), "x"), array(rng.normal(size=(4, 2)), "W")
        h = label(np.tanh(x @ W), "h")
        d = label(h - h.mean(0, keepdims=True), "d")
        L = (d * d * h[:, :1]).sum()
    L.label = "L"
    sheet = sheet_of(L)
    for step in sheet.walk.steps:
        assert guess.judged(step, step.contribution, sheet.words) == (True, None)
        is_right, slip = guess.judged(step, step.contribution * 1.5 + 0.25, sheet.words)
        assert not is_right
        assert slip.startswith(f"{sheet.words.name(step.operand)}: ")


def test_one_entry_does_not_tell_a_gradient_that_is_not_filled_in():
    _, _, y, L = layer()
    truth = gradients(L)[y]
    message = ask(sheet_of(L), "entry", node="W", at="1, 0")["message"]
    for number in truth.ravel().tolist():
        assert f"{number:.6g}" not in message
    assert "y[0, 0].grad \u00d7 " in message
