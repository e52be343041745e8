"""What was typed is kept: over a reload, in a second tab, and by a program that is started again."""

import random

import pytest
from playwright.sync_api import expect

from tests.patience import PATIENCE
from tests.viz.graphs import lecture
from tests.viz.sheet.test_versions import FORMULAS, truth

from ..browser import page_of, stop_time
from .finding import box, button, data, expect_state, fill, no_answer, opened

pytestmark = pytest.mark.rest(of=3)

POLL = 2_000
"""Milliseconds from one question of an open page to the next: whether anything has changed."""


@pytest.fixture
def tabs(browser):
    """Makes a tab beside the others of a browser: its time passes when it is told to, by `let_pass`."""
    with page_of(browser) as first:
        stop_time(first)
        made = []

        def tab():
            made.append(first.context.new_page() if made else first)
            return made[-1]

        yield tab


def let_pass(*tabs):
    for tab in tabs:
        tab.clock.run_for(POLL)


def test_a_reload_shows_what_was_typed(page, served):
    opened(page, served(lecture()))
    fill(page, "L", "2/2")
    expect_state(page, "L", "correct")
    page.reload()
    expect(box(page, "L")).to_have_value("2/2")


def test_one_types_into_a_box_only_once_it_shows_what_stands_there(page, served):
    opened(page, served(lecture()))
    fill(page, "L", "2/2")
    expect_state(page, "L", "correct")
    with no_answer(page, "restore"):
        page.reload()
        expect(box(page, "L")).to_be_disabled()
    expect(box(page, "L")).to_be_enabled()
    expect(box(page, "L")).to_have_value("2/2")


def test_a_second_tab_and_the_first_show_what_is_typed_in_either(tabs, served):
    made = served(lecture())
    page, other = opened(tabs(), made), opened(tabs(), made)
    fill(page, "L", "2/2")
    expect_state(page, "L", "correct")
    let_pass(other)
    expect(box(other, "L")).to_have_value("2/2")
    fill(other, "f", "4")
    expect_state(other, "f", "correct")
    let_pass(page)
    expect(box(page, "f")).to_have_value("4")
    button(other, "Reset").click()
    expect(box(other, "f")).to_have_value("")
    let_pass(page)
    expect(box(page, "f")).to_have_value("")


def test_after_the_program_was_started_again_nothing_typed_in_any_tab_is_lost(tabs, served):
    made = served(lecture())
    page = opened(tabs(), made)
    fill(page, "L", "1")
    expect_state(page, "L", "correct")
    other = opened(tabs(), made)
    expect(box(other, "L")).to_have_value("1")
    made.stop()
    for tab, name, text in ((page, "d", "L.grad * f"), (other, "f", "4"), (other, "c", "2 +")):
        fill(tab, name, text)
        expect(tab.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(f"start it again at port {made.port}")
    assert served(lecture(), port=made.port).address == made.address
    for _ in range(2):  # what one of them brings back, the other hears of later
        let_pass(page, other)
    expect_state(page, "d", "correct")
    expect(page.get_by_role("alert")).to_be_hidden()
    for tab in (page, other):
        for name, text in (("L", "1"), ("d", "L.grad * f"), ("f", "4")):
            expect(box(tab, name)).to_have_value(text)
    expect(box(other, "c")).to_have_value("2 +")
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(box(page, "d")).to_have_value("L.grad * f")


def test_closed_tabs_find_all_of_it_again_in_another_run(page, served):
    made = served(lecture())
    other = page.context.new_page()
    for tab, name, text in ((page, "L", "1"), (other, "f", "4")):
        opened(tab, made)
        fill(tab, name, text)
        expect_state(tab, name, "correct")
    made.stop()
    other.close()
    opened(page, served(lecture(), port=made.port))
    for name, text in (("L", "1"), ("f", "4")):
        expect(box(page, name)).to_have_value(text)
        expect_state(page, name, "correct")


def answered(page, what):
    """Wait for the program's answer to what is asked in between; a page asks by itself, too, how things stand."""
    return page.expect_response(lambda answer: (answer.request.post_data_json or {}).get("do") == what)


def expect_shown(page, reply):
    """The page shows these data and texts, and calls right what is right for them."""
    for name in "abcf":
        expect(data(page, name)).to_have_value(f"{reply['data'][name]:g}")
    for name, gradient in truth(reply["data"]).items():
        entry = reply["verdict"][name]
        expect(box(page, name)).to_have_value(entry["text"])
        expect_state(page, name, entry["status"])
        assert (entry["status"] == "correct") == (entry["grad"] == gradient)


@pytest.mark.parametrize("seed", [1])
def test_two_tabs_show_what_the_program_judges_whatever_is_done_in_either(tabs, served, seed):
    rng, made = random.Random(seed), served(lecture())
    pages = [opened(tabs(), made), opened(tabs(), made)]
    for kind in ["fill", "set", "undo", *rng.choices(["fill", "fill", "set", "reload", "restart"], k=8)]:
        page, before = rng.choice(pages), made.sheet.handle({"do": "state"})
        if kind == "restart":
            made.stop()
            made = served(lecture(), port=made.port)
            let_pass(page)
            assert made.restored.wait(PATIENCE)
        elif kind == "reload":
            page.reload()
        elif kind == "undo":
            with answered(page, kind):
                button(page, "Undo").click()
        elif kind == "set":
            with answered(page, kind):
                data(page, rng.choice("abcf")).fill(f"{rng.randint(10, 99) / 10}")
                page.keyboard.press("Enter")
        else:
            name, right = rng.choice([*truth(before["data"]).items()])
            number = f"{rng.choice([1, -1]) * right + 0.0625:g}"
            with answered(page, kind):
                fill(page, name, FORMULAS[name] if name in "df" and before["verdict"]["L"]["text"] else number)
        if kind in ("restart", "reload"):
            expect_shown(page, before)
        now = made.sheet.handle({"do": "state"})
        if kind in ("restart", "reload"):
            assert (now["data"], now["state"]["texts"]) == (before["data"], before["state"]["texts"])
        for tab in pages:
            let_pass(tab)
            expect_shown(tab, now)
