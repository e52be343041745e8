"""The three sanity checks, and after them every gradient."""

import math
import random
from itertools import chain

import pytest
import three_checks

from handgrad import Value, label, manual
from handgrad.demos.katas.checking import by_hand, check_gradients
from handgrad.functional import cross_entropy
from handgrad.sanity import starts_near_uniform, step_lowers_loss, sums_to_zero

INPUTS, CLASSES, EXAMPLES = 3, 4, 5
SEEDS = [1, 2, 3, 4, 5]


def softmax(logits):
    exps = [math.exp(z) for z in logits]
    return [e / sum(exps) for e in exps]


def data(rng):
    """Examples whose inputs are about 1 in size, and their classes."""
    xs = [[rng.choice((-1, 1)) * rng.uniform(0.7, 1.4) for _ in range(INPUTS)] for _ in range(EXAMPLES)]
    return xs, [rng.randrange(CLASSES) for _ in range(EXAMPLES)]


def forward(W, xs, targets):
    """The mean cross-entropy, and the logits."""
    z = []
    for example, x in enumerate(xs):
        row = []
        for j in range(CLASSES):
            products = [label(x[i] * W[i][j], f"x[{example}][{i}]*W[{i}][{j}]") for i in range(INPUTS)]
            logit = products[0]
            for product in products[1:]:
                logit = logit + product
            row.append(logit)
        z.append(row)
    return cross_entropy(z, targets, fused=True), z


def weights(rng):
    return [[Value(rng.uniform(-0.9, 0.9), f"W[{i}][{j}]") for j in range(CLASSES)] for i in range(INPUTS)]


def said(check):
    """A sanity check's message as a sentence of its own."""
    return check.message[:1].upper() + check.message[1:]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_untrained_loss_is_that_of_a_uniform_guess(seed):
    rng = random.Random(seed)
    xs, targets = data(rng)
    with by_hand():
        start = three_checks.initial_weights(INPUTS, CLASSES, rng)
    is_random = len(set(chain(*start))) > 1
    assert is_random, (
        f"Called initial_weights({INPUTS}, {CLASSES}, rng). Every weight is the same number. "
        "Expected: random numbers from rng, small ones."
    )
    loss, _ = forward([[Value(number) for number in row] for row in start], xs, targets)
    check = starts_near_uniform(loss, CLASSES)
    assert check, f"Called initial_weights({INPUTS}, {CLASSES}, rng) and took the loss. {said(check)}"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_logit_gradients_sum_to_zero(seed):
    rng = random.Random(seed)
    p = softmax([rng.uniform(-2.0, 2.0) for _ in range(CLASSES)])
    target = rng.randrange(CLASSES)
    with by_hand():
        dlogits = three_checks.logit_gradients(list(p), target)
    check = sums_to_zero(dlogits)
    shown = ", ".join(f"{probability:.3f}" for probability in p)
    assert check, f"Called logit_gradients(p, target={target}) with p = [{shown}]. {said(check)}"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_small_step_lowers_the_loss(seed):
    rng = random.Random(seed)
    xs, targets = data(rng)
    W = weights(rng)
    _, z = forward(W, xs, targets)
    dlogits = [
        [p - (j == target) for j, p in enumerate(softmax([logit.data for logit in row]))]
        for row, target in zip(z, targets)
    ]
    before = [weight.data for weight in chain(*W)]
    with by_hand():
        three_checks.fill_weights(W, [list(x) for x in xs], dlogits)
    is_as_before = [weight.data for weight in chain(*W)] == before
    assert is_as_before, (
        "Called fill_weights(W, xs, dlogits). It changed the weights' data. It is to fill in their grads."
    )
    check = step_lowers_loss(lambda: forward(W, xs, targets)[0], list(chain(*W)), lr=0.01)
    assert check, f"Called fill_weights(W, xs, dlogits) with the right dlogits, and made a step. {said(check)}"


@pytest.mark.parametrize("seed", SEEDS)
def test_and_every_gradient_is_right(seed):
    rng = random.Random(seed)
    xs, targets = data(rng)
    with manual():
        W = weights(rng)
        L, z = forward(W, xs, targets)
    L.label = "L"
    with by_hand():
        dlogits = [
            three_checks.logit_gradients(softmax([logit.data for logit in row]), target)
            for row, target in zip(z, targets)
        ]
        three_checks.fill_weights(W, [list(x) for x in xs], dlogits)
    for row, gradients in zip(z, dlogits):
        taken = [p - gradient for p, gradient in zip(softmax([logit.data for logit in row]), gradients)]
        assert max(taken) - min(taken) > 1e-9, (
            f"Called logit_gradients(p, target). It takes {taken[0]:.6g} off every probability. Expected 1 off that of "
            "the target alone. That they sum to 0 was one check, and does not say that they are right."
        )
    for i, (row, gradients) in enumerate(zip(z, dlogits)):
        for j, (logit, gradient) in enumerate(zip(row, gradients)):
            logit.label = f"z[{i}][{j}]"
            logit.grad = gradient / EXAMPLES
    call = "logit_gradients(p, target) for every example, and fill_weights(W, xs, dlogits)"
    check_gradients(L, nodes=[*chain(*z), *chain(*W)], call=call)
