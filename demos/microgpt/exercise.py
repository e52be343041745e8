"""The worksheet's exercise: one name through the network, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from handgrad import manual

from ..worksheets import exercise
from ..worksheets.command import Course
from ..worksheets.parts import ClosedForm, EveryStep, Training
from . import model, training, vocabulary

NAME = "hannah"
"""Its letters repeat, so that rows of the table are picked more than once."""
STEPS = 2000


class Exercise(exercise.Exercise):
    """One name through the network; `numbers` has `tokens`, `targets`, `T`, `H` and `d` too."""

    def __init__(self, name: str = NAME) -> None:
        """Make parameters of half the width, five times as large as in training, so that no mistake hides."""
        spelled = vocabulary.tokens(name)
        drawn = model.parameters(len(vocabulary.CHARACTERS), width=model.WIDTH // 2)
        given = {parameter: numbers * 5.0 for parameter, numbers in drawn.items()}, spelled[:-1], spelled[1:], 2
        with manual():
            values = model.build_nodes(*given)
        super().__init__(values, model.forward(*given), model.INTERMEDIATES)


def training_report(backward: Callable[[Any], Any], steps: int = STEPS) -> str:
    """Train, and say what came of it in two lines."""
    names = vocabulary.shuffle(vocabulary.names(), 1)
    runs = list(training.train(training.differentiate_by_hand(backward), names, steps))
    losses = [now.loss for now in runs]
    first, last = np.mean(losses[:20]), np.mean(losses[-200:])
    made = ", ".join(training.sample(runs[-1].parameters))
    return f"{steps:,} steps with your gradients: the loss falls from {first:.2f} to {last:.2f}.\nIt makes up: {made}"


COURSE = Course(
    package="handgrad.demos.microgpt",
    begin="worksheet",
    exercise=Exercise,
    parts=(
        EveryStep("every array, one by one", "every_step"),
        ClosedForm("the norm in closed form", "norm", "emb", given="x"),
        Training("training with your own backward pass", "backward", model.PARAMETERS, training_report),
    ),
    steps=STEPS,
)
