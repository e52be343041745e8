"""Three sanity checks of a training step, each of which points at one class of bug.

They need no reference gradient: the logit gradients of a cross-entropy sum to 0, a small step
downhill lowers the loss, and an untrained classifier's loss is that of a uniform guess.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import NotANumberError, UnfilledError
from ..names import name_of
from ..number import as_number, half_a_digit
from ..value import Value
from .functional import ShapeError, a_type, whole_number
from .optim import SettingError, filled_grads, trainable


@dataclass(frozen=True)
class Check:
    """The outcome of a sanity check; its truth value is `ok`, its text says what to look at.

    Attributes:
        ok: whether the check holds.
        message: one or two sentences: the numbers, and what class of bug a failure points at.
    """

    ok: bool
    message: str

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        return f"{'ok' if self.ok else 'FAILED'}: {self.message}"


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
    """Whether the logit gradients of each row cancel, as p - y must: p and y both sum to 1.

    Args:
        grads: Values (their `.grad` is read) or numbers; one row, or rows in lists or an array.
        rtol: a sum may differ from 0 by this share of the summed sizes of its row.
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
    share = _at_least_0(rtol, "sums_to_zero", "rtol")
    rows = list(_rows(grads, where))
    sums = tuple(math.fsum(row) for row in rows)
    allowed = tuple(
        share * math.fsum(map(abs, row)) + (math.fsum(map(_rounding, row)) if typed else 0.0) for row in rows
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


def step_lowers_loss(loss_fn: Callable[[], Value | float], params: Iterable[Value], lr: float) -> StepCheck:
    """Whether one descent step along the gradients that the parameters hold now lowers the loss.

    The parameters' data and grad are as before afterwards, whatever `loss_fn` does or raises.

    Args:
        loss_fn: builds the loss from the parameters' present data each time it is called.
        params: leaf Values whose `.grad` is filled in.
        lr: the size of the step, above 0; too large a step raises the loss of a right gradient too.

    Returns:
        A `StepCheck`.

    Raises:
        ShapeError, NotAParameterError: there is no parameter, or one is no leaf Value.
        UnfilledError: a grad is None.
        NotANumberError, NotFiniteError: a grad, the loss or `lr` is no finite number, or a
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
    if not callable(loss_fn):
        raise NotANumberError(loss_fn, f"{where}(loss_fn)", "Give a function that builds the loss: lambda: loss(w).")
    parameters = trainable(params, f"{where}(params)")
    rate = as_number(lr, f"{where}(lr)")
    if rate <= 0.0:
        raise SettingError(where, "lr", lr, "above 0")
    grads = filled_grads(parameters, where)
    kept = [(parameter, parameter.data, parameter.grad) for parameter in parameters]
    try:
        before = _loss(loss_fn(), f"{where}: the loss before")
        for (parameter, data, _), grad in zip(kept, grads):
            parameter.data = data - rate * grad
        after = _loss(loss_fn(), f"{where}: the loss after")
    finally:
        for parameter, data, own_grad in kept:
            parameter.data, parameter.grad = data, own_grad
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
    """Whether an untrained classifier's cross-entropy is near log(classes), that of a uniform guess.

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
    share = _at_least_0(rtol, where, "rtol")
    number = _loss(loss, f"{where}(loss)")
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


def _at_least_0(value: float, where: str, name: str) -> float:
    number = as_number(value, f"{where}({name})")
    if number < 0.0:
        raise SettingError(where, name, value, "0 or more")
    return number


def _loss(thing: Any, where: str) -> float:
    return thing.data if isinstance(thing, Value) else as_number(thing, where)


def _rows(grads: Any, where: str) -> Iterable[list[float]]:
    """The innermost rows of a nest of lists or arrays."""
    stack = [grads]
    while stack:
        items = stack.pop()
        if isinstance(items, (str, Value)) or not isinstance(items, Iterable) or getattr(items, "ndim", 1) == 0:
            raise ShapeError(where, "a row of gradients or rows of them", a_type(items))
        items = list(items)
        if not items:
            raise ShapeError(where, "one gradient or more in each row", "none")
        nested = [_is_row(item) for item in items]
        if all(nested):
            stack.extend(reversed(items))
        elif any(nested):
            raise ShapeError(where, "numbers or rows", "both side by side")
        else:
            yield [_gradient(item, place, where) for place, item in enumerate(items)]


def _is_row(item: Any) -> bool:
    return isinstance(item, Iterable) and not isinstance(item, (str, Value)) and getattr(item, "ndim", 1) > 0


def _gradient(item: Any, place: int, where: str) -> float:
    if not isinstance(item, Value):
        return as_number(item, f"{where}: gradient {place}")
    if item.grad is None:
        raise UnfilledError(name_of(item), where)
    return as_number(item.grad, f"{where}: grad of {name_of(item)}")


def _rounding(gradient: float) -> float:
    """How far a number may be from what it was rounded from; 0 stands for nothing but itself."""
    return half_a_digit(gradient, gradient) if gradient else 0.0
