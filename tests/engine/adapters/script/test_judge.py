"""Gradients of scripts without functions."""

import contextlib
import io

import numpy as np
import pytest

from handgrad import Status
from handgrad.adapters.errors import ScriptError
from handgrad.adapters.script.judge import Script

from .networks import (
    AT_ONCE,
    COUNTED,
    ELEVEN_LINES,
    ONE_BY_ONE,
    PRINTED,
    RECURRENT,
    SUMMED,
    TWO_LAYERS,
    changed,
    written,
)


def check(folder, text, **options):
    file = written(folder, text)
    script = Script(text, file)
    space = {"__name__": "net"}
    exec(script.setup_code, space)
    return script.check(space, options.pop("gradients", script.gradients), **options)


@pytest.mark.parametrize("text", [ELEVEN_LINES, TWO_LAYERS, RECURRENT], ids=["eleven lines", "two layers", "recurrent"])
def test_right_scripts_are_right_and_print_nothing(text, tmp_path):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        found = check(tmp_path, text)
    assert found.ok, str(found)
    assert printed.getvalue() == ""
    assert "changes in place" not in found.remark


@pytest.mark.drawn(1)
@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (ELEVEN_LINES, "* (l1 * (1 - l1))", "* (l1 * l1)"),
        (ELEVEN_LINES, "syn0 += X.T.dot(l1_delta)", "syn0 += X.T.dot(-l1_delta)"),
        (TWO_LAYERS, "dhidden[hidden <= 0] = 0", "dhidden[hidden > 0] = 0"),
        (TWO_LAYERS, "dW += reg * W", "dW += 2 * reg * W"),
        (TWO_LAYERS, "db2 = np.sum(dscores,", "db2 = np.mean(dscores,"),
        (RECURRENT, "(1 - hs[t] * hs[t]) * dh", "(1 - hs[t]) * dh"),
    ],
)
def test_a_wrong_line_is_blamed_by_its_number_in_the_file(text, old, new, tmp_path):
    text, line = changed(text, old, new)
    found = check(tmp_path, text)
    assert not found.ok
    assert {cause.source[1] for cause in found.causes} == {line}


@pytest.mark.drawn(2)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SUMMED, "total (line 10) was taken for the loss"),
        (COUNTED, "the cross-entropy of p and y, entry by entry, of all examples together, was taken for it"),
        (PRINTED, "np.mean((p - Y) ** 2) (line 10) was taken for the loss"),
        (ONE_BY_ONE, "the sum of (p - y)**2 was taken for it"),
        (AT_ONCE, "the sum of (w * x + b - y)**2, of all examples together, was taken for it"),
    ],
    ids=["summed in a loop", "nowhere, in a loop", "printed", "nowhere", "nowhere, in a comprehension"],
)
def test_a_loss_without_a_name_is_found_and_said(text, said, tmp_path):
    found = check(tmp_path, text)
    assert found.ok, str(found)
    assert said in found.remark
    assert "--loss names another" in found.remark


@pytest.mark.drawn(1)
@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (SUMMED, "dw += 2 * (p - y) * x", "dw += 2 * (p - y) * w"),
        (COUNTED, "dh = W2 * d * (1 - h * h)", "dh = W2 * d * (1 - h)"),
        (PRINTED, "dw = 2 * X.T @ (p - Y) / len(X)", "dw = 2 * X.T @ (p + Y) / len(X)"),
        (ONE_BY_ONE, "b -= lr * 2 * (p - y)", "b -= lr * 2 * (p + y)"),
        (AT_ONCE, "b - y) * x for", "b - y) * w for"),
    ],
    ids=["summed in a loop", "nowhere, in a loop", "printed", "nowhere", "nowhere, in a comprehension"],
)
def test_a_wrong_line_is_blamed_where_the_loss_has_no_name(text, old, new, tmp_path):
    text, line = changed(text, old, new)
    found = check(tmp_path, text)
    assert not found.ok
    assert {cause.source[1] for cause in found.causes} == {line}
    assert "lifted" not in str(found)
    assert "gradient_" not in str(found)


@pytest.mark.rest
def test_of_several_losses_that_may_be_meant_a_wrong_script_is_held_against_the_one_of_which_most_is(tmp_path):
    text, _ = changed(COUNTED, "dW1 += np.outer(dh, x)", "dW1 += np.outer(dh, x) * 2")
    found = check(tmp_path, text, quick=True)
    assert {one.name: one.status for one in found.results}["W2"] is Status.CORRECT
    assert "cross-entropy" in found.remark


@pytest.mark.rest
def test_of_two_multiples_of_a_loss_that_fit_as_many_gradients_the_one_that_is_worked_out_is_meant(tmp_path):
    text, _ = changed(SUMMED, "dw += 2 * (p - y) * x", "dw += (p - y) * x")
    text = text.replace("w -= lr * dw", "w -= lr * dw / len(X)").replace("b -= lr * db", "b -= lr * db / len(X)")
    found = check(tmp_path, text, quick=True, gradients={"w": "dw / len(X)", "b": "db / len(X)"})
    assert [cause.name for cause in found.causes] == ["w"]
    assert "the sum of (p - y)**2, of all examples together, divided by their number" in found.remark


@pytest.mark.rest
def test_the_mean_of_what_a_loop_keeps_is_taken_where_the_gradients_are_of_that(tmp_path):
    text, _ = changed(SUMMED, "total += (p - y) ** 2", "losses.append((p - y) ** 2)")
    text = text.replace("total = 0.0", "losses = []").replace("2 * (p - y)", "2 * (p - y) / len(X)")
    found = check(tmp_path, text)
    assert found.ok, str(found)
    assert "The mean of (p - y) ** 2 (line 10) was taken for the loss" in found.remark


@pytest.mark.rest
def test_what_is_no_loss_of_a_wrong_script_is_not_said_to_have_its_gradients(tmp_path):
    text, _ = changed(SUMMED, "db += 2 * (p - y)", "db += 2 * (p + y)")
    found = check(tmp_path, text.replace("2 * (p - y) * x", "(p - y) * x"), quick=True)
    assert not found.ok
    assert "The gradients are those" not in found.remark


@pytest.mark.rest
def test_a_number_that_is_only_shown_is_no_loss_where_more_gradients_are_of_another(tmp_path):
    text, _ = changed(PRINTED, "    p = X @ w", "    p = 1 / (1 + np.exp(-(X @ w + b)))")
    text, _ = changed(text, "    dw = 2 * X.T @ (p - Y) / len(X)", "    dw = X.T @ (p - Y)\n    db = np.mean(p - Y)")
    found = check(tmp_path, text.replace("lr = 0.01", "b, lr = 0.1, 0.01") + "    b -= lr * db\n")
    assert [cause.name for cause in found.causes] == ["b"]
    assert "not those of np.mean((p - Y) ** 2) (line 11): the cross-entropy of p and Y" in found.remark


def test_where_nothing_can_be_the_loss_it_is_said_what_to_write(tmp_path):
    text = (
        "w, X = 0.3, [1.0, -2.0]\nfor i in range(9):\n    dw = 0.0\n    for x in X:\n        if w * x < 1:\n"
        "            dw += -x\n    w -= 0.1 * dw\n"
    )
    with pytest.raises(ScriptError, match=r"no line of its loop computes a loss, nor .* Write the loss on a line"):
        check(tmp_path, text)
    text, _ = changed(TWO_LAYERS, "data_loss = np.sum(-np.log(probs[range(12), y])) / 12", "loss = -np.log(probs)")
    text = text.replace("  loss = data_loss + 0.5 * reg * np.sum(W * W) + 0.5 * reg * np.sum(W2 * W2)\n", "")
    with pytest.raises(ScriptError, match=r"loss \(line 14\) is not one number.*total = np.sum\(loss\)"):
        check(tmp_path, text)


@pytest.mark.rest
def test_the_patch_is_one_of_the_script(tmp_path):
    text, _ = changed(TWO_LAYERS, "dW += reg * W", "dW += 2 * reg * W")
    patch = check(tmp_path, text).patch.splitlines()
    assert "-  dW += 2 * reg * W" in patch
    assert "+  dW += reg * W" in patch


@pytest.mark.rest
def test_the_patch_of_what_a_weight_is_moved_by_leaves_the_step_alone(tmp_path):
    text, _ = changed(ONE_BY_ONE, "w -= lr * 2 * (p - y) * x", "w -= lr * (p - y) * x * x")
    text = text.replace("lr * 2 * (p - y)", "lr * (p - y)").replace("0.5, 1.5", "1.7, 0.6")
    assert "+        w -= lr * ((p - y) * x)" in check(tmp_path, text).patch.splitlines()


def test_the_loss_that_is_taken_where_none_is_worked_out_is_said(tmp_path):
    remark = check(tmp_path, ELEVEN_LINES).remark
    assert "computes no loss: half the sum of (l2 - y)**2 was taken for it" in remark
    assert "y - l2" in remark


@pytest.mark.rest
def test_a_difference_at_a_sigmoid_may_mean_cross_entropy(tmp_path):
    text, _ = changed(ELEVEN_LINES, "l2_delta = (y - l2) * (l2 * (1 - l2))", "l2_delta = y - l2")
    found = check(tmp_path, text)
    assert found.ok, str(found)
    assert "cross-entropy of l2 and y" in found.remark


def test_gradients_of_another_multiple_of_the_loss_are_said_to_be_so(tmp_path):
    text = (
        "import numpy as np\nX, t = np.arange(6.0).reshape(3, 2), np.ones(3)\nw = np.array([0.3, -0.2])\n"
        "for i in range(9):\n    p = X @ w\n    loss = np.mean((p - t) ** 2)\n    dw = X.T @ (p - t)\n"
        "    w -= 0.1 * dw\n"
    )
    found = check(tmp_path, text)
    assert found.ok, str(found)
    assert "those of half the sum of (p - t)**2, and not of loss (line 6)" in found.remark


def test_a_step_uphill_is_remarked_upon(tmp_path):
    text, line = changed(TWO_LAYERS, "W2 += -step_size * dW2", "W2 += step_size * dW2")
    found = check(tmp_path, text)
    assert found.ok
    assert f"Line {line} moves W2 uphill." in found.remark


def test_weights_that_are_moved_too_early_are_seen(tmp_path):
    text, _ = changed(TWO_LAYERS, "  dhidden = np.dot", "  W2 += -step_size * dW2\n  dhidden = np.dot")
    text = text.replace("  W2 += -step_size * dW2\n  b2", "  b2")
    assert not check(tmp_path, text, quick=True).ok


def test_nothing_of_a_script_is_changed_by_a_check(tmp_path):
    file = written(tmp_path, TWO_LAYERS)
    script, space = Script(TWO_LAYERS, file), {"__name__": "net"}
    exec(script.setup_code, space)
    before = {name: one.copy() for name, one in space.items() if isinstance(one, np.ndarray)}
    script.check(space, script.gradients)
    assert all(np.array_equal(space[name], one) for name, one in before.items())
    assert (tmp_path / "net.py").read_text("utf-8") == TWO_LAYERS


def test_a_loss_that_is_not_there_and_a_parameter_without_numbers_are_refused(tmp_path):
    with pytest.raises(ScriptError, match="nothing in its loop gives reg a value"):
        check(tmp_path, TWO_LAYERS, loss="reg")
    with pytest.raises(ScriptError, match="y is no number and no array of floating point"):
        check(tmp_path, TWO_LAYERS, gradients={"y": "dscores"})


OWN_FUNCTIONS = """\
import numpy as np
X, Y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.5])
w = 0.5
def forward(x):
    return w * x
def loss(y, y_pred):
    return ((y_pred - y) ** 2).mean()
def backward(x, y, y_pred):
    return np.mean(2 * x * (y_pred - y))
for epoch in range(9):
    y_pred = forward(X)
    l = loss(Y, y_pred)
    dw = backward(X, Y, y_pred)
    w -= 0.01 * dw
"""


@pytest.mark.rest
def test_functions_of_a_script_may_be_called_forward_and_backward_and_the_one_called_loss_gives_it(tmp_path):
    found = check(tmp_path, OWN_FUNCTIONS)
    assert found.ok, str(found)
    text, line = changed(OWN_FUNCTIONS, "np.mean(2 * x", "np.sum(2 * x")
    (cause,) = check(tmp_path, text).causes
    assert cause.source[1] == line


def test_a_parameter_that_is_judged_is_not_said_not_to_be_as_an_object_keeps_it_too(tmp_path):
    text = (
        "import numpy as np\nclass Model:\n    def __init__(self):\n        self.theta = np.array([0.3, -0.2])\n"
        "    def forward(self, X):\n        return X @ self.theta\n"
        "model = Model()\ntheta, X = model.theta, np.arange(6.0).reshape(3, 2)\nfor i in range(9):\n"
        "    h = X @ theta\n    loss = np.sum(h ** 2)\n    grad = 3 * X.T @ h\n    theta -= 0.1 * grad\n"
        "    model.forward(X)\n"
    )
    found = check(tmp_path, text, quick=True)
    assert [cause.name for cause in found.causes] == ["theta"]
    assert "theta" not in found.remark


@pytest.mark.rest
def test_a_line_that_writes_another_0_is_not_told_for_a_gradient_of_0(tmp_path):
    text = (
        "import numpy as np\nX, y = np.array([0.5, 1.5]), np.array([1.0, -1.0])\nw, b = 0.5, 0.25\n"
        "for i in range(9):\n    total = 0.0\n    dw, db = 0.0, {}\n"
        "    for x, t in zip(X, y):\n        e = w * x + b - t\n"
        "        total += e ** 2\n        dw += 2 * e * x\n    loss = total\n    w -= 0.1 * dw\n    b -= 0.1 * db\n"
    )
    for zero, line in (("0", None), ("0.0", 6)):
        (cause,) = check(tmp_path, text.format(zero), quick=True).causes
        assert (cause.name, cause.source and cause.source[1]) == ("b", line)


LOGISTIC = """
import numpy as np
X = np.random.default_rng(0).normal(size=(9, 3))
y = (X[:, 0] > 0) * 1.0
w, b, alpha, steps = np.zeros(3), np.zeros(1), 0.1, 5
for _ in range(steps):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    dw = X.T @ (y - p)
    db = np.sum(p - y, keepdims=True)
    w -= alpha * dw
    b -= alpha * db
"""


def test_of_two_signs_that_differ_the_one_that_goes_uphill_is_wrong(tmp_path):
    found = check(tmp_path, LOGISTIC, quick=True)
    assert [one.name for one in found.causes] == ["w"]
    assert check(tmp_path, LOGISTIC.replace("y - p", "p - y")).ok


def test_a_step_that_is_named_with_other_names_at_once_is_no_factor_of_a_gradient(tmp_path):
    moved = LOGISTIC.replace("    dw = X.T @ (y - p)\n", "").replace("alpha * dw", "alpha * (X.T @ (p - y))")
    assert Script(moved.replace("alpha", "pace"), "net.py").gradients["w"] == "X.T @ (p - y)"
    assert check(tmp_path, moved).ok
