"""The comparator: which hand-written gradients are wrong, and where the mistake was made.

As a teacher marks an exercise, a number that only follows from an earlier mistake is told apart
from a new mistake: it is judged once against the true gradient and once against the chain rule
applied to the learner's own numbers nearer the output.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from operator import attrgetter
from typing import Any

from .autodiff import backward_sweep
from .errors import NoReferenceError, NotANodeError, NotANumberError, NotInGraphError, StaleGraphError
from .graph import is_node, walking
from .loading import LazyModule, np
from .manual import reading
from .memory import big_graph
from .names import Names, is_object_array
from .number import finite_float, finite_or_none, one_line
from .value import Value
from .verdict import convention, entries, sentences, ties
from .verdict.comparison import Comparison, ComparisonData
from .verdict.judge import Verdicts
from .verdict.rounding import Reference, Tolerance, UserGradient, precision_of
from .verdict.status import CODES, Status

search = LazyModule(__package__, "slips.search")  # a third of what comparing loads, and only for what is wrong
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
        ByHandError: this runs where the gradients are to be computed by hand.
    """
    rtol, atol = finite_float(rtol, "compare(rtol=...)"), finite_float(atol, "compare(atol=...)")
    if rtol < 0.0 or atol < 0.0:
        raise ValueError(f"compare: rtol {rtol!r} and atol {atol!r} must be 0 or more.")
    tolerance = Tolerance(rtol, atol, bool(typed))
    wanted = _as_list(nodes)
    if reference is not None and not isinstance(reference, Mapping):
        raise NotANumberError(reference, "compare(reference=...)", "Give a mapping from nodes to gradients.")
    with walking:
        names = Names(root)
        order = names.order[::-1]
        others = [node for node in order if node.__class__ is not Value]
        unused = [] if wanted is None else _find_unused(order, wanted)
        asked = _find_targets([*order, *unused], others, wanted, names)
        true, expected = _find_gradients(order, asked, reference, names)
        # Leaves that the root does not depend on, whose gradient is rightly 0.
        order += unused
        zeros = [np.zeros(node.shape) if node.shape else 0.0 for node in unused]
        true, expected = true + zeros, expected + zeros
    # Once all of the graph is known, as a grad may be a thing that computes its number when it is read.
    with reading():
        actual = _list_grads(order, asked if _has_labels(others) else None)
        places: Sequence[int] = range(len(order))
        if not any(node.shape for node in others):
            places = _not_plainly_right(order, actual, expected, tolerance, is_all_asked=asked is None)
        written = _read_grads(order, actual, places)
    noise = reference.noise if isinstance(reference, Reference) else {}
    is_foreign = reference is not None and not (isinstance(reference, Reference) and reference.is_own)

    def verdicts(truth: list[Any], chosen: Mapping[Value, Any]) -> Verdicts:
        return Verdicts(order, actual, truth, written, places, tolerance, noise, is_foreign=is_foreign, chosen=chosen)

    judged = verdicts(expected, {})
    choice = ties.find_choice(order, (true, expected), actual, written, judged, verdicts) if others else None
    if choice is not None:
        expected, judged = choice.expected, choice.judged
    statuses = _statuses(order, asked, judged)
    remarks = []
    if judged.statuses and any(number is not None for number in actual):
        remarks.append(convention.forgive(order, actual, written, expected, statuses, names))
    if choice is not None:
        remarks.append(sentences.choice([one_line(names[node]) for node in choice.nodes]))
    return Comparison(
        ComparisonData(
            root=root,
            order=order,
            actual=actual,
            expected=expected,
            statuses=statuses,
            tolerance=tolerance,
            written=written,
            sizes=judged.sizes,
            chosen={} if choice is None else choice.locals,
            rounded=_find_rounded(order, statuses, judged),
            diagnose=lambda result, comparison: search.diagnose(result, comparison),  # noqa: PLW0108 - it is loaded late
            names=names,
            remark=" ".join(filter(None, remarks)),
        )
    )


def _find_gradients(
    order: list[Value], asked: set[Value] | None, reference: Mapping[Value, Any] | None, names: Names
) -> tuple[list[Any], list[Any]]:
    """Return autodiff's gradients, and the expected ones: the reference's where one is given."""
    if isinstance(reference, Reference) and reference.is_own:
        true = [reference[node] for node in order]
        return true, true
    check_fresh(names)
    backward_sweep(order[0], order)
    true = list(map(_running_sum, order))
    return true, true if reference is None else _look_up_expected(order, true, asked, reference, names)


def _list_grads(order: list[Value], asked: set[Value] | None) -> list[Any]:
    """Return what stands in each node's grad; where it was deleted, nothing has arrived.

    In a graph with labelled arrays the 0.0 of a number in autodiff mode that is not `asked` for says nothing.
    """
    try:
        actual = list(map(_grad, order))
    except AttributeError:
        actual = [getattr(node, "grad", node.initial_grad) for node in order]
    if asked is None:
        return actual
    return [grad if node.shape or node.is_manual or node in asked else None for node, grad in zip(order, actual)]


def _statuses(order: list[Value], asked: set[Value] | None, judged: Verdicts) -> list[Any]:
    """Return the status of each node: what was not judged is right."""
    skipped, correct = Status.SKIPPED, Status.CORRECT
    statuses: list[Any] = (
        [skipped if node._mode.is_constant else correct for node in order]
        if asked is None
        else [correct if node in asked else skipped for node in order]
    )
    for place, status in judged.statuses.items():
        if statuses[place] is not skipped:
            statuses[place] = status
    return statuses


def _find_rounded(order: list[Value], statuses: list[Any], judged: Verdicts) -> frozenset[Value]:
    """Return the nodes asked for at which nothing is wrong but that they have too few decimals."""
    return frozenset(
        order[place]
        for place, is_rough in judged.rough.items()
        if statuses[place] is not Status.SKIPPED
        and (isinstance(is_rough, bool) or not ((judged.statuses[place] == CODES[Status.WRONG]) & ~is_rough).any())
    )


def _not_plainly_right(
    order: list[Value], actual: list[Any], expected: list[Any], tolerance: Tolerance, *, is_all_asked: bool
) -> list[int]:
    """Return the places of the numbers that are not right at first sight: rounded, wrong, float noise, nan or missing.

    Where all is asked for but constants, the 0.0 of one in autodiff mode is left out: nothing follows from it.
    """
    rtol, atol, _ = tolerance
    return [
        place
        for place, number, truth in zip(count(), actual, expected)
        if number.__class__ is not float
        or (
            number != truth
            and not abs(number - truth) <= rtol * abs(truth) + atol
            and not (number == 0.0 and is_all_asked and order[place]._mode.is_constant)
        )
    ]


def check_fresh(names: Names) -> None:
    """Refuse a graph whose data is not what its operations give.

    Raises:
        StaleGraphError: it names the first such node in topological order.
    """
    for node in names.order:
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
            _check_fresh_array(node, recomputed, names)
        elif recomputed != node._data and float(recomputed) != node._data:
            raise StaleGraphError(names[node], node._data, float(recomputed), op.name)


def _check_fresh_array(node: Value, recomputed: Any, names: Names) -> None:
    """Raise where an array is not what its operands give now."""
    data = node._data
    if np.shape(recomputed) != node.shape:
        raise StaleGraphError(names[node], data, recomputed, str(node.op))
    is_off = data != recomputed
    if is_off.any():
        at = tuple(int(axis[0]) for axis in is_off.nonzero())
        raise StaleGraphError(f"{names[node]}{list(at)}", float(data[at]), float(recomputed[at]), str(node.op))


def _read_grads(order: list[Value], actual: list[Any], places: Iterable[int]) -> dict[int, UserGradient]:
    """Return what the learner has written, by some places in the order: of numbers, only what is no finite float."""
    return {
        place: UserGradient(None, None, 0.0) if actual[place] is None else _read(actual[place], order[place].shape)
        for place in places
        if actual[place].__class__ is not float or not math.isfinite(actual[place]) or order[place].shape
    }


def _read(grad: Any, shape: tuple[int, ...]) -> UserGradient:
    """Read what stands in a grad: its numbers, and how coarse they are."""
    precision = precision_of(grad)
    number = entries.read_array(grad, shape) if shape else finite_or_none(grad)
    if precision and not shape and number is not None:
        number = float(str(grad))  # 0.1 in single precision is no 0.10000000149
    return UserGradient(number, grad, precision)


def _look_up_expected(
    order: list[Value], true: list[Any], asked: set[Value] | None, reference: Mapping[Value, Any], names: Names
) -> list[Any]:
    """Return the reference where it has the node, else autodiff's number, which then nobody asks for."""
    expected = []
    for node, gradient in zip(order, true):
        if node in reference:
            gradient = _read_reference(reference[node], node, names)
        elif node in asked if asked is not None else not node.is_constant:
            raise NoReferenceError(names[node])
        expected.append(gradient)
    return expected


def _read_reference(given: Any, node: Value, names: Names) -> Any:
    """Return a reference as a float, or an array of floats."""
    is_number = not node.shape or (node.is_constant and given.__class__ is float and not given)
    numbers: Any = finite_or_none(given) if is_number else entries.read_array(given, node.shape)
    if numbers is None or not (is_number or (numbers - numbers == 0.0).all()):
        where = f"compare(reference=...) at node {names[node]}"
        if is_number:
            return finite_float(given, where)
        raise NotANumberError(given, where, f"Give finite real numbers of shape {node.shape}.")
    return numbers


def _as_list(nodes: Any) -> list[Any] | None:
    """Return the nodes asked for as a list. A single node is one, and an object array of Values all of its entries."""
    if nodes is None:
        return None
    if is_node(nodes):
        return [nodes]
    if not isinstance(nodes, Iterable):
        raise NotANumberError(nodes, "compare(nodes=...)", "Give a list of nodes.")
    return list(chain.from_iterable(thing.ravel().tolist() if is_object_array(thing) else [thing] for thing in nodes))


def _find_unused(order: list[Value], nodes: list[Any]) -> list[Value]:
    """Return the leaves asked for that the root does not depend on. Their gradient is filled in, and rightly 0."""
    strangers = dict.fromkeys(node for node in nodes if is_node(node) and node.is_leaf)
    for node in order:
        strangers.pop(node, None)
    numbers = {node: _read(node.grad, node.shape).number for node in strangers if _is_filled_by_hand(node)}
    return [node for node, one in numbers.items() if one is not None and not (one.any() if node.shape else one)]


def _find_targets(order: list[Value], others: list[Value], nodes: list[Any] | None, names: Names) -> set[Value] | None:
    """Return the nodes asked for; None for all but constants."""
    if nodes is None:
        if not _has_labels(others):
            return None
        return {node for node in order if not node.is_constant and (node.label or _is_filled_by_hand(node))}
    for node in nodes:
        if not is_node(node):
            raise NotANodeError(node, "compare(nodes=[{}])")
    asked = set(nodes)
    if strangers := asked.difference(order):
        raise NotInGraphError(names[strangers.pop()], names[order[0]], "compare(nodes=...)")
    return asked


def _has_labels(others: list[Value]) -> bool:
    return any(node.label and node.shape for node in others)


def _is_filled_by_hand(node: Value) -> bool:
    return node.is_manual and node.grad is not None
