"""One entry of each row, of the targets, that does not fit the rest."""

from __future__ import annotations

import numpy as np
import pytest

from .nets import Net, normal

HOT = np.eye(4)[[0, 1, 3, 2, 1]]


@pytest.mark.parametrize(
    ("kind", "words", "rule"),
    [
        ("missing-path", "that is the softmax alone: where does the target come in?", lambda x, d: x.p / 5),
        ("one-hot", "the 1 of the target is not divided by 5 like the rest", lambda x, d: x.p / 5 - HOT),
        ("one-hot", "the target is added: which way does the loss move", lambda x, d: (x.p + HOT) / 5),
        ("one-hot", "the softmax is not divided by 5 like the 1 of the target", lambda x, d: x.p - HOT / 5),
    ],
)
def test_a_one_hot_row_that_does_not_fit_the_rest_is_named(kind, words, rule):
    def build(name, x, w):
        e = np.exp(name("z", x @ w))
        p = name("p", e / e.sum(1, keepdims=True))
        return -np.log(p)[range(5), HOT.argmax(1)].sum() / 5

    slip = Net(build, x=normal(5, 3), w=normal(3, 4)).slip("z", rule, blank=("p",))
    assert slip.kind == kind
    assert words in slip.message


def test_what_is_rounded_to_nothing_beside_a_one_hot_row_is_no_share_of_the_rest():
    """-y alone, in three decimals: 0.0001 of the rest would fit, too."""

    def build(name, x, w):
        e = np.exp(name("z", x @ w))
        p = name("p", e / e.sum(1, keepdims=True))
        return -np.log(p)[range(5), HOT.argmax(1)].sum() / 5

    slip = Net(build, x=normal(5, 3), w=normal(3, 4)).slip("z", lambda x, d: np.round(-HOT / 5, 3), blank=("p",))
    assert "the rest is off by one factor" not in slip.message


def test_gradients_too_small_to_be_squared_are_judged():
    def build(name, x):
        return x[range(2), range(2)].sum() * 1e-200 + (x * 1e-200).sum()

    comparison = Net(build, x=normal(2, 3)).compared("x", lambda x, d: np.full((2, 3), 0.5))
    assert "Fix first: x" in str(comparison)
