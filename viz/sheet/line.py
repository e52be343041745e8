"""Evaluate a line that gives one gradient: an expression, or an assignment to entries of it.

`dW = x.T @ dy` is its right side; `dp[range(n), y] = dpicked` and `np.add.at(dC, X, demb)` begin with zeros.
"""

from __future__ import annotations

import ast
from typing import Any, TypeGuard

from handgrad.number import one_line

from .expression import (
    ExpressionError,
    Known,
    evaluate_index,
    evaluate_node,
    failing_in_words,
    loaded_numpy,
    parse_line,
)


def evaluate_line(text: str, known: Known, name: str, shape: tuple[int, ...]) -> Any:
    """Return the gradient of an array, or of a number, as a line gives it.

    Args:
        text: the line.
        known: what its names mean.
        name: what the gradient is of: of C, it is dC or C.grad.
        shape: the shape of that.

    Raises:
        ExpressionError: it is no such line, or has no finite value.
    """
    statement = parse_line(text)
    if isinstance(statement, ast.Expr):
        call = statement.value
        if shape and _adds_at(call):
            _check_target(call.args[0], name)
            return _entries(call.args[1], call.args[2], known, shape, is_added=True)
        return evaluate_node(call, known)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add):
        target = statement.target
    else:
        raise ExpressionError(f"'{one_line(text.strip())[:60]}' is not understood.")
    if shape and isinstance(target, ast.Subscript) and ast.unparse(target) not in _spellings(name):
        _check_target(target.value, name)
        return _entries(target.slice, statement.value, known, shape)
    _check_target(target, name)
    return evaluate_node(statement.value, known)


def is_line(text: str) -> bool:
    """Return whether a text is a whole line, and not an expression for what stands behind the `=`.

    Raises:
        ExpressionError: Python cannot read it.
    """
    statement = parse_line(text)
    return not isinstance(statement, ast.Expr) or _adds_at(statement.value)


def _adds_at(node: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "np.add.at" and len(node.args) == 3


def _spellings(name: str) -> tuple[str, str]:
    return f"d{name}", f"{name}.grad"


def _check_target(node: ast.expr, name: str) -> None:
    if ast.unparse(node) not in _spellings(name):
        raise ExpressionError(f"d{name} is what is asked for here, not {one_line(ast.unparse(node))[:40]}.", "")


def _entries(index: ast.expr, value: ast.expr, known: Known, shape: tuple[int, ...], *, is_added: bool = False) -> Any:
    """Return zeros of the shape, with a value at an index; where `is_added`, an index that comes twice adds up."""
    np = loaded_numpy()
    place, given = evaluate_index(index, known), evaluate_node(value, known)
    made = np.zeros(shape)
    with failing_in_words():
        if is_added:
            np.add.at(made, place, given)
        else:
            made[place] = given
    return made
