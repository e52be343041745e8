"""Each number and array that their functions give a name to, with the line that does it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NamedTuple
from weakref import WeakValueDictionary, ref

import numpy as np

from ...arrays.amounts import read_only_copy
from ...repair.source import Source, source_at
from ...repair.user_code import is_their_code, is_theirs
from .box import Box, is_floats, node_of
from .statements import Path, Statement, statements_of

_NOTHING = Statement(0, (), (), frozenset())
MOST_BYTES = 200_000_000
"""So much is copied of what changes step by step in a loop; after that, what it is at the end."""


class Event(NamedTuple):
    """A value that a name was given, or that what it names was changed to.

    Attributes:
        name: the name; of an attribute or an entry of a dict its own; "" for what is returned without one.
        value: a copy of the numbers; in a traced run the node.
        file, line: where.
        frame: a number for the call that it was in.
        function: the name of the function.
        read: the names that the statement reads.
        is_change: whether something was changed in place.
        depth: how many calls of theirs it was within.
        variable: by which name their code reads it: of an entry of a dict its key, in quotes.
        handed_on: the variable that it was given, or was changed by, "" for an expression.
    """

    name: str
    value: Any
    file: str
    line: int
    frame: int
    function: str
    read: frozenset[str]
    is_change: bool
    depth: int
    variable: str = ""
    handed_on: str = ""

    @property
    def source(self) -> Source:
        return source_at(self.file, self.line)


class Argument(NamedTuple):
    """What a call was given under the name of a parameter, and how many events were before it."""

    name: str
    value: Any
    frame: int
    when: int
    function: str
    depth: int


class Recorder:
    """What `recording` fills.

    Attributes:
        events: in the order of their time.
        arguments: of all calls.
        last_return: the `return` that was carried out last.
        calls: by the number of a call where it was made; of those that were made in code of theirs.
        choices: by the number of a call and a variable in it the line that gives it a mask or indices.
        lines: every line that ran, as (file, line).
        functions: every function that was called, as (file, name).
        mentioned: the global names and the attributes that their code mentions.
    """

    def __init__(self, on_frame: Callable[[FrameType], None] | None = None) -> None:
        self.events: list[Event] = []
        self.arguments: list[Argument] = []
        self.last_return: Statement = _NOTHING
        self.calls: dict[int, Source] = {}
        self.choices: dict[tuple[int, str], Source] = {}
        self.lines: set[tuple[str, int]] = set()
        self.functions: set[tuple[str, str]] = set()
        self.mentioned: set[str] = set()
        self._on_frame = on_frame
        self._files: dict[str, dict[int, Statement]] = {}
        self._copies: WeakValueDictionary[Any, Any] = WeakValueDictionary()
        self._serials: dict[int, tuple[ref[Any], int]] = {}
        self._met = 0
        self._depth = 0
        self._frames = 0
        self.copied = 0

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        """What Python calls for each new call."""
        file = frame.f_code.co_filename
        if not is_their_code(frame.f_code, frame.f_globals):
            return None
        if self._on_frame is not None:
            self._on_frame(frame)
        if file not in self._files:
            self._files[file] = statements_of(file)
        self.functions.add((file, frame.f_code.co_name))
        self.mentioned.update(frame.f_code.co_names, frame.f_code.co_freevars)
        self._depth += 1
        self._frames += 1
        before = frame.f_back
        if before is not None and before.f_code.co_filename in self._files and is_theirs(before.f_globals):
            line = self._files[before.f_code.co_filename].get(before.f_lineno, _NOTHING).line or before.f_lineno
            self.calls[self._frames] = source_at(before.f_code.co_filename, line)
        return _Call(self, frame, self._files[file], self._frames, self._depth).local

    def left(self) -> None:
        self._depth -= 1

    def forget(self) -> None:
        """What was done so far is the forward's."""
        self.events.clear()

    def kept(self, value: Any, mark: Any) -> Any:
        """What an event keeps; None for what is no array and no number of floating point.

        Args:
            mark: see `mark`.
        """
        if type(value) is Box:
            return node_of(value)
        if not isinstance(value, np.ndarray):
            return value if is_floats(value) or isinstance(value, float) else None
        if mark is None:
            return None
        # The same numbers are handed on from call to call: they are kept once, and nothing can write into them.
        same = (value.dtype, *mark[1:])
        copied = self._copies.get(same)
        if copied is None:
            self._copies[same] = copied = read_only_copy(value)
        return copied

    def mark(self, value: Any) -> Any:
        """By which a change is seen; None for what is not looked at."""
        if type(value) is Box:
            node = node_of(value)
            return None if node is None else id(node)
        if isinstance(value, np.ndarray):
            if value.dtype.kind not in "fiu":
                return None
            return self.serial(value), value.shape, hash(value.tobytes())
        if isinstance(value, (float, np.floating)):
            return float(value)
        return None

    def serial(self, array: Any) -> int:
        """A number that no other array has: the place of one that is gone is given to another."""
        known = self._serials.get(id(array))
        if known is not None and known[0]() is array:
            return known[1]
        self._met += 1
        self._serials[id(array)] = ref(array), self._met
        return self._met

    @property
    def takes_steps(self) -> bool:
        """Whether it is noted too what is changed in a loop between two of its statements."""
        return self._on_frame is None and self.copied < MOST_BYTES


class _Call:
    """One call of one of their functions."""

    def __init__(
        self, recorder: Recorder, frame: FrameType, statements: dict[int, Statement], number: int, depth: int
    ) -> None:
        self._recorder, self._statements, self._number, self._depth = recorder, statements, number, depth
        self._file, self._function = frame.f_code.co_filename, _function_name(frame)
        self._last: Statement = _NOTHING
        self._last_line = frame.f_lineno
        self._known: dict[tuple[Any, ...], Any] = {}
        self._changing: dict[Path, Statement] = {}
        self._places: dict[tuple[Any, ...], int] = {}
        for name, value in frame.f_locals.items():
            self._known[(name,)] = mark = recorder.mark(value)
            found = recorder.kept(value, mark)
            if found is not None:
                recorder.arguments.append(Argument(name, found, number, len(recorder.events), self._function, depth))

    def local(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self._recorder.lines.add((self._file, frame.f_lineno))
            here = self._statements.get(frame.f_lineno, _NOTHING)
            self._finish(frame, here)
            self._last, self._last_line = here, frame.f_lineno
        elif event == "return":
            self._finish(frame, None)
            self._return(argument)
            self._recorder.left()
        return self.local

    def _finish(self, frame: FrameType, here: Statement | None) -> None:
        """Note what the statement that was at work has done."""
        done = self._last
        if done is _NOTHING:
            if self._last_line and not self._statements:
                self._look_at_all(frame)
        else:
            names = frame.f_locals if done.stored else {}
            for path in done.stored:
                self._changing.pop(path, None)
                self._note(path, names, done, is_change=False)
            for path in done.touched:
                self._changing[path] = done
        if self._changing:
            for path, change in list(self._changing.items()):
                if here is None or self._is_due(path, change, here):
                    self._note(path, frame.f_locals, self._changing.pop(path), is_change=True)

    def _is_due(self, path: Path, change: Statement, here: Statement) -> bool:
        """Whether what was changed in place is to be noted before a statement is carried out."""
        if path in here.touched:
            return change is not here and self._recorder.takes_steps
        return path[0] in here.read or path in here.stored

    def _look_at_all(self, frame: FrameType) -> None:
        """Where the code cannot be read, any name may have changed."""
        nothing = Statement(self._last_line, (), (), frozenset(frame.f_locals))
        for name in list(frame.f_locals):
            self._note((name,), frame.f_locals, nothing, is_change=False)

    def _note(self, path: Path, names: Any, done: Statement, *, is_change: bool) -> None:
        value = _resolved(path, names)
        if done.is_worked_out and isinstance(value, np.ndarray) and value.dtype.kind in "biu" and not is_change:
            self._recorder.choices[self._number, path[-1]] = source_at(self._file, done.line)
        recorder = self._recorder
        for key, name, part in _parts(path, value):
            mark = recorder.mark(part)
            if mark is None or self._known.get(key) == mark:
                continue
            self._known[key] = mark
            self._add(key, name, part, recorder.kept(part, mark), done, is_change)

    def _add(self, key: tuple[Any, ...], name: str, part: Any, value: Any, done: Statement, is_change: bool) -> None:
        recorder = self._recorder
        recorder.copied += getattr(value, "nbytes", 0) if is_change else 0
        variable = f'"{name}"' if "[]" in key else key[0] if len(key) == 1 else key[-1]
        where = (self._file, done.line, self._number, self._function)
        event = Event(name, value, *where, done.read, is_change, self._depth, variable, done.handed_on)
        here = len(recorder.events)
        if is_change and type(part) is not Box and isinstance(part, np.ndarray):
            at = (*key, done.line, recorder.serial(part))
            for place in range(self._places.get(at, here), here):  # a step of a loop: what it comes to counts
                other = recorder.events[place]
                if other.is_change and (other.name, other.frame) == (event.name, event.frame):
                    recorder.events[place] = other._replace(value=None)
            self._places[at] = here
        recorder.events.append(event)

    def _return(self, result: Any) -> None:
        recorder, done = self._recorder, self._last
        recorder.last_return = done
        parts = _returned_parts(result)
        for place, (key, part) in enumerate(parts):
            value = recorder.kept(part, recorder.mark(part))
            if value is None:
                continue
            said = done.returned[place] if place < len(done.returned) and len(done.returned) == len(parts) else None
            if done.returned and (said is None or not said.is_new) and not any(one.is_new for one in done.returned):
                continue  # variables, which have events of their own
            if said is not None and not said.is_new:
                continue
            name = key if isinstance(key, str) else said.key if said is not None else ""
            line = said.line if said is not None else done.line or self._last_line
            recorder.events.append(
                Event(name, value, self._file, line, self._number, self._function, done.read, False, self._depth, name)
            )


def _returned_parts(result: Any) -> list[tuple[Any, Any]]:
    """What is returned, each with its key in a dict, None for none."""
    if isinstance(result, dict):
        return list(result.items())
    if type(result) is Box or not isinstance(result, (tuple, list)):
        return [(None, result)]
    return [part for one in result for part in (list(one.items()) if type(one) is dict else [(None, one)])]


def _function_name(frame: FrameType) -> str:
    """Of a method with its class."""
    owner = frame.f_locals.get("self")
    return frame.f_code.co_name if owner is None else f"{type(owner).__name__}.{frame.f_code.co_name}"


def _resolved(path: Path, names: Any) -> Any:
    """What a path names; None for nothing."""
    value = names.get(path[0])
    for name in path[1:]:
        value = getattr(value, "__dict__", {}).get(name)
    return value


def _parts(path: Path, value: Any) -> Iterator[tuple[tuple[Any, ...], str, Any]]:
    """What stands under a name: itself, or the entries of a dict or a list."""
    if type(value) is not Box and isinstance(value, dict):
        for key, part in list(value.items())[:200]:
            yield (*path, "[]", key), str(key), part
    elif type(value) is not Box and isinstance(value, (list, tuple)):
        for place, part in enumerate(value[:200]):
            yield (*path, "[]", place), f"{path[-1]}[{place}]", part
    else:
        yield path, path[-1], value


@contextmanager
def recording(on_frame: Callable[[FrameType], None] | None = None) -> Iterator[Recorder]:
    """Record what their functions do in this thread, for as long as this lasts."""
    recorder = Recorder(on_frame)
    before = sys.gettrace()
    sys.settrace(recorder.trace)
    try:
        yield recorder
    finally:
        sys.settrace(before)
        recorder.events = [event for event in recorder.events if event.value is not None]
