"""Where in user code a gradient is written: the file, the line, and what stands there."""

from __future__ import annotations

import inspect
import linecache
import sys
from collections.abc import Callable
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple


class Source(NamedTuple):
    """A line of user code.

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
        """Return the line as a compiler would tell it: "layers.py:12"."""
        return f"{self.file.replace(chr(92), '/').rpartition('/')[2]}:{self.line}"


def lines_of(file: str) -> list[str]:
    """Return the lines of a file as it stands; [] where they cannot be read."""
    linecache.checkcache(file)
    return [] if file in _OF_MANY else linecache.getlines(file)


_OF_MANY = ("<string>", "<stdin>")
"""What any text may be called that is carried out: since Python 3.13 the lines of the one given by `-c` are kept so."""


def source_at(file: str, line: int) -> Source:
    """Return the source of a line by its number."""
    lines = lines_of(file)
    return Source(file, line, lines[line - 1].strip() if 0 < line <= len(lines) else "")


def source_of(function: Any, line: int | None = None) -> Source | None:
    """Find where a function is written.

    Of a partial, a method, a decorated function or a class it is its own code.

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


def function_behind(thing: Any) -> FunctionType | None:
    """Return the Python function behind something, None for none.

    It may be a method, a partial, a static or class method or a decorated function.
    """
    for _ in range(20):
        if isinstance(thing, FunctionType):
            return thing
        held = (getattr(thing, name, None) for name in ("__func__", "func", "__wrapped__"))
        thing = next((one for one in held if one is not None), None)
        if thing is None:
            break
    return None


def code_of(function: Any) -> CodeType | None:
    """Return the code that runs when it is called, behind decorators.

    None for a class, and for what is not in Python.
    """
    if inspect.isclass(function):
        return None
    behind = function_behind(function)
    while isinstance(behind, FunctionType) and hasattr(behind, "__wrapped__"):
        behind = function_behind(behind.__wrapped__)
    code = getattr(behind if behind is not None else vars(type(function)).get("__call__"), "__code__", None)
    return code if isinstance(code, CodeType) else None


def codes_within(code: CodeType) -> list[CodeType]:
    """Return a function's code, and that of the functions written inside it."""
    found = [code]
    for part in found:  # it grows as it is walked
        found += [constant for constant in part.co_consts if isinstance(constant, CodeType)]
    return found


def line_at_work(is_theirs: Callable[[FrameType], bool]) -> Source | None:
    """Return the innermost line of user code that is running; None for none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not is_theirs(frame):
        frame = frame.f_back
    return None if frame is None else source_at(frame.f_code.co_filename, frame.f_lineno)


def _line_of_def(code: CodeType) -> int:
    """Return the line of the `def`.

    A function's first line is that of its first decorator, and a lambda has no `def`.
    """
    first = code.co_firstlineno
    if code.co_name == "<lambda>":
        return first
    for number, text in enumerate(lines_of(code.co_filename)[first - 1 : first + 19], first):
        if text.lstrip().startswith(("def ", "async def ")):
            return number
    return first
