"""What a traced forward is followed through."""

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.graph import topological_order

from .backward import forward, named, traced
from .problem import W, X, causes


def test_a_forward_that_changes_its_input_in_place_is_followed():
    def forward(x, w):
        x *= 2.0
        x[:, 0] = 0.0
        return x @ w, (x, w)

    def backward(dout, cache):
        x, w = cache
        dx = 2.0 * dout @ w.T
        dx[:, 0] = 0.0
        return dx, x.T @ dout

    given = X.copy()
    assert check_backward(forward, backward, (given, W)).ok
    assert (given == X).all()


@pytest.mark.rest
def test_results_written_into_new_arrays_are_followed():
    def forward(x, w):
        out = np.zeros((len(x), w.shape[1]))
        for i, row in enumerate(x):
            out[i] = row @ w
            out[i] += 1.0
        total = np.empty_like(out)
        total[::2] = out[::2] ** 2
        total[1::2] = np.tanh(out[1::2])
        return total.sum()

    def backward(x, w):
        out = x @ w + 1.0
        dout = 2 * out
        dout[1::2] = 1 - np.tanh(out[1::2]) ** 2
        dw = x.T @ dout
        dx = dout @ w.T
        return {"x": dx, "w": dw}

    def wrong(x, w):
        out = x @ w + 1.0
        dout = 2 * out
        dw = x.T @ dout
        dx = dout @ w.T
        return {"x": dx, "w": dw}

    assert check_backward(forward, backward, {"x": X, "w": W}).ok
    found = check_backward(forward, wrong, {"x": X, "w": W})
    assert {text for _, text in causes(found)} == {"dout = 2 * out"}


def test_views_share_their_numbers():
    def forward(x):
        flat = x.reshape(-1)
        flat[:3] *= 2.0
        x.T[1] += x.T[0]
        return (x**2).sum()

    def backward(x):
        scale = np.ones_like(x)
        scale.reshape(-1)[:3] = 2.0
        y = x * scale
        z = y.copy()
        z[:, 1] += y[:, 0]
        dz = 2 * z
        dy = dz.copy()
        dy[:, 0] += dz[:, 1]
        return {"x": dy * scale}

    assert check_backward(forward, backward, {"x": X}).ok


def test_a_traced_forward_has_its_names_its_leaves_and_what_it_depends_on():
    followed = traced()
    assert set(followed.leaves) == {"x", "w"}
    assert not followed.lost
    assert named(followed, "z").operands == (followed.leaves["x"], followed.leaves["w"])
    assert named(followed, "h").operands == (named(followed, "z"),)
    np.testing.assert_allclose(followed.root.data, forward(X, W))


def test_an_array_that_is_only_written_into_is_one_node_in_the_end():
    def forward(x):
        rows = np.zeros((4, *x.shape))
        for i in range(4):
            rows[i] = x * (i + 1.5)
        return (rows**2).sum()

    def backward(x):
        return {"x": 2.0 * x * sum((i + 1.5) ** 2 for i in range(4))}

    found = check_backward(forward, backward, {"x": X})
    assert found.ok
    assert [str(node.op) for node in topological_order(found.root)].count("write") == 1
