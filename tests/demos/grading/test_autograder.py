"""An autograder for Gradescope, run as Gradescope runs it: right, wrong and empty submissions."""

import csv
import json
import os
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.grading.wheel import own_wheel
from handgrad.demos.katas.authoring.handing_out import write_handout
from handgrad.demos.katas.authoring.new_kata import make_kata
from handgrad.demos.katas.course import Course
from tests.demos import programs


def run(*arguments):
    return CliRunner().invoke(main, ["autograder", *map(str, arguments)])


@pytest.fixture
def place(tmp_path):
    """The folder /autograder: an own kata's autograder unpacked in it, and an environment with handgrad."""
    kata = make_kata(tmp_path, "mine")
    assert run(tmp_path / "out.zip", "--course", kata, "--kata", "mine=4").exit_code == 0
    place = tmp_path / "autograder"
    subprocess.run([sys.executable, "-m", "zipfile", "-e", tmp_path / "out.zip", place / "source"], check=True)
    (place / "venv" / "bin").mkdir(parents=True)
    (place / "venv" / "bin" / "handgrad").symlink_to(Path(sys.executable).with_name("handgrad"))
    (place / "submission").mkdir()
    return place


@pytest.mark.drawn(1)
@pytest.mark.parametrize(
    ("answer", "score", "told"),
    [("solution.py", 4.0, "Passed."), ("mine.py", 0.0, "As it was handed out."), (None, 0.0, "Not accepted.")],
)
def test_a_submission_has_its_results_whatever_it_is(place, answer, score, told):
    if answer is not None:
        content = (place / "source" / "course" / "mine" / answer).read_bytes()
        (place / "submission" / "mine.py").write_bytes(content)
    environment = {**os.environ, "AUTOGRADER": str(place)}
    subprocess.run(["bash", place / "source" / "run_autograder"], env=environment, check=True, capture_output=True)
    results = json.loads((place / "results" / "results.json").read_text(encoding="utf-8"))
    (test,) = results["tests"]
    assert (results["score"], test["max_score"], test["name"]) == (score, 4.0, "mine")
    assert test["output"].startswith(told)


def test_where_the_grading_itself_fails_the_student_is_told_so(place):
    (place / "venv" / "bin" / "handgrad").unlink()
    environment = {**os.environ, "AUTOGRADER": str(place)}
    subprocess.run(["bash", place / "source" / "run_autograder"], env=environment, check=True, capture_output=True)
    results = json.loads((place / "results" / "results.json").read_text(encoding="utf-8"))
    assert (results["score"], "not your doing" in results["output"]) == (0, True)
    (test,) = results["tests"]
    assert (test["name"], test["score"], test["max_score"]) == ("mine", 0.0, 4.0)
    assert "not your doing" in test["output"]


def test_it_holds_what_gradescope_asks_for_and_no_wrong_answer(tmp_path):
    make_kata(tmp_path, "mine")
    run(tmp_path / "out.zip", "--course", tmp_path / "mine")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        files = ["kata.md", "mine.py", "solution.py", "test_mine.py"]
        assert sorted(archive.namelist()) == [
            *(f"course/mine/{name}" for name in files), "failed.json", own_wheel()[0], "run_autograder", "setup.sh",
        ]  # fmt: skip
        assert all(entry.external_attr >> 16 & 0o111 for entry in archive.infolist())


@pytest.mark.rest
def test_the_handgrad_that_runs_goes_along_whole_and_works_when_it_is_installed(tmp_path):
    run(tmp_path / "out.zip", "--kata", "slope")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".whl")]
        assert f"pip install '/autograder/source/{name}[grading]'".encode() in archive.read("setup.sh")
        wheel = tmp_path / name
        wheel.write_bytes(archive.read(name))
    with zipfile.ZipFile(wheel) as archive:
        files = set(archive.namelist())
        about = Path(f"handgrad-{version('handgrad')}.dist-info")
        listed = {row[0] for row in csv.reader(archive.read(f"{about}/RECORD").decode().splitlines())}
        assert listed == files
        assert {f"{about}/METADATA", "handgrad/py.typed", "handgrad/viz/sheet/browser/sheet.css"} <= files
        assert f"handgrad/demos/katas/course/{Course()['slope'].place}/solution.py" in files
    program = "sys.path.insert(0, sys.argv[1])\nfrom handgrad.demos.katas import course\nprint(course.__file__)"
    assert programs.run(program, wheel).startswith(str(wheel))


def test_a_wheel_goes_along(tmp_path):
    (tmp_path / "handgrad-9-py3-none-any.whl").write_bytes(b"wheel")
    run(tmp_path / "out.zip", "--kata", "slope", "--wheel", tmp_path / "handgrad-9-py3-none-any.whl")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.read("handgrad-9-py3-none-any.whl") == b"wheel"
        assert b"install '/autograder/source/handgrad-9-py3-none-any.whl[grading]'" in archive.read("setup.sh")
        assert b"--kata slope=10 \\" in archive.read("run_autograder")


def test_what_cannot_be_is_said(tmp_path):
    assert "which katas count?" in run(tmp_path / "out.zip").output
    write_handout(tmp_path / "handed", Course(make_kata(tmp_path, "mine")))
    found = run(tmp_path / "out.zip", "--course", tmp_path / "handed")
    assert (found.exit_code, "mine has no solution.py" in found.output) == (2, True)
