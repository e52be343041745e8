"""An engine that builds expressions first, and computes their numbers when it is told to."""

import math


class Term:
    def __init__(self, *terms, number=None):
        self.terms, self.number, self.bar = terms, number, 0.0

    def backward(self):
        self.bar = 1.0
        for one in reversed(ordered(self, {})):
            shares = one.pull(*[term.number for term in one.terms]) if one.terms else ()
            for term, share in zip(one.terms, shares):
                term.bar += share

    def __add__(self, other):
        return Sum(self, other)

    def __mul__(self, other):
        return Product(self, other)


class Sum(Term):
    def compute(self, one, other):
        return one + other

    def pull(self, one, other):
        return self.bar, self.bar


class Product(Term):
    def compute(self, one, other):
        return one * other

    def pull(self, one, other):
        return self.bar * other, self.bar * one


class Tanh(Term):
    def compute(self, one):
        return math.tanh(one)

    def pull(self, one):
        return (self.bar * (1 - self.number**2),)


class Softsign(Term):
    def compute(self, one):
        return one / (1 + abs(one))

    def pull(self, one):
        return (self.bar / (1 + abs(one)) ** 2,)


def ordered(root, found):
    if root not in found:
        for one in root.terms:
            ordered(one, found)
        found[root] = None
    return found


def evaluate(root):
    for one in ordered(root, {}):
        if one.terms:
            one.number = one.compute(*[term.number for term in one.terms])


def program():
    x, w = Term(number=0.6), Term(number=-1.3)
    root = Tanh(x * w + x) * Softsign(w) + x
    evaluate(root)
    return root
