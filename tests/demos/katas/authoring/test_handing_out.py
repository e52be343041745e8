"""A course as learners get it: no answers, no places of this machine, and it may move."""

import json
import shutil

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.files import FolderTakenError
from handgrad.demos.katas.authoring.handing_out import MARK, HandoutError, write_handout
from handgrad.demos.katas.course import COURSE, Course
from handgrad.demos.katas.graphs import kata_graph
from handgrad.demos.katas.workspace.checks import check
from handgrad.demos.katas.workspace.workspace import Workspace, start


def run(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def files_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def handed(kata, tmp_path):
    """The kata of `handgrad new`, handed out."""
    folder = tmp_path / "for learners"
    write_handout(folder, Course(kata.folder))
    return folder


def test_it_holds_what_a_learner_needs_and_no_answer(kata, handed):
    names = ["hints.md", "kata.md", "mine.py", "test_mine.py"]
    assert files_in(handed) == [MARK, *(f"mine/{name}" for name in names)]
    assert json.loads((handed / MARK).read_text(encoding="utf-8"))["files"] == files_in(handed)
    for path in handed.rglob("*.*"):
        assert str(kata.folder.parent) not in path.read_text(encoding="utf-8")


def test_the_whole_course_is_handed_out_with_the_text_of_each_belt(tmp_path):
    write_handout(tmp_path / "out", Course())
    handed = Course(tmp_path / "out")
    assert [kata.place for kata in handed.katas] == [kata.place for kata in Course().katas]
    assert handed.readmes.keys() == Course().readmes.keys()
    assert all(kata.hints and not kata.has_solution and not kata.wrong.exists() for kata in handed.katas)


def test_an_answer_passes_and_is_remembered_also_after_both_were_moved(kata, handed, tmp_path, warm):
    shutil.move(handed, tmp_path / "elsewhere" / "course")
    workspace, _ = start(tmp_path / "elsewhere" / "mine", Course(tmp_path / "elsewhere" / "course"))
    workspace.answer(workspace.course["mine"]).write_bytes(kata.solution.read_bytes())
    shutil.move(tmp_path / "elsewhere", tmp_path / "again")
    moved = Workspace.find(tmp_path / "again" / "mine")
    found = check(moved, moved.course["mine"], 10.0, warm.run)
    assert found.ok
    assert not found.note
    assert moved.progress_file.load().passed == {"mine"}
    assert not (moved.folder / "solutions").exists()


def test_a_wrong_answer_has_its_slip_named_without_a_solution_there(kata, handed, tmp_path, warm):
    workspace, _ = start(tmp_path / "mine", Course(handed))
    mine = workspace.course["mine"]
    wrong = kata.solution.read_text(encoding="utf-8").replace("b.data * product.grad +", "-b.data * product.grad +")
    workspace.answer(mine).write_text(wrong, encoding="utf-8")
    found = check(workspace, mine, 10.0, warm.run)
    assert (found.status, bool(found.slips)) == ("failed", True)
    assert kata_graph(mine).missing


def test_a_kata_without_a_solution_says_so(handed, tmp_path, monkeypatch):
    start(tmp_path / "mine", Course(handed))
    monkeypatch.chdir(tmp_path / "mine")
    found = run("solution", "mine", "--peek")
    assert found.exit_code == 2
    assert "was handed out without a solution" in found.output
    found = [run("hint").output for _ in range(4)][-1]
    assert "no more hints" in found
    assert "solution" not in found


def test_handing_out_again_brings_the_course_as_it_is_now(kata, handed):
    (kata.folder / "kata.md").write_text("# Another\n", encoding="utf-8")
    write_handout(handed, Course(kata.folder))
    assert (handed / "mine" / "kata.md").read_text(encoding="utf-8") == "# Another\n"


def test_what_is_no_longer_in_the_course_goes_and_nothing_else(tmp_path):
    shutil.copytree(COURSE / "01_white", tmp_path / "course")
    out = tmp_path / "out"
    write_handout(out, Course(tmp_path / "course"))
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    shutil.rmtree(tmp_path / "course" / "01_slope")
    write_handout(out, Course(tmp_path / "course"))
    assert not (out / "01_slope" / "slope.py").exists()
    assert (out / "notes.txt").is_file()


def test_a_folder_with_something_else_is_left_alone(kata, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FolderTakenError, match="holds something else than a course that was handed out"):
        write_handout(tmp_path / "taken", Course(kata.folder))
    assert files_in(tmp_path / "taken") == ["thesis.txt"]


def test_a_path_of_this_machine_is_found_before_it_is_handed_out(kata, tmp_path):
    text = kata.test.read_text(encoding="utf-8")
    kata.test.write_text(f"{text}\nDATA = '{kata.folder}/data.csv'\n", encoding="utf-8")
    with pytest.raises(HandoutError, match=r"mine/test_mine\.py names .*mine, a place of this machine"):
        write_handout(tmp_path / "out", Course(kata.folder))
    assert not (tmp_path / "out").exists()


def test_the_course_is_not_handed_out_into_itself(kata):
    with pytest.raises(HandoutError, match="is inside the course itself"):
        write_handout(kata.folder / "out", Course(kata.folder))


def test_the_command_says_how_learners_begin(kata, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = run("handout", kata.folder, "out")
    assert found.exit_code == 0, found.output
    assert "start DIR --course out" in found.output
    assert run("start", "class", "--course", "out").exit_code == 0
    assert (tmp_path / "class" / "mine" / "mine.py").is_file()
