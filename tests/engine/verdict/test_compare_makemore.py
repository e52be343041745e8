"""One red array a mistake, and none for what is right: the exercise of makemore part 4."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from handgrad import Comparison, Status, compare
from handgrad.arrays import fill, grads
from handgrad.demos.makemore import model
from handgrad.testing import GradientError, assert_gradients

from ..slips.array_exercise import MISTAKES, RULES, Exercise, one_hot, targets


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return Exercise()


@pytest.fixture(scope="module")
def small_exercise() -> Exercise:
    """A quarter of the batch, for the tests that judge it a hundred times."""
    return Exercise(batch=8)


def causes(comparison: Comparison) -> list[str]:
    return [result.name for result in comparison.arrays if result.status is Status.WRONG]


def rule_of(name: str, kind: str):
    return next({m.array: m.rule} for m in MISTAKES if m.array == name and kind in m.kinds)


def clear(exercise: Exercise) -> None:
    for name in RULES:
        getattr(exercise.values, name).grad = None


def test_the_lectures_own_formulas_are_all_right(exercise):
    exercise.fill()
    comparison = compare(exercise.values.loss)
    assert comparison.ok
    assert all(result.status is Status.CORRECT for result in comparison.arrays)


def test_the_short_forms_of_cross_entropy_and_batch_norm_are_right_with_gaps_between(exercise):
    d, x = exercise.fill(), exercise.numbers
    clear(exercise)
    fill(exercise.values.logits, (x.probs - targets(x)) / x.n)
    fill(exercise.values.hpreact, d.hpreact)
    spread = x.n / (x.n - 1) * x.bnraw * (d.hpreact * x.bnraw).sum(0)
    fill(exercise.values.hprebn, x.bngain * x.bnvar_inv / x.n * (x.n * d.hpreact - d.hpreact.sum(0) - spread))
    comparison = compare(exercise.values.loss)
    filled = [result.name for result in comparison.arrays if result.status is Status.CORRECT]
    assert filled == ["logits", "hpreact", "hprebn"]
    assert {result.status for result in comparison.arrays} == {Status.CORRECT, Status.MISSING}


def test_autodiffs_own_numbers_are_exact(exercise):
    built = model.build_nodes(exercise.p, exercise.Xb, exercise.Yb)
    built.loss.backward()
    comparison = compare(built.loss)
    assert comparison.ok
    assert all(result.max_diff == 0.0 for result in comparison.arrays)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: f"{m.array}-{m.kinds[0]}")
def test_a_single_mistake_makes_its_array_red_and_no_other(small_exercise, mistake):
    small_exercise.fill({mistake.array: mistake.rule})
    assert causes(compare(small_exercise.values.loss)) == [mistake.array]


def _cancel(one, other) -> bool:
    """Two lost signs, one after the other, give the right numbers again: nothing is left to be seen."""
    return "sign" in one.kinds and "sign" in other.kinds


PAIRS = [p for p in combinations(MISTAKES, 2) if p[0].array != p[1].array and not _cancel(*p)]


@pytest.mark.parametrize("pair", random.Random(5).sample(PAIRS, 40), ids=lambda p: f"{p[0].array}+{p[1].array}")
def test_two_mistakes_make_two_arrays_red(small_exercise, pair):
    small_exercise.fill({mistake.array: mistake.rule for mistake in pair})
    assert set(causes(compare(small_exercise.values.loss))) == {mistake.array for mistake in pair}


def test_what_only_follows_is_carried(exercise):
    exercise.fill(rule_of("probs", "sign"))
    by_name = {result.name: result for result in compare(exercise.values.loss).arrays}
    assert by_name["logprobs"].status is Status.CORRECT
    assert by_name["counts"].status is by_name["C"].status is Status.CARRIED
    assert by_name["counts"].slip is None


def test_a_mistake_in_an_array_that_cannot_witness_it_is_no_red_array(exercise):
    exercise.fill({"logit_maxes": lambda x, d: d.norm_logits.sum(1, keepdims=True)})
    assert compare(exercise.values.loss).ok


def test_a_nonzero_number_in_an_array_whose_gradient_is_zero_is_seen(exercise):
    exercise.fill({"logit_maxes": lambda x, d: (-d.norm_logits * one_hot(x)).sum(1, keepdims=True)})
    assert causes(compare(exercise.values.loss)) == ["logit_maxes"]


def test_the_table_has_a_row_an_array_and_says_where_to_start(exercise):
    exercise.fill(rule_of("bndiff", "missing-path"))
    lines = str(compare(exercise.values.loss)).splitlines()
    assert ["array", "shape", "max", "diff", "status"] in [line.split() for line in lines[:12]]
    row = next(line for line in lines if line.startswith("bndiff "))
    assert "(32, 64)" in row
    assert row.endswith("WRONG")
    assert lines[0] == "Fix first: bndiff."


def test_only_the_arrays_asked_for_are_listed_and_what_is_filled_in_counts(exercise):
    exercise.fill(rule_of("probs", "sign"))
    comparison = compare(exercise.values.loss, nodes=[exercise.values.W2, exercise.values.b2])
    assert [(r.name, r.status) for r in comparison.arrays] == [("W2", Status.CARRIED), ("b2", Status.CARRIED)]


def test_comparing_writes_nothing(exercise):
    exercise.fill(rule_of("probs", "sign"))
    before = grads(exercise.values.hprebn)
    str(compare(exercise.values.loss))
    assert grads(exercise.values.hprebn).tolist() == before.tolist()


def test_assert_gradients_prints_the_table_of_arrays(exercise):
    exercise.fill(rule_of("probs", "sign"))
    with pytest.raises(GradientError, match="probs"):
        assert_gradients(exercise.values.loss)
