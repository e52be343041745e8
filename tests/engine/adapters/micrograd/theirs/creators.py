"""An object of a class for each operation, which knows its inputs; gradients are variables themselves."""

import math


class Variable:
    def __init__(self, data, name=None):
        self.data = data
        self.name = name
        self.grad = None
        self.creator = None

    def backward(self):
        if self.grad is None:
            self.grad = Variable(1.0)
        order, seen = [], set()

        def visit(variable):
            if variable not in seen:
                seen.add(variable)
                if variable.creator is not None:
                    for x in variable.creator.inputs:
                        visit(x)
                    order.append(variable)

        visit(self)
        for variable in reversed(order):
            function = variable.creator
            gxs = function.backward(variable.grad)
            if not isinstance(gxs, tuple):
                gxs = (gxs,)
            for x, gx in zip(function.inputs, gxs):
                x.grad = gx if x.grad is None else x.grad + gx

    def __add__(self, other):
        return Add()(self, as_variable(other))

    def __mul__(self, other):
        return Mul()(self, as_variable(other))

    def __neg__(self):
        return Neg()(self)


def as_variable(thing):
    return thing if isinstance(thing, Variable) else Variable(thing)


class Function:
    def __call__(self, *inputs):
        self.inputs = inputs
        y = Variable(self.forward(*[x.data for x in inputs]))
        y.creator = self
        return y


class Add(Function):
    def forward(self, a, b):
        return a + b

    def backward(self, gy):
        return gy, gy


class Mul(Function):
    def forward(self, a, b):
        return a * b

    def backward(self, gy):
        a, b = self.inputs
        return gy * b, gy * a


class Neg(Function):
    def forward(self, x):
        return -x

    def backward(self, gy):
        return -gy


class Exp(Function):
    def forward(self, x):
        return math.exp(x)

    def backward(self, gy):
        (x,) = self.inputs
        return gy * math.exp(x.data)


class Sin(Function):
    def forward(self, x):
        return math.sin(x)

    def backward(self, gy):
        (x,) = self.inputs
        return gy * math.cos(x.data)


def program():
    """A few operations, with a variable that several use."""
    x, y = Variable(0.7, "x"), Variable(-1.2, "y")
    z = Exp()(x * y) + Sin()(x)
    return z * z + (-y) * x
