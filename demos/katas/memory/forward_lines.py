"""The lines of a kata's forward pass, as its test has them, and of its backward pass, as its solution has them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..course import Kata

MOST_LINES = 8
"""So many lines of a forward pass are shown whole; of a longer one, those around what is asked."""
_KEYED = re.compile(r"\b\w+\['(\w+)'\]")


class Line(NamedTuple):
    """A statement of a kata's forward pass.

    Attributes:
        makes: the names that it makes, those of labels too.
        reads: the names that it reads.
        unlabelled: of what it makes, that which has no label.
    """

    text: str
    makes: frozenset[str]
    reads: frozenset[str]
    unlabelled: frozenset[str]


def lines_around(kata: Kata, running: Sequence[str], asked: list[str]) -> tuple[str, ...]:
    """Return the lines of a kata's forward pass that make what is asked for or use it; all of a few.

    Args:
        kata: its test has the lines.
        running: the names of the test's functions that were running, the outermost first; other tests do not count.
        asked: the labels of arrays.
    """
    lines = _forward(kata, running)
    wanted = set(range(len(lines)) if len(lines) <= MOST_LINES else ())
    for name in asked:
        reached = {name}
        for place, line in enumerate(lines):
            if reached & line.reads:
                wanted.add(place)
                reached |= line.unlabelled
            else:
                reached -= line.makes - {name}  # another array of that name
                if name in line.makes:
                    wanted.add(place)
    return tuple(text for place in sorted(wanted) for text in lines[place].text.split("\n"))


def solution_lines(kata: Kata, asked: list[str]) -> dict[str, str]:
    """Return how the kata's solution writes each gradient, where it has a line for it."""
    if not kata.has_solution:
        return {}
    found: dict[str, list[str]] = {name: [] for name in asked}
    for statement in ast.walk(ast.parse(kata.solution.read_text(encoding="utf-8"))):
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if isinstance(statement, (ast.Assign, ast.AugAssign)):
            for name in asked:
                if any(
                    re.match(rf"(d{re.escape(name)}|{re.escape(name)}\.grad)\b", ast.unparse(t)) for t in targets if t
                ):
                    found[name].append(_KEYED.sub(r"\1", ast.unparse(statement)))
    return {name: "; ".join(lines) for name, lines in found.items() if lines}


def _forward(kata: Kata, running: Sequence[str]) -> list[Line]:
    """Return the statements of the kata's test that make its labelled arrays, as one would write them in NumPy."""
    found: list[Line] = []
    functions = [
        node
        for node in ast.walk(ast.parse(kata.test.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and (node.name in running or "test" not in node.name)
    ]
    for function in sorted(functions, key=lambda one: running.index(one.name) if one.name in running else -1):
        statements = list(_statements(function.body))
        places = [place for place, one in enumerate(statements) if _is_labelling(one)]
        if places:
            lines = [_line(one) for one in statements[places[0] : places[-1] + 1] if _is_forward(one)]
            found += [line for line in lines if not re.fullmatch(r"(\w+) = \1", line.text)]
    return found


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.With):
            yield from _statements(statement.body)
        else:
            yield statement


def _is_labelling(node: ast.AST) -> bool:
    return any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "label"
        for each in ast.walk(node)
    )  # fmt: skip


def _is_forward(statement: ast.stmt) -> bool:
    calls = {ast.unparse(each.func) for each in ast.walk(statement) if isinstance(each, ast.Call)}
    is_set_up = any(call in ("array", "manual", "by_hand") or "rng" in call or "random" in call for call in calls)
    return isinstance(statement, (ast.Assign, ast.For)) and (not is_set_up or _is_labelling(statement))


class _Unlabel(ast.NodeTransformer):
    """Replace label(x, "name") by x, and leave out of loops what sets up leaves."""

    def visit_For(self, node: ast.For) -> ast.AST:
        node.body = [one for one in node.body if not isinstance(one, ast.Assign) or _is_forward(one)] or [ast.Pass()]
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        return node.args[0] if isinstance(node.func, ast.Name) and node.func.id == "label" and node.args else node


def _line(statement: ast.stmt) -> Line:
    labels: set[Any] = {
        each.args[1].value
        for each in ast.walk(statement)
        if _is_labelling(each) and isinstance(each, ast.Call) and len(each.args) == 2
        and isinstance(each.args[1], ast.Constant)
    }  # fmt: skip
    words = [each for each in ast.walk(statement) if isinstance(each, ast.Name)]
    makes = {each.id for each in words if isinstance(each.ctx, ast.Store)}
    reads = {each.id for each in words if isinstance(each.ctx, ast.Load)}
    written = ast.unparse(ast.fix_missing_locations(_Unlabel().visit(statement)))
    unlabelled = frozenset() if labels else frozenset(makes)
    return Line(written, frozenset(makes | labels), frozenset(reads), unlabelled)
