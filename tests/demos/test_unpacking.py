"""The folders of an installed wheel that are one file each there."""

import lzma
import os
import subprocess
import sys

import pytest

from handgrad.demos.unpacking import find_folder
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
    """A package that holds its course packed."""
    folder = tmp_path / "package"
    folder.mkdir()
    write_packed(folder, {"01_white/01_slope/kata.md": "# Slope\n"})
    return folder


def write_packed(folder, texts):
    whole = "\0".join(["\n".join(texts), *texts.values()])
    (folder / "course.xz").write_bytes(lzma.compress(whole.encode("utf-8")))


def files_of(folder):
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_course_beside_the_code_is_used_as_it_lies(tmp_path, home):
    (tmp_path / "course").mkdir()
    assert find_folder(tmp_path, "course") == tmp_path / "course"
    assert list(home.iterdir()) == []


def test_a_packed_course_is_laid_out_once_in_the_cache_of_the_user(package, home):
    folder = find_folder(package, "course")
    assert files_of(folder) == {"01_white/01_slope/kata.md": b"# Slope\n"}
    assert home in folder.parents
    assert list(folder.parent.iterdir()) == [folder]
    marked = folder / "marked"
    marked.touch()
    assert find_folder(package, "course") == folder
    assert marked.exists()


def test_another_course_gets_a_folder_of_its_own(package, home):
    before = find_folder(package, "course")
    write_packed(package, {"kata.md": "# Another\n"})
    assert find_folder(package, "course") != before
    assert files_of(before)


def test_a_packed_course_is_laid_out_for_one_process_where_the_cache_cannot_be_written(package, home, monkeypatch):
    blocked = home / "a_file"
    blocked.touch()
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(blocked))
    assert files_of(find_folder(package, "course")) == {"01_white/01_slope/kata.md": b"# Slope\n"}


@pytest.mark.rest
def test_a_built_package_holds_whole_what_it_packs_and_checks_with_its_course(tmp_path, home):
    build = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", str(tmp_path / "lib")]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    for room, name in (("katas", "course"), ("web", "browser")):
        folder = tmp_path / "lib" / "handgrad" / "demos" / room
        assert not (folder / name).exists()
        wanted = files_of(ROOT / "demos" / room / name)
        assert files_of(find_folder(folder, name)) == {of: wanted[of] for of in wanted if not of.endswith(".pyc")}
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "lib")}

    def run(folder, *arguments):
        command = [sys.executable, "-c", "from handgrad.demos.cli import main; main()", *arguments]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    assert run(tmp_path, "start", "mine").returncode == 0
    done = run(tmp_path / "mine", "check", "slope")
    assert (done.returncode, "slope" in done.stdout) == (1, True)
