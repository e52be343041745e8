"""One iteration of a script as functions, each statement on its line of the file."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from ...repair.syntax import as_read, lifted
from ..errors import ScriptError
from .flow import bound, needed, reads
from .lift import Lift, with_lifts
from .loop import Turn, updates_in, without_rate

GRADIENT = "gradient_{}"
"""What a gradient is called that has no name in the script."""


class Piece(NamedTuple):
    """A function that was cut out.

    Attributes:
        function: it takes `takes` by name, and gives all its variables.
        takes: what it is given, by name: what it changes, and what the other one has computed.
    """

    function: FunctionType
    takes: tuple[str, ...]


class Pieces(NamedTuple):
    """An iteration.

    Attributes:
        forward: gives the loss, or both sides of the difference that the way back begins with.
        backward: gives the gradients; None where one statement gives both.
        names: by parameter what the gradient is called.
    """

    forward: Piece
    backward: Piece | None
    names: Mapping[str, str]


class Cut:
    """The parts of an iteration that matter, before they are compiled.

    Args:
        gradients: by parameter its gradient: a name, or an expression that stands in the script.
        goals: the names that the forward is to compute.
        lifts: what of them has no name in the script.

    Raises:
        ScriptError: the script has no such name, or no such expression.
    """

    def __init__(
        self, turn: Turn, gradients: Mapping[str, str], goals: Sequence[str], lifts: Sequence[Lift] = ()
    ) -> None:
        self._turn = turn
        statements, self.names = _named(turn, gradients)
        statements = with_lifts(statements, lifts)
        own = {name for one in statements for name in bound(one)}
        forward = needed([goal for goal in goals if goal in own], statements)
        gives = set(self.names.values())
        self.is_one = any(gives & set(bound(one)) for one in forward)
        if self.is_one:
            forward = needed([*goals, *gives], statements)
        self.forward = forward
        rest = [one for one in statements if one not in forward]
        self.backward = [] if self.is_one else needed(gives, rest)
        if not self.is_one and not gives <= {name for one in self.backward for name in bound(one)}:
            raise ScriptError("its gradients are not computed in the loop", "Say with --gradients which they are.")

    @contextmanager
    def pieces(self, file: str, space: dict[str, Any], flags: int = 0) -> Iterator[Pieces]:
        """Yield the functions; while this lasts, they are what the file is read as."""
        left = {name for one in self.forward for name in bound(one)}
        names = [f"{name}{'_' * (name in space)}" for name in ("forward", "backward")]  # theirs stay theirs
        first = _written(names[0], self.forward, self._taken(self.forward, space, set()))
        second = _written(names[1], self.backward, self._taken(self.backward, space, left))
        made = [first] if self.is_one else [first, second]
        # Whole: how a call is compiled depends on what the file imports.
        module = ast.Module([*self._turn.before, *made], [])
        try:
            code = compile(module, file, "exec", flags, dont_inherit=True)
        except SyntaxError as error:
            raise ScriptError(f"one turn of its loop is no function: {error.msg}", "Give functions.") from None
        with as_read(file, module):
            yield Pieces(
                _piece(code, first, space), None if self.is_one else _piece(code, second, space), dict(self.names)
            )

    def _taken(self, statements: Sequence[ast.stmt], space: Mapping[str, Any], left: set[str]) -> list[str]:
        """Return what is read and is no global variable.

        What it gives a value itself, and what the forward has left.
        """
        read = {name for one in statements for name in reads(one)}
        own = {name for one in statements for name in bound(one)}
        return sorted((own & space.keys()) | (read & left))


def _named(turn: Turn, gradients: Mapping[str, str]) -> tuple[list[ast.stmt], dict[str, str]]:
    """Return the statements of an iteration, where each gradient has a name; and these names."""
    own = {name for one in turn.body for name in bound(one)}
    names: dict[str, str] = {}
    statements: list[ast.stmt] = list(turn.body)
    for of, text in gradients.items():
        if text in own:
            names[of] = text
            continue
        moves = [one for one in updates_in(turn.body) if one.name == of]
        found = next((one for one in moves if ast.unparse(without_rate(one.by, turn.before)) == _plain(text)), None)
        if found is None:
            known = "it has no " + (of if of not in turn.known else f"name {text}, and does not move {of} by that")
            raise ScriptError(known, "Say which is the gradient of which, as W1=dW1,b1=db1.")
        names[of] = GRADIENT.format(of)
        value = without_rate(found.by, turn.before)
        place = statements.index(found.statement)
        statements.insert(place, lifted(names[of], value, found.statement))
    return statements, names


def _plain(text: str) -> str:
    try:
        return ast.unparse(ast.parse(text, mode="eval"))
    except SyntaxError:
        return text


def _written(name: str, statements: Sequence[ast.stmt], takes: Sequence[str]) -> ast.FunctionDef:
    """Return a function of these statements that gives all its variables."""
    first = min((one.lineno for one in statements), default=1)
    last = max((one.end_lineno or one.lineno for one in statements), default=1)
    written = ast.parse(f"def {name}({', '.join(takes)}):\n    return locals()").body[0]
    assert isinstance(written, ast.FunctionDef)
    for node in ast.walk(written):
        if isinstance(node, (ast.expr, ast.stmt, ast.arg)):
            node.lineno = node.end_lineno = last
    written.lineno = first
    written.body = [*statements, *written.body]
    return written


def _piece(code: CodeType, written: ast.FunctionDef, space: dict[str, Any]) -> Piece:
    own = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == written.name)
    return Piece(FunctionType(own, space, written.name), tuple(one.arg for one in written.args.args))
