"""Which katas count, and who has handed in none of them."""

import os

import pytest

from handgrad.demos.grading.submissions.submission import (
    Submission,
    SubmissionsError,
    changed_katas,
    complete_submissions,
    find_same_answers,
)
from tests.demos.grading.classes import COURSE, RIGHT, by_student, grade, hand_in, refused

pytestmark = pytest.mark.usefixtures("kept_workers")


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


def test_each_student_has_one_of_each_kata_that_counts_and_an_absent_one_says_why():
    ada, bob = Submission("ada", "add", b"x"), Submission("bob", "", None, "a link")
    katas = [COURSE["add"], COURSE["slope"]]
    assert complete_submissions([ada, bob], katas) == [
        ada,
        Submission("ada", "slope", None),
        Submission("bob", "add", None, "a link"),
        Submission("bob", "slope", None, "a link"),
    ]


def test_a_kata_counts_that_somebody_changed_in_more_than_its_line_ends():
    add, slope = COURSE["add"].stub.read_bytes(), COURSE["slope"].stub.read_bytes()
    handed_in = [
        Submission("ada", "slope", slope + b"#"),
        Submission("ada", "add", add.replace(b"\n", b"\r\n")),
        Submission("bob", "multiply", None, "a link"),
    ]
    assert [kata.name for kata in changed_katas(COURSE, handed_in)] == ["slope"]
    with pytest.raises(SubmissionsError, match="nobody has changed a kata"):
        changed_katas(COURSE, handed_in[1:])


def test_the_digest_tells_contents_and_problems_apart():
    several = [("x", ""), ("y", ""), (None, "a link"), (None, "a pipe")]
    digests = {Submission("s", "add", c and c.encode(), p).digest for c, p in several}
    assert len(digests) == len(several)


def test_the_same_answers_are_noted_and_never_what_was_handed_out():
    stub = COURSE["multiply"].stub.read_bytes()
    answers = {"ada": RIGHT, "carl": RIGHT + b"# mine", "dora": stub}
    answers["bob"] = b"\xef\xbb\xbf\n" + RIGHT.replace(b"\n", b"\r\n")
    answers["eve"] = stub.replace(b"\n", b" \n")
    found = find_same_answers(COURSE, [Submission(student, "multiply", text) for student, text in answers.items()])
    assert found == {("ada", "multiply"): ("bob",), ("bob", "multiply"): ("ada",)}
