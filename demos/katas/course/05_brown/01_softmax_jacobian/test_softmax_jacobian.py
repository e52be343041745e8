"""Every entry of the softmax's Jacobian, one row at a time."""

import math
import random

import numpy as np
import pytest
from softmax_jacobian import softmax_jacobian

from handgrad import Value, manual, op
from handgrad.demos.katas.checking import by_hand, check_gradients
from handgrad.slips.mistakes import Mistake


def softmax(logits):
    exps = [math.exp(z) for z in logits]
    return [e / sum(exps) for e in exps]


def one_probability(i, n):
    """p[i] as one operation on n logits, with the usual slips."""

    def derivatives(*logits_and_output):
        p = softmax(logits_and_output[:-1])
        return [p[i] * ((i == j) - p[j]) for j in range(n)]

    def as_probabilities(rule):
        return lambda *logits_and_output: rule(softmax(logits_and_output[:-1]))

    slips = []
    for j in range(n):
        if j == i:
            slips += [
                Mistake(j, "p[i]", as_probabilities(lambda p: p[i]), "the logit stands below the fraction too."),
                Mistake(j, "1 - p[i]", as_probabilities(lambda p: 1 - p[i]), "where is the other factor?"),
                Mistake(
                    j,
                    "1 - p[i]*p[i]",
                    as_probabilities(lambda p: 1 - p[i] ** 2),
                    "is that the rule of softmax, or of tanh?",
                ),
                Mistake(j, "-p[i]*p[i]", as_probabilities(lambda p: -p[i] * p[i]), "does the numerator not move here?"),
            ]
        else:
            slips += [
                Mistake(j, "0", lambda *_: 0.0, "do the others stay where they are when one logit rises?"),
                Mistake(
                    j, "p[i]*(1 - p[i])", as_probabilities(lambda p: p[i] * (1 - p[i])), "is this one on the diagonal?"
                ),
                Mistake(
                    j,
                    "p[i]*(1 - p[j])",
                    as_probabilities(lambda p, j=j: p[i] * (1 - p[j])),
                    "does the numerator move with this one?",
                ),
                Mistake(j, "-p[i]", as_probabilities(lambda p: -p[i]), "where is the other factor?"),
                Mistake(j, "-p[j]", as_probabilities(lambda p, j=j: -p[j]), "where is the other factor?"),
            ]
    return op("softmax", lambda *logits: softmax(logits)[i], derivatives, slips=slips)


def check(logits):
    """Each row against an operation that gives that probability alone."""
    n, p = len(logits), softmax(logits)
    with by_hand():
        rows = softmax_jacobian(list(p))
    shape = np.shape(rows)
    assert shape == (n, n), (
        f"Called softmax_jacobian(p) with {n} probabilities. It returned something of shape {shape}. Expected {n} rows "
        f"of {n} numbers: one row a probability, one column a logit."
    )
    is_one_list = all(row is rows[0] for row in rows[1:])
    assert not is_one_list, (
        f"Called softmax_jacobian(p) with {n} probabilities. Its rows are one and the same list. Expected a list for "
        "each row: [row] * n is one list n times, and what is written into a row stands in all of them."
    )
    for i, row in enumerate(rows):
        with manual():
            z = [Value(logit, f"z[{j}]") for j, logit in enumerate(logits)]
            p_i = one_probability(i, n)(*z)
        p_i.label = f"p[{i}]"
        for node, entry in zip(z, row):
            node.grad = entry
        call = f"softmax_jacobian(p) and put its row {i} into the logits' grads"
        check_gradients(p_i, nodes=z, call=call)


@pytest.mark.parametrize(("n", "seed"), [(2, 1), (3, 2), (3, 3), (4, 4), (5, 5)])
def test_every_probability_moves_with_every_logit(n, seed):
    rng = random.Random(seed)
    check([rng.uniform(-1.5, 1.5) for _ in range(n)])
