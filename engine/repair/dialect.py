"""How a library's arrays are written about, and read: an edit is spelt in the words of the file that it is for."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Dialect:
    """A library of arrays.

    The table of edits is written in NumPy's words; what is another word here stands in tables.

    Attributes:
        module: its name.
        alias: what it is usually called.
        array: the class of its arrays.
        numbers: a copy of an array of floating point as NumPy's; None for anything else.
        made: (numbers, an array) -> these numbers as an array like that one.
        write: writes numbers into an array.
        functions: its words for functions of NumPy's.
        keywords: the same for the names of arguments.
        methods: the same for the methods of an array.
        values: by an attribute of NumPy's arrays the method that gives it.
        saving: the method by which a forward hands something to its backward; what it hands on is not changed.
        added_at: how `np.add.at(target, index, value)` is written; "" for as it stands.
    """

    module: str
    alias: str
    array: type
    numbers: Callable[[Any], Any]
    made: Callable[[Any, Any], Any]
    write: Callable[[Any, Any], None]
    functions: Mapping[str, str] = field(default_factory=dict)
    keywords: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    saving: str = ""
    added_at: str = ""

    def __hash__(self) -> int:
        return hash(self.module)

    def alias_in(self, names: Mapping[str, Any]) -> str:
        """Return what the module is called by code with these global names."""
        order = [self.alias, *names]
        found = (name for name in order if getattr(names.get(name), "__name__", "") == self.module)
        return next(found, self.alias)

    def spell(self, text: str, name: str) -> str:
        """Write an edit, in NumPy's words, in this library's, which is called `name`; "" where it has none."""
        return text if self.alias == name == "np" else _spell(self, text, name)


@lru_cache(maxsize=4096)
def _spell(dialect: Dialect, text: str, name: str) -> str:
    spelling = _Spelling(dialect, name)
    tree = ast.fix_missing_locations(spelling.visit(ast.parse(text)))
    return "" if spelling.is_wordless else ast.unparse(tree)


class _Spelling(ast.NodeTransformer):
    def __init__(self, dialect: Dialect, name: str) -> None:
        self._dialect, self._name = dialect, name
        self.is_wordless = False

    def visit_Name(self, node: ast.Name) -> Any:
        return ast.Name(self._name, node.ctx) if node.id == "np" else node

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        is_of_module = isinstance(node.value, ast.Name) and node.value.id == "np"
        self.generic_visit(node)
        if is_of_module:
            node.attr = self._dialect.functions.get(node.attr, node.attr)
        elif node.attr in self._dialect.values:
            node.attr = self._dialect.values[node.attr]
            return ast.Call(node, [], [])
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        if self._dialect.added_at and ast.unparse(node.func) in ("np.add.at", "np.subtract.at"):
            return self._added_at(node)
        if isinstance(node.func, ast.Attribute) and not ast.unparse(node.func).startswith("np."):
            node.func.value = self.visit(node.func.value)
            node.func.attr = self._dialect.methods.get(node.func.attr, node.func.attr)
        else:
            node.func = self.visit(node.func)
        node.args = [self.visit(one) for one in node.args]
        for word in node.keywords:
            word.value = self.visit(word.value)
            word.arg = self._dialect.keywords.get(word.arg or "", word.arg)
        return node

    def _added_at(self, node: ast.Call) -> Any:
        if any(isinstance(one, ast.Slice) for one in ast.walk(node.args[1])):
            self.is_wordless = True  # an index there is an argument, and a slice is none
            return node
        sign = "-" if ast.unparse(node.func) == "np.subtract.at" else ""
        target, index, value = map(ast.unparse, node.args)
        said = self._dialect.added_at.format(target, index.removeprefix("np.s_[").removesuffix("]"), sign, value)
        return self.visit(ast.parse(said, mode="eval").body)


def _numbers(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy() if value.dtype.kind == "f" and value.size > 0 else None
    return value if isinstance(value, float) else None


def _rebuild(numbers: Any, like: Any) -> Any:
    return numbers.astype(like.dtype) if isinstance(like, np.ndarray) else float(numbers)


def _write(array: Any, numbers: Any) -> None:
    array[...] = numbers


NUMPY = Dialect("numpy", "np", np.ndarray, _numbers, _rebuild, _write)
