"""Right numbers in the wrong places, one entry of a row, and entries that are used twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from handgrad import gradients

from ..nets import Net, named, normal


def test_a_maximum_that_passes_its_gradient_to_all_is_named():
    X = normal(3, 4)
    net = Net(lambda name, x: (name("m", x.max(1, keepdims=True)) ** 2).sum() + (x**3).sum(), x=X)
    everywhere = np.broadcast_to(2.0 * X.max(1, keepdims=True), X.shape)
    slip = named(net, {"x": everywhere + 3 * X**2})
    assert slip.kind == "one-hot"
    assert "which entries does 'max' in m depend on?" in slip.message


def picked() -> tuple[Net, Any]:
    """One entry of each row is used."""
    net = Net(lambda name, p: (name("q", p[range(3), [1, 0, 3]]) ** 2).sum(), p=normal(3, 4))
    return net, gradients(net.loss)[net.p]


def test_entries_that_are_not_picked_and_get_a_gradient_are_named():
    net, true = picked()
    for wrong in (np.broadcast_to(true.sum(1, keepdims=True), true.shape), np.where(true == 0.0, 0.25, true)):
        slip = named(net, {"p": wrong})
        assert slip.kind == "one-hot"
        assert "only one entry of each row is used further on" in slip.message


@pytest.mark.parametrize(("word", "way"), [("last", 1), ("first", -1)])
def test_an_index_that_occurs_twice_and_is_overwritten_is_named(word, way):
    table, index = normal(4, 2), [1, 3, 1, 1]
    weights = np.arange(8.0).reshape(4, 2)
    net = Net(lambda name, table: (name("rows", table[index]) * weights).sum(), table=table)
    wrong = np.zeros((4, 2))
    for place, i in list(enumerate(index))[::way]:
        wrong[i] = weights[place]
    slip = named(net, {"table": wrong})
    assert slip.kind == "missing-path"
    assert f"only the {word} of several uses of an entry in rows is kept" in slip.message


def test_letters_of_einsum_that_are_exchanged_are_named():
    A, B = normal(3, 3), normal(3, 3, seed=4)
    net = Net(lambda name, a, b: (name("y", np.einsum("ij,jk->ik", a, b)) ** 3).sum(), a=A, b=B)
    dy = 3.0 * (A @ B) ** 2
    for wrong, of in ((dy @ B, "axes of b"), (dy.T @ B.T, "axes of its gradient")):
        slip = named(net, {"a": wrong})
        assert slip.kind == "transposed"
        assert f"on the way back through y, {of} are exchanged" in slip.message


HOT = np.eye(4)[[0, 1, 3, 2, 1]]


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("(of the targets, say) left out?", lambda x, d: x.p / 5),
        ("(of the targets, say) not scaled like the rest?", lambda x, d: x.p / 5 - HOT),
        ("(of the targets, say) added where it is to be subtracted", lambda x, d: (x.p + HOT) / 5),
        ("the rest is off by one factor", lambda x, d: x.p - HOT / 5),
    ],
)
def test_a_one_hot_row_that_does_not_fit_the_rest_is_named(words, rule):
    def build(name, x, w):
        e = np.exp(name("z", x @ w))
        p = name("p", e / e.sum(1, keepdims=True))
        return -np.log(p)[range(5), HOT.argmax(1)].sum() / 5

    slip = Net(build, x=normal(5, 3), w=normal(3, 4)).slip("z", rule, blank=("p",))
    assert slip.kind == "one-hot"
    assert words in slip.message


def convolution():
    windows = np.lib.stride_tricks.sliding_window_view

    def build(name, x, k):
        y = name("y", np.einsum("nijkl,fkl->nfij", windows(x, (3, 3), axis=(1, 2)), k))
        pool = name("r", np.maximum(y, 0.0)).reshape(2, 2, 2, 2, 2, 2).max(5).max(3)
        return (name("pool", pool) ** 2).sum()

    return Net(build, x=normal(2, 6, 6), k=normal(2, 3, 3, seed=4)), windows


def test_a_kernel_that_is_turned_round_is_named():
    net, windows = convolution()

    def turned_round(x, d):
        return np.einsum("nijkl,nfij->fkl", windows(x.x, (3, 3), axis=(1, 2)), d.y)[..., ::-1, ::-1]

    slip = net.slip("k", turned_round)
    assert slip.kind == "transposed"
    assert "turned round along an axis (a flip)" in slip.message


@pytest.mark.parametrize(("count", "words"), [(1, "goes to all entries"), (4, "is shared out among all entries")])
def test_a_maximum_over_windows_that_passes_its_gradient_to_all_is_named(count, words):
    net, _ = convolution()
    slip = net.slip("r", lambda x, d: np.repeat(np.repeat(d.pool, 2, 2), 2, 3) / count)
    assert slip.kind == "one-hot"
    assert slip.message == f"r: that {words}: which entries does each 'max' depend on?"
