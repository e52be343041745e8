"""Gradients of scripts without functions."""

import contextlib
import io

import numpy as np
import pytest

from handgrad.adapters.scripts.errors import ScriptError
from handgrad.adapters.scripts.judge import Script

from .networks import ELEVEN_LINES, RECURRENT, TWO_LAYERS, changed, written


def check(folder, text, **options):
    file = written(folder, text)
    script = Script(text, file)
    space = {"__name__": "net"}
    exec(script.before, space)
    return script.check(space, options.pop("gradients", script.gradients), **options)


@pytest.mark.parametrize("text", [ELEVEN_LINES, TWO_LAYERS, RECURRENT], ids=["eleven lines", "two layers", "recurrent"])
def test_right_scripts_are_right_and_print_nothing(text, tmp_path):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        found = check(tmp_path, text)
    assert found.ok, str(found)
    assert printed.getvalue() == ""
    assert "changes in place" not in found.remark


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


def test_the_patch_is_one_of_the_script(tmp_path):
    text, _ = changed(TWO_LAYERS, "dW += reg * W", "dW += 2 * reg * W")
    patch = check(tmp_path, text).patch.splitlines()
    assert "-  dW += 2 * reg * W" in patch
    assert "+  dW += reg * W" in patch


def test_the_loss_that_is_taken_where_none_is_worked_out_is_said(tmp_path):
    remark = check(tmp_path, ELEVEN_LINES).remark
    assert "works out no loss: half the sum of (l2 - y)**2 was taken for it" in remark
    assert "y - l2" in remark


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
    exec(script.before, space)
    before = {name: one.copy() for name, one in space.items() if isinstance(one, np.ndarray)}
    script.check(space, script.gradients)
    assert all(np.array_equal(space[name], one) for name, one in before.items())
    assert (tmp_path / "net.py").read_text("utf-8") == TWO_LAYERS


def test_a_loss_that_is_not_there_and_a_parameter_without_numbers_are_refused(tmp_path):
    with pytest.raises(ScriptError, match="nothing in its loop gives reg a value"):
        check(tmp_path, TWO_LAYERS, loss="reg")
    with pytest.raises(ScriptError, match="y is no number and no array of floating point"):
        check(tmp_path, TWO_LAYERS, gradients={"y": "dscores"})
