"""Slips put into the rules of right engines and Functions, by a mechanism: one change of one expression each.

What is planted is chosen by position; of each list every other was only looked at when everything was done.
"""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from . import engines
from .autograd import AUTOGRAD, Applied
from .case import Ask, Case, engine, module

UPSTREAM = ("out.grad", "grad_output", "grad", "dy", "dY", "dLdO", "output_grad", "g", "backward_grad")
CHILDREN = ("_prev", "parents", "inputs", "depends_on")
A_TEXT = 8
"""So many slips are planted in a text."""


class _Change(NamedTuple):
    """What stands in a place instead, and what such a mistake is called."""

    node: ast.AST
    text: str
    kinds: frozenset[str]


def _changes(text: str, node: ast.AST) -> Iterator[_Change]:
    """The mistakes that can be made of one piece of a rule."""

    def said(part: ast.AST) -> str:
        return ast.get_source_segment(text, part) or ""

    def made(new: str, *kinds: str) -> _Change:
        return _Change(node, new, frozenset(kinds))

    if isinstance(node, (ast.Assign, ast.AugAssign)) and isinstance(node.value, ast.BinOp):
        target = said(node.targets[0] if isinstance(node, ast.Assign) else node.target)
        sign = "=" if isinstance(node, ast.Assign) else "+="
        yield made(f"{target} {sign} -({said(node.value)})", "sign")
    if isinstance(node, ast.AugAssign):
        yield made(f"{said(node.target)} = {said(node.value)}", "overwrites", "missing-path")
    if not isinstance(node, ast.BinOp):
        return
    left, right = said(node.left), said(node.right)
    if isinstance(node.op, ast.Mult):
        for kept, lost in ((left, right), (right, left)):
            kinds = ("forgot-upstream",) if lost in UPSTREAM else ("forgot-local", "rule", "factor", "missing-path")
            yield made(f"({kept})", *kinds)
        if left == "other.data":
            yield made(f"self.data * {right}", "swapped", "rule")
    elif isinstance(node.op, ast.Pow):
        yield made(f"({left})", "rule", "forgot-local", "factor")
    elif isinstance(node.op, ast.Sub):
        yield made(f"({left} + {right})", "sign", "rule", "missing-path")
        yield made(f"({left})", "missing-path", "rule")
    elif isinstance(node.op, ast.Add):
        yield made(f"({left})", "missing-path", "rule")


def _is_rule(function: ast.FunctionDef) -> bool:
    """Whether it passes a gradient on; a `backward` that is given none walks the graph."""
    return function.name in ("_backward", "pull") or (function.name == "backward" and len(function.args.args) > 1)


def _slips(text: str) -> Iterator[tuple[str, str, frozenset[str]]]:
    """The text with one change after the other, what was changed, and the names that fit."""
    lines = text.splitlines(keepends=True)
    for rule in ast.walk(ast.parse(text)):
        if not isinstance(rule, ast.FunctionDef) or not _is_rule(rule):
            continue
        for node in ast.walk(rule):
            for change in _changes(text, node):
                at: Any = change.node
                if at.lineno != at.end_lineno:
                    continue
                line = lines[at.lineno - 1]
                wrong = line[: at.col_offset] + change.text + line[at.end_col_offset :]
                whole = "".join([*lines[: at.lineno - 1], wrong, *lines[at.lineno :]])
                yield whole, f"{line.strip()} -> {wrong.strip()}", change.kinds


def planted(name: str, text: str, ask: Ask, gradients: Callable[[Path], Any]) -> Iterator[Case]:
    """Some slips of a text, evenly spread, that change a gradient."""
    right = _made(text, gradients)
    found = []
    for wrong, said, kinds in _slips(text):
        other = _made(wrong, gradients)
        if other is not None and (len(other) != len(right) or not np.allclose(other, right, rtol=1e-4, atol=1e-7)):
            found.append(Case(f"{name}: {said}", text, wrong, ask, kinds))
    yield from found[:: max(1, len(found) // A_TEXT)]


def _made(text: str, gradients: Callable[[Path], Any]) -> Any:
    """The gradients that a program makes; None where it stops."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "planted.py"
        path.write_text(text, "utf-8")
        try:
            return gradients(path)
        except Exception:  # the change made nonsense of it
            return None


def _of_nodes(path: Path) -> Any:
    """All gradients of an engine's graph, in an order that does not depend on that of a set."""
    met, stack, found = set(), [module(path).program()], []
    while stack:
        node = stack.pop()
        if id(node) in met:
            continue
        met.add(id(node))
        data = np.ravel(node.num if hasattr(node, "num") else node.data)
        found.append((float(data[0]), tuple(np.ravel(node.grad))))
        for one in (node, getattr(node, "grad_fn", None)):
            for name in CHILDREN:
                stack += list(getattr(one, name, ()))
    return np.concatenate([grad for _, grad in sorted(found)])


def _of_function(ask: Applied) -> Callable[[Path], Any]:
    def gradients(path: Path) -> Any:
        made = ask.arguments()
        (ask.applied(path, made) ** 2).sum().backward()
        return np.concatenate([one.grad.numpy().ravel() for one in made if hasattr(one, "grad") and one.requires_grad])

    return gradients


def of_engines() -> list[Case]:
    """What is planted in the rules of engines."""
    texts = {name: getattr(engines, name) for name in ("SCALARS", "TENSORS", "NUMBERS", "FUNCTIONS", "HOOKED")}
    return [case for name, text in texts.items() for case in planted(name.lower(), text, engine, _of_nodes)]


def of_functions() -> list[Case]:
    """What is planted in Functions; it needs torch."""
    found: list[Case] = []
    for case in {case.right: case for case in AUTOGRAD}.values():
        assert isinstance(case.ask, Applied)
        found += planted(case.ask.name, case.right, case.ask, _of_function(case.ask))
    return found
