"""Training a GPT that writes names, by four ways to its gradients."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad.demos.microgpt import training, vocabulary


@pytest.mark.rest
def test_all_ways_give_the_same_losses() -> None:
    names = ["ann", "bo", "anna", "ed"]
    runs = {way: [now.loss for now in training.train(made(), names, 6)] for way, made in training.WAYS.items()}
    assert list(runs) == ["scalars", "replay", "arrays", "hand"]
    for losses in runs.values():
        assert losses == pytest.approx(runs["hand"], rel=1e-12)


def test_it_learns_and_makes_up_names() -> None:
    names = vocabulary.shuffle(vocabulary.names(), 1)
    *_, last = steps = list(training.train(training.WAYS["hand"](), names, 400))
    assert steps[0].loss > 3.2
    assert np.mean([now.loss for now in steps[-50:]]) < 2.7
    made = training.sample(last.parameters, count=5)
    assert len(made) == 5
    assert all(name and set(name) <= set(vocabulary.CHARACTERS[1:]) for name in made)
