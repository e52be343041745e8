"""The texts of an installed wheel, which are in one file there."""

import bz2
import os
import subprocess
import sys

import pytest

from handgrad.viz.unpacking import find_text
from tests.project import ROOT


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of its own, whatever system this is; its cache is not there yet."""
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def package(tmp_path):
    """A package that holds its texts packed."""
    folder = tmp_path / "package"
    (folder / "katas").mkdir(parents=True)
    write_packed(folder, {"katas/course/01_slope/kata.md": "# Slope\n", "page.html": "<p>"})
    return folder


def write_packed(folder, texts):
    whole = "\0".join(["\n".join(texts), *texts.values()])
    (folder / "texts.bz2").write_bytes(bz2.compress(whole.encode("utf-8")))


def files_of(folder):
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_text_beside_the_code_is_used_as_it_lies(package, home):
    (package / "names.txt").write_text("ada\n")
    assert find_text(package / "names.txt") == package / "names.txt"
    assert list(home.iterdir()) == []


def test_a_packed_text_and_a_packed_folder_are_laid_out_once_in_the_cache_of_the_user(package, home):
    folder = find_text(package / "katas" / "course")
    assert files_of(folder) == {"01_slope/kata.md": b"# Slope\n"}
    assert home in folder.parents
    laid_out = folder.parent.parent
    assert list(laid_out.parent.iterdir()) == [laid_out]
    marked = folder / "marked"
    marked.touch()
    assert find_text(package / "page.html") == laid_out / "page.html"
    assert marked.exists()


def test_what_is_nowhere_is_said_to_lie_where_it_was_looked_for(tmp_path, home):
    assert find_text(tmp_path / "course") == tmp_path / "course"


def test_other_texts_get_a_folder_of_their_own(package, home):
    before = find_text(package / "page.html")
    write_packed(package, {"page.html": "<h1>"})
    assert find_text(package / "page.html").read_text() == "<h1>"
    assert before.read_text() == "<p>"


def test_packed_texts_are_laid_out_for_one_process_where_the_cache_cannot_be_written(package, home, monkeypatch):
    blocked = home / "a_file"
    blocked.touch()
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(blocked))
    assert files_of(find_text(package / "katas" / "course")) == {"01_slope/kata.md": b"# Slope\n"}


READING = """
from pathlib import Path
from handgrad import Value, viz
from handgrad.demos import replies
from handgrad.demos.katas.terminal.browser_editor import BrowserEditor
from handgrad.demos.makemore.data import names
from handgrad.viz.sheet import page, server
editor, sheet = BrowserEditor(str, Path()), viz.sheet(Value(2.0) * 3.0)
given = page.html(sheet), server.SheetServer(sheet).asset("sheet.css"), editor.asset("editor.js")
print(all(given), replies.schema()["title"], len(names()))
"""

SOURCES = {
    "demos/katas/course": ROOT / "demos" / "katas" / "course",
    "demos/web/browser": ROOT / "demos" / "web" / "browser",
    "viz/sheet/browser": ROOT / "viz" / "sheet" / "browser",
}


@pytest.mark.rest
def test_a_built_package_holds_whole_what_it_packs_and_works_with_it(tmp_path, home):
    build = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", str(tmp_path / "lib")]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    package = tmp_path / "lib" / "handgrad"
    assert {name for name in files_of(package) if not name.endswith(".py")} == {"py.typed", "texts.bz2"}
    assert not [name for name in files_of(package) if name.endswith("solution.py")]  # a worksheet's is not given away
    for place, source in SOURCES.items():
        wanted = files_of(source)
        assert files_of(find_text(package / place)) == {of: wanted[of] for of in wanted if not of.endswith(".pyc")}
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "lib")}

    def run(folder, *arguments):
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    assert run(tmp_path, "-m", "handgrad", "start", "mine").returncode == 0
    done = run(tmp_path / "mine", "-m", "handgrad", "check", "slope")
    assert (done.returncode, "slope" in done.stdout) == (1, True)
    read = "True What handgrad check, debug, grade and list print with --json 1035\n"
    assert run(tmp_path, "-c", READING).stdout == read
    for worksheet in (("makemore", "start", "mine.ipynb"), ("microgpt", "worksheet", "mine.py")):
        assert run(tmp_path, "-m", f"handgrad.demos.{worksheet[0]}", *worksheet[1:]).returncode == 0, worksheet
        assert (tmp_path / worksheet[2]).stat().st_size > 1000
