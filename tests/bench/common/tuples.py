"""A Value in the way of Karpathy's microgpt (2026): slots, and the local gradients stored in a tuple as it computes.

Written for these benchmarks, after the way and not the text of his: the shortest fast engine that people have.
"""

from __future__ import annotations

import math
from typing import Any


class Value:
    """A number, its operands and the derivative by each of them."""

    __slots__ = ("data", "grad", "operands", "locals")

    def __init__(self, data: float, operands: tuple[Value, ...] = (), locals_: tuple[float, ...] = ()) -> None:
        self.data = data
        self.grad = 0.0
        self.operands = operands
        self.locals = locals_

    def __add__(self, other: Any) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, exponent: float) -> Value:
        return Value(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1),))

    def exp(self) -> Value:
        y = math.exp(self.data)
        return Value(y, (self,), (y,))

    def log(self) -> Value:
        return Value(math.log(self.data), (self,), (1.0 / self.data,))

    def tanh(self) -> Value:
        y = math.tanh(self.data)
        return Value(y, (self,), (1.0 - y * y,))

    def relu(self) -> Value:
        return Value(max(0.0, self.data), (self,), (float(self.data > 0.0),))

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Any) -> Value:
        return self + (-other)

    def __rsub__(self, other: Any) -> Value:
        return other + (-self)

    def __truediv__(self, other: Any) -> Value:
        return self * other**-1.0

    def __rtruediv__(self, other: Any) -> Value:
        return other * self**-1.0

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        """Sort by recursion, then one multiplication and one addition an edge."""
        order: list[Value] = []
        visited: set[Value] = set()

        def place(node: Value) -> None:
            if node not in visited:
                visited.add(node)
                for operand in node.operands:
                    place(operand)
                order.append(node)

        place(self)
        self.grad = 1.0
        for node in reversed(order):
            for operand, local in zip(node.operands, node.locals):
                operand.grad += local * node.grad
