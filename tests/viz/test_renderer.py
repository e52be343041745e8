"""Files and notebooks: pictures rendered for real, written whole or not at all."""

from __future__ import annotations

import struct
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import graphviz
import pytest
from graphviz.backend import dot_command

from handgrad import HandgradError, Value, compare, manual, viz
from handgrad.viz import renderer
from handgrad.viz.renderer import PNG_DPI

from .graphs import TWO_MISTAKES, lecture

ODD_LABELS = [
    "\"quoted\" 'name'",
    "{a|b} <c> [d]",
    "two\nlines\r\tand a tab",
    "\0nul \x1b escape \x7f",
    "<i>html</i> &amp; &nosuch;",
    "</TABLE>>",
    "<whole>",
    "\\N \\G \\l \\",
    "\u540d\u524d \N{SLIGHTLY SMILING FACE} na\u00efve \u2212 \u202e",
    "lone \ud800 surrogate",
    "x" * 3000,
    " ",
    "]]> -- /* # */",
]


@pytest.fixture
def embedded(monkeypatch):
    """No `dot` on PATH, and no program set for the graphviz package."""
    monkeypatch.setattr(dot_command, "DOT_BINARY", Path("dot"))
    monkeypatch.setenv("PATH", str(Path(__file__).parent))


@pytest.fixture
def broken(monkeypatch):
    """A renderer that always fails."""
    monkeypatch.setattr(dot_command, "DOT_BINARY", Path(sys.executable))


def test_svg_and_png_are_rendered_where_no_dot_is_installed(embedded, tmp_path):
    comparison = compare(lecture(TWO_MISTAKES))
    svg = viz.save(comparison, tmp_path / "a.svg")
    png = viz.save(comparison, tmp_path / "a.png")
    assert svg == tmp_path / "a.svg"
    assert 'stroke="red"' in svg.read_text(encoding="utf-8")
    assert png.read_bytes().startswith(b"\x89PNG\r\n")


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_a_png_of_a_long_chain_is_no_larger_than_programs_show(embedded, tmp_path, rankdir, monkeypatch):
    monkeypatch.setattr(renderer, "LARGEST_PNG", 800)  # of its own size the same takes seconds
    chain = Value(0.5, "x")
    for _ in range(10):
        chain = (chain * 1.01).tanh()
    drawn = viz.draw(chain, rankdir=rankdir)
    for png in (viz.save(drawn, tmp_path / "a.png").read_bytes(), drawn.pipe(format="png")):
        assert max(png_size(png)) == 800
    svg = ET.fromstring(viz.save(drawn, tmp_path / "a.svg").read_bytes())
    points = max(float(svg.get(side).removesuffix("pt")) for side in ("width", "height"))
    assert points * PNG_DPI / 72 > 800


def test_a_png_of_a_small_graph_has_its_full_resolution(embedded, tmp_path):
    drawn = viz.draw(lecture())
    png = viz.save(drawn, tmp_path / "a.png").read_bytes()
    svg = ET.fromstring(viz.save(drawn, tmp_path / "a.svg").read_bytes())
    assert png_size(png)[0] == pytest.approx(float(svg.get("width").removesuffix("pt")) * PNG_DPI / 72, abs=3)


def png_size(png: bytes) -> tuple[int, int]:
    return struct.unpack(">II", png[16:24])


def test_a_notebook_shows_the_picture_without_a_word_on_stderr(embedded, capsys):
    shown = viz.draw(compare(lecture(TWO_MISTAKES)))._repr_mimebundle_()
    assert "<svg" in shown["image/svg+xml"]
    assert capsys.readouterr().err == ""


def test_a_renderer_that_the_user_has_set_is_kept(broken, tmp_path):
    with pytest.raises(RuntimeError, match="failed"):
        viz.save(lecture(), tmp_path / "a.svg")
    assert Path(sys.executable) == dot_command.DOT_BINARY


@pytest.mark.parametrize("label", ODD_LABELS)
def test_an_odd_label_is_rendered_as_one_card_of_well_formed_svg(embedded, tmp_path, label):
    with manual():
        root = Value(2.0, label) * Value(3.0, "b")
    root.grad = 5.0
    path = viz.save(compare(root), tmp_path / "a.svg", reveal=True, derivatives=True)
    svg = ET.fromstring(path.read_bytes())
    ids = [title.text for title in svg.iter("{http://www.w3.org/2000/svg}title")]
    assert ids.count("n0") == 1


@pytest.mark.parametrize("label", ["\\N \\G \\l", "{a|b} <c> [d]", "<i>html</i> &amp;"])
def test_a_label_is_shown_as_it_was_written(embedded, tmp_path, label):
    path = viz.save(Value(2.0, label), tmp_path / "a.svg")
    svg = ET.fromstring(path.read_bytes())
    texts = ["".join(text.itertext()) for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert "".join(label.split()) in "".join("".join(texts).split())


def test_odd_gradients_and_operations_are_rendered(embedded, tmp_path):
    with manual():
        a = Value(2.0, "a")
        root = (a * a).leaky_relu()
    root.grad = float("nan")
    root.operands[0].grad = "<b>text</b>"
    a.grad = [root, {"x": "\\N"}]
    assert viz.save(compare(root), tmp_path / "a.svg", reveal=True).exists()


@pytest.mark.parametrize("name", ["a.svg", "A.SVG", "a.Png", "a.dot"])
def test_the_suffix_chooses_the_format_in_small_or_capital_letters(tmp_path, name):
    path = viz.save(lecture(), str(tmp_path / "new" / "folders" / name))
    start = {".svg": b"<?xml", ".png": b"\x89PNG", ".dot": b"digraph"}[path.suffix.lower()]
    assert path.read_bytes().startswith(start)
    assert [p.name for p in path.parent.iterdir()] == [name]


def test_a_picture_made_by_draw_can_be_saved(tmp_path):
    drawn = viz.draw(lecture())
    assert viz.save(drawn, tmp_path / "a.dot").read_text(encoding="utf-8") == drawn.source
    with pytest.raises(ValueError, match=r"viz\.draw"):
        viz.save(drawn, tmp_path / "a.dot", reveal=True)


@pytest.mark.parametrize("name", ["a.pdf", "a", "a.svg.gz"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path, name):
    with pytest.raises(OSError, match=r"\.svg, \.png or \.dot") as caught:
        viz.save(lecture(), tmp_path / name)
    assert isinstance(caught.value, HandgradError)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_an_error_that_says_what_to_give(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OSError, match="folder that you may write to"):
        viz.save(lecture(), tmp_path / "file" / "a.dot")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_path_that_is_a_folder_is_an_error(tmp_path):
    (tmp_path / "a.svg").mkdir()
    with pytest.raises(OSError, match="it is a folder"):
        viz.save(lecture(), tmp_path / "a.svg")


def test_a_path_that_no_file_can_have_is_an_error(tmp_path):
    with pytest.raises(OSError, match="was not written"):
        viz.save(lecture(), tmp_path / ("x" * 300 + ".dot"))
    with pytest.raises(OSError, match="was not written"):
        viz.save(lecture(), f"{tmp_path}/a\0b.dot")
    assert list(tmp_path.iterdir()) == []


def test_a_failing_renderer_leaves_the_old_file_and_nothing_else(broken, tmp_path):
    path = tmp_path / "a.svg"
    path.write_text("old")
    with pytest.raises(RuntimeError, match=r"ends in \.dot") as caught:
        viz.save(lecture(), path)
    assert isinstance(caught.value, HandgradError)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_renderer_is_an_error_that_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(dot_command, "DOT_BINARY", Path("no-such-renderer"))
    with pytest.raises(RuntimeError, match="pip install graphviz-pure"):
        viz.save(lecture(), tmp_path / "new" / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_midway_leaves_the_old_file_and_nothing_else(monkeypatch, tmp_path):
    path = tmp_path / "a.dot"
    path.write_text("old")

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        viz.save(lecture(), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_error_for_a_wrong_target_names_what_to_give(tmp_path):
    with pytest.raises(TypeError, match="takes a Value or a Comparison"):
        viz.save("loss", tmp_path / "a.svg")


def test_a_picture_is_a_digraph_of_the_graphviz_package():
    assert isinstance(viz.draw(lecture()), graphviz.Digraph)
