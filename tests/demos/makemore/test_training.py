"""Training with a backward pass by hand."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad.demos.makemore import solution, training


@pytest.mark.rest
def test_training_with_the_solutions_backward_lowers_the_loss_and_makes_up_names():
    run = training.train(solution.backward, steps=600)
    assert np.mean(run.losses[-100:]) < np.mean(run.losses[:20]) - 0.5
    made = training.sample(run.parameters, count=5)
    assert len(made) == 5
    assert made == training.sample(run.parameters, count=5)
