"""Losses and their gradients in NumPy, with the mistakes that were reported of them."""

from __future__ import annotations

import numpy as np

from .case import functions, layer, slip, some

DICE = """\
import numpy as np

def forward(prob, gt):
    union = np.sum(prob ** 2, axis=1) + np.sum(gt ** 2, axis=1)
    intersection = np.sum(prob * gt, axis=1)
    dice = 2.0 * intersection / union
    return np.mean(1.0 - dice)

def backward(prob, gt):
    n = prob.shape[0]
    union = np.sum(prob ** 2, axis=1) + np.sum(gt ** 2, axis=1)
    intersection = np.sum(prob * gt, axis=1)
    diff = np.zeros_like(prob)
    for i in range(n):
        grow = gt[i] * union[i] / union[i] ** 2
        shrink = 2.0 * prob[i] * intersection[i] / union[i] ** 2
        diff[i] -= 2.0 * (grow - shrink)
    diff = diff / n
    return {"prob": diff}
"""

SAMPLED = """\
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def neg_sampling(center, outside_vectors, outside, negatives):
    u_o, u_k = outside_vectors[outside], outside_vectors[negatives]
    p = sigmoid(u_o @ center)
    z = sigmoid(-u_k @ center)
    loss = -np.log(p) - np.sum(np.log(z))
    grad_center = (p - 1) * u_o + (1 - z) @ u_k
    grad_outside = np.zeros_like(outside_vectors)
    grad_outside[outside] = (p - 1) * center
    np.add.at(grad_outside, negatives, np.outer(1 - z, center))
    return loss, {"center": grad_center, "outside_vectors": grad_outside}
"""

RANKING = """\
import numpy as np

class MarginRanking:
    margin = 0.3

    def forward(self, x1, x2, y):
        self.kept = x1, x2, y
        return np.mean(np.maximum(0, -y * (x1 - x2) + self.margin))

    def backward(self, dout):
        x1, x2, y = self.kept
        is_in = (-y * (x1 - x2) + self.margin > 0) * dout
        dx1 = -y * is_in / y.size
        dx2 = -dx1
        dy = -(x1 - x2) * is_in / y.size
        return dx1, dx2, dy
"""

TRIPLET = """\
import numpy as np

def forward(x_a, x_p, x_n):
    apart = np.sum((x_a - x_p) ** 2, axis=1) - np.sum((x_a - x_n) ** 2, axis=1)
    return np.sum(np.maximum(0, 1.0 + apart)) / (2.0 * len(x_a))

def backward(x_a, x_p, x_n):
    num = len(x_a)
    apart = np.sum((x_a - x_p) ** 2, axis=1) - np.sum((x_a - x_n) ** 2, axis=1)
    counts = (apart + 1.0 > 0)[:, None]
    diff_a = counts * (x_n - x_p) / num
    diff_p = counts * (x_p - x_a) / num
    diff_n = counts * (x_a - x_n) / num
    return {"x_a": diff_a, "x_p": diff_p, "x_n": diff_n}
"""

HUBER = """\
import numpy as np

class HuberLoss:
    def __init__(self):
        self.delta = 0.8

    def forward(self, x0, x1):
        self.diff = x0 - x1
        y = np.square(self.diff)
        is_far = y > self.delta ** 2
        y -= is_far * np.square(abs(self.diff) - self.delta)
        return y.sum(axis=1) * 0.5

    def backward(self, gy):
        is_far = abs(self.diff) > self.delta
        gx = np.where(is_far, self.delta * np.sign(self.diff), self.diff)
        gx = gy.reshape(gy.shape + (1,) * (self.diff.ndim - 1)) * gx
        return gx, -gx
"""

GAUSSIAN = """\
import numpy as np

def logpdf(x, mean, cov):
    off = x - mean
    far = off @ np.linalg.inv(cov) @ off
    return -0.5 * (far + np.log(np.linalg.det(cov)) + len(x) * np.log(2 * np.pi))

def logpdf_grads(x, mean, cov):
    J = np.linalg.inv(cov)
    solved = J.T @ (x - mean)
    both = (J + J.T) / 2 @ (x - mean)
    dcov = 0.5 * (np.outer(solved, J @ (x - mean)) - J.T)
    return {"x": -both, "mean": both, "cov": dcov}
"""

LOGSUMEXP = """\
import numpy as np

def forward(x, b):
    total = np.sum(b * np.exp(x), axis=1)
    return np.log(np.abs(total)), (x, b, total)

def backward(g, cache):
    x, b, total = cache
    ans = np.log(np.abs(total))
    sign = np.sign(total)
    weight = np.exp(x - ans[:, None])
    scaled = (g * sign)[:, None] * weight
    return scaled * b, scaled
"""

CROSS_ENTROPY = """\
import numpy as np

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))

def feedforward(weights, biases, x):
    activation, activations, zs = x, [x], []
    for w, b in zip(weights, biases):
        z = np.dot(w, activation) + b
        zs.append(z)
        activation = sigmoid(z)
        activations.append(activation)
    return activations, zs

def cost(W1, b1, W2, b2, x, y):
    a = feedforward([W1, W2], [b1, b2], x)[0][-1]
    return np.sum(-y * np.log(a) - (1 - y) * np.log(1 - a))

def backprop(W1, b1, W2, b2, x, y):
    weights, biases = [W1, W2], [b1, b2]
    activations, zs = feedforward(weights, biases, x)
    nabla_w, nabla_b = [np.zeros(w.shape) for w in weights], [np.zeros(b.shape) for b in biases]
    delta = activations[-1] - y
    nabla_b[-1] = delta
    nabla_w[-1] = np.dot(delta, activations[-2].T)
    for l in range(2, 3):
        sp = sigmoid_prime(zs[-l])
        delta = np.dot(weights[-l + 1].T, delta) * sp
        nabla_b[-l] = delta
        nabla_w[-l] = np.dot(delta, activations[-l - 1].T)
    return {"dW1": nabla_w[0], "db1": nabla_b[0], "dW2": nabla_w[1], "db2": nabla_b[1]}
"""

SYNAPSES = """\
import numpy as np

class NeuralNetwork:
    def __sigmoid(self, x):
        return 1 / (1 + np.exp(-x))

    def __sigmoid_derivative(self, s):
        return s * (1 - s)

    def think(self, inputs, w1, w2, w3):
        a2 = self.__sigmoid(np.dot(inputs, w1))
        a3 = self.__sigmoid(np.dot(a2, w2))
        return a2, a3, self.__sigmoid(np.dot(a3, w3))

    def forward(self, inputs, targets, w1, w2, w3):
        self.kept = inputs, targets, w1, w2, w3
        return 0.5 * np.sum((targets - self.think(inputs, w1, w2, w3)[-1]) ** 2)

    def backward(self):
        inputs, targets, w1, w2, w3 = self.kept
        a2, a3, output = self.think(inputs, w1, w2, w3)
        err4 = output - targets
        del4 = err4 * self.__sigmoid_derivative(output)
        del3 = np.dot(w3, del4.T) * self.__sigmoid_derivative(a3).T
        del2 = np.dot(w2, del3) * self.__sigmoid_derivative(a2).T
        dw3 = np.dot(a3.T, del4)
        dw2 = np.dot(a2.T, del3.T)
        dw1 = np.dot(inputs.T, del2.T)
        return {"w1": dw1, "w2": dw2, "w3": dw3}
"""


def _between(seed, *shape):
    return np.random.default_rng(seed).uniform(0.1, 0.9, size=shape)


def dice():
    return {"prob": _between(0, 3, 5), "gt": (_between(1, 3, 5) > 0.5) * 1.0}


def sampled():
    center, vectors = some(2, (3,), (6, 3))()
    return {"center": center, "outside_vectors": vectors, "outside": 1, "negatives": np.array([4, 0, 4, 5])}


def ranking():
    x1, x2 = some(3, (6,), (6,))()
    return {"x1": x1, "x2": x2, "y": np.array([1.0, -1.0, 1.0, 1.0, -1.0, -1.0])}


def triplet():
    return dict(zip(("x_a", "x_p", "x_n"), some(4, (5, 3), (5, 3), (5, 3))()))


def gaussian():
    x, mean, root = some(6, (3,), (3,), (3, 3))()
    return {"x": x, "mean": mean, "cov": root @ root.T + np.eye(3)}


def logsumexp():
    x, b = some(7, (4, 3), (4, 3))()
    return x, np.array([[1.0], [-1.0], [-1.0], [1.0]]) * (np.abs(b) + 0.1) * np.array([1.0, 1.0, -0.2])


def entropy():
    W1, b1, W2, b2, x = some(8, (4, 3), (4, 1), (2, 4), (2, 1), (3, 1))()
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "x": x, "y": np.array([[0.0], [1.0]])}


def synapses():
    inputs, w1, w2, w3 = some(9, (5, 3), (3, 4), (4, 4), (4, 2))()
    return {"inputs": inputs, "targets": _between(10, 5, 2), "w1": w1, "w2": w2, "w3": w3}


LOSSES = [
    slip("faustomilletari/VNet#18", DICE, functions("forward", "backward", dice),
         "grow = gt[i] * union[i] / union[i] ** 2", "grow = gt[i] * union[i]", "rule", "factor"),
    slip("ZacBi/CS224n-2019-solutions#5", SAMPLED, functions("neg_sampling", None, sampled),
         "np.add.at(grad_outside, negatives, np.outer(1 - z, center))",
         "grad_outside[negatives] += np.outer(1 - z, center)", "missing-path", "overwrites", "in-place"),
    slip("faustomilletari/VNet#13", DICE, functions("forward", "backward", dice),
         "    diff = diff / n\n", "", "factor"),
    slip("mlpack/mlpack#3167", RANKING, layer("MarginRanking", ranking),
         "dx1 = -y * is_in", "dx1 = -(x1 - x2) * is_in", "rule", "swapped", "forgot-local"),
    slip("luhaofang/tripletloss#41", TRIPLET, functions("forward", "backward", triplet),
         "counts * (x_p - x_a) / num", "counts * (-x_a) / num", "rule", "missing-path", "forgot-local"),
    slip("chainer/chainer#1178", HUBER, layer("HuberLoss", some(5, (4, 3), (4, 3))),
         "gx = gy.reshape(gy.shape + (1,) * (self.diff.ndim - 1)) * gx", "gx = gx", "forgot-upstream"),
    slip("HIPS/autograd#412", GAUSSIAN, functions("logpdf", "logpdf_grads", gaussian),
         "dcov = 0.5 * (", "dcov = -0.5 * (", "sign"),
    slip("HIPS/autograd#809", LOGSUMEXP, functions("forward", "backward", logsumexp),
         "scaled = (g * sign)[:, None]", "scaled = g[:, None]", "sign", "forgot-local", "rule"),
    slip("mnielsen/neural-networks-and-deep-learning#77", CROSS_ENTROPY, functions("cost", "backprop", entropy),
         "delta = activations[-1] - y", "delta = (activations[-1] - y) * sigmoid_prime(zs[-1])",
         "rule", "factor", "forgot-local"),
    slip("jiexunsee/Neural-Network-with-Python#1", SYNAPSES, layer("NeuralNetwork", synapses),
         "del4 = err4 * self.__sigmoid_derivative(output)", "del4 = err4", "forgot-local", "rule"),
]  # fmt: skip
