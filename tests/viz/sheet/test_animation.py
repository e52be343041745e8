"""The backward pass as one animated SVG."""

import re
import xml.etree.ElementTree as ET

import pytest

from handgrad import Value, compare, gradients, label, manual, viz
from handgrad.viz.errors import OptionError, SaveError
from handgrad.viz.sheet.animation import animate

from ..graphs import RIGHT, TWO_MISTAKES, lecture
from .layer import layer

SVG = "{http://www.w3.org/2000/svg}"


def groups(text):
    """Each card as (its classes, name, gradient), in the order of the file."""
    found = []
    for group in ET.fromstring(text).iter(f"{SVG}g"):
        texts = {part.get("class"): part.text for part in group.findall(f"{SVG}text")}
        if "name" in texts:
            found.append((group.get("class").split(), texts["name"], texts.get("grad")))
    return found


def at_the_end(text):
    return {name: (kinds[0], grad) for kinds, name, grad in groups(text) if "passing" not in kinds}


def test_it_begins_with_what_was_filled_in_and_ends_with_every_gradient_right():
    root = lecture(TWO_MISTAKES)
    text = animate(compare(root))
    first = {name: (kinds[0], grad) for kinds, name, grad in groups(text) if kinds[1].startswith("t0-")}
    assert first["d"] == ("wrong", "2")
    assert first["e"] == ("carried", "2")
    assert at_the_end(text) == {name: ("correct", f"{number:g}") for name, number in RIGHT.items()}
    assert {node.label: node.grad for node in gradients(root)} == TWO_MISTAKES


def test_a_node_with_two_uses_shows_its_running_sum():
    with manual():
        a, b = Value(2.0, "a"), Value(3.0, "b")
        L = label(a * b + a, "L")
    shown = [grad for kinds, name, grad in groups(animate(L)) if name == "a"]
    assert shown[0] == "?"
    assert shown[-1] == "4"
    assert {"1", "4"} <= set(shown)


def test_there_is_no_script_and_where_motion_is_not_wanted_the_end_stands_still():
    text = animate(lecture())
    assert "<script" not in text
    assert "onload" not in text
    before, motion = text.split("@media (prefers-reduced-motion:no-preference)")
    assert "animation:" not in before
    assert motion.count("animation:") == len(set(re.findall(r"@keyframes ([\w-]+)", text)))
    assert ".passing{opacity:0}" in before


def test_names_of_any_kind_stand_there_as_text():
    with manual():
        root = label(Value(2.0, "<b>") * Value(3.0, "&"), "<script>")
    assert "<script" not in animate(root)


def test_an_untouched_graph_of_autodiff_begins_empty_and_stays_as_it_was():
    L = label(Value(2.0, "a") * Value(3.0, "b"), "L")
    assert [kinds[0] for kinds, _, grad in groups(animate(L)) if grad == "?"] == ["missing"] * 3
    assert L.grad == 0.0


def test_arrays_are_maps():
    text = animate(layer()[-1])
    assert text.count('class="tone-') > 40


def test_a_graph_too_large_to_be_watched_is_refused():
    with manual():
        x = Value(1.0, "x")
        for _ in range(80):
            x = x.sin()
    with pytest.raises(OptionError, match="at most 60 nodes"):
        animate(x)


def test_it_is_saved_as_svg_alone(tmp_path):
    path = viz.save_walk(lecture(), tmp_path / "new" / "walk.svg")
    assert path.read_text("utf-8").startswith("<svg")
    for name in ("walk.png", "walk.dot", "walk"):
        with pytest.raises(SaveError):
            viz.save_walk(lecture(), tmp_path / name)
    with pytest.raises(SaveError):
        viz.save_walk(lecture(), tmp_path / "new" / "walk.svg" / "x.svg")
