"""What is said of a Function's backward, beside what is said of any gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from .saved_tensors import Change

NO_GRADIENT = "{}: backward returns None for it, and the output does depend on it."
NOT_CONJUGATED = (
    "{}: that is the slope without its conjugate. Of complex numbers, autograd takes the upstream gradient times the "
    "conjugate of the slope."
)
MEANT = (
    "{}: nothing that comes out moves with it here, and backward passes something on. If that is meant, as in a "
    "straight-through estimator, say so: watch(intended=[{}])."
)
DAMAGED = (
    "backward writes into {0}, which is not its own: others may still need those numbers. Work on a copy, {0}.clone()."
)
UNEXPLAINED = (
    "{}: what backward returns for it is not the slope of the forward. Measure one entry: move it by 0.001, run the "
    "forward again, and divide what the output has moved by 0.001."
)
NOTHING_RAN = "No torch.autograd.Function with a gradient to pass on was called in the block, so nothing was judged."
NEVER_CALLED = (
    "The backward of {0} was not judged: {0} is a module, and autograd never calls a module's own backward. Write it "
    "as a torch.autograd.Function, and call that."
)
LEFT_OUT = "There was no time to look at every call of {}."
NOT_MET = "{}, for which a reference is given, was not called with a gradient to pass on."


def changed(function: str, change: Change) -> str:
    """Say that a tensor that a Function has kept is not what it was."""
    by = f" by '{change.by}'" if change.by else ""
    if change.inside and change.inside != f"the forward of {function}":
        by += f" in {change.inside}"
    if change.source is not None:
        by += f" ({change.source.place})"
    by = by or " unseen by autograd (through .data or NumPy, say)"
    return (
        f"{change.name}, which {function} keeps for its backward, was changed in place{by} before backward used it. "
        "Write the new numbers into a new tensor, or keep a copy."
    )


def wrong_count(given: int, inputs: int) -> str:
    """Say that a backward returns more or fewer gradients than there are inputs."""
    are = "gradient" if given == 1 else "gradients"
    return (
        f"backward returns {given} {are}, and forward has {inputs} inputs besides ctx: return one for each, in their "
        "order, None for what has none."
    )


def wrong_shape(name: str, given: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """Say that a gradient has another shape than what it is of."""
    is_transpose = given == shape[::-1] and len(shape) > 1
    end = " That is the transpose: which axis is which?" if is_transpose else ""
    return f"{name} has shape {shape}, and what backward returns for it has shape {given}.{end}"


def not_finite(name: str, given: Any) -> str:
    """Say that a gradient is nan or infinite where there is a slope."""
    at = np.argwhere(~np.isfinite(given))[0]
    entry = f"[{', '.join(map(str, at))}]" if len(at) else ""
    return (
        f"{name}: what backward returns for {name}{entry} is {float(given[tuple(at)])!r}, and the forward does have a "
        "slope there: was something divided by zero?"
    )


def wrong_axis(name: str, upstream: str, given: tuple[int, ...], right: tuple[int, ...]) -> str:
    """Say that the upstream gradient is broadcast along other axes than its own."""

    def along(axes: tuple[int, ...]) -> str:
        return f"axis {axes[0]}" if len(axes) == 1 else f"axes {', '.join(map(str, axes))}"

    return f"{name}: {upstream} is multiplied in along {along(given)}; {along(right)} would be right."
