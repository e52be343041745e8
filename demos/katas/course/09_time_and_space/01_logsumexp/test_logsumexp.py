"""Rows of every size, large ones and masked ones."""

import numpy as np
import pytest
from logsumexp import logsumexp

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "logsumexp(z, dout)"


def shown(numbers):
    return np.array2string(np.asarray(numbers), separator=", ", precision=6)


def check(z, dout):
    with manual():
        # A leaf is finite; what is out of the running is masked, as a causal score is.
        node = label(np.where(np.isfinite(z), array(np.where(np.isfinite(z), z, 0.0), "logits"), -np.inf), "z")
        top = z.max(1, keepdims=True)
        out = label(np.log(np.exp(node - top).sum(1)) + top[:, 0], "out")
        L = label((out * dout).sum(), "L")
    with by_hand():
        dz = logsumexp(z.copy(), dout.copy())
    node.grad, out.grad = dz, dout
    check_gradients(
        L,
        nodes=[out, node],
        call=f"{CALL} and filled in what it returned",
        properties=lambda: check_the_rows(dz, z, dout),
        known=[(node, numbers, words) for numbers, words in usual(z, dout[:, None])],
    )


def usual(z, dout):
    """What usual mistakes give, each with words."""
    exps = np.exp(z - z.max(1, keepdims=True))
    p = exps / exps.sum(1, keepdims=True)
    return (
        (p + dout, "dout is added to the shares: how do an upstream gradient and a local derivative go together?"),
        (p - dout, "dout is subtracted: how do an upstream gradient and a local derivative go together?"),
    )


def which_exps(z, is_nan):
    """What to say of a dz that is nan in places: of which usual exps that is."""
    with np.errstate(all="ignore"):
        for exps, words in (
            (np.exp(z), "Some exps are too large for a float: nothing is subtracted from z before."),
            (np.exp(z - z.max()), "All exps of a row are 0 there: is its own largest entry subtracted from each row?"),
        ):
            if (np.isnan(exps / exps.sum(1, keepdims=True)) == is_nan).all():
                return words
    return "Which exp is too large for a float? If none is, of which row are they all 0?"


def check_the_rows(dz, z, dout):
    """What must hold whatever the numbers."""
    if np.shape(dz) == z.shape:
        assert np.all(np.isfinite(dz)), (
            f"Called {CALL} with z = {shown(z)}. dz is {shown(dz)}. Expected finite numbers: a share of the upstream "
            f"gradient for each entry. {which_exps(z, np.isnan(dz))}"
        )
        total = np.sum(dz, axis=1)
        off = int(np.argmax(np.abs(total - dout)))
        assert abs(total[off] - dout[off]) <= 1e-9 or np.allclose(total, 1.0), (
            f"Called {CALL}. Row {off} of dz sums to {total[off]:.6g}, and dout[{off}] is {dout[off]:.6g}. Expected "
            "the same: raise a whole row by 1, and its logsumexp rises by 1. Are the shares of each row shares of 1?"
        )
        assert np.count_nonzero(dz) > len(dz), (
            f"Called {CALL}. Only the largest entry of each row gets something. Expected a share for each entry that "
            "is finite: a sum depends on all that is added up, the largest or not."
        )


@pytest.mark.parametrize(("rows", "classes", "seed"), [(3, 5, 1), (5, 3, 2), (4, 6, 3)])
def test_rows_of_common_numbers(rows, classes, seed):
    rng = np.random.default_rng(seed)
    check(rng.normal(size=(rows, classes)) * 1.5, rng.normal(size=rows))


def test_rows_of_large_numbers_and_of_some_that_are_out():
    rng = np.random.default_rng(4)
    z = rng.normal(size=(3, 4)) + np.array([[1000.0], [-1000.0], [0.0]])
    z[1, 2] = z[2, 0] = -np.inf
    check(z, rng.normal(size=3))
