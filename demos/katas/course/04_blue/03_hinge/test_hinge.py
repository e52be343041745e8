"""Hinge losses with scores inside the margin, outside it, and exactly on the hinge."""

import random

import pytest
from hinge import hinge

from handgrad import Value, label, manual
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "Called hinge(s, y, m, h, L)"


def check(scores, labels):
    """Build the loss, let the learner fill it in, and compare."""
    with manual():
        s = [Value(score, f"s[{i}]") for i, score in enumerate(scores)]
        m = [1 - label(y * score, f"y[{i}]*s[{i}]") for i, (y, score) in enumerate(zip(labels, s))]
        h = [lack.relu() for lack in m]
        total = h[0]
        for loss in h[1:]:
            total = total + loss
        L = total / len(h)
    for i in range(len(s)):
        m[i].label, h[i].label = f"m[{i}]", f"h[{i}]"
    total.label, L.label = "total", "L"
    with by_hand():
        hinge(s, labels, m, h, L)
    if all(h[i].grad == 1.0 / len(h) and (lack.data <= 0 or lack.grad == h[i].grad) for i, lack in enumerate(m)):
        check_the_margins(s, labels, m, h)
    inside = sum(lack.data > 0 for lack in m)
    words = f"that is 1/{inside}, a mean over those inside the margin alone: over how many is L the mean?"
    known = [(node, 1.0 / inside, words) for node in (*h, *m)]
    check_gradients(L, nodes=[L, *h, *m, *s], call="hinge(s, y, m, h, L)", known=known)


def check_the_margins(s, labels, m, h):
    """What the number of one node does not show, as each is 1/n, with a sign."""
    for i, lack in enumerate(m):
        assert lack.data >= 0 or lack.grad in (None, 0, h[i].grad), (
            f"{CALL}. The grad of m[{i}] is {lack.grad:.6g}, and m[{i}] is {lack.data:.6g}. Below zero relu is flat: "
            f"nothing of h[{i}]'s gradient comes back, with whatever sign or factor."
        )
    assert [score.grad for score in s] != [(1 - y) * (lack.grad or 0) for y, lack in zip(labels, m)], (
        f"{CALL}. Each s[i] got 1 - y[i] times the gradient of m[i]. Expected the derivative of 1 - y[i]*s[i] by s[i]: "
        "what becomes of a constant that is added?"
    )


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_scores_inside_and_outside_the_margin(n):
    rng = random.Random(n)
    labels = [1, -1, *(rng.choice((-1, 1)) for _ in range(n - 2))]
    inside = [label * rng.uniform(-0.9, 0.9) for label in labels[:-1]]
    check([*inside, labels[-1] * 1.7], labels)


def test_a_tie_passes_nothing_back():
    check([1.0, 0.3, -0.6], [1, -1, 1])


def test_a_tie_on_the_other_side_passes_nothing_back():
    check([0.4, -1.7, -1.0, 0.7, 2.4], [1, -1, -1, 1, -1])
