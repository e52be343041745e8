"""Which mistake a backward makes for an input."""

from __future__ import annotations

from typing import Any

import pytest

from handgrad.adapters.torch.diagnosis import slip_of
from handgrad.adapters.torch.truth import Input

from . import entrywise as e
from . import functions as f
from .calls import replayed
from .cases import randn


def diagnosed(function: Any, *arguments: Any) -> Any:
    replay = replayed(function, *arguments)
    one = Input(replay, replay.answer(), replay.trace(), 0)
    return slip_of(one, one.autograd)


def test_by_the_slopes_of_the_forward_a_slip_is_named() -> None:
    assert "is it the input or the output that is squared?" in diagnosed(e.TanhOfInput, randn(4)).message
    assert diagnosed(f.SquaredNormLastAxis, randn(3, 3, 3)).kind == "wrong-axis"
    assert "you left out what comes from output[1]" in diagnosed(f.SplitNormOneOutput, randn(3, 4)).message


@pytest.mark.parametrize(("factor", "kind"), [(2.0, "double"), (-1.0, "sign")])
def test_by_measured_slopes_a_factor_is_named(factor: float, kind: str) -> None:
    replay = replayed(e.NumpyGelu, randn(4))
    answer = replay.answer()
    answer.gradients[0] = factor * answer.gradients[0]
    assert slip_of(Input(replay, answer, None, 0), None).kind == kind
