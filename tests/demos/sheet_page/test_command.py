"""`handgrad sheet` and `handgrad walk` as processes of their own, with a page open."""

import os
import re
import signal
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from ..browser import page_of, stop_time
from .finding import box, button, expect_state, fill, status

pytestmark = pytest.mark.rest(of=3)


@pytest.fixture
def started(tmp_path):
    """Starts `handgrad` as a process of its own: started(*arguments)."""
    made = []

    def start(*arguments):
        made.append(
            subprocess.Popen(
                [sys.executable, "-c", "from handgrad.demos.cli import main; main()", *arguments],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
                env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
            )
        )  # fmt: skip
        return made[-1]

    yield start
    for process in made:
        process.kill()
        process.communicate()


def test_it_prints_its_address_first_and_ends_quietly_while_a_page_is_open(page, started):
    process = started("sheet", "--no-open")
    address = process.stdout.readline().strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{16,}/", address)
    page.goto(address)
    fill(page, "L", "1")
    expect_state(page, "L", "correct")
    process.send_signal(signal.SIGINT)
    assert (process.communicate()[1], process.returncode) == ("", 0)


def test_what_is_typed_after_an_unseen_restart_is_judged_beside_what_was_typed_before(browser, started):
    with page_of(browser) as page:
        stop_time(page)  # in which the page would ask by itself
        process = started("sheet", "--no-open")
        address = process.stdout.readline().strip()
        page.goto(address)
        for name, text in (("L", "1"), ("f", "4")):
            fill(page, name, text)
            expect_state(page, name, "correct")
        process.send_signal(signal.SIGINT)
        process.communicate()
        again = started("sheet", "--no-open", "--port", address.split(":")[2].partition("/")[0])
        assert again.stdout.readline().strip() == address
        fill(page, "d", "-2")
        expect(status(page)).to_have_text("d: correct.")
        for name, text in (("L", "1"), ("f", "4"), ("d", "-2")):
            expect_state(page, name, "correct")
            expect(box(page, name)).to_have_value(text)


def test_the_lectures_expression_is_what_is_shown_without_a_target(page, started):
    page.goto(started("walk", "--no-open").stdout.readline().strip())
    expect(button(page, "Watch")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("heading", name="L = (a*b + c) * f")).to_be_visible()
