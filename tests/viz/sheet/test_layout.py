"""Where a sheet's cards stand: a layout that takes too long is cut, and said."""

import pytest

from handgrad import compare, gradients, manual
from handgrad.graph import topological_order
from handgrad.viz.errors import RenderError
from handgrad.viz.process import TooSlowError
from handgrad.viz.sheet import page
from handgrad.viz.sheet.layout import lay_out_with_graphviz

from ..graphs import lecture, recurrence
from .asking import ask, sheet_of


def patient(most):
    """A layout that lays out so many boxes at most."""

    def layout(source):
        if source.count("[width=") > most:
            raise TooSlowError
        return lay_out_with_graphviz(source)

    return layout


def in_manual_mode(make, *sizes):
    with manual():
        return make(*sizes)


def test_what_takes_the_layout_too_long_is_cut_and_said():
    sheet = sheet_of(in_manual_mode(recurrence, 60), layout=patient(160))
    reply = ask(sheet, "open")
    assert len(reply["nodes"]) == 50
    assert "Showing 50 of 183 nodes. It takes too long to lay out more." in reply["note"]
    assert "It takes too long to lay out more." in page.html(sheet)
    assert ask(sheet, "fill", node="h60", text="1")["verdict"]["h60"]["status"] == "correct"


def test_the_cause_stays_on_a_sheet_that_is_cut():
    root = in_manual_mode(recurrence, 60)
    for node, gradient in gradients(root).items():
        node.grad = gradient
    next(node for node in topological_order(root) if node.label == "h30").grad += 1.0
    reply = ask(sheet_of(compare(root), layout=patient(60)), "open")
    assert reply["causes"] == ["h30"]


def test_an_upright_layout_that_takes_too_long_is_the_wide_one():
    def layout(source):
        if "rankdir=BT" in source:
            raise TooSlowError
        return lay_out_with_graphviz(source)

    sheet = sheet_of(lecture(), layout=layout)
    assert ask(sheet, "open", narrow=True)["size"] == ask(sheet, "open")["size"]


def test_where_no_cut_helps_the_error_is_in_words():
    sheet = sheet_of(lecture(), layout=patient(0))
    reply = ask(sheet, "open")
    assert reply["type"] == "error"
    assert "takes too long" in reply["message"]
    with pytest.raises(RenderError, match="takes too long"):
        page.html(sheet)


def test_the_walk_needs_no_layout():
    steps = ask(sheet_of(lecture(), layout=patient(0)), "steps")["steps"]
    laid_out = ask(sheet_of(lecture()), "open")["edges"]
    assert {step["edge"] for step in steps} < {edge["key"] for edge in laid_out}
