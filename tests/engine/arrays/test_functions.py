"""NumPy's idioms and functions on array nodes, and those that are refused."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Value, gradients
from handgrad.arrays import array

from .samples import x23

IDIOMS = {
    "a @ b": lambda a, b: a @ b,
    "a @ b + row": lambda a, b: a @ b + np.arange(3.0),
    "sum, keepdims": lambda a, b: 1 / 3 * (a * a).sum(0, keepdims=True) + b[0, 0],
    "mean": lambda a, b: a.mean(0, keepdims=True) - b.mean(),
    "power": lambda a, b: (a**2 + 1e-5) ** -0.5 * b.sum(),
    "two to the": lambda a, b: 2**a + np.float64(2.0) ** a,
    "functions": lambda a, b: np.tanh(a).sum() + np.exp(b) + np.log(b**2 + 1.0),
    "fancy index": lambda a, b: a[np.array([[0, 1], [1, 1]])] * b[0, 0],
    "pick": lambda a, b: -a[range(2), [2, 0]].mean() * b.sum(),
    "views": lambda a, b: a.T.reshape(2, 3) * b.reshape(3, 3)[:2] + a.swapaxes(0, 1).reshape(2, -1),
    "maximum": lambda a, b: np.maximum(a, 0.1) - b.max(1, keepdims=True)[:2],
    "scalars": lambda a, b: np.float64(2.0) * a - (3 - a) / 2 + np.array(2.0) * b[:2],
    "arrays on the left": lambda a, b: np.ones((2, 3)) @ b + np.ones(3) * a / np.full((1, 3), 2.0) - np.arange(3),
    "methods": lambda a, b: a.clip(-1.0, 1.0).ravel().repeat(2).cumsum()[::3].dot(np.arange(4.0)) + b.trace(),
    "more methods": lambda a, b: b.diagonal().take([0, 2]).prod() * b.std(ddof=1) + a.var(1).min() + a.flatten(),
    "a mask": lambda a, b: (a > 0.0) * a + np.where(a > 0.0, 1.0, a),
    "integers": lambda a, b: a * np.arange(3) + np.eye(3, dtype=int)[:2],
    "rows as they come": lambda a, b: np.stack([row / row.sum() for row in b]),
}  # fmt: skip


@pytest.mark.parametrize("name", IDIOMS)
def test_its_idioms_give_what_numpy_gives(name):
    rng = np.random.default_rng(1)
    p, q = rng.normal(size=(2, 3)), rng.normal(size=(3, 3))
    made, expected = IDIOMS[name](array(p), array(q)), IDIOMS[name](p, q)
    assert made.shape == np.shape(expected)
    np.testing.assert_allclose(made.data, expected, rtol=1e-12)


def test_full_like_of_a_node_is_a_node():
    x, v = x23(), Value(2.0)
    assert gradients(np.full_like(x, v).sum())[v] == 6.0
    assert np.full_like(x, 3.0).tolist() == [[3.0] * 3] * 2


@pytest.mark.skipif(not hasattr(np, "unstack"), reason="NumPy before 2.1")
def test_the_names_that_numpy_2_brings_are_known():
    x = array(np.arange(24.0).reshape(2, 3, 4))
    assert [part.shape for part in np.unstack(x)] == [(3, 4)] * 2
    assert [part.shape for part in np.unstack(x, axis=-1)] == [(2, 3)] * 4
    for swap in (np.matrix_transpose, np.linalg.matrix_transpose):
        assert swap(x).shape == (2, 4, 3)
    assert np.linalg.vector_norm(x).data == pytest.approx(np.linalg.vector_norm(x.data))
    assert np.linalg.vector_norm(x, axis=1, ord=1).data == pytest.approx(np.abs(x.data).sum(1))
    for name, shapes in (("vecdot", ((3,), (2, 3))), ("matvec", ((2, 4, 3), (3,))), ("vecmat", ((3,), (2, 3, 4)))):
        numbers = [np.random.default_rng(i).normal(size=shape) for i, shape in enumerate(shapes)]
        if hasattr(np, name):
            made = getattr(np, name)(*map(array, numbers))
            np.testing.assert_allclose(made.data, getattr(np, name)(*numbers))
