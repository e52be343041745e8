"""A workspace: laid out, set back, and nothing of the learner's ever lost."""

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.workspace.workspace import NoWorkspaceError, Workspace, WorkspaceError, start

COURSE = Course()
SLOPE = COURSE["slope"]


def test_every_kata_is_laid_out(workspace):
    for kata in COURSE.katas:
        folder = workspace.folder / kata.place
        assert sorted(p.name for p in folder.iterdir()) == sorted(["kata.md", kata.file_name, f"test_{kata.file_name}"])


def test_second_start_adds_only_what_is_missing(workspace):
    answer = workspace.answer(SLOPE)
    answer.write_text("mine", encoding="utf-8")
    (workspace.folder / "1_white" / "02_add" / "kata.md").unlink()
    _, layout = start(workspace.folder, COURSE)
    assert layout.added == ("1_white/02_add/kata.md",)
    assert layout.edited == ("1_white/01_slope/slope.py",)
    assert answer.read_text(encoding="utf-8") == "mine"


def test_files_of_another_program_stay(tmp_path):
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")
    start(tmp_path, COURSE)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "mine"


def test_no_workspace_in_a_workspace_nor_on_a_file_nor_in_the_course(workspace, tmp_path):
    with pytest.raises(WorkspaceError, match="inside the workspace"):
        start(workspace.folder / "inner", COURSE)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="is a file"):
        start(tmp_path / "file", COURSE)
    with pytest.raises(WorkspaceError, match="in the course itself"):
        start(COURSE.folder / "mine", COURSE)


def test_workspace_is_found_from_within(workspace, tmp_path):
    assert Workspace.find(workspace.folder / SLOPE.place).folder == workspace.folder
    with pytest.raises(NoWorkspaceError, match="handgrad start"):
        Workspace.find(tmp_path)


def test_resets_keep_every_version(workspace):
    answer = workspace.answer(SLOPE)
    kept = []
    for text in ("first", "second", "third"):
        answer.write_text(text, encoding="utf-8")
        kept.append(workspace.reset(SLOPE))
    assert [path.name for path in kept] == ["slope.py.1.bak", "slope.py.2.bak", "slope.py.3.bak"]
    assert [path.read_text(encoding="utf-8") for path in kept] == ["first", "second", "third"]
    assert answer.read_bytes() == SLOPE.stub.read_bytes()


def test_reset_of_an_untouched_file_keeps_nothing_and_of_a_lost_one_brings_it_back(workspace):
    assert workspace.reset(SLOPE) is None
    workspace.answer(SLOPE).unlink()
    with pytest.raises(WorkspaceError, match="handgrad reset slope"):
        workspace.answer(SLOPE)
    assert workspace.reset(SLOPE) is None
    assert workspace.answer(SLOPE).is_file()


def test_course_of_a_teacher_is_remembered(tmp_path, workspace):
    folder = tmp_path / "course"
    for kata in ("alpha", "beta"):
        (folder / kata).mkdir(parents=True)
        for source in SLOPE.handed_out:
            name = source.name.replace("slope", kata)
            (folder / kata / name).write_bytes(source.read_bytes())
    own, layout = start(tmp_path / "own", Course(folder))
    assert len(layout.added) == 2 * 3 + 1
    assert "2 katas.\n" in (own.folder / "README.md").read_text(encoding="utf-8")
    assert [kata.name for kata in Workspace.find(own.folder).course.katas] == ["alpha", "beta"]
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(WorkspaceError, match="--course"):
        _ = Workspace.find(own.folder).course
