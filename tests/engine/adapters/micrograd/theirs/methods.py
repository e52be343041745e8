"""A class for each operation that is a node itself, with its rule as a method; children are attributes."""

import math


class Node:
    def __init__(self, val):
        self.val = val
        self.grad = 0.0

    def children(self):
        return []

    def __add__(self, other):
        return Add(self, other)

    def __mul__(self, other):
        return Mul(self, other)

    def tanh(self):
        return Tanh(self)

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node in seen:
                return
            seen.add(node)
            for child in node.children():
                visit(child)
            order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node._backward()

    def _backward(self):
        pass


class Add(Node):
    def __init__(self, left, right):
        super().__init__(left.val + right.val)
        self.left = left
        self.right = right

    def children(self):
        return [self.left, self.right]

    def _backward(self):
        self.left.grad += self.grad
        self.right.grad += self.grad


class Mul(Node):
    def __init__(self, left, right):
        super().__init__(left.val * right.val)
        self.left = left
        self.right = right

    def children(self):
        return [self.left, self.right]

    def _backward(self):
        self.left.grad += self.right.val * self.grad
        self.right.grad += self.left.val * self.grad


class Tanh(Node):
    def __init__(self, inner):
        super().__init__(math.tanh(inner.val))
        self.inner = inner

    def children(self):
        return [self.inner]

    def _backward(self):
        self.inner.grad += (1 - self.val**2) * self.grad


def program():
    """A node that several use."""
    a, b = Node(0.6), Node(-1.1)
    c = a * b + a
    return c.tanh() * c + b
