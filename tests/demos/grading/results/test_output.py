"""What is told of a graded class: the credit, the files and the screen."""

import csv
import io
import json
import os
import re
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import handgrad.demos.grading
from handgrad.demos.grading.fence import tree
from handgrad.demos.grading.fence.limits import Limits
from handgrad.demos.grading.results import writers
from handgrad.demos.grading.results.report import Report
from handgrad.demos.grading.results.score import Result, result_of
from handgrad.demos.grading.results.writers import file_name
from tests.demos.grading.classes import COURSE, RIGHT, grade, hand_in, refused

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="grading needs Linux")


def test_credit_of_a_table_counts_what_is_right_and_what_was_carried():
    def credit(*nodes, passed=1):
        every = (("correct", 1.0), *nodes)
        comparison = {"nodes": [{"status": s, "actual": a, "expected": 1.0} for s, a in every]}
        failure = {"test": "t", "status": "failed", "message": "m", "comparison": comparison, "slips": ["sign"]}
        return result_of("s", "k", Report(2, passed, [failure]), 0.0, Limits()).credit

    wrong, carried, right, idle = ("wrong", 3.0), ("carried", 2.0), ("correct", 1.0), ("carried", 5e-324)
    assert credit(wrong, carried, carried, right) == pytest.approx((1 + 0.8 * 3 / 4) / 2)
    assert credit(wrong, wrong, wrong, wrong) == pytest.approx(1 / 2)
    assert credit(wrong, idle, idle, idle) == pytest.approx(1 / 2)
    assert credit(right, ("skipped", None)) < 1.0
    hidden = ("skipped", 5.0)  # a wrong number in a node that nobody asked for
    assert credit(hidden, carried, right) == pytest.approx((1 + 0.8 * 1 / 2) / 2)
    assert credit(("skipped", 1.0), carried, right) == pytest.approx((1 + 0.8) / 2)


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


TEXT = st.text(st.sampled_from("ab1 ;|,\t\n\r\"'=+-@\\\uff1d\uff20"), max_size=12)


@given(student=TEXT, message=TEXT, separator=st.sampled_from(",;|\t"))
@example(student="x;=1+1", message="", separator=";")
@example(student='x;"=1+1', message='"\n=1+1', separator=";")
@example(student="\uff1d1+1", message="\t@SUM(1)", separator=",")
def test_no_cell_is_a_formula_by_whatever_a_spreadsheet_separates(student, message, separator):
    results = [writers.presented(Result(student, "multiply", "error", message=message))]
    for text in (writers.as_csv(results), writers.as_gradebook(results)):
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            for cell in row:
                assert not re.match(r"""[\s"]*[=+\-@\uff1d\uff0b\uff0d\uff20]""", cell), row


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
