"""Check an operation's own rule: its local derivatives against central differences.

Only one operation is moved at a time, so a wrong rule is pinned to its node, at a cost linear in
the graph, where an end-to-end check can only say that something on the way is wrong.
"""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial, reduce
from typing import Any

from ..comparator import check_fresh
from ..errors import DomainError, HandgradError, NotANumberError, NotAValueError
from ..graph import is_node
from ..loading import LazyModule, np
from ..local import local_derivatives
from ..manual import require_gradients
from ..names import Names
from ..number import finite_float, one_line, show
from ..ops import Op
from ..slips.slip import Slip
from ..value import Value
from ..verdict.comparison import Comparison, ComparisonData
from ..verdict.rounding import Tolerance
from ..verdict.status import Status
from .parameters import input_names
from .rule import RTOL, Finding, Rule, findings

arrays, directions = LazyModule("handgrad", "arrays"), LazyModule(__package__, "directions")

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def gradcheck(target: Value | Callable[..., Any], *inputs: Any, points: int = 1, seed: int = 0) -> Comparison:
    """Check the local derivatives of every operation of a graph by central differences.

    Args:
        target: the root of a graph, or a function (an `Op` too) that builds one.
        *inputs: what the function takes: numbers, nodes, or lists of them, each made a fresh leaf; an array of numbers
            becomes a leaf that holds it.
        points: at how many points to check a function: the inputs given, then random ones around them.
        seed: of the random points.

    Returns:
        A Comparison, of the first point at fault, else of the last. WRONG is the output node of an
        operation whose rule is wrong; its slip tells for which input, and the two numbers. An
        operation that is not smooth where it stands is SKIPPED, with a slip of kind "not-smooth". A
        result's `actual` is the local derivative by the rule, `expected` by central differences, for
        the input where they are furthest apart.

    Raises:
        NotAValueError: `target` is neither a Value nor a function, or the function returns no Value.
        NotANumberError: an input is no number.
        StaleGraphError: data was changed after the forward pass.
        DomainError: the function has no value at the inputs given.
        ValueError: `points` is below 1.

    Examples:
        >>> from handgrad import Value, gradcheck, op
        >>> bad_tanh = op("bad_tanh", math.tanh, lambda x, y: 1 - x * x)
        >>> check = gradcheck(bad_tanh, 0.5)
        >>> check.ok, check.causes[0].slip.kind
        (False, 'rule')
    """
    if is_node(target):
        if inputs:
            raise HandgradError(
                "gradcheck: a graph takes no inputs; give gradcheck(root), or a function and its inputs."
            )
        return _check_graph(target)
    if not callable(target):
        raise NotAValueError(target)
    if points < 1:
        raise ValueError(f"gradcheck: points is {points}, and must be 1 or more.")
    check = _check_graph(_build(target, inputs))
    rng = random.Random(seed)
    left = points - 1
    for _ in range(10 * left):
        if not check.ok or not left:
            break
        with suppress(DomainError):  # a random point outside the domain says nothing
            check = _check_graph(_build(target, [_map_nested(partial(_draw_near, rng), thing, "") for thing in inputs]))
            left -= 1
    return check


def _check_graph(root: Any) -> Comparison:
    """Compare each node's rule with central differences."""
    require_gradients()
    names = Names(root)
    check_fresh(names)
    order = names.order[::-1]
    found = {node: _findings_on(node) for node in order}
    worst = {node: max(some, key=lambda f: f.badness) for node, some in found.items() if some}
    statuses = {
        node: Status.WRONG if one.is_wrong else Status.CORRECT if one.is_smooth else Status.SKIPPED
        for node, one in worst.items()
    }
    faulty = [node for node, status in statuses.items() if status is not Status.CORRECT]
    return Comparison(
        ComparisonData(
            root=root,
            order=order,
            actual=[worst[node].by_rule if node in worst else None for node in order],
            expected=[worst[node].measured if node in worst else math.nan for node in order],
            statuses=[statuses.get(node, Status.SKIPPED) for node in order],
            tolerance=Tolerance(RTOL, typed=False),
            slips={node: _describe_faults(node, found[node], names) for node in faulty},
            is_apart=True,
            names=names,
            titles=("by rule", "measured"),
        )
    )


def _findings_on(node: Value) -> list[Finding]:
    """Return what is found about a node's rule, an input each; [] for a leaf."""
    op: Any = node.op
    if op is None:
        return []
    try:
        locals_: Sequence[Any] = local_derivatives(node)
    except (ArithmeticError, ValueError):
        locals_ = [math.nan] * len(node.operands)
    is_of_numbers = node._first is not None
    constants = (place for place, operand in enumerate(node.operands) if operand.is_constant)
    unasked = frozenset(place for place in constants if not (is_of_numbers and math.isfinite(locals_[place])))
    rule = Rule(
        str(op),
        [operand.data for operand in node.operands],
        node.data,
        lambda upstream: [upstream * local for local in locals_],
        lambda inputs: op.forward(*inputs),
        unasked=unasked,
        is_entrywise=getattr(op, "scalar", None) is not None,
    )
    return findings(rule) if is_of_numbers else directions.findings(rule)


def _describe_faults(node: Value, findings: list[Finding], names: Names) -> Slip:
    """Say which rule is wrong, or where it cannot be checked."""
    op = node.op
    wrong = [f for f in findings if f.is_wrong]
    if wrong:
        parts = [
            f"by {_name_input(node, f, names)} the rule gives {show(f.by_rule, f.measured)}, central "
            f"differences {show(f.measured, f.by_rule)}{_describe_relation(f)}"
            for f in wrong
        ]
        return Slip("rule", f"The rule of '{op}' is wrong: {'; '.join(parts)}.")
    places = " and ".join(_name_input(node, f, names) for f in findings if not f.is_smooth)
    return Slip(
        "not-smooth",
        f"'{op}' is not smooth here by {places}: the slopes from the two sides differ or one is missing, so its "
        "rule cannot be checked at this point.",
    )


def _name_input(node: Value, finding: Finding, names: Names) -> str:
    place = finding.place
    name = one_line(names[node.operands[place]]) + finding.entry
    if len(node.operands) > 1:
        ordinal = ORDINALS[place] if place < len(ORDINALS) else f"{place + 1}th"
        name = f"its {ordinal} input, {name},"
    return f"{name} for its entry {finding.of_entry}" if finding.of_entry else name


def _describe_relation(finding: Finding) -> str:
    """Describe how the two numbers are related, where it is simple."""
    if not finding.measured or not finding.by_rule:
        return ""
    ratio = finding.by_rule / finding.measured
    known = ((-1.0, "the sign is turned round"), (2.0, "it is twice as large"), (0.5, "it is half as large"))
    return next((f" ({words})" for factor, words in known if abs(ratio - factor) <= 1e-5), "")


def _build(function: Callable[..., Any], inputs: Iterable[Any]) -> Any:
    """Call a function on fresh leaves, and add its results up to one root."""
    things = list(inputs)
    # An operation has no names for its operands.
    names = input_names(None if isinstance(function, Op) else function, len(things))
    result = function(*[_map_nested(_make_leaf, thing, name) for thing, name in zip(things, names)])
    roots = list(getattr(result, "flat", result)) if not is_node(result) and _is_nested(result) else [result]
    for root in roots:
        if not is_node(root):
            raise NotAValueError(root)
    return reduce(operator.add, [root.sum() if root.shape else root for root in roots])


def _is_nested(thing: Any) -> bool:
    return isinstance(thing, (list, tuple)) or getattr(thing, "ndim", 0) > 0


def _map_nested(function: Callable[[Any, str], Any], thing: Any, name: str) -> Any:
    """Apply a function to each number, node or array of numbers in lists, and to its name; keep the nesting."""
    kind = getattr(getattr(thing, "dtype", None), "kind", "O")
    if is_node(thing) or not _is_nested(thing) or kind != "O":
        return function(thing, name)
    items = [_map_nested(function, item, f"{name}[{i}]") for i, item in enumerate(thing)]
    return np.array(items, dtype=object) if hasattr(thing, "ndim") else items


def _make_leaf(thing: Any, name: str) -> Any:
    """Return a fresh leaf."""
    if is_node(thing):
        thing, name = thing.data, thing.label or name
    if getattr(thing, "ndim", 0):
        return arrays.array(thing, name)
    if isinstance(thing, (str, bytes)) or thing is None:
        raise NotANumberError(thing, "an input of gradcheck", "Give numbers, or lists and arrays of numbers.")
    return Value(finite_float(thing, "an input of gradcheck"), name)


def _draw_near(rng: random.Random, thing: Any, _: str) -> Any:
    """Return a random point near the given one: moved by half its size, or half a unit from 0."""
    numbers = thing.data if is_node(thing) else thing
    if getattr(numbers, "ndim", 0):
        moves = np.reshape([rng.gauss(0.0, 1.0) for _ in range(numbers.size)], numbers.shape)
        return numbers + 0.5 * np.where(numbers == 0.0, 1.0, abs(numbers)) * moves
    number = finite_float(numbers, "an input of gradcheck")
    return number + 0.5 * (abs(number) or 1.0) * rng.gauss(0.0, 1.0)
