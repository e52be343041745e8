"""Arrays, a set of parents, and reductions whose axis leaves no trace."""

import numpy as np


def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(0)
    for axis, n in enumerate(shape):
        if n == 1 and g.shape[axis] != 1:
            g = g.sum(axis, keepdims=True)
    return g


class Tensor:
    def __init__(self, value, parents=(), fun=""):
        self.value = np.array(value, dtype=float)
        self.parents = set(parents)
        self.fun = fun
        self.grad = np.zeros_like(self.value)
        self._backward = lambda: None

    def __add__(self, other):
        out = Tensor(self.value + other.value, (self, other), "Add")

        def _backward():
            self.grad += unbroadcast(out.grad, self.grad.shape)
            other.grad += unbroadcast(out.grad, other.grad.shape)

        out._backward = _backward
        return out

    def __mul__(self, other):
        out = Tensor(self.value * other.value, (self, other), "Mul")

        def _backward():
            self.grad += unbroadcast(out.grad * other.value, self.grad.shape)
            other.grad += unbroadcast(out.grad * self.value, other.grad.shape)

        out._backward = _backward
        return out

    def __getitem__(self, part):
        out = Tensor(self.value[part], (self,), "Slice")

        def _backward():
            self.grad[part] += out.grad

        out._backward = _backward
        return out

    def rows(self, *part):
        out = Tensor(self.value[slice(*part)], (self,), "Rows")
        which = slice(*part)

        def _backward():
            self.grad[which] += out.grad

        out._backward = _backward
        return out

    def exp(self):
        out = Tensor(np.exp(self.value), (self,), "Exp")

        def _backward():
            self.grad += out.grad * out.value

        out._backward = _backward
        return out

    def sum(self, *axis):
        out = Tensor(np.sum(self.value, *axis), (self,), "Sum")

        def _backward():
            self.grad += out.grad

        out._backward = _backward
        return out

    def total(self, dim=None):
        out = Tensor(np.sum(self.value, dim), (self,), "Total")
        shape = [1 if at == dim else n for at, n in enumerate(self.value.shape)] if dim is not None else []

        def _backward():
            self.grad += out.grad.reshape(shape)

        out._backward = _backward
        return out

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent in node.parents:
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = np.array(1.0)
        for node in reversed(order):
            node._backward()


def program():
    x, v = Tensor([[1.0, -2.0, 0.5], [0.3, 0.7, -1.1], [2.0, 0.1, -0.4]]), Tensor([0.2, -0.6, 1.3])
    return (x.exp().sum(0) * v + x.total(1)).total()
