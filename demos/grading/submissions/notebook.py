"""A notebook as a program: what its cells define, without what they only try out.

What is IPython's own in a cell, magics and `!` and `?`, is read by IPython itself, where it is installed.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .safe_files import RefusedError

MOST_BYTES = 4 << 20
"""Of a notebook, whose pictures are in it."""

MOST_WORK = 4 << 20
"""Letters that IPython may read: it reads a cell again for each line of its own in it."""

SIGNS = ("%", "!", "?", ">>>", "In [")
"""What is in a line that is IPython's own."""

STAND_IN = """\
class get_ipython:
    run_line_magic = run_cell_magic = getoutput = system = lambda *_: None
"""
"""Stands for IPython in a function that calls a magic."""

NO_PYTHON = frozenset(
    {"!", "bash", "cmd", "html", "HTML", "javascript", "js", "latex", "markdown", "perl", "python2", "ruby", "script",
     "sh", "sx", "svg", "SVG", "system", "sql"}
)  # fmt: skip
"""Magics of whole cells that hold another language."""

_WRITING = frozenset({"writefile", "file"})
"""Magics that write a cell to a file: one of Python's own counts, as an answer may be handed in so."""


class Program(NamedTuple):
    """A notebook's program.

    Attributes:
        content: the text.
        cells: of each line, the number of its cell, as a notebook counts them: from 1, those of text too.
    """

    content: bytes
    cells: tuple[int, ...]


def name_cells(message: str, file: str, cells: Sequence[int]) -> str:
    """Replace the lines of a notebook's program in a message by its cells.

    Args:
        file: the program's name.
        cells: of `Program`; of what is no notebook's, none.

    Example:
        >>> name_cells("add.py, line 2: 1 / 0", "add.py", (1, 4))
        'cell 4: 1 / 0'
    """

    def cell_of(found: re.Match[str]) -> str:
        line = int(found["line"])
        return f"cell {cells[line - 1]}" if 0 < line <= len(cells) else found[0]

    return re.sub(rf'(?:File ")?\b{re.escape(file)}"?, line (?P<line>\d+)', cell_of, message)


def read_cells(content: bytes) -> list[tuple[int, str]]:
    """Return the text of each cell of code, with the number of the cell, as `Program` has it.

    Raises:
        RefusedError: it is no notebook.
    """
    try:
        cells = enumerate(json.loads(content)["cells"], 1)
        return [(number, "".join(cell["source"])) for number, cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise RefusedError("is no notebook that can be read. Save it again, or hand in a .py file.") from None


def program(content: bytes) -> Program:
    """Return the program of a notebook: imports, functions, classes and constants of its cells.

    What else is in them, calls to try things out and drawings, stays away. A cell that is no Python is kept as it
    stands, so that its error is told.

    Raises:
        RefusedError: it is no notebook, or a cell of it cannot be read without IPython, which is not installed.
    """
    reader = _Reader()
    lines: list[str] = []
    cells: list[int] = []
    for number, source in read_cells(content):
        for part in reader.definitions(source, number):
            added = [*([""] if lines else []), *part.split("\n")]
            lines += added
            cells += [number] * len(added)
    if reader.needs_stand_in:
        lines, cells = [*STAND_IN.split("\n"), *lines], [0] * (STAND_IN.count("\n") + 1) + cells
    return Program("\n".join(lines).encode("utf-8", "replace") + b"\n", tuple(cells))


class _Reader:
    """Reads the cells of one notebook.

    Attributes:
        needs_stand_in: whether what they define asks IPython for something.
    """

    def __init__(self) -> None:
        self._left = MOST_WORK
        self.needs_stand_in = False

    def definitions(self, source: str, number: int) -> Iterator[str]:
        """Yield what a cell defines, statement by statement."""
        tree = parse(source)
        while tree is None and source.lstrip().startswith("%%"):
            magic, _, source = source.lstrip().partition("\n")
            if not holds_python(magic[2:].split()):
                return
            tree = parse(source)
        if tree is None:
            source = self._plain(source, number)
            tree = parse(source)
        if tree is None:
            yield source
            return
        lines = source.splitlines()
        for statement in tree.body:
            if _defines(statement):
                first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])
                text = "\n".join(lines[first - 1 : statement.end_lineno])
                self.needs_stand_in |= "get_ipython()" in text
                yield text

    def _plain(self, source: str, number: int) -> str:
        """Return a cell as IPython would run it."""
        asking = sum(any(sign in line for sign in SIGNS) for line in source.splitlines())
        if not asking:
            return source
        try:
            from IPython.core.inputtransformer2 import TransformerManager  # an extra
        except ImportError:
            return _strip_magics(source, number)
        self._left -= len(source) * asking
        if self._left < 0:
            raise RefusedError("has too much of IPython's own (%, !, ?) in its cells. Hand in a .py file.")
        try:
            manager: Any = TransformerManager
            return str(manager().transform_cell(source))
        except (SyntaxError, ValueError, RuntimeError, RecursionError, MemoryError):
            return source


def holds_python(magic: list[str]) -> bool:
    """Return whether a cell's magic is given Python that counts: `%%time`, `%%writefile mine.py`."""
    name = magic[0] if magic else "!"
    return magic[-1].endswith(".py") if name in _WRITING else name not in NO_PYTHON


def _strip_magics(source: str, number: int) -> str:
    """Return a cell without IPython's own lines.

    Raises:
        RefusedError: it is no Python then.
    """
    text = "\n".join(line for line in source.splitlines() if not line.startswith(("%", "!")))
    if parse(text) is None:
        raise RefusedError(
            f"has a cell that is no plain Python, cell {number}. What is IPython's own (%, !, ?) is read by IPython, "
            "which is not installed where this is graded: pip install ipython."
        )
    return text


def parse(source: str) -> ast.Module | None:
    """Return the syntax of a cell; None where it is no plain Python."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _defines(statement: ast.stmt) -> bool:
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        # A table of rules is a constant, too, whatever the functions in it call.
        return not any(isinstance(inner, ast.Call) for inner in _outside_of_functions(statement))
    return isinstance(statement, kinds)


def _outside_of_functions(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, ast.Lambda):
        for inner in ast.iter_child_nodes(node):
            yield from _outside_of_functions(inner)
