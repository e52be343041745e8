"""A linear layer of random sizes, its upstream gradients given."""

import random
from itertools import chain, product

import pytest
from linear import linear

from handgrad import Value, manual
from handgrad.demos.katas.checking import by_hand, check_gradients


def number(rng):
    """A random number of either sign that is far from 0, 1 and 2."""
    return rng.choice((-1.0, 1.0)) * rng.uniform(1.1, 1.9)


def check(nin, nout, seed):
    """Build a layer, let the learner fill it in, and compare."""
    rng = random.Random(seed)
    with manual():
        x = [Value(number(rng), f"x[{i}]") for i in range(nin)]
        W = [[Value(number(rng), f"W[{i}][{j}]") for j in range(nout)] for i in range(nin)]
        b = [Value(number(rng), f"b[{j}]") for j in range(nout)]
        y = []
        for j in range(nout):
            total = x[0] * W[0][j]
            for i in range(1, nin):
                total = total + x[i] * W[i][j]
            y.append(total + b[j])
            y[j].label = f"y[{j}]"
        upstream = [number(rng) for _ in y]
        L = y[0] * upstream[0]
        for output, factor in zip(y[1:], upstream[1:]):
            L = L + output * factor
    for output, gradient in zip(y, upstream):
        output.grad = gradient
    with by_hand():
        linear(x, W, b, y)
    known = [
        (bias, sum(upstream), "what comes from all outputs is there: in which of them does b[j] stand?") for bias in b
    ]
    for i, j in product(range(nin), range(nout)):
        known.append(
            (W[i][j], x[i].data * sum(upstream), "what comes from all outputs is there: where does W[i][j] lead?")
        )
    check_gradients(L, nodes=[*y, *b, *chain(*W), *x], call="linear(x, W, b, y)", known=known)


@pytest.mark.parametrize("seed", range(3))
def test_two_inputs_and_two_outputs(seed):
    check(2, 2, seed)


@pytest.mark.parametrize(("nin", "nout"), [(3, 2), (2, 3), (4, 3)])
def test_layers_that_are_not_square(nin, nout):
    check(nin, nout, seed=10 * nin + nout)
