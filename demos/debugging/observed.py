"""The verdict on the calls that were seen of a file's functions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence

import click
import numpy as np

import handgrad  # check_backward by it: it loads NumPy
from handgrad import Comparison, HandgradError
from handgrad.adapters.numpy.calling import Inputs

from ..waiting import bar
from .notebooks import Rename
from .observing import Call, Observer
from .options import Options
from .readings import Reading, first_step, readings
from .refusals import Attempt, explain_refusal
from .training_code import inner_first
from .turn_verdicts import check_turns

Judged = list[tuple[Reading, Comparison]]


def check_calls(observer: Observer, rename: Rename, options: Options, *, quick: bool) -> Comparison | str:
    """Return the verdict on what calls mean, and say on the error stream what was checked.

    Args:
        observer: has seen the file run.
        rename: what names the file's lines in a sentence.
        options: what the person names.
        quick: whether to do without experiments.

    Returns:
        Why nothing can be checked, where that is so; "" where there is nothing to say about it.
    """
    attempts: list[Attempt] = []
    found = next(_verdicts(observer, rename, attempts, options, quick=quick), None)
    return explain_refusal(attempts, first_step(observer.calls)[1]) if found is None else found


def _verdicts(
    observer: Observer, rename: Rename, attempts: list[Attempt], options: Options, *, quick: bool
) -> Iterator[Comparison]:
    """Yield what is known best first: a turn of training, then its parts."""
    called, _ = first_step(observer.calls)
    turns = [observer.turns[one] for one in inner_first(list(observer.finished))]
    for found, words, is_whole in check_turns(turns, rename, attempts, options, quick=quick):
        # What moves a part of an array is not followed; what a function gives may be.
        if found.ok and not is_whole:
            yield from (one for one in _check_parts(observer, rename, called, quick=quick) if not one.ok)
        click.echo(words, err=True)
        yield found
    # Of a file that trains, the derivatives of its activations are the lesser part.
    trains = any(one.record.moved for one in attempts)
    yield from _check_parts(observer, rename, called, quick=quick, trains=trains)


def _check_parts(
    observer: Observer, rename: Rename, called: Sequence[Call], *, quick: bool, trains: bool = False
) -> Iterator[Comparison]:
    """Yield the verdict on the parts of what was called: on the first wrong one, else on all together.

    Args:
        trains: whether there is more to be checked than parts.
    """
    judged = _judge_all(readings(called))
    if not judged:
        return
    reading, found = next((one for one in judged if not one[1].ok), judged[0])
    if found.ok and trains and all(one.is_part for one, _ in judged):
        return
    words = "; ".join(one.words for one, _ in judged) if found.ok else reading.words
    if not (observer.has_failed and found.ok):
        click.echo(f"Checked {rename(words)}, with the arguments of the first call.", err=True)
    yield found if found.ok or quick else _check(reading, quick=False)


def _judge_all(group: Iterable[Reading]) -> Judged:
    """Return the verdict on each reading that can be checked."""
    judged: Judged = []
    for one in group:
        names = Inputs(one.inputs, one.forward).names
        if len(set(names)) < len(names):
            continue  # two of one name are not told apart
        with contextlib.suppress(HandgradError):
            judged.append((one, _check(one, quick=True)))
    return judged


def _check(reading: Reading, *, quick: bool) -> Comparison:
    given = reading.inputs.values() if isinstance(reading.inputs, dict) else reading.inputs
    # Of an array that begins with zeros, a mistake may show elsewhere alone.
    points = 1 + any(isinstance(one, np.ndarray) and not one.any() for one in given)
    with bar() as progress:
        return handgrad.check_backward(
            reading.forward, reading.backward, reading.inputs, quick=quick, points=points, progress=progress
        )
