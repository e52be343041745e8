"""A cross-entropy with the largest logit subtracted, the maximum a node of its own."""

import random

import pytest
from max_shift import max_shift

from handgrad import Value, manual, op
from handgrad.demos.katas.checking import by_hand, check_gradients

largest = op("max", lambda *z: max(z), lambda *z_and_max: [float(z == z_and_max[-1]) for z in z_and_max[:-1]])


def check(logits, y):
    """Build the loss, let the learner fill it in, and compare."""
    with manual():
        z = [Value(logit, f"z[{j}]") for j, logit in enumerate(logits)]
        m = largest(*z)
        s = [logit - m for logit in z]
        e = [shifted.exp() for shifted in s]
        total = e[0]
        for exponential in e[1:]:
            total = total + exponential
        log_total = total.log()
        L = log_total - s[y]
    for name, nodes in (("s", s), ("e", e)):
        for j, node in enumerate(nodes):
            node.label = f"{name}[{j}]"
    m.label, total.label, log_total.label, L.label = "m", "total", "log_total", "L"
    with by_hand():
        max_shift(z, m, s, e, total, log_total, L, y)
    asked = [L, log_total, total, *e, *s, m, *z]
    known = [
        (m, 1.0, "1 is what m passes on to the largest logit, not what it gets: in which of the s does it stand?"),
        (m, -1.0, "-1 is what m gets by way of the e alone: which s has another use, in L?"),
        (m, -len(z) / total.data, "that is minus the sum of what arrives at the e: what lies between the e and m?"),
        (m, -float(len(z)), "-1 for each s, without what arrives there: what does?"),
    ]
    call = f"max_shift(z, m, s, e, total, log_total, L, y={y})"
    check_gradients(L, nodes=asked, call=call, known=known)


@pytest.mark.parametrize(("n", "y", "seed"), [(3, 0, 1), (3, 1, 2), (3, 2, 3), (4, 0, 4), (5, 3, 5)])
def test_every_node_has_its_gradient(n, y, seed):
    rng = random.Random(seed)
    check([rng.choice((-1, 1)) * rng.uniform(0.3, 1.8) for _ in range(n)], y)


@pytest.mark.parametrize("y", [0, 1, 2])
def test_logits_around_a_thousand(y):
    check([999.1, 1000.4, 998.7], y)
