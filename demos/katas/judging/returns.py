"""Whether an answer gives back what is asked of it, or leaves it where the tests read: told from its text."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def note_on_returns(answer: str, stub: str) -> str:
    """Return what to say where a function returns nothing and should, or the reverse.

    Args:
        answer: the learner's program.
        stub: the program that was handed out, whose functions say what they return.

    Returns:
        A sentence for the first such function; "" for none.

    Example:
        >>> note_on_returns("def slope(y): y * (1 - y)", "def slope(y: float) -> float: ...")
        'Note: slope returns nothing: what it computes is lost without a return.'
    """
    try:
        written, asked = _functions(answer), _functions(stub)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    for name, function in asked.items():
        if name not in written or function.returns is None:
            continue
        gives_nothing = isinstance(function.returns, ast.Constant) and function.returns.value is None
        if not gives_nothing and not _gives(written[name]):
            return f"Note: {name} returns nothing: what it computes is lost without a return."
        if lost := _find_lost_assignment(written[name], function):
            return f"Note: {lost}"
        if gives_nothing and _gives(written[name]) and _grads_in(written[name]) <= _grads_in(function):
            return (
                f"Note: what {name} returns is ignored: a gradient is assigned, to the node's own .grad, and "
                "read from there."
            )
    return ""


def _find_lost_assignment(function: ast.FunctionDef, asked: ast.FunctionDef) -> str:
    """Return what to say of the first line that seems to assign a gradient and does not."""
    nodes = {each.arg for each in asked.args.args if each.annotation and ast.unparse(each.annotation) == "Value"}
    nodes -= {grad.removesuffix(".grad") for grad in _grads_in(function)}
    for line in sorted((each for each in _own(function) if isinstance(each, ast.stmt)), key=lambda each: each.lineno):
        match line:
            case ast.Expr(value=ast.Compare(left=ast.Attribute(attr="grad") as grad, ops=[ast.Eq()])):
                text = ast.unparse(grad)
                return f"line {line.lineno} compares {text} with a number and changes nothing: one = assigns."
            case ast.Assign(targets=[ast.Name(id=name)]) if name in nodes:
                return (
                    f"line {line.lineno} makes {name} the name of something else, and the node keeps its gradient: "
                    f"assign to {name}.grad."
                )
    return ""


def _functions(program: str) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.parse(program).body if isinstance(node, ast.FunctionDef)}


def _gives(function: ast.FunctionDef) -> bool:
    """Return whether it returns or yields something, or raises."""
    return any(
        isinstance(node, (ast.Yield, ast.YieldFrom, ast.Raise))
        or (isinstance(node, ast.Return) and node.value is not None)
        for node in _own(function)
    )


def _grads_in(function: ast.FunctionDef) -> set[str]:
    """Return the grads that it assigns, as they are written."""
    return {
        ast.unparse(node)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and node.attr == "grad" and isinstance(node.ctx, ast.Store)
    }


def _own(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Yield the nodes of a function, without those of functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(node))
