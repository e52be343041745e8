"""The three sanity checks, and after them every gradient."""

import math
import random
from itertools import chain

import pytest
import three_checks

from handgrad import Value, label, manual
from handgrad.demos.katas.checking import by_hand, check_gradients, say_known
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


def said(check, known=""):
    """A sanity check's message as sentences of their own, the last of which gives way to what is known."""
    sentences = check.message[:1].upper() + check.message[1:]
    return f"{sentences.partition('. ')[0].rstrip('.')}.{known}" if known else sentences


def usual_logit_gradients(got, p, target):
    """What to say of gradients by the logits that are a usual mistake; "" of others."""
    hot = [float(j == target) for j in range(CLASSES)]
    known = (
        (p, "They are p itself: 1 is subtracted nowhere. Expected 1 off p[target]; target counts from 0."),
        (
            [q - target for q in p],
            "The index of the target is subtracted from every probability. Expected 1 off p[target] alone.",
        ),
        ([q - target * y for q, y in zip(p, hot)], "The index of the target is subtracted from p[target]. Expected 1."),
        ([q - 1.0 for q in p], "1 is subtracted from every probability. Expected 1 off p[target] alone."),
        (
            [q + y for q, y in zip(p, hot)],
            "1 is added to p[target]. Expected 1 off it: which sign has y in p - y?",
        ),
        ([-y for y in hot], "They are 1 off the target alone: where are the probabilities?"),
        (hot, "They are 1 at the target alone: where are the probabilities?"),
        ([(q - 1.0) * y for q, y in zip(p, hot)], "Only the target has one. Expected p[j] at every other class."),
        ([q * (1.0 - y) for q, y in zip(p, hot)], "The target has 0. Expected p[target] - 1 there."),
        ([q * (1.0 - q) for q in p], "They are p*(1 - p), a slope of softmax. Expected the slopes of the loss."),
        ([math.log(q) - y for q, y in zip(p, hot)], "1 is subtracted from log(p[target]). Expected 1 off p[target]."),
        ([-y / q for q, y in zip(p, hot)], "They are those by p, not by the logits: softmax stands between the two."),
    )
    return say_known(list(got), known)


def usual_weight_gradients(W, xs, dlogits):
    """What to say of weights whose gradients are a usual mistake; "" of others."""

    def summed(part, examples=range(EXAMPLES), times=1.0 / EXAMPLES):
        return [times * sum(part(k, i, j) for k in examples) for i in range(INPUTS) for j in range(CLASSES)]

    def product(k, i, j):
        return xs[k][i] * dlogits[k][j]

    last, first = [EXAMPLES - 1], [0]
    of_last = "Only what comes from the last example is there: are the others wiped out, or written over?"
    of_first = "Only what comes from the first example is there: does the loop end too soon?"
    no_input = "The inputs are left out: what is the slope of x[i]*W[i][j] by W[i][j]?"
    no_logit = "The gradients of the logits are left out: what is upstream of the weights?"
    known = (
        (summed(product, times=-1.0 / EXAMPLES), "Every one has the wrong sign: the minus of descent is the step's."),
        (summed(product, times=-1.0), "Every one has the wrong sign, and none is divided by the number of examples."),
        (summed(product, last), of_last),
        (summed(product, last, 1.0), of_last),
        (summed(product, first), of_first),
        (summed(product, first, 1.0), of_first),
        (summed(lambda k, i, j: dlogits[k][j]), no_input),
        (summed(lambda k, i, j: dlogits[k][j], times=1.0), no_input),
        (summed(lambda k, i, j: xs[k][i]), no_logit),
        (summed(lambda k, i, j: xs[k][i], times=1.0), no_logit),
        (
            summed(lambda k, i, j: W[i][j].data * dlogits[k][j]),
            "The weights stand in the place of the inputs: what is the slope of x[i]*W[i][j] by W[i][j]?",
        ),
        (
            summed(lambda k, i, j: xs[k][i] * dlogits[k][i]),
            "W[i][j] has what belongs to logit i: which logit does it go into?",
        ),
        (summed(lambda k, i, j: xs[k][i] + dlogits[k][j]), "x[i] and dlogit[j] are added, not multiplied."),
    )
    return say_known([weight.grad for weight in chain(*W)], known)


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
    assert check, (
        f"Called logit_gradients(p, target={target}) with p = [{shown}]. "
        f"{said(check, usual_logit_gradients(dlogits, p, target))}"
    )


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
    known = usual_weight_gradients(W, xs, dlogits)
    check = step_lowers_loss(lambda: forward(W, xs, targets)[0], list(chain(*W)), lr=0.01)
    assert check, f"Called fill_weights(W, xs, dlogits) with the right dlogits, and made a step. {said(check, known)}"


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
