"""`handgrad grade` as a teacher types it: what it says, what it refuses, and how it is stopped."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

import handgrad.demos.grading
from handgrad.demos.cli import main
from handgrad.demos.grading.fence import tree
from handgrad.demos.grading.results import writers
from handgrad.demos.grading.results.score import Result
from handgrad.demos.grading.running.processes import descendants
from handgrad.demos.katas.authoring.handing_out import write_handout
from tests.demos.grading.classes import COURSE, RIGHT, by_student, grade, hand_in, refused, rows_of
from tests.demos.processes import COMMAND, is_zombie, wait_for
from tests.patience import PATIENCE


@pytest.mark.rest(of=3)
def test_a_grading_that_is_to_stop_waits_for_no_answer_and_keeps_what_is_graded(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    hand_in(tmp_path / "in", "bob", multiply=b"import time\ntime.sleep(600)\n" + RIGHT)
    command = [*COMMAND, "grade", "in", "--out", "g.json", "--limits", "seconds=600", "--jobs", "1"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        try:
            journal = tmp_path / "g.journal.jsonl"
            wait_for(lambda: journal.exists() and b'"result"' in journal.read_bytes())
            started = descendants(process.pid)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()  # else a test that fails waits for the answer that sleeps
    assert "Stopping ...\nStopped. What is graded is kept in g.journal.jsonl" in told
    assert process.returncode == 130
    wait_for(lambda: all(map(is_zombie, started)))


@pytest.mark.rest(of=3)
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
    assert "wrong sign" in said
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


@pytest.mark.rest(of=3)
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


@pytest.mark.usefixtures("kept_workers")
def test_strict_ends_with_1_where_somebody_is_below_full_marks(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    options = ["grade", str(tmp_path / "in"), "--kata", "multiply", "--strict", "--out", str(tmp_path / "g.json")]
    assert CliRunner().invoke(main, options).exit_code == 0
    hand_in(tmp_path / "in", "bob")
    found = CliRunner().invoke(main, options)
    assert found.exit_code == 1
    assert by_student(tmp_path / "g.json").keys() == {"ada", "bob"}


@pytest.mark.usefixtures("kept_workers")
def test_a_class_of_a_platform_becomes_its_gradebook_with_the_points_of_each_kata(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "lovelaceada_12345_678901_multiply.py").write_bytes(RIGHT)
    (tmp_path / "in" / "bytebob_LATE_12346_678902_multiply.py").write_bytes(b"")
    hand_in(tmp_path / "in", "carl", multiply=RIGHT)
    out = tmp_path / "g.canvas.csv"
    told = grade(tmp_path / "in", "--kata", "multiply=4", "--format", "canvas", "--column", "HW (7)", "--out", out)
    ids = {row["ID"]: row["HW (7)"] for row in rows_of(out)}
    assert ids == {"": "4.0", "12345": "4.0", "12346": "0.0"}
    assert "Left out, as no number of Canvas's is in the name: carl" in told
    assert "The same answer to multiply, letter for letter: carl, lovelaceada_12345." in told
    grade(tmp_path / "in", "--kata", "multiply=4", "--format", "csv", "--out", tmp_path / "g.csv")
    rows = {row["student"]: row for row in rows_of(tmp_path / "g.csv")}
    assert (rows["bytebob_12346"]["late"], rows["carl"]["late"]) == ("late", "")
    assert (rows["carl"]["score"], rows["carl"]["max_score"], rows["carl"]["same_as"]) == (
        "4.0", "4.0", "lovelaceada_12345",
    )  # fmt: skip


@pytest.mark.usefixtures("kept_workers")
def test_results_are_for_their_owner_alone_and_each_student_has_a_file_of_words(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    hand_in(tmp_path / "in", "bob", multiply=b"1/0")
    grade(tmp_path / "in", "--out", tmp_path / "g.json", "--feedback", tmp_path / "told")
    told = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "told").iterdir()}
    assert told["ada.txt"] == "10 of 10 points.\n\nmultiply: 10 of 10\n\nPassed.\n"
    assert "ZeroDivisionError" in told["bob.txt"]
    files = [tmp_path / "g.json", tmp_path / "g.journal.jsonl", tmp_path / "told" / "ada.txt"]
    assert [oct(path.stat().st_mode & 0o777) for path in files] == ["0o600"] * 3


@pytest.mark.parametrize("given", ["multiply=0", "multiply=x", "multiply=nan", "multiply="])
def test_points_are_a_number_above_0(tmp_path, given):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    assert "are no points" in refused(tmp_path / "in", "--kata", given, "--out", tmp_path / "g.json")


def test_a_course_that_was_handed_out_cannot_grade_and_says_why(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    write_handout(tmp_path / "handed", COURSE)
    said = refused(tmp_path / "in", "--course", tmp_path / "handed", "--out", tmp_path / "g.json")
    assert "multiply has no solution.py here" in said
    assert "temporary" not in said


@pytest.mark.usefixtures("kept_workers")
def test_a_gradient_that_was_deleted_is_one_that_is_not_filled_in(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT + b"\n    del a.grad\n")
    grade(tmp_path / "in", "--out", tmp_path / "g.json")
    (found,) = by_student(tmp_path / "g.json")["ada"]
    assert found["status"] == "failed"
    assert "os._exit" not in found["message"]
