"""The page as HTML: whole before any script has run."""

import re

import pytest

from handgrad import Value, manual
from handgrad.viz.sheet import page

from ..graphs import lecture
from .asking import sheet_of
from .layer import layer


def shown(html, words):
    """Those of the words that stand on a button or in a form that is not hidden."""
    found = re.findall(r"<button[^>]*?( hidden)? disabled>([^<]*)</button>", html)
    return [word for hidden, word in found if not hidden and word in words]


ACTIONS = ("Back", "Step", "Play", "Check", "Hint", "Reveal", "Reset", "Start again", "Next")


@pytest.mark.parametrize(
    ("mode", "buttons"),
    [
        ("fill", ["Hint", "Reveal", "Reset"]),
        ("watch", ["Back", "Step", "Play", "Start again"]),
        ("predict", ["Back", "Step", "Check", "Hint", "Reveal", "Start again"]),
    ],
)
def test_each_way_through_the_graph_has_its_own_buttons(mode, buttons):
    html = page.html(sheet_of(lecture(), mode=mode))
    assert shown(html, ACTIONS) == buttons
    assert re.findall(r'data-mode="(\w+)" aria-pressed="true"', html) == [mode]


def test_next_is_there_where_a_sheet_follows():
    html = page.html(sheet_of(lecture(), following=lambda: sheet_of(lecture())))
    assert shown(html, ACTIONS)[-1] == "Next"


def test_one_entry_is_asked_for_where_there_are_arrays_alone():
    assert "one entry, such as 0, 1" in page.html(sheet_of(layer()[-1]))
    assert "one entry" not in page.html(sheet_of(lecture()))


def test_what_there_is_to_do_stands_there_for_each_way():
    html = page.html(sheet_of(lecture()))
    assert re.findall(r'data-task="(\w+)">(\w+ ?\w+)', html) == [
        ("fill", "Fill in"),
        ("watch", "Watch the"),
        ("predict", "The same"),
    ]


def test_a_title_with_marks_is_text():
    html = page.html(sheet_of(lecture(), title='<b>&"'))
    assert "<title>&lt;b&gt;&amp;&quot; - handgrad</title>" in html
    assert "<h1>&lt;b&gt;&amp;&quot;</h1>" in html


def test_a_note_stands_there_only_where_there_is_something_to_note():
    with manual():
        by_hand = Value(2.0, "a") * 3.0
    assert "hg-note" not in page.html(sheet_of(by_hand))
    assert 'class="hg-note">This graph was built outside manual()' in page.html(sheet_of(Value(2.0, "a") * 3.0))


def test_who_has_lost_the_program_is_told_the_port_where_there_is_one():
    sheet = sheet_of(lecture())
    assert "start it again, and this page" in page.html(sheet)
    sheet.port = 8123
    assert "start it again at port 8123, and" in page.html(sheet)
