"""The scalar network recorded once for each length, and run again with other numbers."""

import numpy as np
import pytest

from handgrad.demos.microgpt import model, replayed, training
from handgrad.demos.microgpt.vocabulary import tokens


@pytest.fixture
def small(monkeypatch):
    """Parameters of a narrow network, with as many heads as it has room for."""
    monkeypatch.setattr(replayed, "HEADS", 2)
    return lambda seed: {name: 3.0 * numbers for name, numbers in model.parameters(27, seed, 4, 6).items()}


def test_another_text_of_the_same_length_needs_no_new_recording_and_has_its_own_gradients(small, monkeypatch):
    recorded = []
    real = replayed._record
    monkeypatch.setattr(replayed, "_record", lambda given: recorded.append(1) or real(given))
    run = replayed.Replayed()
    for seed, name in ((1, "bo"), (2, "bo"), (1, "aa"), (1, "eve")):
        text = tokens(name)
        loss, found = run(small(seed), text[:-1], text[1:])
        x = model.build_nodes(small(seed), text[:-1], text[1:], 2)
        x.loss.backward()
        assert loss == pytest.approx(x.loss.data, rel=1e-12)
        assert set(found) == set(model.PARAMETERS)
        for parameter, gradient in found.items():
            np.testing.assert_allclose(gradient, getattr(x, parameter).grad, rtol=1e-8, atol=1e-13)
    assert len(recorded) == 2


def test_it_is_one_of_the_ways_to_train():
    assert training.WAYS["replay"] is replayed.Replayed
