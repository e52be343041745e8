"""What of later numbers follows, if one is the gradient of a node."""

import numpy as np
import pytest

from handgrad.adapters.numpy import foresight as module
from handgrad.adapters.numpy.foresight import TELLING, Foresight
from handgrad.adapters.numpy.matching import NEAR, Probes

from .backward import backward, named, ran, without_square


@pytest.fixture
def looked():
    def looked(function):
        recorder, followed, chain, finals = ran(function)
        values = [np.asarray(event.value, dtype=float) for event in recorder.events]
        names = [event.name for event in recorder.events]
        return Foresight(chain, values, finals, Probes(), NEAR), values, names, followed, chain

    return looked


def test_it_is_known_whether_all_that_was_given_is_right(looked):
    assert looked(backward)[0].is_all_right
    assert not looked(without_square)[0].is_all_right


def test_a_wrong_number_explains_the_gradients_that_follow_from_it(looked):
    foresight, values, names, followed, chain = looked(without_square)
    at = names.index("dz")
    count = foresight.explained(named(followed, "z"), values[at], at, {}, chain.truth, lambda _: False)
    assert count >= 2 * TELLING
    other = foresight.explained(named(followed, "h"), values[at], at, {}, chain.truth, lambda _: False)
    assert other <= 0


def test_a_gradient_that_is_right_speaks_against_a_wrong_one_above_it(looked):
    foresight, values, names, followed, chain = looked(backward)
    at = names.index("dz")
    assert foresight.explained(named(followed, "z"), 3 * values[at], at, {}, chain.truth, lambda _: False) < 0


def test_what_is_looked_at_is_counted_and_comes_to_an_end(looked, monkeypatch):
    monkeypatch.setattr(module, "MOST_LOOKED_AT", 1)
    foresight, values, names, followed, chain = looked(without_square)
    at = names.index("dz")
    counts = [
        foresight.explained(named(followed, "z"), values[at], at, {}, chain.truth, lambda _: False) for _ in range(2)
    ]
    assert counts[0] >= 2 * TELLING
    assert counts[1] == 0
