"""The numbers touched on the page: by box and slider, downhill, nudged, taken back, and taken along."""

import re

import pytest
from playwright.sync_api import expect

from tests.viz.graphs import RIGHT, lecture

from ..browser import page_of, stop_time
from .finding import box, button, data, expect_state, fill, opened, status


def test_a_leaf_is_set_by_its_box_and_what_follows_from_it_moves(page, served):
    made = served(lecture())
    opened(page, made)
    fill(page, "L", "1")
    fill(page, "d", "L.grad * f")
    fill(page, "f", "4")
    expect_state(page, "f", "correct")
    data(page, "f").fill("3")
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("f is now 3 and L 12")
    expect(page.get_by_role("textbox", name="gradient of L, data 12")).to_be_visible()
    expect_state(page, "d", "correct")
    data(page, "c").fill("1")
    page.keyboard.press("Enter")
    expect_state(page, "f", "wrong")
    expect(page.get_by_text("was right before the data moved")).to_be_visible()
    data(page, "c").fill("one")
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("There is no 'one' on the graph")
    expect(data(page, "c")).to_have_value("one")


@pytest.mark.rest(of=3)
def test_a_slider_is_moved_by_the_keyboard_and_one_pull_of_a_hand_is_taken_back_at_once(page, served):
    made = served(lecture())
    opened(page, made)
    slider = data(page, "a", "slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(data(page, "a")).to_have_value("2.05")
    expect(page.get_by_role("textbox", name="gradient of e, data -6.15")).to_be_visible()
    place = slider.bounding_box()
    middle = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + place["width"] / 2, middle)
    page.mouse.down()
    for share in (0.3, 0.5, 0.8, 0.95):
        page.mouse.move(place["x"] + place["width"] * share, middle)
    page.mouse.up()
    expect(data(page, "a")).not_to_have_value("2.05")
    page.keyboard.press("Control+z")
    expect(data(page, "a")).to_have_value("2.05")
    page.locator("h1").click()  # nothing has the focus
    page.keyboard.press("Control+z")
    expect(data(page, "a")).to_have_value("2")
    expect(button(page, "Undo")).to_be_disabled()


@pytest.mark.rest(of=3)
def test_a_step_downhill_says_how_it_went_and_a_nudge_what_moves(page, served):
    opened(page, served(lecture({name: number for name, number in RIGHT.items() if name != "a"})))
    button(page, "Downhill").click()
    expect(status(page)).to_contain_text("A step needs the gradient of every leaf: a has none yet")
    fill(page, "a", "6")
    page.get_by_role("textbox", name="rate").fill("0.01")
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("L fell from -8 to -8.7")
    expect(page.locator(".hg-curve")).to_be_visible()
    box(page, "d").focus()
    button(page, "Nudge").click()
    expect(status(page)).to_contain_text("d moves by 0.001")


@pytest.mark.rest(of=3)
def test_ctrl_z_outside_a_box_takes_back_and_in_one_what_it_brings_back_is_judged(page, served):
    opened(page, served(lecture()))
    fill(page, "L", "1")
    fill(page, "d", "2")
    expect_state(page, "d", "wrong")
    button(page, "Hint").focus()
    page.keyboard.press("Control+z")
    expect_state(page, "d", "missing")
    expect(box(page, "d")).to_have_value("")
    page.keyboard.press("Control+Shift+Z")
    expect_state(page, "d", "wrong")
    expect(box(page, "d")).to_have_value("2")
    button(page, "Reset").click()
    expect_state(page, "d", "missing")
    button(page, "Undo").click()
    expect_state(page, "d", "wrong")
    expect(box(page, "L")).to_have_value("1")


@pytest.mark.rest(of=3)
def test_the_address_holds_the_mode_and_what_was_filled_in(browser, served):
    made, fresh = served(lecture()), served(lecture())
    with page_of(browser, permissions=["clipboard-read", "clipboard-write"]) as page:
        opened(page, made)
        fill(page, "L", "1")
        fill(page, "d", "L.grad * f")
        data(page, "f").fill("3")
        page.keyboard.press("Enter")
        expect(status(page)).to_contain_text("f is now 3")
        button(page, "Watch").click()
        expect(page.locator("main[data-ready=watch]")).to_be_visible()
        button(page, "Copy link").click()
        expect(status(page)).to_contain_text("The link is copied")
        link = page.evaluate("navigator.clipboard.readText()")
        button(page, "Copy iframe").click()
        expect(status(page)).to_contain_text("The iframe is copied")
        frame = page.evaluate("navigator.clipboard.readText()")
        assert re.fullmatch(r'<iframe src="http[^"]*bare=[^"]*" width="\d+" height="\d+" .*></iframe>', frame)
        page.goto(fresh.address + link[link.index("#") :] + "&bare")
        expect(page.locator("main[data-ready=watch]")).to_be_visible()
        expect(page.get_by_role("heading")).to_have_count(0)
        button(page, "Fill in").click()
        expect_state(page, "d", "correct")
        expect(data(page, "f")).to_have_value("3")


@pytest.mark.rest(of=3)
@pytest.mark.parametrize("kind", ["SVG", "PNG"])
def test_the_picture_is_saved(page, served, kind):
    opened(page, served(lecture({"L": 1.0, "d": 2.0})))
    with page.expect_download() as waiting:
        button(page, f"Save {kind}").click()
    saved = waiting.value
    assert saved.suggested_filename == f"L.{kind.lower()}"
    content = saved.path().read_bytes()
    assert content.startswith(b"\x89PNG") if kind == "PNG" else b"<svg" in content and b"red" in content


@pytest.mark.rest(of=3)
def test_two_tabs_on_one_sheet_tell_each_other(browser, served):
    made = served(lecture())
    with page_of(browser) as page:
        stop_time(page)  # in which a tab would ask by itself
        opened(page, made)
        other = page.context.new_page()
        opened(other, made)
        fill(page, "L", "1")
        expect(box(other, "L")).to_have_value("1")
        fill(page, "d", "-2")
        expect_state(page, "d", "correct")
        data(other, "f").fill("3")
        other.keyboard.press("Enter")
        expect(data(page, "f")).to_have_value("3")
        expect(page.get_by_role("textbox", name="gradient of L, data 12")).to_be_visible()
        for tab in (page, other):
            expect_state(tab, "d", "wrong")
        expect(status(page)).to_have_text("")  # it said that d is correct
        button(page, "Watch").click()
        button(page, "Step").click()
        expect(status(page)).to_contain_text("f = 3")
        data(other, "f").fill("5")
        other.keyboard.press("Enter")
        expect(status(page)).to_contain_text("f = 5")


@pytest.mark.rest(of=3)
def test_the_wheel_with_ctrl_zooms_and_fit_shows_all(page, served):
    opened(page, served(lecture()))
    canvas = page.locator(".hg-canvas")
    before = canvas.bounding_box()["width"]
    page.locator(".hg-pan").hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.wait_for_function(
        "width => document.querySelector('.hg-canvas').getBoundingClientRect().width > 1.5 * width", arg=before
    )
    button(page, "fit").click()
    page.wait_for_function(
        """() => document.querySelector(".hg-canvas").getBoundingClientRect().width
            <= document.querySelector(".hg-pan").getBoundingClientRect().width"""
    )
