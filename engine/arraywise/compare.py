"""The comparator on a graph with labelled arrays: the same verdicts as `compare`, in whole columns.

Only the arrays' entries are asked for. A node without an array counts as filled in where it was made
in manual mode and somebody wrote a number there; in autodiff mode its 0.0 says nothing, and the chain
rule goes through it from the learner's numbers. An array in autodiff mode that holds nothing but 0.0 counts
as not filled in.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from ..autodiff import gradients
from ..comparison import Status
from ..errors import HandgradError, NoReferenceError, NotANodeError, NotInGraphError
from ..names import Names
from ..number import as_number, finite_or_none
from ..tolerance import NOISE, Tolerance
from ..value import Value
from .comparison import ArrayComparison, code
from .graph import Columns, whole_graph
from .names import ArrayName
from .sweep import Bools, Floats

_grad = attrgetter("grad")

_ROUNDS = 0.06
"""A number rounded by a person is off by less than this share of the exact one: 0.0105 written as 0.01 or 0.011."""


class UnusedLabelError(HandgradError, ValueError):
    """The copies that `label` made are not what the graph was computed from, so they cannot be judged."""

    def __init__(self, name: str, source: str) -> None:
        self.name, self.source = name, source
        super().__init__(
            f"compare: {name} has nodes of its own, copied from {source} when it was labelled, and nothing was "
            f'computed from them. Write {name} = label({name}, "{name}") before {name} is used.'
        )


def compare_arrays(
    root: Value,
    order: list[Value],
    nodes: Iterable[Any] | None,
    reference: Mapping[Value, float] | None,
    tolerance: Tolerance,
) -> ArrayComparison:
    """See `compare`; the caller has held `graph.walking` since it made `order`."""
    columns = Columns(*whole_graph(root, order))
    if not columns.is_fresh:
        from ..compare import check_fresh

        check_fresh(columns.order[::-1], root)  # raises the error that says where
    _check_labels_are_used(columns)
    start = np.zeros(len(columns), dtype=bool)
    start[0] = True
    truth = columns.sweep(start.astype(float), start) if columns.is_smooth else None
    if truth is None or not np.isfinite(truth).all():
        by_autodiff = gradients(root)  # raises the error that names the operation
        truth = np.array([by_autodiff.get(node, 0.0) for node in columns.order])
        # What is left stands beyond the root's graph, where nothing is passed on but what a learner wrote.
        columns.edges.local[~np.isfinite(columns.edges.local)] = 0.0
    written = _written(columns)
    asked = _asked(columns, nodes, root, written)
    expected = truth if reference is None else _expected(columns, truth, asked, reference, root)
    verdict = _judge(columns, written, expected, tolerance, reference)
    codes = np.where(asked, verdict.codes, code(Status.SKIPPED))
    return ArrayComparison(columns, written, verdict.numbers, expected, verdict.size, codes, tolerance, reference)


def _check_labels_are_used(columns: Columns) -> None:
    names = {named.name for named in columns.arrays}
    for source in columns.arrays:
        for name, copies in source.copies.items():
            if name in names:
                continue
            named = copies.named()
            is_lost = not copies.in_place if named is None else not _is_used(named)
            if is_lost:
                raise UnusedLabelError(name, source.name)


def _is_used(named: ArrayName) -> bool:
    """Whether anything but its array refers to one of its entries."""
    nodes = named.living_nodes()
    # The array, the list, the loop's variable and the call's argument.
    return not nodes or any(sys.getrefcount(node) > 4 for node in nodes)


def _written(columns: Columns) -> dict[int, Any]:
    """What counts as written by the learner, by the places of the nodes in whose grad it stands."""
    order = columns.order
    found = [(place, grad) for place, grad in enumerate(map(_grad, order)) if grad is not None]
    written = {place: grad for place, grad in found if order[place].is_manual and not order[place].is_constant}
    for member in columns.arrays.values():
        places = member.nodes.tolist()
        if order[places[0]].is_manual:
            continue
        grads = [order[place].grad for place in places]
        if any(grad.__class__ is not float or grad != 0.0 for grad in grads):
            written |= zip(places, grads)
    return written


def _asked(columns: Columns, nodes: Iterable[Any] | None, root: Value, written: dict[int, Any]) -> Bools:
    asked = np.zeros(len(columns), dtype=bool)
    if nodes is None:
        asked[list(written)] = True
        for member in columns.arrays.values():
            asked[member.nodes] = True
        return asked
    places = {node: place for place, node in enumerate(columns.order)}
    for thing in nodes:
        for node in thing.ravel().tolist() if isinstance(thing, np.ndarray) else (thing,):
            if not hasattr(node, "_rest"):
                raise NotANodeError(node, "compare(nodes=[{}])")
            if node not in places:
                names = Names(root)
                raise NotInGraphError(names[node], names[root], "compare(nodes=...)")
            asked[places[node]] = True
    return asked


def _expected(columns: Columns, truth: Floats, asked: Bools, reference: Mapping[Value, float], root: Value) -> Floats:
    """The reference where it has the node; 0 where the root does not depend on it."""
    expected = truth.copy()
    for place, node in enumerate(columns.order):
        if node in reference:
            expected[place] = as_number(reference[node], f"compare(reference=...) at node {node.label or place}")
        elif asked[place] and truth[place] != 0.0:
            raise NoReferenceError(Names(root)[node])
    return expected


class _Verdict(NamedTuple):
    numbers: Floats
    codes: np.ndarray[Any, Any]
    size: Floats


def _judge(
    columns: Columns,
    written: dict[int, Any],
    expected: Floats,
    tolerance: Tolerance,
    reference: Mapping[Value, float] | None,
) -> _Verdict:
    """The verdict on each node, SKIPPED apart, and the summed sizes of what its gradient is the sum of."""
    numbers = np.full(len(columns), np.nan)
    numbers[list(written)] = _numbers(list(written.values()))
    is_missing = np.ones(len(columns), dtype=bool)
    is_missing[list(written)] = False
    is_known = np.isfinite(numbers)
    noise = np.zeros(len(columns))
    if reference is not None and hasattr(reference, "noise"):
        noise = np.array([reference.noise.get(node, 0.0) for node in columns.order])
    total, size = columns.sums(expected)
    with np.errstate(all="ignore"):
        is_true = _accepted(tolerance, numbers, expected, size, noise, is_known)
        codes = np.where(is_true, code(Status.CORRECT), code(Status.WRONG))
        codes[is_missing] = code(Status.MISSING)
        if (codes == code(Status.WRONG)).any():
            passed_on = columns.sweep(*with_root(numbers))
            chain, chain_size = columns.sums(passed_on)
            follows = _accepted(tolerance, numbers, chain, chain_size, 0.0, is_known & ~is_true)
            is_foreign = np.zeros(len(columns), dtype=bool)
            if reference is not None:  # then the local derivatives themselves are in doubt
                is_foreign = ~_accepted(tolerance, total, expected, size, noise, follows)
            is_cause = ~is_missing & ~is_true & ~follows
            is_tainted = columns.sweeper.reach(is_cause, ~is_true & ~is_cause)
            codes[follows & is_tainted] = code(Status.CARRIED)
            codes[follows & ~is_tainted & ~is_foreign] = code(Status.CORRECT)
    return _Verdict(numbers, codes, size)


def with_root(numbers: Floats) -> tuple[Floats, Bools]:
    """The learner's numbers and where they are; the root counts as 1 where it has none."""
    is_given = np.isfinite(numbers)
    given = numbers.copy()
    if not is_given[0]:
        given[0], is_given[0] = 1.0, True
    return given, is_given


def _accepted(
    tolerance: Tolerance, numbers: Floats, reference: Floats, size: Floats, noise: Floats | float, where: Bools
) -> Bools:
    """`Tolerance.accepts` in columns."""
    off = np.abs(numbers - reference)
    accepted: Bools = where & (off <= tolerance.rtol * np.abs(reference) + tolerance.atol + NOISE * size + noise)
    if tolerance.typed:  # only what is nearly right can be a rounding, and that takes a look at its digits
        for place in np.flatnonzero(where & ~accepted & (off <= _ROUNDS * np.abs(reference))).tolist():
            accepted[place] = tolerance.accepts(numbers[place].item(), reference[place].item(), size[place].item())
    return accepted


def _numbers(written: list[Any]) -> Floats:
    """The finite numbers among what was written, nan for everything else."""
    if set(map(type, written)) <= {float}:
        numbers = np.array(written, dtype=float)
        return np.where(np.isfinite(numbers), numbers, np.nan)
    found = map(finite_or_none, written)
    return np.array([np.nan if number is None else number for number in found], dtype=float)
