"""What cannot be followed is judged by slopes."""

import numpy as np
import pytest

from handgrad import check_backward

from .problem import B, W, X, causes, mse, mse_grads


@pytest.mark.rest
def test_what_cannot_be_followed_is_judged_by_central_differences():
    def forward(x, w):
        return np.sum(np.polyval(w, x) ** 2)

    def backward(x, w):
        p = np.polyval(w, x)
        dp = np.polyval(np.polyder(w), x)
        dx = 2 * p * dp
        return {"x": dx}

    def wrong(x, w):
        p = np.polyval(w, x)
        dx = 2 * p
        return {"x": dx}

    hidden = {"x": X[0], "w": np.array([0.3, -0.5, 1.0])}
    assert check_backward(forward, backward, hidden).ok

    def through_pickle(x, w):
        return forward(np.frombuffer(np.asarray(x, dtype=float).tobytes()), w)

    found = check_backward(through_pickle, backward, hidden)
    assert found.ok
    assert "could not be followed" in found.remark
    assert causes(check_backward(through_pickle, wrong, hidden)) == [("x", "dx = 2 * p")]


def test_a_forward_that_wants_true_arrays_is_judged_at_its_inputs():
    def forward(x):
        if type(x) is not np.ndarray:
            raise TypeError("an array, please")
        return (x**2).sum()

    def wrong(x):
        dx = 3 * x
        return {"x": dx}

    found = check_backward(forward, lambda x: {"x": 2 * x}, {"x": B})
    assert found.ok
    assert "an array, please" in found.remark
    assert causes(check_backward(forward, wrong, {"x": B})) == [("x", "dx = 3 * x")]


def test_a_forward_that_is_followed_is_not_measured():
    assert not check_backward(mse, mse_grads, {"W": W, "b": B}).remark


def test_a_forward_that_moves_otherwise_than_its_graph_says_is_measured():
    def forward(x):
        hidden.append(x.tolist())  # numbers of Python's: what becomes of them is not followed
        return (x**2).sum() + sum(number**3 for number in hidden.pop())

    hidden = []
    found = check_backward(forward, lambda x: {"x": 2 * x + 3 * x**2}, {"x": B})
    assert found.ok
    assert "could not be followed" in found.remark


def filtered(width):
    """A filter of the spectrum, which cannot be followed, and how many times too large `dim` is."""

    class Filter:
        times = 1.0

        def __init__(self):
            self.re, self.im = np.random.default_rng(5).normal(size=(2, width // 2 + 1))

        def forward(self, x):
            self.X, self.H = np.fft.rfft(x), self.re + 1j * self.im
            return np.fft.irfft(self.X * self.H, n=width)

        def backward(self, dout):
            G = np.fft.rfft(dout) / width
            double = np.full(width // 2 + 1, 2.0)
            double[0] = double[-1] = 1.0
            dH = (np.conj(self.X) * G * double).sum(axis=0)
            self.dre, self.dim = dH.real, self.times * dH.imag
            return np.fft.irfft(np.fft.rfft(dout) * np.conj(self.H), n=width)

    return Filter()


@pytest.mark.rest
def test_what_an_object_keeps_is_measured_where_it_cannot_be_followed():
    layer, x = filtered(8), np.random.default_rng(6).normal(size=(2, 8))
    kept = layer.re.copy(), layer.im.copy()
    found = check_backward(layer.forward, layer.backward, (x,), quick=True)
    assert found.ok
    assert {result.name for result in found.results if result.node.is_leaf} == {"x", "re", "im"}
    layer.times = 2.0
    assert [result.name for result in check_backward(layer.forward, layer.backward, (x,), quick=True).wrong] == ["im"]
    assert np.array_equal(kept, (layer.re, layer.im))


def test_what_would_take_too_long_to_measure_is_said_not_to_be_judged():
    class Long:
        def __init__(self):
            self.w = np.ones(300_000)

        def forward(self, x):
            self.x = x
            return np.frombuffer(np.asarray(x * self.w[:4]).tobytes())

        def backward(self, dout):
            self.dw = np.zeros_like(self.w)
            self.dw[:4] = 3 * dout * self.x
            return dout * self.w[:4]

    layer = Long()
    found = check_backward(layer.forward, layer.backward, (np.full(4, 0.3),), quick=True)
    assert "Not judged: the gradient of w." in found.remark
