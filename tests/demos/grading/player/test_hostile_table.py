"""Some 110 hostile deeds in one class: none gets what it does not deserve, reaches outside or spoils the results."""

import csv
import hashlib
import json
import tempfile
from itertools import cycle
from pathlib import Path
from zlib import crc32

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.katas.course import Course
from tests.demos.grading.hostile import MARK
from tests.demos.grading.hostile.table import DEEDS, SLOW, WRONG, answer
from tests.drawing import draw

pytestmark = pytest.mark.rest
PLAIN, HONEST = "plainly wrong", "honest"


def handed_in(turn, deeds):
    """(student, kata, answer) of the class: each deed in one kata, in another turn in another."""
    for kata, right in ((kata, Course()[kata].solution.read_text(encoding="utf-8")) for kata in WRONG):
        yield PLAIN, kata, answer(kata)
        yield HONEST, kata, right
    katas = list(WRONG)
    for place, (student, deed) in enumerate(deeds.items(), turn):
        kata = katas[place % len(katas)]
        yield student, kata, answer(kata, deed)


def grade_them(top, turn, deeds):
    """The results by student and kata, and the CSV of the same grading."""
    folder = top / "in"
    for student, kata, text in handed_in(turn, deeds):
        (folder / student).mkdir(parents=True, exist_ok=True)
        (folder / student / f"{kata}.py").write_text(text, encoding="utf-8")
    before = fingerprint(folder)
    katas = [option for kata in WRONG for option in ("--kata", kata)]
    limits = ["--limits", "seconds=60,cpu=1,memory=512M"]
    for form in ("json", "csv"):  # the second from the journal of the first
        command = ["grade", str(folder), *katas, "--format", form, "--out", str(top / f"g.{form}"), *limits]
        run = CliRunner().invoke(main, command)
        assert run.exit_code == 0, run.output
    assert fingerprint(folder) == before
    return results_in(top / "g.json"), (top / "g.csv").read_text(encoding="utf-8")


def results_in(path):
    students = json.loads(path.read_text(encoding="utf-8"))["students"]
    return {(s["student"], result["kata"]): result for s in students for result in s["katas"]}


def fingerprint(folder):
    """Each file's content, mode and date of change."""
    return {
        path: (path.stat().st_mode, path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def deeds(request):
    return dict(draw(request, DEEDS.items(), 21))


@pytest.fixture(scope="module")
def graded(tmp_path_factory, pytestconfig, deeds):
    return grade_them(tmp_path_factory.mktemp("table"), crc32(pytestconfig.option.seed.encode()), deeds)


def test_the_set_is_as_large_as_it_says_and_four_turns_try_each_deed_in_each_kata():
    turns = [{(student, kata) for student, kata, _ in handed_in(turn, DEEDS)} for turn in range(4)]
    deeds = [{student for student, _ in one} - {PLAIN, HONEST} for one in turns]
    assert all(one == set(DEEDS) for one in deeds)
    assert len(DEEDS) > 105
    assert len(set().union(*turns)) == (len(DEEDS) + 2) * len(WRONG)


def test_no_deed_is_worth_more_than_the_same_answer_without_it(graded):
    results, _ = graded
    better = {
        place: (result["status"], result["credit"], result["message"])
        for place, result in results.items()
        if place[0] != HONEST
        and (result["status"] == "passed" or result["credit"] > results[PLAIN, place[1]]["credit"])
    }
    assert better == {}
    assert "ungraded" not in {result["status"] for result in results.values()}


def test_honest_answers_among_them_get_all_and_their_own(graded):
    results, _ = graded
    assert [results[HONEST, kata]["score"] for kata in WRONG] == [10.0] * len(WRONG)


def test_the_csv_is_whole_and_says_what_the_json_says(graded, deeds):
    results, text = graded
    rows = list(csv.DictReader(text.splitlines(keepends=True), strict=True))
    assert len(rows) == len(results) == (len(deeds) + 2) * len(WRONG)
    assert all(None not in row and None not in row.values() for row in rows)
    assert {(row["student"], row["kata"]): row["status"] for row in rows} == {
        place: result["status"] for place, result in results.items()
    }


def test_nothing_was_written_beside_the_class(graded):
    assert not (Path(tempfile.gettempdir()) / MARK).exists()


def test_what_takes_all_the_time_or_room_there_is_ends_and_passes_nothing(tmp_path, request):
    slow = draw(request, SLOW.items(), 2)
    for (student, deed), kata in zip(slow, cycle(WRONG)):
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / f"{kata}.py").write_text(answer(kata, deed), encoding="utf-8")
    katas = [option for kata in WRONG for option in ("--kata", kata)]
    command = [
        "grade",
        str(tmp_path / "in"),
        *katas,
        "--out",
        str(tmp_path / "g.json"),
        "--limits",
        "seconds=6,cpu=1,memory=512M",
    ]
    run = CliRunner().invoke(main, [*command, "--jobs", "6"])
    assert run.exit_code == 0, run.output
    results = [result for result in results_in(tmp_path / "g.json").values() if result["status"] != "missing"]
    assert len(results) == len(slow)
    assert {result["credit"] for result in results} == {0.0}
    assert {result["status"] for result in results} <= {"timeout", "error", "failed"}
