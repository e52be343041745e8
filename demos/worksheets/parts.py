"""The parts of a worksheet: what a function of it is asked for, and how that is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NamedTuple, Protocol

from handgrad import Comparison

from .exercise import Exercise
from .running import Worksheet


class Outcome(NamedTuple):
    """What became of a part; `problem` is what went wrong when it ran, "" for nothing."""

    number: int
    title: str
    comparison: Comparison
    problem: str

    @property
    def is_right(self) -> bool:
        return self.comparison.ok and not self.problem


class Part(Protocol):
    """What a worksheet asks for at once."""

    @property
    def title(self) -> str: ...

    def judge(self, worksheet: Worksheet, exercise: Exercise) -> tuple[Comparison, str]:
        """Return the verdicts on what its function gives, and what went wrong."""
        ...


@dataclass(frozen=True)
class EveryStep:
    """A function whose variables are the gradients, with a d before the name of their array."""

    title: str
    function: str

    def judge(self, worksheet: Worksheet, exercise: Exercise) -> tuple[Comparison, str]:
        found, problem = _check_dict(*worksheet.call(self.function, exercise.numbers))
        return exercise.check(**{name: found.get(f"d{name}") for name in exercise.arrays}), problem


@dataclass(frozen=True)
class ClosedForm:
    """A function that gives the gradient of one array; where `given` is one, it gets that array's gradient."""

    title: str
    function: str
    array: str
    given: str = ""

    def judge(self, worksheet: Worksheet, exercise: Exercise) -> tuple[Comparison, str]:
        upstream = {self.given: exercise.true(self.given)} if self.given else {}
        copies = [gradient.copy() for gradient in upstream.values()]
        made, problem = worksheet.call(self.function, exercise.numbers, *copies)
        return exercise.check(given=upstream, **{self.array: None if problem else made}), problem


@dataclass(frozen=True)
class Training:
    """A function that gives the gradients of the parameters, with which the network is then trained."""

    title: str
    function: str
    parameters: Sequence[str]
    report: Callable[[Callable[[Any], Mapping[str, Any]], int], str]

    def judge(self, worksheet: Worksheet, exercise: Exercise) -> tuple[Comparison, str]:
        made, problem = worksheet.call(self.function, exercise.numbers)
        found, problem = _check_dict({} if problem else made, problem)
        return exercise.check(**{name: found.get(name) for name in self.parameters}), problem

    def train(self, module: ModuleType, steps: int) -> str:
        """Train with the worksheet's own gradients, and describe the result."""
        return self.report(getattr(module, self.function), steps)


def _check_dict(made: Any, problem: str) -> tuple[dict[str, Any], str]:
    """Return the gradients by name, and what is wrong where there are none."""
    if isinstance(made, dict):
        return made, problem
    return {}, problem or f"The function of this part returned a {type(made).__name__}, not a dict of gradients."
