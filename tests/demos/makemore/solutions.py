"""The solution of the exercise, with some lines written otherwise."""

from __future__ import annotations

from pathlib import Path

import handgrad.demos.makemore

HERE = Path(handgrad.demos.makemore.__file__).parent
SOLUTION = HERE / "solution.py"


def changed(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    """The solution with some lines written otherwise."""
    text = SOLUTION.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    return path
