"""The files of a course with worksheets: read, and written otherwise."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path


def forward_lines(forward: Callable[..., object], first: str, last: str) -> list[str]:
    """The lines of a forward pass as a worksheet shows them: without shapes, the parameters by their names."""
    lines = [line.partition("#")[0].strip() for line in inspect.getsource(forward).splitlines()]
    steps = lines[lines.index(first) : lines.index(last) + 1]
    return [re.sub(r'p\["(\w+)"\]', r"\1", step) for step in steps if step]


def changed(path: Path, folder: Path, *changes: tuple[str, str]) -> Path:
    """A copy of a file, in that folder, with some lines written otherwise."""
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    copy = folder / "mine.py"
    copy.write_text(text, encoding="utf-8")
    return copy
