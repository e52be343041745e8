"""A line that gives a gradient: an expression, an assignment, or entries of zeros."""

import numpy as np
import pytest

from handgrad import Value
from handgrad.viz.sheet import Sheet
from handgrad.viz.sheet.expression import ExpressionError
from handgrad.viz.sheet.known import Known
from handgrad.viz.sheet.line import evaluate_line

KNOWN = Known({}, None, {"g": np.array([[1.0, 2.0], [3.0, 4.0]]), "y": np.array([2, 2]), "n": 2.0})


def line(text):
    return evaluate_line(text, KNOWN, "C", (3, 2))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("dC[1:] = g", [[0, 0], [1, 2], [3, 4]]),
        ("C.grad[1:] += g", [[0, 0], [1, 2], [3, 4]]),
        ("dC[y] = g", [[0, 0], [0, 0], [3, 4]]),
        ("dC[y] += g", [[0, 0], [0, 0], [3, 4]]),
        ("np.add.at(dC, y, g)", [[0, 0], [0, 0], [4, 6]]),
        ("dC[range(n), 0] = 5", [[5, 0], [5, 0], [0, 0]]),
        ("dC = g.sum() * np.eye(3)[:, 1:]", [[0, 0], [10, 0], [0, 10]]),
    ],
)
def test_entries_begin_with_zeros_and_an_index_that_comes_twice_counts_as_in_numpy(text, rows):
    assert line(text).tolist() == rows


@pytest.mark.parametrize(
    "text", ["dD[0] = g", "dC[7] = g", "dC[0] = g", "dC -= g", "dC = dC = g", "np.add.at(g, y, g)"]
)
def test_any_other_line_is_refused(text):
    with pytest.raises(ExpressionError):
        line(text)


def test_a_number_takes_a_line_on_the_sheet_but_no_entries():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    L = a * b
    L.label = "L"
    sheet = Sheet(L)
    sheet.handle({"do": "fill", "node": "L", "text": "L.grad = 1"})
    assert sheet.handle({"do": "fill", "node": "a", "text": "da = b"})["verdict"]["a"]["status"] == "correct"
    assert sheet.handle({"do": "fill", "node": "b", "text": "db[0] = 2"})["type"] == "typo"
