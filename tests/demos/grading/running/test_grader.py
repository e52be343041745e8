"""The grader: what is graded, what is kept of an earlier start, and what is no verdict on an answer."""

import importlib
import json
import os
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import venv
from pathlib import Path

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.grading.fence import tree
from handgrad.demos.grading.running.processes import descendants
from handgrad.demos.katas.workspace.workspace import start
from tests.demos.grading.classes import COURSE, RIGHT, by_student, grade, hand_in, refused
from tests.demos.processes import COMMAND, is_zombie, wait_for
from tests.demos.programs import run
from tests.patience import PATIENCE


@pytest.mark.rest(of=3)
def test_a_killed_grading_goes_on_where_it_was(tmp_path):
    def class_of_eight(last):
        for number in range(8):
            hand_in(tmp_path / "in", f"s{number:02}", multiply=RIGHT if number < 4 else last)

    class_of_eight(b"import time\ntime.sleep(600)\n" + RIGHT)
    out, journal = tmp_path / "g.json", tmp_path / "g.journal.jsonl"
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    command = [*COMMAND, "grade"]
    options = [str(tmp_path / "in"), "--out", str(out), "--jobs", "2", "--limits", "seconds=600"]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    process = subprocess.Popen([*command, *options], env=environment, stderr=subprocess.DEVNULL)
    wait_for(lambda: journal.exists() and journal.read_bytes().count(b'"result"') >= 3)
    started = descendants(process.pid)
    assert started
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() and not is_zombie(pid) for pid in started))
    wait_for(lambda: not list(scratch.iterdir()))
    assert not out.exists()
    kept = journal.read_bytes().splitlines(keepends=True)
    assert 3 <= sum(b'"result"' in line for line in kept) < 8
    journal.write_bytes(b"".join(kept) + kept[-1][:50])  # as a kill in the middle of a line would leave it
    class_of_eight(RIGHT + b"# at last\n")
    again = subprocess.run([*command, *options], env=environment, capture_output=True, text=True, check=True)
    assert "8 passed" in again.stdout
    lines = journal.read_bytes().splitlines(keepends=True)
    assert lines[: len(kept)] == kept
    assert sum(b'"result"' in line for line in lines) == 8
    assert "graded before" in again.stderr
    third = subprocess.run([*command, *options], env=environment, capture_output=True, text=True, check=True)
    assert "8 passed" in third.stdout
    assert journal.read_bytes().splitlines(keepends=True) == lines
    assert not list(scratch.iterdir())


@pytest.mark.rest(of=3)
def test_a_grading_that_was_killed_with_all_its_processes_leaves_nothing_after_the_next_one(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=b"import time\ntime.sleep(60)\n" + RIGHT)
    (tmp_path / "tmp").mkdir()
    command = [*COMMAND, "grade", "in", "--out", "g.json", "--limits", "seconds=60"]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
    wait_for(lambda: list((tmp_path / "tmp").glob("*/answers-*/*/multiply.py")))
    started = [process.pid, *descendants(process.pid)]
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in started:
            os.kill(pid, number)
    process.wait()
    assert list((tmp_path / "tmp").iterdir())
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    subprocess.run(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL, check=True)
    assert not list((tmp_path / "tmp").iterdir())


@pytest.mark.rest(of=3)
def test_a_course_whose_own_solution_is_wrong_is_not_blamed_on_the_limits(tmp_path):
    shutil.copytree(COURSE["multiply"].folder, tmp_path / "course" / "multiply")
    (tmp_path / "course" / "multiply" / "solution.py").write_bytes(RIGHT.replace(b"a.grad =", b"a.grad = -"))
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    said = refused(tmp_path / "in", "--course", tmp_path / "course", "--out", tmp_path / "g.json")
    assert "the course's own solution of multiply does not pass" in said
    assert "handgrad verify" in said
    slow = b"while True: pass\n"
    (tmp_path / "course" / "multiply" / "solution.py").write_bytes(slow)
    options = ("--limits", "seconds=0.3", "--fresh")
    said = refused(tmp_path / "in", "--course", tmp_path / "course", "--out", tmp_path / "g.json", *options)
    assert "Are the limits too tight?" in said


@pytest.mark.usefixtures("kept_workers")
def test_a_changed_answer_is_graded_anew(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=b"1/0")
    out = tmp_path / "g.json"
    assert "1 error" in grade(tmp_path / "in", "--out", out)
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    assert "1 passed" in grade(tmp_path / "in", "--out", out)


@pytest.mark.usefixtures("kept_workers")
def test_what_was_never_begun_is_told_apart(tmp_path):
    hand_in(tmp_path / "in", "idler", multiply=COURSE["multiply"].stub.read_bytes().replace(b"\n", b"\r\n"))
    said = grade(tmp_path / "in", "--out", tmp_path / "g.json", "--kata", "multiply")
    assert "1 answer: 1 untouched" in said


@pytest.mark.rest(of=3)
def test_it_grades_where_handgrad_lies_beside_what_it_needs(tmp_path):
    """As a wheel puts it: not in a folder of its own, as in a checkout."""
    venv.create(tmp_path / "v", symlinks=True)
    (packages,) = (tmp_path / "v" / "lib").glob("python*/site-packages")
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for entry in Path(place).iterdir():
            if "handgrad" not in entry.name and not (packages / entry.name).exists():
                (packages / entry.name).symlink_to(entry)
    for name in ("handgrad", "handgrad.viz", "handgrad.demos"):
        (folder,) = importlib.import_module(name).__path__
        place = packages.joinpath(*name.split("."))
        shutil.copytree(folder, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    workspace, _ = start(tmp_path / "ada", COURSE)
    workspace.answer(COURSE["multiply"]).write_bytes(RIGHT)
    workspace.answer(COURSE["add"]).write_bytes(b"import handgrad.demos.katas.course")
    program = "from handgrad.demos.cli import main; main()"
    run = subprocess.run(
        [tmp_path / "v" / "bin" / "python", "-I", "-B", "-c", program, "grade", "ada", "--out", "g.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "1 error, 1 passed" in run.stdout, run.stderr
    assert "ModuleNotFoundError" in by_student(tmp_path / "g.json")["ada"][0]["message"]


@pytest.mark.rest(of=3)
def test_a_grading_that_fails_is_no_verdict_and_is_tried_again(tmp_path, monkeypatch):
    def broken_tree(folder, without):
        whole_tree(folder, without)
        (folder / "numpy.py").write_text("raise ImportError('numpy is broken here')\n")

    whole_tree, out = tree.make_tree, tmp_path / "g.json"
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    arguments = ["grade", str(tmp_path / "in"), "--out", str(out)]
    with monkeypatch.context() as patch:
        patch.setattr(tree, "make_tree", broken_tree)
        run = CliRunner().invoke(main, arguments)
        assert (run.exit_code, "numpy is broken here" in run.output) == (2, True), run.output
    grade(tmp_path / "in", "--out", out)
    hand_in(tmp_path / "in", "bob", multiply=RIGHT)
    with monkeypatch.context() as patch:
        patch.setattr(tree, "make_tree", broken_tree)
        run = CliRunner().invoke(main, arguments)
        assert (run.exit_code, "start it again" in run.output) == (1, True), run.output
    (bob,) = by_student(out)["bob"]
    assert (bob["status"], "numpy is broken here" in bob["message"]) == ("ungraded", True)
    assert "2 passed" in grade(tmp_path / "in", "--out", out)


@pytest.mark.rest(of=3)
def test_nothing_stays_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    grade(tmp_path / "in", "--out", tmp_path / "g.json")
    assert not list((tmp_path / "tmp").iterdir())


@pytest.mark.rest(of=3)
def test_somebody_who_is_not_root_leaves_nothing_behind_either(tmp_path):
    """Without root's power over modes; and an answer makes a folder that it then shuts."""
    answer = "import os\nos.mkdir('shut', 0)\ndef backward(a, b, y): pass\n"
    (tmp_path / "in" / "ada").mkdir(parents=True)
    (tmp_path / "in" / "ada" / "multiply.py").write_text(answer)
    (tmp_path / "tmp").mkdir()
    program = (
        "from handgrad.demos.grading.fence import kernel\nkernel.drop_capabilities()\n"
        "from handgrad.demos.cli import main\n"
        "main(['grade', 'in', '--out', 'g.json'])\n"
    )
    run(program, cwd=tmp_path, env={**os.environ, "TMPDIR": str(tmp_path / "tmp")})
    (ada,) = json.loads((tmp_path / "g.json").read_text())["students"]
    assert ada["katas"][0]["status"] == "failed"
    assert not list((tmp_path / "tmp").iterdir())
