"""How the page looks: red seen first, nothing that moves, in each colour scheme, on a phone, in a notebook."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from handgrad import Value, compare, gradients, manual
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.graphs import kata_graph
from handgrad.viz.sheet import widget
from tests.viz.graphs import TWO_MISTAKES, lecture
from tests.viz.sheet.layer import layer

from ..browser import page_of
from .finding import box, button, data, expect_state, fill, opened, places

pytestmark = pytest.mark.rest(of=3)

PHONE, DESK = {"width": 375, "height": 812}, {"width": 1280, "height": 800}


def test_the_cause_is_what_is_red(page, served):
    opened(page, served(compare(lecture(TWO_MISTAKES))))
    looks = {
        name: page.locator(f".card.{name} .paper").first.evaluate(
            "paper => [getComputedStyle(paper).strokeWidth, getComputedStyle(paper).strokeDasharray]"
        )
        for name in ("wrong", "carried", "correct")
    }
    widths = {name: float(width.removesuffix("px")) for name, (width, _) in looks.items()}
    assert widths["wrong"] >= 2 * max(widths["carried"], widths["correct"])
    assert (looks["wrong"][1], looks["correct"][1]) == ("none", "none")
    assert looks["carried"][1] != "none"


@pytest.fixture(scope="module")
def lax(browser):
    """A tab that lets a script of the tests in: axe, and a notebook's."""
    with page_of(browser, bypass_csp=True, reduced_motion="reduce") as page:  # no colour is still on its way
        yield page


LIGHT = """class_ => {
    const square = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    square.setAttribute("class", class_);
    document.querySelector(".heat").append(square);
    const [red, green, blue] = getComputedStyle(square).fill.match(/\\d+/g).map(Number);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}"""


def test_on_dark_paper_what_is_right_stays_back_and_the_largest_error_is_the_brightest(lax, served):
    lax.emulate_media(color_scheme="dark")
    opened(lax, served(layer()[-1]))
    shades = [lax.evaluate(LIGHT, name) for name in ("carried-1", *(f"wrong-{place}" for place in range(2, 6)))]
    assert shades == sorted(shades)
    assert lax.evaluate(LIGHT, "cold") < shades[2]


SEEN = """() => {
    const outer = document.querySelector(".hg-pan").getBoundingClientRect();
    return [...document.querySelectorAll(".card.missing .paper")].map((card) => {
        const { left, right, top, bottom } = card.getBoundingClientRect();
        return left >= outer.left && right <= outer.right && top >= outer.top && bottom <= outer.bottom;
    });
}"""


@pytest.mark.drawn(0, rest=1)
@pytest.mark.parametrize(("name", "whole"), [("bias", 3), ("wavenet", 4), ("makemore_mlp", 6)])
def test_a_kata_of_arrays_opens_on_what_is_to_be_done_in_sight_whole(browser, served, name, whole):
    with page_of(browser, viewport={"width": 1280, "height": 720}, reduced_motion="reduce") as page:
        opened(page, served(kata_graph(Course()[name])))
        assert sum(page.evaluate(SEEN)) >= whole
        assert page.evaluate("document.documentElement.scrollHeight") <= 720


def test_cards_never_move(page, served):
    opened(page, served(lecture()))
    before = places(page)
    for name in ("L", "d", "e"):
        fill(page, name, "3")
        expect(box(page, name)).not_to_have_accessible_description("missing")
    assert places(page) == before
    for mode in ("Watch", "Predict", "Fill in"):
        button(page, mode).click()
        if mode == "Watch":
            button(page, "Step").click()
        assert places(page) == before
    assert len({(width, height) for *_, width, height in before.values()}) == 1


@pytest.mark.drawn(0, rest=1)
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["a desk", "a phone"])
def test_axe_finds_nothing_serious_in_any_mode(lax, served, size):
    """The contrast of each colour scheme is measured by `test_contrast`, and here in that of the light."""
    lax.set_viewport_size(size)
    lax.emulate_media(color_scheme="light")
    opened(lax, served(compare(lecture({**TWO_MISTAKES, "a": None}))))
    lax.get_by_text("The graph in words").click()
    found = {}
    for mode, name in {"fill": "Fill in", "watch": "Watch", "predict": "Predict"}.items():
        button(lax, name).click()
        expect(lax.locator(f"main[data-ready={mode}]")).to_be_visible()
        rules = Axe().run(lax).response["violations"]
        serious = [rule for rule in rules if rule["impact"] in ("serious", "critical")]
        found[mode] = [(rule["id"], rule["nodes"][0]["html"]) for rule in serious]
    lax.set_viewport_size(DESK)
    assert not any(found.values()), found


def test_a_phone_shows_all_of_it_without_scrolling_sideways(browser, served):
    with page_of(browser, viewport=PHONE) as page:
        opened(page, served(compare(lecture(TWO_MISTAKES))))
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        tops = {name: top for name, (_, top, *_) in places(page).items()}
        assert tops["L"] < tops["d"] < tops["e"] < tops["a"]
        under = page.locator(".hg-under")
        expect(under).to_contain_text("f: what comes from L is counted twice")
        data(page, "c").fill("1")
        page.keyboard.press("Enter")
        expect(box(page, "L")).to_have_accessible_name(re.compile("data 10"))
        expect(under).not_to_contain_text("counted twice")  # which was so of c = 10
        expect(under).to_contain_text("f: ")
        fill(page, "d", "-2")
        expect_state(page, "d", "correct")


def test_on_a_phone_the_sentence_under_a_card_of_a_wide_graph_is_whole(browser, served):
    with manual():
        leaves = [Value(index + 1.0, f"w{index}") for index in range(8)]
        L = sum(leaf.tanh() for leaf in leaves)
    for node, gradient in gradients(L).items():
        node.grad = gradient
    leaves[3].grad *= -1
    with page_of(browser, viewport=PHONE) as page:
        opened(page, served(compare(L)))
        room, under = page.locator(".hg-pan").bounding_box(), page.locator(".hg-under").bounding_box()
        assert page.locator(".hg-pan").evaluate("it => it.scrollWidth > 2 * it.clientWidth")
        assert room["x"] <= under["x"]
        assert under["x"] + under["width"] <= room["x"] + room["width"]


@pytest.fixture(scope="module")
def forced(browser):
    """A tab in a system with colours of its own."""
    with page_of(browser, forced_colors="active", reduced_motion="reduce") as page:
        yield page


def test_a_system_with_colours_of_its_own_still_tells_the_states_apart(forced, served):
    opened(forced, served(compare(lecture(TWO_MISTAKES))))
    widths = forced.locator(".card.wrong .paper").evaluate_all("all => all.map(p => getComputedStyle(p).strokeWidth)")
    assert widths == ["6px", "6px"]
    expect(forced.locator(".card.wrong .status").first).to_have_text("wrong")


def test_in_a_system_with_colours_of_its_own_the_step_in_work_stands_out(forced, served):
    opened(forced, served(compare(lecture(TWO_MISTAKES)), mode="watch"))
    button(forced, "Step").click()
    widths = forced.locator(".card .paper").evaluate_all("all => all.map(p => getComputedStyle(p).strokeWidth)")
    assert sorted(widths)[-1] == "5px"
    assert sorted(widths)[:-2] == ["1.2px"] * 5


NOTEBOOK = """async (module) => {
    const { default: entry } = await import(`data:text/javascript,${encodeURIComponent(module)}`);
    const heard = [];
    const model = {
        on: (_, listener) => heard.push(listener),
        off: (_, listener) => heard.splice(heard.indexOf(listener), 1),
        send: async ({ to, message }) => {
            const answer = await fetch("ask", { method: "POST", body: JSON.stringify(message) });
            const reply = await answer.json();
            for (const listener of heard) listener({ to, reply });
        },
    };
    const made = [1, 2].map(() => document.createElement("div"));
    const gone = made.map((el) => entry.render({ model, el }));
    document.body.replaceChildren(...made);
    window.closeOne = () => (gone[0](), heard.length);
}"""


def test_views_of_a_notebook_are_laid_out_where_they_stand_and_agree(browser, served):
    made = served(lecture())
    with page_of(browser, bypass_csp=True) as page:  # the notebook's own allows what the kernel sends
        opened(page, made)
        check_views_of_a_notebook(page, made.root)


def check_views_of_a_notebook(page, root):
    page.evaluate(NOTEBOOK, widget.bundle_modules())
    views = [page.locator("body > div").nth(place) for place in (0, 1)]
    for view in views:
        expect(button(view, "Reset")).to_be_visible()
        lefts = {card: left for card, (left, *_) in places(view).items()}
        assert lefts["L"] - lefts["a"] > 3 * 156  # side by side, not upright
    for paper, scheme in (("#111111", "dark"), ("#ffffff", "light")):
        page.evaluate("colour => { document.body.style.background = colour; }", paper)
        page.wait_for_function(f"() => document.querySelector('body > div').style.colorScheme === '{scheme}'")
    box(views[0], "L").fill("1")
    box(views[0], "L").press("Enter")
    expect_state(views[0], "L", "correct")
    assert root.grad == 1.0
    assert page.evaluate("closeOne()") == 1


def test_without_a_script_the_picture_and_the_task_are_there(browser, served):
    made = served(compare(lecture(TWO_MISTAKES)))
    with page_of(browser, java_script_enabled=False) as page:
        page.goto(made.address)
        expect(page.get_by_text("Fill in the gradient of each node")).to_be_visible()
        expect(page.locator(".card.wrong .status").first).to_be_visible()
