"""Batches of logits, each row with a target of its own."""

import math
import random
from itertools import chain

import pytest
from cross_entropy_batch import cross_entropy_batch

from handgrad import Value, manual, op
from handgrad.demos.katas.checking import by_hand, check_gradients
from handgrad.sanity import sums_to_zero
from handgrad.slips.mistakes import Mistake
from handgrad.testing import GradientError


def softmax(logits):
    exps = [math.exp(z) for z in logits]
    return [e / sum(exps) for e in exps]


def cross_entropy(target):
    """One row's loss as one operation, with the usual slip."""
    return op(
        "cross_entropy",
        lambda *logits: -math.log(softmax(logits)[target]),
        lambda *logits_and_loss: [p - (j == target) for j, p in enumerate(softmax(logits_and_loss[:-1]))],
        slips=[
            Mistake(
                target,
                "p alone",
                lambda *logits_and_loss: softmax(logits_and_loss[:-1])[target],
                "does the true class's logit not lower the loss by itself?",
            )
        ],
    )


@pytest.mark.parametrize(("rows", "classes", "seed"), [(3, 5, 1), (2, 4, 2), (4, 6, 3), (5, 3, 4), (5, 7, 5)])
def test_every_row_has_its_share(rows, classes, seed):
    rng = random.Random(seed)
    targets = [rng.randrange(classes) for _ in range(rows)]
    with manual():
        z = [
            [Value(rng.choice((-1, 1)) * rng.uniform(0.3, 1.8), f"z[{i}][{j}]") for j in range(classes)]
            for i in range(rows)
        ]
        losses = [cross_entropy(target)(*row) for row, target in zip(z, targets)]
        total = losses[0]
        for loss in losses[1:]:
            total = total + loss
        L = total / rows
    for i, loss in enumerate(losses):
        loss.label = f"loss[{i}]"
    L.label = "L"
    with by_hand():
        cross_entropy_batch(z, targets)
    try:
        check_gradients(L, nodes=list(chain(*z)), call=f"cross_entropy_batch(z, targets={targets})")
    except GradientError as error:
        raise GradientError(f"{error}{sums(z, targets)}", error.comparison) from None


def sums(z, targets):
    """What the sanity check says of the rows, where it has something to say."""
    if not all(isinstance(logit.grad, float) for row in z for logit in row):
        return ""
    n = len(z)
    probabilities = [logit.grad * n + (j == target) for row, target in zip(z, targets) for j, logit in enumerate(row)]
    if abs(sum(probabilities) - 1.0) < 1e-9:
        return (
            "\n\nAll probabilities together sum to 1. Those of each example are to sum to 1 by themselves: along the "
            "row, with a total for each."
        )
    check = sums_to_zero(z)
    return "" if check else f"\n\nThe sanity check: {check.message}"
