"""Evaluate a typed expression such as `-2*3` or `1/4` without running it."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping

from handgrad import HandgradError, Value

LONGEST = 200
LARGEST_EXPONENT = 100.0

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def sigmoid(x: float) -> float:
    """Compute 1 / (1 + exp(-x)) for any x."""
    return 0.5 * (1.0 + math.tanh(0.5 * x))


_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
    "sigmoid": sigmoid,
}
_HOW = "Type a number or a sum, such as 3, -0.25, -2*3, 1/4 or 1 - 0.5**2."


class ExpressionError(HandgradError, ValueError):
    """What was typed stands for no number."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"{problem} {_HOW}")


def evaluate(text: str, names: Mapping[str, Value] | None = None) -> float:
    """Return the number of an expression of numbers, operators and common functions.

    Args:
        text: at most `LONGEST` characters; an exponent is at most `LARGEST_EXPONENT` in size.
        names: nodes that may be used by their names: `b` or `b.data` is the number of one, `L.grad` its gradient.

    Raises:
        ExpressionError: it is no such expression, or has no finite value.

    Example:
        >>> evaluate("-2*3"), evaluate("1/4")
        (-6.0, 0.25)
    """
    if len(text) > LONGEST:
        raise ExpressionError("That is too long.")
    # A minus as typography has it, and "^" as most people write a power.
    written = text.strip().replace("\N{MINUS SIGN}", "-").replace("^", "**")
    try:
        number = _value(ast.parse(written, mode="eval").body, names or {})
    except ExpressionError:
        raise
    except ZeroDivisionError:
        raise ExpressionError("That divides by 0.") from None
    except OverflowError:
        raise ExpressionError("That is too large.") from None
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionError(f"'{text.strip()}' is no number.") from None
    if not math.isfinite(number):
        raise ExpressionError("That is too large.")
    return number


def _value(node: ast.expr, names: Mapping[str, Value]) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        operand = _value(node.operand, names)
        return -operand if isinstance(node.op, ast.USub) else operand
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, names), _value(node.right, names)
        if isinstance(node.op, ast.Pow):
            if abs(right) > LARGEST_EXPONENT:
                raise ExpressionError(f"The exponent is above {LARGEST_EXPONENT:g}.")
            return math.pow(left, right)
        if type(node.op) in _BINARY:
            return _BINARY[type(node.op)](left, right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        function = _FUNCTIONS.get(node.func.id)
        if function is not None and len(node.args) == 1:
            return function(_value(node.args[0], names))
    if names and isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
        return _look_up(node, names)
    if isinstance(node, ast.Tuple):
        raise ExpressionError("Decimals have a point, not a comma.")
    raise ExpressionError("Only numbers and + - * / ** are understood.")


def _look_up(node: ast.expr, names: Mapping[str, Value]) -> float:
    """Return the number of a node, or its gradient."""
    name, part = ast.unparse(node), "data"
    if isinstance(node, ast.Attribute) and node.attr in ("data", "grad"):
        name, part = ast.unparse(node.value), node.attr
    if name not in names:
        raise ExpressionError(f"There is no {name} here.")
    if part == "data":
        return names[name].data
    grad = names[name].grad
    if grad is None:
        raise ExpressionError(f"The gradient of {name} is not there yet.")
    return float(grad)
