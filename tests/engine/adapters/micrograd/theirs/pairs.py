"""Each operand beside a function that gives its gradient; the walk carries gradients in a dict."""

from typing import NamedTuple

import numpy as np


class Dependency(NamedTuple):
    tensor: object
    grad_fn: object


class Tensor:
    def __init__(self, data, requires_grad=False, depends_on=()):
        self.data = np.asarray(data, dtype=float)
        self.requires_grad = requires_grad
        self.depends_on = list(depends_on)
        self.grad = None

    def zero_grad(self):
        self.grad = None

    def backward(self, grad=None):
        grad = np.ones_like(self.data) if grad is None else grad
        self.grad = grad if self.grad is None else self.grad + grad
        for dependency in self.depends_on:
            dependency.tensor.backward(dependency.grad_fn(grad))


def total(t):
    def grad_fn(grad):
        return grad * np.ones_like(t.data)

    return Tensor(t.data.sum(), t.requires_grad, [Dependency(t, grad_fn)])


def add(a, b):
    def grad_a(grad):
        return grad

    def grad_b(grad):
        return grad.reshape(-1, *b.data.shape).sum(axis=0)

    return Tensor(a.data + b.data, True, [Dependency(a, grad_a), Dependency(b, grad_b)])


def multiply(a, b):
    def grad_a(grad):
        return grad * b.data

    def grad_b(grad):
        return grad * a.data

    return Tensor(a.data * b.data, True, [Dependency(a, grad_a), Dependency(b, grad_b)])


def program():
    """Broadcasting, and a tensor that several use."""
    rng = np.random.default_rng(2)
    a = Tensor(rng.normal(size=(3, 2)), True)
    b = Tensor(rng.normal(size=(2,)), True)
    c = add(a, b)
    return total(multiply(c, a))
