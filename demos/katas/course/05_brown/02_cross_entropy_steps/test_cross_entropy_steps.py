"""The cross-entropy of one example as atomic steps."""

import random

import pytest
from cross_entropy_steps import cross_entropy_steps

from handgrad import Value, manual
from handgrad.demos.katas.checking import by_hand, check_gradients


@pytest.mark.parametrize(("n", "y", "seed"), [(2, 1, 1), (3, 0, 2), (3, 2, 3), (4, 1, 4), (5, 3, 5)])
def test_every_step_has_its_gradient(n, y, seed):
    rng = random.Random(seed)
    with manual():
        z = [Value(rng.choice((-1, 1)) * rng.uniform(0.3, 0.9), f"z[{j}]") for j in range(n)]
        e = [logit.exp() for logit in z]
        total = e[0]
        for exponential in e[1:]:
            total = total + exponential
        p = e[y] / total
        logp = p.log()
        L = -logp
    for j, exponential in enumerate(e):
        exponential.label = f"e[{j}]"
    total.label, p.label, logp.label, L.label = "total", "p", "logp", "L"
    with by_hand():
        cross_entropy_steps(z, e, total, p, logp, L, y)
    check_gradients(L, nodes=[L, logp, p, total, *e, *z], call=f"cross_entropy_steps(z, e, total, p, logp, L, y={y})")
