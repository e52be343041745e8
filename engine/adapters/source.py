"""Where in somebody's code a gradient is written: the file, the line, and what stands there."""

from __future__ import annotations

import inspect
import linecache
from types import CodeType
from typing import Any, NamedTuple


class Source(NamedTuple):
    """A line of somebody's code.

    Attributes:
        file: the file's name as Python knows it; "<string>" and the like where there is none.
        line: its number, from 1.
        text: what stands there, without the spaces around it; "" where it cannot be read.
    """

    file: str
    line: int
    text: str

    @property
    def place(self) -> str:
        """The line as a compiler would tell it: "layers.py:12"."""
        return f"{self.file.replace(chr(92), '/').rpartition('/')[2]}:{self.line}"


def source_at(file: str, line: int) -> Source:
    """The source of a line by its number."""
    linecache.checkcache(file)
    return Source(file, line, linecache.getline(file, line).strip())


def source_of(function: Any, line: int | None = None) -> Source | None:
    """Where a function is written; of a partial, a method, a decorated function or a class its own code.

    Args:
        line: one of its lines; by default where its `def` or its `class` stands.

    Returns:
        None for what is not written in Python.
    """
    code = code_of(function)
    if code is not None:
        return source_at(code.co_filename, line or _line_of_def(code))
    if not inspect.isclass(function):
        return None
    try:
        file, lines = inspect.getsourcefile(function), inspect.getsourcelines(function)
    except (OSError, TypeError):
        return None
    return source_at(file or "", line or lines[1])


def code_of(function: Any) -> CodeType | None:
    """The code that runs when it is called; None for a class, and for what is not written in Python."""
    if inspect.isclass(function):
        return None
    inner = function
    while inner is not None:
        function = inner
        # functools.wraps, functools.partial, a bound method
        behind = (getattr(inner, name, None) for name in ("__wrapped__", "func", "__func__"))
        inner = next((held for held in behind if held is not None), None)
    code = getattr(function, "__code__", None)
    if code is None:
        code = getattr(vars(type(function)).get("__call__"), "__code__", None)
    return code if isinstance(code, CodeType) else None


def _line_of_def(code: CodeType) -> int:
    """The line of the `def`; a function's first line is that of its first decorator."""
    for number in range(code.co_firstlineno, code.co_firstlineno + 20):
        if linecache.getline(code.co_filename, number).lstrip().startswith(("def ", "async def ")):
            return number
    return code.co_firstlineno


def lines_of(function: Any) -> range:
    """The numbers of the lines of a function's own code, nested functions included; empty where there are none."""
    code = code_of(function)
    found: list[int] = []
    waiting = [] if code is None else [code]
    for part in waiting:  # it grows as it is walked
        found += [part.co_firstlineno, *(line for _, _, line in part.co_lines() if line)]
        waiting += [constant for constant in part.co_consts if isinstance(constant, CodeType)]
    return range(min(found), max(found) + 1) if found else range(0)
