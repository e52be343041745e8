"""A workspace: laid out, set back, and nothing of the learner's ever lost."""

import shutil

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.workspace.progress import Progress
from handgrad.demos.katas.workspace.workspace import (
    MARK,
    NoWorkspaceError,
    Workspace,
    WorkspaceError,
    copy_solution,
    start,
)

COURSE = Course()
SLOPE, ADD = COURSE["slope"], COURSE["add"]
FIRST, SECOND, *_, LAST = COURSE.katas


def test_every_kata_is_laid_out(workspace):
    for kata in COURSE.katas:
        folder = workspace.folder / kata.place
        assert sorted(p.name for p in folder.iterdir()) == sorted(["kata.md", kata.file_name, f"test_{kata.file_name}"])


def test_second_start_adds_only_what_is_missing(workspace):
    answer = workspace.answer(SLOPE)
    answer.write_text("mine", encoding="utf-8")
    (workspace.folder / "01_white" / "02_add" / "kata.md").unlink()
    _, layout = start(workspace.folder, COURSE)
    assert layout.added == ("01_white/02_add/kata.md",)
    assert layout.edited == ("01_white/01_slope/slope.py",)
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
    with pytest.raises(WorkspaceError, match="inside the course itself"):
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
        for source in SLOPE.handout_files:
            name = source.name.replace("slope", kata)
            (folder / kata / name).write_bytes(source.read_bytes())
    own, layout = start(tmp_path / "own", Course(folder))
    assert len(layout.added) == 2 * 3 + 1
    assert "2 katas.\n" in (own.folder / "README.md").read_text(encoding="utf-8")
    assert [kata.name for kata in Workspace.find(own.folder).course.katas] == ["alpha", "beta"]
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(WorkspaceError, match="--course"):
        _ = Workspace.find(own.folder).course


def test_a_folder_with_all_the_files_becomes_a_workspace_again(workspace):
    shutil.rmtree(workspace.folder / MARK)
    assert not workspace.is_there
    again, layout = start(workspace.folder, COURSE)
    assert again.is_there
    assert layout.added == ()


def test_what_a_kill_left_half_written_is_cleared(workspace):
    part = workspace.folder / MARK / "part-abc"
    part.write_bytes(b"half")
    start(workspace.folder, COURSE)
    assert not part.exists()


@pytest.mark.parametrize("settings", [None, "{", "[]", '{"folder": 3}'])
def test_without_another_that_is_told_the_course_is_ours(settings, workspace):
    if settings is not None:
        (workspace.folder / MARK / "course.json").write_text(settings, encoding="utf-8")
    assert Workspace.find(workspace.folder).course.folder == COURSE.folder


def test_hints_open_one_by_one_until_the_last(workspace):
    assert [workspace.open_hint(ADD) for _ in range(4)] == [1, 2, 3, 3]
    assert workspace.open_hint(SLOPE) == 1
    assert workspace.progress_file.load().hints == {"add": 3, "slope": 1}


def test_the_current_kata_is_the_one_chosen_or_the_first_to_do_or_the_last(workspace):
    everything = frozenset(kata.name for kata in COURSE.katas)
    for progress, current in (
        (Progress(current="add"), ADD),
        (Progress(frozenset({"add"}), current="add"), ADD),
        (Progress(), FIRST),
        (Progress(frozenset({FIRST.name}), current="gone"), SECOND),
        (Progress(everything), LAST),
    ):
        assert workspace.current(progress) == current


def test_the_following_kata_is_the_next_to_do_then_one_before_and_then_none(workspace):
    everything = frozenset(kata.name for kata in COURSE.katas)
    for passed, kata, following in (
        (frozenset(), FIRST, SECOND),
        (frozenset(), LAST, FIRST),
        (frozenset({FIRST.name}), LAST, SECOND),
        (everything - {FIRST.name}, SECOND, FIRST),
        (everything - {SECOND.name}, SECOND, None),  # the one in work is none that follows
        (everything, FIRST, None),
    ):
        assert workspace.next_kata(kata, Progress(passed)) == following


def test_the_kata_of_a_folder_is_that_in_which_it_lies(workspace):
    home = workspace.answer(ADD).parent
    assert workspace.kata_at(home) == ADD
    assert workspace.kata_at(home / "notes" / "old") == ADD
    assert workspace.kata_at(home.parent) is None
    assert workspace.kata_at(workspace.folder / "solutions") is None


def test_tests_are_edited_where_they_differ_and_not_where_they_are_gone(workspace):
    test = workspace.answer(ADD).with_name(ADD.test.name)
    assert not workspace.has_edited_test(ADD)
    test.write_bytes(test.read_bytes().replace(b"\n", b"\r\n"))
    assert not workspace.has_edited_test(ADD)
    test.write_text("def test_nothing(): pass\n", encoding="utf-8")
    assert workspace.has_edited_test(ADD)
    test.unlink()
    assert not workspace.has_edited_test(ADD)


def test_a_solution_beside_is_written_once_and_then_the_learners(workspace):
    path = copy_solution(workspace, ADD)
    assert workspace.show_path(path) == "solutions/add.py"
    assert path.read_bytes() == ADD.solution.read_bytes()
    path.write_text("with my notes", encoding="utf-8")
    assert copy_solution(workspace, ADD) == path
    assert path.read_text(encoding="utf-8") == "with my notes"


def test_a_reset_forgets_the_kata_and_its_picture_and_leaves_the_edited_tests(workspace):
    test = workspace.answer(ADD).with_name(ADD.test.name)
    test.write_text("mine", encoding="utf-8")
    workspace.answer(ADD).with_name("kata.md").unlink()
    workspace.picture(ADD).write_text("<svg/>", encoding="utf-8")
    workspace.progress_file.update(lambda progress: progress.add_passed("add").add_passed("slope").set_hints("add", 2))
    workspace.reset(ADD)
    assert workspace.progress_file.load() == Progress(frozenset({"slope"}))
    assert not workspace.picture(ADD).exists()
    assert workspace.answer(ADD).with_name("kata.md").exists()
    assert test.read_text(encoding="utf-8") == "mine"


def test_a_workspace_that_was_committed_and_cloned_is_one(workspace, tmp_path):
    """git keeps files and no empty folders."""
    clone = tmp_path / "clone"
    for path in [path for path in workspace.folder.rglob("*") if path.is_file()]:
        copy = clone / path.relative_to(workspace.folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    assert Workspace.find(clone).course.folder == COURSE.folder


def test_a_course_beside_the_workspace_moves_with_it(tmp_path):
    shutil.copytree(COURSE.folder / "01_white", tmp_path / "class" / "course")
    start(tmp_path / "class" / "mine", Course(tmp_path / "class" / "course"))
    shutil.move(tmp_path / "class", tmp_path / "moved")
    assert Workspace.find(tmp_path / "moved" / "mine").course.folder == tmp_path / "moved" / "course"


def test_a_workspace_that_moved_alone_finds_its_course(tmp_path):
    shutil.copytree(COURSE.folder / "01_white", tmp_path / "course")
    start(tmp_path / "mine", Course(tmp_path / "course"))
    shutil.move(tmp_path / "mine", tmp_path / "deep" / "down" / "mine")
    assert Workspace.find(tmp_path / "deep" / "down" / "mine").course.folder == tmp_path / "course"


def test_where_there_is_no_room_a_reset_leaves_the_learners_file_as_it_is(workspace, full_disk):
    answer = workspace.answer(SLOPE)
    answer.write_text("mine " * 1000, encoding="utf-8")
    before = sorted(answer.parent.iterdir())
    with full_disk(), pytest.raises(OSError, match="too large") as caught:
        workspace.reset(SLOPE)
    assert caught.value.filename.startswith(str(answer))
    assert answer.read_text(encoding="utf-8").startswith("mine")
    assert sorted(answer.parent.iterdir()) == before


def test_a_reset_is_taken_back_as_long_as_nothing_was_written_since(workspace):
    answer = workspace.answer(SLOPE)
    assert workspace.undo_reset(SLOPE) is None
    for text in ("first", "second"):
        answer.write_text(text, encoding="utf-8")
        workspace.reset(SLOPE)
    assert workspace.undo_reset(SLOPE).name == "slope.py.2.bak"
    assert answer.read_text(encoding="utf-8") == "second"
    assert workspace.undo_reset(SLOPE) is None


def test_a_reset_that_is_taken_back_brings_back_the_pass_and_the_hints_of_that_kata_alone(workspace):
    workspace.answer(SLOPE).write_text("mine", encoding="utf-8")
    workspace.progress_file.update(lambda before: before.add_passed(SLOPE.name).set_hints(SLOPE.name, 2))
    workspace.reset(SLOPE)
    assert SLOPE.name not in workspace.progress_file.load().passed
    workspace.progress_file.update(lambda before: before.add_passed("add").set_current("add"))
    workspace.undo_reset(SLOPE)
    after = workspace.progress_file.load()
    assert (after.passed, after.hints, after.current) == ({SLOPE.name, "add"}, {SLOPE.name: 2}, "add")


def test_a_reset_that_is_taken_back_gives_no_pass_that_there_was_not(workspace):
    answer = workspace.answer(SLOPE)
    for text, has_passed in (("first", True), ("second", False)):
        answer.write_text(text, encoding="utf-8")
        if has_passed:
            workspace.progress_file.update(lambda before: before.add_passed(SLOPE.name))
        workspace.reset(SLOPE)
    workspace.undo_reset(SLOPE)
    assert workspace.progress_file.load().passed == set()
