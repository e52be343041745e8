"""The Python that runs in the page, as one archive: all that it imports is in it, and it is the same every time."""

import io
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.web import library as room
from handgrad.demos.web.library import MissingPartError, library


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Two katas, one of which has arrays."""
    folder = tmp_path_factory.mktemp("course")
    for name in ("add", "embedding"):
        shutil.copytree(Course()[name].folder, folder / "1_one" / f"1_{name}")
    return Course(folder)


@pytest.fixture(scope="module")
def archive(course):
    return library(course, {"given/mine.py": b"x = 1\n"})


@pytest.mark.rest
def test_the_same_files_give_the_same_archive(archive, course):
    assert library(course, {"given/mine.py": b"x = 1\n"}) == archive


@pytest.mark.rest
def test_it_has_the_katas_whole_and_what_is_given_and_nothing_that_runs_elsewhere(archive):
    names = zipfile.ZipFile(io.BytesIO(archive)).namelist()
    assert names == sorted(names)
    katas = {name for name in names if name.startswith("course/1_one/1_add/")}
    assert katas >= {
        f"course/1_one/1_add/{name}" for name in ("add.py", "test_add.py", "kata.md", "hints.md", "solution.py")
    }
    assert "given/mine.py" in names
    for elsewhere in (
        "handgrad/demos/grading/running/",
        "handgrad/demos/katas/terminal/",
        "handgrad/demos/web/site.py",
    ):
        assert not any(name.startswith(f"handgrad/{elsewhere}") for name in names), elsewhere
    assert all(name.endswith((".py", ".md", ".toml")) for name in names)


PROGRAM = """
import json, sys
sys.path[:0] = [sys.argv[1]]
from handgrad.demos.web.inside.start import start
answer = start(lambda dot: "", "kata/add")
for message in ({"do": "state"}, {"do": "program", "text": "L = a*b"}, {"do": "slips", "kata": "add"}):
    print(json.loads(answer(json.dumps(message)))["type"])
print(json.loads(answer(json.dumps({"do": "judge", "kata": "add", "text": sys.argv[2], "passed": []})))["status"])
import handgrad, os
assert handgrad.__file__.startswith(sys.argv[1]), handgrad.__file__
assert os.getcwd() == sys.argv[1]
assert "numpy" not in sys.modules
"""


def test_by_itself_it_answers_the_page_and_judges_a_kata(archive, tmp_path):
    """In an interpreter that has nothing else: what one of its modules imports must be in it, too."""
    zipfile.ZipFile(io.BytesIO(archive)).extractall(tmp_path)
    stub = Course()["add"].stub.read_text("utf-8")
    command = [sys.executable, "-I", "-S", "-c", PROGRAM, str(tmp_path.resolve()), stub]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["verdict", "program", "slips", "failed"]


WITH_NUMPY = """
import json, sys
sys.path[:0] = [sys.argv[1]]
from handgrad.demos.web.inside.start import start
sys.path.append(sys.argv[2])  # where NumPy is; of ours nothing is there without site
text = "import numpy as np\\nx = np.ones(3)\\nloss = (x ** 2).sum()\\ndx = x\\n"
answer = json.loads(start(lambda dot: "", "kata/add")(json.dumps({"do": "check", "text": text})))
print(answer["type"], answer["line"])
assert all(module.__file__.startswith(sys.argv[1]) for name, module in sys.modules.items() if "handgrad" in name)
"""


@pytest.mark.rest
def test_with_numpy_it_checks_a_backward_that_was_pasted(archive, tmp_path):
    zipfile.ZipFile(io.BytesIO(archive)).extractall(tmp_path)
    numpy = metadata.distribution("numpy").locate_file("")
    command = [sys.executable, "-I", "-S", "-c", WITH_NUMPY, str(tmp_path.resolve()), str(numpy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["checked", "4"]


def test_a_part_that_is_not_installed_is_named_with_how_to_get_it(course, monkeypatch):
    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(room.importlib.metadata, "files", absent)
    with pytest.raises(MissingPartError, match=r"the site needs \w+\. Install"):
        library(course)
