"""One iteration of a script as functions, each statement on its line of the file, some expressions with a name."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from ...repair.source import name_expression, read_as
from ..errors import ScriptError
from .flow import BODIES, binds, needed_statements, reads
from .loop import Turn, strip_rate, updates_in


class Lift(NamedTuple):
    """An expression that is given a name before a statement.

    In a body of another one, or in a comprehension with these generators, its values are a list.
    """

    name: str
    value: ast.expr
    at: ast.stmt
    generators: tuple[ast.comprehension, ...] = ()

    @property
    def assigned_value(self) -> ast.expr:
        """Return what the name is given."""
        value = copy.deepcopy(self.value)
        return ast.ListComp(value, list(copy.deepcopy(self.generators))) if self.generators else value


def insert_lifts(statements: Sequence[ast.stmt], lifts: Sequence[Lift], *, is_inner: bool = False) -> list[ast.stmt]:
    """Return the statements with these; what of them holds none stays the same object."""
    found: list[ast.stmt] = []
    for one in statements:
        for lift in lifts:
            value = lift.assigned_value
            if is_inner:  # one more of the values
                several = value if lift.generators else ast.List([value], ast.Load())
                value = ast.BinOp(ast.Name(lift.name, ast.Load()), ast.Add(), several)
            if lift.at is one:
                found.append(_assign(lift.name, value, one))
        inner = [lift for lift in lifts if lift.at is not one and lift.at in ast.walk(one)]
        found += [_assign(lift.name, ast.List([], ast.Load()), one) for lift in inner if not is_inner]
        if inner:
            one = copy.copy(one)
            for field in BODIES:
                if hasattr(one, field):
                    setattr(one, field, insert_lifts(getattr(one, field), inner, is_inner=True))
        found.append(one)
    return found


def _assign(name: str, value: ast.expr, where: ast.stmt) -> ast.stmt:
    return ast.fix_missing_locations(name_expression(name, value, where))


class Cut:
    """The parts of an iteration that matter, before they are compiled.

    Args:
        gradients: by parameter its gradient: a name, or an expression that stands in the script.
        goals: the names that the forward is to compute.
        lifts: what of them has no name in the script.
    """

    def __init__(
        self, turn: Turn, gradients: Mapping[str, str], goals: Sequence[str], lifts: Sequence[Lift] = ()
    ) -> None:
        self._turn = turn
        statements, self.names = _name_gradients(turn, gradients)
        statements = insert_lifts(statements, lifts)
        own = {name for one in statements for name in binds(one)}
        forward = needed_statements([goal for goal in goals if goal in own], statements)
        gives = set(self.names.values())
        self.is_one = any(gives & set(binds(one)) for one in forward)
        if self.is_one:
            forward = needed_statements([*goals, *gives], statements)
        self.forward = forward
        rest = [one for one in statements if one not in forward]
        self.backward = [] if self.is_one else needed_statements(gives, rest)
        if not self.is_one and not gives <= {name for one in self.backward for name in binds(one)}:
            raise ScriptError("its gradients are not computed in the loop", "Say with --gradients which they are.")

    @contextmanager
    def functions(self, file: str, space: dict[str, Any]) -> Iterator[tuple[FunctionType, FunctionType | None]]:
        """Yield forward and backward, while the file is read as them; each gives all its variables.

        None for the backward where one statement gives both.
        """
        left = {name for one in self.forward for name in binds(one)}
        made = [_write_function("forward", self.forward, space, set())]
        made += [] if self.is_one else [_write_function("backward", self.backward, space, left)]
        # Whole: how a call is compiled depends on what the file imports.
        module = ast.Module([*self._turn.before, *made], [])
        try:
            code = compile(module, file, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise ScriptError(f"one turn of its loop is no function: {error.msg}", "Give functions.") from None
        codes = {one.co_name: one for one in code.co_consts if isinstance(one, CodeType)}
        found = [FunctionType(codes[one.name], space, one.name) for one in made]
        with read_as(file, module):
            yield found[0], None if self.is_one else found[1]


def _name_gradients(turn: Turn, gradients: Mapping[str, str]) -> tuple[list[ast.stmt], dict[str, str]]:
    """Return the statements of an iteration, where each gradient has a name; and these names."""
    names: dict[str, str] = {}
    statements: list[ast.stmt] = list(turn.body)
    for of, text in gradients.items():
        if text in turn.own:
            names[of] = text
            continue
        moves = [one for one in updates_in(turn.body) if one.name == of]
        found = next((one for one in moves if ast.unparse(strip_rate(one.by, turn.before)) == _plain(text)), None)
        if found is None:
            known = "it has no " + (
                of if of not in turn.known_names else f"name {text}, and does not move {of} by that"
            )
            raise ScriptError(known, "Say which is the gradient of which, as W1=dW1,b1=db1.")
        names[of] = f"gradient_{of}"
        value = strip_rate(found.by, turn.before)
        place = statements.index(found.statement)
        statements.insert(place, name_expression(names[of], value, found.statement))
    return statements, names


def _plain(text: str) -> str:
    """Write an expression as ast.unparse does, so that spaces do not matter."""
    try:
        return ast.unparse(ast.parse(text, mode="eval"))
    except SyntaxError:
        return text


def _write_function(
    name: str, statements: Sequence[ast.stmt], space: Mapping[str, Any], left: set[str]
) -> ast.FunctionDef:
    """Return a function of these statements that gives all its variables.

    It takes what it changes of the global variables, and what it reads of those that the forward has left.
    """
    name = f"{name}{'_' * (name in space)}"  # the user's stay the user's
    read, own = ({one for part in statements for one in names(part)} for names in (reads, binds))
    takes = sorted((own & space.keys()) | (read & left))
    written = ast.parse(f"def {name}({', '.join(takes)}):\n    return locals()").body[0]
    assert isinstance(written, ast.FunctionDef)
    last = max((one.end_lineno or one.lineno for one in statements), default=1)
    for node in ast.walk(written):
        if isinstance(node, (ast.expr, ast.stmt, ast.arg)):
            node.lineno = node.end_lineno = last
    written.lineno = min((one.lineno for one in statements), default=1)
    written.body = [*statements, *written.body]
    return written
