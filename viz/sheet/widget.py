"""The sheet in a notebook: Jupyter Lab, and by anywidget's conventions VS Code, Colab and marimo.

This module needs anywidget, the extra `notebook`.
"""

from __future__ import annotations

import re
import weakref
from typing import TYPE_CHECKING, Any

import anywidget
from IPython import get_ipython

from ..unpacking import find_text
from .page import BROWSER

if TYPE_CHECKING:
    from .requests import Message
    from .sheet import Sheet

_BROWSER = find_text(BROWSER)
_PARTS = (
    "picture.js", "pass.js", "boxes.js", "touch.js", "maps.js", "memory.js", "share.js", "sheet.js", "notebook.js",
)  # fmt: skip


def bundle_modules() -> str:
    """Return the page's modules as one, which is what a notebook takes."""
    parts = "\n".join((_BROWSER / name).read_text(encoding="utf-8") for name in _PARTS)
    return re.sub(r"^import .* from \"\./\w+\.js\";\n|^export (?!default)", "", parts, flags=re.MULTILINE)


class SheetWidget(anywidget.AnyWidget):
    """A view of a sheet; what one view or a cell changes is sent to all."""

    _esm = bundle_modules()
    _css = _BROWSER / "sheet.css"

    def __init__(self, sheet: Sheet, **options: Any) -> None:
        super().__init__(**options)
        self._sheet = sheet
        self.on_msg(self._answer)
        _watch_cells(self)

    def _answer(self, _: Any, content: Any, buffers: Any) -> None:
        before = self._sheet.version
        reply = self._sheet.handle(content.get("message"))
        self.send({"to": content.get("to"), "reply": reply})
        if self._sheet.version != before and "verdict" in reply:
            self._tell_all(reply)

    def catch_up(self) -> None:
        """Show what a program has written into the grads meanwhile."""
        reply = self._sheet.handle({"do": "state", "version": self._sheet.version, "key": self._sheet.key})
        if reply["type"] == "verdict":
            self._tell_all(reply)

    def _tell_all(self, reply: Message) -> None:
        self.send({"to": None, "reply": {name: part for name, part in reply.items() if name not in ("say", "html")}})


def _watch_cells(widget: SheetWidget) -> None:
    """Update a view after each cell of the notebook, as long as the view is there."""
    shell = get_ipython()
    if shell is None:
        return
    known = weakref.ref(widget)

    def look(*_: Any) -> None:
        found = known()
        if found is None or found.comm is None:  # it was closed
            shell.events.unregister("post_run_cell", look)
        else:
            found.catch_up()

    shell.events.register("post_run_cell", look)
