"""An installed Chromium for the tests of pages; without one they are skipped, and in CI they fail."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.optional import missing
from tests.patience import PATIENCE

PATIENCE_MS = 1_000 * PATIENCE
"""The one setting of how long anything in a page is waited for."""

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--js-flags=--liftoff-only",  # to compile WebAssembly a second time, faster code, pays in no test
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, closed again at the end."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        missing("there is no Chromium here: apt-get install chromium fonts-liberation")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS), timeout=PATIENCE_MS)
        yield browser
        browser.close()


def stop_time(page: Page) -> None:
    """Have no time pass in the pages of a context but what `page.clock.run_for` lets pass."""
    page.clock.install(time=0)
    page.clock.pause_at(3_600)


@contextmanager
def passing_time(page: Page) -> Iterator[None]:
    """Have time pass in pages that `stop_time` has stopped, until the end."""
    page.clock.resume()
    yield
    page.clock.pause_at(page.evaluate("Date.now() / 1000") + 3_600)


class Watched:
    """A page of its own, and what is noticed of it."""

    def __init__(self, browser: Browser, **options: object) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self._problems: list[str] = []
        self._asked: list[str] = []
        self.page.on("pageerror", lambda error: self._problems.append(error.stack or str(error)))
        self.context.on("request", lambda request: self._asked.append(request.url))

    def check(self) -> None:
        """It logged no error, and asked nothing of another machine, since this was looked at last."""
        problems, asked = self._problems.copy(), self._asked.copy()
        self._problems.clear()
        self._asked.clear()
        assert not problems, problems
        hosts = {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:", "file:"))}
        assert hosts <= {"127.0.0.1"}


@contextmanager
def page_of(browser: Browser, **options: object) -> Iterator[Page]:
    """A page of its own that must not log an error, nor ask anything of another machine."""
    watched = Watched(browser, **options)
    yield watched.page
    watched.context.close()
    watched.check()
