"""The backward pass on the page: watched, played, and said before it is shown."""

import re

import pytest
from playwright.sync_api import expect

from handgrad import Value, label, manual, viz
from tests.graphs import random_graph
from tests.viz.graphs import lecture

from ..browser import page_of, stop_time
from .finding import button, expect_state, fill, no_answer, opened, status


def test_watch_tells_each_step_and_back_takes_it_back(page, served):
    with manual():
        root = random_graph(4, leaves=2, steps=2)
    made = served(root, mode="watch")
    steps = made.sheet.handle({"do": "steps"})["steps"]
    assert max(step["uses"] for step in steps) > 1
    opened(page, made)
    expect(button(page, "Watch")).to_have_attribute("aria-pressed", "true")
    for step in steps:
        button(page, "Step").click()
        expect(status(page)).to_contain_text(step["say"])
    expect(button(page, "Step")).to_be_disabled()
    button(page, "Back").click()
    expect(status(page)).to_contain_text(steps[-2]["say"])


OVERLAPS = """() => {
    const pill = document.querySelector(".product-paper").getBoundingClientRect();
    return [...document.querySelectorAll(".card .paper, .disc rect")].filter(part => {
        const box = part.getBoundingClientRect();
        return pill.left < box.right && pill.right > box.left && pill.top < box.bottom && pill.bottom > box.top;
    }).length;
}"""


@pytest.mark.rest(of=3)
def test_the_product_beside_an_edge_stands_on_no_card(page, served):
    opened(page, served(lecture(), mode="watch"))
    for place in range(1, 7):
        button(page, "Step").click()
        expect(status(page)).to_contain_text(f"Step {place} of 6")
        assert page.evaluate(OVERLAPS) == 0


@pytest.mark.rest(of=3)
def test_a_click_on_a_node_goes_to_its_part_of_the_pass(page, served):
    opened(page, served(lecture(), mode="watch"))
    page.locator(".card", has_text="a").filter(has=page.locator("title", has_text=re.compile("^a$"))).click()
    expect(status(page)).to_contain_text("a gets e.grad")


@pytest.fixture
def stopped(browser, served):
    """A page whose time passes only when it is told to."""
    with page_of(browser) as page:
        stop_time(page)
        opened(page, served(lecture(), mode="watch"))
        page.get_by_label("speed").select_option("4")
        yield page


@pytest.mark.rest(of=3)
def test_play_goes_on_by_itself_to_the_end(stopped):
    button(stopped, "Play").click()
    for place in range(1, 7):
        stopped.clock.run_for(550)
        expect(status(stopped)).to_contain_text(f"Step {place} of 6")
    expect(status(stopped)).to_contain_text("That is the whole pass")
    expect(button(stopped, "Play")).to_be_visible()


@pytest.mark.rest(of=3)
def test_pause_stops_it_where_it_is(stopped):
    button(stopped, "Play").click()
    expect(button(stopped, "Pause")).to_be_visible()
    stopped.clock.run_for(1_000)
    expect(status(stopped)).to_contain_text("Step 2 of 6")
    button(stopped, "Pause").click()
    expect(button(stopped, "Play")).to_be_visible()
    stopped.clock.run_for(60_000)
    expect(status(stopped)).to_contain_text("Step 2 of 6")


@pytest.mark.rest(of=3)
def test_predict_asks_before_it_shows(page, served):
    opened(page, served(lecture()))
    button(page, "Predict").click()
    guess = page.get_by_role("textbox", name="contribution")
    expect(guess).to_have_accessible_name("contribution to d from L")
    expect(status(page)).to_contain_text("What does d get from L")
    expect(button(page, "Step")).to_be_disabled()
    guess.fill("2")
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("wrong sign")
    assert "= -2" not in page.locator("main").inner_text()
    guess.fill("-2")
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("d gets L.grad")
    page.keyboard.press("Enter")
    expect(guess).to_have_accessible_name("contribution to f from L")
    button(page, "Reveal").click()
    expect(status(page)).to_contain_text("f gets L.grad")
    button(page, "Step").click()
    expect(guess).to_have_accessible_name("contribution to e from d")


@pytest.mark.rest(of=3)
@pytest.mark.parametrize("name", ["Watch", "Predict"])
def test_a_way_that_is_left_before_it_is_there_does_not_come_later(page, served, name):
    opened(page, served(lecture()))
    with no_answer(page):
        button(page, name).click()
        button(page, "Fill in").click()
    button(page, "Hint").click()
    expect(status(page)).to_contain_text("L is where the pass starts")
    expect(button(page, "Step")).to_be_hidden()
    fill(page, "L", "1")
    expect_state(page, "L", "correct")


@pytest.mark.rest(of=3)
def test_next_goes_on_to_the_following_sheet(page, served):
    def second():
        with manual():  # another graph than the first, with nodes of the same names
            a, f = Value(1.5, "a"), Value(-2.0, "f")
            L = label(a * f, "L")
        return viz.Sheet(L, title="The second")

    opened(page, served(lecture(), following=second))
    fill(page, "L", "2")
    expect_state(page, "L", "wrong")
    button(page, "Next").click()
    expect(page.get_by_role("heading", name="The second")).to_be_visible()
    expect(page.locator("main[data-ready]")).to_be_visible()
    expect_state(page, "L", "missing")  # what was typed on the first is not the second's
    fill(page, "L", "1")
    expect_state(page, "L", "correct")
