"""The sheet in a notebook: the same messages, through a widget."""

import importlib.util
import subprocess
import sys

import pytest

from handgrad import viz
from handgrad.viz.errors import RenderError
from handgrad.viz.sheet import widget

from ..graphs import lecture


@pytest.fixture
def views():
    """A sheet, its widget, and what the widget sends."""
    sheet = viz.sheet(lecture())
    sent = []
    sheet.widget.send = sent.append
    return sheet, sheet.widget, sent


def test_a_message_is_answered_to_the_one_who_asked(views):
    _, widget, sent = views
    widget._handle_custom_msg({"to": "me 1", "message": {"do": "open"}}, [])
    assert [message["to"] for message in sent] == ["me 1"]
    assert sent[0]["reply"]["type"] == "sheet"


def test_what_is_typed_stands_in_the_kernels_node(views):
    sheet, widget, _ = views
    widget._handle_custom_msg({"to": "me 1", "message": {"do": "fill", "node": "L", "text": "1"}}, [])
    assert sheet.root.grad == 1.0


def test_a_change_is_told_to_every_view(views):
    _, widget, sent = views
    widget._handle_custom_msg({"to": "me 1", "message": {"do": "fill", "node": "L", "text": "1"}}, [])
    assert [message["to"] for message in sent] == ["me 1", None]
    assert sent[1]["reply"]["verdict"]["L"]["status"] == "correct"


@pytest.mark.parametrize("content", [{}, {"message": None}, {"to": [], "message": "fill"}])
def test_a_message_of_another_form_is_an_error_in_words(views, content):
    _, widget, sent = views
    widget._handle_custom_msg(content, [])
    assert sent[0]["reply"]["type"] == "error"


class Shell:
    """A notebook that can run a cell."""

    def __init__(self):
        self.events, self.watching = self, []

    def register(self, event, function):
        assert event == "post_run_cell"
        self.watching.append(function)

    def unregister(self, event, function):
        self.watching.remove(function)

    def run_cell(self):
        for function in list(self.watching):
            function(None)


def test_what_a_cell_writes_is_shown_in_every_view_and_a_view_that_is_gone_is_left(monkeypatch):
    shell = Shell()
    monkeypatch.setattr(widget, "get_ipython", lambda: shell)
    sheet, sent = viz.sheet(lecture()), []
    sheet.widget.send = sent.append
    shell.run_cell()
    sent.clear()
    sheet.root.grad = 1.0
    shell.run_cell()
    assert [(message["to"], message["reply"]["verdict"]["L"]["status"]) for message in sent] == [(None, "correct")]
    shell.run_cell()
    assert len(sent) == 1
    sheet.widget.close()
    shell.run_cell()
    assert shell.watching == []


def test_it_shows_itself_as_a_widget_and_leaves_its_picture_where_a_notebook_is_exported():
    shown, _ = viz.sheet(lecture())._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert "<svg" in shown["image/svg+xml"]


@pytest.fixture
def published(monkeypatch):
    found = []
    monkeypatch.setattr("IPython.display.publish_display_data", lambda data, metadata=None: found.append(data))
    return found


def test_its_picture_stands_below_the_widget_until_a_kernel_answers(published):
    viz.sheet(lecture())._ipython_display_()
    widget, picture = published
    assert "application/vnd.jupyter.widget-view+json" in widget
    assert "image/svg+xml" not in widget
    assert picture["text/html"].count("<svg") == 1
    assert "body:has(.hg-live) .hg-exported{display:none}" in picture["text/html"]


def test_in_colab_where_the_picture_would_never_go_it_is_the_widget_alone(published, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    viz.sheet(lecture())._ipython_display_()
    assert len(published) == 1


def test_where_nothing_draws_it_is_a_widget_all_the_same(monkeypatch):
    sheet = viz.sheet(lecture())

    def fail():
        raise RenderError("nothing draws here")

    monkeypatch.setattr(sheet, "picture", fail)
    shown, _ = sheet._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert "image/svg+xml" not in shown


def test_without_anywidget_it_is_a_picture_and_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    bundle = viz.sheet(lecture())._repr_mimebundle_()
    assert "<svg" in bundle["image/svg+xml"]
    assert "pip install anywidget" in bundle["text/plain"]


def test_neither_anywidget_nor_numpy_is_loaded_before_it_is_needed():
    code = """
import sys
from handgrad import Value, manual, viz
with manual():
    L = Value(2.0, "a") * Value(3.0, "b")
sheet = viz.sheet(L)
sheet.handle({"do": "open"}), sheet.handle({"do": "steps"}), sheet.handle({"do": "fill", "node": "a", "text": "3"})
print([name for name in ("anywidget", "numpy", "http.server") if name in sys.modules])
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
