"""NumPy's functions under any name, and Python's own math, make what is traced."""

import math

import numpy as np
import pytest

from handgrad import check_backward

from .problem import B, W, X


def test_python_s_own_math_is_followed():
    def forward(x):
        total = 0.0
        for number in x:
            total += math.exp(number) * math.sqrt(number * number + 1.0)
        return total

    def backward(x):
        root = np.sqrt(x * x + 1.0)
        return {"x": np.exp(x) * root + np.exp(x) * x / root}

    assert "followed" not in check_backward(forward, backward, {"x": B}).remark


def test_numpy_s_functions_may_have_been_imported_by_name(tmp_path):
    text = (
        "from numpy import dot, tanh, zeros\n\n\n"
        "def forward(x, w):\n    out = zeros((len(x), w.shape[1]))\n    out[:] = tanh(dot(x, w))\n"
        "    return out, (x, w, out)\n\n\n"
        "def backward(dout, cache):\n    x, w, out = cache\n    dz = dout * (1 - out)\n"
        "    return dz @ w.T, x.T @ dz\n"
    )
    (tmp_path / "mine.py").write_text(text)
    space = {"__name__": "mine"}
    exec(compile(text, str(tmp_path / "mine.py"), "exec"), space)
    found = check_backward(space["forward"], space["backward"], (X, W))
    assert [result.source for result in found.causes] == [(str(tmp_path / "mine.py"), 12, "dz = dout * (1 - out)")]
    assert space["zeros"] is np.zeros


def test_numpy_may_be_imported_within_the_function():
    def forward(x):
        import numpy

        out = numpy.zeros_like(x)
        out[...] = numpy.sin(x)
        return out

    def backward(dout, x):
        return dout * np.cos(x)

    found = check_backward(forward, backward, (X,))
    assert found.ok
    assert not found.remark


@pytest.mark.parametrize(
    "forward",
    [
        lambda x: np.array([x[0] * 2.0, x[1] ** 2]).sum(),
        lambda x: np.sum([number**2 for number in x]),
        lambda x: np.asarray(x)[1] * np.array(x)[0],
        lambda x: np.full(3, x[0]).sum() * np.full_like(x, 2.0)[0],
        lambda x: (np.ones_like(x) * np.arange(2.0) * x).sum(),
        lambda x: np.array(x, dtype=np.float64, copy=True).max(),
    ],
)
def test_arrays_that_are_made_of_what_is_traced_are_traced(forward):
    def backward(x):
        found = np.zeros_like(x)
        for at in range(2):
            step = np.zeros_like(x)
            step[at] = 1e-6
            found[at] = (forward(x + step) - forward(x - step)) / 2e-6
        return {"x": found}

    found = check_backward(forward, backward, {"x": np.array([0.3, 0.7])})
    assert found.ok
    assert "followed" not in found.remark
