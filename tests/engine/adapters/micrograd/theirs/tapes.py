"""An engine with one tape for all: what is computed is written down, and the walk has each rule in a branch."""

import math

TAPE = []


class Number:
    def __init__(self, value):
        self.v, self.d = value, 0.0

    def __add__(self, other):
        return write("add", self.v + other.v, self, other)

    def __sub__(self, other):
        return write("sub", self.v - other.v, self, other)

    def __mul__(self, other):
        return write("mul", self.v * other.v, self, other)

    def sqrt(self):
        return write("sqrt", math.sqrt(self.v), self)

    def exp(self):
        return write("exp", math.exp(self.v), self)

    def backward(self):
        for _, number, operands in TAPE:
            for one in (number, *operands):
                one.d = 0.0
        self.d = 1.0
        for kind, number, operands in reversed(TAPE):
            g = number.d
            if kind == "add":
                operands[0].d += g
                operands[1].d += g
            elif kind == "sub":
                operands[0].d += g
                operands[1].d -= g
            elif kind == "mul":
                operands[0].d += g * operands[1].v
                operands[1].d += g * operands[0].v
            elif kind == "sqrt":
                operands[0].d += g / (2 * number.v)
            elif kind == "exp":
                operands[0].d += g * number.v


def write(kind, value, *operands):
    number = Number(value)
    number.operands = operands
    TAPE.append((kind, number, operands))
    return number


def program():
    TAPE.clear()
    x, y = Number(0.9), Number(2.3)
    z = x * y + x.exp()
    return (z * z + y).sqrt() - x.exp()
