"""The course as the pages show it: its texts as HTML, readable before Python runs."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

from handgrad.functional import softmax
from handgrad.viz.sheet.mathml import formula

from ..katas.checking import list_asked
from ..katas.course import Course, Kata
from ..katas.graphs import NoGraphError, judged_graph
from ..softmax_cross_entropy import BY_HAND, LOGITS, TARGET
from .library import MissingPartError

MANY = 5
"""Of a kata that asks for so many gradients, the page offers to check the first of them alone."""


def content(course: Course) -> dict[str, Any]:
    """Return all of it, as JSON can hold it.

    Raises:
        MissingPartError: the package that reads Markdown is not installed.
    """
    numbers = {kata.name: place for place, kata in enumerate(course.katas, 1)}
    return {
        "belts": [_belt(course, name) for name in course.belts],
        "katas": [
            {**_kata(kata), "number": numbers[kata.name], "hasSolution": kata.has_solution} for kata in course.katas
        ],
        "softmax": _softmax(),
    }


def _belt(course: Course, name: str) -> dict[str, str]:
    readme = course.readmes.get(name)
    title, _, text = readme.read_text(encoding="utf-8").partition("\n") if readme else (name.capitalize(), "", "")
    about = text.strip().partition("\n\n")[0]
    return {"name": name, "title": title.lstrip("# "), "about": render_html(about)}


def _kata(kata: Kata) -> dict[str, Any]:
    _, _, statement = kata.statement.partition("\n")
    asked = _list_asked(kata)
    return {
        "name": kata.name,
        "title": kata.title,
        "belt": kata.belt,
        "fileName": kata.file_name,
        "statement": render_html(statement),
        "stub": kata.stub.read_text(encoding="utf-8"),
        "hints": [render_html(hint) for hint in kata.hints],
        "picture": _picture(kata),
        "needsNumpy": needs_numpy(kata),
        "hasGraph": bool(asked),
        "steps": asked if len(asked) >= MANY else [],
        "hasPaper": kata.paper.is_file(),
    }


def _picture(kata: Kata) -> str:
    """Return what stands above its text in the page, as SVG; "" for none."""
    file = kata.folder / "picture.svg"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def render_html(markdown: str) -> str:
    """Render Markdown as HTML; HTML in it is shown as text.

    Raises:
        MissingPartError: the package that reads it is not installed.
    """
    try:
        reader = importlib.import_module("markdown_it")
    except ImportError:
        raise MissingPartError("markdown-it-py") from None
    html: str = reader.MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    html = _BLOCK.sub(lambda found: _typeset(unescape(found[1])) or found[0], html)
    # A block of code that is wider than a phone scrolls, by the keyboard too.
    return html.replace("<pre>", '<pre tabindex="0">')


_BLOCK = re.compile(r"<pre><code>(.*?)</code></pre>", re.DOTALL)
_WORKED_OUT = re.compile(r"[-+*/^]")
_COLUMNS = re.compile(r" {2,}")


def _typeset(text: str) -> str:
    """Typeset a block of equations, line by line and column by column; "" for any other block."""
    if ".grad" in text or not _WORKED_OUT.search(text):  # which is Python, or only names a number
        return ""
    lines = []
    for line in filter(str.strip, text.splitlines()):
        columns = _COLUMNS.split(line.strip())
        set_ = [formula(column, is_block=True) if " = " in column else "" for column in columns]
        if not all(set_):
            return ""
        lines.append(f"<p>{''.join(set_)}</p>")
    return f'<div class="formulas" tabindex="0" role="group" aria-label="Formulas">{"".join(lines)}</div>'


def needs_numpy(kata: Kata) -> bool:
    """Return whether its files import NumPy, or the engine's arrays, which do."""
    return any(is_array_module(name) for file in (kata.test, kata.builder, kata.stub) for name in imports_of(file))


def is_array_module(name: str) -> bool:
    """Return whether a module is NumPy's, or one of the engine's that needs it."""
    return name.partition(".")[0] == "numpy" or name.startswith("handgrad.arrays")


def imports_of(file: Path) -> Iterator[str]:
    """Yield the modules that a file imports, and what it imports from one as if a module too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _list_asked(kata: Kata) -> list[str]:
    """Return the names of the gradients that its graph asks for, in its order; [] where it has no graph."""
    try:
        judged = judged_graph(kata, None)
    except NoGraphError:
        return []
    return list(list_asked(judged.root, judged.nodes))


def _softmax() -> list[list[str]]:
    """Return the numbers of softmax and cross-entropy, a row each, below the logits' names."""
    p = [q.data for q in softmax(LOGITS)]
    y = [float(place == TARGET) for place in range(len(LOGITS))]
    rows = {"logits z": LOGITS, "softmax p": p, "target y": y, "p - y": BY_HAND}
    head = ["", *(f"z{place}" for place in range(len(LOGITS)))]
    return [head, *([name, *(f"{number:.3f}" for number in numbers)] for name, numbers in rows.items())]
