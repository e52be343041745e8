"""Temporary folders: gone when they have been used, also where the process that used one was killed."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging import temporary
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.judging.temporary import temporary_folder
from tests.demos.processes import wait_for

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a lock of the system's tells which are abandoned")

HOLDS = """
import sys, time
from handgrad.demos.katas.judging.temporary import temporary_folder
with temporary_folder(sys.argv[1]) as folder:
    (folder / "inner").mkdir()
    print(folder, flush=True)
    sys.stdin.read()
"""
CHECKS = """
import sys
from pathlib import Path
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.judging.warm import WarmProcess
warm = WarmProcess() if sys.argv[2] == "warm" else None
print("ready", flush=True)
judge(Course()["multiply"], Path(sys.argv[1]), 8, **({"run": warm.run} if warm else {}))
"""


@pytest.fixture
def top(tmp_path, monkeypatch):
    """The folder of temporary files, in which this process has not looked yet."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(temporary, "_searched", set())
    return tmp_path / "temporary"


def start(top, program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "TMPDIR": str(top)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def end(process):
    """Kill it with all that it started, at one blow."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.rest(of=3)
@pytest.mark.parametrize("purpose", ["check", "grade"])
def test_what_a_killed_process_left_is_removed_by_the_next_start_and_what_is_in_use_is_not(purpose, top):
    killed, alive = start(top, HOLDS, purpose), start(top, HOLDS, purpose)
    left, used = (Path(process.stdout.readline().strip()) for process in (killed, alive))
    end(killed)
    assert left.exists()
    with temporary_folder("check") as folder:
        assert set(top.iterdir()) == {folder, used}
        assert (used / "inner").exists()
    alive.communicate("")
    assert not list(top.iterdir())


def test_what_is_nobodys_business_is_left_alone(top, tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "work").write_text("")
    (top / "handgrad-check-1-abcdefgh").symlink_to(tmp_path / "kept")
    (top / "handgrad-grade-1-ABCDEFGH").mkdir()
    (top / "handgrad-notebook").mkdir()
    (top / "handgrad-check-1-abcdefg_").write_text("a file")
    with temporary_folder("check"):
        pass
    assert sorted(path.name for path in top.iterdir()) == [
        "handgrad-check-1-abcdefg_",
        "handgrad-check-1-abcdefgh",
        "handgrad-grade-1-ABCDEFGH",
        "handgrad-notebook",
    ]
    assert (tmp_path / "kept" / "work").exists()


@pytest.mark.rest(of=3)
@pytest.mark.parametrize("how", ["warm", "alone"])
def test_a_check_that_was_killed_leaves_nothing_after_the_next_one(how, top, tmp_path):
    (tmp_path / "endless.py").write_text("open('begun', 'w').close()\nwhile True: pass\n")
    process = start(top, CHECKS, tmp_path / "endless.py", how)
    process.stdout.readline()
    wait_for(lambda: list(top.glob("*/work/begun")))
    end(process)
    kata = Course()["multiply"]
    assert judge(kata, kata.solution).ok
    wait_for(lambda: not list(top.iterdir()))  # the warm process removes it too


@pytest.mark.rest(of=3)
def test_several_that_remove_one_tree_together_leave_none_of_it(top):
    tree = top / "handgrad-grade-1-abcdefgh"
    for number in range(300):
        (tree / str(number) / "inner").mkdir(parents=True)
    program = (
        "import sys\nfrom pathlib import Path\nfrom handgrad.demos.katas.judging.temporary import remove_when_free\n"
        "print(sys.stdin.read(), end='', flush=True)\nremove_when_free(Path(sys.argv[1]))\n"
    )
    removers = [start(top, program, tree) for _ in range(4)]
    for process in removers:
        process.stdin.close()
        process.stdin = None
    assert [process.wait() for process in removers] == [0] * 4
    for process in removers:
        process.communicate()
    assert not list(top.iterdir())


def test_a_tree_that_goes_while_it_is_removed_is_no_error(top, monkeypatch):
    tree = top / "tree"
    (tree / "inner").mkdir(parents=True)

    def half(folder):
        os.rmdir(folder / "inner")
        raise FileNotFoundError(folder / "inner")

    monkeypatch.setattr(temporary.shutil, "rmtree", half)
    temporary.remove_tree(tree)
    assert not tree.exists()
