"""Arrays on the page: maps of their numbers, which can be read square by square."""

import pytest
from playwright.sync_api import expect

from tests.viz.sheet.layer import layer

from .finding import button, opened

pytestmark = pytest.mark.rest(of=3)


def value(page):
    return page.locator(".hg-value")


def test_a_square_is_read_by_the_keyboard_and_by_pointing_at_it(page, served):
    _, W, _, L = layer()
    opened(page, served(L))
    over = page.locator(".hg-map[aria-label^='data of W']")
    over.focus()
    expect(value(page)).to_have_text(f"data of W: {W.data[0, 0]:.3g}")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(value(page)).to_have_text(f"data of W: {W.data[1, 1]:.3g}")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(value(page)).to_have_text(f"data of W: {W.data[1, 1]:.3g}")
    over.hover(position={"x": 3, "y": 3})
    expect(value(page)).to_have_text(f"data of W: {W.data[0, 0]:.3g}")
    page.mouse.move(5, 5)
    expect(value(page)).to_have_count(0)


def test_in_watch_the_gradient_and_the_contribution_are_maps_and_the_scale_is_said(page, served):
    made = served(layer()[-1], mode="watch")
    opened(page, made)
    expect(page.locator(".hg-scale")).to_contain_text("data from ")
    expect(page.locator(".hg-scale")).to_contain_text("gradients and contributions from ")
    for _ in made.sheet.handle({"do": "steps"})["steps"]:
        button(page, "Step").click()
    for name, count in (("x", 12), ("W", 8), ("y", 6)):
        card = page.locator(".card").filter(has=page.locator("title", has_text=name))
        expect(card.locator(".of-grad rect")).to_have_count(count)
    assert page.locator(".over g rect").count() in (8, 12)
    assert "array" not in page.locator(".hg-graph").inner_text()
