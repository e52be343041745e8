"""Slips are told in the learner's own names."""

from __future__ import annotations

import re

import pytest

from handgrad import Value, compare, gradients, label, manual
from handgrad.slips import messages

from .slipped import slip_after


def test_letters_of_a_rule_are_never_taken_for_the_learners_own_names() -> None:
    # y = b/a: the a and b of the rule of a quotient are the other way round here.
    slip = slip_after(lambda n: label(n["b"] / n["a"], "y"), "a", 2.7 / 1.3**2, a=1.3, b=2.7)
    assert slip.kind == "sign"
    slip = slip_after(lambda n: label(n["b"] / n["a"], "y"), "a", -1.0 / 1.3**2, a=1.3, b=2.7)
    assert "you used -1/a^2" in slip.message
    # y = exp(u) in a graph whose x is another node.
    slip = slip_after(lambda n: label(label(n["x"] * 2.5, "u").exp(), "y"), "u", 0.75, x=0.3)
    assert slip.message.startswith("u: you used u as the derivative of 'exp' in y: ")


def test_an_unlabelled_node_is_told_by_its_expression_and_not_by_an_invented_name() -> None:
    zs = {f"z{i}": v for i, v in enumerate((2.0, 1.0, 0.3))}
    with manual():
        nodes = {name: Value(data, name) for name, data in zs.items()}
        total = nodes["z0"].exp() + nodes["z1"].exp() + nodes["z2"].exp()
        root = total.log() * 1.7
    for node, gradient in gradients(root).items():
        node.grad = gradient
    total.grad *= -1.0
    assert "extra minus between log(" in compare(root)[total].slip.message


@pytest.mark.parametrize(
    ("template", "name", "said"),
    [
        ("{x}", "u", "u"),
        ("{x}", "a + b", "a + b"),
        ("1 - {x}^2", "a + b", "1 - (a + b)^2"),
        ("-1/{x}^2", "u[0]", "-1/u[0]^2"),
        ("log({x})", "a + b", "log(a + b)"),
        ("|{x}|", "a - b", "|(a - b)|"),
        ("{x}*({x} + 1)", "a + b", "(a + b)*((a + b) + 1)"),
        ("which way does -{x} move when {x} grows?", "a + b", "which way does -(a + b) move when a + b grows?"),
    ],
)
def test_an_expression_in_a_formula_gets_the_brackets_that_it_needs(template: str, name: str, said: str) -> None:
    assert messages.in_own_names(template, {"x": name}) == said


def test_the_letters_of_a_rule_are_the_operands_in_their_order_and_the_output() -> None:
    assert messages.letters("y", ["u", "v"]) == {"a": "u", "b": "v", "x": "u", "y": "y"}
    assert messages.letters("y", ["u"]) == {"a": "u", "x": "u", "y": "y"}


@pytest.mark.parametrize(
    ("words", "said"),
    [("{x}", "you used u as"), ("{a}", "you used u as"), ("1 - {x}", "you used 1 - u as")],
)
def test_an_input_that_was_used_for_a_slope_has_its_own_name(words: str, said: str) -> None:
    named = messages.letters("y", ["u", "v"])
    assert said in messages.slope_of(words, "is it?")("'exp' in y", named)


def test_where_each_application_is_meant_nobodys_names_are_said() -> None:
    said = messages.slope_of("1 - {y}", "where is the square of {y}?")("each 'tanh'", messages.OF_EACH)
    assert said == "you used 1 - (its output) as the derivative of each 'tanh': where is the square of its output?"


@pytest.mark.parametrize(("name", "said"), [("u", "that is u.data, "), ("a + b", "that is (a + b).data, ")])
def test_the_data_of_an_expression_stand_behind_its_brackets(name: str, said: str) -> None:
    assert messages.data(name).startswith(said)


def test_one_thing_is_and_several_are() -> None:
    assert messages.not_added(["u"]).startswith("you left out the contribution from u;")
    assert messages.not_added(["u", "v"]).startswith("you left out the contributions from u and v;")


@pytest.mark.parametrize(
    ("name", "written"), [("u", "1 - u"), ("e[:, None]", "1 - e[:, None]"), ("a + b", "1 - (a + b)")]
)
def test_a_name_gets_the_brackets_that_it_needs_in_a_formula_and_no_others(name: str, written: str) -> None:
    assert messages.in_own_names("1 - {b}", {"b": name}) == written


@pytest.mark.parametrize(
    ("axes", "count", "said"),
    [
        ((0,), 2, "one row"),
        ((1,), 2, "one column"),
        ((0,), 1, "one entry"),
        ((0, 1), 2, "one entry"),
        ((2,), 3, "one entry along axis 2"),
        ((0, 2), 3, "one entry along axes 0 and 2"),
    ],
)
def test_a_place_along_some_axes_is_a_row_a_column_or_an_entry(axes: tuple[int, ...], count: int, said: str) -> None:
    assert messages.some(axes, count) == said


@pytest.mark.parametrize(
    ("name", "said"), [("p - y", "(p - y)^(2-1)"), ("(p - y)", "(p - y)^(2-1)"), ("(p)*(y)", "((p)*(y))^(2-1)")]
)
def test_a_name_in_brackets_gets_no_second_pair(name, said):
    assert messages.in_own_names("{a}^({b}-1)", {"a": name, "b": "2"}) == said


def test_no_sentence_names_a_node_by_a_number_that_was_computed_or_by_its_place():
    targets = (0.3123123123, -1.7109609061951916, 0.5550001)
    with manual():
        w, xs = Value(0.5, "w"), [Value(0.1 * i + 0.7, f"x{i}") for i in range(3)]
        loss = label(sum(((w * x - t) ** 2 for x, t in zip(xs, targets)), Value(0.0)) / 3, "loss")
    right = gradients(loss)
    for wrong in right:
        for factor in (-1.0, 2.0, 1.2345678):
            for node, gradient in right.items():
                node.grad = gradient
            wrong.grad *= factor
            comparison = compare(loss)
            names = [result.name for result in comparison if not result.node.is_constant]
            said = " ".join([*names, comparison[wrong].note])
            assert not re.search(r"\d\.\d{8}|(?:^| )(?:leaf|minus|[-+*/])\d|\.\.\. [-+*/]|[-+*/] \.\.\.", said), said


@pytest.mark.parametrize(
    ("name", "said"), [("w", "w.data"), ("z[0][1]", "z[0][1].data"), ("h (2)", "(h (2)).data"), ("x*y", "(x*y).data")]
)
def test_the_data_of_a_node_are_written_with_brackets_only_where_python_needs_them(name, said):
    assert messages.data(name).startswith(f"that is {said}, ")


def test_a_factor_that_is_told_in_words_is_called_no_factor_besides() -> None:
    assert messages.factor_left_out("gain") == "the factor gain is left out once."
    assert messages.factor_too_often("the product in L").startswith("the product in L is multiplied in once too often")
