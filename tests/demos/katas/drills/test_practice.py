"""Practice: answers that are judged, counted and told."""

import random
import re

import pytest

from handgrad import HandgradError, gradients, viz
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.drills.drill import LEVELS, make_drill
from handgrad.demos.katas.workspace.workspace import start
from tests.demos.commands import handgrad
from tests.demos.katas.drills.practising import practise


def answers(seed, level, count):
    """The right answers, in order."""
    rng = random.Random(f"{seed} {level}")
    while count > 0:
        drill = make_drill(rng, level)
        true = gradients(drill.root)
        for node in drill.asked[:count]:
            yield repr(true[node])
        count -= len(drill.asked)


@pytest.mark.parametrize("level", LEVELS)
def test_right_answers_all_count(level):
    typed = list(answers(7, level, 12))
    result = practise("\n".join([*typed, "q"]) + "\n", "--level", str(level))
    assert result.exit_code == 0
    assert f"{len(typed)} of {len(typed)} right at the first try." in result.output
    assert f"handgrad practice --seed 7 --level {level}" in result.output


def test_lost_minus_is_named_and_tried_again():
    seed = next(n for n in range(99) if " * " in make_drill(random.Random(f"{n} 1"), 1).steps[0][1])
    (right,) = answers(seed, 1, 1)
    result = practise(f"{-float(right)!r}\n{right}\n", "--seed", str(seed))
    assert "right magnitude, wrong sign" in result.output
    assert "0 of 1 right at the first try." in result.output


def test_drills_are_numbered_and_stand_above_their_questions():
    lines = practise("\n".join([*answers(7, 1, 2), "q"]) + "\n").output.splitlines()
    assert lines[0] == "Level 1: one operation. Seed 7."
    first, second = lines.index("Drill 1"), lines.index("Drill 2")
    assert lines[first + 1 : first + 5] == ["    a = -6    b = -3", "    L = b / a   = 0.5", "", "    L.grad = 1"]
    assert [line.partition(" = ")[0] for line in lines[first + 5 : second] if ".grad" in line] == [
        "    a.grad",
        "    b.grad",
    ]


def test_a_row_of_right_answers_is_told_from_the_fifth_on_and_ends_with_a_wrong_one():
    right = list(answers(7, 1, 12))
    output = practise("\n".join([*right[:6], "999.9", *right[6:], "q"]) + "\n").output
    assert re.findall(r"\d+ in a row", output) == ["6 in a row", "5 in a row"]
    assert "11 of 12 right at the first try." in output


@pytest.mark.parametrize("factor", [0.37, 7.3])
def test_a_factor_that_no_drill_could_have_is_not_explained(factor):
    (right,) = answers(7, 1, 1)
    assert "\n        a: no.\n" in practise(f"{factor * float(right)!r}\nq\n").output


def test_the_way_out_is_told_with_the_third_wrong_answer_and_help_while_there_is_some():
    told = "show shows the number and goes on."
    assert told not in practise("999.9\n" * 2).output
    assert f"        Enter helps, {told}\n" in practise("999.9\n" * 3).output
    assert f"        {told}\n" in practise("\n" * 3 + "999.9\n" * 3).output


def test_answer_is_told_when_asked_for_and_only_then():
    wrong = practise("999.9\n" * 9)
    assert "It is" not in wrong.output
    assert wrong.output.count("show shows the number and goes on.") == 1
    result = practise("999.9\nshow\n")
    assert re.search(r"It is \S+: 1 \* ", result.output)
    assert "0 of 1 right at the first try." in result.output


def test_drill_is_drawn_with_what_is_filled_in_and_the_file_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opened = []
    monkeypatch.setattr("handgrad.demos.katas.drills.asking.open_outside", opened.append)
    (right,) = answers(7, 2, 1)
    result = practise(f"{right}\ndraw\n", "--level", "2")
    picture = tmp_path / "out" / "drill.svg"
    assert f"The graph: {picture}" in result.output
    assert opened == [picture]
    assert "?" in picture.read_text(encoding="utf-8")
    start(tmp_path / "ws", Course())
    monkeypatch.chdir(tmp_path / "ws")
    assert f"The graph: {tmp_path / 'ws' / '.handgrad' / 'drill.svg'}" in practise("draw\n").output


def test_where_a_drill_cannot_be_drawn_that_is_told_and_it_goes_on(tmp_path, monkeypatch):
    def fails(*_):
        raise HandgradError("nothing here draws.")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(viz, "save", fails)
    output = practise("\n".join(["draw", *answers(7, 1, 1), "q"]) + "\n").output
    assert "        nothing here draws.\n" in output
    assert "The graph" not in output
    assert "1 of 1 right" in output


def test_a_right_number_is_told_as_it_is_shown_unless_it_was_typed_so():
    seed = next(n for n in range(99) if " + " in make_drill(random.Random(f"{n} 1"), 1).steps[0][1])
    output = practise("1\n2/2\nq\n", "--seed", str(seed)).output
    assert re.findall(r"        (Right.*)", output) == ["Right.", "Right: 1."]


def test_words_stay_whole_on_a_narrow_terminal(monkeypatch):
    wide = practise("1\n\n\n2\n3\n")
    monkeypatch.setenv("COLUMNS", "50")
    narrow = practise("1\n\n\n2\n3\n")
    *lines, command = narrow.output.splitlines()  # the last one is to be copied whole
    assert command.endswith("handgrad practice --seed 7 --level 1")
    assert max(map(len, lines)) < 50 < max(map(len, wide.output.splitlines()))
    assert narrow.output.split() == wide.output.split()


def test_nonsense_and_enter_do_not_count():
    result = practise("what\n\n3,5\nq\n")
    assert "is used in" in result.output
    assert "a point, not a comma" in result.output
    assert "Nothing answered yet." in result.output


def test_same_seed_same_drill_and_seed_is_told():
    assert practise("q\n").output == practise("q\n").output
    free = handgrad("practice", input="q\n").output
    assert re.search(r"--seed \d+ --level 1", free)


@pytest.mark.rest
def test_lines_fit_80_columns():
    for level in map(str, LEVELS):
        output = practise("1\n2\n\n3\nhello\n" * 20, "--level", level).output
        assert max(map(len, output.splitlines())) <= 80


def test_names_may_be_typed_and_a_question_mark_says_what_may():
    said = practise("?\nL.grad*0 + b.data\nq\n").output
    assert "names too: b is its number, L.grad a gradient that is there" in " ".join(said.split())
    assert "is no number" not in said
