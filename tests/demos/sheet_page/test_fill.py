"""Filling the page in by keyboard."""

from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from handgrad import compare
from tests.viz.graphs import RIGHT, lecture

from .finding import box, button, expect_state, fill, no_answer, opened, status


def numbers_of(root):
    return {node.label: node.grad for node in (result.node for result in compare(root))}


def test_the_whole_sheet_is_filled_in_by_keyboard_alone(page, served):
    root = lecture()
    opened(page, served(root))
    box(page, "L").focus()
    for name in (result.name for result in compare(root)):
        expect(box(page, name)).to_be_focused()
        page.keyboard.type(f"{RIGHT[name]:g}")
        page.keyboard.press("Enter")
        expect_state(page, name, "correct")
    expect(status(page)).to_contain_text("All 7 gradients are right.")
    assert numbers_of(root) == RIGHT


@pytest.mark.rest(of=3)
def test_before_an_answer_is_there_one_types_into_the_next_box(page, served):
    root = lecture()
    opened(page, served(root))
    box(page, "L").focus()
    with no_answer(page):
        page.keyboard.type("1\n4\n-2")
        expect(box(page, "d")).to_have_value("-2")
    expect_state(page, "f", "correct")
    expect(box(page, "d")).to_be_focused()
    expect(box(page, "d")).to_have_value("-2")
    assert numbers_of(root) | {"L": 1.0, "f": 4.0} == numbers_of(root)


@pytest.mark.rest(of=3)
def test_a_typo_does_not_take_away_what_is_typed_next(page, served):
    opened(page, served(lecture()))
    box(page, "L").focus()
    with no_answer(page):
        page.keyboard.type("1 +\n4")
    expect(status(page)).to_contain_text("not understood")
    expect(box(page, "f")).to_be_focused()
    expect(box(page, "f")).to_have_value("4")
    expect(box(page, "L")).to_have_value("1 +")


@pytest.mark.rest(of=3)
def test_a_typo_over_a_number_that_is_not_answered_yet_stays(page, served):
    root = lecture()
    opened(page, served(root))
    with no_answer(page):
        fill(page, "L", "1")
        fill(page, "L", "1 +")
    expect(status(page)).to_contain_text("not understood")
    expect(box(page, "L")).to_have_value("1 +")
    assert root.grad == 1.0


@contextmanager
def first_fill_delayed(page):
    """The first fill that the page sends arrives at the end, after those that do not wait for its answer."""
    delayed = []

    def delay_first(route):
        if delayed or route.request.post_data_json.get("do") != "fill":
            route.continue_()
        else:
            delayed.append(route)

    page.route("**/ask", delay_first)
    yield
    # Its answer comes after that to a second fill, where the page has sent one already.
    page.evaluate("fetch('ask', {method: 'POST', body: '{}'}).then(answer => answer.text())")
    with page.expect_response(lambda response: response.request == delayed[0].request):
        delayed[0].continue_()
    page.unroute("**/ask")


@pytest.mark.rest(of=3)
def test_the_number_typed_last_is_the_one_that_holds(page, served):
    root = lecture()
    opened(page, served(root))
    with first_fill_delayed(page):
        fill(page, "L", "3")
        fill(page, "L", "1")
    expect_state(page, "L", "correct")
    expect(box(page, "L")).to_have_value("1")
    assert root.grad == 1.0


@pytest.mark.rest(of=3)
def test_tab_visits_the_boxes_consumers_first(page, served):
    root = lecture()
    opened(page, served(root))
    box(page, "L").focus()
    for name in [result.name for result in compare(root)][1:]:
        page.keyboard.press("Tab")
        expect(box(page, name)).to_be_focused()


@pytest.mark.rest(of=3)
def test_a_wrong_number_is_said_seen_and_announced(page, served):
    opened(page, served(lecture({"L": 1.0, "f": 4.0})))
    fill(page, "d", "2")
    expect_state(page, "d", "wrong")
    expect(box(page, "d")).to_have_attribute("aria-invalid", "true")
    expect(status(page)).to_contain_text("wrong")
    expect(status(page)).to_contain_text("wrong sign")
    expect(page.get_by_role("list", name="Mistakes")).to_contain_text("wrong sign")
    fill(page, "e", "2")
    expect_state(page, "e", "carried")
    for word in ("correct", "wrong", "carried", "missing"):
        assert page.locator(".card .status", has_text=word).first.is_visible()


@pytest.mark.rest(of=3)
def test_a_typo_leaves_what_was_typed_and_where_one_is(page, served):
    root = lecture()
    opened(page, served(root))
    fill(page, "L", "1 +")
    expect(status(page)).to_contain_text("not understood")
    expect(box(page, "L")).to_be_focused()
    expect(box(page, "L")).to_have_value("1 +")
    assert root.grad is None


@pytest.mark.rest(of=3)
def test_hints_and_the_answer_come_only_when_asked_for(page, served):
    opened(page, served(lecture()))
    box(page, "d").focus()
    button(page, "Hint").click()
    expect(status(page)).to_contain_text("d is used in L")
    button(page, "Reveal").click()
    expect(status(page)).to_contain_text("= -2")


@pytest.mark.rest(of=3)
def test_a_hint_after_a_mistake_is_on_the_mistake_though_enter_has_gone_on(page, served):
    opened(page, served(lecture()))
    fill(page, "L", "2")
    expect_state(page, "L", "wrong")
    button(page, "Hint").click()
    expect(status(page)).to_contain_text("L is where the pass starts")
    box(page, "d").focus()
    button(page, "Hint").click()
    expect(status(page)).to_contain_text("d is used in L")


@pytest.mark.rest(of=3)
def test_check_judges_on_demand(page, served):
    opened(page, served(lecture()))
    expect(button(page, "Check")).to_be_hidden()
    page.get_by_role("checkbox", name="judge at once").uncheck()
    fill(page, "L", "2")
    expect_state(page, "L", "typed")
    button(page, "Check").click()
    expect_state(page, "L", "wrong")
