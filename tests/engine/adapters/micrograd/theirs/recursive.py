"""One method that hands the gradient down every path, and asks for the operation by its sign."""

import math


class Number:
    def __init__(self, value, parents=(), op=None):
        self.value = value
        self.gradient = 0.0
        self.parents = list(parents)
        self.op = op

    def __add__(self, other):
        return Number(self.value + other.value, (self, other), "+")

    def __mul__(self, other):
        return Number(self.value * other.value, (self, other), "*")

    def sin(self):
        return Number(math.sin(self.value), (self,), "sin")

    def backward(self, gradient=1.0):
        self.gradient += gradient
        if self.op == "+":
            for parent in self.parents:
                parent.backward(gradient)
        elif self.op == "*":
            left, right = self.parents
            left.backward(gradient * right.value)
            right.backward(gradient * left.value)
        elif self.op == "sin":
            (inner,) = self.parents
            inner.backward(gradient * math.cos(inner.value))


def program():
    """A number that several use."""
    a, b = Number(0.8), Number(-1.7)
    c = a * b + a
    return c.sin() * c + b
