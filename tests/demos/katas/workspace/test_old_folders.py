"""A workspace that was laid out when the folders of belts had other numbers."""

import json
import shutil

import pytest

from handgrad.demos.cli import main
from handgrad.demos.files import same_text
from handgrad.demos.grading.submissions.reading import read_submissions
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.workspace.workspace import Workspace, WorkspaceError, start
from tests.demos.commands import handgrad

COURSE = Course()


@pytest.fixture
def few(tmp_path):
    """A course of three katas in two belts."""
    for name in ("slope", "add", "embedding"):
        shutil.copytree(COURSE[name].folder, tmp_path / "course" / COURSE[name].place)
    return Course(tmp_path / "course")


@pytest.fixture
def old(tmp_path, few, monkeypatch):
    """A workspace of it with the numbers of before, worked in."""
    folder = start(tmp_path / "mine", few)[0].folder
    (folder / "01_white").rename(folder / "1_white")
    (folder / "07_black").rename(folder / "6_black")
    slope = folder / "1_white" / "01_slope"
    (slope / "slope.py").write_text("# mine\n")
    (slope / "slope.py.1.bak").write_text("# before\n")
    (slope / "notes").mkdir()
    (slope / "notes" / "h.txt").write_text("h = 1e-5\n")
    (folder / "6_black" / "drawing.png").write_bytes(b"png")
    monkeypatch.chdir(folder)
    return folder


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def one_line(result):
    return " ".join(result.output.split())


def test_the_numbers_of_before_are_known_for_every_belt():
    assert list(dict.fromkeys(kata.old_place.partition("/")[0] for kata in COURSE.katas)) == [
        "1_white", "2_yellow", "3_green", "4_blue", "5_brown", "6_arrays",
        "6_black", "7_gpt", "8_time_and_space", "9_kernels", "9_red_pen",
    ]  # fmt: skip
    assert COURSE["slope"].old_place == "1_white/01_slope"


@pytest.mark.parametrize("command", [["list"], ["hint", "slope"], ["start"], ["start", "."]])
def test_folders_are_renamed_with_all_that_is_in_them_and_it_is_said_once(command, old):
    before = contents(old)
    said = handgrad(*command)
    assert said.exit_code == 0
    told = "Your folders 1_white to 6_black are called 01_white to 07_black now, with everything in them."
    assert told in one_line(said)
    renamed = {
        name.replace("1_white/", "01_white/").replace("6_black/", "07_black/"): content
        for name, content in before.items()
    }
    after = contents(old)
    assert {name: after[name] for name in renamed if not name.startswith(".handgrad/")} == {
        name: content for name, content in renamed.items() if not name.startswith(".handgrad/")
    }
    assert not [name for name in after if name.startswith(("1_white", "6_black"))]
    assert "are called" not in handgrad(*command).output


def test_in_a_reply_the_line_is_none_of_the_standard_output(old, capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["list", "--json"])
    said = capsys.readouterr()
    assert json.loads(said.out)["results"][0]["file"] == "01_white/01_slope/slope.py"
    assert "are called" in said.err


def test_a_path_with_the_old_number_finds_its_kata_and_so_does_the_folder_one_stands_in(old, monkeypatch):
    monkeypatch.chdir(old / "1_white" / "02_add")
    assert "\nadd  " in handgrad("hint").output
    for name in ("1_white/01_slope", "1_white/01_slope/slope.py", "1_white\\01_slope"):
        assert handgrad("hint", name).output.startswith("slope  ")


def test_what_was_done_goes_along_to_another_machine(old):
    assert handgrad("export", "out.json").exit_code == 0
    assert json.loads((old / "out.json").read_text())["answers"] == {"slope": "# mine\n"}


def test_two_folders_of_a_belt_become_one_and_no_work_is_overwritten(old, few):
    new = old / "01_white" / "01_slope"
    (new / "notes").mkdir(parents=True)
    (new / "slope.py").write_text("# newer\n")
    (new / "slope.py.1.bak").write_text("# newer, before\n")
    (new / "kata.md").write_bytes(few["slope"].folder.joinpath("kata.md").read_bytes())
    (new / "notes" / "more.txt").write_text("more\n")
    (new.parent / "02_add").mkdir()
    (new.parent / "02_add" / "add.py").write_bytes(few["add"].stub.read_bytes())
    (old / "1_white" / "02_add" / "add.py").write_text("# add\n")
    (old / "1_white" / "README.md").write_text("# my notes\n")
    said = one_line(handgrad("list"))
    assert (
        "Where both had a version of yours, the one from the old folder is kept as 01_white/01_slope/slope.py.2.bak, "
        "01_white/01_slope/slope.py.1.bak.1.bak." in said
    )
    for name, text in {
        "slope.py": "# newer\n",
        "slope.py.2.bak": "# mine\n",
        "slope.py.1.bak": "# newer, before\n",
        "slope.py.1.bak.1.bak": "# before\n",
        "notes/h.txt": "h = 1e-5\n",
        "notes/more.txt": "more\n",
        "../02_add/add.py": "# add\n",
        "../README.md": "# my notes\n",
    }.items():
        assert (new / name).read_text() == text
    assert same_text((new / "kata.md").read_bytes(), (few["slope"].folder / "kata.md").read_bytes())
    assert not (old / "1_white").exists()
    assert "kept as" not in handgrad("list").output


@pytest.mark.parametrize("command", ["hint", "start"])
def test_who_stands_in_a_folder_that_is_merged_can_go_on(command, old, monkeypatch):
    shutil.copytree(old / "1_white", old / "01_white")
    monkeypatch.chdir(old / "1_white" / "01_slope")
    assert handgrad(command).exit_code == 0


def test_a_folder_that_cannot_be_moved_is_named_and_is_where_it_was(old, monkeypatch):
    before = contents(old)

    def refuse(path, _):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.rename", refuse)
    with pytest.raises(WorkspaceError, match="1_white cannot be moved"):
        Workspace(old).renumber()
    assert contents(old).keys() - {".handgrad/lock"} == before.keys() - {".handgrad/lock"}


def test_a_course_whose_folders_have_these_numbers_keeps_them(tmp_path, few):
    (few.folder / "01_white").rename(few.folder / "1_white")
    _, layout = start(tmp_path / "mine", Course(few.folder))
    assert "1_white/01_slope/slope.py" in layout.added
    assert Workspace(tmp_path / "mine").renumber() == ""
    assert (tmp_path / "mine" / "1_white").is_dir()


def test_a_folder_of_the_learners_own_stays(old):
    (old / "2_white").mkdir()
    (old / "1_notes").mkdir()
    handgrad("list")
    assert (old / "2_white").is_dir()
    assert (old / "1_notes").is_dir()


@pytest.mark.parametrize("belt", ["1_white", "01_white"])
def test_in_a_class_the_workspace_of_either_numbers_comes_before_a_copy_elsewhere(belt, tmp_path):
    home = tmp_path / "ada" / belt / "03_multiply"
    home.mkdir(parents=True)
    (home / "multiply.py").write_text("# hers\n")
    (tmp_path / "ada" / "multiply.py").write_text("# an old copy\n")
    (found,) = read_submissions(tmp_path, COURSE).submissions
    assert found.content == b"# hers\n"
    assert found.note.startswith(f"Graded: ada/{belt}/03_multiply/multiply.py.")


@pytest.mark.parametrize("has_both", [False, True])
def test_a_kata_whose_number_changed_keeps_what_was_written(tmp_path, few, has_both):
    folder = start(tmp_path / "mine", few)[0].folder
    new, old = folder / COURSE["embedding"].place, folder / "07_black" / "02_embedding"
    new.rename(old)
    (old / "embedding.py").write_text("# mine\n")
    if has_both:
        shutil.copytree(old, new)
        (new / "embedding.py").write_text("# newer\n")
        (old.parent / "02_own_notes").mkdir()
    said = Workspace(folder).renumber()
    assert "02_embedding is called 07_black/03_embedding now" in said
    kept = new / ("embedding.py.1.bak" if has_both else "embedding.py")
    assert kept.read_text() == "# mine\n"
    assert not old.exists()
    assert Workspace(folder).renumber() == ""
