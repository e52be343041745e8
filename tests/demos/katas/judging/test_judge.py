"""The judge: a verdict for every kind of answer, and nothing left lying about."""

import json
import tempfile

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.judge import judge


def test_solution_passes(kata, warm):
    verdict = judge(kata, kata.solution, run=warm.run)
    assert verdict
    assert (verdict.status, verdict.passed, verdict.failures) == ("passed", 5, ())


def test_wrong_gradient_brings_table_slip_comparison_and_picture(kata, minus, warm, tmp_path):
    picture = tmp_path / "pictures" / "mine.svg"
    verdict = judge(kata, minus, picture=picture, run=warm.run)
    assert verdict.status == "failed"
    assert "Called mine(a, b, product, L)" in verdict.message
    assert "wrong sign" in verdict.message
    assert verdict.slips == ("sign",)
    assert [n["status"] for n in verdict.comparison["nodes"]] == ["correct", "wrong", "carried", "carried"]
    assert verdict.picture == picture
    assert 'stroke="red"' in picture.read_text(encoding="utf-8")
    assert json.loads(json.dumps(verdict.to_dict()))["status"] == "failed"


@pytest.mark.parametrize("name", ["used_twice", "marking", "overwritten"])
def test_of_several_failures_the_picture_is_of_the_one_that_the_table_is_of(name, warm, tmp_path):
    kata, picture = Course()[name], tmp_path / "picture.svg"
    verdict = judge(kata, kata.stub, picture=picture, run=warm.run)
    assert len(verdict.failures) > 1
    drawn = picture.read_text(encoding="utf-8")
    assert all(f"{abs(node['data']):.6g}" in drawn for node in verdict.comparison["nodes"])


def test_where_it_is_only_asked_whether_all_pass_the_first_failure_is_the_last(warm):
    kata = Course()["used_twice"]
    assert len(judge(kata, kata.stub, run=warm.run).failures) > 1
    (failure,) = judge(kata, kata.stub, until="", run=warm.run).failures
    assert failure.status == "failed"
    assert "Expected" not in failure.message  # the words, which nobody asks for
    assert judge(kata, kata.solution, until="", run=warm.run).ok


def test_where_it_is_asked_whether_something_is_told_the_first_failure_that_tells_it_is_the_last(warm):
    kata = Course()["used_twice"]
    every = judge(kata, kata.stub, run=warm.run).failures
    last = every[-1].message
    assert [failure.message == last for failure in every].count(True) == 1
    assert judge(kata, kata.stub, until=last.replace(" ", "\n"), run=warm.run).failures == every
    assert judge(kata, kata.stub, until=every[1].message, run=warm.run).failures == every[:2]
    assert judge(kata, kata.stub, until="what nobody says", run=warm.run).failures == every


def test_table_does_not_tell_the_answers(kata, warm):
    verdict = judge(kata, kata.stub, run=warm.run)
    for node in verdict.comparison["nodes"][1:]:
        assert f"{node['expected']:.6g}" not in verdict.message.replace("Expected", "") or node["expected"] in (
            1.0,
            *(n["data"] for n in verdict.comparison["nodes"]),
        )


def test_kata_that_passes_leaves_a_picture_with_nothing_in_red(kata, minus, warm, tmp_path):
    picture = tmp_path / "mine.svg"
    judge(kata, minus, picture=picture, run=warm.run)
    assert judge(kata, kata.solution, picture=picture, run=warm.run).picture == picture
    drawn = picture.read_text(encoding="utf-8")
    assert 'stroke="red"' not in drawn
    assert "product" in drawn
    assert "?" not in drawn.partition("<svg")[2]


def test_old_picture_goes_where_a_kata_that_passes_has_no_graph(warm, tmp_path):
    slope, picture = Course()["slope"], tmp_path / "slope.svg"
    picture.write_text("old", encoding="utf-8")
    assert judge(slope, slope.solution, picture=picture, run=warm.run).picture is None
    assert not picture.exists()


def test_print_of_the_answer_is_shown(kata, warm, answer):
    text = kata.stub.read_text(encoding="utf-8") + "    print('a is', a.data)\n"
    assert "a is 4." in judge(kata, answer(text), run=warm.run).output


def test_no_temporary_file_is_left(kata, warm, answer, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    judge(kata, answer("while True: pass"), timeout=0.2, run=warm.run)
    judge(kata, kata.solution, run=warm.run)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_verdict_is_not_lost_where_the_picture_of_before_cannot_be_removed(kata, tmp_path, warm):
    """A folder stands for what a disk that cannot be written refuses to remove."""
    picture = tmp_path / "in the way.svg"
    picture.mkdir()
    assert judge(kata, kata.solution, picture=picture, run=warm.run).ok


def test_a_gradient_that_the_answer_deletes_is_missing_and_no_traceback_of_the_judge(warm, answer):
    multiply = Course()["multiply"]
    deleting = multiply.solution.read_text(encoding="utf-8") + "    del a.grad\n"
    verdict = judge(multiply, answer(deleting), run=warm.run)
    assert verdict.status == "failed"
    assert [n["status"] for n in verdict.comparison["nodes"] if n["name"] == "a"] == ["missing"]
    assert "AttributeError" not in verdict.message
