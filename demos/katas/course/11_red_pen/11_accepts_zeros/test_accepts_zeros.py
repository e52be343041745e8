"""The check on gradients that are right, and on every way of being wrong."""

from contextlib import suppress
from functools import cache

import numpy as np
import pytest
from accepts_zeros import same

SLOPES = {
    "common": np.array([[1.5, -0.25, 0.0], [0.75, 2.0, -1e-4]]),
    "tiny": np.array([[1e-4, -2e-4, 5e-5]]),
    "a column": np.array([[0.5], [0.5], [0.5]]),
    "large": np.array([3e6, -1e6, 12.0]),
    "all below 0": np.array([[-0.75, -2.0], [-0.5, -1.25]]),
    "many": np.linspace(0.5, 1.0, 400),
}


def opposite(slopes):
    """Zeros but for a number in the first entry, and its negative in the last."""
    off = np.zeros_like(slopes)
    off.flat[0], off.flat[-1] = 1e-3 * np.abs(slopes).max(), -1e-3 * np.abs(slopes).max()
    return off


WRONG = {
    "all zeros": np.zeros_like,
    "the wrong sign": lambda slopes: -slopes,
    "twice as large": lambda slopes: 2.0 * slopes,
    "1.001 times as large": lambda slopes: 1.001 * slopes,
    "one entry a little off": lambda slopes: slopes + np.where(slopes == slopes.max(), 1e-3 * slopes.max(), 0.0),
    "one entry off by 1 in 20,000 of the largest": lambda slopes: (
        slopes + np.where(slopes == slopes.min(), 5e-5 * np.abs(slopes).max(), 0.0)
    ),
    "one entry as much too large as another is too small": lambda slopes: slopes + opposite(slopes),
    "all nan": lambda slopes: np.full_like(slopes, np.nan),
    "one nan": lambda slopes: np.where(slopes == slopes.min(), np.nan, slopes),
    "all inf": lambda slopes: np.full_like(slopes, np.inf),
    "a million times as large": lambda slopes: 1e6 * slopes,
    "one axis more": lambda slopes: slopes[None],
    "two axes more": lambda slopes: slopes[None, None],
    "nothing": lambda slopes: np.zeros((0, *slopes.shape)),
    "a single number for all": lambda slopes: slopes.ravel()[:1],
}


def measured(difference, slopes, of=np.max):
    """Whether a difference is 1 in 100,000 of the largest slope at most."""
    return of(difference) <= 1e-5 * np.abs(slopes).max()


# Checks that are usual, and what to say of one that answers as they do. All but UNSHAPED look at the shape first.
USUAL = (
    (lambda b, s: measured(b - s, s), "takes the difference without np.abs: what is too small by far passes."),
    (
        lambda b, s: not np.abs(b - s).max() > 1e-5 * np.abs(s).max(),
        "asks whether the error is larger: a nan never is.",
    ),
    (
        lambda b, s: measured(np.abs(b - s), s, np.min),
        "looks at the smallest difference: the largest counts.",
    ),
    (
        lambda b, s: measured(np.abs(b - s), s, np.mean),
        "looks at the mean: one wrong entry of many hides in it.",
    ),
    (
        lambda b, s: np.linalg.norm(b - s) <= 1e-5 * np.linalg.norm(s),
        "compares two norms: one wrong entry of many hides in them.",
    ),
    (
        lambda b, s: np.abs(np.linalg.norm(b) - np.linalg.norm(s)) <= 1e-5 * np.abs(s).max(),
        "takes the norm of each gradient before the difference: others of that length pass.",
    ),
    (
        lambda b, s: np.abs(b - s).max() <= 1e-5 * s.max(),
        "takes the largest slope without np.abs: what is it where all are below 0?",
    ),
    (
        lambda b, s: measured(np.abs(b.sum() - s.sum()), s),
        "compares two sums: wrong entries can have the same sum.",
    ),
    (
        lambda b, s: measured(np.abs(np.abs(b) - np.abs(s)), s),
        "takes np.abs of each gradient before the difference: a wrong sign is gone with it.",
    ),
    (
        lambda b, s: np.all(np.abs(b - s) <= 1e-5 * np.abs(s)),
        "measures each entry by itself, and a slope of 0 allows no error at all. By what are all to be measured?",
    ),
    (np.allclose, "is np.allclose with its own atol, 1e-8: that is much where all slopes are tiny."),
    (
        lambda b, s: np.abs(b - s).max() <= 1e-5,
        "allows an error of 1e-5 whatever the size of the slopes is.",
    ),
    (
        lambda b, s: np.abs(b - s).max() <= 1e-4 * np.abs(s).max(),
        "allows 1 in 10,000 of the largest slope. Expected 1 in 100,000.",
    ),
    (
        lambda b, s: np.abs(b - s).max() < 1e-5 * np.abs(s).max(),
        "asks for less than the error that is allowed: where all slopes are 0, none is less than 0.",
    ),
)
UNSHAPED = (
    (
        np.allclose,
        "is np.allclose, which stretches shapes to fit, and has an atol of its own, 1e-8.",
    ),
    (
        lambda b, s: np.abs(b - s).max(initial=0.0) <= 1e-5 * np.abs(s).max(),
        "does not look at the shapes: NumPy stretches one to fit the other.",
    ),
)


@cache
def usual():
    """What to say of a check that answers everything as a usual one does; "" of another."""
    zeros = np.zeros((2, 2))
    asked = [(wrong(slopes), slopes) for slopes in SLOPES.values() for wrong in WRONG.values()]
    asked += [(slopes, slopes) for slopes in SLOPES.values()]
    asked += [(noisy(slopes), slopes) for slopes in SLOPES.values()]
    asked.append((zeros, zeros))
    with np.errstate(all="ignore"), suppress(Exception):
        answers = [bool(same(backward.copy(), slopes.copy())) for backward, slopes in asked]
        for check, says in USUAL:
            if answers == [b.shape == s.shape and bool(check(b, s)) for b, s in asked]:
                return f" It answers as a check that {says}"
        for check, says in UNSHAPED:
            if answers == [bool(check(b, s)) for b, s in asked]:
                return f" It answers as a check that {says}"
    return ""


def noisy(slopes):
    return slopes + np.random.default_rng(3).uniform(-1.0, 1.0, slopes.shape) * 1e-7 * np.abs(slopes).max()


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
        f"{usual()}"
    )


@pytest.mark.parametrize("name", SLOPES)
def test_what_is_right_up_to_the_measuring_is_the_same(name):
    slopes = SLOPES[name]
    for backward in (slopes, noisy(slopes)):
        assert ask(backward, slopes), (
            f"Called same(backward, slopes) with slopes {shown(slopes)} and a backward right to 1 in 10,000,000 of the "
            f"largest: {shown(backward)}. It returned False. Expected True: slopes are measured, and a small entry is "
            f"known no better than a large one.{usual()}"
        )


def test_zeros_are_right_where_all_slopes_are_zero():
    assert ask(np.zeros((2, 2)), np.zeros((2, 2))), (
        "Called same(backward, slopes) with zeros for both. It returned False. Expected True: nothing moves the loss, "
        f"and the backward says so.{usual()}"
    )
