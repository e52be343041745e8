"""A folder of submissions: whose answers are found in it, and which of several counts."""

import json
import os

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.grading.submissions.reading import MOST_BYTES, read_submissions
from handgrad.demos.grading.submissions.submission import SubmissionsError
from handgrad.demos.katas.workspace.workspace import start
from tests.demos.grading.classes import COURSE, RIGHT, by_student, grade, hand_in, refused

pytestmark = pytest.mark.usefixtures("kept_workers")


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
        "empty": ("refused", "No file is named as a kata. It holds no files."),
        "misnamed": ("passed", ""),
        "dora_work": ("refused", "dora_work.zip cannot be unpacked (BadZipFile). Hand in the files themselves."),
        "nozip": ("refused", "work.zip cannot be unpacked (BadZipFile). Hand in the files themselves."),
    }
    assert "Skipped, as no folder and no STUDENT_KATA.py: .DS_Store, test_multiply.py\n" in said


@pytest.mark.parametrize("names", [("", " (1)", " (2)"), ("", "-9", "-10"), ("_2", "(3)"), (" (1)", "-2")])
def test_of_several_uploads_the_latest_counts_and_the_message_says_so(names, tmp_path):
    *old, latest = [f"multiply{ending}" for ending in names]
    hand_in(tmp_path / "in", "ada", **dict.fromkeys(old, b"1/0"), **{latest: RIGHT})
    said = grade(tmp_path / "in", "--out", tmp_path / "g.json")
    ((result,),) = by_student(tmp_path / "g.json").values()
    assert result["status"] == "passed"
    assert result["message"].startswith(f"Graded: ada/{latest}.py. Handed in too, and not graded: ada/multiply")
    assert "Handed in more than once, and the message says which was graded: ada (multiply)\n" in said


def test_a_file_as_it_was_handed_out_stands_behind_one_that_was_worked_on(tmp_path):
    hand_in(tmp_path / "in", "ada", **{"multiply": RIGHT, "multiply (1)": COURSE["multiply"].stub.read_bytes()})
    grade(tmp_path / "in", "--out", tmp_path / "g.json")
    (result,) = by_student(tmp_path / "g.json")["ada"]
    assert result["status"] == "passed"
    assert "Graded: ada/multiply.py. Handed in too, and not graded: ada/multiply (1).py." in result["message"]


def test_a_folder_and_a_file_of_one_student_and_kata_are_both_named(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    (tmp_path / "in" / "ada_multiply.py").write_bytes(b"1/0")
    grade(tmp_path / "in", "--out", tmp_path / "g.json")
    ((result,),) = by_student(tmp_path / "g.json").values()
    assert result["status"] == "passed"
    assert result["message"] == "Graded: ada/multiply.py. Handed in too, and not graded: ada_multiply.py."


def test_two_names_that_differ_in_what_cannot_be_shown_are_two_students(tmp_path):
    names = ["ada", "ada\n", r"ada\n", r"ada\\n", "ada\udcff", r"ada\xff"]
    for number, name in enumerate(names):
        hand_in(tmp_path / "in", name, multiply=RIGHT.replace(b"b.data", b"%d.0" % number))
    (tmp_path / "in" / "ada\n_add.py").write_bytes(RIGHT)
    found = read_submissions(tmp_path / "in", COURSE).submissions
    assert len({s.student for s in found}) == len(names)
    assert sorted(s.kata for s in found if s.student == r"ada\n") == ["add", "multiply"]
    grade(tmp_path / "in", "--out", tmp_path / "g.json", "--kata", "multiply")
    for name in ("ada\n", r"ada\n"):  # as the file is called, and as it is shown
        assert "\nada\\n, multiply: " in grade(tmp_path / "in", "--out", tmp_path / "g.json", "--show", name)


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


def test_a_folder_without_answers_is_refused_in_a_sentence(tmp_path):
    run = CliRunner().invoke(main, ["grade", str(tmp_path)])
    assert (run.exit_code, "holds no answers" in " ".join(run.output.split())) == (2, True)


def read(folder):
    return {s.student: s for s in read_submissions(folder, COURSE).submissions}


def test_a_file_that_is_hidden_is_nothing_that_was_handed_in(tmp_path):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / ".DS_Store").write_bytes(b"")
    assert read(tmp_path)["ada"].problem == "No file is named as a kata. It holds no files."


def test_a_folder_that_cannot_be_read_is_said_and_the_others_are_read(tmp_path, monkeypatch):
    hand_in(tmp_path, "ada", add=RIGHT)
    hand_in(tmp_path, "bob", add=RIGHT)
    scan = os.scandir

    def scandir(path):
        if str(path).endswith("ada"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = read(tmp_path)
    assert found["ada"].problem == "The folder cannot be read (Permission denied)."
    assert found["bob"].content == RIGHT


def test_of_several_that_nobody_worked_on_the_latest_is_taken(tmp_path):
    stub = COURSE["multiply"].stub.read_bytes()
    hand_in(tmp_path, "ada", **{"multiply": stub.replace(b"\n", b"\r\n"), "multiply (1)": stub})
    found = read(tmp_path)["ada"]
    assert found.content == stub
    assert found.note == "Graded: ada/multiply (1).py. Handed in too, and not graded: ada/multiply.py."


def test_an_answer_is_as_large_as_it_may_be_and_no_larger(tmp_path):
    hand_in(tmp_path, "ada", add=b"#" * MOST_BYTES)
    hand_in(tmp_path, "bob", add=b"#" * (MOST_BYTES + 1))
    found = read(tmp_path)
    assert len(found["ada"].content) == MOST_BYTES
    assert (found["bob"].content, found["bob"].problem) == (
        None, "add.py is larger than 256 KB. Hand in the program alone.",
    )  # fmt: skip


def test_a_platforms_file_is_its_students_whatever_stands_before_the_katas_name(tmp_path):
    (tmp_path / "lovelaceada_12345_6789011_my_add.py").write_bytes(RIGHT)
    assert list(read(tmp_path)) == ["lovelaceada_12345"]


def test_answers_that_name_no_student_are_told_apart_from_other_files(tmp_path):
    for name in ("multiply.py", "notes.txt", "add.py"):
        (tmp_path / name).write_bytes(RIGHT)
    with pytest.raises(SubmissionsError, match=r"answers that name no student: add\.py, multiply\.py\. If all"):
        read(tmp_path)


def test_a_hidden_folder_is_no_students_but_one_that_only_looks_like_it_is(tmp_path):
    for name in (".git", "..ada"):
        hand_in(tmp_path, name, add=RIGHT)
    found = read_submissions(tmp_path, COURSE)
    assert [submission.student for submission in found.submissions] == ["..ada"]
    assert found.skipped == [".git"]
