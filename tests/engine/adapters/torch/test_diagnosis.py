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


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda x, w, a, b, g: 4 * (x > -0.5) * (g @ w.t()), "you left out what comes from scaled@a"),
        (lambda x, w, a, b, g: 4 * (g @ w.t() + g @ b.t() @ a.t()), "through unchanged; what is the local derivative"),
        (
            lambda x, w, a, b, g: (x > -0.5) * (g @ w.t() + g @ b.t() @ a.t()),  # 4 is also the length of an axis
            "what comes from output is off by a constant factor: the constant of '*' in scaled is left out",
        ),
    ],
)
def test_by_the_steps_of_the_forward_a_slip_is_named_in_its_own_words(wrong: Any, says: str) -> None:
    replay = replayed(f.Adapted, randn(3, 4), randn(4, 5), randn(4, 2), randn(2, 5))
    answer = replay.answer()
    answer.gradients[0] = wrong(*replay.inputs, *replay.upstream)
    one = Input(replay, answer, replay.trace(), 0)
    assert says in slip_of(one, one.autograd).message


@pytest.mark.parametrize(("factor", "kind"), [(2.0, "double"), (-1.0, "sign")])
def test_by_measured_slopes_a_factor_is_named(factor: float, kind: str) -> None:
    replay = replayed(e.NumpyGelu, randn(4))
    answer = replay.answer()
    answer.gradients[0] = factor * answer.gradients[0]
    assert slip_of(Input(replay, answer, None, 0), None).kind == kind
