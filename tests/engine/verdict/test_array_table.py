"""The table of arrays, literally, in a terminal of 50 columns and in a wide one; and arrays without entries."""

from __future__ import annotations

from textwrap import dedent

import numpy as np
import pytest

from handgrad import Status, compare, label, manual, viz
from handgrad.arrays import array
from handgrad.viz.text import table

from ..slips.nets import Net, normal
from ..slips.transformer import block


@pytest.fixture(autouse=True)
def _fifty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")


def network() -> Net:
    leaves = {"weights": np.arange(6.0).reshape(3, 2) / 4.0, "bias": np.array([[0.5, -0.5]])}
    inputs = np.array([[1.0, 2.0, -1.0], [0.5, -1.5, 2.5]])
    return Net(lambda name, weights, bias: (name("h", np.tanh(inputs @ weights + bias)) ** 2).sum(), **leaves)


def test_a_table_of_arrays_fits_into_fifty_columns() -> None:
    net = network()
    net.nodes["h"].grad = 2.0 * net.nodes["h"].data
    net.nodes["weights"].grad = -net.true[net.nodes["weights"]]
    assert str(compare(net.loss)) == dedent(
        """\
        Fix first: weights.
          weights: right magnitude, wrong sign: look for a
          missing or extra minus between h and here.

        array      shape   max diff   status
        h         (2, 2)          0   correct
        weights   (3, 2)    2.7e+00   WRONG
        bias      (1, 2)          ?   missing

        3 arrays: 1 correct, 1 wrong, 1 missing."""
    )


def test_all_lines_of_a_whole_transformer_fit_in_text_and_in_colour() -> None:
    lesson = block()
    comparison = lesson.compared({"kh": lambda x, d: d.scores @ x.qh, "wpe": lambda x, d: d.x0[0]})
    for text in (str(comparison), table(comparison, color=False)):
        assert max(map(len, text.splitlines())) <= 50


def test_in_a_wide_terminal_sentences_are_as_wide_as_they_are_read_well(monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    lesson = block()
    lines = str(lesson.compared({"kh": lambda x, d: d.scores @ x.qh})).splitlines()
    assert 60 < max(map(len, lines)) <= 79


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ([[1.0, 1.0], [1.0, 1.0], [0.37, 2.3]], "2 of 6 entries are off, all of them in row 2."),
        ([[1.0, 1.0], [1.0, 1.4], [0.37, 2.3]], "3 of 6 entries are off, weights[1, 1] first."),
        ([[1.0, 1.4], [1.0, 0.6], [1.0, 2.3]], "3 of 6 entries are off, weights[0, 1] first."),  # of two columns
    ],
)
def test_of_a_cause_with_right_entries_it_is_said_how_many_are_off_and_in_which_row_of_three_or_more(
    times: list[list[float]], said: str
) -> None:
    net = network()
    some = net.true[net.nodes["weights"]] * np.array(times)
    text = str(net.compared("weights", lambda x, d: some))
    assert said in " ".join(text.split())


def test_what_is_missing_next_is_said_where_nothing_is_wrong() -> None:
    net = network()
    net.nodes["h"].grad = net.true[net.nodes["h"]]
    text = " ".join(str(compare(net.loss)).split())
    assert text.endswith("3 arrays: 1 correct, 2 missing. Next to fill in: weights.")
    for node in net.nodes.values():
        node.grad = net.true[node]
    assert str(compare(net.loss)).endswith("All correct: 3 arrays.")


def test_a_single_number_beside_arrays_has_a_row_where_it_is_not_correct() -> None:
    net = Net(lambda name, x, s: (name("y", x * s) ** 2).sum(), x=normal(3, 2), s=1.5)
    for node in net.nodes.values():
        node.grad = net.true[node]
    assert "()" not in str(compare(net.loss, nodes=list(net.nodes.values())))
    net.s.grad = net.true[net.s] + 3.0
    lines = str(compare(net.loss, nodes=list(net.nodes.values()))).splitlines()
    assert next(line for line in lines if line.startswith("s ")).split() == ["s", "()", "3.0e+00", "WRONG"]
    net.s.grad = None
    lines = str(compare(net.loss, nodes=list(net.nodes.values()))).splitlines()
    assert next(line for line in lines if line.startswith("s ")).split() == ["s", "()", "missing"]
    assert " ".join(lines).endswith("gradients: 2 correct, 1 missing. Next to fill in: s.")


WITHOUT_ENTRIES = [
    (np.zeros((0, 4)), "shape", "x has shape (0, 3), and its gradient has shape (0, 4). A gradient has the shape"),
    (np.zeros((2, 3)), "shape", "x has shape (0, 3), and its gradient has shape (2, 3)."),
    ([], "shape", "x has shape (0, 3), and its gradient has shape (0,)."),
    (1.0, "shape", "x has shape (0, 3), and its gradient is one number."),
    ("a", "not-a-number", "The gradient of x is a str"),
]


@pytest.mark.parametrize(("grad", "kind", "words"), WITHOUT_ENTRIES, ids=["columns", "rows", "flat", "number", "text"])
def test_an_array_without_entries_that_is_filled_with_something_else_is_wrong(grad, kind, words) -> None:
    with manual():
        x, w = array(np.zeros((0, 3)), "x"), array(normal(3, 2), "w")
        loss = (label(x @ w, "y") ** 2).sum() + (w * w).sum()
    w.grad, x.grad = 2.0 * w.data, grad
    comparison = compare(loss)
    assert not comparison
    assert [result.name for result in comparison.causes] == ["x"]
    assert comparison[x].slip.kind == kind
    assert comparison[x].slip.message.startswith(words)
    assert comparison.to_dict()["counts"]["wrong"] == 1
    assert "Fix first: x." in str(comparison)
    assert viz.draw(comparison)


@pytest.mark.parametrize("grad", [None, np.zeros((0, 3))], ids=["blank", "filled"])
def test_an_array_without_entries_asks_for_nothing(grad) -> None:
    with manual():
        x = array(np.zeros((0, 3)), "x")
        loss = (x**2).sum()
    x.grad = grad
    assert compare(loss)[x].status is Status.CORRECT
