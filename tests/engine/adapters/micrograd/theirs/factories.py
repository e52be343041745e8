"""Plain functions, and some that make others; every node is counted and put on a tape."""

import itertools
import math
import random

TAPE = []
made = [0]
serial = itertools.count()


class Var:
    count = 0

    def __init__(self, v, sources=()):
        made[0] += 1
        Var.count += 1
        TAPE.append(v)
        self.id = next(serial)
        self.noise = random.random()
        self.v = v
        self.dv = 0.0
        self.sources = tuple(sources)
        self.pull = None

    def backward(self):
        order, seen = [], set()

        def visit(var):
            if var.id not in seen:
                seen.add(var.id)
                for source in var.sources:
                    visit(source)
                order.append(var)

        visit(self)
        self.dv = 1.0
        for var in reversed(order):
            if var.backward_fn is not None:
                var.backward_fn(var)

    backward_fn = None


def unary(function, slope):
    def apply(x):
        out = Var(function(x.v), (x,))

        def back(node):
            x.dv += node.dv * slope(x.v)

        out.backward_fn = back
        return out

    return apply


def times(a, b):
    out = Var(a.v * b.v, (a, b))

    def back(node):
        a.dv += b.v * node.dv
        b.dv += a.v * node.dv

    out.backward_fn = back
    return out


def total(*terms):
    out = Var(sum(term.v for term in terms), terms)

    def back(node):
        for term in terms:
            term.dv += node.dv

    out.backward_fn = back
    return out


sin = unary(math.sin, lambda x: math.cos(x))
cos = unary(math.cos, lambda x: -math.sin(x))
exp = unary(math.exp, math.exp)


def program():
    """Three functions of one make, a sum of three."""
    a, b = Var(0.7), Var(1.1)
    c = times(sin(a), cos(times(a, b)))
    return total(times(exp(c), a), c, b)
