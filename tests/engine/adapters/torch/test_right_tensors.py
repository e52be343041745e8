"""Right gradients of tensors are never accused, in whatever style they are written down; a mistake in them is seen."""

from __future__ import annotations

import numpy as np
import pytest

from tests.right_sets import draw_style

from .right_tensors import PROGRAMS, accused, draw, is_seen


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_right_set_is_accused_of_nothing_and_a_mistake_in_it_is_seen(program: str) -> None:
    for turn in range(3):
        style = draw_style(np.random.default_rng([1, turn, *program.encode()]))
        drawn = draw(program, 0, style, turn=turn)
        assert drawn is None or not accused(drawn), (program, turn)
        drawn = draw(program, 0, style, mistake=(-1.0, 2.0, 0.5)[turn], turn=turn)
        assert drawn is not None
        assert is_seen(drawn), (program, turn)
        assert not accused(drawn), (program, turn)
