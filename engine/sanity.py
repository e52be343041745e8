"""Three sanity checks of a training step, each of which points at one class of bug."""

from .nn.sanity import Check, StartCheck, StepCheck, SumCheck, starts_near_uniform, step_lowers_loss, sums_to_zero

__all__ = [
    "Check",
    "StartCheck",
    "StepCheck",
    "SumCheck",
    "starts_near_uniform",
    "step_lowers_loss",
    "sums_to_zero",
]
