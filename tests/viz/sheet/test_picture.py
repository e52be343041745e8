"""The picture that stands there before any script has run, and the same in words."""

import re
import xml.etree.ElementTree as ET

import pytest

from handgrad import Value, compare, manual
from handgrad.viz import theme
from handgrad.viz.focus import MOST_NEIGHBOURS
from handgrad.viz.sheet import picture

from ..graphs import TWO_MISTAKES, lecture, star
from .asking import ask, sheet_of
from .layer import layer

SVG = "{http://www.w3.org/2000/svg}"


def drawn(sheet):
    return ET.fromstring(picture.svg(sheet, sheet.drawn))


def cards(sheet):
    """The cards by their titles: the class, and the texts by theirs."""
    found = {}
    for group in drawn(sheet).iter(f"{SVG}g"):
        if group.get("class").startswith("card"):
            texts = {text.get("class"): text.text or "" for text in group.iter(f"{SVG}text")}
            found[group.find(f"{SVG}title").text] = (group.get("class"), texts)
    return found


def test_each_node_is_a_card_with_its_name_its_number_its_gradient_and_its_verdict():
    found = cards(sheet_of(compare(lecture({**TWO_MISTAKES, "b": None}))))
    assert set(found) == set("Ldfecab")
    looks, texts = found["d"]
    assert looks == "card wrong"
    assert (texts["name"], texts["data"], texts["typed"], texts["status"]) == ("d", "4", "2", "wrong")
    looks, texts = found["b"]
    assert looks == "card missing"
    assert (texts["typed"], texts["status"]) == ("?", "missing")


def test_a_node_that_is_not_asked_for_has_no_verdict_and_no_hole():
    root = lecture()
    looks, texts = cards(sheet_of(compare(root, nodes=[root])))["a"]
    assert looks == "card skipped"
    assert (texts["status"], texts["typed"]) == ("", "")


def test_a_constant_is_its_number_and_no_card():
    with manual():
        root = Value(3.0, "x") * 2.5
    root.label = "y"
    sheet = sheet_of(root)
    assert set(cards(sheet)) == {"x", "y"}
    assert ">2.5</text>" in picture.svg(sheet, sheet.drawn)


def test_a_name_too_long_for_its_card_is_cut_there_and_whole_in_its_title():
    with manual():
        root = Value(3.0, "an_activation_of_the_hidden_layer") * 2.0
    root.label = "y"
    name = cards(sheet_of(root))["an_activation_of_the_hidden_layer"][1]["name"]
    assert name.startswith("an_act")
    assert name.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert len(name) < 16


def test_names_of_any_kind_stand_on_the_sheet_as_text():
    with manual():
        a, b = Value(2.0, "<script>alert(1)</script>"), Value(3.0, "b & \u00e9\n")
        L = a * b
    L.label = "$L"
    html = ask(sheet_of(L), "open")["html"]
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_what_is_typed_into_a_card_is_cut_to_its_hole():
    root = lecture()
    sheet = sheet_of(root)
    ask(sheet, "fill", node="L", text="0.5 + 0.25 + 0.25")
    assert cards(sheet)["L"][1]["typed"] == "0.5 + 0.25\N{HORIZONTAL ELLIPSIS}"


def test_the_uses_that_are_left_out_are_counted_below_the_card():
    found = cards(sheet_of(compare(star(200))))
    assert found["w"][1]["caption more"] == f"+{200 - MOST_NEIGHBOURS} uses"


def test_an_array_says_its_shape_and_has_a_map():
    x, W, y, L = layer()
    y.grad = 2 * y.data
    W.grad = x.data.T @ y.grad
    sheet = sheet_of(L)
    _, texts = cards(sheet)["W"]
    assert texts["data"] == "(4, 2)"
    assert texts["typed"] == "filled in"
    assert picture.svg(sheet, sheet.drawn).count(f'fill="{theme.COLD}"') == W.grad.size + y.grad.size


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (8, 12), (1, 12), (8, 1), (3, 4)])
def test_a_map_keeps_within_its_room(rows, columns):
    squares = picture.heat_map([[theme.COLD] * columns] * rows)
    found = [tuple(map(float, numbers)) for numbers in re.findall(r' x="(.*?)" y="(.*?)" width="(.*?)"', squares)]
    assert len(found) == rows * columns
    assert max(x + side for x, _, side in found) <= picture.MAP[0]
    assert max(y + side for _, y, side in found) <= picture.MAP[1]
    assert min(side for *_, side in found) >= 3.0


def test_a_square_is_called_by_its_shade_for_who_has_dark_paper():
    colours = [theme.COLD, theme.COLD_MISSING, theme.HEAT["wrong"][0], theme.HEAT["carried"][-1]]
    assert re.findall('class="(.*?)"', picture.heat_map([colours])) == ["cold", "hole", "wrong-1", "carried-5"]


def test_no_map_is_no_square():
    assert picture.heat_map([]) == ""


def test_each_edge_ends_at_a_card_or_a_disc_and_each_disc_has_its_sign():
    sheet = sheet_of(lecture())
    groups = [group for group in drawn(sheet).iter(f"{SVG}g") if group.get("class") == "disc"]
    assert [group.find(f"{SVG}text").text for group in groups] == ["\u00d7", "+", "\u00d7"]
    assert len([path for path in drawn(sheet).iter(f"{SVG}path") if path.get("data-edge")]) == 9


def test_in_words_each_node_says_how_it_was_made_its_state_and_its_uses():
    text = re.sub(r"<[^>]+>", " ", picture.describe_graph(sheet_of(compare(lecture({**TWO_MISTAKES, "b": None})))))
    said = " ".join(text.split())
    assert "L = d \u00d7 f, data -8; gradient: 1, correct . The root: the pass starts here." in said
    assert "d = e + c, data 4; gradient: 2, wrong . Used by L, by *" in said
    assert "b, data -3; gradient: missing . Used by e, by *" in said


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [("skipped", "3", "not asked for"), ("wrong", "3", "3, wrong"), ("missing", "", "missing")],
)
def test_a_verdict_in_words_stands_after_what_was_typed(status, text, said):
    assert picture.state_of(status, text) == said
