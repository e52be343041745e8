"""Steps of a forward without a rule: their slopes are measured, and the way is judged as ever."""

import numpy as np
import pytest

from handgrad import check_backward

from ....optional import needs

RNG = np.random.default_rng(0)
WEIGHTS = np.arange(9.0).reshape(3, 3)


def cholesky(A):
    spread = A @ A.T + 3.0 * np.eye(3)
    low = np.linalg.cholesky(spread)
    return np.sum(WEIGHTS * low**2)


def cholesky_backward(A, sign=1.0):
    """Murray, Differentiation of the Cholesky decomposition, 2016, equation 10."""
    low = np.linalg.cholesky(A @ A.T + 3.0 * np.eye(3))
    dlow = sign * np.tril(2.0 * WEIGHTS * low)
    inner = np.tril(low.T @ dlow)
    inner[np.diag_indices(3)] *= 0.5
    back = np.linalg.solve(low.T, np.linalg.solve(low.T, inner.T).T)
    dspread = 0.5 * (back + back.T)
    return {"A": 2.0 * dspread @ A}


@pytest.mark.rest(of=3)
def test_a_cholesky_decomposition_is_a_step():
    found = check_backward(cholesky, cholesky_backward, {"A": RNG.normal(size=(3, 3))})
    assert found.ok
    assert "followed" not in found.remark
    assert not check_backward(cholesky, lambda A: cholesky_backward(A, -1.0), {"A": RNG.normal(size=(3, 3))}).ok


@pytest.mark.rest(of=3)
def test_special_functions_are_steps_and_the_line_is_found():
    needs("scipy")
    from scipy.special import gammaln, xlogy

    def forward(x, w):
        return np.sum(gammaln(x * x + 1.0) * w) + np.sum(xlogy(w * w, x * x + 1.0))

    def backward(x, w):
        dg = w
        dw = gammaln(x * x + 1.0) + w * np.log(x * x + 1.0)  # it wants 2 * w
        slope = (gammaln(x * x + 1.0 + 1e-5) - gammaln(x * x + 1.0 - 1e-5)) / 2e-5
        dx = dg * slope * 2.0 * x + w * w * 2.0 * x / (x * x + 1.0)
        return {"x": dx, "w": dw}

    found = check_backward(forward, backward, {"x": RNG.normal(size=4), "w": RNG.normal(size=4)})
    assert "followed" not in found.remark
    assert [(cause.name, cause.source[1] - backward.__code__.co_firstlineno) for cause in found.causes] == [("w", 2)]


def windows(x, k):
    shape, steps = (len(x) - 2, 3), (x.strides[0], x.strides[0])
    return np.sum((np.lib.stride_tricks.as_strided(x, shape, steps) @ k) ** 2)


@pytest.mark.parametrize("times", [2.0, 1.0])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_windows_by_strides_are_followed(times, kind):
    def backward(x, k):
        view = np.lib.stride_tricks.sliding_window_view(x, 3)
        dy = times * (view @ k)
        dx = np.zeros_like(x)
        for i in range(3):
            dx[i : i + len(dy)] += dy * k[i]
        return {"x": dx, "k": view.T @ dy}

    inputs = {"x": RNG.normal(size=7).astype(kind), "k": RNG.normal(size=3).astype(kind)}
    found = check_backward(windows, backward, inputs)
    assert found.ok == (times == 2.0)
    assert "followed" not in found.remark


def test_a_step_that_is_too_large_to_measure_is_told_as_lost(monkeypatch):
    monkeypatch.setattr("handgrad.adapters.numpy.functions.MOST_SLOPES", 80)
    found = check_backward(cholesky, cholesky_backward, {"A": RNG.normal(size=(3, 3))}, quick=True)
    assert found.ok
    assert "cholesky" in found.remark


def softmax_backward(dout, x, axis=1):
    from scipy.special import softmax

    p = softmax(x, axis=1)
    return p * (dout - (dout * p).sum(axis=axis, keepdims=True))


@pytest.mark.rest(of=3)
def test_functions_of_scipy_in_python_are_steps_and_what_comes_before_them_is_judged():
    needs("scipy")

    def forward(x, w):
        from scipy import special

        h = np.tanh(x @ w)
        return special.logsumexp(h, axis=1).sum()

    def backward(x, w):
        from scipy import special

        h = np.tanh(x @ w)
        dh = special.softmax(h, axis=1)
        dz = dh * (1 - h)
        return {"dx": dz @ w.T, "dw": x.T @ dz}

    found = check_backward(forward, backward, {"x": RNG.normal(size=(4, 3)), "w": RNG.normal(size=(3, 2))})
    assert [cause.source.text for cause in found.causes] == ["dz = dh * (1 - h)"]
    assert "followed" not in found.remark


@pytest.mark.rest(of=3)
def test_a_layer_that_is_one_function_of_scipys_is_right():
    needs("scipy")

    def forward(x):
        from scipy.special import softmax

        return softmax(x, axis=1), x

    right = check_backward(forward, softmax_backward, (RNG.normal(size=(4, 3)),))
    assert right.ok
    assert "followed" not in right.remark


def test_complex_numbers_on_the_way_are_the_reason_that_is_given():
    def power(x):
        return (np.abs(np.fft.fft(x)) ** 2).sum()

    found = check_backward(power, lambda x: {"x": 2 * len(x) * x}, {"x": RNG.normal(size=4)})
    assert found.ok
    assert "np.fft gives complex numbers, test_steps.py:" in found.remark
