"""`handgrad debug` on a script without functions."""

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.debugging.options import UnreadPairsError, read

from .scripts import ELEVEN_LINES, RECURRENT, TWO_LAYERS


@pytest.fixture
def debug(tmp_path, monkeypatch):
    """Run `handgrad debug` in a folder of its own on a script of that text."""
    monkeypatch.chdir(tmp_path)

    def run(text, *arguments):
        (tmp_path / "net.py").write_text(text, encoding="utf-8")
        return CliRunner().invoke(main, ["debug", "net.py", "--no-picture", "--quick", *arguments])

    run.folder = tmp_path
    return run


@pytest.mark.parametrize(
    ("text", "said"),
    [(ELEVEN_LINES, "half the sum of (l2 - y)**2"), (TWO_LAYERS, "dW of W, db of b, dW2 of W2, db2 of b2")],
)
def test_what_is_taken_for_the_gradients_is_said_and_the_script_is_left_alone(debug, text, said):
    result = debug(text)
    assert result.exit_code == 0, result.output
    assert said in result.output
    assert "All correct" in result.output
    assert (debug.folder / "net.py").read_text("utf-8") == text


def test_a_wrong_line_of_a_script_is_told_and_the_status_is_1(debug):
    wrong = TWO_LAYERS.replace("dhidden[hidden <= 0] = 0", "dhidden[hidden > 0] = 0")
    result = debug(wrong, "--gradients", "W2=dW2,b2=db2,W=dW,b=db")
    assert result.exit_code == 1
    assert "net.py:24: dhidden[hidden > 0] = 0" in result.output


@pytest.mark.rest
def test_a_loop_without_end_is_not_waited_for(debug):
    result = debug(RECURRENT, "--gradients", "Wxh=dWxh,Whh=dWhh,Why=dWhy,bh=dbh,by=dby")
    assert result.exit_code == 0, result.output
    assert "All correct" in result.output


def test_pairs_are_read_as_they_are_said():
    assert read("W1 = dW1, W2=np.dot(h.T, d)") == {"W1": "dW1", "W2": "np.dot(h.T, d)"}
    for wrong in ("", "dW1", "W1=", "W1:dW1", "**dW"):
        with pytest.raises(UnreadPairsError, match="as W1=dW1,b1=db1"):
            read(wrong)
