"""The chunked gradients, compared with the plain forward, for chunks of every size."""

import numpy as np
import pytest
from fused_cross_entropy import fused_cross_entropy

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, say_division


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
    says = say_division(float(loss) / float(L.data), n)
    if n % chunk:
        says = says or " The last chunk has fewer rows than the others: is it there, and counted as what it is?"
    is_same = abs(float(loss) - float(L.data)) < 1e-9
    assert is_same, f"Called {call}. The loss is not that of the plain forward any more.{says}"
    for name, piecewise, at_once in zip(("dx", "dW"), (dx, dW), whole):
        assert np.allclose(piecewise, at_once), (
            f"Called {call}. {name} is not what it is with all rows in one chunk. Expected the same: what does a chunk "
            "leave of the chunks before it, and by which number of rows does it divide?"
        )
    x.grad, W.grad = dx, dW
    check_gradients(L, nodes=[x, W], call=f"{call} and filled in what it returned")
