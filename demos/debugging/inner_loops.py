"""A loop that trains inside a function or a method, as a script of its own."""

from __future__ import annotations

import ast
import dis
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import handgrad.adapters.script.judge as scripts

from .observing import Call

_OWN = re.compile(r"\bself\.(\w+)\b(?!\s*\()")
_OWN_CALL = re.compile(r"\bself\.(\w+)\s*\(")


def script_in(call: Call, path: Path) -> tuple[scripts.Script, dict[str, Any]] | None:
    """Return a function's body as a script, each line where it is in the file, and the variables it begins with.

    What a method keeps in its object is a variable of the script, by its own name.

    Returns:
        None where the body has no loop that moves parameters, or calls methods that read what it moves.
    """
    text = path.read_text(encoding="utf-8")
    function = _function_at(ast.parse(text), call)
    if function is None or call.copies is None or not any(map(_is_loop, function.body)):
        return None
    first, last = function.body[0].lineno, function.end_lineno
    body = textwrap.dedent("\n".join(text.split("\n")[first - 1 : last]))
    space = {**call.function.__globals__, **{name: call.copies[name] for name in call.given}}
    if call.owner is not None:
        own = set(_OWN.findall(body))
        if own & set(_bound_in(function)) or any(_reads_own(call, name) for name in _OWN_CALL.findall(body)):
            return None
        # As long as it was, so that each column stays.
        body = _OWN.sub(lambda found: found[1].ljust(len(found[0])), body)
        held = getattr(call.copies["self"], "__dict__", {})
        space |= {name: held[name] for name in own if name in held} | {"self": call.copies["self"]}
    try:
        script = scripts.Script("\n" * (first - 1) + body, str(path))
    except (SyntaxError, ValueError):
        return None
    return (script, space) if script.gradients else None


def _function_at(tree: ast.Module, call: Call) -> ast.FunctionDef | None:
    return next((one for one in _functions(tree) if _first_line(one) == call.code.co_firstlineno), None)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef))


def _first_line(function: ast.FunctionDef) -> int:
    return min([function.lineno, *(one.lineno for one in function.decorator_list)])


def _is_loop(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.For, ast.While))


def _bound_in(function: ast.FunctionDef) -> Iterator[str]:
    yield from (one.arg for one in ast.walk(function) if isinstance(one, ast.arg))
    yield from (one.id for one in ast.walk(function) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))


def _reads_own(call: Call, method: str) -> bool:
    """Return whether a method reads attributes of its object."""
    code = getattr(getattr(type(call.owner), method, None), "__code__", None)
    return code is None or any(one.argval == "self" for one in dis.get_instructions(code))
