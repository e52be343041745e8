"""Parts of the page, by role and name alone."""

import re
from contextlib import contextmanager

from playwright.sync_api import expect


def opened(page, served):
    page.goto(served.address)
    expect(page.locator("main[data-ready]")).to_be_visible()
    return page


def box(page, name):
    return page.get_by_role("textbox", name=re.compile(rf"gradient of {re.escape(name)}\b"))


def data(page, name, role="textbox"):
    """The box of a leaf's number, or its slider."""
    return page.get_by_role(role, name=f"data of {name}", exact=True)


def button(page, name):
    return page.get_by_role("button", name=name)


def status(page):
    return page.get_by_role("status")


def fill(page, name, text):
    """Type a gradient, and Enter."""
    box(page, name).fill(text)
    page.keyboard.press("Enter")


def expect_state(page, name, state):
    expect(box(page, name)).to_have_accessible_description(state)


PLACES = """cards => Object.fromEntries(cards.map(card => {
    const box = card.getBoundingClientRect();
    const numbers = [box.x + scrollX, box.y + scrollY, box.width, box.height];
    return [card.querySelector("title").textContent, numbers.map(Math.round)];
}))"""


def places(page):
    """Left, top, width and height of each card by its name."""
    return page.locator(".card").evaluate_all(PLACES)


@contextmanager
def no_answer(page, what=None):
    """Nothing that the page asks, or nothing of this kind, is answered before the end."""
    waiting = []

    def hold(route):
        if what in (None, route.request.post_data_json["do"]):
            waiting.append(route)
        else:
            route.continue_()

    page.route("**/ask", hold)
    yield
    page.route("**/ask", lambda route: route.continue_())
    for route in waiting:
        route.continue_()
    page.unroute("**/ask")
