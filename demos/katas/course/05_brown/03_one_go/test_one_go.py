"""Softmax and cross-entropy as one operation."""

import math
import random

import pytest
from one_go import one_go

from handgrad import Value, manual, op
from handgrad.demos.katas.checking import by_hand, check_gradients
from handgrad.slips.mistakes import Mistake

SLOPE_OF_P = "is that the slope of a probability, or of the loss?"


def softmax(logits):
    exps = [math.exp(z) for z in logits]
    return [e / sum(exps) for e in exps]


def cross_entropy(target, n):
    """The loss as one operation on n logits, with the usual slips."""

    def derivatives(*logits_and_loss):
        return [p - (j == target) for j, p in enumerate(softmax(logits_and_loss[:-1]))]

    slips = []
    for j in range(n):
        words, question = (
            ("p alone", "does the true class's logit not lower the loss by itself?")
            if j == target
            else ("p - 1", "is this the true class?")
        )
        shift = (j != target) * 1.0
        slips += [
            Mistake(j, words, lambda *zs, j=j, shift=shift: softmax(zs[:-1])[j] - shift, question),
            Mistake(
                j, "z - y", lambda *zs, j=j: zs[j] - (j == target), "is it the logit or the probability that counts?"
            ),
            Mistake(j, "p*(1 - p)", lambda *zs, j=j: softmax(zs[:-1])[j] * (1.0 - softmax(zs[:-1])[j]), SLOPE_OF_P),
        ]
        if j != target:
            others = "is each logit's own probability not another one?"
            slips.append(Mistake(j, "p of the true class", lambda *zs: softmax(zs[:-1])[target], others))
    return op("cross_entropy", lambda *logits: -math.log(softmax(logits)[target]), derivatives, slips=slips)


@pytest.mark.parametrize(("n", "target", "seed"), [(2, 0, 1), (3, 2, 2), (3, 1, 3), (4, 3, 4), (5, 1, 5)])
def test_every_logit_has_its_gradient(n, target, seed):
    rng = random.Random(seed)
    with manual():
        z = [Value(rng.choice((-1, 1)) * rng.uniform(0.3, 1.8), f"z[{j}]") for j in range(n)]
        L = cross_entropy(target, n)(*z)
    L.label = "L"
    with by_hand():
        one_go(z, target)
    check_gradients(L, nodes=z, call=f"one_go(z, target={target})")
