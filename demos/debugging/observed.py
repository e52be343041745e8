"""The verdict on the calls that were seen of a file's functions."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import click

import handgrad  # check_backward by it: it loads NumPy
from handgrad import Comparison, HandgradError
from handgrad.adapters.numpy.calling import Inputs
from handgrad.adapters.script.judge import Script
from handgrad.repair.effects import hold_effects
from handgrad.verdict.status import Status

from ..waiting import bar
from .guessed_losses import guessed_readings
from .notebooks import Rename
from .observing import Observer
from .readings import first_step, readings
from .refusals import Attempt, explain_refusal
from .scripts import UnprovenError, require_proof, say_pairs
from .steps import Reading
from .training_code import inner_first
from .turn_verdicts import check_turns

Judged = list[tuple[Reading, Comparison]]


def check_calls(observer: Observer, script: Script | None, rename: Rename, *, quick: bool) -> Comparison | str:
    """Return the verdict on what calls mean, and say on the error stream what was checked.

    Args:
        observer: has seen the file run.
        script: the file as a script without functions.
        rename: what names the file's lines in a sentence.
        quick: whether to do without experiments.

    Returns:
        Why nothing can be checked, where that is so; "" where there is nothing to say about it.
    """
    attempts: list[Attempt] = []
    found = next(_verdicts(observer, script, rename, attempts, quick=quick), None)
    return explain_refusal(attempts, first_step(observer.calls)[1]) if found is None else found


def _verdicts(
    observer: Observer, script: Script | None, rename: Rename, attempts: list[Attempt], *, quick: bool
) -> Iterator[Comparison]:
    """Yield what is known best first: a turn of training, a loss that is called, then one that is guessed at."""
    called, backwards = first_step(observer.calls)
    turns = [observer.turns[one] for one in inner_first(list(observer.finished))]
    for found, words, is_whole in check_turns(turns, rename, attempts, quick=quick):
        # What moves a part of an array is not followed; what a function gives may be.
        if found.ok and not is_whole:
            others = _check_readings(observer, rename, *readings(called, backwards), quick=quick)
            yield from (one for one in others if not one.ok)
        click.echo(words, err=True)
        yield found
    # Of a file that trains, the derivatives of its activations are the lesser part.
    trains = any(one.record.moved for one in attempts)
    yield from _check_readings(observer, rename, *readings(called, backwards), quick=quick, trains=trains)
    yield from _check_script(observer, script, quick=quick)
    yield from _check_readings(observer, rename, guessed_readings(called, backwards), (), quick=quick)


def _check_readings(
    observer: Observer,
    rename: Rename,
    choices: Iterable[Reading],
    others: Iterable[Reading],
    *,
    quick: bool,
    trains: bool = False,
) -> Iterator[Comparison]:
    """Yield the verdict on the best of some choices, else on the others together.

    Args:
        trains: whether there is more to be checked than parts.
    """
    judged = _judge_all(choices)
    if judged:
        reading, found = max(judged, key=lambda one: (one[1].ok, -len(one[1].wrong)))
        words = reading.words
    else:
        judged = _judge_all(others)
        if not judged:
            return
        reading, found = next((one for one in judged if not one[1].ok), judged[0])
        if found.ok and trains and all(one.is_part for one, _ in judged):
            return
        words = "; ".join(one.words for one, _ in judged) if found.ok else reading.words
    if not (observer.has_failed and found.ok):
        click.echo(f"Checked {rename(words)}, with the arguments of the first call.", err=True)
    found = found if found.ok or quick else _check(reading, quick=False)
    found.remark = " ".join(filter(None, [reading.guess, found.remark]))
    yield found


def _judge_all(group: Iterable[Reading]) -> Judged:
    """Return the verdict on each reading that can be checked; of guesses up to the first that all gradients agree with.

    A guess with which none agrees is none.
    """
    judged: Judged = []
    for one in group:
        names = Inputs(one.inputs, one.forward).names
        if len(set(names)) < len(names):
            continue  # two of one name are not told apart
        with contextlib.suppress(HandgradError):
            found = _check(one, quick=True)
            if not one.guess or any(result.status is Status.CORRECT for result in found.results):
                judged.append((one, found))
            if one.guess and found.ok:
                break
    return judged


def _check(reading: Reading, *, quick: bool) -> Comparison:
    with bar() as progress:
        return handgrad.check_backward(
            reading.forward, reading.backward, reading.inputs, quick=quick, progress=progress
        )


def _check_script(observer: Observer, script: Script | None, *, quick: bool) -> Iterator[Comparison]:
    """Yield the verdict on the file as a script without functions."""
    space: dict[str, Any] = {"__name__": "__main__", "__file__": str(observer.path)}
    if script is None or not script.gradients:
        return
    refusals = contextlib.suppress(HandgradError, UnprovenError)
    with contextlib.redirect_stdout(sys.stderr), bar() as progress, refusals:
        if _set_up(script, space):
            found = script.check(space, script.gradients, quick=quick, progress=progress)
            require_proof(found)
            say_pairs("the script", script.gradients)
            yield found


def _set_up(loop: Script, space: dict[str, Any]) -> bool:
    """Run what comes before a loop once more, without the effects that it has had; tell whether that can be."""
    try:
        with hold_effects():
            exec(loop.setup_code, space)
    except (Exception, SystemExit):  # it may return early, or need what it may not do again
        return False
    return True
