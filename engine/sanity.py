"""Five sanity checks of a training step, each of which points at one class of bug."""

from .nn.sanity import (
    Check,
    DirectionCheck,
    StartCheck,
    StepCheck,
    SumCheck,
    along_gradient,
    along_random_direction,
    starts_near_uniform,
    step_lowers_loss,
    sums_to_zero,
)

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
