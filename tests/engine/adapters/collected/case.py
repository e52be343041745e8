"""A wrong gradient of somebody's, and what is said of it: one way of judging for all that was collected."""

from __future__ import annotations

import importlib.util
import itertools
import re
import tempfile
import time
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from handgrad import Comparison, HandgradError, check_backward, probe

_NUMBERS = itertools.count()
_EITHER, _LINE = re.compile(r"(?:either|may be) ((?:line \d+(?:,| or)? ?)+)"), re.compile(r"\d+")


Ask = Callable[[Path], Comparison]


class Case(NamedTuple):
    """A mistake.

    Attributes:
        report: where it was reported: a repository and the number of the issue or pull request there.
        right: the code without it, as a whole module.
        wrong: the code with it.
        ask: has a file judged.
        kinds: the names of the mistake that fit.
    """

    report: str
    right: str
    wrong: str
    ask: Ask
    kinds: frozenset[str]

    @property
    def lines(self) -> set[int]:
        """The lines of the wrong code that differ; where one is missing, those beside it."""
        wrong = self.wrong.splitlines()
        changes = SequenceMatcher(None, self.right.splitlines(), wrong, autojunk=False).get_opcodes()
        differ = [(start, end) for tag, _, _, start, end in changes if tag != "equal"]
        return {line + 1 for start, end in differ for line in (range(start, end) or (start - 1, start))}


class Judged(NamedTuple):
    """What was said of a case, and of its right version; None where it was refused.

    Attributes:
        is_right_refused: whether its right version was asked, and refused.
        seconds: of the processor, for the wrong version.
    """

    case: Case
    found: Comparison | None
    right: Comparison | None
    is_right_refused: bool
    refusals: list[str]
    seconds: float

    @property
    def told(self) -> set[int]:
        """The lines that causes name."""
        return {cause.source[1] for cause in self.causes if cause.source is not None}

    @property
    def causes(self) -> list[Any]:
        return [] if self.found is None else list(self.found.causes)

    @property
    def is_flagged(self) -> bool:
        return self.found is not None and not self.found.ok

    @property
    def is_alone(self) -> bool:
        return bool(self.told) and self.told <= self.case.lines

    @property
    def is_either(self) -> bool:
        """Whether another line is told with the right one beside it: "it is either line 3 or line 5", "may be"."""
        either = {
            int(line) for said in _EITHER.findall(" ".join(str(self.found).split())) for line in _LINE.findall(said)
        }
        return not self.is_alone and self.told <= self.case.lines | either and bool(either & self.case.lines)

    @property
    def is_named(self) -> bool:
        slips = [cause.slip for cause in self.causes if cause.slip is not None]
        return any({slip.kind, *slip.also} & self.case.kinds for slip in slips)

    @property
    def accuses_another(self) -> bool:
        """Whether a line is named that is right, and not as one of two of which it is either."""
        return bool(self.told - self.case.lines) and not self.is_either


def slip(report: str, text: str, ask: Ask, old: str, new: str, *kinds: str) -> Case:
    """A case from the right code, and one piece of it that is changed."""
    assert text.count(old) == 1, (report, old, text.count(old))
    return Case(report, text, text.replace(old, new), ask, frozenset(kinds))


def judged(case: Case, *, both: bool = True) -> Judged:
    """What is said of a case, and of its right version too."""
    begun = time.process_time()
    found, refusal = _answer(case.ask, case.wrong)
    seconds = time.process_time() - begun
    right, of_right = _answer_once(case.ask, case.right) if both else (None, "")
    return Judged(case, found, right, both and right is None, [*filter(None, (refusal, of_right))], seconds)


def _answer(ask: Ask, text: str) -> tuple[Comparison | None, str]:
    """What is said of some code, or with what words it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        # Python remembers the lines of a file by its name: no two have one.
        path = Path(folder) / f"theirs_{next(_NUMBERS)}.py"
        path.write_text(text, "utf-8")
        try:
            return ask(path), ""
        except HandgradError as error:
            return None, str(error)


_answer_once = cache(_answer)  # many mistakes are made in the same right code


def module(path: Path) -> ModuleType:
    """What is in a file, carried out."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


class Tally(NamedTuple):
    """How often which was so."""

    count: int
    accepted: int
    flagged: int
    alone: int
    either: int
    named: int
    accused: int
    right_accused: int
    right_refused: int
    seconds: list[float]

    def __str__(self) -> str:
        middle = self.seconds[len(self.seconds) // 2]
        return (
            f"of {self.count} accepted {self.accepted}, flagged {self.flagged}, on their line alone {self.alone}, "
            f"told as either of two {self.either}, named {self.named}, a right line accused in {self.accused}; "
            f"right versions accused {self.right_accused}, refused {self.right_refused}; "
            f"seconds of the processor: median {middle:.1f}, most {self.seconds[-1]:.1f}"
        )


def tally(some: Iterable[Judged]) -> Tally:
    """The counts."""
    all_of_them = list(some)
    return Tally(
        len(all_of_them),
        sum(one.found is not None for one in all_of_them),
        sum(one.is_flagged for one in all_of_them),
        sum(one.is_alone for one in all_of_them),
        sum(one.is_either for one in all_of_them),
        sum(one.is_named for one in all_of_them),
        sum(one.accuses_another for one in all_of_them),
        sum(one.right is not None and not one.right.ok for one in all_of_them),
        sum(one.is_right_refused for one in all_of_them),
        sorted(one.seconds for one in all_of_them),
    )


@cache
def functions(forward: str, backward: str | None, inputs: Callable[[], Any]) -> Ask:
    """Asks `check_backward`, with two functions; with one that gives value and gradients, where there is no other."""

    def ask(path: Path) -> Comparison:
        theirs = module(path)
        return check_backward(getattr(theirs, forward), backward and getattr(theirs, backward), inputs())

    return ask


@cache
def layer(name: str, inputs: Callable[[], Any]) -> Ask:
    """Asks `check_backward`, with an object's forward and backward."""

    def ask(path: Path) -> Comparison:
        one = getattr(module(path), name)()
        return check_backward(one.forward, one.backward, inputs())

    return ask


def engine(path: Path) -> Comparison:
    """Asks `probe`, with the program that runs its backward."""
    return probe(module(path).program)


@cache
def some(seed: int, *shapes: tuple[int, ...]) -> Callable[[], tuple[Any, ...]]:
    """Arrays of normal numbers."""

    def made() -> tuple[Any, ...]:
        rng = np.random.default_rng(seed)
        return tuple(rng.normal(size=shape) for shape in shapes)

    return made


def alternating(*lists: list[Case]) -> tuple[list[Case], list[Case]]:
    """The cases that were looked at, and those that were not: in turns, in the order in which they were found."""
    return [case for one in lists for case in one[::2]], [case for one in lists for case in one[1::2]]
