"""What can be made out: contrast as it is drawn, by WCAG's own formula, and how large what is pressed is."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from handgrad import compare
from tests.viz.graphs import TWO_MISTAKES, lecture
from tests.viz.sheet.layer import layer

from ..browser import page_of
from .finding import button, opened

pytestmark = pytest.mark.rest(of=3)

TEXT, OUTLINE = 4.5, 3.0
"""What WCAG 2.2 asks for, 1.4.3 and 1.4.11."""

SMALLEST_PX = 24
WIDTHS = (390, 1280, 1920)

MEASURE = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")

HEIGHTS = """[...document.querySelectorAll("button, select, input, summary, a")]
    .filter(element => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".hg-hidden"))
    .map(element => [element, (element.closest("label") ?? element).getBoundingClientRect().height])
    .map(([element, height]) => [element.outerHTML.slice(0, 90), height])"""


@pytest.fixture(scope="module", params=["light", "dark"])
def coloured(browser, request):
    with page_of(browser, color_scheme=request.param, reduced_motion="reduce") as page:
        yield page


@pytest.mark.parametrize("graph", ["numbers", "arrays"])
def test_text_and_outlines_stand_out_from_their_paper(coloured, served, graph):
    target = compare(lecture({**TWO_MISTAKES, "a": None})) if graph == "numbers" else layer()[-1]
    opened(coloured, served(target))
    faint = []
    for mode, name in {"fill": "Fill in", "watch": "Watch", "predict": "Predict"}.items():
        button(coloured, name).click()
        expect(coloured.locator(f"main[data-ready={mode}]")).to_be_visible()
        if mode == "watch":
            button(coloured, "Step").click()
        measured = coloured.evaluate(MEASURE)
        assert {kind for _, kind, _ in measured} == {"text", "outline"}
        faint += [(mode, *one) for one in measured if one[2] < (TEXT if one[1] == "text" else OUTLINE)]
    assert faint == []


def test_what_is_pressed_is_not_smaller_than_a_fingertip(page, served):
    small = []
    made = served(compare(lecture(TWO_MISTAKES)))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        opened(page, made)
        small += [(width, *found) for found in page.evaluate(HEIGHTS) if found[1] < SMALLEST_PX]
    page.set_viewport_size({"width": 1280, "height": 800})
    assert small == []
