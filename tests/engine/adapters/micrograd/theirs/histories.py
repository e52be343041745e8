"""A class for each operation and a history that remembers which; a gradient is called derivative."""

import math


class Context:
    def __init__(self):
        self.saved_values = ()

    def save_for_backward(self, *values):
        self.saved_values = values


class History:
    def __init__(self, last_fn=None, ctx=None, inputs=()):
        self.last_fn = last_fn
        self.ctx = ctx
        self.inputs = inputs


class ScalarFunction:
    @classmethod
    def apply(cls, *values):
        scalars = [v if isinstance(v, Scalar) else Scalar(v) for v in values]
        ctx = Context()
        result = cls.forward(ctx, *[s.data for s in scalars])
        return Scalar(result, History(cls, ctx, scalars))


class Add(ScalarFunction):
    @staticmethod
    def forward(ctx, a, b):
        return a + b

    @staticmethod
    def backward(ctx, d_output):
        return d_output, d_output


class Mul(ScalarFunction):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx, d_output):
        a, b = ctx.saved_values
        return b * d_output, a * d_output


class Inv(ScalarFunction):
    @staticmethod
    def forward(ctx, a):
        ctx.save_for_backward(a)
        return 1.0 / a

    @staticmethod
    def backward(ctx, d_output):
        (a,) = ctx.saved_values
        return -d_output / (a * a)


class Exp(ScalarFunction):
    @staticmethod
    def forward(ctx, a):
        out = math.exp(a)
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, d_output):
        (out,) = ctx.saved_values
        return d_output * out


class Scalar:
    def __init__(self, data, history=None, name=None):
        self.data = float(data)
        self.history = history or History()
        self.derivative = None
        self.name = name

    def __add__(self, other):
        return Add.apply(self, other)

    def __mul__(self, other):
        return Mul.apply(self, other)

    def __truediv__(self, other):
        return Mul.apply(self, Inv.apply(other))

    def exp(self):
        return Exp.apply(self)

    def backward(self, d_output=1.0):
        order, seen = [], set()

        def visit(scalar):
            if id(scalar) in seen:
                return
            seen.add(id(scalar))
            for parent in scalar.history.inputs:
                visit(parent)
            order.append(scalar)

        visit(self)
        self.derivative = d_output
        for scalar in reversed(order):
            if scalar.history.last_fn is None:
                continue
            given = scalar.history.last_fn.backward(scalar.history.ctx, scalar.derivative)
            given = given if isinstance(given, tuple) else (given,)
            for parent, derivative in zip(scalar.history.inputs, given):
                parent.derivative = derivative if parent.derivative is None else parent.derivative + derivative


def program():
    """A scalar that several use."""
    a, b = Scalar(0.9, name="a"), Scalar(-1.4, name="b")
    c = a * b + a
    return (c.exp() / b) * c + b
