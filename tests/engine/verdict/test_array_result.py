"""The verdict on an array: its counts, its entries and their terms, and all of it as JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from handgrad import Status, compare, gradients, label, manual
from handgrad.arrays import array, fill

from ..slips.array_exercise import MISTAKES, Exercise
from ..slips.array_programs import entries_of, program, run


@pytest.mark.parametrize("seed", range(15))
def test_the_terms_of_an_entry_add_up_to_what_the_chain_rule_gives(seed):
    made = program(seed)
    with manual():
        arrays, root = run(made, array)
        objects, root_of_numbers = run(made, entries_of)
    true = gradients(root_of_numbers)
    comparison = compare(root)
    for place in made.own:
        if arrays[place] in comparison.places:
            for at, entry in list(np.ndenumerate(objects[place]))[:6]:
                terms = comparison[arrays[place]][at].terms
                assert sum(term.local * term.upstream for term in terms) == pytest.approx(
                    true.get(entry, 0.0), 1e-9, 1e-12
                )


def test_a_term_names_the_entry_that_an_entry_goes_into():
    with manual():
        w = array([[1.0, 2.0], [3.0, 4.0]], label="w")
        x = array([[5.0, 6.0]], label="x")
        y = label(x @ w, "y")
        loss = (y * y).sum()
    fill(y, [[0.5, 0.25]])
    (term,) = compare(loss)[w][1, 0].terms
    assert (term.consumer, term.at, term.local, term.upstream, term.contribution) == (y, (0, 0), 6.0, 0.5, 3.0)


def test_an_index_of_one_entry_must_fit_the_array():
    with manual():
        w = array([[1.0, 2.0]], label="w")
        loss = (w * w).sum()
    result = compare(loss)[w]
    assert result[-1, -1].index == (0, 1)
    for index in (0, (0, 2), (0, 0, 0), slice(None)):
        with pytest.raises((IndexError, TypeError)):
            result[index]


@pytest.mark.parametrize("grad", [np.inf, np.array([np.nan, 1.0]), "a", [1.0], np.array([1.0, None]), {}, 1j])
def test_whatever_is_filled_in_can_be_written_as_json(grad):
    with manual():
        x = array([1.0, 2.0], label="x")
        mask = label(x + [0.0, -np.inf], "masked")
        loss = np.exp(mask).sum()
    x.grad = mask.grad = grad
    comparison = compare(loss)
    assert [r.status for r in comparison.arrays] == [Status.WRONG, Status.WRONG]
    written = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert {node["name"]: node["data"] for node in written["nodes"]}["masked"] == [1.0, None]
    assert str(comparison)


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return Exercise()


def rule_of(name: str, kind: str):
    return next({m.array: m.rule} for m in MISTAKES if m.array == name and kind in m.kinds)


def test_an_array_whose_true_gradient_is_zero_says_that_it_cannot_witness_a_mistake(exercise):
    exercise.fill()
    comparison = compare(exercise.values.loss)
    assert [result.name for result in comparison.arrays if not result.can_witness] == ["logit_maxes", "b1"]
    assert str(comparison).count("cannot witness a mistake") == 2


def test_a_result_says_what_the_lectures_cmp_says_and_where(exercise):
    d = exercise.fill()
    wrong = d.W2.copy()
    wrong[5, 7] += 0.5
    fill(exercise.values.W2, wrong)
    result = next(r for r in compare(exercise.values.loss).arrays if r.name == "W2")
    assert result.shape == (64, 27)
    assert (result.wrong, result.total, result.first_wrong) == (1, 1728, (5, 7))
    assert result.max_diff == pytest.approx(0.5)


def test_a_comparison_by_arrays_can_be_written_as_json(exercise):
    exercise.fill(rule_of("probs", "sign"))
    exercise.values.h.grad = np.where(exercise.numbers.h > 0.0, np.nan, exercise.numbers.h)
    exercise.values.b1.grad = "a text"
    written = json.loads(json.dumps(compare(exercise.values.loss).to_dict(), allow_nan=False))
    assert written["ok"] is False
    by_name = {node["name"]: node for node in written["nodes"]}
    assert by_name["probs"]["slip"]["kind"] == "sign"
    assert by_name["probs"]["op"] == "*"
    assert by_name["probs"]["shape"] == [32, 27]
    assert by_name["probs"]["data"][3][5] == exercise.numbers.probs[3, 5]
    assert by_name["probs"]["first_wrong"] == [0, int(exercise.Yb[0])]
    assert by_name["h"]["slip"]["kind"] == "not-finite"
    assert by_name["b1"]["actual"] == "'a text'"
