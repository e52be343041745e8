"""A picture that takes the renderer too long: it is stopped, with all that it started, and less is drawn."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import graphviz
import pytest

from handgrad import HandgradError, Value, compare, gradients, viz
from handgrad.graph import topological_order

from .array_graphs import chain, small
from .drawn import cards
from .graphs import TWO_MISTAKES, lecture, recurrence, tangle
from .slow import CUT, _set, words

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are shell scripts")


@pytest.fixture
def blocking(monkeypatch, tmp_path):
    """A renderer that never ends with a whole picture."""
    with _set(monkeypatch, tmp_path, also_cut=False) as stub:
        yield stub


@pytest.fixture
def stuck(monkeypatch, tmp_path):
    """A renderer that never ends."""
    with _set(monkeypatch, tmp_path, also_cut=True) as stub:
        yield stub


def test_a_renderer_that_takes_too_long_is_stopped_and_the_picture_cut_further(blocking, tmp_path):
    path = viz.save(recurrence(100), tmp_path / "out" / "a.svg")
    assert "Showing 50 of 303 nodes. " + CUT in words(path.read_bytes())
    assert os.listdir(path.parent) == ["a.svg"]
    assert blocking.is_gone()


def test_a_cut_png_is_a_png(blocking, tmp_path):
    assert viz.save(recurrence(30), tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert blocking.is_gone()


def test_a_cut_comparison_still_shows_its_cause(blocking, tmp_path):
    root = tangle(60)
    for node, gradient in gradients(root).items():
        node.grad = gradient
    wrong = next(node for node in topological_order(root) if node.label == "x3")
    wrong.grad += 1.0
    shown = words(viz.save(compare(root), tmp_path / "a.svg").read_bytes())
    assert "mistakes: 1 of 1. " + CUT in shown
    assert "x3" in shown


def test_a_notebook_shows_the_cut_picture(blocking, capsys):
    shown = viz.draw(recurrence(100))._repr_mimebundle_()
    assert CUT in words(shown["image/svg+xml"])
    assert capsys.readouterr().err == ""
    assert blocking.is_gone()


def test_the_text_of_a_picture_is_never_cut_by_time(blocking, tmp_path):
    drawn = viz.draw(recurrence(100))
    assert "too long" not in drawn.source
    assert viz.save(drawn, tmp_path / "a.dot").read_text(encoding="utf-8") == drawn.source
    assert viz.draw(recurrence(100)).source == drawn.source


def test_graphvizs_own_way_to_a_file_is_limited_too(blocking, tmp_path):
    drawn = viz.draw(recurrence(100))
    written = drawn.render("graph.gv", directory=tmp_path / "out", format="svg", cleanup=True)
    assert Path(written) == tmp_path / "out" / "graph.gv.svg"
    assert CUT in words(Path(written).read_bytes())
    assert blocking.is_gone()


def test_a_cut_picture_shows_the_graph_as_it_was_when_drawn(blocking):
    root = recurrence(100)
    drawn = viz.draw(root)
    root.label = "renamed"
    assert "renamed" not in words(drawn.pipe("svg"))


def test_a_copy_of_a_picture_is_cut_as_well(blocking):
    assert CUT in words(viz.draw(recurrence(100)).copy().pipe("svg"))


def test_what_was_added_to_a_picture_is_not_lost_by_a_cut(blocking, tmp_path):
    drawn = viz.draw(recurrence(100))
    drawn.node("mine")
    with pytest.raises(RuntimeError, match="takes too long"):
        viz.save(drawn, tmp_path / "a.svg")
    assert blocking.is_gone()


def test_where_no_cut_helps_the_error_says_what_to_do_and_nothing_is_left(stuck, tmp_path):
    path = tmp_path / "out" / "a.svg"
    path.parent.mkdir()
    path.write_text("old")
    with pytest.raises(RuntimeError, match="takes too long and was stopped") as caught:
        viz.save(recurrence(100), path)
    assert isinstance(caught.value, HandgradError)
    assert "limit=" in str(caught.value)
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == ["a.svg"]
    assert stuck.is_gone()


def test_a_small_picture_and_one_of_ones_own_are_stopped_without_a_cut(stuck, tmp_path):
    for picture in (compare(lecture(TWO_MISTAKES)), graphviz.Digraph("own")):
        with pytest.raises(RuntimeError, match="takes too long"):
            viz.save(picture, tmp_path / "a.svg")
    with pytest.raises(RuntimeError, match="takes too long"):
        viz.draw(Value(1.0, "x")).pipe("svg")
    assert stuck.is_gone()


def test_the_layout_of_a_sheet_is_stopped_as_well(stuck):
    reply = viz.sheet(lecture()).handle({"do": "open"})
    assert reply["type"] == "error"
    assert "takes too long" in reply["message"]
    assert stuck.is_gone()


def test_an_interrupt_stops_the_renderer(stuck, monkeypatch, tmp_path):
    def interrupted(process, *args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("subprocess.Popen.communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        viz.save(recurrence(3), tmp_path / "a.svg")
    assert stuck.is_gone()
    assert sorted(os.listdir(tmp_path)) == ["renderer"]


def sizes(drawn):
    """How many cards each version of a picture has."""
    return [len(cards(version)) for version in drawn.versions()]


def test_the_smaller_pictures_are_those_of_fewer_nodes_than_the_whole_one():
    assert sizes(viz.draw(recurrence(100))) == [150, 50, 16]
    assert sizes(viz.draw(recurrence(100), limit=600)) == [303, 150, 50, 16]
    assert sizes(viz.draw(recurrence(10))) == [33, 16]
    assert sizes(viz.draw(lecture())) == [7]


def test_a_smaller_picture_has_the_options_of_the_whole_one():
    whole, smaller, *_ = viz.draw(recurrence(50), rankdir="TB", legend=False, derivatives=True).versions()
    for version in (whole, smaller):
        assert "rankdir=TB" in version.source
        assert "A chip stands" not in version.source
        assert "label=1]" in version.source


def test_a_smaller_picture_of_arrays_does_without_the_derivatives_that_it_cannot_show():
    loss, _ = chain(9)
    whole, *smaller = viz.draw(loss, derivatives=True).versions()
    assert "upstream" in whole.source or "tanh(" in whole.source
    assert smaller
    assert all("tanh(" not in version.source for version in smaller)


def test_an_entry_has_a_picture_of_its_own():
    loss, x, *_ = small()
    assert sizes(viz.draw(compare(loss), around=(x, (0, 1)))) == [2]
