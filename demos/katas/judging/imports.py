"""What an answer imports that is not there when it is graded: a check has all that is installed, a grading has not."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

REFUSED = frozenset(
    {
        "ctypes", "_ctypes", "_posixsubprocess", "_multiprocessing", "_interpreters", "_xxsubinterpreters",
        "curses", "readline", "sqlite3", "ssl", "tkinter", "turtle",
    }
)  # fmt: skip
"""Modules of Python's own that work below what holds an answer there, or by a library that it may not read."""

_OURS = frozenset({"handgrad.viz", "handgrad.demos"})


def missing_when_graded(program: str, name: str) -> list[str]:
    r"""Return the modules that a program imports and that `handgrad grade` does not have.

    Args:
        program: the text of an answer.
        name: of its own module.

    Example:
        >>> missing_when_graded("import math, torch.nn\nfrom handgrad import Value, viz", "slope")
        ['torch', 'handgrad.viz']
    """
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return list(dict.fromkeys(known for imported in _imports(tree) if (known := _missing(imported, name))))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from handgrad import viz` may mean a module of its own.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _missing(imported: str, name: str) -> str:
    """Return the part of a module's name that is missing; "" for nothing."""
    top, _, inner = imported.partition(".")
    if top == "handgrad":
        part = f"{top}.{inner.partition('.')[0]}"
        return part if part in _OURS else ""
    is_there = top in {"numpy", name, *sys.stdlib_module_names} and top not in REFUSED
    return "" if is_there else top


def note_on(missing: list[str]) -> str:
    """Return what to tell whoever's answer passes here and imports these; "" for none."""
    if not missing:
        return ""
    return (
        f"Note: it imports {' and '.join(missing)}. handgrad grade runs an answer with Python, NumPy and handgrad's "
        "engine alone, where that fails: leave it out of what you hand in."
    )
