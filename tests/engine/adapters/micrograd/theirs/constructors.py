"""A class for each operation, whose constructor writes the rule: to that the node itself is `self`."""

import math


class Node:
    def __init__(self, data, children=()):
        self.data = data
        self.grad = 0.0
        self.children = children
        self._backward = lambda: None

    def __add__(self, other):
        return Add(self, other)

    def __mul__(self, other):
        return Mul(self, other)

    def tanh(self):
        return Tanh(self)

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if id(node) not in seen:
                seen.add(id(node))
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node._backward()


class Add(Node):
    def __init__(self, a, b):
        super().__init__(a.data + b.data, (a, b))

        def _backward():
            a.grad += self.grad
            b.grad += self.grad

        self._backward = _backward


class Mul(Node):
    def __init__(self, a, b):
        super().__init__(a.data * b.data, (a, b))

        def _backward():
            a.grad += b.data * self.grad
            b.grad += a.data * self.grad

        self._backward = _backward


class Tanh(Node):
    def __init__(self, a):
        super().__init__(math.tanh(a.data), (a,))

        def _backward():
            a.grad += (1 - self.data**2) * self.grad

        self._backward = _backward


def program():
    a, b = Node(0.5), Node(-1.5)
    return (a * b + a).tanh() * b
