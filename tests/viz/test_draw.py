"""What stands in a picture's DOT text."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import graphviz
import pytest

from handgrad import HandgradError, Value, compare, gradcheck, gradients, manual, op, viz

from .graphs import RIGHT, TWO_MISTAKES, lecture

GOLDEN = Path(__file__).with_name("lecture.dot")


def cards(drawn: graphviz.Digraph) -> dict[str, str]:
    """The lines of a picture's cards, by the names of their nodes."""
    lines = [line for line in drawn.source.splitlines() if re.match(r"\tn\d+ \[", line)]
    return {re.search(r'tooltip="?([^"\]]*?)"?\]$', line)[1]: line for line in lines}


def attribute(line: str, name: str) -> str:
    found = re.search(rf'[ \[]{name}="?([^"\s\]]*)', re.sub(r"label=<.*>(?= penwidth)", "", line))
    return found[1] if found else ""


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


def test_a_constant_is_drawn_without_a_gradient():
    a = Value(3.0, "a")
    line = next(line for line in viz.draw(a * 2).source.splitlines() if "tooltip=2" in line)
    assert "grad" not in line


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


def test_drawing_changes_no_gradient():
    root = lecture(TWO_MISTAKES)
    before = [node.grad for node in gradients(root)]
    viz.draw(compare(root), reveal=True, derivatives=True)
    assert [node.grad for node in gradients(root)] == before


@pytest.mark.parametrize("rankdir", ["LR", "TB", "RL", "BT"])
def test_the_picture_runs_in_the_direction_asked_for(rankdir):
    assert f"rankdir={rankdir}" in viz.draw(lecture(), rankdir=rankdir).source


@pytest.mark.parametrize(
    ("options", "words"),
    [({"rankdir": "UP"}, "LR, TB, RL, BT"), ({"limit": 0}, "1 or more"), ({"around": []}, "a node of the graph")],
)
def test_an_option_that_means_nothing_is_refused_with_what_is_allowed(options, words):
    with pytest.raises(ValueError, match=words) as caught:
        viz.draw(lecture(), **options)
    assert isinstance(caught.value, HandgradError)


@pytest.mark.parametrize("target", [3.0, None, "loss", [Value(1.0)]])
def test_what_is_neither_a_value_nor_a_comparison_is_refused_with_what_to_give(target):
    with pytest.raises(TypeError, match="takes a Value or a Comparison") as caught:
        viz.draw(target)
    assert isinstance(caught.value, HandgradError)


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
        "from handgrad import compare, viz; from tests.viz.graphs import lecture, perceptron, TWO_MISTAKES\n"
        "print(viz.draw(compare(lecture(TWO_MISTAKES))).source, viz.draw(compare(perceptron(300, wrong=9))).source)"
    )
    root = Path(__file__).parents[2]
    texts = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"},
            cwd=root,
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert texts[0] == texts[1]
    assert texts[0]
