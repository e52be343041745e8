"""A typed program such as `L = (a*b + c)*f` as a graph: parsed, never run."""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from handgrad import HandgradError, Value, manual
from handgrad.graph import topological_order
from handgrad.number import show

LONGEST, MOST_NODES, LARGEST_EXPONENT = 500, 80, 20.0

NUMBERS = (2.0, -3.0, 10.0, -2.0, 3.0, 0.5, -1.0, 4.0, -0.5, 1.5)
"""What names without a number stand for, in the order in which they come; the first four are the lecture's."""

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
_FUNCTIONS = ("exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "softplus")
_OF_TWO = {"max": Value.maximum, "min": Value.minimum}


class ProgramError(HandgradError, ValueError):
    """What was typed is no such program."""


class Program(NamedTuple):
    """A graph in manual mode.

    Attributes:
        root: what the last line makes.
        leaves: the names that stand for a number, each with it, in the order in which they come.
        text: the program, with a line for each of these.
    """

    root: Value
    leaves: dict[str, float]
    text: str


def program(text: str) -> Program:
    """Return the graph of a program.

    Args:
        text: lines, or parts with ";" between them: `a = 2` gives a name its number, the others make nodes, the last
            of which is the root. A name without a number gets one of `NUMBERS`.

    Raises:
        ProgramError: it is none, or is too long.
        DomainError, OverflowError: it has no value for these numbers.

    Examples:
        >>> made = program("e = a*b; L = (e + c)*f; c = 10")
        >>> made.root.data, made.leaves
        (-8.0, {'a': 2.0, 'b': -3.0, 'c': 10.0, 'f': -2.0})
    """
    assignments = _assignments(text)
    given = {name: number for name, line in assignments if (number := _number(line)) is not None}
    made = [(name, line) for name, line in assignments if name not in given]
    if not made:
        raise ProgramError("Type an expression to compute, such as L = (a*b + c)*f.")
    maker = _Maker(given, {name for name, _ in made})
    with manual():
        for name, line in made:
            if name in maker.nodes:
                raise ProgramError(f"{name} is made twice: each node has a name of its own.")
            node = maker.node(line)
            if not isinstance(node, Value) or node.is_leaf:
                raise ProgramError(f"{name} = {ast.unparse(line)} does no arithmetic on a name.")
            node.label = name
            maker.nodes[name] = node
    root = maker.nodes[made[-1][0]]
    order = topological_order(root)
    unused = next((name for name, node in maker.nodes.items() if node not in order), None)
    if unused is not None:
        raise ProgramError(f"{root.label}, which the last line makes, does not use {unused}.")
    if len(order) > MOST_NODES:
        raise ProgramError(f"That makes {len(order)} nodes; here it may be {MOST_NODES}.")
    added = [f"{name} = {show(number)}" for name, number in maker.leaves.items() if name not in given]
    return Program(root, maker.leaves, "\n".join([text.strip(), *added]))


def _assignments(text: str) -> list[tuple[str, ast.expr]]:
    if len(text) > LONGEST:
        raise ProgramError(f"That is longer than {LONGEST} characters.")
    # A minus and a cross as typography has them, and "^" as most people write a power.
    written = text.replace("\N{MINUS SIGN}", "-").replace("\N{MULTIPLICATION SIGN}", "*").replace("^", "**")
    found = []
    for line in filter(None, (part.strip() for part in written.replace(";", "\n").splitlines())):
        name, is_named, value = line.partition("=")
        name, value = (name.strip(), value.strip()) if is_named else ("L", line)
        if not name.isidentifier() or not name.isascii():
            raise ProgramError(f"{name!r} is no name: a line says what it makes, as in e = a*b.")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found.append((name, ast.parse(value, mode="eval").body))
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise ProgramError(
                f"'{line}' is not understood. Is a bracket, or a * between two names, missing?"
            ) from None
    return found


def _number(line: ast.expr) -> float | None:
    """Return the number that a line consists of."""
    sign = 1.0
    while isinstance(line, ast.UnaryOp) and isinstance(line.op, (ast.USub, ast.UAdd)):
        sign = -sign if isinstance(line.op, ast.USub) else sign
        line = line.operand
    if isinstance(line, ast.Constant) and isinstance(line.value, (int, float)) and not isinstance(line.value, bool):
        return sign * float(line.value)
    return None


class _Maker:
    """Makes the nodes of expressions.

    Attributes:
        nodes: by name, those made so far.
        leaves: the names that stand for a number.
    """

    def __init__(self, given: dict[str, float], made: set[str]) -> None:
        self.nodes: dict[str, Value] = {}
        self.leaves: dict[str, float] = {}
        self._given, self._made = given, made

    def node(self, line: ast.expr) -> Any:
        """Return a node, or the number of a constant."""
        number = _number(line)
        if number is not None:
            return number
        match line:
            case ast.Name(id=name):
                return self._look_up(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.node(operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.node(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                first, second = self.node(left), self.node(right)
                if isinstance(op, ast.Pow) and not isinstance(second, Value) and abs(second) > LARGEST_EXPONENT:
                    raise ProgramError(f"The exponent is above {LARGEST_EXPONENT:g}.")
                return self._apply(line, op, first, second)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, [self.node(argument) for argument in arguments])
        raise ProgramError(
            f"'{ast.unparse(line)}' is not understood: a line has names, numbers, + - * / **, brackets, and "
            f"{', '.join(_FUNCTIONS)}, abs, max and min."
        )

    def _apply(self, line: ast.expr, op: ast.operator, first: Any, second: Any) -> Any:
        if isinstance(first, Value) or isinstance(second, Value):
            return _BINARY[type(op)](first, second)
        try:
            number = float(_BINARY[type(op)](first, second))
        except (ArithmeticError, TypeError):
            number = math.nan
        if not math.isfinite(number):
            raise ProgramError(f"{ast.unparse(line)} is no number.")
        return number

    def _look_up(self, name: str) -> Value:
        if name in self.nodes:
            return self.nodes[name]
        if name in self._made:
            raise ProgramError(f"{name} is used before the line that makes it.")
        number = self._given.get(name, NUMBERS[len(self.leaves) % len(NUMBERS)])
        self.leaves[name] = number
        self.nodes[name] = Value(number, name)
        return self.nodes[name]

    def _call(self, name: str, arguments: list[Any]) -> Any:
        values = [value if isinstance(value, Value) else Value(value) for value in arguments]
        if len(values) == 1 and name in _FUNCTIONS:
            return getattr(values[0], name)()
        if len(values) == 1 and name == "abs":
            return abs(values[0])
        if len(values) == 2 and name in _OF_TWO:
            return _OF_TWO[name](values[0], arguments[1])
        raise ProgramError(f"There is no function {name} of {len(arguments)} here.")
