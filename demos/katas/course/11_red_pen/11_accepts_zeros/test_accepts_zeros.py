"""The check on gradients that are right, and on every way of being wrong."""

import numpy as np
import pytest
from accepts_zeros import same

SLOPES = {
    "common": np.array([[1.5, -0.25, 0.0], [0.75, 2.0, -1e-4]]),
    "tiny": np.array([[1e-4, -2e-4, 5e-5]]),
    "a column": np.array([[0.5], [0.5], [0.5]]),
    "large": np.array([3e6, -1e6, 12.0]),
    "many": np.linspace(0.5, 1.0, 400),
}
WRONG = {
    "all zeros": np.zeros_like,
    "the wrong sign": lambda slopes: -slopes,
    "twice as large": lambda slopes: 2.0 * slopes,
    "1.001 times as large": lambda slopes: 1.001 * slopes,
    "one entry a little off": lambda slopes: slopes + np.where(slopes == slopes.max(), 1e-3 * slopes.max(), 0.0),
    "one entry off by 1 in 20,000 of the largest": lambda slopes: (
        slopes + np.where(slopes == slopes.min(), 5e-5 * np.abs(slopes).max(), 0.0)
    ),
    "all nan": lambda slopes: np.full_like(slopes, np.nan),
    "one nan": lambda slopes: np.where(slopes == slopes.min(), np.nan, slopes),
    "all inf": lambda slopes: np.full_like(slopes, np.inf),
    "a million times as large": lambda slopes: 1e6 * slopes,
    "one axis more": lambda slopes: slopes[None],
    "two axes more": lambda slopes: slopes[None, None],
    "nothing": lambda slopes: np.zeros((0, *slopes.shape)),
    "a single number for all": lambda slopes: slopes.ravel()[:1],
}


def ask(backward, slopes):
    answer = same(backward.copy(), slopes.copy())
    assert isinstance(answer, (bool, np.bool_)), (
        f"Called same(backward, slopes). It returned a {type(answer).__name__}. Expected True or False."
    )
    return answer


def shown(array):
    return np.array2string(array, separator=", ", threshold=12)


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("name", SLOPES)
def test_what_is_wrong_is_not_the_same(name, kind):
    slopes = SLOPES[name]
    backward = WRONG[kind](slopes)
    assert not ask(backward, slopes), (
        f"Called same(backward, slopes) with slopes {shown(slopes)} and a backward that gives {kind}: "
        f"{shown(backward)}. It returned True. Expected False: what would have to happen for this check to fail?"
    )


@pytest.mark.parametrize("name", SLOPES)
def test_what_is_right_up_to_the_measuring_is_the_same(name):
    slopes = SLOPES[name]
    noise = np.random.default_rng(3).uniform(-1.0, 1.0, slopes.shape) * 1e-7 * np.abs(slopes).max()
    for backward in (slopes, slopes + noise):
        assert ask(backward, slopes), (
            f"Called same(backward, slopes) with slopes {shown(slopes)} and a backward right to 1 in 10,000,000 of the "
            f"largest: {shown(backward)}. It returned False. Expected True: slopes are measured, and a small entry is "
            "known no better than a large one."
        )


def test_zeros_are_right_where_all_slopes_are_zero():
    assert ask(np.zeros((2, 2)), np.zeros((2, 2))), (
        "Called same(backward, slopes) with zeros for both. It returned False. Expected True: nothing moves the loss, "
        "and the backward says so."
    )
