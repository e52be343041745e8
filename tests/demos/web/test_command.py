"""`handgrad site`: where it refuses to write, before anything is built."""

import io
import shutil
import zipfile

import pytest

from handgrad import HandgradError
from handgrad.demos.katas.course import Course
from handgrad.demos.web import site
from tests.demos.commands import handgrad


@pytest.fixture
def no_build(monkeypatch):
    """Whatever would build fails the test."""
    monkeypatch.setattr(site, "build", lambda archive: pytest.fail("it builds"))


@pytest.mark.usefixtures("no_build")
def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    found = handgrad("site", str(tmp_path))
    assert found.exit_code == 2
    assert "holds something else than a site" in " ".join(found.output.split())


@pytest.mark.usefixtures("no_build")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["out", "--sheet", "add"], "--single --sheet"),
        (["--single", "out.html", "--sheet", "nothing"], "no kata 'nothing'"),
        (["--single", "out.html", "--sheet", "nothing.py"], "no file nothing.py"),
        (["--single", "out.html", "--sheet", "embedding"], "needs NumPy"),
        (["--single", "."], "is a folder"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_built(tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    found = handgrad("site", *arguments)
    assert found.exit_code == 2
    assert words in " ".join(found.output.split())
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_arrays_in_it_is_no_hand_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("import numpy as np\nfrom handgrad import Value\nL = Value(2.0) * 3.0\n")
    assert "needs NumPy" in handgrad("site", "--single", "out.html", "--sheet", "mine.py").output


@pytest.mark.rest
@pytest.mark.parametrize(("options", "names"), [
    ([], {"add.py", "test_add.py", "kata.md", "hints.md"}),
    (["--solutions"], {"add.py", "test_add.py", "kata.md", "hints.md", "solution.py", "wrong.toml"}),
])  # fmt: skip
def test_the_answers_of_a_course_of_ones_own_go_along_only_where_that_is_asked_for(
    tmp_path, monkeypatch, options, names
):
    kept = []

    def built(archive):
        kept.append(archive)
        raise HandgradError("enough")

    monkeypatch.setattr(site, "build", built)
    folder = shutil.copytree(Course()["add"].folder, tmp_path / "course" / "add")
    assert "enough" in handgrad("site", str(tmp_path / "out"), "--course", str(folder.parent), *options).output
    with zipfile.ZipFile(io.BytesIO(kept[0])) as archive:
        found = {name.rpartition("/")[2] for name in archive.namelist() if name.startswith("course/")}
    assert found == names
