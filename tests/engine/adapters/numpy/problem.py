"""A small problem: a linear model, its loss, and what people do with it."""

import numpy as np

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(6, 4)), RNG.normal(size=(6, 2))
W, B = RNG.normal(size=(4, 2)), RNG.normal(size=2)


def causes(found):
    assert found.ok is (not found.causes)
    return [(result.name, result.source[2] if result.source else None) for result in found.causes]


def mse(W, b):
    return np.mean((X @ W + b - Y) ** 2)


def mse_grads(W, b):
    d_out = 2 * (X @ W + b - Y) / Y.size
    return {"W": X.T @ d_out, "b": d_out.sum(0)}


class Affine:
    def __init__(self):
        self.W, self.b = W.copy(), B.copy()

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.mean(axis=0)
        return dout @ self.W.T
