"""The comparator: which hand-written gradients are wrong, and where the mistake was made.

As a teacher marks an exercise, a number that only follows from an earlier mistake is told apart
from a new mistake: it is judged once against the true gradient and once against the chain rule
applied to the learner's own numbers nearer the output.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import count
from operator import attrgetter
from typing import Any

from ..autodiff import backward_sweep
from ..errors import NoReferenceError, NotANodeError, NotANumberError, NotInGraphError, StaleGraphError
from ..graph import is_node, topological_order, walking
from ..manual import reading
from ..memory import big_graph
from ..names import Names
from ..number import as_number, finite_or_none, one_line
from ..slips import sentences
from ..value import Value
from . import late
from .comparison import Comparison
from .convention import Convention, convention
from .evidence import Evidence
from .judge import judge
from .reference import Reference
from .status import CODES, Status, Verdicts
from .tolerance import Tolerance, precision_of
from .written import Written

_grad, _running_sum = attrgetter("grad"), attrgetter("_scratch")


@big_graph()
def compare(
    root: Value,
    *,
    nodes: Iterable[Any] | Value | None = None,
    reference: Mapping[Value, Any] | None = None,
    rtol: float = 1e-6,
    atol: float = 0.0,
    typed: bool = True,
) -> Comparison:
    """Judge the grad of each node; reads `.grad` and never sets it.

    Where equal entries compete in a maximum or a minimum along axes, any shares of the gradient that add up to it are
    right, and `Comparison.remark` says so.

    Args:
        root: where backward starts.
        nodes: the node or nodes asked for, object arrays of Values among them; by default all but constants, and in a
            graph with labelled arrays those that have a label or are filled in by hand. A leaf that `root` does not
            depend on may be among them where 0 is filled in, which is right.
        reference: gradients to check against instead of autodiff's, for example
            `numeric_gradients(root)`, whose own error is allowed for; it must hold every node asked for.
        rtol, atol: a number is right within rtol * |reference| + atol, plus a noise floor of 1e-12 of
            the summed sizes of its contributions, also of those that reach it through nodes left blank.
            What was filled in as float32 is judged as float32.
        typed: whether a number rounded by a person counts as right: to three or more significant
            digits, or to three or more decimals where the reference is at least 0.01 in size.

    Raises:
        NotAValueError: `root` is not a node.
        NotOneNumberError: `root` is an array.
        NotInGraphError: a node asked for is not in the graph, and is no leaf with a gradient of 0.
        NotANodeError: what is asked for is no node.
        NoReferenceError: `reference` lacks a node that is asked for.
        NotFiniteError, NotANumberError: `reference` holds something that is no finite number, or
            rtol or atol is none.
        ValueError: rtol or atol is below 0.
        StaleGraphError: data was changed after the forward pass.
        DomainError: an operation has no finite derivative where it stands.
        ByHandError: this runs where the gradients are to be worked out by hand.
    """
    tolerance = _checked_tolerance(rtol, atol, typed)
    listed, unused = _listed(nodes), []
    if reference is not None and not isinstance(reference, Mapping):
        raise NotANumberError(reference, "compare(reference=...)", "Give a mapping from nodes to gradients.")
    with walking:
        order = topological_order(root)
        order.reverse()
        others = [node for node in order if node.__class__ is not Value]
        if listed is not None:
            unused = _unused(order, listed)
            listed = [node for node in listed if not any(node is leaf for leaf in unused)]
        asked = _asked(order, others, listed, root)
        # First, as a grad may be a thing that works its number out when it is read.
        with reading():
            actual = list(map(_grad, order))
            written = _written(order, others, actual, asked)
        check_fresh(order[::-1], root)
        backward_sweep(root, order)
        expected = list(map(_running_sum, order))
    true = expected
    if reference is not None:
        expected = _expected(order, expected, asked, reference, root)
    for place in _not_plainly_right(actual, expected, tolerance) if len(written) < len(order) else ():
        if place not in written:
            number = actual[place] if math.isfinite(actual[place]) else None
            written[place] = Written(number, actual[place], 0.0)
    noise = reference.noise if isinstance(reference, Reference) else {}
    is_foreign = reference is not None

    def verdicts(truth: list[Any], chosen: Mapping[Value, Any]) -> Verdicts:
        return judge(order, actual, truth, written, tolerance, noise, is_foreign=is_foreign, chosen=chosen)

    judged = verdicts(expected, {})
    choice = late.ties().choice(order, (true, expected), written, judged, verdicts) if others else None
    if choice is not None:
        expected, judged = choice.expected, choice.judged
    skipped, correct = Status.SKIPPED, Status.CORRECT
    statuses: list[Any] = (
        [skipped if node._mode.is_constant else correct for node in order]
        if asked is None
        else [correct if node in asked else skipped for node in order]
    )
    for place, status in judged.statuses.items():
        if statuses[place] is not skipped:
            statuses[place] = status
    forgiven = _convention(order, actual, expected, statuses, written) if judged.statuses else None
    for place in forgiven.places if forgiven is not None else ():
        shape = order[place].shape
        statuses[place] = late.entries().all_correct(shape) if shape else correct
    sizes = dict(judged.sizes)
    for node in unused:
        zero = late.entries().spread(0.0, node.shape) if node.shape else 0.0
        order.append(node)
        actual.append(node.grad)
        expected.append(zero)
        statuses.append(late.entries().all_correct(node.shape) if node.shape else correct)
        sizes[len(order) - 1] = zero
        written[len(order) - 1] = Written(zero, node.grad, 0.0)
    chosen = choice.locals if choice is not None else {}
    names, remarks = Names(root), []
    if forgiven is not None:
        remarks.append(sentences.convention([one_line(names[order[at]]) for at in forgiven.places], forgiven.factor))
    if choice is not None:
        remarks.append(sentences.choice([one_line(names[node]) for node in choice.nodes]))
    rounded = frozenset(
        order[place]
        for place, is_rough in judged.rough.items()
        if statuses[place] is not skipped and _is_all(is_rough, judged.statuses[place])
    )
    return Comparison(
        Evidence(
            root,
            order,
            actual,
            expected,
            statuses,
            tolerance,
            written,
            sizes,
            chosen,
            rounded=rounded,
            names=names,
            remark=" ".join(remarks),
        )
    )


def _is_all(is_rough: Any, status: Any) -> bool:
    """Whether all that is wrong with a number, or with an array, is that it has two decimals."""
    return isinstance(is_rough, bool) or not bool(((status == CODES[Status.WRONG]) & ~is_rough).any())


def _convention(
    order: list[Value], actual: list[Any], expected: list[Any], statuses: list[Any], written: dict[int, Written]
) -> Convention | None:
    """The convention that the numbers asked for follow, None for none."""
    for place in range(1, len(order)):  # one right number of an interior node is enough to say that there is none
        if statuses[place] is Status.CORRECT and expected[place] and not order[place].is_leaf:
            return None
    numbers = {}
    for place, status in enumerate(statuses):
        number = written[place].number if place in written else actual[place]
        if status is not Status.SKIPPED and number is not None:
            numbers[place] = number
    return convention(order, numbers, expected, statuses)


def _not_plainly_right(actual: list[Any], expected: list[Any], tolerance: Tolerance) -> list[int]:
    """The places of the numbers that are not right at first sight: rounded, wrong, float noise, nan or missing."""
    rtol, atol, _ = tolerance
    return [
        place
        for place, number, truth in zip(count(), actual, expected)
        if number.__class__ is not float or (number != truth and not abs(number - truth) <= rtol * abs(truth) + atol)
    ]


def check_fresh(order: list[Value], root: Value) -> None:
    """Refuse a graph whose data is not what its operations give.

    Raises:
        StaleGraphError: it names the first such node in topological order.
    """
    for node in order:
        op, first, second = node.op, node._first, node._second
        if op is None:
            continue
        try:
            if first is None:
                recomputed = op.forward(*[operand._data for operand in node.operands])
            elif second is None:
                recomputed = op.forward(first._data)
            else:
                recomputed = op.forward(first._data, second._data)
        except (ArithmeticError, ValueError):
            recomputed = math.nan
        if node.__class__ is not Value and node.shape:
            _check_fresh_array(node, recomputed, root)
        elif recomputed != node._data and float(recomputed) != node._data:
            raise StaleGraphError(Names(root)[node], node._data, float(recomputed), op.name)


def _check_fresh_array(node: Value, recomputed: Any, root: Value) -> None:
    data = node._data
    if getattr(recomputed, "shape", None) == node.shape:
        is_off = data != recomputed
        if not is_off.any():
            return
        at = tuple(int(axis[0]) for axis in is_off.nonzero())
        name = f"{Names(root)[node]}{list(at)}"
        raise StaleGraphError(name, float(data[at]), float(recomputed[at]), str(node.op))
    raise StaleGraphError(Names(root)[node], data, recomputed, str(node.op))


def _checked_tolerance(rtol: float, atol: float, typed: bool) -> Tolerance:
    rtol, atol = as_number(rtol, "compare(rtol=...)"), as_number(atol, "compare(atol=...)")
    if rtol < 0.0 or atol < 0.0:
        raise ValueError(f"compare: rtol {rtol!r} and atol {atol!r} must be 0 or more.")
    return Tolerance(rtol, atol, bool(typed))


def _listed(nodes: Any) -> list[Any] | None:
    """The nodes asked for as a list; a single node is one, and an object array of Values all of its entries."""
    if nodes is None:
        return None
    if is_node(nodes):
        return [nodes]
    if not isinstance(nodes, Iterable):
        raise NotANumberError(nodes, "compare(nodes=...)", "Give a list of nodes.")
    listed: list[Any] = []
    for thing in nodes:
        is_array_of_values = not is_node(thing) and getattr(getattr(thing, "dtype", None), "kind", "") == "O"
        listed.extend(thing.ravel().tolist() if is_array_of_values else [thing])
    return listed


def _unused(order: list[Value], nodes: list[Any]) -> list[Value]:
    """The leaves asked for that the root does not depend on, and whose gradient is filled in and rightly 0."""
    strangers = dict.fromkeys(node for node in nodes if is_node(node) and node.is_leaf)
    for node in order:
        strangers.pop(node, None)
    return [node for node in strangers if _is_filled_by_hand(node) and _is_zero(node)]


def _is_zero(node: Value) -> bool:
    if not node.shape:
        return finite_or_none(node.grad) == 0.0
    numbers = late.entries().read_array(node.grad, node.shape)
    return numbers is not None and not numbers.any()


def _asked(order: list[Value], others: list[Value], nodes: list[Any] | None, root: Value) -> set[Value] | None:
    """The nodes asked for; None for all but constants."""
    if nodes is None:
        if not _has_labels(others):
            return None
        return {node for node in order if not node.is_constant and (node.label or _is_filled_by_hand(node))}
    asked: set[Value] = set()
    for node in nodes:
        if not is_node(node):
            raise NotANodeError(node, "compare(nodes=[{}])")
        asked.add(node)
    strangers = asked.difference(order)
    if strangers:
        names = Names(root)
        raise NotInGraphError(names[strangers.pop()], names[root], "compare(nodes=...)")
    return asked


def _has_labels(others: list[Value]) -> bool:
    return any(node.label and node.shape for node in others)


def _is_filled_by_hand(node: Value) -> bool:
    return node.is_manual and node.grad is not None


def _written(
    order: list[Value], others: list[Value], actual: list[Any], asked: set[Value] | None
) -> dict[int, Written]:
    """What the learner has written, by the places in the order: of numbers, only what is not a plain float.

    In a graph with labelled arrays the 0.0 of a number in autodiff mode that is not asked for says nothing. There
    every node is read: an array is not plainly right at first sight.
    """
    if not others and set(map(type, actual)) <= {float}:
        return {}
    has_arrays, has_labels = any(node.shape for node in others), _has_labels(others)
    found = {}
    for place, (node, grad) in enumerate(zip(order, actual)):
        if has_labels and not node.shape and not node.is_manual and asked is not None and node not in asked:
            grad = actual[place] = None
        if grad is None:
            found[place] = _BLANK
        elif has_arrays or grad.__class__ is not float:
            found[place] = _read(grad, node.shape)
    return found


_BLANK = Written(None, None, 0.0)


def _read(grad: Any, shape: tuple[int, ...]) -> Written:
    number = late.entries().read_array(grad, shape) if shape else finite_or_none(grad)
    return Written(number, grad, precision_of(grad))


def _expected(
    order: list[Value], true: list[Any], asked: set[Value] | None, reference: Mapping[Value, Any], root: Value
) -> list[Any]:
    """The reference where it has the node, else autodiff's number, which then nobody asks for."""
    names = Names(root)
    expected = []
    for node, gradient in zip(order, true):
        if node in reference:
            where, given = f"compare(reference=...) at node {names[node]}", reference[node]
            gradient = _reference_array(given, node, where) if node.shape else as_number(given, where)
        elif node in asked if asked is not None else not node.is_constant:
            raise NoReferenceError(names[node])
        expected.append(gradient)
    return expected


def _reference_array(given: Any, node: Value, where: str) -> Any:
    numbers = late.entries().read_array(given, node.shape)
    if numbers is None or not (numbers - numbers == 0.0).all():
        raise NotANumberError(given, where, f"Give finite real numbers of shape {node.shape}.")
    return numbers
