"""Which entries a gradient goes to: one of a row, and those that are used twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from handgrad import gradients

from .nets import Net, named, normal


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
    assert f"only the {word} of several uses of an entry of table is kept" in slip.message


def test_an_index_that_is_overwritten_at_each_of_several_uses_is_named():
    table, indices, weights = normal(4, 2), ([1, 3, 1], [2, 2, 0]), np.arange(6.0).reshape(3, 2)
    net = Net(lambda name, table: sum((table[index] * weights).sum() for index in indices), table=table)
    wrong = np.zeros((4, 2))
    for index in indices:
        wrong[[2, 0] if index[0] == 2 else [3, 1]] += weights[1:]
    slip = net.slip("table", lambda x, d: wrong)
    assert "only the last of several uses of an entry of table is kept" in slip.message


@pytest.mark.parametrize("of_none", [lambda x: x, lambda x: x.max(1)])
def test_a_use_of_no_entry_at_all_hinders_nothing(of_none):
    net = Net(lambda name, x: of_none(x[:0]).sum() + x.sum() ** 2, x=normal(4, 2))
    slip = net.slip("x", lambda x, d: np.full((4, 2), x.x.sum()))
    assert "what comes down in front?" in slip.message


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
