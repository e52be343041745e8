"""What was filled in for an array and is no gradient of it: another shape, or no finite numbers."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from ..amounts import near
from ..number import one_line
from ..value import Value
from . import messages
from .candidates import Shape, is_finite
from .messages import NodeNames, walk
from .slip import Slip

if TYPE_CHECKING:
    from ..verdict.array_result import ArrayResult
    from ..verdict.comparison import Comparison

BROADCAST = "what was broadcast forward is summed backward."
MOST_NEAR = 8
"""How many arrays are looked at for a mask, the nearest."""

SAME_NUMBERS, EXACT = 1e-2, 1e-6
"""How near numbers of another shape must be to be taken as right, and to be taken as a multiple."""

_KINDS = {"U": "texts", "S": "bytes", "b": "truth values", "c": "complex numbers"}


def malformed_gradient(result: Any, comparison: Comparison) -> Slip:
    """Return the slip of what cannot be read as finite numbers in an array's shape."""
    name, actual = one_line(result.name), result.actual
    if result.numbers is not None:
        return _bad_entry(name, result, comparison)
    given = _as_array(actual)
    if given is None or given.dtype.kind not in "iufO" or given.shape == result.shape:
        return _not_numbers(name, actual, given)
    shown = f"has shape {given.shape}" if given.shape else "is one number"
    wrong_numbers = _wrong_numbers(result, given)
    advice = _advice(result, given.shape, comparison, wrong_numbers)
    return Slip("shape", f"{name} has shape {result.shape}, and its gradient {shown}. {advice}{wrong_numbers}")


def _as_array(actual: Any) -> Any:
    """Return the array that it stands for; None for a node, or for lists of different lengths."""
    try:
        return np.asarray(actual)
    except (TypeError, ValueError):
        return None


def _not_numbers(name: str, actual: Any, given: Any) -> Slip:
    """Return the slip of what is no array of real numbers."""
    if isinstance(actual, Value):
        what = "is a node, not numbers. Write its .grad or its .data."
    elif given is None:
        what = "is a list of rows of different lengths."
    else:
        holds = f"holds {_KINDS.get(given.dtype.kind, 'objects')}" if given.shape else f"is a {type(actual).__name__}"
        what = f"{holds}, not real numbers. Write an array of floats."
    return Slip("not-a-number", f"The gradient of {name} {what}")


def _bad_entry(name: str, result: ArrayResult, comparison: Comparison) -> Slip:
    """Return the slip where an entry holds something that is no finite number."""
    at = tuple(np.argwhere(np.isnan(result.numbers))[0].tolist())
    entry, where = np.asarray(result.actual)[at], f"{name}: {name}[{', '.join(map(str, at))}]"
    if not isinstance(entry, (float, np.floating)):
        return Slip("not-a-number", f"{where} holds a {type(entry).__name__}, not a number.")
    mask = _mask_at(result.node, at, comparison)
    if mask is not None:
        return Slip("not-finite", messages.masked_entry(where, float(entry), mask))
    clause = f"is {float(entry)!r}. A gradient is a finite number: was something divided by zero?"
    return Slip("not-finite", f"{where} {clause}")


def _mask_at(node: Value, at: tuple[int, ...], comparison: Comparison) -> str | None:
    """Return the name of the nearest array of that shape whose data are -inf at that entry."""

    def alike(each: Value) -> list[Value]:
        return [consumer for consumer, _ in comparison.uses[each] if consumer.shape == node.shape]

    names = NodeNames(comparison)
    return next((names[each] for each in walk(node, alike, MOST_NEAR) if np.asarray(each.data)[at] == -np.inf), None)


def _advice(result: ArrayResult, given: Shape, comparison: Comparison, wrong_numbers: str) -> str:
    """Return what a wrong shape says of the mistake."""
    shape, consumers, names = result.shape, [at for at, _ in comparison.uses[result.node]], NodeNames(comparison)
    if (other := _exchanged_with(result, given, comparison)) is not None:
        return f"That is the shape of {names[other]}: are these two gradients exchanged?"
    size, given_size = math.prod(shape), math.prod(given)
    if axes := next(filter(None, (_wrong_axes(result, given, each, names, wrong_numbers) for each in consumers)), ""):
        return axes
    alike = next((consumer for consumer in consumers if consumer.shape == given and given_size != size), None)
    if alike is not None:
        way_back = f"how does its gradient become one of shape {shape}?"
        if _is_entrywise(alike):
            way_back = BROADCAST
        elif str(alike.op) in ("sum", "mean", "var", "std", "max", "min"):
            way_back = "what was summed forward is broadcast backward."
        return f"That is the shape of {names[alike]}: {way_back}"
    beside = (other for consumer in consumers for other in consumer.operands if other.shape == given != shape[::-1])
    if (other := next(beside, None)) is not None and given_size > size:
        return f"That is the shape of {names[other]}: is it the gradient of that?"
    is_factor = any(str(consumer.op) == "@" for consumer in consumers)
    if is_factor and (wrong := _factor_of_another(result, comparison)) is not None:
        return f"T{messages.another_input(names[wrong[0]], names[result.node], names[wrong[1]])[1:]}"
    if given == shape[::-1] and len(shape) > 1 and (is_factor or not wrong_numbers):
        question = "Which factor of the product is transposed, and on which side does it stand?"
        return f"That is the transpose. {question if is_factor else 'Which axis is which?'}"
    if given and _squeeze(given) == _squeeze(shape):
        if len(given) < len(shape):
            return "An axis of length 1 is missing: a sum with keepdims=True keeps it."
        return "An axis of length 1 is too many, or in another place: a sum without keepdims=True drops it."
    if len(given) > len(shape) and given_size > size:
        return "It has axes too many: along which of them do the uses add up?"
    if 0 < given_size == size:
        return "The numbers are as many: what was reshaped forward is reshaped back."
    if given_size < size:
        return "Is an axis summed that was not broadcast forward, or one left out?"
    rule = "A gradient has the shape of what it is the gradient of"
    is_broadcast = any(consumer.shape != shape for consumer in consumers if _is_entrywise(consumer))
    return f"{rule}: {BROADCAST}" if is_broadcast else f"{rule}."


def _wrong_axes(result: ArrayResult, given: Shape, consumer: Value, names: NodeNames, wrong_numbers: str) -> str:
    """Return what to say of a gradient with the shape of the consumer's, summed along other axes than it must be."""
    shape = consumer.shape
    if not _is_entrywise(consumer) or shape in (given, result.shape):
        return ""
    for count in range(1, len(shape) + 1):
        for axes in combinations(range(len(shape)), count):
            kept = tuple(1 if axis in axes else length for axis, length in enumerate(shape))
            dropped = tuple(length for axis, length in enumerate(shape) if axis not in axes)
            if given in (kept, dropped):
                is_left_over = given != kept and len(given) > len(result.shape)
                if _squeeze(kept) == _squeeze(result.shape) and not wrong_numbers and not is_left_over:
                    return ""
                of, node = names.axes_of(consumer), names[result.node]
                return f"Y{messages.summed_over_wrong_axis(messages.axes(axes), of, node)[1:]}"
    return ""


def _factor_of_another(result: ArrayResult, comparison: Comparison) -> tuple[Value, Value] | None:
    """Return the array that stands for the other factor of a product, and the product."""
    given = np.asarray(result.actual)
    for consumer, argnum in comparison.uses[result.node]:
        upstream = np.asarray(comparison.upstream[consumer])
        for other in comparison.places if str(consumer.op) == "@" and upstream.ndim == given.ndim == 2 else ():
            for factor in (np.asarray(other.data), np.asarray(other.data).T) if other.label else ():
                pair = (factor, upstream) if argnum else (upstream, factor)
                fits = factor.ndim == 2 and pair[0].shape[1] == pair[1].shape[0] and given.any()
                if fits and all(map(is_finite, pair)) and near(given, pair[0] @ pair[1], EXACT):
                    return other, consumer
    return None


def _is_entrywise(node: Value) -> bool:
    return getattr(node.op, "scalar", None) is not None


def _exchanged_with(result: ArrayResult, given: Shape, comparison: Comparison) -> Value | None:
    """Return the array that was given a gradient of the node's shape, and it one of that array's."""
    beside = (other for consumer, _ in comparison.uses[result.node] for other in consumer.operands)
    every = dict.fromkeys([*beside, *(each.node for each in comparison)])
    alike = ((other, _as_array(comparison[other].actual)) for other in every if other.shape == given != result.shape)
    return next((other for other, own in alike if own is not None and own.shape == result.shape), None)


def _wrong_numbers(result: ArrayResult, given: Any) -> str:
    """Return what is to be said of the numbers: brought to the right shape, they may be wrong, too."""
    shape, asked = result.shape, [np.asarray(result.expected, dtype=float)]
    if result.terms:
        asked.append(np.asarray(sum(term.contribution for term in result.terms), dtype=float))
    if given.dtype.kind not in "iuf" or not given.size or any(one.shape != shape for one in asked):
        return ""
    as_meant = [given.reshape(shape)] if _squeeze(given.shape) == _squeeze(shape) else []
    as_meant += [given.T] if given.shape == shape[::-1] else []
    pairs = [(one, other) for one in as_meant for other in asked]
    if not pairs or any(near(one, other, SAME_NUMBERS) for one, other in pairs):
        return ""
    for one, other in pairs:
        times = float(np.vdot(one, other)) / (float(np.vdot(other, other)) or 1.0)
        if times and near(one, times * other, EXACT) and abs(times - round(times)) < EXACT:
            return f" Its numbers are wrong, too: they are {round(times)} times what they should be."
    return " Its numbers are wrong, too: look at them once the shape is right."


def _squeeze(shape: Shape) -> Shape:
    return tuple(length for length in shape if length != 1)
