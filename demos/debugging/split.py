"""A turn as a forward and a backward: where its loss is, and which of its statements lead to it."""

from __future__ import annotations

import ast
import contextlib
import copy
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from handgrad.adapters.numpy.gradients import is_target
from handgrad.repair.source import read_as

from .arrays_in_reach import Place, value_at
from .flow import called_in, needed_statements, reads
from .losses import Loss
from .record import EXACT, IS_GRADIENT, NO_GRADIENT, Gradient, Record
from .training_code import LOSS
from .turns import LOSS_NAME, Left, TurnError

LARGEST = 300_000
"""Of more numbers data stays as it is."""

MOST_CALLS = 600
"""More are made of a forward only where each number is moved by itself."""

STEPS = ("sign", "round", "rint", "floor", "ceil", "trunc", "heaviside")
"""Functions whose slope is 0 but at their steps."""


class Decay(NamedTuple):
    """What is added to a gradient of the parameter itself, or of its signs, and is in no loss.

    Attributes:
        share: how much.
        is_of_signs: whether of its signs.
    """

    share: float
    is_of_signs: bool = False

    def penalty(self, value: Any) -> Any:
        """Return what has this gradient."""
        return self.share * np.abs(value).sum() if self.is_of_signs else 0.5 * self.share * (value**2).sum()


class Split:
    """The forward and the backward of a turn.

    Args:
        record: of the turn.
        gradients: of its parameters.
        loss: what it computes.
        of_the_step: the statements that are left out, as they change the gradients for the step alone.
    """

    def __init__(
        self, record: Record, gradients: Sequence[Gradient], loss: Loss, of_the_step: frozenset[int] = frozenset()
    ) -> None:
        self._turn, self._record, self._loss = record.turn, record, loss
        self.calls, self.is_first, self.times = 0, True, loss.times
        self.decays: dict[str, Decay] = {}
        self.gradients = gradients
        self.names = _short_names(gradients)
        self._places = self._find_places()
        statements = self._turn.statements
        wanted = [place for one in gradients for place in record.places_of(one)]
        last = max(one.last for one in gradients)
        begin = min(wanted)
        is_moved = {place for one in gradients if one.path for place in record.changed.get(one.of.path, ())}
        only_moves = is_moved - {place for one in gradients for place in record.places_of(one)} | of_the_step
        not_ahead = only_moves | self._moves_before_loss(only_moves)
        ahead = [one for at, one in enumerate(statements[: loss.at + 1]) if at not in not_ahead]
        if loss.at >= begin:
            names = reads(loss.value) | ({loss.value.id} if isinstance(loss.value, ast.Name) else set())
            ahead = needed_statements(names, ahead)
        back = [one for at, one in enumerate(statements[: last + 1]) if at not in only_moves and one not in ahead]
        self.is_one = any(one in ahead for at, one in enumerate(statements) if at in wanted)
        if self.is_one:
            numbers = max(last, loss.at)
            ahead, back = [one for at, one in enumerate(statements[: numbers + 1]) if at not in only_moves], []
        lift = ast.copy_location(
            ast.Assign([ast.Name(LOSS_NAME, ast.Store())], loss.value), ast.copy_location(ast.Pass(), loss.value)
        )
        if not self.is_one:
            ahead = [_Followed().visit(copy.deepcopy(one)) for one in ahead]
        self.ahead, self.back = [*ahead, *loss.before, ast.fix_missing_locations(_as_read(lift))], back

    def _moves_before_loss(self, only_moves: set[int]) -> set[int]:
        """Return the statements that move a parameter before the loss is computed: its gradient is of where it was.

        Args:
            only_moves: those known to do nothing else.

        Raises:
            TurnError: one of them does more than that.
        """
        statements, at = self._turn.statements, self._loss.at
        own = [one.of.path for one in self.gradients]
        found = {
            place for path in own for place in self._record.changed.get(path, ()) if place < self._loss.computed_at
        }
        late = {place for place in found - only_moves if not _only_updates(statements[place], own)}
        if late and self._may_read(statements[at] if at == self._loss.computed_at else self._loss.value, own):
            raise TurnError("the loss is computed after a parameter has moved")
        return found - late

    def _may_read(self, part: ast.AST, paths: Sequence[str]) -> bool:
        """Return whether something reads one of some parameters, or calls a function of the file, which may."""
        functions = {one.name for one in ast.walk(self._turn.tree) if isinstance(one, ast.FunctionDef)}
        inner = [one for one in ast.walk(part) if isinstance(one, ast.expr)]
        return any(called_in(one) in functions or ast.unparse(one) in paths for one in inner)

    @property
    def has_steps(self) -> bool:
        """Return whether the way to the loss may go through one of STEPS: here, or in a function of the file."""
        functions = (one for one in ast.walk(self._turn.tree) if isinstance(one, ast.FunctionDef))
        calls = (inner for part in (*self.ahead, *functions) for inner in ast.walk(part) if called_in(inner) in STEPS)
        return any(calls)

    @contextmanager
    def functions(self) -> Iterator[tuple[Callable[..., Any], Callable[..., Any] | None]]:
        """Yield its forward and its backward, while the file is read with them; None where one gives both."""
        turn = self._turn
        (first, second), module = turn.functions(self.ahead, self.back)
        space = turn.space
        this = weakref.ref(self)  # what it holds is put back by itself, and need not be looked through

        def forward(**values: Any) -> Any:
            own = this()
            assert own is not None
            own.calls += 1
            if own.calls > MOST_CALLS and own.is_first:
                raise TurnError("it is not followed")
            own.begin(values)
            left = own._turn.call(first, space)
            loss = left[LOSS_NAME]
            loss = np.squeeze(loss) if np.size(loss) == 1 and np.ndim(loss) else loss
            loss = loss if own.times == 1.0 else own.times * loss
            loss = sum((one.penalty(values[name]) for name, one in own.decays.items()), loss)
            return (loss, own.taken(left)) if own.is_one else (loss, _Left(left))

        def backward(cache: Any) -> Any:
            own = this()
            assert own is not None
            return own.taken(own._turn.call(second, {**space, **cache.names}))

        with read_as(turn.file, module):
            yield forward, None if self.is_one else backward

    @property
    def inputs(self) -> dict[str, Any]:
        """Return the parameters by their names, and the data: what is followed is what is given."""
        before = self._record.before
        found = {name: before[one.path] for name, one in self._places.items()}
        return {name: one.copy() if isinstance(one, np.ndarray) else float(one) for name, one in found.items()}

    def _find_places(self) -> dict[str, Place]:
        found = {self.names[one.of.path]: one.of for one in self.gradients}
        moved = {one.path for one in self._record.moved}
        for path, one in self._record.places.items():
            is_data = isinstance(one.value, np.ndarray) and 1 < one.value.size <= LARGEST and path not in moved
            name = str(one.key)
            if is_data and not (is_target(name) or IS_GRADIENT.search(name) or NO_GRADIENT.match(name)):
                found.setdefault(path, one)
        return found

    def begin(self, values: Mapping[str, Any]) -> None:
        """Put everything back to where the turn begins, with these values of the parameters and of the data."""
        self._turn.begin()
        self._start = {name: one.copy() if isinstance(one, np.ndarray) else one for name, one in values.items()}
        for name, one in self._places.items():
            if isinstance(one.value, np.ndarray):
                for part, put in self._turn.state.arrays:
                    if part is one.value:
                        put(values[name])
            with contextlib.suppress(TypeError):
                one.put(values[name])

    def taken(self, left: Left) -> dict[str, Any]:
        """Return the gradients among what is left."""
        turn = self._turn
        here = turn.globals if turn.is_global else {**turn.globals, **left}
        found = {}
        for one in self.gradients:
            name = self.names[one.of.path]
            if one.path:
                value, shape = value_at(one.path, here), np.shape(self._record.before[one.of.path])
                found[name] = value if np.shape(value) == shape else np.reshape(value, shape)
            else:
                found[name] = (self._start[name] - value_at(one.of.path, here)) / one.rate
        return found


class _Left:
    """The variables that a forward has left, which are no numbers that a gradient may be of."""

    __slots__ = ("names",)

    def __init__(self, names: Left) -> None:
        self.names = names


def _only_updates(statement: ast.stmt, paths: Sequence[str]) -> bool:
    """Return whether a statement assigns parameters, or what holds them, and no loss beside them."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", statement)]
    several = [part for one in targets for part in (one.elts if isinstance(one, ast.Tuple) else [one])]
    named = [ast.unparse(one) for one in several]
    held = [one for one in named if any(path == one or path.startswith((f"{one}[", f"{one}.")) for path in paths)]
    return bool(held) and not any(LOSS.search(one) or one in EXACT for one in named)


class _Followed(ast.NodeTransformer):
    """Puts an array of one number where `float` makes a plain one of it, which cannot be followed."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        is_plain = isinstance(node.func, ast.Name) and node.func.id == "float" and len(node.args) == 1
        return node.args[0] if is_plain and not isinstance(node.args[0], ast.Constant) else node


def _as_read(statement: ast.Assign) -> ast.Assign:
    """Return an assignment whose value is read, also where it stood as a target."""
    value = copy.deepcopy(statement.value)
    given = [one.target for one in ast.walk(value) if isinstance(one, ast.comprehension)]
    kept = [part for one in given for part in ast.walk(one)]
    for one in ast.walk(value):
        if isinstance(one, (ast.Name, ast.Attribute, ast.Subscript)) and one not in kept:
            one.ctx = ast.Load()
    statement.value = value
    return statement


def _short_names(gradients: Sequence[Gradient]) -> dict[str, str]:
    """Name each parameter by its last name, or by its path where several have that."""
    short = {one.of.path: str(one.of.key) if isinstance(one.of.key, str) else one.of.path for one in gradients}
    given = list(short.values())
    return {path: name if given.count(name) == 1 else path.removeprefix("self.") for path, name in short.items()}
