"""A renderer that takes too long: it is stopped, with all that it started, and less is drawn."""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import graphviz
import pytest
from graphviz.backend import dot_command

from handgrad import HandgradError, Value, compare, gradients, viz
from handgrad.graph import topological_order
from handgrad.viz import renderer
from handgrad.viz.process import output_of

from .graphs import TWO_MISTAKES, lecture, recurrence, tangle

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are shell scripts")

CUT = "It takes too long to lay out more."


class Blocking:
    """A renderer that waits for ever on a pipe, in a process of its own, unless the picture is one that was cut."""

    def __init__(self, folder: Path, *, also_cut: bool) -> None:
        folder.mkdir()
        self.program = folder / "renderer"
        never, alive = folder / "never", folder / "alive"
        os.mkfifo(never)
        os.mkfifo(alive)
        # Nothing is ever written here, but it ends with this process, should the test be killed.
        self._never = os.open(never, os.O_RDWR)
        # Whatever the program starts has the other end of this.
        self._alive = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
        os.close(os.open(alive, os.O_WRONLY))  # so that it is at its end where the program did not come to open it
        mark = "nothing" if also_cut else "takes"  # of `CUT`, in which a line may break anywhere
        self.program.write_text(
            f"#!/bin/sh\nexec 8< {shlex.quote(str(never))} 9> {shlex.quote(str(alive))}\n"
            'for last; do :; done\ncase "$last" in -*) source=$(cat);; *) source=$(cat "$last");; esac\n'
            f'case "$source" in *{mark}*) printf "%s" "$source" | {_embedded()} "$@"; exit $?;; esac\n'
            "cat <&8\n"
        )
        self.program.chmod(0o755)

    def is_gone(self) -> bool:
        """Whether neither it nor what it started is left, or ends in the next seconds."""
        ready, _, _ = select.select([self._alive], [], [], 20.0)
        return bool(ready) and os.read(self._alive, 1) == b""

    def close(self) -> None:
        os.close(self._alive)
        os.close(self._never)


def _embedded() -> str:
    return shlex.quote(str(renderer.embedded_renderer()))


@contextlib.contextmanager
def _set(monkeypatch, tmp_path, *, also_cut):
    stub = Blocking(tmp_path / "renderer", also_cut=also_cut)
    monkeypatch.setattr(dot_command, "DOT_BINARY", stub.program)
    # A cut picture has the time it needs where this machine has other work, too.
    monkeypatch.setattr(renderer, "SECONDS", 0.2)
    monkeypatch.setattr(renderer, "SECONDS_AGAIN", 0.1 if also_cut else 30.0)
    yield stub
    stub.close()


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


def words(svg: bytes | str) -> str:
    texts = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return " ".join(" ".join("".join(text.itertext()).split()) for text in texts)


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


@pytest.mark.skipif(sys.platform != "linux", reason="others set no limit from outside")
def test_a_renderer_whose_owner_is_killed_does_not_compute_for_ever():
    limit = output_of(["/bin/sh", "-c", "cat > /dev/null; ulimit -t"], b"", 10.0)
    assert 10 <= int(limit) <= 15
