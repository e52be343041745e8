"""An installed Chromium for the tests of pages; without one they are skipped, and in CI they fail."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, closed again at the end."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        message = "there is no Chromium here: apt-get install chromium fonts-liberation"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def page_of(browser: Browser, **options: object) -> Iterator[Page]:
    """A page of its own that must not log an error, nor ask anything of another machine."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    context.on("request", lambda request: asked.append(request.url))
    asked: list[str] = []
    yield page
    context.close()
    assert problems == []
    assert {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:", "file:"))} <= {"127.0.0.1"}
