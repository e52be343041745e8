"""An editor in the browser for who has set none: one file, written where the session watches it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from handgrad.viz.sheet.server import LocalServer
from handgrad.viz.unpacking import find_text

from ...files import write_whole

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>handgrad</title>
<link rel="stylesheet" href="editor.css">
<header><h1></h1><button type="button">Save (Ctrl-S)</button><p role="status"></p></header>
<textarea disabled spellcheck="false" autocapitalize="off" aria-label="the file; Tab indents, Escape leaves"></textarea>
<pre aria-label="the last check" aria-live="polite" tabindex="0"></pre>
<script type="module" src="editor.js"></script>
</html>
"""


class BrowserEditor(LocalServer):
    """Serves one file at a time to a page that edits it.

    Args:
        describe: the last verdict, as text.
        scratch: a folder for files that are being written.

    Raises:
        ServerError: there is no port for it.
    """

    def __init__(self, describe: Callable[[], str], scratch: Path) -> None:
        super().__init__()
        self._describe, self._scratch = describe, scratch
        self._path, self._place = Path(), ""

    def show(self, path: Path, place: str) -> None:
        """Edit this file from here on; a page without changes of its own goes over to it."""
        self._path, self._place = path, place

    def html(self) -> str:
        return PAGE

    def asset(self, name: str) -> bytes | None:
        return find_text(Path(__file__).with_name(name)).read_bytes() if name in ("editor.js", "editor.css") else None

    def answer(self, message: Any) -> Any:
        """Return the file and the verdict on it; save it first where that is asked."""
        given = message if isinstance(message, dict) else {}
        try:
            if given.get("do") == "save":
                problem = self._save(given.get("text"), given.get("place"))
                if problem:
                    return {"type": "error", "message": problem}
            content = self._path.read_bytes()
        except OSError as error:
            return {"type": "error", "message": f"{self._place} cannot be used ({error.strerror})."}
        return {
            "type": "file",
            "place": self._place,
            "text": content.decode("utf-8", errors="replace").replace("\r\n", "\n"),
            "version": hashlib.sha256(content).hexdigest()[:16],
            "verdict": self._describe(),
        }

    def _save(self, text: Any, place: Any) -> str:
        """Write the file; return why not, "" where it is written."""
        if place != self._place:
            return f"The terminal has gone on to {self._place}. Go back to {place} there, and save again."
        if not isinstance(text, str):
            return "There is no text to save."
        ends = b"\r\n" if b"\r\n" in self._path.read_bytes() else b"\n"
        write_whole(self._path, text.replace("\r\n", "\n").encode("utf-8").replace(b"\n", ends), scratch=self._scratch)
        return ""
