"""What may be typed on a sheet, and what is refused: quickly, and in words."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handgrad.viz.sheet.expression import LONGEST, ExpressionError, evaluate

X = np.arange(6.0).reshape(2, 3)


class Names:
    """A graph's names: t = 0.5 with gradient 3, w[0] = 7, and the array x with gradient 2*x."""

    def __init__(self, **more):
        self.numbers = {"t": 0.5, "w[0]": 7.0, "x": X, "y": np.array([2, 0]), **more}
        self.gradients = {"t": 3.0, "w[0]": -1.0, "x": 2.0 * X}

    def data(self, name):
        return self.numbers.get(name)

    def grad(self, name):
        return self.gradients.get(name)


def value(text):
    return evaluate(text, Names())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("-2", -2.0),
        (" 2*-3 ", -6.0),
        ("1/4", 0.25),
        ("1 - t**2", 0.75),
        ("1 - t^2", 0.75),
        ("t.grad * t", 1.5),
        ("t.data", 0.5),
        ("dt", 3.0),
        ("w[0] + w[0].grad", 6.0),
        ("\N{MINUS SIGN}3", -3.0),
        ("2 \N{MULTIPLICATION SIGN} 3", 6.0),
        ("exp(0) + tanh(0) + sigmoid(0)", 1.5),
        ("max(1, 2) - min(1, 2)", 1.0),
        ("abs(-2) * (t > 0)", 2.0),
        ("1e-3", 0.001),
        ("x.sum()", 15.0),
        ("x[1, 2]", 5.0),
        ("sum(x)", 15.0),
        ("x[0] @ x[1]", 14.0),
    ],
)
def test_a_number_is_worked_out(text, number):
    found = value(text)
    assert isinstance(found, float)
    assert found == number


@pytest.mark.parametrize(
    ("text", "array"),
    [
        ("x.T @ dx", X.T @ (2.0 * X)),
        ("x.sum(0, keepdims=True)", X.sum(0, keepdims=True)),
        ("x.mean(axis=1)", X.mean(axis=1)),
        ("np.exp(x) * t", np.exp(X) * 0.5),
        ("x.reshape(3, 2)", X.reshape(3, 2)),
        ("x[:, 1:]", X[:, 1:]),
        ("(x > 2) * x.grad", (X > 2) * 2.0 * X),
        ("x[0][:, None] * x[1]", X[0][:, None] * X[1]),
        ("max(x, 2)", np.maximum(X, 2.0)),
        ("np.maximum(x, 2)", np.maximum(X, 2.0)),
        ("np.where(x > 2, x, 0)", np.where(X > 2, X, 0.0)),
        ("np.eye(3)[y]", np.eye(3)[[2, 0]]),
        ("x[range(2), y]", X[[0, 1], [2, 0]]),
        ("(np.arange(3) == y[:, None]) * 1", np.eye(3)[[2, 0]]),
        ("x / x.shape[1] / len(x)", X / 6.0),
        ("np.zeros_like(x) + x.size", np.full((2, 3), 6.0)),
        ("np.broadcast_to(x[0], x.shape)", np.broadcast_to(X[0], (2, 3))),
        ("x.swapaxes(0, 1).transpose(1, 0)", X),
        ("x.var(0)", X.var(0)),
    ],
)
def test_an_array_is_worked_out_as_numpy_does(text, array):
    assert np.array_equal(value(text), array)


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9",
        "1e999",
        "1e308 * 10",
        "1e300 * 1e300 / 1e300",
        "9" * 400,
        "x" * 1_000_000,
        "(" * 450 + ")" * 450,
        "-" * (LONGEST - 1) + "x.T.q",
        "[" * 300,
        "1/0",
        "x / 0",
        "log(0)",
        "exp(1000)",
        "(-8) ** 0.5",
        "__import__('os').system('true')",
        "t.__class__",
        "x.dtype",
        "x.tofile('f')",
        "t.grad.__class__",
        "().__class__",
        "exec('1')",
        "lambda: 1",
        "[1 for i in x]",
        "t if t else t",
        "t := 3",
        "t = 3",
        "nothing",
        "nothing.grad",
        "True",
        "None",
        "'3'",
        "1j",
        "1,5",
        "1 +",
        "f'{t}'",
        "*x",
        "x.sum(*x)",
        "x.sum(out=x)",
        "x.reshape(4)",
        "x[7]",
        "x @ x",
        "x + x.T",
        "x ** x",
        "np.eye(9**9)",
        "np.arange(2.5)",
        "np.broadcast_to(t, (9**6, 9**6))",
        "np.where(t)",
        "x[x]",
        "9**-101",
        "3//2",
        "exp(x=1)",
        "t.sum()",
        "1if 2else 3",
        "\x00",
        "\ud800",
        "1\n2",
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_what_is_no_arithmetic_is_refused(text):
    with pytest.raises(ExpressionError) as refused:
        value(text)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "x @ x",
            "x has shape (2, 3) and x has shape (2, 3): @ sums over the last axis of the one and the first of the",
        ),
        ("2 * (x.T + x)", "x.T has shape (3, 2) and x has shape (2, 3): compared from the last axis back, two lengths"),
    ],
)
def test_arrays_that_do_not_go_together_are_told_with_their_shapes(text, said):
    with pytest.raises(ExpressionError) as refused:
        value(text)
    assert str(refused.value).startswith(said)


def test_an_array_cannot_be_blown_up():
    long = Names(v=np.ones(2000))
    with pytest.raises(ExpressionError, match="more than 1,000,000 entries"):
        evaluate("v[:, None] * v", long)
    with pytest.raises(ExpressionError, match="more than 1,000,000 entries") as refused:
        evaluate("v[:, None] @ v[None, :]", long)
    assert refused.value.is_too_large


@given(st.text(max_size=80))
def test_any_text_is_a_finite_number_or_a_typo(text):
    try:
        found = value(text)
    except ExpressionError:
        return
    assert np.isfinite(found).all()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_as_python_writes_it_is_read_as_it_is(number):
    assert value(repr(number)) == number
    assert math.isfinite(value(repr(number)))
