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
from demos.grading import tree, writers
from demos.grading.journal import Journal
from demos.grading.limits import Limits, LimitsError
from demos.grading.processes import descendants, end_descendants
from demos.grading.report import Report
from demos.grading.score import POINTS, Result, result_of
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


def refused(*arguments):
    run = CliRunner().invoke(main, ["grade", *map(str, arguments)])
    assert run.exit_code == 2, run.output
    return " ".join(run.output.split())


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
    found = read_submissions(tmp_path / "in", COURSE).submissions
    changed = [(s.student, s.kata) for s in found if s.content != COURSE[s.kata].stub.read_bytes()]
    assert changed == [("ada", "multiply"), ("bob", "multiply"), ("carl_l", "used_twice")]
    assert {s.student for s in read_submissions(tmp_path / "in" / "ada", COURSE).submissions} == {"ada"}


def test_every_folder_is_a_student_and_what_is_nobodys_is_named(tmp_path):
    for student in ("empty", "nozip"):
        (tmp_path / "in" / student).mkdir(parents=True)
    (tmp_path / "in" / "nozip" / "work.zip").write_bytes(b"")
    hand_in(tmp_path / "in", "misnamed", **{"multiply (1)": RIGHT})
    for name in ("bob_multiply-1.py", "carl_multiply_2.py"):
        (tmp_path / "in" / name).write_bytes(RIGHT)
    for name in ("dora_work.zip", "test_multiply.py", ".DS_Store"):
        (tmp_path / "in" / name).write_bytes(RIGHT)
    said = grade(tmp_path / "in", "--out", tmp_path / "g.json")
    found = {student: (k["status"], k["message"]) for student, (k,) in by_student(tmp_path / "g.json").items()}
    assert found == {
        "bob": ("passed", ""),
        "carl": ("passed", ""),
        "empty": ("refused", "No file is named as a kata. It is empty."),
        "misnamed": ("passed", ""),
        "nozip": ("refused", "No file is named as a kata. It holds: work.zip"),
    }
    assert "Skipped, as no folder and no STUDENT_KATA.py: .DS_Store, dora_work.zip, test_multiply.py\n" in said


@pytest.mark.parametrize("names", [("", " (1)", " (2)"), ("", "-9", "-10"), ("_2", "(3)"), (" (1)", "-2")])
def test_of_several_uploads_the_latest_counts_and_the_message_says_so(names, tmp_path):
    *old, latest = [f"multiply{ending}" for ending in names]
    hand_in(tmp_path / "in", "ada", **dict.fromkeys(old, b"1/0"), **{latest: RIGHT})
    said = grade(tmp_path / "in", "--out", tmp_path / "g.json")
    ((result,),) = by_student(tmp_path / "g.json").values()
    assert result["status"] == "passed"
    assert result["message"].startswith(f"Graded: ada/{latest}.py. Handed in too, and not graded: ada/multiply")
    assert "Handed in more than once, and the message says which was graded: ada (multiply)\n" in said


def test_a_folder_and_a_file_of_one_student_and_kata_are_both_named(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    (tmp_path / "in" / "ada_multiply.py").write_bytes(b"1/0")
    grade(tmp_path / "in", "--out", tmp_path / "g.json")
    ((result,),) = by_student(tmp_path / "g.json").values()
    assert result["status"] == "passed"
    assert result["message"] == "Graded: ada/multiply.py. Handed in too, and not graded: ada_multiply.py."


def test_downloads_of_canvas_and_moodle_are_grouped_by_student(tmp_path):
    canvas = (
        "lovelaceada_12345_6789010_multiply-1.py",
        "lovelaceada_LATE_12345_6789011_my_add.py",
        "lovelaceada_99999_6789012_add.py",
        "lee_ann_12346_6789013_add_2.py",
        "anon_Ab3dE_6789014_add.py",
        "smithbob_12347_6789015_work.zip",
        "evil_12348_6789016_lovelaceada_12345_6789019_multiply-7.py",
        "ada_2_multiply.py",
    )
    moodle = ("Ada Lovelace_77_assignsubmission_file", "Bob L_78_assignsubmission_file_")
    for name in canvas:
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"")
    for name in moodle:
        hand_in(tmp_path / "in", name, multiply=b"")
    (tmp_path / "in" / "Ada Lovelace_77_assignsubmission_onlinetext").mkdir()
    (tmp_path / "in" / "Carl_79_assignsubmission_file_add.py").write_bytes(b"")
    assert [(s.student, s.kata, s.problem) for s in read_submissions(tmp_path / "in", COURSE).submissions] == [
        ("Ada Lovelace_77", "multiply", ""),
        ("Bob L_78", "multiply", ""),
        ("Carl_79", "add", ""),
        ("ada_2", "multiply", ""),
        ("anon_Ab3dE", "add", ""),
        ("evil_12348", "multiply", ""),
        ("lee_ann_12346", "add", ""),
        ("lovelaceada_12345", "add", ""),
        ("lovelaceada_12345", "multiply", ""),
        ("lovelaceada_99999", "add", ""),
        ("smithbob_12347", "", "No file is named as a kata. It holds: smithbob_12347_6789015_work.zip"),
    ]


def test_in_gradescope_the_whole_folder_is_one_students(tmp_path):
    submission, results = tmp_path / "submission", tmp_path / "results" / "results.json"
    submission.mkdir()
    (submission / "multiply.py").write_bytes(RIGHT)
    (submission / "add.py").write_bytes(b"1/0")
    assert "--student NAME" in refused(submission, "--format", "gradescope", "--out", results.parent)
    options = ("--student", "Ada", "--kata", "add", "--kata", "multiply", "--kata", "slope")
    grade(submission, *options, "--format", "gradescope", "--out", results)
    assert {path.name for path in results.parent.iterdir()} == {"results.json", "results.journal.jsonl"}
    written = json.loads(results.read_text(encoding="utf-8"))
    assert written.keys() == {"score", "output", "tests"}
    assert (written["score"], written["output"]) == (10.0, "1 of 3 katas pass: 10 of 30 points.")
    assert [(test["name"], test["score"]) for test in written["tests"]] == [
        ("add", 0.0),
        ("multiply", 10.0),
        ("slope", 0.0),
    ]


def test_what_the_grading_writes_into_the_folder_it_grades_is_no_students(tmp_path, monkeypatch):
    hand_in(tmp_path, "ada", multiply=RIGHT)
    monkeypatch.chdir(tmp_path)
    for form in ("gradescope", "json", "csv", "gradebook", "gradescope"):
        said = grade(".", "--format", form)
        assert "1 student, 1 answer: 1 passed." in said
        assert "Skipped" not in said


def test_the_katas_that_count_are_those_that_somebody_changed(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT, add=COURSE["add"].stub.read_bytes(), neuron=b"#" * (1 << 20))
    (tmp_path / "in" / "ada" / "slope.py").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "in" / "ada" / "power.py")
    said = grade(tmp_path / "in", "--out", tmp_path / "g.json")
    assert "Grading 1 kata (all that anybody has changed; to choose: --kata NAME): multiply\n" in said
    said = grade(
        tmp_path / "in", "--out", tmp_path / "g.json", "--kata", "power", "--kata", "slope.py", "--kata", "power"
    )
    assert "Grading 2 katas: power, slope\n" in said
    assert {r["kata"]: r["status"] for r in by_student(tmp_path / "g.json")["ada"]} == {
        "power": "refused",
        "slope": "refused",
    }


def test_a_class_in_which_nobody_changed_anything_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    assert "nobody has changed a kata" in refused(tmp_path, "--out", tmp_path / "g.json")
    assert "0 of 10" in grade(tmp_path, "--out", tmp_path / "g.json", "--kata", "multiply")


def test_the_formats(tmp_path):
    hand_in(tmp_path / "in", "=ada", multiply=RIGHT, add=b"1/0")
    hand_in(tmp_path / "in", "bob", multiply=RIGHT.replace(b"a.grad =", b"a.grad = -"))
    grade(tmp_path / "in", "--format", "csv", "--out", tmp_path / "g.csv")
    assert [(r["student"], r["kata"], r["status"], r["max_score"]) for r in rows_of(tmp_path / "g.csv")] == [
        ("'=ada", "add", "error", "10.0"),
        ("'=ada", "multiply", "passed", "10.0"),
        ("bob", "add", "missing", "10.0"),
        ("bob", "multiply", "failed", "10.0"),
    ]
    grade(tmp_path / "in", "--format", "gradebook", "--out", tmp_path / "g.gradebook.csv")
    ada, bob = rows_of(tmp_path / "g.gradebook.csv")
    assert ada == {"student": "'=ada", "add": "0.0", "multiply": "10.0", "total": "10.0", "max": "20.0"}
    assert (bob["student"], bob["add"], bob["multiply"]) == ("bob", "0.0", bob["total"])
    assert 0.0 < float(bob["total"]) < 10.0
    grade(tmp_path / "in", "--format", "gradescope", "--out", tmp_path / "g")
    results = json.loads((tmp_path / "g" / "bob.json").read_text(encoding="utf-8"))
    assert results["score"] == float(bob["total"]) == sum(test["score"] for test in results["tests"])
    assert {key for test in results["tests"] for key in test} == {"name", "score", "max_score", "output", "visibility"}
    assert "the sign does not" in results["tests"][1]["output"]
    made = {"g", "g.csv", "g.gradebook.csv", "g.journal.jsonl", "in"}
    assert {path.name for path in tmp_path.iterdir()} == made


def rows_of(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_what_cannot_be_shown_is_escaped_in_every_format(tmp_path):
    bad = b"print(chr(0xd801), '\\x1b[2J')\nraise ValueError(chr(0xd800) + '\\0' + chr(0x85) + '\\tcaf\xc3\xa9')\n"
    hand_in(tmp_path / "in", "a\x1b[2J\n\udcff b\u3000c", multiply=bad)
    for form, out in (("json", "g.json"), ("csv", "g.csv"), ("gradebook", "g.gradebook.csv"), ("gradescope", "g")):
        said = grade(tmp_path / "in", "--format", form, "--out", tmp_path / out)
        assert "a\\x1b[2J\\n\\xff b\u3000c: 0 of 10\n" in said
    said = grade(tmp_path / "in", "--out", tmp_path / "g.json", "--show", "a\x1b[2J\n\udcff b\u3000c")
    (results,) = (tmp_path / "g").iterdir()
    for path in (tmp_path / "g.json", tmp_path / "g.csv", tmp_path / "g.gradebook.csv", results):
        text = path.read_text(encoding="utf-8")
        assert all(c.isprintable() or c in "\n\t\u3000" for c in text), path
        assert not re.search(r"\\u00[01]", text), path
        said += text if path.suffix == ".csv" else str(json.loads(text))
    assert said.count("\\ud800\\x00\\x85\tcaf\u00e9") == 2, said


def test_a_teacher_reads_what_a_student_is_told(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    hand_in(tmp_path / "in", "bob", multiply=RIGHT.replace(b"a.grad =", b"a.grad = -"))
    said = grade(tmp_path / "in", "--out", tmp_path / "g.json", "--show", "bob")
    assert "bob, multiply: 4 of 10\n\nNot yet: 0 of " in said
    assert "the sign does not" in said
    assert "ada, multiply" not in said
    assert "no student 'BO'. Did you mean bob?" in refused(
        tmp_path / "in", "--out", tmp_path / "g.json", "--show", "BO"
    )


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


def test_the_readmes_class_is_graded_as_the_readme_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    used_twice = COURSE["used_twice"].solution.read_bytes()
    hand_in(Path("class"), "ada", multiply=RIGHT, used_twice=used_twice)
    slip = used_twice.replace(b"e.grad = y.grad * a.data", b"e.grad = -a.data")
    hand_in(Path("class"), "bob/handgrad-katas", multiply=RIGHT, used_twice=slip)
    hand_in(Path("class"), "", **{"carl_multiply-1": RIGHT})
    (Path("class") / "dora").mkdir()
    for name in ("dora/work.zip", "notes.txt"):
        (Path("class") / name).write_bytes(b"")
    readme = (Path(writers.__file__).parent / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^\$ handgrad grade (.*?)\n```", readme, re.MULTILINE | re.DOTALL)
    command, *lines = example.splitlines()
    said = grade(*command.split(), "--jobs", 1)
    assert [line.rstrip() for line in said.splitlines() if line.strip()] == [line for line in lines if line]
    (rows,) = re.findall(r"^(student,kata,.*?)```", readme, re.MULTILINE | re.DOTALL)
    assert set(rows.splitlines()) <= set(Path("grades.csv").read_text(encoding="utf-8").splitlines())
    assert [(row["kata"], row["score"]) for row in rows_of(Path("grades.csv")) if row["student"] == "bob"] == [
        ("multiply", "10.0"),
        ("used_twice", "7.67"),
    ]
    statuses = re.findall(r"^\| `(\w+)` \| (?:10|partial|0) \|", readme, re.MULTILINE)
    assert len(statuses) == 8
    assert all(writers.text_of(Result("ada", "multiply", status)) for status in statuses)


def test_no_name_leads_out_of_the_folder_of_results():
    assert [file_name(s) for s in ("..", ".", "a/../b", "ada l")] == ["%2E%2E", "%2E", "a%2F..%2Fb", "ada l"]
    long, other = (file_name("\u5c71" * 85 + end) for end in "ab")
    assert max(len(long), len(other)) < 250
    assert long != other


@pytest.mark.parametrize(
    ("form", "out", "said"),
    [
        ("json", ".", "is a folder. Give a file: --out"),
        ("csv", "there", "is a folder. Give a file: --out there/grades.csv"),
        ("gradebook", "there", "is a folder. Give a file: --out there/grades.gradebook.csv"),
        ("gradescope", "notes", "a folder, and notes is none. Give a folder: --out grades"),
        ("gradescope", "results.json", "add: --student NAME"),
        ("json", "notes/g.json", "notes/g.json cannot be written (Not a directory). Give another place: --out"),
    ],
)
def test_where_no_results_can_go_is_said_before_anything_is_graded(form, out, said, tmp_path, monkeypatch):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    (tmp_path / "there").mkdir()
    (tmp_path / "notes").write_text("mine")
    monkeypatch.chdir(tmp_path)
    output = refused("in", "--format", form, "--out", out)
    assert said in output
    assert "Grading" not in output
    assert {path.name for path in tmp_path.rglob("*")} == {"in", "ada", "multiply.py", "there", "notes"}


def test_a_full_disk_is_a_sentence_that_names_what_is_not_written_and_a_teachers_folder_is_left(tmp_path, monkeypatch):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    (tmp_path / "g.json.parts").mkdir()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(writers, "write_whole", full)
        said = refused(tmp_path / "in", "--out", tmp_path / "g.json")
        assert "g.json cannot be written (No space left on device)" in said
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        said = refused(tmp_path / "in", "--out", tmp_path / "h.json")
        assert "h.journal.jsonl cannot be written (No space left on device)" in said
    with monkeypatch.context() as patch:
        patch.setattr(tree, "make_tree", full)
        said = refused(tmp_path / "in", "--out", tmp_path / "h.json")
        assert "the grading broke off (No space left on device). What is graded is kept in " in said
    assert sorted(path.name for path in tmp_path.glob("g.*")) == ["g.journal.jsonl", "g.json.parts"]
    assert not list(tmp_path.glob(".*"))


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


def test_a_grading_that_is_to_stop_says_so_at_once_and_then_waits_for_the_answers_at_work(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=b"import time\ntime.sleep(3)\n" + RIGHT)
    command = [sys.executable, "-B", "-c", "from demos.cli import main; main()", "grade", "in", "--out", "g.json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        journal = tmp_path / "g.journal.jsonl"
        wait_for(lambda: journal.exists() and b"baseline" in journal.read_bytes())
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        lines = iter(process.stderr.readline, "")
        assert "Stopping after the answers at work ...\n" in lines
        assert process.poll() is None
        assert next(lines).startswith("Stopped. What is graded is kept in g.journal.jsonl")
    assert process.returncode == 130


def test_signals_are_the_callers_again_afterwards(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    grade(tmp_path / "in", "--out", tmp_path / "g.json")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


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
