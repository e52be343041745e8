"""What every command of the katas has: expected errors as one sentence, and the kata that is meant."""

import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from handgrad import HandgradError
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.kata_command import HandgradUsageError, choose_kata, kata_command, load_progress
from tests.demos.commands import handgrad

ADD = Course()["add"]


def test_an_expected_error_is_a_sentence_and_status_2():
    @click.command()
    @kata_command
    def broken():
        raise HandgradError("it is not there.")

    result = CliRunner().invoke(broken)
    assert (result.exit_code, result.output) == (2, "Error: it is not there.\n")


def test_a_file_that_is_needed_and_gone_is_said_to_be_gone():
    @click.command()
    @kata_command
    def broken():
        Path("no/such/file").read_bytes()

    result = CliRunner().invoke(broken)
    assert (result.exit_code, result.output) == (2, "Error: no/such/file is needed here, but does not exist.\n")


@pytest.mark.rest(of=3)
def test_a_copy_of_the_solution_is_named_only_where_there_is_one(workspace, monkeypatch):
    monkeypatch.chdir(workspace.folder)
    workspace.answer(ADD).write_bytes(ADD.solution.read_bytes())
    assert "handgrad solution add (also in solutions/add.py)" in handgrad("check", "add").output
    shutil.rmtree(workspace.folder / "solutions")
    (workspace.folder / "solutions").write_text("in the way", encoding="utf-8")
    said = handgrad("check", "add").output
    assert "handgrad solution add\n" in said
    assert "was not saved" in said


def test_an_error_that_nobody_expects_is_not_hidden():
    @kata_command
    def broken():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()


def test_the_kata_is_the_one_named_else_that_of_the_folder_else_the_one_in_work(workspace, monkeypatch):
    workspace.progress_file.update(lambda progress: progress.set_current("multiply"))
    monkeypatch.chdir(workspace.folder / ADD.place)
    assert choose_kata(workspace, "slope").name == "slope"
    assert choose_kata(workspace, None).name == "add"
    monkeypatch.chdir(workspace.folder)
    assert choose_kata(workspace, None).name == "multiply"


def test_a_damaged_progress_is_said_once(workspace, capsys):
    workspace.progress_file.path.write_text("{", encoding="utf-8")
    load_progress(workspace)
    load_progress(workspace)
    assert capsys.readouterr().err.count("progress.json.1.damaged") == 1


def test_a_usage_error_ends_with_the_status_of_every_other_one():
    assert HandgradUsageError("no").exit_code == click.UsageError.exit_code


@pytest.mark.rest(of=3)
def test_a_check_upto_a_gradient_asks_for_no_more_says_what_is_next_and_is_no_pass(workspace, monkeypatch):
    kata = workspace.course["makemore_mlp"]
    monkeypatch.chdir(workspace.folder)
    solution = kata.solution.read_text(encoding="utf-8")
    workspace.answer(kata).write_text(solution.replace("h.T @ dlogits", "None"), encoding="utf-8")
    right = handgrad("check", "makemore_mlp", "--upto", "dh")
    assert right.exit_code == 0
    assert "Right up to h: 2 of 12." in right.output
    assert "Next: W2. Then: handgrad check makemore_mlp --upto W2" in right.output
    assert "makemore_mlp" not in workspace.progress_file.load().passed
    missing = handgrad("check", "makemore_mlp", "--upto", "b2.grad")
    assert missing.exit_code == 1
    assert "4 arrays: 3 correct, 1 missing. Next to fill in: W2." in missing.output
    assert "check neuron --upto o\n" in handgrad("check", "neuron").output
    unknown = handgrad("check", "makemore_mlp", "--upto", "dq")
    assert unknown.exit_code == 2
    assert "in this order, for logits, h, W2, b2" in " ".join(unknown.output.split())
