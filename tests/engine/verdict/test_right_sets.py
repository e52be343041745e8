"""Right gradients are never accused, in whatever style they are written down; what is wrong among them is seen."""

from __future__ import annotations

import numpy as np
import pytest

from tests.right_sets import PROGRAMS, Style, accused, draw, draw_style, is_seen


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_right_set_is_accused_of_nothing(program: str) -> None:
    for seed in range(6):
        drawn = draw(program, seed, draw_style(np.random.default_rng([1, seed, *program.encode()])))
        assert drawn is None or not accused(drawn), (program, seed)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_mistake_in_it_is_seen_and_nothing_else_accused(program: str) -> None:
    for seed in range(4):
        style = draw_style(np.random.default_rng([2, seed, *program.encode()]))
        drawn = draw(program, seed, style, mistake=(-1.0, 2.0, 0.5)[seed % 3])
        assert drawn is None or (is_seen(drawn) and not accused(drawn)), (program, seed)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("rounding", ["digits", "decimals"])
def test_what_is_accepted_with_some_digits_is_accepted_with_one_more(rounding: str, dtype: type) -> None:
    for seed in range(8):
        for program in ("softmax", "value_softmax"):
            accepted = False
            for kept in range(2, 8):
                drawn = draw(program, seed, Style(rounding, kept, dtype))
                assert drawn is not None
                is_accepted = drawn.compare().ok
                assert is_accepted or not accepted, (program, seed, kept)
                accepted = is_accepted


def test_six_decimals_held_in_single_precision_are_known_to_half_a_unit() -> None:
    drawn = draw("recurrence", 98931274438, Style("decimals", 6, np.float32, goes_on=True, is_noisy=False), 0.1)
    assert drawn is not None
    assert is_seen(drawn)
    assert not accused(drawn)


def test_a_share_that_is_right_to_too_few_digits_is_rather_taken_than_one_by_which_something_is_wrong() -> None:
    drawn = draw("max_pool", 79015, Style("printed", 4, blanks=0.6), turn=3)
    assert drawn is not None
    assert not accused(drawn)
