"""What is said of a Function's backward, beside what is said of any gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from .kept import Change


def changed(function: str, change: Change) -> str:
    """A tensor that a Function has kept is not what it was."""
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


def damaged(name: str) -> str:
    """A backward that writes to what it was given."""
    return (
        f"backward writes into {name}, which is not its own: others may still need those numbers. Work on a copy, "
        f"{name}.clone()."
    )


def wrong_count(given: int, inputs: int) -> str:
    are = "gradient" if given == 1 else "gradients"
    return (
        f"backward returns {given} {are}, and forward has {inputs} inputs besides ctx: return one for each, in their "
        "order, None for what has none."
    )


def wrong_shape(name: str, given: tuple[int, ...], shape: tuple[int, ...]) -> str:
    end = ""
    if given == shape[::-1] and len(shape) > 1:
        end = " That is the transpose: which axis is which?"
    return f"{name} has shape {shape}, and what backward returns for it has shape {given}.{end}"


def not_finite(name: str, given: Any) -> str:
    at = np.argwhere(~np.isfinite(given))[0]
    entry = f"[{', '.join(map(str, at))}]" if len(at) else ""
    return (
        f"{name}: what backward returns for {name}{entry} is {float(given[tuple(at)])!r}, and the forward does have a "
        "slope there: was something divided by zero?"
    )


def no_gradient(name: str) -> str:
    return f"{name}: backward returns None for it, and the output does depend on it."


def is_meant(name: str, function: str) -> str:
    return (
        f"{name}: nothing that comes out moves with it here, and backward passes something on. If that is meant, as in "
        f"a straight-through estimator, say so: watch(intended=[{function}])."
    )


def wrong_axis(name: str, upstream: str, given: tuple[int, ...], right: tuple[int, ...]) -> str:
    def along(axes: tuple[int, ...]) -> str:
        return f"axis {axes[0]}" if len(axes) == 1 else f"axes {', '.join(map(str, axes))}"

    return f"{name}: {upstream} is multiplied in along {along(given)}; {along(right)} would be right."


def not_conjugated(name: str) -> str:
    return (
        f"{name}: that is the slope without its conjugate. Of complex numbers, autograd takes the upstream gradient "
        "times the conjugate of the slope."
    )


def unexplained(name: str) -> str:
    return (
        f"{name}: what backward returns for it is not the slope of the forward. Measure one entry: move it by 0.001, "
        "run the forward again, and divide what the output has moved by 0.001."
    )


NOTHING_RAN = "No torch.autograd.Function with a gradient to pass on was called in the block, so nothing was judged."


def never_called(module: str) -> str:
    """A module that has a backward, as if it were a Function."""
    return (
        f"The backward of {module} was not judged: {module} is a module, and autograd never calls a module's own "
        "backward. Write it as a torch.autograd.Function, and call that."
    )


def left_out(function: str, *, is_all: bool) -> str:
    return f"There was no time to look at {'any' if is_all else 'every'} call of {function}."


def not_met(function: str) -> str:
    """A reference was given for a Function that did not run."""
    return f"{function}, for which a reference is given, was not called with a gradient to pass on."
