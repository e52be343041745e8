"""Batches of several sizes through one linear neuron."""

import random
from operator import mul

import pytest
from batch_mean import batch_mean

from handgrad import Value, label, manual
from handgrad.demos.katas.checking import by_hand, check_gradients


def number(rng):
    """A random number of either sign that is far from 0, 1 and 2."""
    return rng.choice((-1.0, 1.0)) * rng.uniform(1.1, 1.9)


@pytest.mark.parametrize(("n", "seed"), [(4, 1), (5, 2), (4, 3), (5, 4), (6, 5)])
def test_the_batch_shares_its_parameters(n, seed):
    rng = random.Random(seed)
    x, t = ([number(rng) for _ in range(n)] for _ in range(2))
    with manual():
        w, b = Value(number(rng), "w"), Value(number(rng), "b")
        p = [label(w * source, f"w*x[{i}]") + b for i, source in enumerate(x)]
        e = [label(one - target, f"(p[{i}] - t[{i}])") ** 2 for i, (one, target) in enumerate(zip(p, t))]
        total = e[0]
        for loss in e[1:]:
            total = total + loss
        L = total / n
    for i in range(n):
        p[i].label, e[i].label = f"p[{i}]", f"e[{i}]"
    L.label = "L"
    with by_hand():
        batch_mean(x, t, w, b, p, e, L)
    slopes = [2.0 * (one.data - target) / n for one, target in zip(p, t)]
    of_targets = sum(slope * target for slope, target in zip(slopes, t))
    of_means = sum(slopes) * sum(x) / n
    without_b = [2.0 * (w.data * source - target) / n for source, target in zip(x, t)]
    known = [
        (w, of_targets, "the targets t stand where the inputs x belong: by what is w multiplied?"),
        (w, of_means, "the sum of the p's gradients times a mean of x: is a sum of products the product of sums?"),
        (w, of_means * n, "the sum of the p's gradients times the sum of x: is a sum of products the product of sums?"),
        (w, sum(map(mul, without_b, x)), "b is left out of the predictions in it: what is p[i]?"),
        (b, sum(without_b), "b is left out of the predictions in it: what is p[i]?"),
    ]
    check_gradients(L, nodes=[L, *e, *p, w, b], call="batch_mean(x, t, w, b, p, e, L)", known=known)
