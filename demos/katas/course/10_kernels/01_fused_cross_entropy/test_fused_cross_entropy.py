"""The chunked gradients, compared with the plain forward, for chunks of every size."""

import numpy as np
import pytest
from fused_cross_entropy import fused_cross_entropy

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, say_division, say_known


def usual(p, y, chunk):
    """What losses usual mistakes give, each with words."""
    n = len(p)
    loss = -np.log(p[range(n), y])
    chunks = [loss[start : start + chunk] for start in range(0, n, chunk)]
    of_the_first = -np.log(p[range(n), [y[row % chunk] for row in range(n)]])
    yield chunks[-1].sum() / n, "That is the part of the last chunk alone: what becomes of the chunks before it?"
    yield chunks[-1].mean(), "That is the mean of the last chunk alone: what becomes of the chunks before it?"
    yield chunks[0].sum() / n, "That is the part of the first chunk alone: what becomes of the others?"
    yield of_the_first.mean(), "That is with the classes of the first chunk for the rows of every chunk."
    yield loss[: n // chunk * chunk].sum() / n, "That is without the last chunk, which has fewer rows."
    yield (
        np.mean([each.mean() for each in chunks]),
        "That is a mean of means: has each chunk as many rows?",
    )
    yield sum(each.mean() for each in chunks), "That is the sum of the chunks' means: by how many rows is each divided?"
    yield -loss.mean(), "That is minus the right number: what sign has log(p) where p < 1?"


def usual_logits(p, hot, n):
    """What gradients of the logits usual mistakes give, each with words."""
    yield (p - 1.0) / n, "1 is subtracted at every logit: for which class of a row does y stand?"
    yield (p - hot.max(0)) / n, "1 is subtracted in whole columns: for which class of a row does y stand?"
    yield (np.log(p) - hot) / n, "the logarithms of p stand where p belongs."
    yield (p + hot) / n, "the 1 of the target is added: which way does the loss move when its logit grows?"
    yield p * (p - hot) / n, "p is multiplied in once more: is the slope of the softmax not in p - y already?"
    yield p * (1.0 - p) / n, "p*(1 - p) is how a share moves with its own logit: what is the slope of the loss?"
    yield -hot / p / n, "that is the slope by p: what lies between p and the logits?"
    yield -hot / n, "only the target's own logit gets a gradient: what moves the sum of the exps?"


def usual_pieces(x, W, dlogits, chunk):
    """What dx and dW usual mistakes with the chunks give, each with words."""
    n = len(x)
    pieces = [slice(start, start + chunk) for start in range(0, n, chunk)]
    again = "the rows of the first chunk: which rows does this chunk have?"
    of_chunks = "It is divided by the rows of a chunk: over how many is the loss a mean?"
    parts = [x[rows].T @ dlogits[rows] for rows in pieces]
    dx = dlogits @ W.T
    of_own_rows = np.concatenate([dlogits[rows] * n / len(dlogits[rows]) for rows in pieces])
    shifted = np.zeros_like(dx)
    for rows in pieces:
        shifted[: len(dx[rows])] = dx[rows]
    only = [np.where((np.arange(n) // chunk == at)[:, None], dx, 0.0) for at in (0, len(pieces) - 1)]
    yield shifted, f"Each chunk writes {again}"
    yield sum(x[: len(dlogits[rows])].T @ dlogits[rows] for rows in pieces), f"x is taken in {again}"
    for wrong in (of_own_rows, dlogits * n / chunk):
        yield wrong @ W.T, of_chunks
        yield x.T @ wrong, of_chunks
    yield parts[-1], "Only the last chunk's part is there: each adds its own to those before (+=, not =)."
    yield parts[0], "Only the first chunk's part is there: what do the others add?"
    yield from ((numbers, "Only one chunk's rows are there: what becomes of the others?") for numbers in only)
    yield sum(parts) / len(pieces), "That is the mean over the chunks: W is used by all rows, and uses add up."


@pytest.mark.parametrize(
    ("n", "d", "classes", "chunk", "seed"), [(5, 3, 7, 5, 1), (5, 3, 7, 2, 1), (6, 4, 9, 2, 2), (3, 2, 5, 1, 4)]
)
def test_the_gradients_are_those_of_the_plain_forward(n, d, classes, chunk, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(classes, size=n)
    with manual():
        x, W = array(rng.normal(size=(n, d)) * 1.3, "x"), array(rng.normal(size=(d, classes)), "W")
        exps = np.exp(label(x @ W, "logits"))
        p = label(exps / exps.sum(1, keepdims=True), "p")
        L = label(-np.log(p[range(n), y]).mean(), "L")
    with by_hand():
        loss, dx, dW = fused_cross_entropy(x.data.copy(), W.data.copy(), y.copy(), chunk)
        _, *whole = fused_cross_entropy(x.data.copy(), W.data.copy(), y.copy(), n)
    call = f"fused_cross_entropy(x, W, y, chunk={chunk}) with {n} rows"
    says = say_known(float(loss), usual(p.data, y, chunk)) or say_division(float(loss) / float(L.data), n)
    if n % chunk:
        says = says or " The last chunk has fewer rows than the others: is it there, and counted as what it is?"
    is_same = abs(float(loss) - float(L.data)) < 1e-9
    assert is_same, f"Called {call}. The loss is not that of the plain forward any more.{says}"
    right = (p.data - np.eye(classes)[y]) / n
    first = (p.data - np.eye(classes)[[y[row % chunk] for row in range(n)]]) / n
    of_first = "Those are the classes of the first chunk for the rows of every chunk."
    pieces = [*usual_pieces(x.data, W.data, right, chunk), (first @ W.data.T, of_first), (x.data.T @ first, of_first)]
    question = " What does a chunk leave of the chunks before it, and by which number of rows does it divide?"
    for name, piecewise, at_once in zip(("dx", "dW"), (dx, dW), whole):
        assert np.allclose(piecewise, at_once), (
            f"Called {call}. {name} is not what it is with all rows in one chunk. Expected the same."
            f"{say_known(piecewise, pieces) or question}"
        )
    x.grad, W.grad = dx, dW
    words = "that is logits times W, and logits are numbers of the forward pass: which gradient arrives at them?"
    logits = x.data @ W.data
    known = [(x, z @ W.data.T, words) for z in (logits, logits - logits.max(1, keepdims=True))]
    for wrong, says in usual_logits(p.data, np.eye(classes)[y], n):
        known += [(x, wrong @ W.data.T, says), (W, x.data.T @ wrong, says)]
    check_gradients(L, nodes=[x, W], call=f"{call} and filled in what it returned", known=known)
