"""A step in which no function gives the loss: a usual one, of its output and what looks like its target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from handgrad.adapters.errors import UserCodeError
from handgrad.adapters.numpy.calling import run_user
from handgrad.adapters.sandbox import quietly
from handgrad.adapters.script.losses import MEANT
from handgrad.repair.effects import hold_effects

from .observing import BACKWARD, Call
from .readings import FORWARD
from .steps import Reading, Recipe, Step, arrays_in, bind, describe, inputs_of, is_floats

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
        yield from _with_uncalled_forward(back)


def _with_uncalled_forward(back: Call) -> Iterator[Reading]:
    """Yield a method that goes forward by itself and back, against a method that only goes forward, with each loss."""
    own = vars(type(back.owner)) if back.owner is not None else {}
    ahead = [name for name in own if FORWARD.search(name) and BACKWARD.search(name) is None and name != back.name]
    words = [word for word, one in back.given.items() if is_floats(one)]
    for name in ahead if len(words) == 2 else ():
        given, target = words
        copies: dict[int, Any] = {}
        go_back = bind(back, copies)
        go_ahead = getattr(copies[id(back.owner)], name)
        try:
            with hold_effects(), quietly():
                out = run_user(name, partial(go_ahead, back.given[given].copy()))
        except UserCodeError:  # it may need something else
            continue
        for meant in MEANT:
            if np.shape(out) == back.given[target].shape and meant.is_of(out, back.given[target]):
                said = meant.said.format(output=f"{name}({given})", target=target)
                yield Reading(
                    partial(_loss_ahead, go_ahead, meant.of, given, target),
                    go_back,
                    inputs_of(back),
                    f"{describe(back)} against {name}",
                    f"The loss was not seen: {said} was taken for it.",
                )


def _loss_ahead(
    forward: Callable[..., Any], of: Callable[[Any, Any], Any], given: str, target: str, **values: Any
) -> Any:
    return of(forward(values[given]), values[target])


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
