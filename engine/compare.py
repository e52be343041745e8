"""The comparator: which hand-written gradients are wrong, and where the mistake was made.

As a teacher marks an exercise, a number that only follows from an earlier mistake is told apart
from a new mistake: it is judged once against the true gradient and once against the chain rule
applied to the learner's own numbers nearer the output.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .arraywise.names import has_arrays
from .autodiff import gradients, local_derivatives
from .comparison import Comparison, Status
from .errors import NoReferenceError, NotANodeError, NotANumberError, NotInGraphError, StaleGraphError
from .graph import topological_order, walking
from .names import Names
from .number import as_number, finite_or_none
from .tolerance import Tolerance

if TYPE_CHECKING:
    from .value import Value


def compare(
    root: Value,
    *,
    nodes: Iterable[Value] | None = None,
    reference: Mapping[Value, float] | None = None,
    rtol: float = 1e-6,
    atol: float = 0.0,
    typed: bool = True,
) -> Comparison:
    """Judge the grad of each node; reads `.grad` and never sets it.

    Args:
        root: where backward starts.
        nodes: the node or nodes asked for; by default all but constants, and in a graph with labelled arrays
            (see `handgrad.arrays`) their entries; arrays of Values may stand among the nodes.
        reference: gradients to check against instead of autodiff's, for example
            `numeric_gradients(root)`; it must hold every node asked for.
        rtol, atol: a number is right within rtol * |reference| + atol, plus a noise floor of 1e-12 of
            the summed sizes of its contributions.
        typed: whether a number rounded by a person counts as right: to three or more significant
            digits, or to three or more decimals where the reference is at least 0.01 in size.

    Raises:
        NotAValueError: `root` is not a Value.
        NotInGraphError: a node asked for is not in the graph.
        NotANodeError: what is asked for is no node.
        NoReferenceError: `reference` lacks a node that is asked for.
        NotFiniteError, NotANumberError: `reference` holds something that is no finite number, or
            rtol or atol is none.
        ValueError: rtol or atol is below 0.
        StaleGraphError: data was changed after the forward pass.
        UnusedLabelError: an array was labelled too late, or what `label` returned was thrown away.
        DomainError: an operation has no finite derivative where it stands.
    """
    tolerance = _checked_tolerance(rtol, atol, typed)
    nodes = _listed(nodes)
    if reference is not None and not isinstance(reference, Mapping):
        raise NotANumberError(reference, "compare(reference=...)", "Give a mapping from nodes to gradients.")
    with walking:
        order = topological_order(root)
        if has_arrays(order):
            from .arraywise.compare import compare_arrays

            return compare_arrays(root, order, nodes, reference, tolerance)
    check_fresh(order, root)
    true = gradients(root)
    order = list(true)
    asked = _asked(order, nodes, root)
    expected = list(true.values()) if reference is None else _expected(true, asked, reference, root)
    noise = getattr(reference, "noise", {})
    actual = [node.grad for node in order]

    statuses = []
    for written, truth in zip(actual, expected):
        if written.__class__ is float and abs(written - truth) <= rtol * abs(truth) + atol:
            status = Status.CORRECT
        elif written is None:
            status = Status.MISSING
        else:  # rounded, wrong, or float noise: that takes the learner's whole chain to tell
            statuses = _judge(order, actual, expected, tolerance, noise, reference is not None)
            break
        statuses.append(status)
    if asked is not None:
        statuses = [s if node in asked else Status.SKIPPED for node, s in zip(order, statuses)]
    else:
        statuses = [Status.SKIPPED if node.is_constant else s for node, s in zip(order, statuses)]
    return Comparison(root, order, actual, expected, statuses, tolerance)


def check_fresh(order: list[Value], root: Value) -> None:
    """Refuse a graph whose data is not what its operations give.

    Raises:
        StaleGraphError: it names the first such node in topological order.
    """
    for node in order:
        op = node.op
        if op is None:
            continue
        inputs = [operand._data for operand in node.operands]
        try:
            recomputed = float(op.forward(*inputs))
        except (ArithmeticError, ValueError):
            recomputed = math.nan
        if recomputed != node._data:
            raise StaleGraphError(Names(root)[node], node._data, recomputed, op.name)


def _checked_tolerance(rtol: float, atol: float, typed: bool) -> Tolerance:
    rtol, atol = as_number(rtol, "compare(rtol=...)"), as_number(atol, "compare(atol=...)")
    if rtol < 0.0 or atol < 0.0:
        raise ValueError(f"compare: rtol {rtol!r} and atol {atol!r} must be 0 or more.")
    return Tolerance(rtol, atol, bool(typed))


def _listed(nodes: Any) -> list[Any] | None:
    """The nodes asked for as a list; a single Value is one."""
    if nodes is None:
        return None
    if not hasattr(nodes, "_rest") and not isinstance(nodes, Iterable):
        raise NotANumberError(nodes, "compare(nodes=...)", "Give a list of Values.")
    return [nodes] if hasattr(nodes, "_rest") else list(nodes)


def _asked(order: list[Value], nodes: Iterable[Value] | None, root: Value) -> set[Value] | None:
    if nodes is None:
        return None
    asked: set[Value] = set()
    for node in nodes:
        if not hasattr(node, "_rest"):
            raise NotANodeError(node, "compare(nodes=[{}])")
        asked.add(node)
    strangers = asked.difference(order)
    if strangers:
        names = Names(root)
        raise NotInGraphError(names[strangers.pop()], names[root], "compare(nodes=...)")
    return asked


def _expected(
    true: dict[Value, float], asked: set[Value] | None, reference: Mapping[Value, float], root: Value
) -> list[float]:
    """The reference where it has the node, else autodiff's number, which then nobody asks for."""
    names = Names(root)
    expected = []
    for node, gradient in true.items():
        if node in reference:
            gradient = as_number(reference[node], f"compare(reference=...) at node {names[node]}")
        elif node in asked if asked is not None else not node.is_constant:
            raise NoReferenceError(names[node])
        expected.append(gradient)
    return expected


class _Sums:
    """What has been passed on to a node so far, by the consumers that are judged already."""

    __slots__ = ("chain", "chain_size", "truth", "truth_size", "is_tainted")

    def __init__(self) -> None:
        self.chain = self.chain_size = self.truth = self.truth_size = 0.0
        self.is_tainted = False


def _judge(
    order: list[Value],
    actual: list[Any],
    expected: list[float],
    tolerance: Tolerance,
    noise: Mapping[Value, float],
    is_foreign: bool,
) -> list[Status]:
    """The verdict on each node, in backward order, SKIPPED apart.

    `is_foreign` says that the reference is not autodiff's: then the local derivatives are themselves
    in doubt, and a number that follows from them is right only where the reference agrees.
    """
    sums = {node: _Sums() for node in order}
    root = sums[order[0]]
    root.chain = root.chain_size = root.truth = root.truth_size = 1.0
    statuses = []
    for node, written, truth in zip(order, actual, expected):
        own = sums.pop(node)
        number = finite_or_none(written)
        if number is None:
            status = Status.MISSING if written is None else Status.WRONG
            passed_on, taints = own.chain, own.is_tainted
        else:
            passed_on = number
            if tolerance.accepts(number, truth, own.truth_size, noise.get(node, 0.0)):
                status = Status.CORRECT
            elif not tolerance.accepts(number, own.chain, own.chain_size):
                status = Status.WRONG
            elif own.is_tainted:
                status = Status.CARRIED
            elif is_foreign and not tolerance.accepts(own.truth, truth, own.truth_size, noise.get(node, 0.0)):
                status = Status.WRONG
            else:  # rounded nearer the output, and carried on rightly
                status = Status.CORRECT
            taints = status is not Status.CORRECT
        statuses.append(status)
        for operand, local in zip(node.operands, local_derivatives(node)):
            to = sums[operand]
            to.chain += passed_on * local
            to.chain_size += abs(passed_on * local)
            to.truth += truth * local
            to.truth_size += abs(truth * local)
            to.is_tainted |= taints
    return statuses
