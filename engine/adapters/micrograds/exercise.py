"""A rule that passes on a wrong number, named by the one diagnosis: as an exercise of one operation it filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...arrays import array
from ...manual import manual
from ...number import one_line
from ...slips.slip import Slip
from ...value import Value
from ...verdict.compare import compare
from ...verdict.status import Status
from ..amounts import largest, shape_of
from ..nodes import weighted
from .asking import Trial
from .mirror import applied
from .operations import Operation
from .reading import Engine

MEASURED = 1e-5
"""How far measured slopes may be off, as a share."""
COARSE = 2e-2
"""The same where the forward is worked out in single precision."""


class Wrong(NamedTuple):
    """What a rule passes to one operand, and that it is wrong.

    Attributes:
        which: the operand's place.
        slip: None where no usual mistake gives the number.
        clause: the slip in words, without the name before it.
        trial: where it showed.
        true: what belongs there.
    """

    which: int
    slip: Slip | None
    clause: str
    trial: Trial
    true: Any

    @property
    def kind(self) -> str:
        """Of the slip; "rule" where no usual mistake gives the number."""
        return "rule" if self.slip is None else self.slip.kind

    @property
    def also(self) -> tuple[str, ...]:
        """The other kinds that give the same."""
        return () if self.slip is None else self.slip.also


def wrong_in(trial: Trial, operation: Operation, engine: Engine, names: Sequence[str], name: str) -> list[Wrong]:
    """What is wrong with what a rule passed on, an entry an operand.

    Args:
        names: of the operands, in sentences.
        name: of the node whose rule it is.
    """
    comparison, leaves = _exercise(trial, operation, engine, names, name)
    found = []
    for which, node in enumerate(leaves):
        result = comparison[node]
        if result.status is Status.CORRECT or any(node is one for one in leaves[:which]):
            continue
        if not engine.is_asked(trial.place.operands[which]):
            continue
        slip = result.slip
        given = trial.given[which]
        if slip is not None and slip.kind == "not-a-number" and shape_of(given):
            told = f"an array of shape {shape_of(given)} goes to one number: what is broadcast forward is summed back."
            slip = Slip("shape", told)
        if slip is not None and slip.kind == "shape" and np.size(given) > np.size(node.data):
            slip = Slip("shape", slip.message, ("not-summed", *slip.also))
        clause = "" if slip is None else slip.message.removeprefix(f"{one_line(result.name)}: ")
        found.append(Wrong(which, slip, clause, trial, result.expected))
    if found and not operation.is_steady(trial.place, trial.inputs):
        return []
    return found


def _exercise(
    trial: Trial, operation: Operation, engine: Engine, names: Sequence[str], name: str
) -> tuple[Any, list[Value]]:
    """One operation, with the gradients that the rule gave, compared."""
    made: dict[int, Value] = {}
    given: dict[int, Any] = {}
    with manual():
        for operand, data, passed, called in zip(trial.place.operands, trial.inputs, trial.given, names):
            if id(operand) not in made:
                made[id(operand)] = array(data, label=called)
                given[id(operand)] = passed
        leaves = [made[id(operand)] for operand in trial.place.operands]
        node = applied(*operation.op_at(trial.place, trial.inputs, trial.output), leaves)
        node.label = node.label or name
        root = weighted(node, trial.upstream)
    for key, one in made.items():
        one.grad = _as_written(given[key], shape_of(one.data), trial.is_coarse)
    node.grad = trial.upstream
    root.grad = 1.0
    rtol, atol = 1e-6, 0.0
    if operation.ours is None:
        rtol = COARSE if trial.is_coarse else MEASURED
        # A small slope beside large ones has their noise.
        atol = rtol * max(largest(passed) for passed in (*given.values(), 0.0) if passed is not None)
    return compare(root, nodes=list(made.values()), rtol=rtol, atol=atol, typed=False), leaves


def _as_written(passed: Any, shape: tuple[int, ...], is_coarse: bool) -> Any:
    """What was passed on as a gradient that somebody filled in; nothing is 0."""
    if passed is None:
        return np.zeros(shape) if shape else 0.0
    if is_coarse:
        return np.asarray(passed, dtype=np.float32) if shape_of(passed) else np.float32(passed)
    return passed


def likeliest(found: Sequence[Wrong]) -> Wrong:
    """Of what shows at several points, that whose mistake gives the numbers at most of them."""
    kinds = [kind for one in found if one.slip is not None for kind in (one.kind, *one.also)]
    named = [one for one in found if one.slip is not None]
    if not named:
        return found[0]
    return max(named, key=lambda one: (kinds.count(one.kind), -len(one.also)))
