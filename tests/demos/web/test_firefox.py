"""The site in Firefox, as it is installed: what a learner does first."""

import json
import re

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.web import packages
from handgrad.demos.web.inside.session import Session
from tests.demos.firefox import ENTER, firefox
from tests.drawing import draw

from .hosting import Host
from .states import RIGHT, WRONG, drawn_states

pytestmark = pytest.mark.rest(of=5)


@pytest.fixture(scope="module")
def browser():
    with firefox() as found:
        yield found


def box(name):
    return f'input[aria-label^="gradient of {name},"]'


def enter(browser, name, text):
    browser.type(box(name), text + ENTER)


def shows(browser, state):
    """Wait until the boxes have these texts, each judged so."""
    wanted = {name: list(found) for name, found in state.items()}
    browser.until(f"""Object.entries({json.dumps(wanted)}).every(([name, [text, status]]) => {{
        const box = document.querySelector(`input[aria-label^="gradient of ${{name}},"]`);
        const said = document.getElementById(box.getAttribute("aria-describedby")).textContent;
        return box.value === text && said === status;
    }})""")


@pytest.fixture
def without_python(site_folder, tmp_path):
    """The site of a host that lacks Python, so that it does not take over."""
    for file in site_folder.iterdir():
        if not file.name.startswith("python-"):
            (tmp_path / file.name).symlink_to(file)
    host = Host(tmp_path)
    yield host
    host.stop()


def test_of_ten_fills_each_comes_back_by_a_reload_and_by_their_link(browser, without_python, request):
    came_back, states = 0, draw(request, drawn_states(request.config.option.seed), 3)
    for typed, state in states:
        browser.goto(without_python.address)
        browser.press("Show me")
        for name, text in typed:
            enter(browser, name, text)
        shows(browser, state)
        browser.reload()
        shows(browser, state)
        browser.goto(browser.address)  # another page, not another place in it
        shows(browser, state)
        came_back += 1
    assert came_back == len(states) >= 3


def said(browser, text):
    browser.until(f"one('.said-line').textContent.includes({json.dumps(text)})")


def test_a_kata_is_failed_and_passed_and_a_reload_starts_from_the_memory_that_was_kept(browser, host):
    browser.goto(f"{host.address}#/kata/add")
    browser.type(".cm-content", WRONG)
    browser.press("Run")
    said(browser, "Not yet: 0 of 6 tests pass.")
    browser.until("one('.card.wrong .paper')")
    browser.type(".cm-content", RIGHT)
    browser.press("Run")
    said(browser, "Passed: 6 tests green.")
    browser.run("await (await window.handgrad.ready).keeping")
    browser.reload()
    browser.until("document.documentElement.dataset.python === 'kept'")


def test_of_a_backward_that_is_pasted_the_wrong_line_is_marked(browser, host):
    """Python's own answer is put in: NumPy is no part of the page."""
    browser.goto(f"{host.address}?paste#/paste")
    example = re.search("const FIRST = `(.*?)`;", (packages.SOURCES / "paste.js").read_text("utf-8"), re.DOTALL)[1]
    reply = Session(Course(), lambda dot: "").handle({"do": "check", "text": example})
    browser.run(f"(await window.handgrad.ready).alone = async () => ({{ reply: {json.dumps(reply)} }})")
    browser.press("Find the wrong line")
    said(browser, "Line 17 is wrong.")
    browser.until("one('.cm-wrong').textContent === 'dW1 = x.T @ (dh * (1 - h))'")
