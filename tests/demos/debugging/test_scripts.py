"""`handgrad debug` on a script without functions."""

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.debugging.scripts import UnreadPairsError, format_pairs, has_a_graph, read, script_at
from tests.engine.adapters.script.networks import ELEVEN_LINES, RECURRENT, TWO_LAYERS

ANSWER = "syn1=l1.T.dot(l2_delta),syn0=X.T.dot(l1_delta)"


@pytest.fixture
def debug(tmp_path, monkeypatch):
    """Run `handgrad debug` in a folder of its own on a script of that text."""
    monkeypatch.chdir(tmp_path)

    def run(text, *arguments):
        (tmp_path / "net.py").write_text(text, encoding="utf-8")
        return CliRunner().invoke(main, ["debug", "net.py", "--no-picture", "--quick", *arguments])

    run.folder = tmp_path
    return run


@pytest.mark.parametrize(("text", "pairs"), [(ELEVEN_LINES, ANSWER), (TWO_LAYERS, "W2=dW2,b2=db2,W=dW,b=db")])
def test_what_is_taken_for_the_gradients_is_said_and_the_script_is_left_alone(debug, text, pairs):
    result = debug(text)
    assert result.exit_code == 0, result.output
    assert f"Checked the script, with the gradients {pairs}; --gradients names others." in result.output
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
    assert format_pairs(read("W1 = dW1, W2=np.dot(h.T, d)")) == "W1=dW1,W2=np.dot(h.T, d)"
    for wrong in ("", "dW1", "W1=", "W1:dW1", "**dW"):
        with pytest.raises(UnreadPairsError, match="as W1=dW1,b1=db1"):
            read(wrong)


def test_a_file_that_works_on_nodes_is_no_such_script(tmp_path):
    path = tmp_path / "nodes.py"
    path.write_text("a.grad = 1.0\n", encoding="utf-8")
    assert has_a_graph(path)
    path.write_text("def (", encoding="utf-8")
    assert script_at(path) is None
