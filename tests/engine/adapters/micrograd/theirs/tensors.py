"""A small tensor engine: NumPy arrays, closures, broadcasting."""

import numpy as np


def unbroadcast(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


class Tensor:
    def __init__(self, data, children=(), op="", requires_grad=True):
        self.data = np.asarray(data, dtype=np.float64)
        self.grad = np.zeros_like(self.data)
        self.requires_grad = requires_grad
        self._prev = list(children)
        self._op = op
        self._backward = lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Tensor) else Tensor(other, requires_grad=False)
        out = Tensor(self.data + other.data, (self, other), "+")

        def _backward():
            self.grad = self.grad + unbroadcast(out.grad, self.data.shape)
            other.grad = other.grad + unbroadcast(out.grad, other.data.shape)

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Tensor) else Tensor(other, requires_grad=False)
        out = Tensor(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad = self.grad + unbroadcast(out.grad * other.data, self.data.shape)
            other.grad = other.grad + unbroadcast(out.grad * self.data, other.data.shape)

        out._backward = _backward
        return out

    def __matmul__(self, other):
        out = Tensor(self.data @ other.data, (self, other), "@")

        def _backward():
            self.grad = self.grad + out.grad @ other.data.T
            other.grad = other.grad + self.data.T @ out.grad

        out._backward = _backward
        return out

    def sum(self, axis=None, keepdims=False):
        out = Tensor(self.data.sum(axis=axis, keepdims=keepdims), (self,), "sum")

        def _backward():
            grad = out.grad
            if axis is not None and not keepdims:
                grad = np.expand_dims(grad, axis)
            self.grad = self.grad + np.ones_like(self.data) * grad

        out._backward = _backward
        return out

    def mean(self):
        out = Tensor(self.data.mean(), (self,), "mean")

        def _backward():
            self.grad = self.grad + np.ones_like(self.data) * out.grad / self.data.size

        out._backward = _backward
        return out

    def relu(self):
        out = Tensor(np.maximum(0, self.data), (self,), "relu")

        def _backward():
            self.grad = self.grad + (out.data > 0) * out.grad

        out._backward = _backward
        return out

    def softmax(self):
        e = np.exp(self.data - self.data.max(axis=-1, keepdims=True))
        p = e / e.sum(axis=-1, keepdims=True)
        out = Tensor(p, (self,), "softmax")

        def _backward():
            inner = (out.grad * p).sum(axis=-1, keepdims=True)
            self.grad = self.grad + p * (out.grad - inner)

        out._backward = _backward
        return out

    def log(self):
        out = Tensor(np.log(self.data), (self,), "log")

        def _backward():
            self.grad = self.grad + out.grad / self.data

        out._backward = _backward
        return out

    def reshape(self, *shape):
        out = Tensor(self.data.reshape(shape), (self,), "reshape")

        def _backward():
            self.grad = self.grad + out.grad.reshape(self.data.shape)

        out._backward = _backward
        return out

    def cross_entropy(self, targets):
        shifted = self.data - self.data.max(axis=1, keepdims=True)
        p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
        rows = np.arange(len(targets))
        out = Tensor(-np.log(p[rows, targets]).mean(), (self,), "cross_entropy")

        def _backward():
            grad = p.copy()
            grad[rows, targets] -= 1
            self.grad = self.grad + grad / len(targets) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        topo = []
        visited = set()

        def build(v):
            if id(v) not in visited:
                visited.add(id(v))
                for child in v._prev:
                    build(child)
                topo.append(v)

        build(self)
        self.grad = np.ones_like(self.data)
        for v in reversed(topo):
            v._backward()


def program():
    """Two layers, a softmax, a cross entropy."""
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(4, 3)), requires_grad=False)
    w1, b1 = Tensor(rng.normal(size=(3, 5))), Tensor(rng.normal(size=(5,)))
    w2, b2 = Tensor(rng.normal(size=(5, 3))), Tensor(rng.normal(size=(1, 3)))
    h = (x @ w1 + b1).relu()
    logits = h @ w2 + b2
    spread = (logits.softmax() * logits).sum(axis=1).mean()
    entropy = logits.softmax().log().reshape(12).mean()
    return logits.cross_entropy(np.array([0, 2, 1, 1])) + spread * 0.1 + entropy + (w1 * w1).sum() * 0.01
