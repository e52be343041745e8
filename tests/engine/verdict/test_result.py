"""The verdict on one node: its numbers, its terms and what is said of it."""

from __future__ import annotations

import json

import pytest

from handgrad import Status, Value, compare, gradcheck, manual

from ..slips.lecture import filled


def test_terms_are_one_an_edge_with_the_learners_own_upstream_gradients() -> None:
    with manual():
        x = Value(3.0, "x")
        square = x * x
        root = square + x
    root.grad, square.grad, x.grad = 1.0, 5.0, 31.0
    result = compare(root)[x]
    assert [(term.consumer, term.local, term.upstream) for term in result.terms] == [
        (root, 1.0, 1.0), (square, 3.0, 5.0), (square, 3.0, 5.0),
    ]  # fmt: skip
    assert result.status is Status.CARRIED
    assert sum(term.contribution for term in result.terms) == 31.0


def test_an_unfilled_upstream_gradient_in_a_term_is_the_sum_of_the_learners_own_contributions() -> None:
    with manual():
        x = Value(3.0, "x")
        gap = x * 2.0
        root = gap * 5.0 + gap * gap
    root.grad, x.grad = 10.0, 1.0
    [term] = compare(root)[x].terms
    assert (term.consumer, term.local, term.upstream) == (gap, 2.0, 10.0 * (5.0 + 2 * 6.0))


def test_a_result_tells_name_actual_expected_and_error() -> None:
    nodes = filled(a=-6.0)
    result = compare(nodes["L"])[nodes["a"]]
    assert (result.name, result.actual, result.expected, result.error) == ("a", -6.0, 6.0, 12.0)


def test_where_nothing_fits_that_is_said_and_the_nudge_test_is_offered() -> None:
    nodes = filled(a=-6.5)
    result = compare(nodes["L"])[nodes["a"]]
    assert result.slip is None
    assert result.note.startswith("a: no usual mistake gives this number. The nudge test helps: move a by 0.001")


def test_its_note_is_the_slip_or_that_nothing_explains_it_and_else_nothing() -> None:
    nodes = filled(a=-6.0, b=-4.37, e=None)
    comparison = compare(nodes["L"])
    notes = {result.name: result.note for result in comparison}
    assert notes["a"] == comparison[nodes["a"]].slip.message
    assert notes["b"].startswith("b: no usual mistake gives this number.")
    assert "divide the change of L by 0.001" in notes["b"]
    assert (notes["e"], notes["L"]) == ("", "")


def test_where_the_root_has_no_name_the_note_speaks_of_the_output() -> None:
    with manual():
        x = Value(3.0, "x")
        root = x * 1.7
    root.grad, x.grad = 1.0, 0.37
    assert "divide the change of the output by 0.001" in compare(root)[x].note


def test_a_check_of_rules_has_no_word_for_what_it_cannot_explain() -> None:
    check = gradcheck(Value(2.0, "x") * 3.0)
    assert [result.note for result in check] == ["", "", ""]


@pytest.mark.parametrize(
    ("grad", "actual", "error"), [(6.5, 6.5, 0.5), (None, None, None), (float("nan"), "nan", None), ("6", "'6'", None)]
)
def test_as_json_what_is_no_finite_number_is_its_repr(grad: object, actual: object, error: object) -> None:
    nodes = filled(a=grad)
    result = compare(nodes["L"])[nodes["a"]]
    written = json.loads(json.dumps(result.to_dict()))
    assert (written["actual"], written["error"], written["expected"]) == (actual, error, 6.0)
    assert (written["name"], written["op"], written["data"]) == ("a", None, 2.0)
    assert compare(nodes["L"])[nodes["e"]].to_dict()["op"] == "*"
    assert (written["slip"] is None) is (result.slip is None)


def test_it_is_shown_with_its_two_numbers_and_its_verdict() -> None:
    nodes = filled(a=6.5)
    assert repr(compare(nodes["L"])[nodes["a"]]) == "NodeResult(a: actual=6.5, expected=6.0, wrong)"
