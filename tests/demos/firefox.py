"""An installed Firefox for the tests of pages, by Marionette: Playwright drives a Firefox of its own only."""

import json
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE

SETTINGS = {
    "marionette.port": 0,  # any that is free
    "ui.prefersReducedMotion": 1,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.auto": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "javascript.options.wasm_optimizingjit": False,  # which pays in no test, as in the other browser
    "security.sandbox.content.level": 0,  # as for root in a container
}

IN_PAGE = """const done = arguments[arguments.length - 1];
const one = (selector, root = document) => root.querySelector(selector)
    ?? [...root.querySelectorAll("*")].map((it) => it.shadowRoot && one(selector, it.shadowRoot)).find(Boolean);
Promise.resolve((async () => { %s })()).then(value => done({ value }), error => done({ error: String(error) }));"""

UNTIL = """for (;;) {
    try { const found = %s; if (found) return found; } catch {}
    await new Promise((now) => setTimeout(now, 50));
}"""


class Firefox:
    """One window, and what is done in it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")
        self._count = 0
        self._receive()  # its greeting

    def close(self) -> None:
        self._stream.close()

    def call(self, command: str, **parameters: Any) -> Any:
        """Give a command, and wait until it is done."""
        self._count += 1
        said = json.dumps([0, self._count, command, parameters]).encode()
        self._connection.sendall(b"%d:%s" % (len(said), said))
        _, number, error, result = self._receive()
        assert number == self._count
        assert error is None, error
        return result["value"] if isinstance(result, dict) and set(result) == {"value"} else result

    def _receive(self) -> Any:
        size = b""
        while (one := self._stream.read(1)) != b":":
            assert one, "Firefox is gone"
            size += one
        return json.loads(self._stream.read(int(size)))

    def run(self, script: str) -> Any:
        """Run the body of an async function in the page; what it returns.

        It may call `one(selector)`, which finds an element in other elements' shadows too.
        """
        found = self.call("WebDriver:ExecuteAsyncScript", script=IN_PAGE % script, args=[])
        assert "error" not in found, found
        return found.get("value")

    def until(self, expression: str) -> Any:
        """Wait until an expression in the page is true."""
        return self.run(UNTIL % expression)

    def goto(self, address: str) -> None:
        # Of one address that differs from the last behind its "?" alone, Firefox does not wait for the page.
        self.call("WebDriver:Navigate", url="about:blank")
        self.call("WebDriver:Navigate", url=address)

    def reload(self) -> None:
        self.call("WebDriver:Refresh")

    @property
    def address(self) -> str:
        return str(self.call("WebDriver:GetCurrentURL"))

    def press(self, button: str) -> None:
        """Click on a button, by its text."""
        named = f"it => it.textContent === {json.dumps(button)} && !it.disabled"
        self.call("WebDriver:ElementClick", id=self._element(f"[...document.querySelectorAll('button')].find({named})"))

    def type(self, selector: str, text: str) -> None:
        """Replace what stands in a box."""
        place = self._element(f"one({json.dumps(selector + ':not(:disabled)')})")
        self.call("WebDriver:ElementSendKeys", id=place, text=f"{CONTROL}a{CONTROL}{text}")

    def _element(self, expression: str) -> str:
        """Wait until there is such an element; its reference."""
        return str(next(iter(self.until(expression).values())))


CONTROL, ENTER = "\ue009", "\ue007"
"""Keys, as WebDriver writes them; the first is let go by its second."""


@contextmanager
def firefox() -> Iterator[Firefox]:
    """The browser, closed again at the end; without one, also in CI, the test is skipped."""
    program = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
    if program is None:
        pytest.skip("there is no Firefox here: apt-get install firefox-esr")
    with tempfile.TemporaryDirectory() as folder:
        settings = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in SETTINGS.items()]
        Path(folder, "user.js").write_text("\n".join(settings), encoding="utf-8")
        command = [program, "--headless", "--marionette", "--no-remote", "--profile", folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None
        with process, process.stdout as said:
            try:
                # "1700000000000 Marionette INFO Listening on port 2828"; to its debugger it says another thing.
                port = int(next(line for line in said if "Marionette" in line and "on port" in line).rpartition(" ")[2])
                threading.Thread(target=said.read, daemon=True).start()  # or it would wait for someone who does
                with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
                    browser = Firefox(connection)
                    limits = {"script": int(1_000 * PATIENCE), "pageLoad": int(1_000 * PATIENCE), "implicit": 0}
                    browser.call("WebDriver:NewSession", timeouts=limits)
                    yield browser
                    browser.close()
            finally:
                process.kill()
