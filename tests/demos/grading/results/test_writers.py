"""The results as files, for every reader of them."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handgrad.demos.grading.results import writers
from handgrad.demos.grading.results.score import Result
from handgrad.demos.grading.results.writers import Output, OutputError, file_name
from tests.demos.grading.classes import RIGHT, grade, hand_in, rows_of


@pytest.mark.usefixtures("kept_workers")
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
    assert "wrong sign" in results["tests"][1]["output"]
    made = {"g", "g.csv", "g.gradebook.csv", "g.journal.jsonl", "in"}
    assert {path.name for path in tmp_path.iterdir()} == made


TEXT = st.text(st.sampled_from("ab1 ;|,\t\n\r\"'=+-@\\\uff1d\uff20"), max_size=12)


@pytest.mark.rest
@given(student=TEXT, message=TEXT, separator=st.sampled_from(",;|\t"))
@example(student="x;=1+1", message="", separator=";")
@example(student='x;"=1+1', message='"\n=1+1', separator=";")
@example(student="\uff1d1+1", message="\t@SUM(1)", separator=",")
def test_no_cell_is_a_formula_by_whatever_a_spreadsheet_separates(student, message, separator):
    results = [writers.make_printable(Result(student, "multiply", "error", message=message))]
    for text in (writers.write_csv(results), writers.write_gradebook(results)):
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            for cell in row:
                assert not re.match(r"""[\s"]*[=+\-@\uff1d\uff0b\uff0d\uff20]""", cell), row


@pytest.mark.usefixtures("kept_workers")
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


def test_no_name_leads_out_of_the_folder_of_results():
    assert [file_name(s) for s in ("..", ".", "a/../b", "ada l")] == ["%2E%2E", "%2E", "a%2F..%2Fb", "ada l"]
    long, other = (file_name("\u5c71" * 85 + end) for end in "ab")
    assert max(len(long), len(other)) < 250
    assert long != other


RESULTS = [
    Result("ada", "add", "passed", 1.0, tests=2, passed=2),
    Result("ada", "slope", "failed", 0.5, "Wrong.", 3, 1, ("sign", "double"), "printed\n"),
    Result("bob", "add", "missing"),
    Result("bob", "slope", "timeout", 0.0, "Stopped."),
]


def test_json_has_every_result_whole_below_its_student():
    (ada, bob) = json.loads(writers.write_json(RESULTS))["students"]
    assert (ada["student"], ada["score"], ada["max_score"]) == ("ada", 15.0, 20.0)
    assert ada["katas"][1]["slips"] == ["sign", "double"]
    assert all("student" not in kata for kata in [*ada["katas"], *bob["katas"]])


def test_a_table_has_a_row_a_result_and_a_gradebook_one_a_student():
    rows = list(csv.DictReader(writers.write_csv(RESULTS).splitlines()))
    assert [(row["student"], row["kata"], row["score"]) for row in rows] == [
        ("ada", "add", "10.0"), ("ada", "slope", "5.0"), ("bob", "add", "0.0"), ("bob", "slope", "0.0"),
    ]  # fmt: skip
    assert rows[1]["slips"] == "sign double"
    assert writers.write_gradebook(RESULTS).splitlines() == [
        "student,add,slope,total,max", "ada,10.0,5.0,15.0,20.0", "bob,0.0,0.0,0.0,20.0",
    ]  # fmt: skip


def test_what_a_student_reads_has_the_message_and_what_was_printed_where_it_did_not_pass():
    assert writers.text_of(RESULTS[0]) == "Passed."
    assert writers.text_of(RESULTS[1]) == "Not yet: 1 of 3 tests pass.\n\nWrong.\n\nIt printed:\nprinted"
    assert writers.text_of(Result("ada", "add", "failed", tests=1)).startswith("Not yet: 0 of 1 test passes.")
    assert writers.text_of(RESULTS[3]) == "It took too long.\n\nStopped."


def test_one_students_file_for_gradescope_adds_up():
    whole = json.loads(writers.write_gradescope(RESULTS[:2]))
    assert (whole["score"], whole["output"]) == (15.0, "1 of 2 katas pass: 15 of 20 points.")
    assert [test["score"] for test in whole["tests"]] == [10.0, 5.0]


@pytest.mark.parametrize(
    ("path", "form", "is_class", "found", "journal"),
    [
        (None, "json", True, "grades.json", "grades.journal.jsonl"),
        (None, "json", False, "grades.json", "grades.journal.jsonl"),
        (None, "gradebook", True, "grades.gradebook.csv", "grades.journal.jsonl"),
        (None, "gradescope", True, "grades", "grades.journal.jsonl"),
        (None, "gradescope", False, "results.json", "results.journal.jsonl"),
        ("a/my.grades.csv", "csv", True, "a/my.grades.csv", "a/my.journal.jsonl"),
    ],
)
def test_every_format_has_a_place_of_its_own_and_the_journal_of_all(path, form, is_class, found, journal):
    output = Output.for_path(None if path is None else Path(path), form, is_class=is_class)
    assert (output.path, output.journal) == (Path(found), Path(journal))
    assert {output.path, output.journal} <= set(output.own)


def test_a_file_is_written_whole_and_nothing_beside_it(tmp_path):
    output = Output.for_path(tmp_path / "new" / "er" / "g.csv", "csv", is_class=True)
    output.check()
    assert not (tmp_path / "new").exists()
    assert output.write(RESULTS) == [output.path]
    assert output.path.read_text(encoding="utf-8") == writers.write_csv(RESULTS)
    assert [path.name for path in output.path.parent.iterdir()] == ["g.csv"]


@pytest.mark.parametrize("write", [writers.write_json, writers.write_gradescope])
def test_json_can_be_read_by_people_too(write):
    text = write([Result("Zo\u00eb", "add", "failed", message="caf\u00e9")])
    assert "caf\u00e9" in text
    assert len(text.splitlines()) > 5


@pytest.mark.parametrize(
    ("place", "form", "said"),
    [
        ("new.json", "gradescope", "gradescope writes one file a student, into a folder"),
        ("a file", "gradescope", "gradescope writes one file a student, into a folder"),
        ("a folder", "csv", "is a folder. Give a file: --out"),
        ("a file/g.csv", "csv", "cannot be written (Not a directory). Give another place: --out"),
        ("a file/g", "gradescope", "cannot be written (Not a directory). Give another place: --out"),
    ],
)
def test_where_results_cannot_go_is_told_before_there_are_any(place, form, said, tmp_path):
    (tmp_path / "a file").write_text("mine")
    (tmp_path / "a folder").mkdir()
    output = Output.for_path(tmp_path / place, form, is_class=True)
    with pytest.raises(OutputError, match=re.escape(said)):
        output.check()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a file", "a folder"]
    assert (tmp_path / "a file").read_text() == "mine"
