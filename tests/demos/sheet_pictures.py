"""The README's pictures of the sheet, taken of the real page in an installed Chromium.

Run it with `python -m tests.demos.sheet_pictures [FOLDER]`.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from handgrad.demos.sheet import lecture
from handgrad.viz.sheet import Sheet
from handgrad.viz.sheet.server import SheetServer
from tests.project import ROOT

TYPED = {"L": "1", "f": "L.grad * d", "d": "2", "c": "d.grad"}
"""d has lost its sign, and c only follows from it."""

SIZE = {"width": 1240, "height": 520}


def fill_in(page: Page) -> None:
    """Type in some gradients, one of them a mistake."""
    for name, text in TYPED.items():
        page.get_by_role("textbox", name=f"gradient of {name},").fill(text)
        page.keyboard.press("Enter")
        page.locator(f"input[aria-label^='gradient of {name},']:not([data-status=missing])").wait_for()


def watch(page: Page) -> None:
    """Step through the pass up to where a gets its share."""
    page.get_by_role("button", name="Watch").click()
    for number in range(1, 6):
        page.get_by_role("button", name="Step").click()
        page.get_by_role("status").filter(has_text=f"Step {number} ").wait_for()


PICTURES: dict[str, Callable[[Page], None]] = {"sheet_fill_in.png": fill_in, "sheet_watch.png": watch}


def main(folder: Path) -> None:
    """Take them all."""
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for name, act in PICTURES.items():
            drawn = lecture()
            with SheetServer(Sheet(drawn.graph, title=drawn.title)) as server:
                server.run_beside()
                page = browser.new_page(viewport=SIZE, device_scale_factor=1.5, reduced_motion="reduce")
                page.goto(server.address)
                page.locator("main[data-ready]").wait_for()
                act(page)
                page.screenshot(path=folder / name)
                page.close()
                server.shutdown()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "demos")
