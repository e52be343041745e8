"""What the functions of a file are called with while it runs, up to the end of its first step of training."""

from __future__ import annotations

import copy
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import CO_COROUTINE, CO_GENERATOR, CO_VARARGS, CO_VARKEYWORDS
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

BACKWARD = re.compile(
    r"(?i)^(?!.*(descen|check|numeric|approx|train|fit|clip|zero|update|optim|fallback|callback|feedback))"
    r".*(back|bprop|grad|deriv|prime|^d_|_d$)"
)
"""Of a function's name: it may give gradients."""

MOST_CALLS = 400
"""So many are recorded; a copy of what each is called with is kept."""

LARGE = 100_000
"""Arrays of so many numbers are not copied for each call."""

MOST_AT_ONCE = 3
"""So often a function that gives a loss and more is called, for an evaluation too, before a step must be over."""

_UNREADABLE = CO_GENERATOR | CO_COROUTINE | CO_VARARGS | CO_VARKEYWORDS


@dataclass(eq=False)
class Call:
    """One call of a function of the file.

    Attributes:
        code: of the function.
        function: it, or for a method its class's; None where it has no name by which it can be called again.
        owner: the object whose method it is; None for a function.
        given: the arguments by their parameters, as the very objects.
        copies: the same and, as "self", the owner, copied before the call; None where they cannot be copied.
        caller: the frame that it was called from.
        depth: how many functions of the file that may give gradients were running.
        result: what it returned, the very object.
        has_returned: whether it has come to its end.
    """

    code: CodeType
    function: Any
    owner: Any
    given: dict[str, Any]
    copies: dict[str, Any] | None
    caller: FrameType
    depth: int
    result: Any = None
    has_returned: bool = False

    @property
    def name(self) -> str:
        return self.code.co_name

    @property
    def is_backward(self) -> bool:
        return BACKWARD.search(self.name) is not None


class StepDone(BaseException):
    """The first step of training is over, and the file need not go on."""


@dataclass
class Observer:
    """Records the calls of a file's own functions.

    Attributes:
        path: the file, as its code names it.
        calls: in the order in which they began.
        has_failed: whether the file ended with an error.
    """

    path: Path
    calls: list[Call] = field(default_factory=list)
    has_failed: bool = False

    def __post_init__(self) -> None:
        self._running: dict[FrameType, Call] = {}
        self._depth = 0
        self._steps: Counter[tuple[CodeType, int]] = Counter()
        self._giving_both: set[CodeType] = set()
        self._large: dict[int, tuple[Any, Any]] = {}

    @contextmanager
    def observe(self) -> Iterator[None]:
        """Record what runs in this block; `StepDone` ends it where a step begins once more."""
        before = sys.getprofile()
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(before)

    def _note(self, frame: FrameType, event: str, result: Any) -> None:
        code = frame.f_code
        if code.co_filename != str(self.path) or code.co_name.startswith("<") or code.co_flags & _UNREADABLE:
            return
        if event == "call":
            self._begin(frame)
        elif event == "return" and frame in self._running:
            call = self._running.pop(frame)
            call.result, call.has_returned = result, True
            if gives_more_than_a_number(result):
                self._giving_both.add(code)
            self._depth -= call.is_backward

    def _begin(self, frame: FrameType) -> None:
        assert frame.f_back is not None
        code = frame.f_code
        given = {name: frame.f_locals[name] for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]}
        owner, function = _function_of(frame, given)
        if owner is not None:
            del given[code.co_varnames[0]]
        is_backward = BACKWARD.search(code.co_name) is not None
        if not self._depth and (is_backward or code in self._giving_both):
            step = (code, id(owner))
            self._steps[step] += 1
            if self._steps[step] > (1 if is_backward else MOST_AT_ONCE):
                sys.setprofile(None)
                raise StepDone
        if len(self.calls) < MOST_CALLS:
            call = Call(code, function, owner, given, self._copy(owner, given), frame.f_back, self._depth)
            self.calls.append(call)
            self._running[frame] = call
            self._depth += is_backward

    def _copy(self, owner: Any, given: dict[str, Any]) -> dict[str, Any] | None:
        """Return a copy of what a call is given; a large array that is as it was has one copy for all calls."""
        memo = {key: copied for key, (one, copied) in self._large.items() if np.array_equal(one, copied)}
        try:
            copies = copy.deepcopy({**given, "self": owner}, memo)
        except Exception:  # an object of the person's may refuse, in any way
            return None
        for one in memo.pop(id(memo), ()):  # where deepcopy keeps alive what it has copied
            if isinstance(one, np.ndarray) and one.size >= LARGE:
                self._large[id(one)] = one, memo[id(one)]
        return copies


def _function_of(frame: FrameType, given: dict[str, Any]) -> tuple[Any, Any]:
    """Return the object whose method runs, and what is called there; None for each that there is not."""
    code = frame.f_code
    first = given.get(code.co_varnames[0]) if code.co_argcount else None
    for kind in type(first).__mro__:
        own = vars(kind).get(code.co_name)
        if getattr(own, "__code__", None) is code:
            return first, own
    outer = frame.f_back.f_locals if frame.f_back is not None else {}
    found = outer.get(code.co_name, frame.f_globals.get(code.co_name))
    return None, found if getattr(found, "__code__", None) is code else None


def gives_more_than_a_number(result: Any) -> bool:
    """Return whether a result is a tuple of a number and of what may be gradients."""
    return (
        isinstance(result, tuple)
        and any(map(is_number, result))
        and any(isinstance(one, (dict, list, np.ndarray)) and not is_number(one) for one in result)
    )


def is_number(thing: Any) -> bool:
    """Return whether it is one number of floating point."""
    return isinstance(thing, (float, np.floating)) or (isinstance(thing, np.ndarray) and thing.size == 1)
