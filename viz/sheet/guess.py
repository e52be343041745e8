"""Judge a predicted contribution before it is shown, by the one comparator."""

from __future__ import annotations

from typing import Any

from handgrad import NodeResult, Status, Value, compare, manual
from handgrad.number import one_line
from handgrad.ops import Op

from .notation import bracket
from .steps import Step
from .words import Words


def judge(step: Step, guess: Any, words: Words) -> tuple[bool, str | None]:
    """Return whether a guess is the step's contribution, and if not a sentence on it.

    Args:
        guess: a number, or an array of the operand's shape.
    """
    result = _result(step, guess, words)
    return (True, None) if result.status is Status.CORRECT else (False, _slip(step, result, words))


def _result(step: Step, guess: Any, words: Words) -> NodeResult:
    """Return the comparator's verdict.

    The consumer stands alone: each of its operands is a leaf, and what is computed from it passes the upstream
    gradient back. There the operand's gradient is the contribution, and its slips are those of this use.
    """
    with manual():
        leaves = [
            _isolate(operand, words, is_asked=place == step.place or operand is not step.operand)
            for place, operand in enumerate(step.consumer.operands)
        ]
        assert step.consumer.op is not None
        consumer = root = step.consumer.op(*leaves)
        if step.consumer is not words.root:
            consumer.label = words.name(step.consumer)
            root = _passed_back(step.upstream, consumer)
    root.label = words.name(words.root)
    root.grad, consumer.grad = 1.0, step.upstream
    asked = leaves[step.place]
    asked.grad = guess
    return compare(root, nodes=[asked])[asked]


def _isolate(operand: Value, words: Words, *, is_asked: bool) -> Any:
    """Return a node that holds what the operand holds; a constant if not asked for."""
    data: Any = operand.data
    name, is_constant = words.name(operand), operand.is_constant or not is_asked
    if not operand.shape:
        return (Value.constant if is_constant else Value)(data, name)
    if is_constant:
        return data  # an array that is no node becomes one
    is_masked = data == float("-inf")
    if not is_masked.any():
        return type(operand)(data, name)
    # No leaf holds -inf, and what is computed with a mask may.
    mask, numbers = data.copy(), data.copy()
    mask[~is_masked], numbers[is_masked] = 0.0, 0.0
    made: Value = type(operand)(numbers) + mask
    made.label = name
    return made


def _passed_back(upstream: Any, consumer: Any) -> Any:
    """Return a number whose slope by the consumer is the upstream gradient."""
    if consumer.shape:
        return (consumer * upstream).sum()
    return Op("...", lambda x: x, lambda x, y: (upstream,))(consumer)


def _slip(step: Step, result: NodeResult, words: Words) -> str:
    """Return the sentence on a wrong guess."""
    if result.slip is not None and result.slip.kind != "factor":
        return one_line(result.slip.message)
    operand, consumer = words.name(step.operand), words.name(step.consumer)
    off = (
        "the shape fits, but no usual mistake gives these numbers. The contribution is"
        if step.operand.shape
        else ("no usual mistake gives this number. It is")
    )
    return (
        f"{operand}: {off} the upstream gradient, {bracket(consumer)}.grad, times the local derivative, "
        f"{words.derivative(step.consumer, step.operand)}. What is each of the two?"
    )
