"""The card of an array: its name and shape, and what is to be said about its gradient."""

from __future__ import annotations

import re
import struct

import numpy as np
import pytest

from handgrad import Status, compare, gradcheck, op, viz
from handgrad.arrays import array, fill
from handgrad.viz import theme
from handgrad.viz.errors import OptionError

from .array_graphs import small
from .drawn import attributes, cards, said


def test_the_cause_is_red_and_heavy_and_what_follows_from_it_dashed(comparison):
    drawn = cards(viz.draw(comparison))
    for result in comparison.arrays:
        looks = attributes(drawn[result.name])
        is_red = result.status in (Status.WRONG, Status.CARRIED)
        assert ("color=red" in looks) == is_red
        assert ("dashed" in looks) == (result.status is Status.CARRIED)
        assert (f"penwidth={theme.CAUSE_WIDTH:g}" in looks) == (result.status is Status.WRONG)


def test_a_cause_says_its_shape_how_much_is_wrong_where_and_what_slipped(comparison):
    text = said(cards(viz.draw(comparison))["bndiff"])
    slip = next(result.slip for result in comparison.arrays if result.name == "bndiff")
    for words in ("(32, 64)", "2,048 of 2,048 wrong", "first [0, 0]", slip.message.removeprefix("bndiff: ")):
        assert words in text
    assert text.count("bndiff ") == 1


def test_an_array_that_is_no_witness_says_so(comparison):
    assert "no witness" in cards(viz.draw(comparison))["b1"]


def test_an_array_of_plain_numbers_is_a_small_card_of_its_shape():
    x = array([1.0, 2.0], label="x")
    loss = (x * np.array([3.0, 4.0])).sum()
    (constant,) = [line for name, line in cards(viz.draw(loss)).items() if "array of shape" in name]
    assert said(constant).split("=")[1].split() == ["(2,)", ">", "color"]


def test_a_graph_that_is_not_compared_has_no_verdicts():
    loss, *_ = small()
    drawn = viz.draw(loss)
    assert set(cards(drawn)) == {"x", "w", "y", "2", compare(loss).results[0].name}
    assert "color=red" not in drawn.source
    assert "dotted" in attributes(cards(drawn)["w"])
    assert "dotted" not in attributes(cards(drawn)["y"])


def test_an_unfilled_array_is_grey_and_says_question_mark():
    loss, *_ = small()
    line = cards(viz.draw(compare(loss)))["w"]
    assert f'color="{theme.UNFILLED.outline}"' in attributes(line)
    assert ">?<" in line
    assert theme.COLD_MISSING in line


def test_in_autodiff_mode_an_array_without_a_gradient_is_no_gap():
    x = array([1.0, 2.0], label="x")
    assert "dotted" not in viz.draw((x * 2).sum()).source


def test_an_array_that_is_not_asked_for_has_no_map():
    loss, _, w, _ = small()
    assert "BGCOLOR" not in cards(viz.draw(compare(loss, nodes=[w])))["x"]


def test_the_map_of_a_narrow_array_stands_where_its_name_starts(tmp_path):
    x = array([[1.0], [2.0]], label="a_name_that_is_wider")
    loss = np.exp(x).sum()
    loss.backward()
    svg = viz.save(compare(loss), tmp_path / "a.svg").read_text("utf-8")
    name = re.search(r'text-anchor="start" x="([-\d.]+)"[^>]*>a_name_that_is_wider<', svg)[1]
    squares = re.findall(rf'<polygon fill="{theme.COLD}" [^>]*points="([-\d.]+),', svg)
    assert len(squares) == 2
    assert min(map(float, squares)) == pytest.approx(float(name), abs=3.0)


def test_a_gradient_of_a_wrong_shape_has_no_map_and_the_card_says_its_shape():
    loss, _, w, _ = small()
    fill(w, [1.0, 2.0, 3.0])
    line = cards(viz.draw(compare(loss)))["w"]
    assert "color=red" in attributes(line)
    assert "(3,)" in said(line)
    assert "BGCOLOR" not in line


def test_a_gradient_that_is_no_array_is_said_to_be_none():
    loss, _, w, _ = small()
    w.grad = "twelve"
    line = cards(viz.draw(compare(loss)))["w"]
    assert "color=red" in attributes(line)
    assert "is a str" in said(line)


def test_an_array_without_entries_says_so():
    x, nothing = array([1.0], label="x"), array(np.zeros((0, 3)), label="nothing")
    loss = x.sum() + nothing.sum()
    loss.backward()
    line = cards(viz.draw(compare(loss)))["nothing"]
    assert "(0, 3)" in said(line)
    assert "it has no entries" in said(line)


@pytest.mark.parametrize("name", ['<b>&"\\N', "a|b", "two\nlines", "{x} [y]"])
def test_a_name_with_marks_is_drawn_as_it_is(name, tmp_path):
    x = array([1.0, 2.0], label=name)
    loss = np.exp(x * 2).sum()
    loss.backward()
    fill(x, x.grad * 3.0)
    drawn = viz.draw(compare(loss), derivatives=True)
    svg = viz.save(drawn, tmp_path / "a.svg").read_text("utf-8")
    shown = name.replace("\n", "\\n").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert shown.replace('"', "&quot;") in svg


def test_an_array_of_a_hundred_thousand_entries_is_rendered(tmp_path):
    rng = np.random.default_rng(0)
    x, w = array(rng.normal(size=(2, 500)), label="x"), array(rng.normal(size=(500, 200)), label="w")
    loss = np.tanh(x @ w).sum()
    loss.backward()
    w.grad[250:, :3] += 1.0
    line = cards(viz.draw(compare(loss)))["w"]
    assert "750 of 100,000 wrong" in said(line)
    assert viz.save(compare(loss), tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_whole_exercise_is_rendered(comparison, tmp_path):
    png = viz.save(comparison, tmp_path / "arrays.png").read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    assert 1 < width / height < 6


def test_a_check_of_rules_has_two_numbers_on_the_card_of_an_array():
    cube = op("cube", lambda x: x**3, lambda x, y: (2 * x**2,))
    x = array([1.0, 2.0], label="x")
    checked = gradcheck(cube(x).sum())
    (wrong,) = checked.causes
    line = cards(viz.draw(checked, reveal=True))[wrong.name]
    assert "color=red" in attributes(line)
    assert f"shape (2,) by rule {wrong.actual:g} measured {wrong.expected:g}" in said(line)
    with pytest.raises(OptionError, match=r"Write compare\(loss\)"):
        viz.draw(checked, around=(wrong.node, (0,)))
