"""The view by arrays: a card an array, the wrong one red, and a map of its errors."""

from __future__ import annotations

import re

import graphviz
import numpy as np
import pytest

from handgrad import Status, compare, label, manual, viz
from handgrad.arrays import array, fill
from handgrad.demos.makemore import model
from handgrad.viz import theme
from handgrad.viz.errors import OptionError
from handgrad.viz.heat import MOST_COLUMNS, MOST_ROWS, heat
from tests.engine.array_exercise import MISTAKES, Exercise


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    exercise = Exercise()
    exercise.fill({m.array: m.rule for m in MISTAKES if (m.array, m.kinds[0]) == ("bndiff", "missing-path")})
    return exercise


@pytest.fixture(scope="module")
def comparison(exercise):
    return compare(exercise.values.loss)


def cards(drawn: graphviz.Digraph) -> dict[str, str]:
    lines = [line for line in drawn.source.splitlines() if re.match(r"\t(a\d+|root) \[", line)]
    return {re.search(r'tooltip="?([^"\]]*?)"?\]$', line)[1]: line for line in lines}


def attributes(line: str) -> str:
    return re.sub(r"label=<.*>(?= penwidth)", "", line)


def small():
    with manual():
        x, w = array([[1.0, 2.0], [3.0, -1.0]], label="x"), array([[0.5], [-2.0]], label="w")
        y = label(x @ w, "y")
        loss = (y**2).sum()
    fill(y, [[-7.0], [10.0]])
    return loss, y


def test_a_quarter_of_a_million_nodes_are_drawn_as_one_card_an_array(comparison):
    drawn = cards(viz.draw(comparison))
    assert set(drawn) == {*model.INTERMEDIATES, "output"}
    assert len(comparison) > 250_000


def test_the_cause_is_red_and_heavy_and_what_follows_from_it_dashed(comparison):
    drawn = cards(viz.draw(comparison))
    for result in comparison.arrays:
        looks = attributes(drawn[result.name])
        is_red = result.status in (Status.WRONG, Status.CARRIED)
        assert ("color=red" in looks) == is_red
        assert ("dashed" in looks) == (result.status is Status.CARRIED)
        assert (f"penwidth={theme.CAUSE_WIDTH:g}" in looks) == (result.status is Status.WRONG)


def test_a_cause_says_its_shape_how_much_is_wrong_where_and_what_slipped(comparison):
    said = re.sub(r"<[^>]*>", " ", cards(viz.draw(comparison))["bndiff"])
    assert "(32, 64)" in said
    assert "2,048 of 2,048 wrong" in said
    assert "first [0, 0]" in said
    assert "not added" in re.sub(r"\s+", " ", said)


def test_an_array_that_is_no_witness_says_so(comparison):
    assert "no witness" in cards(viz.draw(comparison))["b1"]


def test_edges_run_from_operands_to_what_is_computed_from_them(comparison):
    source = viz.draw(comparison).source
    ids = {name: re.match(r"\t(\w+) ", line)[1] for name, line in cards(viz.draw(comparison)).items()}
    edges = set(re.findall(r"(\w+) -> (\w+)", source))
    for operand, array_name in [("bndiff", "bndiff2"), ("bndiff", "bnraw"), ("C", "emb"), ("logprobs", "output")]:
        assert (ids[operand], ids[array_name]) in edges
    assert (ids["bndiff2"], ids["bnraw"]) not in edges


def test_the_same_program_gives_the_same_text():
    assert viz.draw(compare(small()[0])).source == viz.draw(compare(small()[0])).source


def test_the_map_of_a_small_array_has_a_square_an_entry_and_shows_which_is_wrong():
    loss, _ = small()
    (result, *_) = compare(loss).arrays
    colours = heat(result)
    assert (len(colours), len(colours[0])) == (1, 2)
    assert colours[0] == [theme.COLD, theme.HEAT["wrong"][-1]]


def test_the_map_of_a_large_array_has_a_square_a_block(comparison):
    by_name = {result.name: result for result in comparison.arrays}
    colours = heat(by_name["bndiff"])
    assert (len(colours), len(colours[0])) == (MOST_ROWS, MOST_COLUMNS)
    assert theme.HEAT["wrong"][-1] in {colour for row in colours for colour in row}
    assert {colour for row in heat(by_name["logprobs"]) for colour in row} == {theme.COLD}


def test_the_map_of_an_array_of_three_axes_has_two():
    x = array(np.zeros((2, 2, 2)), label="x")
    (x * 1).sum().backward()
    fill(x, np.zeros((2, 2, 2)))
    x[1, 1, 1].grad = 9.0
    (result,) = compare((x * 1).sum()).arrays
    assert (len(heat(result)), len(heat(result)[0])) == (2, 4)


def test_an_unfilled_array_is_grey_and_says_question_mark():
    loss, _ = small()
    line = cards(viz.draw(compare(loss)))["w"]
    assert f'color="{theme.UNFILLED.outline}"' in attributes(line)
    assert ">?<" in line
    assert theme.COLD_MISSING in line


def test_a_graph_that_is_not_compared_is_drawn_by_array_too():
    loss, _ = small()
    drawn = cards(viz.draw(loss))
    assert set(drawn) == {"x", "w", "y", "output"}
    assert "color=red" not in viz.draw(loss).source


@pytest.mark.parametrize("option", ["reveal", "derivatives"])
def test_numbers_of_single_nodes_are_refused_by_array_and_drawn_around_an_entry(option):
    loss, y = small()
    for target in (loss, compare(loss)):
        with pytest.raises(OptionError, match=rf"{option}=True means nothing here\. Write around=w\[0, 0\]"):
            viz.draw(target, **{option: True})
    plain, asked = (viz.draw(compare(loss), around=y[0, 0], **options).source for options in ({}, {option: True}))
    assert plain != asked


def test_around_a_wrong_entry_the_scalar_neighbourhood_is_drawn(exercise, comparison):
    node = exercise.values.bndiff[0, 0]
    source = viz.draw(comparison, around=node).source
    assert "bndiff[0, 0]" in source
    assert "bndiff2[0, 0]" in source
    assert len(re.findall(r"\n\tn\d+ \[", source)) < 60


def test_an_entry_that_the_loss_does_not_reach_can_be_looked_at_too(exercise, comparison):
    row = int(np.flatnonzero(np.arange(27) != exercise.Yb[0])[0])
    assert f"logprobs[0, {row}]" in viz.draw(comparison, around=exercise.values.logprobs[0, row]).source


def test_more_arrays_than_the_limit_are_cut_to_the_most_urgent(comparison):
    drawn = viz.draw(comparison, limit=5)
    assert set(cards(drawn)) >= {"bndiff", "output"}
    assert len(cards(drawn)) == 6
    assert "Showing 5 of 26 arrays." in re.sub(r"<[^>]*>", "", drawn.source)


@pytest.mark.parametrize("options", [{"rankdir": "up"}, {"limit": 0}])
def test_an_option_that_means_nothing_is_refused(comparison, options):
    with pytest.raises(OptionError):
        viz.draw(comparison, **options)


def test_a_name_with_marks_is_escaped():
    x = array([1.0], label='<b>&"\\N')
    assert "&lt;b&gt;&amp;" in viz.draw((x * 2).sum()).source


def test_a_whole_exercise_is_rendered(exercise, comparison, tmp_path):
    path = viz.save(compare(exercise.values.loss), tmp_path / "arrays.png")
    assert path.read_bytes().startswith(b"\x89PNG")
