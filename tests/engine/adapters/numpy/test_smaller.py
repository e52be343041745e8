"""Cases that are cut to a few rows."""

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.adapters.numpy import check as checking

RNG = np.random.default_rng(0)


def forward(x, W, b):
    h = np.tanh(x @ W + b)
    return h, (x, W, h)


def backward(dout, cache):
    x, W, h = cache
    dz = dout * (1 - h)  # the mistake
    return dz @ W.T, x.T @ dz, dz.sum(axis=0)


def first_row_only(dout, cache):
    x, W, h = cache
    dz = dout * (1 - h**2)
    dz[7] = 0.0  # the mistake: it does not show in fewer rows
    return dz @ W.T, x.T @ dz, dz.sum(axis=0)


@pytest.fixture
def sizes(monkeypatch):
    """The sizes of what the experiments run on."""
    seen = []
    original = checking.prove

    def prove(checked, *rest, **options):
        seen.append({name: node.shape for name, node in checked.expected.leaves.items()})
        return original(checked, *rest, **options)

    monkeypatch.setattr(checking, "prove", prove)
    return seen


def inputs(rows, width=30, out=20):
    return RNG.normal(size=(rows, width)), 0.2 * RNG.normal(size=(width, out)), RNG.normal(size=out)


@pytest.mark.rest
def test_a_mistake_is_looked_for_on_few_rows_and_told_of_all(sizes):
    found = check_backward(forward, backward, inputs(50))
    assert sizes == [{"x": (3, 3), "W": (3, 3), "b": (3,)}]
    assert [cause.source.text for cause in found.causes] == ["dz = dout * (1 - h)  # the mistake"]
    assert {one.name: one.shape for one in found.results}["x"] == (50, 30)
    assert found.patch


def test_a_small_case_is_left_whole(sizes):
    check_backward(forward, backward, inputs(4, 3, 2))
    assert sizes == [{"x": (4, 3), "W": (3, 2), "b": (2,)}]


def test_lists_are_cut_with_the_axes_that_are_as_long(sizes):
    def loss(xs, ys, w):
        return sum((x @ w - y) ** 2 for x, y in zip(xs, ys, strict=True))

    def gradient(xs, ys, w):
        offs = np.array([x @ w - y for x, y in zip(xs, ys, strict=True)])
        return {"w": sum(off * x for off, x in zip(offs, xs)), "ys": -2 * offs}  # the mistake

    given = {"xs": list(RNG.normal(size=(40, 7))), "ys": RNG.normal(size=40), "w": RNG.normal(size=7)}
    found = check_backward(loss, gradient, given)
    assert sizes == [{"w": (3,), "ys": (3,)}]
    assert [cause.slip.kind for cause in found.causes] == ["factor"]


def test_lists_whose_gradients_are_asked_for_are_kept(sizes):
    def loss(xs, w):
        return sum((x @ w) ** 2 for x in xs)

    def gradient(xs, w):
        outs = [x @ w for x in xs]
        return {"xs": [2 * out * w for out in outs], "w": sum(out * x for out, x in zip(outs, xs))}  # the mistake

    check_backward(loss, gradient, {"xs": list(RNG.normal(size=(40, 7))), "w": RNG.normal(size=7)})
    assert sum(name.startswith("xs") for name in sizes[0]) == 40


def test_rows_without_which_nothing_is_wrong_are_kept(sizes):
    found = check_backward(forward, first_row_only, inputs(50))
    assert sizes[0]["x"] == (50, 3)
    assert [cause.source.text.partition("#")[0].strip() for cause in found.causes] == ["dz[7] = 0.0"]


def rotate(x, cos, sin):
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    return np.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)


def rotated_product(q, k):
    angles = np.arange(len(q))[:, None] * 0.3 ** np.arange(q.shape[1] // 2)
    cos, sin = np.cos(angles), np.sin(angles)
    q, k = rotate(q, cos, sin), rotate(k, cos, sin)
    return q @ k.T, (q, k, cos, sin)


def rotated_product_back(dout, cache):
    q, k, cos, sin = cache
    dq = back(dout @ k, cos, sin)
    dk = back(dout.T @ q, cos, sin)
    return dq, dk


def back(g, cos, sin):
    return rotate(g, cos, sin)


def test_what_is_halved_is_not_cut_to_an_odd_length_and_what_changes_the_forward_is_no_fix(sizes):
    given = RNG.normal(size=(21, 6)), RNG.normal(size=(21, 6))
    found = check_backward(rotated_product, rotated_product_back, given)
    assert sizes[0] == {"q": (3, 6), "k": (3, 6)}
    # To turn a half of `q` and of `k` round in `rotate` gives the same product, and would make this backward right.
    assert [cause.source.text for cause in found.causes] == ["return rotate(g, cos, sin)"]
    assert "+    return rotate(g, cos, -sin)\n" in found.patch
