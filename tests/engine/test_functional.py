"""`handgrad.functional`: the losses, by the name that PyTorch has for them."""

from __future__ import annotations

import pytest

import handgrad.functional as F
from handgrad import HandgradError, Value
from handgrad.nn import functional


@pytest.mark.parametrize("name", F.__all__)
def test_each_public_name_is_the_rooms_own(name):
    assert getattr(F, name) is getattr(functional, name)


def test_a_loss_is_taken_by_the_name_of_the_module():
    scores = [Value(2.0), Value(-1.0)]
    F.hinge_loss(scores, [1, 1]).backward()
    assert [score.grad for score in scores] == [0.0, -0.5]
    with pytest.raises(F.ShapeError) as error:
        F.mse_loss([1.0], [1.0, 2.0])
    assert isinstance(error.value, HandgradError)
