"""A part of a kata's own graph as a drill: the gradient that went wrong, with what is there when its turn comes."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from handgrad import HandgradError, Value, gradients
from handgrad.graph import topological_order
from handgrad.names import Names
from handgrad.number import show

from ...invocation import own_name
from ..course import Kata
from ..drills.array_drill import ArrayDrill
from ..drills.array_task import ArrayTask
from ..drills.drill import LOOSEST
from ..graphs import Judged, collect_judged
from .fresh_drills import write_operation

MOST_GRAPHS = 8
MOST_ASKED = 2
MOST_LINES = 8
"""So many lines of a forward pass are shown whole; of a longer one, those around what is asked."""
_KEYED = re.compile(r"\b\w+\['(\w+)'\]")
_IN_LOOPS = {"max_pool": ("x",), "conv": ("x", "w")}
"""Of each kata the arrays whose gradient is gathered in loops: no expression is short."""


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


def part_task(kata: Kata, rng: random.Random, wrong: Collection[str] = ()) -> ArrayTask | None:
    """Return a question on a part of one of the kata's graphs: on nodes that were wrong, or else on any.

    Returns:
        None where the kata's tests judge no graph, or none of its nodes can be asked alone.
    """
    judged = collect_judged(kata, MOST_GRAPHS)
    rng.shuffle(judged)
    parts = [(graph, names) for graph in map(_Graph, judged) if (names := graph.list_askable(kata))]
    if not parts:
        return None
    graph, names = next((part for part in parts if {*wrong} & {*part[1]}), parts[0])
    wanted = [name for name in names if name in wrong] or names
    picked = rng.sample(wanted, min(len(wanted), MOST_ASKED))
    return ArrayTask(graph.drill(kata, [name for name in names if name in picked]))


class _Graph:
    """A graph that a test judges, with its true gradients and what is known beside it."""

    def __init__(self, judged: Judged) -> None:
        self.root, self.order = judged.root, topological_order(judged.root)
        self.names, self.truth = Names(judged.root), gradients(judged.root)
        # Where a test asks for some nodes alone, its kata knows no gradient of the others.
        self.stations = set(self.order if judged.nodes is None else judged.nodes)
        self.named = {self.names[node]: node for node in self.order if node.label and not node.is_constant}
        self.known = _read_names(judged.names, self.named)
        self.functions = judged.functions

    def list_askable(self, kata: Kata) -> list[str]:
        """Return the names of the nodes that can be asked for, in backward order."""
        return [
            name
            for name, node in reversed(self.named.items())
            if node in self.stations and node is not self.root and name not in _IN_LOOPS.get(kata.name, ())
            and self._is_determined(node)
        ]  # fmt: skip

    def _is_determined(self, node: Value) -> bool:
        """Return whether a gradient follows from what is known, and is none of that itself."""
        reached = self._between(node)
        fixed: list[Any] = [
            operand.data
            for each in self.order if any(operand in reached for operand in each.operands)
            for operand in each.operands
            if operand.is_leaf and operand.shape and not operand.label and each not in self.stations - {self.root}
        ]  # fmt: skip
        # It may be made of what is known: 1 - Y.
        shapes = {np.shape(thing) for thing in self.known.values()}
        is_known = all(array.shape in shapes for array in fixed)
        return is_known and not any(_is_equal(array, self.truth[node]) for array in fixed)

    def _between(self, node: Value) -> set[Value]:
        """Return the node and what is computed from it before the next stations."""
        reached = {node}
        for each in self.order:
            if each not in self.stations and any(operand in reached for operand in each.operands):
                reached.add(each)
        return reached

    def _downstream(self, asked: list[Value]) -> list[Value]:
        """Return the nodes whose gradient is there when the turn of `asked` comes, the root first.

        Between arrays those are the nearest stations; between numbers, whatever uses them.
        """
        reached = [self._between(node) if node.shape else {node} for node in asked]
        found = {each for each in self.order for group in reached if not group.isdisjoint(each.operands)}
        inner = set().union(*reached)
        return [node for node in reversed(self.order) if node in found and node not in inner]

    def drill(self, kata: Kata, asked: list[str]) -> ArrayDrill:
        """Return what is asked, with the gradients filled in that are there by then."""
        named, names = self.named, self.names
        nodes = [named[name] for name in asked]
        given = self._downstream(nodes)
        for node in given:
            node.grad = self.truth[node]
        answers = [self.truth[node] for node in nodes]
        more = {n: thing for n, thing in self.known.items() if not any(_is_equal(thing, answer) for answer in answers)}
        if nodes[0].shape:
            there = [name for node in given if node is not self.root and (name := names[node]) in named]
            forward = _lines_around(_forward_lines(kata, self.functions), asked)
            words = {word for line in forward for word in re.findall(r"\w+", line)}
            others = [node for name, node in named.items() if node is not self.root]
            if all(name in words for name in asked):  # else they are named in a loop, all of them
                others = [node for node in others if names[node] in words]
            shapes = {names[node]: str(node.shape) for node in others}
            shapes |= {name: _show_thing(thing) for name, thing in more.items() if name in words or name[0] == "d"}
            filled: tuple[str, ...] = (f"{', '.join(f'd{name}' for name in there)}: there already",) if there else ()
            lines = _solution_lines(kata, asked)
        else:
            consumers = [node for node in self.order if not set(nodes).isdisjoint(node.operands)]
            forward = tuple(f"{names[node]} = {self._write(node)} = {show(node.data)}" for node in consumers)
            operands = [operand for node in consumers for operand in node.operands if not operand.is_constant]
            shapes = {names[operand]: show(operand.data) for operand in operands}
            filled = tuple(f"{names[node]}.grad = {show(self.truth[node])}" for node in given)
            lines = {}
        there = [names[node] for node in given if names[node] in named]
        return ArrayDrill(
            self.root, named, shapes, forward, tuple(there), filled, tuple(asked), lines, "", more, rtol=LOOSEST,
            source=f"How: {own_name()} solution {kata.name}" if kata.has_solution else "",
        )  # fmt: skip

    def _write(self, node: Value) -> str:
        texts = [show(each.data) if each.is_constant else self.names[each] for each in node.operands]
        return write_operation(str(node.op), texts)


def _read_names(names: Mapping[str, Any], named: Collection[str]) -> dict[str, Any]:
    """Return the sizes, indices and fixed arrays that a test calls by a name."""
    found: dict[str, Any] = {}
    for name, thing in names.items():
        if name in named or isinstance(thing, (bool, Value)):
            continue
        if isinstance(thing, (int, float)):
            found[name] = float(thing)
        elif isinstance(thing, (np.ndarray, list)):
            try:
                array = np.asarray(thing)
            except (ValueError, HandgradError):  # rows of several lengths, or nodes
                continue
            if array.dtype.kind in "if":
                found[name] = array
    return found


def _is_equal(array: Any, answer: Any) -> bool:
    return np.shape(array) == np.shape(answer) and np.shape(array) != () and bool(np.allclose(array, answer))


def _show_thing(thing: Any) -> str:
    if isinstance(thing, float):
        return show(thing)
    return f"{thing.shape}, whole numbers" if thing.dtype.kind == "i" else str(thing.shape)


def _forward_lines(kata: Kata, running: Sequence[str]) -> list[Line]:
    """Return the statements of the kata's test that make its labelled arrays, as one would write them in NumPy.

    Args:
        running: the names of the test's functions that were running, the outermost first; other tests do not count.
    """
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


def _lines_around(lines: list[Line], asked: list[str]) -> tuple[str, ...]:
    """Return the lines of a forward pass that make what is asked for or use it; all of a few."""
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


def _solution_lines(kata: Kata, asked: list[str]) -> dict[str, str]:
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
