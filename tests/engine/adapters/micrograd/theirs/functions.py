"""A class for each operation, with a context that remembers; the walk adds up what they give back."""

import numpy as np


class Context:
    def __init__(self, *parents):
        self.parents = parents
        self.saved_tensors = []

    def save_for_backward(self, *arrays):
        self.saved_tensors.extend(arrays)


class Function(Context):
    @classmethod
    def apply(cls, *parents, **options):
        ctx = cls(*parents)
        for name, value in options.items():
            setattr(ctx, name, value)
        out = Tensor(cls.forward(ctx, *[p.data for p in parents], **options))
        out._ctx = ctx
        return out


class Add(Function):
    @staticmethod
    def forward(ctx, a, b):
        return a + b

    @staticmethod
    def backward(ctx, grad):
        return grad, grad


class Mul(Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.saved_tensors
        return b * grad, a * grad


class Dot(Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a.dot(b)

    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.saved_tensors
        grad_a = grad.dot(b.T)
        grad_b = a.T.dot(grad)
        return grad_a, grad_b


class Relu(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return np.maximum(x, 0)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (x >= 0)


class LogSoftmax(Function):
    @staticmethod
    def forward(ctx, x):
        top = x.max(axis=1, keepdims=True)
        out = x - top - np.log(np.exp(x - top).sum(axis=1, keepdims=True))
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        (out,) = ctx.saved_tensors
        return grad - np.exp(out) * grad.sum(axis=1, keepdims=True)


class Sum(Function):
    @staticmethod
    def forward(ctx, x, axis=None):
        ctx.save_for_backward(x)
        return np.array(x.sum(axis=axis))

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        grad = grad if ctx.axis is None else np.expand_dims(grad, ctx.axis)
        return grad * np.ones_like(x)


class Tensor:
    def __init__(self, data):
        self.data = np.array(data, dtype=np.float64)
        self.grad = None
        self._ctx = None

    def __add__(self, other):
        return Add.apply(self, other)

    def __mul__(self, other):
        return Mul.apply(self, other)

    def dot(self, other):
        return Dot.apply(self, other)

    def relu(self):
        return Relu.apply(self)

    def log_softmax(self):
        return LogSoftmax.apply(self)

    def sum(self, axis=None):
        return Sum.apply(self, axis=axis)

    def walk(self):
        seen, order, stack = set(), [], [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                if node._ctx is not None:
                    stack.extend((p, False) for p in node._ctx.parents)
        return order

    def backward(self):
        self.grad = np.ones_like(self.data)
        for node in reversed(self.walk()):
            if node._ctx is None:
                continue
            grads = node._ctx.backward(node._ctx, node.grad)
            grads = grads if isinstance(grads, tuple) else (grads,)
            for parent, grad in zip(node._ctx.parents, grads):
                parent.grad = grad if parent.grad is None else parent.grad + grad


def program():
    """A layer, used twice."""
    rng = np.random.default_rng(1)
    x, w, v = Tensor(rng.normal(size=(4, 3))), Tensor(rng.normal(size=(3, 5))), Tensor(rng.normal(size=(4, 5)))
    h = x.dot(w).relu() + v
    return (h.log_softmax() * v).sum(axis=1).sum() + (h * h).sum()
