"""`handgrad debug` on a script without functions."""

import json

import pytest
from click.testing import CliRunner

from handgrad.demos import scripts
from handgrad.demos.cli import main
from handgrad.demos.scripts import AskedError, format_pairs, has_a_graph, read, script_at
from tests.engine.adapters.script.networks import ELEVEN_LINES, RECURRENT, TWO_LAYERS

ANSWER = "syn1=l1.T.dot(l2_delta),syn0=X.T.dot(l1_delta)"


@pytest.fixture
def debug(tmp_path, monkeypatch):
    """Run `handgrad debug` in a folder of its own on a script of that text, with a memory of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def run(text, *arguments, answer=None):
        (tmp_path / "net.py").write_text(text, encoding="utf-8")
        return CliRunner().invoke(main, ["debug", "net.py", "--no-picture", "--quick", *arguments], input=answer)

    run.folder = tmp_path
    return run


def test_without_a_terminal_the_option_is_said_with_what_is_guessed(debug):
    result = debug(ELEVEN_LINES)
    assert result.exit_code == 2
    assert f'--gradients "{ANSWER}"' in result.output.replace("\n", " ")


@pytest.mark.rest
def test_an_answer_beforehand_is_taken_and_remembered_and_the_script_is_left_alone(debug):
    assert debug(ELEVEN_LINES, "--gradients", ANSWER).exit_code == 0
    again = debug(ELEVEN_LINES)
    assert again.exit_code == 0
    assert f'As before: --gradients "{ANSWER}"' in again.output
    assert "All correct" in again.output
    assert (debug.folder / "net.py").read_text("utf-8") == ELEVEN_LINES
    kept = json.loads((debug.folder / "state" / "handgrad" / "gradients.json").read_text("utf-8"))
    assert kept == {str(debug.folder / "net.py"): {"gradients": ANSWER, "loss": ""}}


def test_at_a_terminal_it_is_asked_and_enter_takes_the_guess(debug, monkeypatch):
    monkeypatch.setattr(scripts, "is_interactive", lambda: True)
    result = debug(TWO_LAYERS, answer="\n")
    assert result.exit_code == 0, result.output
    assert "Which of its names are gradients" in result.output
    assert "[W2=dW2,b2=db2,W=dW,b=db]" in result.output


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


def test_a_broken_memory_is_an_empty_one(debug):
    file = debug.folder / "state" / "handgrad" / "gradients.json"
    file.parent.mkdir(parents=True)
    file.write_text("[1, 2", encoding="utf-8")
    assert debug(ELEVEN_LINES).exit_code == 2
    assert debug(ELEVEN_LINES, "--gradients", ANSWER).exit_code == 0


def test_pairs_are_read_as_they_are_said():
    assert format_pairs(read("W1 = dW1, W2=np.dot(h.T, d)")) == "W1=dW1,W2=np.dot(h.T, d)"
    for wrong in ("", "dW1", "W1=", "W1:dW1", "**dW"):
        with pytest.raises(AskedError, match="as W1=dW1,b1=db1"):
            read(wrong)


def test_a_file_that_works_on_nodes_is_no_such_script(tmp_path):
    path = tmp_path / "nodes.py"
    path.write_text("a.grad = 1.0\n", encoding="utf-8")
    assert has_a_graph(path)
    path.write_text("def (", encoding="utf-8")
    assert script_at(path) is None
