"""A person's file, run as a module."""

import os
import sys

import pytest

from handgrad.demos.loading import FileError, load, run
from tests.optional import only_where


@pytest.fixture
def file(tmp_path):
    """A file: file(text)."""

    def write(text):
        path = tmp_path / "their_own.py"
        path.write_text(text)
        return path

    return write


def test_what_is_in_the_file_now_is_run_however_soon_after_its_last_version(file, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert [load(file(f"x = {number}\n"), "their_own").x for number in range(5)] == [0, 1, 2, 3, 4]


def test_nothing_is_left_beside_the_file(file, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = file("x = 1\n")
    load(path, "their_own")
    assert list(path.parent.iterdir()) == [path]


def test_while_it_runs_it_is_found_under_its_name_and_not_afterwards(file):
    point = "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: 'int'\n"
    module = load(file(f"import sys\n{point}me = sys.modules[__name__]\n"), "their_own")
    assert module.me is module
    assert module.Point(2).x == 2
    assert "their_own" not in sys.modules


def test_a_module_that_has_the_name_already_stays(file):
    before = sys.modules["json"]
    assert load(file("x = 1\n"), "json").x == 1
    assert sys.modules["json"] is before


@pytest.mark.parametrize(("text", "error"), [("x = 1 / 0\n", ZeroDivisionError), ("x = (\n", SyntaxError)])
def test_what_it_raises_is_raised_and_nothing_of_it_stays(file, text, error):
    with pytest.raises(error):
        load(file(text), "their_own")
    assert "their_own" not in sys.modules


def test_a_command_runs_it_with_the_modules_beside_it_and_keeps_its_output_apart(file, capsys):
    path = file("import beside\nprint('from the file')\ny = beside.x + 1\n")
    path.with_name("beside.py").write_text("x = 1\n")
    before = sys.path.copy()
    assert run(path).y == 2
    assert sys.path == before
    assert capsys.readouterr() == ("", "from the file\n")


def test_what_the_file_puts_on_the_path_stays_and_the_folder_beside_it_goes(file, monkeypatch):
    path = file("import sys\nsys.path.insert(0, 'lib')\n")
    monkeypatch.setattr(sys, "path", ["first", str(path.parent), "last"])
    run(path)
    assert sys.path == ["lib", "first", str(path.parent), "last"]


def test_a_path_that_the_file_has_written_anew_stays_as_it_is(file, monkeypatch):
    monkeypatch.setattr(sys, "path", sys.path)
    run(file("import sys\nsys.path = ['mine']\n"))
    assert sys.path == ["mine"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise SystemExit(3)\n", "ends by itself, with sys.exit()"),
        ("x = 1\ny = x / 0\n", "ZeroDivisionError: division by zero (their_own.py, line 2: y = x / 0)"),
        ("def f():\n    return 1 / 0\nf()\n", "division by zero (their_own.py, line 2: return 1 / 0)"),
        ("x = (\n", "cannot be run: SyntaxError"),
    ],
)
def test_what_a_command_cannot_run_is_told_with_its_line(file, text, words):
    with pytest.raises(FileError) as caught:
        run(file(text))
    assert words in caught.value.message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("name", "words"), [("nowhere.py", "there is no file"), ("notes.txt", "must end in .py")])
def test_what_is_no_python_file_is_told_before_it_runs(tmp_path, name, words):
    (tmp_path / "notes.txt").write_text("x = 1\n")
    with pytest.raises(FileError, match=words):
        run(tmp_path / name)


def test_a_file_sees_its_own_name_and_no_arguments_of_ours(file, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["handgrad", "debug", "mine.py", "--forward", "f"])
    path = file("import argparse, sys\nargparse.ArgumentParser().parse_args()\nseen = sys.argv\n")
    assert run(path).seen == [str(path)]
    assert sys.argv[1] == "debug"


def test_a_file_that_would_end_the_process_unseen_is_told(file):
    hard_exit = os._exit
    with pytest.raises(FileError, match=r"ends by itself, with os\._exit\(\)"):
        run(file("import os\nos._exit(0)\n"))
    assert os._exit is hard_exit


@only_where(hasattr(os, "fork"), "this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # of a process with threads, as torch's is
def test_a_process_that_a_file_forks_ends_as_it_means_to(file):
    lines = ("import os", "child = os.fork()", "if not child: os._exit(7)", "ended = os.waitpid(child, 0)[1] >> 8")
    assert run(file("\n".join(lines))).ended == 7
