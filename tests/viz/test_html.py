"""A comparison as HTML."""

import re

import pytest

from handgrad import Value, compare, gradients, manual
from handgrad.viz.notebook import html
from handgrad.viz.themed import dark

from .graphs import TWO_MISTAKES, lecture


def test_what_to_fix_stands_first_then_the_table_with_its_causes_on_top_then_the_picture():
    comparison = compare(lecture({**TWO_MISTAKES, "b": None}))
    found = html(comparison, "<svg></svg>")
    parts = [found.index(part) for part in ("Fix first", "<table", 'class="wrong"', 'class="carried"', "<svg>")]
    assert parts == sorted(parts)
    cells = re.findall(r"<tr class=.wrong.><td>(\w)</td>", found)
    assert set(cells) == {"d", "f"}
    assert found.count("<th ") == 5


def test_of_a_big_graph_what_is_right_is_one_row():
    with manual():
        root = x = Value(1.0, "x")
        for _ in range(300):
            root = root.tanh()
    for node, gradient in gradients(root).items():
        node.grad = gradient
    x.grad = -1.0
    found = html(compare(root))
    assert found.count("<tr") == 4  # the head, x, what is said of it, and the others
    assert "... 300 correct" in found


def test_numbers_and_names_of_any_kind_stand_there_as_text():
    with manual():
        root = Value(2.0, "<img>") * 3.0
    root.label = "&"
    root.grad = "<b>"
    found = html(compare(root))
    assert "<img>" not in found
    assert "&lt;img&gt;" in found


@pytest.mark.parametrize("theme", ['[data-jp-theme-light="false"]', ".vscode-dark", 'html[theme="dark"]'])
def test_on_dark_paper_a_picture_turns_its_lightness_round(theme):
    assert f"{theme} .mine svg" in dark(".mine")
