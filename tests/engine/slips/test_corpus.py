"""The corpus of mistakes that people make: it knows each wrong answer, and plants what it says."""

import numpy as np
import pytest

from handgrad.demos.katas.authoring import wrong_answers
from tests.bench.belief import shares, table
from tests.engine.slips.corpus import Told, at_logits, in_numbers, kinds_of_the_course, people
from tests.engine.slips.corpus.beginners import Outcome, outcomes
from tests.engine.slips.corpus.families import SEEN, UNSEEN
from tests.engine.slips.corpus.logits import WRONG, softmax
from tests.engine.slips.planted import KINDS


def test_each_wrong_answer_of_the_course_has_a_kind_and_nothing_else_has():
    told = {(kata, name) for kata, kinds in kinds_of_the_course().items() for name in kinds}
    assert told == {(kata.name, name) for kata, name, _ in wrong_answers()}


def test_of_each_kind_it_is_said_how_often_people_make_it_and_who_says_so():
    made = {kind for kinds in kinds_of_the_course().values() for kind in kinds.values()} - {"other"}
    assert made | set(KINDS) | {kind for wrong in WRONG for kind in wrong.kinds} <= set(people())
    for kind, facts in people().items():
        assert 1 <= facts["weight"] <= 5, kind
        assert facts["what"].endswith("."), kind
        assert facts["sources"], kind


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_a_mistake_at_the_logits_is_one(wrong):
    z = np.random.default_rng(0).normal(size=(4, 3))
    y = np.eye(3)[[2, 0, 1, 0]]
    assert not np.allclose(wrong.of(softmax(z), y, z, 4), (softmax(z) - y) / 4)


def test_slips_are_planted_in_numbers_and_at_logits_and_most_are_told_first():
    numbers, logits = list(in_numbers(range(3))), list(at_logits(range(1), (None,)))
    assert {one.planted[0] for one in numbers} == set(KINDS)
    assert {one.group for one in logits} == {"logits, array", "logits, numbers", "logits, batch of numbers"}
    assert sum(one.first in one.planted for one in numbers) >= 0.9 * len(numbers)


def test_the_table_weighs_each_kind_by_how_often_it_is_made():
    told = [Told("x", "a", ("shape",), "shape"), Told("x", "b", ("double",), "none", ())]
    lines = table(told)
    assert [line.split()[:4] for line in lines[1:3]] == [["shape", "5", "1", "100%"], ["double", "2", "1", "0%"]]
    assert lines[2].endswith("none 1")
    assert lines[-1] == "told first, weighed by how often people make it: 71.4%; not named: 50.0%"
    assert max(map(len, lines)) <= 80


def test_a_kind_that_names_it_rightly_too_is_no_other():
    (_, line, _) = table([Told("x", "a", ("one-hot", "rule"), "rule")])
    assert line.split() == ["one-hot", "4", "1", "100%"]


def test_the_mistakes_of_beginners_are_named_where_all_digits_are_there_and_most_of_them_with_three():
    told = [one for family in ("cross-entropy", "linear mse") for one in outcomes(family, SEEN[family], seed=1)]
    exact = [one.outcome for one in told if one.fill.endswith("exact")]
    typed = [one.outcome for one in told if one.fill.endswith(("4", "3"))]
    assert exact.count("first") >= 0.95 * len(exact)
    assert typed.count("first") >= 0.9 * len(typed)
    assert {one.fill for one in told} >= {"blank exact", "filled exact", "filled 2"}


def test_the_two_halves_have_no_family_in_common():
    assert not set(SEEN) & set(UNSEEN)
    assert not {*SEEN.values()} & {*UNSEEN.values()}


def test_of_beginners_it_is_counted_what_was_told_in_lines_of_80_columns():
    lines = shares([Outcome("x", "blank 3", "sign", "first", ""), Outcome("x", "blank 3", "twice", "false", "")])
    assert lines[1].split() == ["all", "2", "50.0%", "0.0%", "0.0%", "50.0%"]
    assert max(map(len, lines)) <= 80
