"""Operations as lines of Python: they give what the operation gives, and pass back what it passes back."""

import numpy as np
import pytest

from handgrad import Value, gradients, manual
from handgrad.arrays import array
from handgrad.demos.katas.authoring.rules import NoCodeError, forward_code, passed_back

X, Y = np.array([[0.3, 1.7, -0.6], [2.1, -1.4, 0.9]]), np.array([[1.2, 0.4, 2.5], [0.7, 1.9, 0.2]])
P, ROW, M = np.abs(X) + 0.1, np.array([0.5, -1.5, 2.5]), np.array([[1.0, 2.0], [-0.5, 0.3], [0.8, -1.1]])
CASES = {
    "+": (lambda a, b: a + b, X, ROW),
    "-": (lambda a, b: a - b, ROW, X),
    "*": (lambda a, b: a * b, X, ROW),
    "/": (lambda a, b: a / b, X, Y),
    "power": (lambda a, b: a**b, P, Y),
    "a number for all": (lambda a, b: a * b, X, np.array(1.5)),
    "a column": (lambda a, b: a * b, X, Y[:, :1]),
    "neg": (lambda a: -a, X),
    "abs": (abs, X),
    "maximum": (np.maximum, X, Y),
    "minimum": (np.minimum, X, Y),
    "matrix and matrix": (lambda a, b: a @ b, X, M),
    "matrix and vector": (lambda a, b: a @ b, X, ROW),
    "vector and matrix": (lambda a, b: a @ b, ROW, M),
    "vector and vector": (lambda a, b: a @ b, ROW, Y[0]),
    "sum": (lambda a: a.sum(), X),
    "sum over an axis": (lambda a: a.sum(axis=0), X),
    "mean that keeps its axis": (lambda a: a.mean(axis=1, keepdims=True), X),
    "max over an axis": (lambda a: a.max(axis=1), X),
    "min": (lambda a: a.min(axis=0), X),
    "transpose": (lambda a: a.T, X),
    "reshape": (lambda a: a.reshape(3, 2), X),
    "an index": (lambda a: a[1], X),
    "an index that repeats": (lambda a: a[[0, 1, 0]], X),
    "an index of nothing": (lambda a: a[0, :0], X),
    **{name: (lambda a, name=name: getattr(np, name)(a), X) for name in ("exp", "sin", "cos", "tanh", "arctan")},
    **{name: (lambda a, name=name: getattr(np, name)(a), P) for name in ("log", "sqrt", "log1p", "expm1")},
}


@pytest.mark.parametrize("name", CASES)
def test_the_lines_give_what_the_engine_gives_forward_and_back(name):
    made, *inputs = CASES[name]
    operands = [array(numbers) for numbers in inputs]
    node = made(*operands)
    names = {"np": np, "y": node.data, "u": 0.7 + np.arange(float(np.size(node.data))).reshape(node.shape)}
    letters = ["p", "q"][: len(operands)]
    assert eval(forward_code(node, letters), {"np": np, **dict(zip(letters, operands))}).data == pytest.approx(
        node.data
    )
    weighed = node * names["u"]
    expected = gradients(weighed.sum() if weighed.shape else weighed)
    names.update(zip(letters, inputs))
    for place, operand in enumerate(operands):
        found = eval(passed_back(node, place, "u", "y", letters), names)
        assert np.shape(found) == operand.shape
        assert found == pytest.approx(expected[operand])


@pytest.mark.parametrize("name", ["exp", "tanh", "sigmoid", "relu", "softplus", "sqrt"])
def test_a_single_number_has_the_same_lines(name):
    with manual():
        x = Value(0.7, "x")
        y = getattr(x, name)()
    assert eval(forward_code(y, ["x"]), {"x": x}).data == y.data
    found = eval(passed_back(y, 0, "u", "y", ["x"]), {"np": np, "u": 2.0, "y": y.data, "x": 0.7})
    copy = Value(0.7)
    assert found == pytest.approx(2.0 * gradients(getattr(copy, name)())[copy])


def test_what_has_no_line_is_told():
    node = np.linalg.det(array(M[:2] + np.eye(2)))
    with pytest.raises(NoCodeError):
        forward_code(node, ["a"])
    with pytest.raises(NoCodeError):
        passed_back(node, 0, "u", "y", ["a"])


@pytest.mark.parametrize("shapes", [((2, 3), (4, 3, 2)), ((4, 2, 3), (3, 2)), ((4, 2, 3), (3,)), ((3,), (4, 3, 2))])
@pytest.mark.parametrize("place", [0, 1])
def test_what_a_product_of_many_matrices_passes_back_has_no_line(shapes, place):
    first, second = (array(np.ones(shape)) for shape in shapes)
    with pytest.raises(NoCodeError):
        passed_back(first @ second, place, "u", "y", ["a", "b"])
