"""What can go wrong with arrays: errors that say names, shapes and what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..amounts import Shape
from ..errors import HandgradError
from ..names import name_of, ordinal
from .edges import ArrayOp


class OperandShapeError(HandgradError, ValueError):
    """The shapes of an operation's operands do not fit together, or not to its parameters."""

    def __init__(self, operation: str, operands: Sequence[tuple[str, Shape]], why: str) -> None:
        self.operation, self.operands, self.why = operation, tuple(operands), why
        given = ", ".join(f"{name} {shape}" for name, shape in self.operands)
        super().__init__(f"'{operation}' of {given}: {why}")


class OperandIndexError(OperandShapeError, IndexError):
    """An index reaches past an array, or an axis is asked for that it does not have."""


class UnsupportedArgumentError(HandgradError, TypeError):
    """A numpy function was called on a node with an argument that has no rule."""

    def __init__(self, function: str, argument: str, instead: str) -> None:
        self.function, self.argument = function, argument
        super().__init__(f"np.{function}({argument}=...) has no rule for a node. {instead}")


def unfit(operation: ArrayOp | str, operands: Sequence[Any], error: Exception) -> OperandShapeError:
    """Return the error of operands on which NumPy's function raised one, in plain words where there are some."""
    named = [(_name(node), node.shape) for node in operands]
    kind = OperandIndexError if isinstance(error, IndexError) else OperandShapeError
    shapes, why = [node.shape for node in operands], ""
    if str(operation) == "@":
        why = _not_multiplied(*shapes)
    elif getattr(operation, "scalar", None) is not None:
        why = _not_broadcast(shapes)
    why = why or f"{str(error).removesuffix('.')}."
    return kind(str(operation), named, f"{why[0].lower()}{why[1:]}")


def _name(node: Any) -> str:
    name = name_of(node)
    return "an array" if name.endswith(str(node.shape)) else name


def _not_broadcast(shapes: Sequence[Shape]) -> str:
    """Return why these shapes cannot be broadcast together, "" where they can."""
    for place in range(1, max(map(len, shapes)) + 1):
        lengths = [shape[-place] for shape in shapes if len(shape) >= place and shape[-place] != 1]
        if len(set(lengths)) > 1:
            which = "last axis" if place == 1 else f"{ordinal(place)} axis from the right"
            return (
                f"shapes are lined up from the right, and the {which} has the lengths "
                f"{' and '.join(map(str, lengths))}. They must be equal, or one of them 1."
            )
    return ""


def _not_multiplied(first: Shape, second: Shape) -> str:
    """Return why `@` cannot multiply arrays of these shapes."""
    if not first or not second:
        return "'@' multiplies arrays; write '*' for a number."
    inner = first[-1], second[0] if len(second) == 1 else second[-2]
    if inner[0] != inner[1]:
        axis = "only" if len(second) == 1 else "first" if len(second) == 2 else "second to last"
        return (
            f"the last axis of the first, of length {inner[0]}, is summed with the {axis} axis of the second, of "
            f"length {inner[1]}. They must be equal."
        )
    return f"of the axes before the last two, {_not_broadcast([first[:-2], second[:-2]])}"
