"""Mistakes that people make, planted: which kind each is, how often it is made, and which kind is told first.

`people.toml` says how often each kind is made, `course.toml` which kind each wrong answer of the course is ("other"
where no slip of a gradient is meant). The generators plant them in random graphs of numbers, in a network of arrays and
at logits.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from handgrad import compare
from handgrad.demos.katas.authoring import wrong_answers
from handgrad.demos.katas.course import Course, Kata
from handgrad.demos.katas.judging.judge import Run, judge
from handgrad.verdict.comparison import Comparison
from tests.engine.slips import array_exercise
from tests.engine.slips.corpus import logits
from tests.engine.slips.planted import KINDS, Planted, backward_with_slip
from tests.graphs import random_graph

NONE = "none"
"""What is told where no slip is."""


class Told(NamedTuple):
    """A mistake that was planted, and what is told of it.

    Attributes:
        group: where it was planted.
        name: of the mistake.
        planted: the kinds that name it rightly, the first the best.
        first: the kind that is told; `NONE` for none.
        also: the kinds that are told beside it.
    """

    group: str
    name: str
    planted: tuple[str, ...]
    first: str
    also: tuple[str, ...] = ()


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def people() -> dict[str, dict[str, Any]]:
    """Of each kind of slip how often people make it, what it is, and who says so."""
    return _read("people.toml")


def kinds_of_the_course() -> dict[str, dict[str, str]]:
    """Of each kata the kind of each of its wrong answers, by name."""
    return _read("course.toml")


def in_numbers(seeds: range) -> Iterator[Told]:
    """Slips of one kind each in random graphs of numbers."""
    for kind in KINDS:
        for seed in seeds:
            planted = Planted(kind, random.Random(f"{kind} {seed}"))
            root = random_graph(seed, steps=4 + seed % 20)
            if backward_with_slip(root, planted, carries=seed % 2 == 0):
                yield _told("numbers", kind, (kind,), compare(root)[planted.node].slip)


def in_arrays(seeds: range) -> Iterator[Told]:
    """The usual mistakes in makemore's network."""
    for seed in seeds:
        exercise = array_exercise.Exercise(batch=8, seed=seed)
        for mistake in array_exercise.MISTAKES:
            exercise.fill({mistake.array: mistake.rule})
            comparison = compare(exercise.values.loss)
            result = next((r for r in comparison.arrays if r.name == mistake.array), None)
            yield _told("arrays", mistake.array, mistake.kinds, None if result is None else result.slip)


def at_logits(seeds: range, precisions: tuple[int | None, ...] = (None, 4, 3)) -> Iterator[Told]:
    """The mistakes at the logits, exact (None) and rounded to so many digits."""
    for seed in seeds:
        for digits in precisions:
            for wrong, where, comparison in logits.cases(seed, digits):
                yield _told(f"logits, {where}", wrong.name, wrong.kinds, _first(comparison))


def in_the_course(run: Run, katas: tuple[Kata, ...] | None = None) -> Iterator[Told]:
    """The wrong answers of the course that end in a comparison: others are told by the kata itself."""
    from handgrad.demos.katas.judging.temporary import temporary_folder

    kinds: Mapping[str, Mapping[str, str]] = kinds_of_the_course()
    for kata, name, text in wrong_answers(*(katas or Course().katas)):
        kind = kinds[kata.name][name]
        if kind == "other":
            continue
        with temporary_folder("check") as folder:
            answer = folder / kata.file_name
            answer.write_text(text, encoding="utf-8")
            found = judge(kata, answer, 60.0, run=run)
        tables = [failure.slips for failure in found.failures if failure.comparison is not None]
        if tables:
            first, *also = tables[0] or (NONE,)
            yield Told("course", f"{kata.name}/{name}", (kind,), first, tuple(also))


def _first(comparison: Comparison) -> Any:
    return comparison.causes[0].slip if comparison.causes else None


def _told(group: str, name: str, planted: tuple[str, ...], slip: Any) -> Told:
    return Told(group, name, planted, *((NONE,) if slip is None else (slip.kind, tuple(slip.also))))
