"""Embedding lookups with repeated and unused rows."""

import numpy as np
import pytest
from embedding import embedding

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, say_known

CALL = "embedding(C, X, demb)"


def check(X, rows, width, seed):
    """Pick rows of a table, fill in the learner's gradient of the table, and compare."""
    rng = np.random.default_rng(seed)
    X = np.array(X)
    numbers, demb = rng.normal(size=(rows, width)) * 1.7, rng.normal(size=(*X.shape, width)) * 1.3
    with manual():
        C = array(numbers, "C")
        emb = label(C[X], "emb")
        L = label((emb * demb).sum(), "L")
    with by_hand():
        dC = embedding(numbers.copy(), X.copy(), demb.copy())
    assert np.shape(dC) != demb.shape or demb.shape == C.shape, (
        f"Called {CALL}. dC has shape {demb.shape}: a gradient for each pick. Expected {C.shape}: one for each row of "
        "C, in which the gradients of all its picks are added up."
    )
    if np.shape(dC) == C.shape:
        check_the_repeated(np.asarray(dC), X, demb)
        says = usual_mistake(np.asarray(dC, float), numbers, X, demb)
        assert not says, f"Called {CALL}.{says}"
        for row in sorted(set(range(rows)) - set(X.ravel().tolist())):
            assert not np.any(np.asarray(dC)[row]), (
                f"Called {CALL}. Row {row} of dC is {dC[row]}. Expected zeros: X never picks it, so it does not move "
                "the loss."
            )
    emb.grad, C.grad = demb, dC
    check_gradients(L, nodes=[emb, C], call=f"{CALL} and filled in what it returned")


def usual_mistake(dC, C, X, demb):
    """What to say of a whole dC that is a usual mistake; "" of another."""
    batch, block, _ = demb.shape
    right = gathered(X, demb, C)
    places, examples = np.broadcast_to(np.arange(block), X.shape), np.arange(batch)[:, None] + 0 * X
    known = (
        (right + C, "dC is the gradient plus C: it begins from C. Expected one that begins from zeros."),
        (
            right + 1.0,
            "dC is the gradient plus 1: it begins from ones. Expected one that begins from zeros, as X never picks "
            "some of the rows.",
        ),
        (-right, "The size of dC is right, the sign is not."),
        (gathered(X, C[X], C), "dC adds up the picked rows of C. Expected what comes back for each pick: demb."),
        (gathered(X, np.ones_like(demb), C), "dC counts the picks. Expected what comes back for each pick: demb."),
        (
            gathered(X, demb * C[X], C),
            "dC has what comes back multiplied by C. Expected demb as it is: a pick copies a row.",
        ),
        (
            gathered(X, np.broadcast_to(demb.sum(1, keepdims=True), demb.shape), C),
            "dC adds for each pick what comes back for all picks of its example. Expected that of the pick alone.",
        ),
        (
            gathered(places, demb, C),
            "Row t of dC has what comes back for place t of each example. Expected it in row X[b, t], the row that is "
            "picked there.",
        ),
        (
            gathered(examples, demb, C),
            "Row b of dC has what comes back for example b. Expected it in row X[b, t], the row that is picked there.",
        ),
        (
            gathered(X - 1, demb, C),
            "Each row of dC has what belongs to the next row. Expected row X[b, t] for a pick: rows count from 0.",
        ),
    )
    return "" if np.allclose(dC, right) else say_known(dC, known)


def gathered(rows, parts, C):
    """An array like C in which each part is added to its row; None where there is no such row."""
    total = np.zeros_like(C)
    if np.max(rows) >= len(C):
        return None
    np.add.at(total, rows, parts)
    return total


def check_the_repeated(dC, X, demb):
    """A row that is picked several times gets the sum of what comes from each, not a mean."""
    picks = {row: demb[np.equal(X, row)] for row in X.ravel().tolist()}
    row = max(picks, key=lambda each: len(picks[each]))
    assert not all(np.allclose(dC[each], picks[each].mean(0)) for each in picks), (
        f"Called {CALL}. Row {row} of dC is the mean over its {len(picks[row])} picks. Expected the sum: each pick "
        "moves the loss by itself, and the uses add up."
    )
    whole = np.zeros_like(dC)
    np.add.at(whole, X, demb)
    assert not np.allclose(dC, whole / X.size), (
        f"Called {CALL}. dC is as if divided by {X.size}, the number of all picks. Expected the sum: the loss is no "
        "mean over the picks here."
    )


def test_rows_that_repeat():
    check([[2, 0, 2], [2, 2, 2]], rows=8, width=4, seed=1)


def test_rows_that_repeat_within_one_example():
    check([[1, 1, 3], [3, 0, 1]], rows=5, width=4, seed=2)


@pytest.mark.parametrize(("rows", "width", "seed"), [(6, 2, 3), (7, 5, 4), (5, 1, 5)])
def test_random_picks(rows, width, seed):
    # From 1 on: row 0 is never picked.
    X = np.random.default_rng(seed).integers(1, rows, size=(4, 3))
    check(X, rows, width, seed)
