"""What is said of a Function's backward."""

from __future__ import annotations

import numpy as np

from handgrad.adapters.torch import sentences
from handgrad.adapters.torch.saved_tensors import Change
from handgrad.repair.source import Source


def test_a_change_is_told_with_as_much_as_is_known_of_it() -> None:
    line = Source("a/mine.py", 7, "y += 1")
    assert (
        "y, which Exp keeps for its backward, was changed in place by 'add_' in the forward of Shift (mine.py:7)"
        in (sentences.changed("Exp", Change("y", "add_", "the forward of Shift", line)))
    )
    assert "in place by 'add_' before" in sentences.changed("Exp", Change("y", "add_", "the forward of Exp", None))
    assert "unseen by autograd" in sentences.changed("Exp", Change("y", "", "", None))


def test_a_transpose_is_asked_after_and_another_shape_is_not() -> None:
    assert "transpose" in sentences.wrong_shape("x", (3, 2), (2, 3))
    assert "transpose" not in sentences.wrong_shape("x", (6,), (2, 3))
    assert "transpose" not in sentences.wrong_shape("x", (1,), (3,))


def test_the_first_number_that_is_none_is_told_with_its_place() -> None:
    assert "x[1, 0] is inf" in sentences.not_finite("x", np.array([[0.0, 1.0], [np.inf, np.nan]]))
    assert "for x is nan" in sentences.not_finite("x", np.array(np.nan))


def test_one_gradient_is_one() -> None:
    assert sentences.wrong_count(1, 2).startswith("backward returns 1 gradient, ")
    assert sentences.wrong_count(3, 2).startswith("backward returns 3 gradients, ")


def test_axes_are_counted() -> None:
    assert (
        sentences.wrong_axis("x", "g", (2,), (0, 1)) == "x: g is multiplied in along axis 2; axes 0, 1 would be right."
    )


def test_a_backward_that_writes_into_what_it_was_given_is_told_what_to_do() -> None:
    assert "writes into g" in sentences.DAMAGED.format("g")
    assert sentences.DAMAGED.format("g").endswith("Work on a copy, g.clone().")
