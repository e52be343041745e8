"""What the functions of a file are called with while it runs, up to the end of its first step of training."""

from __future__ import annotations

import ast
import copy
import re
import sys
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import CO_COROUTINE, CO_GENERATOR, CO_VARARGS, CO_VARKEYWORDS
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

from .arrays_in_reach import Place, last_name, same
from .file_text import read_tree
from .record import is_gradient
from .training_code import Body, TrainingCode, bound_by, is_update
from .turns import Turn

BACKWARD = re.compile(
    r"(?i)^(?!.*(descen|check|numeric|approx|train|fit|clip|zero|update|optim|fallback|callback|feedback))"
    r".*(back|bprop|grad|deriv|prime|jacobian|(^|_)jac($|_)|^d_|_d$)"
)
"""Of a function's name: it may give gradients."""

MOST_CALLS = 400
"""So many are recorded; a copy of what each is called with is kept."""

LARGE = 100_000
"""Arrays of so many numbers are not copied for each call."""

MOST_OF_ONE = 20
"""So many calls of one function that gives no gradients are recorded before one that does."""

MOST_AT_ONCE = 3
"""So often a function that gives a loss and more is called, for an evaluation too, before a step must be over."""

MOST_IN_TURN = 300
"""So often a function that goes back may be called in one turn that is not over: for each example, or activation."""

MOST_KEPT = 100
"""So many turns that move nothing go by before one is taken as it is."""

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
        self._called: Counter[CodeType] = Counter()
        self._giving_both: set[CodeType] = set()
        self._large: dict[int, tuple[Any, Any]] = {}
        self.turns: dict[Body, Turn] = {}
        self.finished: set[Body] = set()
        self._is_done = False
        self._again: set[Body] = set()
        self._kept: Counter[Body] = Counter()
        self._numbers: dict[Body, dict[str, Any]] = {}
        self._last = 0, 0
        self._frames: dict[Body, tuple[FrameType, dict[str, Any]]] = {}
        self._training = TrainingCode(read_tree(self.path))
        self._starts = {one.body[0].lineno: one for one in self._training.bodies}

    @contextmanager
    def observe(self) -> Iterator[None]:
        """Record what runs in this block; `StepDone` ends it where a step begins once more."""
        before, tracing = sys.getprofile(), sys.gettrace()
        sys.setprofile(self._note)
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.setprofile(before)
            sys.settrace(tracing)

    def _enter(self, frame: FrameType, event: str, _: Any) -> Any:
        """Watch the lines of a function, or of the file itself, in which a turn may begin."""
        code = frame.f_code
        if code.co_filename != str(self.path):
            return None
        lines = {line for _, _, line in code.co_lines()}
        has_turn = lines & self._starts.keys() and code.co_name[0] != "<"
        return self._watch if has_turn or code.co_name == "<module>" else None

    def _watch(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "return" and not self._is_done:
            self.finished |= {one for one, (of, _) in self._frames.items() if of is frame}
        body = self._starts.get(frame.f_lineno) if event == "line" else None
        if event == "line":
            self._last = frame.f_lineno, self._last[0]  # the line, and the one before it
        if body is not None and (body not in self.turns or self._is_called_again(body, frame)):
            self._keep(body, frame)
        elif body is not None and self._comes_again(body, frame):
            self.finished.add(body)  # of a function, a loop that it begins with comes by again
            if self._is_over(body, frame):
                self._is_done = True
                sys.settrace(None)
                sys.setprofile(None)
                raise StepDone
        return self._watch

    def _comes_again(self, body: Body, frame: FrameType) -> bool:
        """Return whether a loop begins another turn: a loop that its turn begins with goes round by itself."""
        is_loop = self._frames[body][0] is frame and not isinstance(body, ast.FunctionDef)
        return is_loop and (not isinstance(body.body[0], (ast.For, ast.While)) or self._last[1] == body.lineno)

    def _is_called_again(self, body: Body, frame: FrameType) -> bool:
        """Return whether a function is called once more whose call before this one has left all as it was."""
        if not isinstance(body, ast.FunctionDef) or frame is self._frames[body][0] or self._kept[body] >= MOST_KEPT:
            return False
        return self._is_idle(body, self.turns[body].places(dict(frame.f_locals)))

    def _keep(self, body: Body, frame: FrameType) -> None:
        space = frame.f_globals if frame.f_code.co_name == "<module>" else dict(frame.f_locals)
        sys.settrace(None)
        try:
            turn = Turn(body, self._training.tree, str(self.path), frame.f_globals, space)
            numbers = {
                path: copy.copy(one.value) for path, one in turn.places().items() if not isinstance(one.value, int)
            }
            before = {path: one for path, one in numbers.items() if isinstance(one, np.ndarray)}
        finally:
            sys.settrace(self._enter)
        self._kept[body] += 1
        self._numbers[body] = numbers
        self.turns[body] = turn
        self._frames[body] = frame, before

    def _is_over(self, body: Body, frame: FrameType) -> bool:
        """Return whether a step was made since the turn began: something was moved, and by the next turn once more."""
        if not self._training.steps(body):
            return False
        turn, (_, before) = self.turns[body], self._frames[body]
        here = turn.places(frame.f_globals if turn.is_global else dict(frame.f_locals))
        own = bound_by(body)
        still = [path for path in before if path in here and not is_gradient(path)]
        still = [path for path in still if last_name(path) not in turn.overwritten]
        now = {path: here[path].value for path in still if re.split(r"\W", path)[0] not in own}
        changed = {path: one.copy() for path, one in now.items() if not same(before[path], one)}
        # A loop over the parameters moves each of them once.
        is_over = bool(changed) and (body in self._again or self._training.has_loss(body))
        if changed and not is_over:
            self._again.add(body)
            self._frames[body] = frame, changed
        if body not in self._again and self._kept[body] < MOST_KEPT and self._is_idle(body, here):
            # What is played or drawn before the first step is no part of it.
            self._keep(body, frame)
            self.finished.discard(body)
        return is_over

    def _is_idle(self, body: Body, here: Mapping[str, Place]) -> bool:
        """Return whether a turn has left as they were what it moves, or what the functions move that it calls."""
        before, moves = self._numbers[body], [one for one in ast.walk(body) if isinstance(one, ast.AugAssign)]
        own = {_path_in(before, one.target) for one in moves if is_update(one, is_strict=True)}
        if not own and self._training.calls_step(body):
            sums = {ast.unparse(one.target) for one in moves}
            own = {path for path in before if last_name(path) not in self.turns[body].overwritten} - sums
        own &= before.keys() & here.keys()
        return bool(own) and all(same(before[path], here[path].value) for path in own)

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
            most = MOST_IN_TURN if self._is_in_turn() else 1 if is_backward else MOST_AT_ONCE
            if self._steps[step] > most:
                sys.setprofile(None)
                self._is_done = True
                raise StepDone
        self._called[code] += not any(self._steps)
        if len(self.calls) < MOST_CALLS and self._called[code] <= MOST_OF_ONE:
            call = Call(code, function, owner, given, self._copy(owner, given), frame.f_back, self._depth)
            self.calls.append(call)
            self._running[frame] = call
            self._depth += is_backward

    def _is_in_turn(self) -> bool:
        """Return whether a turn that surely makes a step has begun, and has not come to its end."""
        return any(self._training.steps(one) for one in self.turns.keys() - self.finished)

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


def _path_in(held: Container[str], target: ast.expr) -> str:
    """Return the path of what a target is, or is a part of, among those that are held."""
    while isinstance(target, ast.Subscript) and ast.unparse(target) not in held:
        target = target.value
    return ast.unparse(target)


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
