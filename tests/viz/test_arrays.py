"""Pictures of graphs with arrays: a card an array, the wrong one red, and a map of its errors."""

from __future__ import annotations

import re
import struct

import graphviz
import numpy as np
import pytest

from handgrad import Status, Value, compare, gradcheck, gradients, label, manual, op, viz
from handgrad.arrays import array, fill
from handgrad.demos.makemore import model
from handgrad.errors import NotInGraphError
from handgrad.viz import theme
from handgrad.viz.errors import OptionError
from handgrad.viz.heat import MOST_COLUMNS, MOST_ROWS, heat
from handgrad.viz.scene import MOST_ARRAYS
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
    lines = [line for line in drawn.source.splitlines() if re.match(r"\tn\d+ \[", line)]
    return {re.search(r'tooltip="?(.*?)"?\]$', line)[1]: line for line in lines}


def attributes(line: str) -> str:
    return re.sub(r"label=<.*>(?= penwidth)", "", line)


def said(line: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", line))


def edges(drawn: graphviz.Digraph) -> set[tuple[str, str]]:
    return set(re.findall(r"(\w+) -> (\w+)", drawn.source))


def discs(drawn: graphviz.Digraph) -> list[str]:
    return re.findall(r'^\to\d+ \[.*tooltip="?([^"\] ]*)', drawn.source, re.M)


def small():
    """y = x @ w, and a loss that is the sum of its squares: y's second gradient is wrong, x and w have none."""
    with manual():
        x, w = array([[1.0, 2.0], [3.0, -1.0]], label="x"), array([[0.5], [-2.0]], label="w")
        y = label(x @ w, "y")
        loss = (y**2).sum()
    fill(y, [[-7.0], [10.0]])
    return loss, x, w, y


def chain(length: int, *, wrong: int | None = None):
    """A loss of `length` labelled arrays h0, h1 ..., each computed from the one before; one of them filled in wrong."""
    h = array(np.linspace(0.5, 1.0, 4), label="x")
    arrays = []
    for place in range(length):
        h = label(np.tanh(h * 1.5), f"h{place}")
        arrays.append(h)
    loss = label(h.sum(), "loss")
    loss.backward()
    if wrong is not None:
        fill(arrays[wrong], arrays[wrong].grad + 1.0)
    return loss, arrays


def random_network(*, named: bool):
    rng = np.random.default_rng(0)
    x, w = array(rng.normal(size=(4, 3))), array(rng.normal(size=(3, 2)))
    loss = (np.tanh(x @ w) ** 2).mean()
    if named:
        w.label = "w"
    loss.backward()
    return loss, x, w


def test_a_big_graph_is_drawn_as_one_card_an_array_and_one_for_the_root(comparison):
    drawn = viz.draw(comparison)
    assert set(cards(drawn)) == {*model.INTERMEDIATES, comparison.results[0].name}
    assert not discs(drawn)


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


def test_edges_run_from_operands_to_what_is_computed_from_them(comparison):
    drawn = viz.draw(comparison)
    ids = {name: re.match(r"\t(\w+) ", line)[1] for name, line in cards(drawn).items()}
    output = comparison.results[0].name
    for operand, consumer in [("bndiff", "bndiff2"), ("bndiff", "bnraw"), ("C", "emb"), ("logprobs", output)]:
        assert (ids[operand], ids[consumer]) in edges(drawn)
    assert (ids["bndiff2"], ids["bnraw"]) not in edges(drawn)


def test_a_use_that_is_not_added_is_a_red_edge_that_says_so(comparison):
    drawn = viz.draw(comparison)
    ids = {re.match(r"\t(\w+) ", line)[1]: name for name, line in cards(drawn).items()}
    red = [line for line in drawn.source.splitlines() if "->" in line and "color=red" in line]
    assert [[ids[end] for end in re.findall(r"n\d+", line)] for line in red] == [["bndiff", "bndiff2"]]
    assert "not added" in red[0]


def test_an_edge_that_stands_for_another_use_too_is_not_called_lost():
    x = array([1.0, 2.0], label="x")
    y = label(x + np.exp(x), "y")
    loss = label(y.sum(), "loss")
    loss.backward()
    fill(x, np.exp(x.data))
    comparison = compare(loss)
    assert comparison[x].slip.edges == ((y, 0),)
    assert "not added" in re.sub(r"label=<.*>", "", viz.draw(comparison).source)
    assert "not added" not in re.sub(r"label=<.*>", "", viz.draw(comparison, limit=3).source)


def test_a_small_graph_shows_its_operations_and_no_card_of_what_has_no_name():
    loss, *_ = small()
    loss.label = "loss"
    drawn = viz.draw(compare(loss))
    assert set(cards(drawn)) == {"x", "w", "y", "loss", "2"}
    assert discs(drawn) == ["@", "**", "sum"]
    declared = set(re.findall(r"^\t([no]\d+) \[", drawn.source, re.M))
    assert {end for edge in edges(drawn) for end in edge} == declared
    # From the operation of the squares, which have no card, to that of their sum.
    assert re.search(r"o\d+ -> o\d+", drawn.source)


def test_what_is_filled_in_by_hand_has_a_card_without_a_name_too():
    loss, *_ = small()
    (squares,) = loss.operands
    loss.grad = 1.0
    assert len(cards(viz.draw(compare(loss)))) == 5
    fill(squares, [[1.0], [1.0]])
    assert len(cards(viz.draw(compare(loss)))) == 6


def test_an_array_of_plain_numbers_is_a_small_card_of_its_shape():
    x = array([1.0, 2.0], label="x")
    loss = (x * np.array([3.0, 4.0])).sum()
    (constant,) = [line for name, line in cards(viz.draw(loss)).items() if "array of shape" in name]
    assert said(constant).split("=")[1].split() == ["(2,)", ">", "color"]


def test_the_squares_are_explained_only_where_one_is_dark(comparison):
    loss, _ = chain(1)
    assert "A square is one entry" in said(viz.draw(comparison).source)
    assert "A square is one entry" not in said(viz.draw(comparison, legend=False).source)
    assert "A square" not in said(viz.draw(compare(loss)).source)


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


def test_an_array_that_is_not_asked_for_has_no_map():
    loss, _, w, _ = small()
    assert "BGCOLOR" not in cards(viz.draw(compare(loss, nodes=[w])))["x"]


def test_the_same_program_gives_the_same_text():
    assert viz.draw(compare(small()[0])).source == viz.draw(compare(small()[0])).source


def test_without_labels_every_node_has_a_card_with_its_shape_beside_its_operation():
    loss, *_ = random_network(named=False)
    drawn = viz.draw(loss)
    assert len(cards(drawn)) == 7
    assert discs(drawn) == ["@", "tanh", "**", "mean"]
    assert "(3, 2)" in drawn.source


def test_without_labels_one_label_leaves_the_named_ones_alone():
    loss, *_ = random_network(named=True)
    assert set(cards(viz.draw(loss))) == {"w", "2", compare(loss).results[0].name}


def test_without_labels_a_wrong_array_is_red():
    loss, _, w = random_network(named=False)
    fill(w, -w.grad)
    comparison = compare(loss)
    red = [name for name, line in cards(viz.draw(comparison)).items() if "color=red" in attributes(line)]
    assert red == [comparison[w].name]


def test_without_labels_a_big_graph_is_cut_to_its_causes():
    x = h = array(np.linspace(0.5, 1.0, 4))
    for _ in range(200):
        h = np.tanh(h)
    loss = h.sum()
    loss.backward()
    fill(x, x.grad + 1.0)
    comparison = compare(loss)
    drawn = viz.draw(comparison)
    assert comparison[x].name in cards(drawn)
    assert "mistakes: 1 of 1" in said(drawn.source)


def test_the_map_of_a_small_array_has_a_square_an_entry_and_shows_which_is_wrong():
    loss, _, _, y = small()
    colours = heat(compare(loss)[y])
    assert (len(colours), len(colours[0])) == (1, 2)
    assert colours[0] == [theme.COLD, theme.HEAT["wrong"][-1]]


def test_the_map_of_a_large_array_has_a_square_a_block(comparison):
    by_name = {result.name: result for result in comparison.arrays}
    colours = heat(by_name["bndiff"])
    assert (len(colours), len(colours[0])) == (MOST_ROWS, MOST_COLUMNS)
    assert theme.HEAT["wrong"][-1] in {colour for row in colours for colour in row}
    assert {colour for row in heat(by_name["logprobs"]) for colour in row} == {theme.COLD}


def test_the_map_is_the_darker_the_larger_the_error():
    loss, (h,) = chain(1)
    fill(h, h.grad + [0.0, 0.1, 0.5, 1.0])
    shades = [theme.COLD, *theme.HEAT["wrong"]]
    (colours,) = heat(compare(loss)[h])
    assert [shades.index(colour) for colour in colours] == [0, 1, 3, 5]


def test_the_map_of_a_narrow_array_stands_where_its_name_starts(tmp_path):
    x = array([[1.0], [2.0]], label="a_name_that_is_wider")
    loss = np.exp(x).sum()
    loss.backward()
    svg = viz.save(compare(loss), tmp_path / "a.svg").read_text("utf-8")
    name = re.search(r'text-anchor="start" x="([-\d.]+)"[^>]*>a_name_that_is_wider<', svg)[1]
    squares = re.findall(rf'<polygon fill="{theme.COLD}" [^>]*points="([-\d.]+),', svg)
    assert len(squares) == 2
    assert min(map(float, squares)) == pytest.approx(float(name), abs=3.0)


@pytest.mark.parametrize(
    ("shape", "squares"),
    [((5,), (1, 5)), ((5, 1), (1, 5)), ((2, 2, 2), (2, 4)), ((2, 3, 2, 2), (2, 12)), ((1000, 1000), (8, 12))],
)
def test_the_map_has_two_axes_whatever_the_array_has(shape, squares):
    x = array(np.ones(shape), label="x")
    loss = (x * 1).sum()
    fill(x, np.ones(shape))
    x.grad[(-1,) * len(shape)] = 9.0
    colours = heat(compare(loss)[x])
    assert (len(colours), len(colours[0])) == squares
    assert colours[-1][-1] == theme.HEAT["wrong"][-1]
    assert [colour for row in colours for colour in row].count(theme.COLD) == squares[0] * squares[1] - 1


def test_the_map_shows_what_is_no_number_as_the_darkest():
    loss, (h,) = chain(1)
    fill(h, h.grad + [0.0, 0.001, 0.002, np.nan])
    (colours,) = heat(compare(loss)[h])
    assert colours[0] == theme.COLD
    assert colours[3] == theme.HEAT["wrong"][-1]
    fill(h, [np.inf, *h.grad[1:]])
    assert heat(compare(loss)[h])[0][0] == theme.HEAT["wrong"][-1]
    x = array(np.ones((1, 2 * MOST_COLUMNS)), label="x")
    loss = (x * 1).sum()
    fill(x, [[np.nan, 1.001, 9.0, *x.data[0, 3:]]])
    assert heat(compare(loss)[x])[0][0] == theme.HEAT["wrong"][-1]


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


def test_a_mask_of_minus_infinity_is_drawn():
    scores = array(np.arange(9.0).reshape(3, 3), label="scores")
    masked = label(scores + np.triu(np.full((3, 3), -np.inf), 1), "masked")
    weights = label(np.exp(masked), "weights")
    loss = (weights / weights.sum(axis=1, keepdims=True) * weights).sum()
    loss.backward()
    assert {"scores", "masked", "weights"} < set(cards(viz.draw(compare(loss), derivatives=True)))


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


def test_an_array_of_a_million_entries_is_rendered(tmp_path):
    rng = np.random.default_rng(0)
    x, w = array(rng.normal(size=(8, 1000)), label="x"), array(rng.normal(size=(1000, 1000)), label="w")
    loss = np.tanh(x @ w).sum()
    loss.backward()
    w.grad[500:, :3] += 1.0
    line = cards(viz.draw(compare(loss)))["w"]
    assert "1,500 of 1,000,000 wrong" in said(line)
    assert viz.save(compare(loss), tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_more_arrays_than_the_limit_are_cut_to_the_cause_and_what_is_near_it(comparison):
    drawn = viz.draw(comparison, limit=5)
    assert "bndiff" in cards(drawn)
    assert len(cards(drawn)) == 5
    assert "Showing 5 of 27 arrays and numbers; mistakes: 1 of 1" in said(drawn.source)


def test_a_hundred_arrays_are_cut_to_those_around_the_cause():
    loss, _ = chain(100, wrong=40)
    drawn = viz.draw(compare(loss))
    assert {"h40", "h41", "h39", "loss"} <= set(cards(drawn))
    assert len(cards(drawn)) < 12
    assert len(cards(viz.draw(loss))) == MOST_ARRAYS
    assert f"Showing {MOST_ARRAYS} of 102 arrays and numbers." in said(viz.draw(loss).source)


def test_around_an_array_the_arrays_near_it_are_drawn(exercise, comparison):
    drawn = viz.draw(comparison, around=exercise.values.hpreact)
    assert {"hpreact", "h", "logits", "bnraw", "bngain", "bnbias"} <= set(cards(drawn))
    assert {"C", "logprobs"}.isdisjoint(cards(drawn))
    assert viz.draw(comparison, around=[exercise.values.hpreact]).source == drawn.source


def test_around_an_array_without_a_label_it_has_a_card_too():
    loss, *_ = small()
    (squares,) = loss.operands
    assert compare(loss)[squares].name in cards(viz.draw(compare(loss), around=squares))


def test_around_an_array_of_another_graph_is_refused_by_name():
    with pytest.raises(NotInGraphError, match="stranger"):
        viz.draw(small()[0], around=array([1.0], label="stranger"))


@pytest.mark.parametrize("options", [{"rankdir": "up"}, {"limit": 0}, {"around": []}, {"around": 3}])
def test_an_option_that_means_nothing_is_refused(comparison, options):
    with pytest.raises(OptionError):
        viz.draw(comparison, **options)


def test_between_arrays_the_rule_stands_on_the_edge_in_the_names_of_the_nodes():
    loss, *_ = small()
    source = viz.draw(loss, derivatives=True).source
    assert '"upstream @ w^T"' in source
    assert '"x^T @ upstream"' in source
    assert set(re.findall(r'-> \w+ \[label="?([^"\]]*)', source)) == {
        "upstream @ w^T",
        "x^T @ upstream",
        "2*y^(2-1)",
        "1",
    }
    assert "upstream" not in viz.draw(loss).source


def test_an_expression_in_a_rule_stands_in_brackets():
    x, w = array([[1.0, 2.0]], label="x"), array([[0.5], [-2.0]], label="w")
    assert '"2*(x@w)^(2-1)"' in viz.draw(((x @ w) ** 2).sum(), derivatives=True).source


def test_what_has_neither_a_card_nor_a_short_name_is_left_open():
    x = array([1.0, 2.0], label="a_long_name_for_it")
    loss = np.tanh(x * x * x + 1).sum()
    assert '"1 - tanh(...)^2"' in viz.draw(loss, derivatives=True).source


def test_where_an_operation_has_no_rule_every_edge_is_drawn_without_one():
    values = [Value(number, name) for number, name in ((1.0, "a"), (2.0, "b"), (3.0, "c"))]
    gathered = array(values, label="gathered")
    source = viz.draw((gathered * 2).sum(), derivatives=True).source
    (disc,) = re.findall(r"\t(o\d+) \[.*tooltip=array", source)
    assert re.findall(rf"(n\d) -> {disc}(.*)", source) == [("n0", ""), ("n1", ""), ("n2", "")]


def test_a_picture_without_operations_refuses_them(comparison):
    with pytest.raises(OptionError, match=r"derivatives=True means nothing here\. Write .*no operations"):
        viz.draw(comparison, derivatives=True)


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


def test_a_whole_exercise_is_rendered(comparison, tmp_path):
    png = viz.save(comparison, tmp_path / "arrays.png").read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    assert 1 < width / height < 6


def test_drawing_changes_no_gradient():
    loss, *arrays = small()
    before = [None if node.grad is None else node.grad.copy() for node in arrays]
    viz.draw(compare(loss), reveal=True, derivatives=True)
    viz.draw(compare(loss), around=(arrays[0], (0, 1)))
    for node, grad in zip(arrays, before):
        assert np.array_equal(node.grad, grad) if grad is not None else node.grad is None
    assert gradients(loss)[arrays[0]].shape == (2, 2)
