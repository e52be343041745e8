"""What makes the methods of an array: its operators, one an operation, and those that are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..ops import Op
from ..value import Value
from . import entrywise
from .edges import Edge
from .refusals import cut_off

if TYPE_CHECKING:
    from .node import Array


def binary(op: Op) -> Any:
    """Return the methods for `self op other` and `other op self`."""

    def method(self: Array, other: Any) -> Any:
        return NotImplemented if isinstance(other, Edge) else entrywise.lift(op)(self, other)

    def reflect(self: Array, other: Any) -> Any:
        return entrywise.lift(op)(other, self)

    return method, reflect


def unary(op: Op) -> Any:
    def method(self: Array) -> Any:
        return entrywise.lift(op)(self)

    method.__name__ = op.name
    method.__doc__ = f"{op.name} of each entry; its derivative is {op.rule[0]}. {op.domain}".strip()
    return method


def detaching(call: str, instead: str = "") -> Any:
    """Return the method that would make plain numbers of an array."""

    def method(self: Array, *_: Any, **__: Any) -> Any:
        raise cut_off(self, call, instead)

    return method


def comparison(function: Any) -> Any:
    def method(self: Array, other: Any) -> Any:
        for node in (self, other) if isinstance(other, Value) else (self,):
            node._mode = node._mode.after_comparison
        return function(self._data, other._data if isinstance(other, Value) else other)

    return method
