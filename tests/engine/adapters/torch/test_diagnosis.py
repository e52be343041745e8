"""Which mistake a backward makes for an input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from handgrad.adapters.torch.diagnosis import slip_by_measuring, slip_by_tracing
from handgrad.adapters.torch.numbers import numbers_of

from . import entrywise as e
from . import functions as f
from .calls import replayed
from .cases import randn


def traced(function: Any, *arguments: Any, place: int = 0) -> Any:
    replay = replayed(function, *arguments)
    answer = replay.answer()
    return slip_by_tracing(replay, place, numbers_of(answer.gradients[place]), answer)


def test_in_the_graph_of_the_forward_s_own_operations_a_slip_is_named() -> None:
    assert "is it the input or the output that is squared?" in traced(e.TanhOfInput, randn(4)).message
    assert traced(f.SquaredNormLastAxis, randn(3, 3, 3)).kind == "wrong-axis"
    assert traced(f.LinearTransposed, randn(6, 4), randn(4, 4, seed=1), randn(4, seed=2)).kind == "transposed"


def test_of_a_right_backward_there_is_none() -> None:
    assert traced(e.Tanh, randn(4)) is None


@pytest.mark.parametrize(("factor", "kind"), [(2.0, "double"), (-1.0, "sign")])
def test_by_measured_slopes_a_factor_is_named(factor: float, kind: str) -> None:
    replay = replayed(e.Exp, randn(4))
    slopes = np.diag(np.exp(numbers_of(replay.inputs[0])))
    theirs = factor * replay.upstreams[0] @ slopes
    assert slip_by_measuring(replay, 0, theirs, slopes).kind == kind
