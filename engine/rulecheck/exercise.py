"""Diagnose what a rule passes on: as if the rule were an exercise of one operation, filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..amounts import largest, shape_of
from ..comparator import compare
from ..gradients import root_with_gradient
from ..loading import LazyModule
from ..manual import manual
from ..number import one_line
from ..ops import Op
from ..slips.slip import Slip
from ..value import Value
from ..verdict.comparison import Comparison
from ..verdict.status import Status
from .rule import Answer

# Between numbers nothing of arrays is loaded.
edges, making = (LazyModule("handgrad.arrays", name) for name in ("edges", "making"))

MEASURED = 1e-5
"""How far measured slopes may be off, as a share."""
COARSE = 2e-2
"""The same where the forward is computed in single precision."""
ROUNDINGS = 2e6
"""So many roundings of the largest slope each of those beside it is off by, be it 0."""


class TrueForward(NamedTuple):
    """What a rule's forward truly is, at the point where it is asked.

    Attributes:
        op: an operation of ours that gives the same, or one made of slopes that were measured.
        arguments: for each of its arguments the place of an input, or a constant in a tuple of its own.
        is_measured: whether its slopes were measured, so that they are off by a little.
    """

    op: Op
    arguments: Sequence[Any]
    is_measured: bool = False

    def apply(self, operands: Sequence[Value]) -> Value:
        """Return the node that it makes."""
        made: Value = self.op(*[operands[slot] if isinstance(slot, int) else slot[0] for slot in self.arguments])
        return made


def measured_truth(name: str, output: Any, locals_: Sequence[Any], inputs: Sequence[Any]) -> TrueForward:
    """Return a forward with the given output and the measured slopes.

    Args:
        locals_: of the output by each input: floats, or matrices as of `jacobian`; None for none that is known.
    """
    noise = [ROUNDINGS * max((largest(one) for one in locals_ if one is not None), default=0.0)] * len(locals_)
    if any(map(shape_of, (output, *inputs))):
        shapes = list(map(shape_of, inputs))
        nothing = [edges.Edge(lambda _, zeros: 0.0 * zeros, np.zeros(shape)) for shape in shapes]
        every = zip(locals_, shapes, nothing)
        known = [none if local is None else making.matrix_edge(local, shape) for local, shape, none in every]
        op = making.opaque(name, np.asarray(output, dtype=float), known, cancelling=lambda *_: noise)
    else:
        known = [0.0 if local is None else float(np.ravel(local)[0]) for local in locals_]
        op = Op(name, lambda *_: output, lambda *_: known, cancelling=lambda *_: noise)
    return TrueForward(op, range(len(known)), True)


def leaf_of(amount: Any, name: str = "") -> Value:
    """Return a new leaf that holds a number or an array."""
    leaf: Value = making.array(amount, name) if shape_of(amount) else Value(amount, name)
    return leaf


class Wrong(NamedTuple):
    """What a rule passes to one input, and that it is wrong.

    Attributes:
        which: the input's place.
        slip: None where no usual mistake gives the number.
        clause: the slip in words, without the name before it.
    """

    which: int
    slip: Slip | None
    clause: str

    @property
    def kind(self) -> str:
        """Of the slip; "rule" where no usual mistake gives the number."""
        return "rule" if self.slip is None else self.slip.kind

    @property
    def also(self) -> tuple[str, ...]:
        """The other kinds that give the same."""
        return () if self.slip is None else self.slip.also


def wrong_in(answer: Answer, truth: TrueForward) -> list[Wrong]:
    """Return what is wrong with what a rule passed on, an entry an input."""
    rule = answer.rule
    comparison, leaves = _exercise(answer, truth)
    found = []
    for which, (node, given) in enumerate(zip(leaves, answer.given)):
        result = comparison[node]
        if result.status is Status.CORRECT or which in rule.twins or which in rule.unasked:
            continue
        slip = result.slip
        if slip is not None and slip.kind == "not-a-number" and shape_of(given):
            told = f"an array of shape {shape_of(given)} goes to one number: what is broadcast forward is summed back."
            slip = Slip("shape", told)
        if slip is not None and slip.kind == "shape" and np.size(given) > np.size(node.data):
            slip = Slip("shape", slip.message, ("not-summed", *slip.also))
        clause = "" if slip is None else slip.message.removeprefix(f"{one_line(result.name)}: ")
        found.append(Wrong(which, slip, clause))
    return found


def _exercise(answer: Answer, truth: TrueForward) -> tuple[Comparison, list[Value]]:
    """Return the comparison of a rule's answer, and the leaves it is about."""
    rule = answer.rule
    leaves: list[Value] = []
    with manual():
        for place, (x, name) in enumerate(zip(rule.inputs, rule.names)):
            leaves.append(leaves[rule.twins[place]] if place in rule.twins else leaf_of(x, name))
        node = truth.apply(leaves)
        node.label = node.label or rule.name
        root = root_with_gradient(node, answer.upstream)
    own = [place for place in range(len(leaves)) if place not in rule.twins]
    for place in own:
        passed = answer.given[place]
        passed = np.zeros(shape_of(rule.inputs[place]))[()] if passed is None else passed
        leaves[place].grad = np.float32(passed) if answer.is_coarse else passed
    node.grad = answer.upstream
    root.grad = 1.0
    rtol, atol = 1e-6, 0.0
    if truth.is_measured:
        rtol = COARSE if answer.is_coarse else MEASURED
        # A small slope beside large ones has their noise.
        atol = rtol * max([0.0, *(largest(given) for place in own if (given := answer.given[place]) is not None)])
    return compare(root, nodes=[leaves[place] for place in own], rtol=rtol, atol=atol, typed=False), leaves


def likeliest(found: Sequence[Wrong]) -> Wrong:
    """Return the finding whose mistake gives the numbers at the most points."""
    kinds = [kind for one in found if one.slip is not None for kind in (one.kind, *one.also)]
    return max(found, key=lambda one: (one.slip is not None, kinds.count(one.kind), -len(one.also)))
