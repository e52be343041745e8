"""`handgrad grade` as a teacher types it: what it says, what it refuses, and how it is stopped."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

import handgrad.demos.grading
from handgrad.demos.grading.fence import tree
from handgrad.demos.grading.results import writers
from handgrad.demos.grading.results.score import Result
from handgrad.demos.grading.running.processes import descendants
from tests.demos.grading.classes import COURSE, RIGHT, by_student, grade, hand_in, refused, rows_of
from tests.demos.processes import COMMAND, is_zombie, wait_for


def test_a_grading_that_is_to_stop_waits_for_no_answer_and_keeps_what_is_graded(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    hand_in(tmp_path / "in", "bob", multiply=b"import time\ntime.sleep(600)\n" + RIGHT)
    command = [*COMMAND, "grade", "in", "--out", "g.json", "--limits", "seconds=600", "--jobs", "1"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
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
        stderr=writing,
        check=False,
    )
    os.close(writing)
    assert [r["status"] for found in by_student(tmp_path / "g.json").values() for r in found] == ["passed"] * 3


@pytest.mark.usefixtures("kept_workers")
def test_signals_are_the_callers_again_afterwards(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    grade(tmp_path / "in", "--out", tmp_path / "g.json")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.usefixtures("kept_workers")
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


@pytest.mark.usefixtures("kept_workers")
def test_another_format_is_written_without_grading_again(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    grade(tmp_path / "in", "--out", tmp_path / "g.json")
    kept = (tmp_path / "g.journal.jsonl").read_bytes()
    grade(tmp_path / "in", "--format", "csv", "--out", tmp_path / "g.csv")
    grade(tmp_path / "in", "--format", "gradescope", "--out", tmp_path / "g")
    assert (tmp_path / "g.journal.jsonl").read_bytes() == kept
    assert (tmp_path / "g" / "ada.json").exists()


@pytest.mark.usefixtures("kept_workers")
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
    readme = (Path(handgrad.demos.grading.__file__).parent / "README.md").read_text(encoding="utf-8")
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
