"""Why a graph or a tensor cannot be read, in one sentence."""

import pytest

from handgrad import HandgradError
from handgrad.adapters.errors import (
    GraphGoneError,
    NotAFunctionError,
    OwnGraphError,
    UnreadableGraphError,
)


def test_what_is_lacking_is_told_with_the_names_that_were_tried():
    error = UnreadableGraphError("Node", "data", ("data", "value"), "Give another.")
    assert str(error) == "probe: a Node has no data that can be read: looked for data, value. Give another."
    assert (error.kind, error.lacks, error.looked_for) == ("Node", "data", ("data", "value"))
    assert str(UnreadableGraphError("Node", "data", ("data",))).endswith("looked for data.")


def test_each_is_an_error_of_ours_and_a_type_error():
    for error in (OwnGraphError(), UnreadableGraphError("a", "b", ())):
        assert isinstance(error, HandgradError)
        assert isinstance(error, TypeError)
        assert str(error).startswith("probe: ")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Trying to backward through the graph a second time", "retain_graph=True"),
        ("modified by an inplace operation: [torch.FloatTensor [3]]; expected", "new tensor"),
        ("something else", "autograd says: something else"),
    ],
)
def test_what_autograd_says_is_told_with_what_to_do(said, expected):
    error = GraphGoneError("mul", said)
    assert expected in str(error)
    assert str(error).startswith("compare: the graph cannot be walked at 'mul': ")


def test_each_is_an_error_of_ours_and_of_python_s_own_kind():
    assert isinstance(NotAFunctionError(3), (HandgradError, TypeError))
    assert isinstance(GraphGoneError("mul", ""), RuntimeError)
