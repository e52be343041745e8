"""Grading a class: files found, credit given, results kept over a kill, and written in each format."""

import csv
import json
import os
import re
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

from demos.cli import main
from demos.grading import tree
from demos.grading.journal import Journal, JournalError
from demos.grading.limits import Limits, LimitsError
from demos.grading.processes import descendants, end_descendants
from demos.grading.report import Report
from demos.grading.score import POINTS, result_of
from demos.grading.submissions import read_submissions
from demos.grading.tree import PREFIX
from demos.grading.writers import file_name
from demos.katas.course import Course
from demos.katas.isolate import ROOT
from demos.katas.workspace import start

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="grading needs Linux")

COURSE = Course()
RIGHT = COURSE["multiply"].solution.read_bytes()


def grade(*arguments):
    run = CliRunner().invoke(main, ["grade", *map(str, arguments)])
    assert run.exit_code == 0, run.output
    return run.output


def by_student(out):
    return {s["student"]: s["katas"] for s in json.loads(out.read_text(encoding="utf-8"))["students"]}


def hand_in(folder, student, **answers):
    (folder / student).mkdir(parents=True, exist_ok=True)
    for name, answer in answers.items():
        (folder / student / f"{name}.py").write_bytes(answer)


@pytest.fixture(scope="module")
def whole_course(tmp_path_factory):
    """Every kata's solution, and one wrong answer of each, graded once."""
    top = tmp_path_factory.mktemp("course")
    for kata in COURSE.katas:
        hand_in(top / "in", "solver", **{kata.name: kata.solution.read_bytes()})
        hand_in(top / "in", "slipper", **{kata.name: kata.wrong_answers[0].read_bytes()})
        hand_in(top / "in", "idler", **{kata.name: kata.stub.read_bytes()})
    grade(top / "in", "--out", top / "grades.json", "--jobs", 4)
    return by_student(top / "grades.json")


def test_every_solution_of_the_course_passes_at_arms_length(whole_course):
    assert {r["kata"]: r["status"] for r in whole_course["solver"]} == {k.name: "passed" for k in COURSE.katas}


def test_no_wrong_answer_passes_and_each_says_what_it_would_to_its_learner(whole_course):
    for kata, found in zip(COURSE.katas, whole_course["slipper"]):
        assert found["status"] in {"failed", "error"}, found
        assert 0.0 <= found["score"] < POINTS
        first, _, _ = kata.wrong_answers[0].read_text(encoding="utf-8").partition("\n")
        what, _, said = first.lstrip("# ").partition(": ")
        if what == "slip":
            assert said in found["slips"], found
        else:
            assert said in found["message"], found


def test_what_was_never_begun_is_told_apart_and_not_run(whole_course):
    assert {r["status"] for r in whole_course["idler"]} == {"untouched"}


def test_credit_of_a_table_counts_what_is_right_and_what_was_carried():
    def credit(*nodes, passed=1):
        comparison = {"nodes": [{"status": s, "actual": a} for s, a in (("correct", 1.0), *nodes)]}
        failure = {"test": "t", "status": "failed", "message": "m", "comparison": comparison, "slips": ["sign"]}
        return result_of("s", "k", Report(2, passed, [failure]), 0.0, Limits()).credit

    wrong, carried, right, idle = ("wrong", 3.0), ("carried", 2.0), ("correct", 1.0), ("carried", 5e-324)
    assert credit(wrong, carried, carried, right) == pytest.approx((1 + 0.8 * 3 / 4) / 2)
    assert credit(wrong, wrong, wrong, wrong) == pytest.approx(1 / 2)
    assert credit(wrong, idle, idle, idle) == pytest.approx(1 / 2)
    assert credit(right, ("skipped", None)) < 1.0


def test_workspaces_folders_files_and_one_learners_own_workspace(tmp_path):
    workspace, _ = start(tmp_path / "in" / "ada", COURSE)
    workspace.answer(COURSE["multiply"]).write_bytes(RIGHT)
    (tmp_path / "in" / "ada" / "solutions").mkdir()
    (tmp_path / "in" / "ada" / "solutions" / "add.py").write_bytes(RIGHT)
    hand_in(tmp_path / "in", "bob/deep/er", multiply=RIGHT)
    (tmp_path / "in" / "carl_l_used_twice.py").write_bytes(b"")
    (tmp_path / "in" / "notes.txt").write_text("")
    found = read_submissions(tmp_path / "in", COURSE)
    changed = [(s.student, s.kata) for s in found if s.content != COURSE[s.kata].stub.read_bytes()]
    assert changed == [("ada", "multiply"), ("bob", "multiply"), ("carl_l", "used_twice")]
    assert {s.student for s in read_submissions(tmp_path / "in" / "ada", COURSE)} == {"ada"}


def test_the_formats(tmp_path):
    hand_in(tmp_path / "in", "=ada", multiply=RIGHT, add=b"1/0")
    hand_in(tmp_path / "in", "bob", multiply=RIGHT.replace(b"a.grad =", b"a.grad = -"))
    grade(tmp_path / "in", "--format", "csv", "--out", tmp_path / "g.csv")
    rows = list(csv.DictReader((tmp_path / "g.csv").read_text(encoding="utf-8").splitlines()))
    assert [(r["student"], r["kata"], r["status"]) for r in rows] == [
        ("'=ada", "add", "error"),
        ("'=ada", "multiply", "passed"),
        ("bob", "add", "missing"),
        ("bob", "multiply", "failed"),
    ]
    grade(tmp_path / "in", "--format", "gradescope", "--out", tmp_path / "g")
    bob = json.loads((tmp_path / "g" / "bob.json").read_text(encoding="utf-8"))
    assert (bob["score"], bob["max_score"]) == (sum(t["score"] for t in bob["tests"]), 20.0)
    assert {key for test in bob["tests"] for key in test} == {"name", "score", "max_score", "output", "visibility"}
    assert 0.0 < bob["score"] < 10.0
    assert "the sign does not" in bob["tests"][1]["output"]
    assert not list(tmp_path.glob("*.parts"))


def test_another_format_is_written_without_grading_again(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    grade(tmp_path / "in", "--out", tmp_path / "g.json")
    kept = (tmp_path / "g.journal.jsonl").read_bytes()
    grade(tmp_path / "in", "--format", "csv", "--out", tmp_path / "g.csv")
    grade(tmp_path / "in", "--format", "gradescope", "--out", tmp_path / "g")
    assert (tmp_path / "g.journal.jsonl").read_bytes() == kept
    assert (tmp_path / "g" / "ada.json").exists()


def test_the_teacher_sees_each_student_as_they_come_and_at_the_end_how_each_kata_went(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    hand_in(tmp_path / "in", "bob", multiply=RIGHT.replace(b"a.grad =", b"a.grad = -"))
    said = grade(tmp_path / "in", "--out", tmp_path / "g.json", "--jobs", 1)
    assert "1 of 2  ada: 10 of 10\n2 of 2  bob: 4 of 10\n" in said
    assert re.search(r"multiply +1 of 2 +7\.0 +sign \(1\)", said), said
    assert "2 students, 2 answers: 1 passed, 1 failed." in said


def test_no_name_leads_out_of_the_folder_of_results():
    assert [file_name(s) for s in ("..", ".", "a/../b", "ada l")] == ["%2E%2E", "%2E", "a%2F..%2Fb", "ada l"]


def test_a_killed_grading_goes_on_where_it_was(tmp_path):
    slow = b"import time\ntime.sleep(0.3)\n" + RIGHT
    for number in range(12):
        hand_in(tmp_path / "in", f"s{number:02}", multiply=slow)
    out, journal = tmp_path / "g.json", tmp_path / "g.journal.jsonl"
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    command = [sys.executable, "-B", "-c", "from demos.cli import main; main()", "grade"]
    options = [str(tmp_path / "in"), "--out", str(out), "--jobs", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}
    process = subprocess.Popen([*command, *options], env=environment, stderr=subprocess.DEVNULL)
    wait_for(lambda: journal.exists() and journal.read_bytes().count(b'"result"') >= 3)
    started = descendants(process.pid)
    assert started
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() and not is_zombie(pid) for pid in started))
    wait_for(lambda: not list(scratch.glob(f"{PREFIX}*")))
    assert not out.exists()
    kept = journal.read_bytes().splitlines(keepends=True)
    assert 3 <= sum(b'"result"' in line for line in kept) < 12
    journal.write_bytes(b"".join(kept) + kept[-1][:50])  # as a kill in the middle of a line would leave it
    again = subprocess.run([*command, *options], env=environment, capture_output=True, text=True, check=True)
    assert "12 passed" in again.stdout
    lines = journal.read_bytes().splitlines(keepends=True)
    assert lines[: len(kept)] == kept
    assert sum(b'"result"' in line for line in lines) == 12
    third = subprocess.run([*command, *options], env=environment, capture_output=True, text=True, check=True)
    assert "12 passed" in third.stdout
    assert journal.read_bytes().splitlines(keepends=True) == lines
    assert not list(scratch.iterdir())


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


def test_a_changed_answer_is_graded_anew(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=b"1/0")
    out = tmp_path / "g.json"
    assert "1 error" in grade(tmp_path / "in", "--out", out)
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    assert "1 passed" in grade(tmp_path / "in", "--out", out)


def test_two_gradings_do_not_share_a_journal(tmp_path):
    journal = Journal(tmp_path / "j")
    with pytest.raises(JournalError, match="another grading"):
        Journal(tmp_path / "j")
    journal.close()


def test_a_double_fork_in_a_session_of_its_own_is_found_and_ended():
    program = (
        "import os, sys, time\nsys.path.insert(0, sys.argv[1])\nfrom demos.grading.kernel import become_subreaper\n"
        "become_subreaper()\nif not os.fork():\n    os.setsid()\n    if not os.fork():\n        time.sleep(60)\n"
        "    os._exit(0)\nos.wait()\nprint('ready', flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(ROOT)], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        (daemon,) = descendants(process.pid)
        assert end_descendants(process.pid)
        assert is_zombie(daemon)
        process.kill()


def test_a_process_never_ends_itself_with_its_parents_descendants():
    inner = (
        "import os, sys\nsys.path.insert(0, sys.argv[1])\nfrom demos.grading.processes import end_descendants\n"
        "try:\n    end_descendants(os.getppid())\nexcept ValueError as error:\n    print(error)\n"
    )
    outer = "import subprocess, sys\nprint(subprocess.check_output([sys.executable, *sys.argv[1:]], timeout=10))\n"
    run = subprocess.run(
        [sys.executable, "-c", outer, "-c", inner, str(ROOT)], capture_output=True, text=True, timeout=30, check=False
    )
    assert "would end itself" in run.stdout, run.stderr


def test_it_grades_where_handgrad_lies_beside_what_it_needs(tmp_path):
    """As a wheel puts it: not in a folder of its own, as in a checkout."""
    venv.create(tmp_path / "v", symlinks=True)
    (packages,) = (tmp_path / "v" / "lib").glob("python*/site-packages")
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for entry in Path(place).iterdir():
            if "handgrad" not in entry.name and not (packages / entry.name).exists():
                (packages / entry.name).symlink_to(entry)
    for name in ("engine", "viz", "demos"):
        shutil.copytree(ROOT / name, packages / name, ignore=shutil.ignore_patterns("__pycache__"))
    workspace, _ = start(tmp_path / "ada", COURSE)
    workspace.answer(COURSE["multiply"]).write_bytes(RIGHT)
    workspace.answer(COURSE["add"]).write_bytes(b"import demos.katas.course")
    program = "from demos.cli import main; main()"
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


def test_a_folder_without_answers_is_refused_in_a_sentence(tmp_path):
    run = CliRunner().invoke(main, ["grade", str(tmp_path)])
    assert (run.exit_code, "holds no answers" in run.output) == (2, True)


def test_nothing_stays_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    grade(tmp_path / "in", "--out", tmp_path / "g.json")
    assert not list((tmp_path / "tmp").iterdir())
