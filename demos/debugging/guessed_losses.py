"""A step in which no function gives the loss: a usual one, of its output and what looks like its target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from handgrad.adapters.script.losses import MEANT

from .observing import Call
from .steps import Reading, Recipe, Step, arrays_in, is_floats

OUTPUTS = ("output", "out", "outputs", "y_hat", "yhat", "y_pred", "prediction", "predictions", "a2", "a3", "o")
TARGETS = ("y", "Y", "target", "targets", "labels", "t", "y_true")
"""Attributes in which an object may keep them."""


def guessed_readings(called: Sequence[Call], backwards: Sequence[Call]) -> Iterator[Reading]:
    """Yield the first backward against the forward before it, with each loss that may be meant."""
    for back in backwards[:1]:
        ends = [one for one in called if one.caller is back.caller and one.has_returned and not one.is_backward]
        for end in ends[::-1]:
            step = Step(called, end, [back])
            for name, out, output in _outputs(step, end, back):
                for word, target, recipe in _targets(step, end, back, out):
                    if step.is_closed and out.ndim and out.size:
                        yield from _with_each_loss(step, (name, out, output), (word, target, recipe))
                        return


def _outputs(step: Step, end: Call, back: Call) -> Iterator[tuple[str, Any, Recipe]]:
    """Yield what a forward gives: the name, the array, and how to get it; the last of several first."""
    number = step.links.number(end)
    if is_floats(end.result):
        yield "output", end.result, partial(_made, number, None)
    elif isinstance(end.result, tuple):
        for place, part in reversed(list(enumerate(end.result))):
            if is_floats(part):
                yield "output", part, partial(_made, number, place)
    elif end.owner is not None and end.owner is back.owner:
        held = vars(end.owner)
        for name in OUTPUTS:
            if is_floats(held.get(name)):
                yield name, held[name], partial(_kept_by, step.twin(end), name)


def _targets(step: Step, end: Call, back: Call, out: Any) -> Iterator[tuple[str, Any, Recipe]]:
    """Yield what an output may be compared with: what the backward alone is given, and what its object keeps."""
    known = {id(one) for one in [*arrays_in(end.result), *arrays_in(list(end.given.values()))]}
    for word, one in back.given.items():
        if isinstance(one, np.ndarray) and one.shape == out.shape and id(one) not in known:
            yield word, one, step.links.add_input(word, one)
    held = vars(back.owner) if hasattr(back.owner, "__dict__") else {}
    for word in TARGETS:
        if isinstance(held.get(word), np.ndarray) and held[word].shape == out.shape:
            yield word, held[word], partial(_kept_by, step.twin(back), word)


def _with_each_loss(step: Step, output: tuple[str, Any, Recipe], target: tuple[str, Any, Recipe]) -> Iterator[Reading]:
    """Yield a step with each loss that its output and its target may have, as a sum and as the usual means."""
    name, out, made = output
    word, wanted, recipe = target
    for meant in MEANT:
        if meant.is_of(out, wanted):
            said = meant.said.format(output=name, target=word)
            for share, rest in ((1.0, ""), (1.0 / len(out), ", divided by its rows"), (1.0 / out.size, ", its mean")):
                for sign in (1.0, -1.0):
                    guess = f"The loss was not seen: {said}{rest} was taken for it."
                    yield step.read(partial(_loss, made, recipe, meant.of, sign * share))._replace(guess=guess)


def _made(number: int, place: int | None, made: Mapping[int, Any], values: Mapping[str, Any]) -> Any:
    return made[number] if place is None else made[number][place]


def _kept_by(owner: Any, attribute: str, made: Mapping[int, Any], values: Mapping[str, Any]) -> Any:
    return getattr(owner, attribute)


def _loss(
    output: Recipe,
    target: Recipe,
    of: Callable[[Any, Any], Any],
    times: float,
    made: Mapping[int, Any],
    values: Mapping[str, Any],
) -> Any:
    return times * of(output(made, values), target(made, values))
