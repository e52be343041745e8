"""The sheet in a notebook: Jupyter Lab, and by anywidget's conventions VS Code, Colab and marimo.

This module needs anywidget, the extra `notebook`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget

if TYPE_CHECKING:
    from .sheet import Sheet

_HERE = Path(__file__).parent


class SheetWidget(anywidget.AnyWidget):
    """A view of a sheet; what one view changes is told to all."""

    _esm = _HERE / "sheet.js"
    _css = _HERE / "sheet.css"

    def __init__(self, sheet: Sheet, **options: Any) -> None:
        super().__init__(**options)
        self._sheet = sheet
        self.on_msg(self._answer)

    def _answer(self, _: Any, content: Any, buffers: Any) -> None:
        before = self._sheet.version
        reply = self._sheet.handle(content.get("message"))
        self.send({"to": content.get("to"), "reply": reply})
        if self._sheet.version != before and reply.get("type") == "verdict":
            self.send({"to": None, "reply": {name: part for name, part in reply.items() if name != "say"}})
