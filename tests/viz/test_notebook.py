"""What a notebook shows by itself: of a comparison its table, causes first, and its picture; of a graph its picture."""

import re

import numpy as np
import pytest

from handgrad import Value, compare, manual, outlets, viz
from handgrad.arrays import array
from handgrad.viz import errors, notebook
from handgrad.viz.sheet import page

from .graphs import RIGHT, TWO_MISTAKES, lecture


@pytest.fixture
def pictures(monkeypatch):
    monkeypatch.setattr(outlets, "outlet", lambda name: {"picture": notebook.picture}[name])


def rows(html):
    return re.findall(r'<tr class="(\w+)"><td[^>]*>(.*?)</td>', html)


def test_a_comparison_shows_its_causes_first_and_its_picture(pictures):
    html = compare(lecture(TWO_MISTAKES))._repr_html_()
    found = rows(html)
    assert {name for kind, name in found if kind == "wrong"} == {"f", "d"}
    kinds = [kind for kind, _ in found if kind != "note"]
    assert kinds == sorted(kinds, key=["wrong", "missing", "carried", "correct"].index)
    assert "wrong sign" in html
    assert "Fix first" in html
    assert "<svg" in html
    assert "<script" not in html


def test_a_graph_shows_its_picture_and_what_holds_arrays_too(pictures):
    assert "<svg" in lecture(RIGHT)._repr_html_()
    with manual():
        loss = (array(np.ones((2, 3)), "x") * 2.0).sum()
    assert "<svg" in loss._repr_html_()
    assert "<svg" in compare(loss)._repr_html_()


def test_where_nothing_draws_the_table_stands_alone_and_a_graph_is_its_text(pictures, monkeypatch):
    def none(*args, **kwargs):
        raise errors.RenderError("no renderer")

    monkeypatch.setattr(notebook, "draw_target", none)
    assert "<table" in compare(lecture(TWO_MISTAKES))._repr_html_()
    assert Value(2.0)._repr_html_() is None


def test_a_picture_that_is_drawn_is_as_dark_as_the_notebook():
    shown = viz.draw(lecture(RIGHT))._repr_mimebundle_()
    assert "<svg" in shown["image/svg+xml"]
    assert re.search(r'\[data-jp-theme-light="false"\] \.hg-drawing svg[^}]*\{filter:invert', shown["text/html"])


def test_names_of_any_kind_are_text(pictures):
    with manual():
        root = Value(2.0, "<script>") * 3.0
    root.label = "<b>"
    assert "<script" not in compare(root)._repr_html_()


def test_in_a_dark_notebook_it_has_the_colours_for_dark_paper(pictures):
    html = compare(lecture(TWO_MISTAKES))._repr_html_()
    for theme in ('[data-jp-theme-light="false"]', ".vscode-dark", 'html[theme="dark"]', ".dark"):
        assert f"{theme} .hg-comparison" in html


def test_its_styles_do_not_reach_a_sheet_in_the_same_notebook(pictures):
    shown = compare(lecture())._repr_html_() + lecture()._repr_html_()
    styled = set(re.findall(r"\.(hg-[\w-]+)", "".join(re.findall(r"<style>(.*?)</style>", shown, re.DOTALL))))
    sheet = viz.sheet(lecture())
    sheet.lay_out()
    used = {
        name for names in re.findall(r'class="([^"]*)"', page.content(sheet, sheet.drawn)) for name in names.split()
    }
    assert styled
    assert not styled & used
