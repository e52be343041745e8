"""Picking what is allowed out of the engine's programs; everything else is left out, and refuses in its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TypeVar

from .allowed import Allowed

REST = """
from handgrad.manual import refuse as _refuse

def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    return _refuse
"""
"""The end of each file: what is left out can be imported, as by somebody who does not use it, and refuses."""

_Node = TypeVar("_Node", bound=ast.AST)
_Scope = TypeVar("_Scope", ast.Module, ast.ClassDef)


def pick(programs: Mapping[str, str], allowed: Allowed) -> dict[str, str]:
    """Return the engine's programs with only what is allowed in them, without comments.

    Args:
        programs: the text of each file by its path in the engine, as in "nn/functional.py".
        allowed: by the same paths; of a file that is not there, nothing.
    """
    return {path: _pick(text, allowed[path]) if path in allowed else REST for path, text in programs.items()}


@lru_cache(maxsize=64)
def _pick(program: str, allowed: str) -> str:
    tree = _Picker(allowed.split()).visit(ast.parse(program))
    return ast.unparse(tree) + (REST if allowed != "*" else "")


class _Picker(ast.NodeTransformer):
    """Leaves what is allowed of one file."""

    def __init__(self, allowed: list[str]) -> None:
        self._allowed = frozenset(allowed)
        self._parameters: list[str] = []

    def visit_Module(self, module: ast.Module) -> ast.Module:
        return self._pick(module, "")

    def visit_ClassDef(self, made: ast.ClassDef) -> ast.ClassDef:
        if made.name == "Op":
            (init,) = (s for s in made.body if isinstance(s, ast.FunctionDef) and s.name == "__init__")
            self._parameters = [parameter.arg for parameter in init.args.args[1:]]
        return self._pick(made, f"{made.name}.")

    def _pick(self, node: _Scope, owner: str) -> _Scope:
        if "*" not in self._allowed:
            node.body = [s for s in node.body if any(name == "" or owner + name in self._allowed for name in _names(s))]
        return self._clean(node)

    def visit_Call(self, call: ast.Call) -> ast.Call:
        """Make an operation with what is allowed of it."""
        if isinstance(call.func, ast.Name) and call.func.id == "Op":
            given = [*zip(self._parameters, call.args), *((each.arg, each.value) for each in call.keywords)]
            kept = {name: value for name, value in given if f"Op({name})" in self._allowed}
            call.args = []
            call.keywords = [ast.keyword(*each) for each in {"derivatives": ast.Constant(None), **kept}.items()]
        return self._clean(call)

    def visit_Expr(self, statement: ast.Expr) -> ast.stmt | None:
        """Leave out docstrings, which may give the answer away."""
        is_text = isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)
        return None if is_text else self._clean(statement)

    def visit_Assign(self, statement: ast.Assign) -> ast.stmt | None:
        is_text = any(isinstance(target, ast.Attribute) and target.attr == "__doc__" for target in statement.targets)
        return None if is_text else self._clean(statement)

    def _clean(self, node: _Node) -> _Node:
        self.generic_visit(node)
        if getattr(node, "body", None) == []:
            node.body = [ast.Pass()]  # type: ignore[attr-defined]
        return node

    visit_FunctionDef = _clean


def _names(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement makes; "" for imports, which always stay."""
    match statement:
        case ast.Import() | ast.ImportFrom():
            yield ""
        case ast.FunctionDef(name) | ast.ClassDef(name):
            yield name
        case ast.Assign(targets):
            for target in targets:
                yield from map(ast.unparse, target.elts if isinstance(target, ast.Tuple) else [target])
        case ast.AnnAssign(target):
            yield ast.unparse(target)
