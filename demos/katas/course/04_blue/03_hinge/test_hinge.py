"""Hinge losses with scores inside the margin, outside it, and exactly on the hinge."""

import random

import pytest
from hinge import hinge

from handgrad import Value, label, manual
from handgrad.demos.katas.checking import by_hand, check_gradients


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
    check_gradients(L, nodes=[L, *h, *m, *s], call="hinge(s, y, m, h, L)")


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_scores_inside_and_outside_the_margin(n):
    rng = random.Random(n)
    labels = [rng.choice((-1, 1)) for _ in range(n)]
    inside = [label * rng.uniform(-0.9, 0.9) for label in labels[:-1]]
    check([*inside, labels[-1] * 1.7], labels)


def test_a_tie_passes_nothing_back():
    check([1.0, 0.3, -0.6], [1, -1, 1])


def test_a_tie_on_the_other_side_passes_nothing_back():
    check([0.4, -1.7, -1.0, 0.7, 2.4], [1, -1, -1, 1, -1])
