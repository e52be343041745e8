"""Convolutions of small pictures, with and without stride and padding."""

import numpy as np
import pytest
from conv import conv

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names


def convolved(x, w, b, stride, pad, shape):
    """The output, as nodes: the windows picked out of x, and one product of matrices."""
    H, W = x.shape[2:]
    F, _, HH, WW = w.shape
    # Where each entry of each window lies in x; None for the zeros around it.
    rows = np.arange(shape[2])[:, None] * stride + np.arange(HH)
    columns = np.arange(shape[3])[:, None] * stride + np.arange(WW)
    wide = np.zeros((H + 2 * pad, H)), np.zeros((W, W + 2 * pad))
    for t in range(H):
        wide[0][t + pad, t] = 1.0
    for t in range(W):
        wide[1][t, t + pad] = 1.0
    padded = wide[0] @ x @ wide[1]
    windows = padded[:, :, rows[:, None, :, None], columns[None, :, None, :]]  # (N, C, H2, W2, HH, WW)
    return np.einsum("ncijuv,fcuv->nfij", windows, w) + b.reshape(1, F, 1, 1)


def spread(dout, w, step, shape):
    """What the windows send back to the padded pictures, if they are `step` apart."""
    found = np.zeros(shape)
    for i, j in np.ndindex(*dout.shape[2:]):
        window = found[:, :, i * step : i * step + w.shape[2], j * step : j * step + w.shape[3]]
        window += np.einsum("nf,fcuv->ncuv", dout[:, :, i, j], w)
    return found


def check_the_places(dx, x, w, dout, stride, pad, call):
    """Every picture gets its own, at the places from which its windows were taken."""
    (H, W), shape = x.shape[2:], (*x.shape[:2], x.shape[2] + 2 * pad, x.shape[3] + 2 * pad)
    for n in range(1, len(x)):
        assert np.any(dx[n]), (
            f"Called {call}. The gradient of x is 0 in all of picture {n}. Expected a gradient for each picture of the "
            "batch: over what does the outermost loop go?"
        )
    assert not pad or not np.allclose(dx, spread(dout, w, stride, shape)[:, :, :H, :W]), (
        f"Called {call}. The gradient of x is cut out at the corner of the padded one. Expected it from the place on "
        f"where x begins: the zeros stand before it, too, {pad} on each side."
    )
    assert stride == 1 or not np.allclose(dx, spread(dout, w, 1, shape)[:, :, pad : pad + H, pad : pad + W]), (
        f"Called {call}. The windows are put back one step apart. Expected {stride}: where did each begin forward?"
    )


@pytest.mark.parametrize(
    ("pictures", "filters", "stride", "pad", "seed"),
    [
        ((1, 1, 4, 8), (1, 1, 3, 4), 1, 0, 1),
        ((4, 5, 3, 5), (6, 5, 2, 3), 1, 1, 2),
        ((1, 2, 6, 10), (6, 2, 4, 3), 2, 1, 3),
        ((3, 1, 4, 8), (5, 1, 2, 4), 2, 0, 4),
    ],
)
def test_pictures_filters_and_bias(pictures, filters, stride, pad, seed):
    rng = np.random.default_rng(seed)
    (N, _, H, W), (F, _, HH, WW) = pictures, filters
    dout = rng.normal(size=(N, F, (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1))
    with manual():
        x = array(rng.normal(size=pictures), "x")
        w = array(rng.normal(size=filters), "w")
        b = array(rng.normal(size=F), "b")
        out = label(convolved(x, w, b, stride, pad, dout.shape), "out")
        L = label((out * dout).sum(), "L")
    call = f"conv(x, w, dout, stride={stride}, pad={pad})"
    with by_hand():
        grads = conv(x.data.copy(), w.data.copy(), dout.copy(), stride, pad)
    made = {"x": x, "w": w, "b": b}
    check_names(grads, made, call)
    wide = (*x.shape[:2], H + 2 * pad, W + 2 * pad)
    assert not pad or np.shape(grads.get("x")) != wide, (
        f"Called {call}. The gradient of x has shape {wide}: the zeros that were put around x are still there. "
        f"Expected {x.shape}: what was put on forward is cut off backward."
    )
    if np.shape(grads.get("x")) == x.shape:
        check_the_places(np.asarray(grads["x"]), x.data, w.data, dout, stride, pad, call)
    out.grad = dout
    for name, node in made.items():
        node.grad = grads.get(name)
    check_gradients(L, nodes=[out, *made.values()], call=f"{call} and filled in what it returned")
