"""Five sanity checks of a training step, each of which points at one class of bug."""

from .nn.movable import Check
from .nn.sanity import StartCheck, StepCheck, SumCheck, starts_near_uniform, step_lowers_loss, sums_to_zero
from .nn.slope_checks import DirectionCheck, along_gradient, along_random_direction

__all__ = [
    "Check",
    "DirectionCheck",
    "StartCheck",
    "StepCheck",
    "SumCheck",
    "along_gradient",
    "along_random_direction",
    "starts_near_uniform",
    "step_lowers_loss",
    "sums_to_zero",
]
