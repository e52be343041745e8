"""Two-layer MLPs of several sizes with random parameters."""

import random
from itertools import chain

import pytest
from mlp import mlp

from handgrad import Value, label, manual
from handgrad.demos.katas.checking import by_hand, check_gradients


def number(rng, low=1.1, high=1.9):
    """A random number of either sign that is far from 0, 1 and 2."""
    return rng.choice((-1.0, 1.0)) * rng.uniform(low, high)


def layer(sources, W, b):
    """b[j] + the sum over i of sources[i]*W[i][j]."""
    outputs = []
    for j, bias in enumerate(b):
        total = sources[0] * W[0][j]
        for i in range(1, len(sources)):
            total = total + sources[i] * W[i][j]
        outputs.append(total + bias)
    return outputs


def row(rng, name, n, **sizes):
    return [Value(number(rng, **sizes), f"{name}[{i}]") for i in range(n)]


@pytest.mark.parametrize(
    ("nin", "hidden", "nout", "seed"), [(2, 4, 3, 1), (3, 2, 5, 2), (3, 4, 3, 3), (1, 3, 5, 4), (4, 2, 1, 5)]
)
def test_every_parameter_and_every_node_between(nin, hidden, nout, seed):
    rng = random.Random(seed)
    small = {"low": 0.2, "high": 0.45}  # keeps tanh away from where it is flat
    with manual():
        x = row(rng, "x", nin)
        W1 = [row(rng, f"W1[{i}]", hidden, **small) for i in range(nin)]
        b1 = row(rng, "b1", hidden, **small)
        z = layer(x, W1, b1)
        h = [before.tanh() for before in z]
        W2 = [row(rng, f"W2[{j}]", nout) for j in range(hidden)]
        b2 = row(rng, "b2", nout)
        y = layer(h, W2, b2)
        t = [number(rng) for _ in y]
        errors = [label(output - target, f"(y[{k}] - t[{k}])") for k, (output, target) in enumerate(zip(y, t))]
        L = errors[0] ** 2
        for error in errors[1:]:
            L = L + error**2
    for name, nodes in (("z", z), ("h", h), ("y", y)):
        for i, node in enumerate(nodes):
            node.label = f"{name}[{i}]"
    L.label = "L"
    with by_hand():
        mlp(x, W1, b1, z, h, W2, b2, y, t)
    asked = [*y, *chain(*W2), *b2, *h, *z, *chain(*W1), *b1]
    check_gradients(L, nodes=asked, call="mlp(x, W1, b1, z, h, W2, b2, y, t)")
