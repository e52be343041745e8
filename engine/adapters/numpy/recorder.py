"""What a run of the user's functions shows from outside: lines, functions, names of what is given and returned."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, NamedTuple

import numpy as np

from ...repair.places import text_of
from ...repair.syntax import tree_of
from ...repair.trial import name_of
from ...repair.user_code import is_their_code
from .box import Box, node_of


class Named(NamedTuple):
    """A traced number under a name in user code, within so many calls."""

    text: str
    node: Any
    depth: int


class Recorder:
    """What `recording` fills.

    Attributes:
        lines: every line that ran, as (file, line).
        steps: how often a line ran.
        functions: every function that was called, as (file, name).
        mentioned: the global names and the attributes that user code mentions.
        handed_in: the parameters that were given one of some numbers.
        returned: what the parts are called of what was returned last; "" for an expression.
        named: in a traced run the nodes by the variables that held them, in the order of their time.
    """

    def __init__(self, given: Sequence[Any] = (), on_frame: Callable[[FrameType], None] | None = None) -> None:
        self.lines: set[tuple[str, int]] = set()
        self.steps = 0
        self.functions: set[tuple[str, str]] = set()
        self.mentioned: set[str] = set()
        self.handed_in: set[str] = set()
        self.named: list[Named] = []
        self._given, self._on_frame, self._depth = given, on_frame, 0
        self._last: tuple[CodeType, int] | None = None

    @property
    def returned(self) -> list[str]:
        if self._last is None:
            return []
        code, line = self._last
        tree = tree_of(code.co_filename)
        ends = (one for one in ast.walk(tree) if isinstance(one, ast.Return)) if tree is not None else ()
        return next((_parts(one.value) for one in ends if one.lineno <= line <= (one.end_lineno or 0)), [])

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        """Trace a new call; Python calls this for each."""
        code = frame.f_code
        if not is_their_code(code, frame.f_globals):
            return None
        if self._on_frame is not None:
            self._on_frame(frame)
        self.functions.add((code.co_filename, code.co_name))
        self.mentioned.update(code.co_names, code.co_freevars)
        self._depth += 1
        for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if self._given else ():
            if any(_is_equal(frame.f_locals.get(name), one) for one in self._given):
                self.handed_in.add(name)
        met = {name: id(node_of(value)) for name, value in frame.f_locals.items() if type(value) is Box}
        return lambda frame, event, _: self._local(frame, event, met)

    def _local(self, frame: FrameType, event: str, met: dict[str, int]) -> Any:
        if event in ("line", "return") and self._on_frame is not None:
            for name, value in _entries(frame.f_locals):
                if type(value) is Box and met.get(name) != id(node_of(value)):
                    met[name] = id(node_of(value))
                    self.named.append(Named(name, node_of(value), self._depth))
        if event == "line":
            self.steps += 1
            self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        elif event == "return":
            self._depth -= 1
            self._last = frame.f_code, frame.f_lineno
        return lambda frame, event, _: self._local(frame, event, met)


def _entries(names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the variables, and of a dict in one its entries."""
    for name, value in list(names.items()):
        if type(value) is dict:
            yield from ((str(key), one) for key, one in list(value.items()))
        else:
            yield name, value


def _is_equal(value: Any, given: Any) -> bool:
    return type(value) is type(given) and np.shape(value) == np.shape(given) and np.array_equal(value, given)


def _parts(value: ast.expr | None) -> list[str]:
    if isinstance(value, (ast.Tuple, ast.List)):
        return [name for one in value.elts for name in (_parts(one) if isinstance(one, ast.Dict) else [_name(one)])]
    if isinstance(value, ast.Dict):
        return [str(one.value) if isinstance(one, ast.Constant) else "" for one in value.keys]
    if isinstance(value, ast.Call) and text_of(value.func) == "dict":
        return [one.arg or "" for one in value.keywords]
    return [] if value is None else [_name(value)]


def _name(node: ast.expr) -> str:
    """Return a variable's name; of an entry that of what it is in, "hs[]"."""
    if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
        whole = name_of(node.value)
        return f"{whole}[]" if whole else ""
    return "" if isinstance(node, ast.Subscript) else name_of(node)


@contextmanager
def recording(given: Sequence[Any] = (), on_frame: Callable[[FrameType], None] | None = None) -> Iterator[Recorder]:
    """Record what the user's functions do in this thread, for as long as this lasts.

    Args:
        given: numbers whose parameters are asked for.
        on_frame: is called with each new call of a run on traced numbers.
    """
    recorder, before = Recorder(given, on_frame), sys.gettrace()
    sys.settrace(recorder.trace)
    try:
        yield recorder
    finally:
        sys.settrace(before)
