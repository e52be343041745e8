"""Progress and answers as one file, between the browser and a workspace."""

import json

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.workspace import carrying
from handgrad.demos.katas.workspace.carrying import Carried, CarriedError, read, read_workspace, write, write_workspace
from handgrad.demos.katas.workspace.progress import Progress

ADD = Course()["add"]
HERE = Carried(Progress(frozenset({"slope"}), {"add": 1}, "slope"), {"add": "mine", "slope": "only here"})
THERE = Carried(Progress(frozenset({"add"}), {"add": 3, "slope": 2}, ""), {"add": "theirs \u2603\n"})


def test_what_is_written_is_read_again():
    for carried in (HERE, THERE, Carried(Progress(), {})):
        assert read(write(carried)) == carried


def test_a_progress_file_without_answers_is_one_too():
    facts = json.loads(write(THERE))
    del facts["answers"]
    assert read(json.dumps(facts).encode()) == Carried(THERE.progress, {})


def test_joined_has_what_either_has_and_the_others_answer_where_both_do():
    joined = HERE.join(THERE)
    assert joined.answers == {"add": "theirs \u2603\n", "slope": "only here"}
    assert joined.progress == Progress(frozenset({"slope", "add"}), {"add": 3, "slope": 2}, "slope")


@pytest.mark.parametrize("change", [{"passed": "add"}, {"answers": []}, {"answers": {"add": 3}}, {"hints": None}])
def test_a_file_that_holds_something_else_is_refused(change):
    facts = {**json.loads(write(HERE)), **change}
    with pytest.raises(CarriedError, match="holds no progress"):
        read(json.dumps(facts).encode())


def test_a_file_as_large_as_nobodys_is_not_even_parsed(monkeypatch):
    monkeypatch.setattr(carrying, "LARGEST", 10)
    with pytest.raises(CarriedError):
        read(write(HERE))


def test_from_a_workspace_go_only_the_files_that_were_changed(workspace):
    stub = ADD.stub.read_bytes()
    workspace.answer(ADD).write_bytes(stub.replace(b"\n", b"\r\n"))  # an editor's line ends are no change
    assert read_workspace(workspace).answers == {}
    workspace.answer(ADD).write_bytes(b"mine \xff")
    assert read_workspace(workspace).answers == {"add": "mine \ufffd"}


def test_a_file_that_is_gone_is_no_answer_and_comes_back_with_one(workspace):
    answer = workspace.answer(ADD)
    answer.unlink()
    assert read_workspace(workspace).answers == {}
    assert write_workspace(workspace, THERE) == ([answer], [])
    assert answer.read_text(encoding="utf-8") == THERE.answers["add"]


def test_into_a_workspace_what_is_the_same_is_left_and_what_was_edited_is_kept(workspace):
    answer = workspace.answer(ADD)
    written, kept = write_workspace(workspace, THERE)
    assert (written, kept) == ([answer], [])  # nothing of the learner's stood there
    assert write_workspace(workspace, THERE) == ([], [])
    answer.write_text("edited", encoding="utf-8")
    written, (backup,) = write_workspace(workspace, THERE)
    assert (written, backup.read_text(encoding="utf-8")) == ([answer], "edited")
    assert answer.read_text(encoding="utf-8") == THERE.answers["add"]
    assert workspace.progress_file.load().passed == {"add"}


def test_half_a_letter_which_json_can_hold_becomes_a_question_mark(workspace):
    write_workspace(workspace, Carried(Progress(), {"add": "x = '\ud800'\n"}))
    assert workspace.answer(ADD).read_bytes() == b"x = '?'\n"
    assert write_workspace(workspace, Carried(Progress(), {"add": "x = '\ud800'\n"})) == ([], [])


def test_only_katas_that_are_known_are_taken_over(workspace):
    progress = Progress(frozenset({"add", "no_such"}), {"add": 1, "no_such": 2}, "no_such")
    write_workspace(workspace, Carried(progress, {"no_such": "x = 1", "../../evil": "x = 1"}))
    kept = workspace.progress_file.load()
    assert (kept.passed, kept.hints, kept.current) == ({"add"}, {"add": 1}, "")
    assert not list(workspace.folder.parent.rglob("*evil*"))
