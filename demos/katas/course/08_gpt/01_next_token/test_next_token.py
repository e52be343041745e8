"""Batches of short texts, some of them over early."""

import numpy as np
import pytest
from next_token import next_token

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "next_token(logits, targets)"


def check(targets, vocabulary, seed):
    """The learner's gradient of random logits, and what must hold whatever the numbers."""
    targets = np.array(targets)
    numbers = np.random.default_rng(seed).normal(size=(*targets.shape, vocabulary)) * 1.4
    b, t = np.nonzero(targets >= 0)
    with manual():
        logits = array(numbers, "logits")
        exps = label(np.exp(logits), "exps")
        probs = label(exps / exps.sum(-1, keepdims=True), "probs")
        L = label(-np.log(probs[b, t, targets[b, t]]).mean(), "L")
    with by_hand():
        dlogits = next_token(numbers.copy(), targets.copy())
    check_the_count(dlogits, probs.data, targets, b, t)
    logits.grad = dlogits
    check_gradients(
        L,
        nodes=[logits],
        call=f"{CALL} and filled in what it returned",
        properties=lambda: check_the_shares(dlogits, probs.data, targets, b, t),
    )


def check_the_count(dlogits, probs, targets, b, t):
    """The mean is over no other number of logits or positions."""
    if np.shape(dlogits) != probs.shape:
        return
    n, right = len(b), np.zeros_like(probs)
    right[b, t] = probs[b, t]
    right[b, t, targets[b, t]] -= 1.0
    for count, what in ((probs.size, "logits"), (targets.size, "positions, those without a target among them")):
        assert count == n or not np.allclose(dlogits, right / count, rtol=1e-9), (
            f"Called {CALL}. The gradients are divided by {count}, the number of all {what}. Expected {n}: the mean is "
            f"taken over the {n} positions at which a token is asked for."
        )


def check_the_shares(dlogits, probs, targets, b, t):
    """Each position where a token is asked for moves nothing as a whole, and counts once in the mean; no other does."""
    if np.shape(dlogits) != probs.shape:
        return
    dlogits = np.asarray(dlogits)
    for place in zip(*np.nonzero(targets < 0)):
        at = ", ".join(map(str, place))
        assert not np.any(dlogits[place]), (
            f"Called {CALL}. dlogits[{at}] is {dlogits[place]}. Expected zeros: targets[{at}] is -1, so no loss is "
            "taken there."
        )
    n, place = len(b), f"{b[0]}, {t[0]}"
    total = dlogits[b, t].sum(1)
    if np.allclose(total, 1.0 / n):
        raise AssertionError(
            f"Called {CALL}. dlogits[{place}] sums to {total[0]:.6g}, which is 1/n. Expected 0: the 1 of the token "
            "that did come is to be taken off, p - y."
        )
    assert np.abs(total).max() <= 1e-9, (
        f"Called {CALL}. dlogits[{place}] sums to {total[0]:.6g}. Expected 0: raise all logits of one position by the "
        "same, and its softmax takes it away. Along which axis do the probabilities sum to 1?"
    )
    one_hot = np.eye(probs.shape[-1])[targets[b, t]]
    share = dlogits[b, t, targets[b, t]] / (probs[b, t, targets[b, t]] - 1.0)
    if not np.allclose(dlogits[b, t], share[:, None] * (probs[b, t] - one_hot)):
        return  # not p - y at all
    assert np.allclose(share, share[0], rtol=1e-9), (
        f"Called {CALL}. Some positions have a larger share in the mean than others: 1/{1 / share[0]:.6g} at "
        f"[{place}]. Expected 1/{n} at each: one mean over all positions where a token is asked for, not one of each "
        "text's."
    )


def test_one_position_is_the_p_minus_y_that_you_know():
    check([[1]], vocabulary=3, seed=1)


def test_every_position_of_every_text_counts():
    check([[2, 0, 1, 3], [3, 1, 0, 5]], vocabulary=6, seed=2)


@pytest.mark.parametrize(
    ("targets", "seed"),
    [
        ([[0, 2, 7, -1, -1, -1], [1, -1, -1, -1, -1, -1]], 3),
        ([[3, 1], [2, 0], [9, -1], [-1, -1]], 4),
        ([[1, 0, 3, -1, -1]], 5),
    ],
)
def test_texts_that_are_over_ask_for_nothing(targets, seed):
    check(targets, vocabulary=11, seed=seed)
