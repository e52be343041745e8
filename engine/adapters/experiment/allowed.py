"""Which statements may be changed: those that call only functions of NumPy, torch and theirs, or harmless ones."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Mapping
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

_HARMLESS = frozenset({
    "range", "len", "zip", "enumerate", "reversed", "float", "int", "bool", "sum", "max", "min", "abs", "list", "tuple",
    "dict", "set", "sorted", "isinstance", "round", "slice", "map", "any", "all", "print", "type", "divmod", "pow",
})  # fmt: skip
_METHODS = frozenset({
    "append", "extend", "insert", "pop", "get", "items", "keys", "values", "update", "setdefault", "clear", "add",
    "format", "join", "at", "index", "count",
})  # fmt: skip
_NUMERIC = ("numpy", "math", "scipy", "torch", "triton")
_READING = frozenset({"load", "fromfile", "loadtxt", "genfromtxt"})
_SAVING = frozenset({"tofile", "dump", "dumps", "save", "savez", "savez_compressed", "savetxt", "memmap"})
_TO_FILES = _READING | _SAVING | {"setflags", "resize", "setfield"}
_WRITING = _SAVING | {
    "write", "writelines", "write_text", "write_bytes", "unlink", "mkdir", "rename", "system", "remove", "rmdir",
    "rmtree", "send", "sendall", "post", "put_object", "commit", "execute",
}  # fmt: skip


def is_allowed(
    statement: ast.stmt | ast.Lambda, names: Mapping[str, Any], methods: Collection[str], array: type = np.ndarray
) -> bool:
    """Whether a statement may be changed and run.

    Args:
        names: what its function's global and closed-over names stand for.
        methods: the names of functions of theirs.
        array: the class of their arrays.
    """
    head = _head(statement)
    calls = [one for part in head for one in ast.walk(part) if isinstance(one, ast.Call)]
    return all(_is_harmless(call.func, names, methods, array) for call in calls)


def writes_outside(function: ast.AST) -> bool:
    """Whether a function does something to the world that is not put back: it is not to run hundreds of times."""
    for one in ast.walk(function):
        if isinstance(one, ast.Call):
            name = one.func.attr if isinstance(one.func, ast.Attribute) else getattr(one.func, "id", "")
            if name in _WRITING or (name == "open" and _opens_to_write(one)) or name in ("input", "exec", "eval"):
                return True
    return False


def _opens_to_write(call: ast.Call) -> bool:
    mode = next((one.value for one in call.keywords if one.arg == "mode"), call.args[1] if len(call.args) > 1 else None)
    if mode is None:
        return False
    return not isinstance(mode, ast.Constant) or any(letter in str(mode.value) for letter in "wax+")


def _head(statement: ast.stmt | ast.Lambda) -> list[ast.AST]:
    if isinstance(statement, (ast.If, ast.While)):
        return [statement.test]
    if isinstance(statement, ast.For):
        return [statement.iter]
    return [statement]


def _is_harmless(function: ast.expr, names: Mapping[str, Any], methods: Collection[str], array: type) -> bool:
    if isinstance(function, ast.Name):
        thing = names.get(function.id, getattr(builtins, function.id, None))
        if thing is None:
            return function.id in methods
        if getattr(builtins, function.id, None) is thing:
            return function.id in _HARMLESS
        return _is_numeric(thing) or (function.id in methods and isinstance(thing, (FunctionType, type)))
    if isinstance(function, ast.Attribute):
        owner = _thing(function.value, names)
        if isinstance(owner, ModuleType):
            return owner.__name__.partition(".")[0] in _NUMERIC and function.attr not in _TO_FILES
        is_array = hasattr(array, function.attr) and function.attr not in _TO_FILES
        return is_array or function.attr in _METHODS or function.attr in methods
    return False


def _thing(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """The module that a name or a dotted name stands for; None for anything else."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _thing(node.value, names)
        return getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
    return None


def _is_numeric(thing: Any) -> bool:
    return isinstance(thing, np.ufunc) or str(getattr(thing, "__module__", "")).partition(".")[0] in _NUMERIC
