"""A grading from its start to its end: killed, stopped, started again, installed, and what is left behind."""

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from pathlib import Path

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.grading.fence import tree
from handgrad.demos.grading.fence.limits import Limits, LimitsError
from handgrad.demos.grading.running.journal import Journal
from handgrad.demos.grading.running.processes import descendants
from handgrad.demos.grading.running.waste import FEW, Waste
from handgrad.demos.katas.workspace.workspace import start
from tests.demos.grading.classes import COURSE, RIGHT, by_student, grade, hand_in, refused

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="grading needs Linux")

COMMAND = [sys.executable, "-B", "-c", "from handgrad.demos.cli import main; main()"]
ENVIRONMENT = {**os.environ}


def test_a_killed_grading_goes_on_where_it_was(tmp_path):
    slow = b"import time\ntime.sleep(0.3)\n" + RIGHT
    for number in range(12):
        hand_in(tmp_path / "in", f"s{number:02}", multiply=slow)
    out, journal = tmp_path / "g.json", tmp_path / "g.journal.jsonl"
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    command = [*COMMAND, "grade"]
    options = [str(tmp_path / "in"), "--out", str(out), "--jobs", "2"]
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
    assert 3 <= sum(b'"result"' in line for line in kept) < 12
    journal.write_bytes(b"".join(kept) + kept[-1][:50])  # as a kill in the middle of a line would leave it
    again = subprocess.run([*command, *options], env=environment, capture_output=True, text=True, check=True)
    assert "12 passed" in again.stdout
    lines = journal.read_bytes().splitlines(keepends=True)
    assert lines[: len(kept)] == kept
    assert sum(b'"result"' in line for line in lines) == 12
    assert "graded before" in again.stderr
    third = subprocess.run([*command, *options], env=environment, capture_output=True, text=True, check=True)
    assert "12 passed" in third.stdout
    assert journal.read_bytes().splitlines(keepends=True) == lines
    assert not list(scratch.iterdir())


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


def test_what_takes_long_to_remove_is_out_of_the_way_at_once_and_gone_in_the_end(tmp_path):
    (tmp_path / "waste").mkdir()
    for number in range(FEW + 1):
        (tmp_path / "left" / str(number)).mkdir(parents=True)
    (tmp_path / "left" / "shut").mkdir(mode=0)
    waste = Waste(tmp_path / "waste")
    waste.take(tmp_path / "left")
    assert not (tmp_path / "left").exists()
    assert waste.pids
    wait_for(lambda: not waste.pids)
    assert not list((tmp_path / "waste").iterdir())
    waste.close()


def is_zombie(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def wait_for(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_course_whose_own_solution_is_wrong_is_not_blamed_on_the_limits(tmp_path):
    shutil.copytree(COURSE["multiply"].folder, tmp_path / "course" / "multiply")
    (tmp_path / "course" / "multiply" / "solution.py").write_bytes(RIGHT.replace(b"a.grad =", b"a.grad = -"))
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    said = refused(tmp_path / "in", "--course", tmp_path / "course", "--out", tmp_path / "g.json")
    assert "the course's own solution of multiply does not pass" in said
    assert "handgrad verify" in said
    slow = b"while True: pass\n"
    (tmp_path / "course" / "multiply" / "solution.py").write_bytes(slow)
    options = ("--limits", "seconds=1", "--fresh")
    said = refused(tmp_path / "in", "--course", tmp_path / "course", "--out", tmp_path / "g.json", *options)
    assert "Are the limits too tight?" in said


def test_a_changed_answer_is_graded_anew(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=b"1/0")
    out = tmp_path / "g.json"
    assert "1 error" in grade(tmp_path / "in", "--out", out)
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    assert "1 passed" in grade(tmp_path / "in", "--out", out)


def test_a_grading_that_begins_afresh_leaves_alone_the_journal_of_one_at_work(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    out, journal = tmp_path / "g.json", tmp_path / "g.journal.jsonl"
    grade(tmp_path / "in", "--out", out)
    kept = journal.read_bytes()
    at_work = Journal(journal)
    assert "another grading" in refused(tmp_path / "in", "--out", out, "--fresh")
    assert journal.read_bytes() == kept
    at_work.add("one more", {})
    at_work.close()
    assert b"one more" in journal.read_bytes()
    grade(tmp_path / "in", "--out", out, "--fresh")
    assert b"one more" not in journal.read_bytes()
    assert journal.read_bytes().count(b"\n") == kept.count(b"\n")


@pytest.mark.parametrize("notes", [b"ask Ada\nask Bob\n", b"ask Ada", b'{"to do": "ask Ada"}\n', b"[" * 100_000, b"7"])
def test_somebodys_notes_where_the_journal_should_be_are_left_as_they_are(notes, tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    (tmp_path / "g.journal.jsonl").write_bytes(notes)
    said = refused(tmp_path / "in", "--out", tmp_path / "g.json")
    assert "line 1 of " in said
    assert "is no line of a journal. Move that file away" in said
    assert (tmp_path / "g.journal.jsonl").read_bytes() == notes


def test_a_damaged_line_removes_none_after_it_and_half_a_result_is_graded_anew(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    out, journal = tmp_path / "g.json", tmp_path / "g.journal.jsonl"
    grade(tmp_path / "in", "--out", out)
    baseline, result = journal.read_bytes().splitlines(keepends=True)
    damaged = baseline + b"\0\0\n" + result
    journal.write_bytes(damaged)
    assert "line 2 of " in refused(tmp_path / "in", "--out", out)
    assert journal.read_bytes() == damaged
    halves = [{**json.loads(result), "result": half} for half in ({"student": "ada"}, 7)]
    journal.write_bytes(baseline + b"".join(json.dumps(half).encode() + b"\n" for half in halves))
    assert "1 passed" in grade(tmp_path / "in", "--out", out)
    assert len(journal.read_bytes().splitlines()) == 4


def test_a_grading_that_is_to_stop_waits_for_no_answer_and_keeps_what_is_graded(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    hand_in(tmp_path / "in", "bob", multiply=b"import time\ntime.sleep(600)\n" + RIGHT)
    command = [*COMMAND, "grade", "in", "--out", "g.json", "--limits", "seconds=600", "--jobs", "1"]
    with subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as process:
        journal = tmp_path / "g.journal.jsonl"
        wait_for(lambda: journal.exists() and b'"result"' in journal.read_bytes())
        started = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert "Stopping ...\nStopped. What is graded is kept in g.journal.jsonl" in told
    assert process.returncode == 130
    wait_for(lambda: all(map(is_zombie, started)))


def test_a_grading_goes_on_when_nobody_reads_how_far_it_is(tmp_path):
    for student in ("ada", "bob", "carl"):
        hand_in(tmp_path / "in", student, multiply=RIGHT)
    reading, writing = os.pipe()
    os.close(reading)
    subprocess.run(
        [*COMMAND, "grade", "in", "--kata", "multiply", "--out", "g.json"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stderr=writing,
        check=False,
    )
    os.close(writing)
    assert [r["status"] for found in by_student(tmp_path / "g.json").values() for r in found] == ["passed"] * 3


def test_what_was_never_begun_is_told_apart(tmp_path):
    hand_in(tmp_path / "in", "idler", multiply=COURSE["multiply"].stub.read_bytes().replace(b"\n", b"\r\n"))
    said = grade(tmp_path / "in", "--out", tmp_path / "g.json", "--kata", "multiply")
    assert "1 answer: 1 untouched" in said


def test_signals_are_the_callers_again_afterwards(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    grade(tmp_path / "in", "--out", tmp_path / "g.json")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


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
        timeout=120,
        check=False,
    )
    assert "1 error, 1 passed" in run.stdout, run.stderr
    assert "ModuleNotFoundError" in by_student(tmp_path / "g.json")["ada"][0]["message"]


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


@pytest.mark.parametrize("text", ["second=5", "seconds=-1", "memory=much", "memory="])
def test_limits_that_cannot_be_read_are_refused(text):
    with pytest.raises(LimitsError):
        Limits.parse(text)


def test_nothing_stays_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    grade(tmp_path / "in", "--out", tmp_path / "g.json")
    assert not list((tmp_path / "tmp").iterdir())
