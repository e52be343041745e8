"""The DOT text of a picture: cards, discs and edges."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from handgrad import Value, compare, gradients, label, manual, viz
from handgrad.viz.dot import picture
from handgrad.viz.scene import Survey

from .drawn import attribute, cards, said
from .graphs import RIGHT, TWO_MISTAKES, lecture, perceptron, recurrence

GOLDEN = Path(__file__).with_name("lecture.dot")


def test_the_lecture_expression_with_two_mistakes_is_drawn_as_the_golden_text_says():
    assert viz.draw(compare(lecture(TWO_MISTAKES))).source == GOLDEN.read_text(encoding="utf-8")


def test_exactly_the_wrong_nodes_are_red():
    drawn = cards(viz.draw(compare(lecture(TWO_MISTAKES))))
    assert {name for name, line in drawn.items() if attribute(line, "color") == "red"} == set("dfecab")
    assert "red" not in viz.draw(compare(lecture(RIGHT)), legend=False).source


def test_a_cause_has_a_heavy_outline_and_a_carried_one_a_thin_dashed_one():
    drawn = cards(viz.draw(compare(lecture(TWO_MISTAKES))))
    assert attribute(drawn["d"], "penwidth") == attribute(drawn["f"], "penwidth") == "3"
    assert attribute(drawn["a"], "penwidth") == "1"
    assert "dashed" in attribute(drawn["a"], "style")
    assert "dashed" not in attribute(drawn["d"], "style")


def test_an_operand_used_twice_has_two_edges():
    a = Value(3.0, "a")
    assert viz.draw(a * a).source.count("n0 -> o1") == 2


def test_each_operation_is_a_node_between_its_operands_and_its_result():
    a = Value(0.5, "a")
    source = viz.draw(a.tanh() - 1).source
    assert "n0 -> o1" in source
    assert "o1 -> n1" in source
    assert ">tanh<" in source
    assert ">\u2212<" in source


def test_edges_show_their_local_derivatives_on_request():
    root = lecture(RIGHT)
    assert "label=-3]" in viz.draw(root, derivatives=True).source
    assert "label=-3]" not in viz.draw(root).source
    assert "label" not in viz.draw(Value(-2.0, "a") ** 2, derivatives=True).source.split("n1 -> ")[1].split("\n")[0]


def test_uses_that_were_not_added_are_red_edges_that_say_so():
    with manual():
        a = Value(3.0, "a")
        b, c = a * 5.0, a * 7.0
        d = b + c
    b.label, c.label, d.label = "b", "c", "d"
    d.grad = b.grad = c.grad = 1.0
    a.grad = 7.0
    comparison = compare(d)
    assert comparison[a].slip is not None
    assert comparison[a].slip.edges
    red = [line for line in viz.draw(comparison).source.splitlines() if "->" in line and "color=red" in line]
    assert len(red) == 1
    assert "not added" in red[0]
    assert "penwidth=3" in red[0]


def test_drawing_changes_no_gradient():
    root = lecture(TWO_MISTAKES)
    before = [node.grad for node in gradients(root)]
    viz.draw(compare(root), reveal=True, derivatives=True)
    assert [node.grad for node in gradients(root)] == before


@pytest.mark.parametrize("rankdir", ["LR", "TB", "RL", "BT"])
def test_the_picture_runs_in_the_direction_asked_for(rankdir):
    assert f"rankdir={rankdir}" in viz.draw(lecture(), rankdir=rankdir).source


def test_a_graph_of_numbers_is_drawn_without_numpy():
    program = (
        "import sys; from handgrad import compare, viz; from tests.viz.graphs import lecture, TWO_MISTAKES\n"
        "root = lecture(TWO_MISTAKES); viz.draw(root, derivatives=True)\n"
        "viz.draw(compare(root), reveal=True); viz.draw(compare(root), around=root.operands)\n"
        "print('numpy' in sys.modules)"
    )
    folder = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


def test_the_same_program_gives_the_same_text_in_every_process():
    program = (
        "from handgrad import compare, viz; from tests.viz.graphs import perceptron\n"
        "print(viz.draw(compare(perceptron(300, wrong=9))).source, end='')"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"},
        cwd=root,
        check=True,
        capture_output=True,
    )
    assert done.stdout.decode() == viz.draw(compare(perceptron(300, wrong=9))).source


def test_a_cut_edge_ends_in_a_dotted_stub_on_either_side():
    root = lecture(RIGHT)
    source = viz.draw(root, around=root.operands[0], limit=3).source
    stubs = re.findall(r'^\t([iu]\d+) \[label="\.\.\. ([\d,]+) more"', source, re.M)
    assert stubs
    for name, _ in stubs:
        (edge,) = re.findall(rf"^\t(?:{name} -> \w+|\w+ -> {name}) \[(.*)\]$", source, re.M)
        assert "style=dotted" in edge
        assert "arrowhead=none" in edge
    assert source.count("shape=plaintext") == len(stubs)


def test_the_operands_that_are_left_out_are_counted_at_the_operation():
    with manual():
        a, b = Value(2.0, "a"), Value(3.0, "b")
        root = a * b
    source = viz.draw(root, around=a, limit=2).source
    assert re.findall(r'label="\.\.\. (\d) more"', source) == ["1"]


@pytest.mark.parametrize(("length", "is_hasty"), [(49, False), (50, True)])
def test_a_picture_of_more_than_fifty_nodes_is_laid_out_in_haste(length, is_hasty):
    h = Value(0.5, "x")
    for _ in range(length):
        h = h.tanh()
    assert ("nslimit=1" in viz.draw(h).source) is is_hasty


def test_a_sign_is_a_disc_and_a_word_a_pill():
    a = Value(0.5, "a")
    lines = [line for line in viz.draw((a * a).tanh()).source.splitlines() if re.match(r"\to\d+ \[", line)]
    assert [attribute(line, "shape") for line in lines] == ["circle", "box" if "shape=box" in lines[1] else ""]
    assert attribute(lines[1], "style") == "rounded,filled"


def test_a_derivative_that_does_not_exist_or_that_nobody_asks_for_is_not_written():
    with manual():
        root = (Value(2.0, "a") - 2.0) ** 0.5
    source = viz.draw(root, derivatives=True).source
    difference, power = re.findall(r"^\t(o\d+) \[", source, re.M)
    assert re.findall(rf"-> {difference}(.*)$", source, re.M) == [" [label=1]", ""]  # a constant is not asked for
    assert re.findall(rf"-> {power}(.*)$", source, re.M) == ["", ""]
    assert "inf" not in source


def test_a_local_derivative_and_that_it_is_not_added_stand_on_one_edge():
    with manual():
        a = Value(3.0, "a")
        b, c = label(a * 5.0, "b"), label(a * 7.0, "c")
        d = label(b + c, "d")
    d.grad = b.grad = c.grad = 1.0
    a.grad = 7.0
    source = viz.draw(compare(d), derivatives=True).source
    assert '[label="5, not added"' in source
    assert "label=7]" in source


def test_a_picture_without_a_foot_has_no_label():
    assert not re.search(r"^\tgraph \[.*label=", viz.draw(lecture(RIGHT), legend=False).source, re.M)


def test_the_foot_of_a_cut_picture_says_both_what_is_shown_and_why():
    survey = Survey(recurrence(60), None)
    options = {"reveal": False, "rankdir": "LR", "derivatives": False, "legend": True}
    cut = picture(survey.scene(50), is_cut=True, **options).source
    words = said(cut)
    assert "Showing 50 of 183 nodes. It takes too long to lay out more. A chip stands for one" in words
    assert "too long" not in picture(survey.scene(50), **options).source
