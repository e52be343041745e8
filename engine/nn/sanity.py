"""Sanity checks of a training step, each of which points at one class of bug.

They need no reference gradient: the logit gradients of a cross-entropy sum to 0, a small step
downhill lowers the loss, and an untrained classifier's loss is that of a uniform guess. Two more,
which measure the loss's slope, are in `slope_checks.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..names import name_of
from ..number import finite_float
from ..value import Value
from ..verdict.rounding import half_digit_typed
from .functional import ShapeError, a_type, is_sequence, whole_number
from .movable import Check, detach_tensor, epsilon, loss_of, read_gradient, require_function, restore_parameters
from .optim import SettingError, require_nonnegative


@dataclass(frozen=True)
class SumCheck(Check):
    """Of `sums_to_zero`: each row's sum, and how far from 0 it may be."""

    sums: tuple[float, ...]
    allowed: tuple[float, ...]


@dataclass(frozen=True)
class StepCheck(Check):
    """Of `step_lowers_loss`: the loss before and after the step."""

    before: float
    after: float


@dataclass(frozen=True)
class StartCheck(Check):
    """Of `starts_near_uniform`: the loss, and log(classes)."""

    loss: float
    expected: float


def sums_to_zero(grads: Iterable[Any], *, rtol: float = 1e-6, typed: bool = True) -> SumCheck:
    """Return whether the logit gradients of each row sum to 0, as p - y does.

    Args:
        grads: Values (their `.grad` is read) or numbers; one row, or rows in lists, an array or a tensor.
        rtol: a sum may differ from 0 by this share of the summed sizes of its row, and by the noise of the
            precision that an array or a tensor is held in.
        typed: allow for numbers that a person rounded as well: half a unit of each one's last
            digit, where it has three significant digits or more, or three decimals.

    Returns:
        A `SumCheck`.

    Raises:
        ShapeError: there is no number, or numbers and rows are mixed.
        UnfilledError: a Value's grad is None.
        NotANumberError, NotFiniteError: a gradient, or `rtol`, is no finite number.
        SettingError: `rtol` is below 0.

    Examples:
        >>> print(sums_to_zero([-0.335, 0.245, 0.09]))
        ok: the gradients sum to 0, as p - y must.
        >>> sums_to_zero([0.665, 0.245, 0.09]).ok
        False
    """
    where = "sums_to_zero(grads)"
    share = max(require_nonnegative(rtol, "sums_to_zero", "rtol"), 32.0 * epsilon(grads))
    rows = list(_rows(grads, where))
    sums = tuple(math.fsum(row) for row in rows)
    allowed = tuple(
        share * math.fsum(map(abs, row)) + (math.fsum(map(half_digit_typed, row)) if typed else 0.0) for row in rows
    )
    bad = [place for place, (total, limit) in enumerate(zip(sums, allowed)) if abs(total) > limit]
    if not bad:
        each = f" in each of {len(rows)} rows" if len(rows) > 1 else ""
        message = f"the gradients sum to 0{each}, as p - y must."
    else:
        first = f" of row {bad[0]}" if len(rows) > 1 else ""
        message = (
            f"the gradients{first} sum to {sums[bad[0]]:.6g}, not to 0. A normalisation is lost: "
            "look for a missing - y, or a missing path through the softmax's sum."
        )
    return SumCheck(not bad, message, sums, allowed)


def step_lowers_loss(loss_fn: Callable[[], Any], params: Any, grads: Any = None, lr: float | None = None) -> StepCheck:
    """Return whether one descent step along the gradients lowers the loss.

    The parameters' data and grad are as before afterwards, whatever `loss_fn` does or raises.

    Args:
        loss_fn: gives the loss for what the parameters hold when it is called: a Value, a number or a tensor.
        params: leaf Values, arrays of NumPy (moved in place), tensors; a list or a dict of them; or a module with
            `named_parameters()` or `parameters()`.
        grads: the gradients in the same order, or by the same names, or by node; by default what `.grad` holds. A
            number here is the lr.
        lr: the size of the step, above 0; too large a step raises the loss of a right gradient too. By default such
            that a right gradient lowers the loss by about a hundredth.

    Returns:
        A `StepCheck`.

    Raises:
        ShapeError: there is no parameter, or gradients and parameters do not pair.
        NotAParameterError: something cannot be moved.
        UnfilledError: a gradient is missing.
        NotANumberError, NotFiniteError: a gradient, the loss or `lr` is no finite number, or a
            parameter would become none.
        SettingError: `lr` is not above 0.

    Examples:
        >>> w = Value(3.0, "w")
        >>> (w * w).backward()
        >>> check = step_lowers_loss(lambda: w * w, [w], lr=0.1)
        >>> check.ok, check.before, round(check.after, 2), w.data
        (True, 9.0, 5.76, 3.0)
    """
    where = "step_lowers_loss"
    require_function(loss_fn, where)
    if lr is None and isinstance(grads, (int, float, str)):
        grads, lr = None, grads
    rate = None if lr is None else finite_float(lr, f"{where}(lr)")
    if rate is not None and rate <= 0.0:
        raise SettingError(where, "lr", lr, "above 0")
    with restore_parameters(params, grads, where) as parameters:
        before = loss_of(loss_fn(), f"{where}: the loss before")
        if rate is None:
            square = math.fsum(parameter.dot(parameter.grad) for parameter in parameters)
            rate = 0.01 * (abs(before) or 1.0) / (square or 1.0)
        for parameter in parameters:
            parameter.move(-rate, parameter.grad)
        after = loss_of(loss_fn(), f"{where}: the loss after")
    if after < before:
        message = f"a step of lr {rate:g} lowers the loss from {before:.6g} to {after:.6g}."
    elif after == before:
        message = (
            f"a step of lr {rate:g} leaves the loss at {before:.6g}: every gradient is 0, the step is too small to "
            "see, or loss_fn gives an old graph and does not build the loss anew."
        )
    else:
        message = (
            f"a step of lr {rate:g} raises the loss from {before:.6g} to {after:.6g}. A gradient has the wrong sign "
            "or scale; where a smaller lr passes, it is the scale or the step."
        )
    return StepCheck(after < before, message, before, after)


def starts_near_uniform(loss: Value | float, classes: int, *, rtol: float = 0.1) -> StartCheck:
    """Return whether an untrained classifier's cross-entropy is near log(classes), that of a uniform guess.

    Args:
        loss: the mean cross-entropy before the first step.
        classes: how many classes there are, 2 or more.
        rtol: how far from log(classes) it may be, as a share of it.

    Returns:
        A `StartCheck`.

    Raises:
        NotANumberError, NotFiniteError: `loss` or `rtol` is no finite number.
        SettingError: `classes` is no int of 2 or more, or `rtol` is below 0.

    Source:
        Karpathy, A recipe for training neural networks (2019), "verify loss @ init".

    Examples:
        >>> print(starts_near_uniform(3.29, 27))
        ok: the loss starts at 3.29, near log(27) = 3.2958.
        >>> starts_near_uniform(27.0, 27).ok
        False
    """
    where = "starts_near_uniform"
    count = whole_number(classes)
    if count is None or count < 2:
        raise SettingError(where, "classes", classes, "an int of 2 or more")
    share = require_nonnegative(rtol, where, "rtol")
    number = loss_of(loss, f"{where}(loss)")
    expected = math.log(count)
    start = f"the loss starts at {number:.5g}"
    is_near = abs(number - expected) <= share * expected
    if is_near:
        message = f"{start}, near log({count}) = {expected:.5g}."
    elif number > expected:
        message = (
            f"{start}, above log({count}) = {expected:.5g}: the model is sure and wrong before it has learned "
            "anything. Bad initialisation (the last layer's weights are too large), a wrong label, or a sum that "
            "should be a mean."
        )
    else:
        message = (
            f"{start}, below log({count}) = {expected:.5g}: the model knows more than it can before it has learned "
            "anything. A wrong label or number of classes, an input that holds the answer, or bad initialisation."
        )
    return StartCheck(is_near, message, number, expected)


def _rows(grads: Any, where: str) -> Iterable[list[float]]:
    """Yield the innermost rows of a nest of lists or arrays."""
    given = detach_tensor(grads)
    if not is_sequence(given):
        raise ShapeError(where, "a row of gradients or rows of them", a_type(given))
    items = list(given)
    if not items:
        raise ShapeError(where, "one gradient or more in each row", "none")
    nested = set(map(is_sequence, items))
    if len(nested) > 1:
        raise ShapeError(where, "numbers or rows", "both side by side")
    if True in nested:
        for item in items:
            yield from _rows(item, where)
    else:
        yield [
            read_gradient(item.grad, (), name_of(item), where)
            if isinstance(item, Value)
            else finite_float(item, f"{where}: gradient {place}")
            for place, item in enumerate(items)
        ]
