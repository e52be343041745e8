"""Embedding lookups with repeated and unused rows."""

import numpy as np
import pytest
from embedding import embedding

from handgrad import Value, manual, op
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "embedding(C, X, demb)"
pick = op("pick", lambda c: c, lambda c, picked: 1.0)


def check(X, rows, width, seed):
    """Pick rows of a table of Values, fill in the learner's gradients, and compare."""
    rng = np.random.default_rng(seed)
    X = np.array(X)
    table, demb = rng.normal(size=(rows, width)) * 1.7, rng.normal(size=(*X.shape, width)) * 1.3
    with manual():
        C = np.empty((rows, width), dtype=object)
        for (row, k), number in np.ndenumerate(table):
            C[row, k] = Value(number, f"C[{row}][{k}]")
        L, picked = None, []
        for (b, t), row in np.ndenumerate(X):
            for k in range(width):
                node = pick(C[row, k])
                node.label, node.grad = f"emb[{b}][{t}][{k}]", float(demb[b, t, k])
                picked.append(node)
                L = node * demb[b, t, k] if L is None else L + node * demb[b, t, k]
    L.label = "L"
    with by_hand():
        dC = embedding(table.copy(), X.copy(), demb.copy())
    used = [node for row in sorted(set(X.ravel())) for node in C[row]]
    if dC is not None:
        dC = np.asarray(dC)
        assert np.shape(dC) == table.shape, (
            f"Called {CALL}. It returned something of shape {np.shape(dC)}. Expected {table.shape}, the shape of C: "
            "one gradient for each number of the table, not for each pick."
        )
        for place, node in np.ndenumerate(C):
            node.grad = float(dC[place])
        for row in sorted(set(range(rows)) - set(X.ravel())):
            assert not np.any(dC[row]), (
                f"Called {CALL}. Row {row} of dC is {dC[row]}. Expected zeros: X never picks it, so it does not move "
                "the loss."
            )
    check_gradients(L, nodes=[*picked, *used], call=CALL)


def test_rows_that_repeat():
    check([[2, 0], [2, 2]], rows=3, width=2, seed=1)


def test_rows_that_repeat_within_one_example():
    check([[1, 1, 3], [3, 0, 1]], rows=4, width=2, seed=2)


@pytest.mark.parametrize(("rows", "width", "seed"), [(4, 2, 3), (5, 3, 4), (6, 1, 5)])
def test_random_picks(rows, width, seed):
    # From 1 on: row 0 is never picked.
    X = np.random.default_rng(seed).integers(1, rows, size=(4, 3))
    check(X, rows, width, seed)
