"""What can go wrong with somebody's tensors, in one sentence."""

from __future__ import annotations

import pytest

from handgrad import HandgradError
from handgrad.adapters.torch_code.errors import GraphGoneError, NotAFunctionError, NotALossError, SameTensorError


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Trying to backward through the graph a second time", "retain_graph=True"),
        ("modified by an inplace operation: [torch.FloatTensor [3]]; expected", "new tensor"),
        ("something else", "autograd says: something else"),
    ],
)
def test_what_autograd_says_is_told_with_what_to_do(said: str, expected: str) -> None:
    error = GraphGoneError("mul", said)
    assert expected in str(error)
    assert str(error).startswith("compare: the graph cannot be walked at 'mul': ")


def test_a_loss_without_gradient_and_one_of_several_numbers_are_told_apart() -> None:
    assert "torch.no_grad()" in str(NotALossError((), False))
    assert "shape (3,)" in str(NotALossError((3,), True))


def test_each_is_an_error_of_ours_and_of_python_s_own_kind() -> None:
    assert isinstance(NotAFunctionError(3), (HandgradError, TypeError))
    assert isinstance(SameTensorError("a", "b"), ValueError)
    assert isinstance(GraphGoneError("mul", ""), RuntimeError)
