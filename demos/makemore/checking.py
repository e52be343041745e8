"""What is asked of a worksheet: the four parts, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..worksheets.command import Course
from ..worksheets.parts import ClosedForm, EveryStep, Training
from . import model
from .exercise import Exercise
from .training import sample, train

STEPS = 2000


def training_report(backward: Callable[[Any], Any], steps: int = STEPS) -> str:
    """Train, and say what came of it in two lines."""
    run = train(backward, steps)
    first, last = sum(run.losses[:20]) / 20, sum(run.losses[-200:]) / len(run.losses[-200:])
    made = ", ".join(sample(run.parameters))
    return f"{steps:,} steps with your gradients: the loss falls from {first:.2f} to {last:.2f}.\nIt makes up: {made}"


COURSE = Course(
    package="handgrad.demos.makemore",
    begin="start",
    exercise=Exercise,
    parts=(
        EveryStep("every array, one by one", "every_step"),
        ClosedForm("cross-entropy in closed form", "cross_entropy", "logits"),
        ClosedForm("batch norm in closed form", "batch_norm", "hprebn", given="hpreact"),
        Training("training with your own backward pass", "backward", model.PARAMETERS, training_report),
    ),
    steps=STEPS,
)
