"""Scripts that train without functions, with the mistakes that were reported of them."""

from __future__ import annotations

from pathlib import Path

from handgrad import Comparison
from handgrad.demos.debugging.command import check_file

from .case import slip

REVIEWS = """\
import numpy as np
np.random.seed(1)
reviews = [[0, 3, 5], [1, 2], [4, 0, 2], [3, 1]]
labels = [1.0, 0.0, 1.0, 0.0]
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
alpha = 0.01
weights_0_1 = 0.4 * np.random.random((6, 4)) - 0.2
weights_1_2 = 0.4 * np.random.random((4, 1)) - 0.2
for i in range(2000):
    x, y = reviews[i % 4], labels[i % 4]
    layer_1 = sigmoid(np.sum(weights_0_1[x], axis=0))
    layer_2 = sigmoid(np.dot(layer_1, weights_1_2))
    layer_2_delta = layer_2 - y
    layer_1_delta = layer_2_delta.dot(weights_1_2.T) * layer_1 * (1 - layer_1)
    weights_0_1[x] -= layer_1_delta * alpha
    weights_1_2 -= np.outer(layer_1, layer_2_delta) * alpha
"""

TWO_LAYER_NET = """\
import numpy as np

N, D_in, H, D_out = 8, 10, 6, 3
rng = np.random.RandomState(0)
x, y = rng.randn(N, D_in), rng.randn(N, D_out)
w1, w2 = rng.randn(D_in, H), rng.randn(H, D_out)
learning_rate = 1e-6
for t in range(500):
    h = x.dot(w1)
    h_relu = np.maximum(h, 0)
    y_pred = h_relu.dot(w2)
    loss = np.square(y_pred - y).sum()
    print(t, loss)
    grad_y_pred = 2.0 * (y_pred - y)
    grad_w2 = h_relu.T.dot(grad_y_pred)
    grad_h_relu = grad_y_pred.dot(w2.T)
    grad_h = grad_h_relu.copy()
    grad_h[h < 0] = 0
    grad_w1 = x.T.dot(grad_h)
    w1 -= learning_rate * grad_w1
    w2 -= learning_rate * grad_w2
"""

DIGITS = """\
import numpy as np
rng = np.random.default_rng(2)
images, labels = rng.random((20, 12)), np.eye(4)[rng.integers(0, 4, 20)]
w_i_h, w_h_o = rng.uniform(-0.5, 0.5, (6, 12)), rng.uniform(-0.5, 0.5, (4, 6))
b_i_h, b_h_o = np.zeros((6, 1)), np.zeros((4, 1))
learn_rate = 0.01
for epoch in range(3):
    for img, l in zip(images, labels):
        img = img.reshape(-1, 1)
        l = l.reshape(-1, 1)
        h = 1 / (1 + np.exp(-(b_i_h + w_i_h @ img)))
        o = 1 / (1 + np.exp(-(b_h_o + w_h_o @ h)))
        e = 0.5 * np.sum((o - l) ** 2)
        delta_o = (o - l) * o * (1 - o)
        delta_h = w_h_o.T @ delta_o * (h * (1 - h))
        w_h_o += -learn_rate * delta_o @ h.T
        b_h_o += -learn_rate * delta_o
        w_i_h += -learn_rate * delta_h @ img.T
        b_i_h += -learn_rate * delta_h
"""

ADDING = """\
import numpy as np
np.random.seed(0)
def sigmoid_output_to_derivative(output):
    return output * (1 - output)
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
X = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 1], [0, 0, 1], [1, 0, 0]])
y = np.array([[1, 1, 0, 0, 1]]).T
synapse_0 = 2 * np.random.random((3, 5)) - 1
synapse_1 = 2 * np.random.random((5, 1)) - 1
for j in range(10000):
    layer_1 = sigmoid(np.dot(X, synapse_0))
    layer_2 = sigmoid(np.dot(layer_1, synapse_1))
    layer_2_error = y - layer_2
    layer_2_delta = layer_2_error * sigmoid_output_to_derivative(layer_2)
    layer_1_error = layer_2_delta.dot(synapse_1.T)
    layer_1_delta = layer_1_error * sigmoid_output_to_derivative(layer_1)
    synapse_1 += layer_1.T.dot(layer_2_delta)
    synapse_0 += X.T.dot(layer_1_delta)
"""


def script(path: Path) -> Comparison:
    """Asks `handgrad debug` of a script."""
    return check_file(path)


PROGRAMS = [
    slip("iamtrask/Grokking-Deep-Learning#50", REVIEWS, script,
         "weights_1_2.T) * layer_1 * (1 - layer_1)", "weights_1_2.T)", "forgot-local", "rule"),
    slip("jcjohnson/pytorch-examples#5", TWO_LAYER_NET, script,
         "grad_y_pred.dot(w2.T)", "grad_y_pred.dot(grad_w2.T)", "rule", "wrong-upstream", "swapped", "forgot-local"),
    slip("Bot-Academy/NeuralNetworkFromScratch#3, the order", DIGITS, script,
         "        delta_h = w_h_o.T @ delta_o * (h * (1 - h))\n        w_h_o += -learn_rate * delta_o @ h.T\n",
         "        w_h_o += -learn_rate * delta_o @ h.T\n        delta_h = w_h_o.T @ delta_o * (h * (1 - h))\n",
         "stale", "order", "in-place", "rule", "swapped"),
    slip("llSourcell/recurrent_neural_net_demo#2", ADDING, script,
         "layer_1_error * sigmoid_output_to_derivative(layer_1)",
         "layer_1_error * sigmoid_output_to_derivative(np.dot(X, synapse_0))", "rule", "forgot-local"),
]  # fmt: skip
