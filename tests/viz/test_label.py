"""What stands on the card of a number, and in the foot of a picture."""

from __future__ import annotations

import contextlib
import re

import numpy as np
import pytest

from handgrad import Value, compare, gradcheck, label, manual, op, viz
from handgrad.arrays import array, fill
from handgrad.viz import theme
from handgrad.viz.label import (
    card_of,
    escape_label,
    foot_label,
    is_untouched,
    judged_label,
    name_cell,
    shorten,
    wrap,
)

from .drawn import attribute, attributes, cards, said
from .graphs import RIGHT, TWO_MISTAKES, lecture


def test_a_cause_tells_its_slip_and_a_carried_one_says_carried():
    comparison = compare(lecture(TWO_MISTAKES))
    drawn = cards(viz.draw(comparison))
    slip = next(result.slip for result in comparison.causes if result.name == "d")
    said = re.sub(r"<[^>]*>", " ", drawn["d"])
    assert slip is not None
    assert all(word in said for word in slip.message.split()[:4])
    assert "carried" in drawn["a"]
    assert "carried" not in drawn["d"]


def test_a_cause_without_a_slip_says_that_the_mistake_is_made_here():
    comparison = compare(lecture({**RIGHT, "f": 1.2345}))
    assert comparison.causes[0].slip is None
    assert "the mistake is made here" in cards(viz.draw(comparison))["f"]


def test_zero_and_not_filled_in_look_different():
    drawn = cards(viz.draw(compare(lecture({**RIGHT, "a": 0.0, "b": None}))))
    assert ">0<" in drawn["a"]
    assert ">?<" in drawn["b"]
    assert attribute(drawn["a"], "style") != attribute(drawn["b"], "style")
    assert attribute(drawn["b"], "color") != "red"
    plain = cards(viz.draw(lecture({"a": 0.0})))
    assert ">0<" in plain["a"]
    assert ">?<" in plain["b"]
    assert attribute(plain["a"], "style") != attribute(plain["b"], "style")


def test_a_right_one_says_ok_and_a_graph_that_is_not_compared_says_nothing():
    assert ">ok<" in cards(viz.draw(compare(lecture(RIGHT))))["a"]
    assert ">ok<" not in viz.draw(lecture(RIGHT)).source


def test_the_expected_number_stands_on_wrong_and_missing_cards_only_when_revealed():
    comparison = compare(lecture({**RIGHT, "a": 5.0, "b": None}))
    assert "expected" not in viz.draw(comparison).source
    revealed = cards(viz.draw(comparison, reveal=True))
    assert ">6<" in revealed["a"]
    assert ">-4<" in revealed["b"]
    assert "expected" not in revealed["c"]


def test_numbers_show_the_digits_in_which_they_differ():
    revealed = cards(viz.draw(compare(lecture({**RIGHT, "a": 6.0001000}), typed=False), reveal=True))
    assert ">6.0001<" in revealed["a"]
    close = cards(viz.draw(compare(lecture({**RIGHT, "a": 6.00000001}), typed=False, rtol=1e-12), reveal=True))
    assert ">6.00000001<" in close["a"]


def test_a_constant_is_drawn_without_a_gradient():
    a = Value(3.0, "a")
    line = next(line for line in viz.draw(a * 2).source.splitlines() if "tooltip=2" in line)
    assert "grad" not in line


def test_the_legend_explains_only_what_occurs_and_can_be_left_out():
    assert "not filled in" in viz.draw(lecture()).source
    right = viz.draw(compare(lecture(RIGHT))).source
    assert "correct" in right
    assert "a mistake is made here" not in right
    assert "correct" not in viz.draw(compare(lecture(RIGHT)), legend=False).source


def test_a_check_of_rules_uses_its_own_words_and_says_what_it_skipped():
    cube = op("cube", lambda x: x**3, lambda x, y: 2 * x**2)
    y = cube(Value(2.0, "x")) + Value(0.0, "z").relu()
    source = viz.draw(gradcheck(y), reveal=True).source
    assert "by rule" in source
    assert "measured" in source
    assert "not smooth" in re.sub(r"<[^>]*>", " ", source)


def test_a_node_that_is_not_asked_for_is_plain():
    root = lecture(RIGHT)
    root.operands[0].grad = 99.0
    line = cards(viz.draw(compare(root, nodes=[root])))["d"]
    assert attribute(line, "color") != "red"
    assert ">ok<" not in line


def test_a_labelled_number_is_a_card_and_an_expected_number_is_revealed_on_it():
    with manual():
        s, x = Value(2.0, "temperature"), array([1.0, 3.0], label="x")
        loss = (x / s).sum()
    fill(x, [0.5, 0.5])
    s.grad = 1.0
    comparison = compare(loss)
    line = cards(viz.draw(comparison))["temperature"]
    assert "color=red" in attributes(line)
    assert ">-1<" not in line
    assert ">-1<" in cards(viz.draw(comparison, reveal=True))["temperature"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b> & \"c\" 'd'", "&lt;b&gt; &amp; &quot;c&quot; &#x27;d&#x27;"),
        ("a\\N", "a\\\\N"),
        ("two\nlines", "two\\\\nlines"),
    ],
)
def test_a_text_is_made_safe_for_a_label(text, shown):
    assert escape_label(text) == shown


@pytest.mark.parametrize(("length", "shown"), [(24, 24), (25, 24), (300, 24)])
def test_a_name_has_at_most_twenty_four_characters(length, shown):
    name = shorten("n" * length)
    assert len(name) == shown
    assert name.endswith("...") is (length > 24)


def test_a_sentence_is_wrapped_to_lines_that_do_not_stretch_a_card():
    lines = wrap("so many words " * 60)
    assert len(lines) == theme.LONGEST_NOTE
    assert max(map(len, lines)) <= theme.NOTE_WIDTH
    assert lines[-1].endswith(" ...")


def test_a_foot_without_anything_to_say_is_none():
    assert foot_label([], "") == ""
    assert said(foot_label([], "Showing 3 of 9 nodes.")).split()[:5] == ["Showing", "3", "of", "9", "nodes."]


def test_a_key_of_the_legend_looks_like_its_card():
    foot = foot_label(theme.LEGEND, "")
    boxes = re.findall(r'<TABLE BORDER="(\d)" [^>]*COLOR="([^"]*)" BGCOLOR="([^"]*)" STYLE="([^"]*)">', foot)
    assert boxes == [
        ("3", "red", "#fff0ee", "rounded"),
        ("1", "red", "#ffffff", "rounded,dashed"),
        ("1", "#8b929a", "#e6e8ea", "rounded,dotted"),
        ("1", "#7fae8e", "#ffffff", "rounded"),
    ]
    words = said(foot)
    assert [words.index(card.meaning) for card in theme.LEGEND] == sorted(words.index(c.meaning) for c in theme.LEGEND)
    assert ">?<" in foot
    assert ">ok<" in foot


def test_a_graph_that_is_not_compared_is_grey_where_a_gradient_is_to_be_filled_in():
    with manual():
        by_hand, array_by_hand = Value(2.0), array([1.0])
    assert card_of(by_hand, None) is card_of(array_by_hand, None) is theme.UNFILLED
    by_hand.grad, array_by_hand.grad = 0.0, np.zeros(1)
    assert card_of(by_hand, None) is card_of(array_by_hand, None) is theme.PLAIN
    assert card_of(Value(2.0), None) is card_of(array([1.0]), None) is theme.PLAIN
    assert card_of((Value(2.0) * 3.0).operands[1], None) is theme.CONSTANT


@pytest.mark.parametrize("mode", [manual, contextlib.nullcontext])
def test_a_grad_is_untouched_where_no_backward_pass_has_added_to_it(mode):
    with mode():
        number, numbers = Value(2.0), array([1.0])
    assert is_untouched(number) is is_untouched(numbers) is (mode is not manual)
    number.grad, numbers.grad = 0.5, np.zeros(1)
    assert not is_untouched(number)
    assert not is_untouched(numbers)


def test_a_number_judged_right_has_its_word_at_the_foot_and_a_wrong_one_its_sentence_below():
    right, wrong = (
        judged_label(card, "a", ("data", "2"), (number, 6.0), [], ("grad", "expected"), reveal=True)
        for card, number in ((theme.CORRECT, 6.0), (theme.WRONG, 5.0))
    )
    assert 'VALIGN="BOTTOM"' in right
    assert "expected" not in right
    assert said(wrong).split("expected")[1].split()[:1] == ["6"]
    assert 'COLSPAN="4"' in wrong
    assert "the mistake is made here" in wrong


def test_a_number_that_nobody_asks_for_shows_no_gradient_unless_there_is_one():
    empty, filled = (
        judged_label(theme.PLAIN, "a", ("data", "2"), (number, 6.0), [], ("grad", "expected"), reveal=True)
        for number in (None, 5.0)
    )
    assert "grad" not in empty
    assert ">5<" in filled
    assert "expected" not in filled


def test_the_uses_stand_under_the_name():
    cell = name_cell("w", theme.PLAIN, "20 uses")
    assert said(cell).split() == ["w", "20", "uses"]
    assert cell.index("<BR/>") < cell.index("20 uses")


def test_a_gradient_that_was_written_is_shown_where_no_backward_pass_has_started():
    x = Value(2.0, "x")
    loss = label(x * Value(3.0, "w"), "loss")
    x.grad = 3.0
    found = cards(viz.draw(loss))
    assert ">3<" in found["x"]
    assert ">grad<" in found["x"]
    assert ">grad<" not in found["w"]


def test_a_constant_with_a_name_has_its_number_under_it():
    k = Value.constant(0.5, "k")
    line = cards(viz.draw(Value(2.0, "x") * k))["k"]
    assert ">data<" in line
    assert ">0.5<" in line
