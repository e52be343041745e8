# slip: forgot-upstream
import numpy as np


def sigmoid_backward(out, dout):
    return out * (1.0 - out)


def square_backward(x, dout):
    return 2.0 * x * dout


def mean_backward(x, dout):
    return np.ones_like(x) / len(x) * dout


def linear_backward(x, W, dout):
    return (dout @ W.T, x.T @ dout, dout.sum(0))
