"""Checking a kata of a workspace: judged, drawn, remembered."""

import pytest

from handgrad.demos.katas.authoring import wrong_answers
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.workspace.checks import check
from handgrad.demos.katas.workspace.workspace import WorkspaceError

COURSE = Course()
ADD = COURSE["add"]


def test_what_passes_is_remembered_with_another_way_beside_it(workspace, warm):
    workspace.answer(ADD).write_bytes(ADD.solution.read_bytes())
    found = check(workspace, ADD, 10.0, warm.run)
    assert found.ok
    assert found.picture == workspace.picture(ADD)
    assert workspace.progress_file.load().passed == {"add"}
    assert (workspace.folder / "solutions" / "add.py").read_bytes() == ADD.solution.read_bytes()


def test_what_fails_is_not_and_is_drawn_only_where_it_is_asked_for(workspace, warm):
    workspace.answer(ADD).write_bytes(wrong_answers(ADD)[0].text.encode())
    assert check(workspace, ADD, 10.0, warm.run, draw=False).picture is None
    assert not workspace.picture(ADD).exists()
    assert not check(workspace, ADD, 10.0, warm.run).ok
    assert workspace.picture(ADD).exists()
    assert workspace.progress_file.load().passed == frozenset()
    assert not (workspace.folder / "solutions").exists()


def test_of_the_last_kata_of_a_belt_the_note_says_so(workspace, warm):
    *others, last = COURSE.belts["white"]
    for kata in others:
        workspace.progress_file.update(lambda progress, name=kata.name: progress.add_passed(name))
    workspace.answer(last).write_bytes(b"import pytest\n" + last.solution.read_bytes())
    found = check(workspace, last, 10.0, warm.run)
    assert found.note.startswith("Note: it imports pytest")
    assert "\n\nThe white belt is done" in found.note


def test_it_runs_within_its_time_by_whatever_runs_it_and_of_a_plain_failure_nothing_is_noted(workspace, warm):
    jobs = []

    def run(job):
        jobs.append(job)
        return warm.run(job)

    found = check(workspace, ADD, 7.0, run, draw=False)
    assert [(job.name, job.limits.seconds) for job in jobs] == [("add", 7.0)]
    assert (found.ok, found.note) == (False, "")


def test_of_a_kata_in_the_middle_of_a_belt_nothing_is_noted(workspace, warm):
    workspace.answer(ADD).write_bytes(ADD.solution.read_bytes())
    assert check(workspace, ADD, 10.0, warm.run, draw=False).note == ""
    workspace.answer(ADD).write_bytes(b"import pytest\n" + ADD.solution.read_bytes())
    note = check(workspace, ADD, 10.0, warm.run, draw=False).note
    assert note.startswith("Note: it imports pytest")
    assert note == note.strip()


def test_of_tests_that_were_edited_the_note_says_that_they_do_not_count(workspace, warm):
    (workspace.folder / ADD.place / ADD.test.name).write_text("def test_nothing(): pass\n", encoding="utf-8")
    assert "test_add.py was edited here" in check(workspace, ADD, 10.0, warm.run, draw=False).note


def test_a_file_that_is_gone_is_said(workspace, warm):
    workspace.answer(ADD).unlink()
    with pytest.raises(WorkspaceError, match="handgrad reset add"):
        check(workspace, ADD, 10.0, warm.run)


def test_where_nothing_can_be_written_the_verdict_is_there_and_says_so(workspace, warm, monkeypatch):
    def refuse(change):
        raise PermissionError(13, "Permission denied", ".handgrad/lock")

    monkeypatch.setattr(workspace.progress_file, "update", refuse)
    workspace.answer(ADD).write_bytes(ADD.solution.read_bytes())
    found = check(workspace, ADD, 10.0, warm.run, draw=False)
    assert found.ok
    assert found.note == (
        "Note: your pass was not saved, as .handgrad/lock cannot be used (Permission denied). Check again once "
        "it can be written."
    )


@pytest.mark.parametrize("name", ["add2.py", "add (1).py", "add.py.txt"])
def test_a_save_under_another_name_is_noted_where_the_file_itself_is_as_it_was(name, workspace, warm):
    workspace.answer(ADD).with_name(name).write_bytes(ADD.solution.read_bytes())
    note = check(workspace, ADD, 10.0, warm.run, draw=False).note
    assert f"Beside it is {name}, which is not checked" in note


def test_nothing_is_noted_where_the_file_was_worked_on_or_put_back(workspace, warm):
    workspace.answer(ADD).with_name("notes.py").write_text("x = 1\n", encoding="utf-8")
    workspace.answer(ADD).write_text("def backward(a, b, y):\n    pass\n", encoding="utf-8")
    assert check(workspace, ADD, 10.0, warm.run, draw=False).note == ""
    workspace.answer(ADD).with_name("notes.py").unlink()
    workspace.reset(ADD)
    assert check(workspace, ADD, 10.0, warm.run, draw=False).note == ""


@pytest.mark.rest
def test_the_parts_that_were_right_are_remembered_and_it_is_said_where_one_is_no_longer(workspace, warm):
    kata = COURSE["causal_mask"]
    solution = kata.solution.read_text(encoding="utf-8")
    half = solution.replace("dscores @ k", "None")
    assert half != solution
    for text, right, note in (
        (half, 2, ""),
        (half.replace("weights.T @ dout", "weights.T @ dout * 2"), 2, "Parts 1 and 2 were right before."),
    ):
        workspace.answer(kata).write_text(text, encoding="utf-8")
        found = check(workspace, kata, 10.0, warm.run, draw=False)
        assert (found.ok, found.note) == (False, note)
        assert workspace.progress_file.load().parts == {"causal_mask": right}
