"""Is an operation's own rule right? Each one's local derivatives against central differences.

Only one operation is moved at a time, so a wrong rule is pinned to its node, at a cost linear in
the graph, where an end-to-end check can only say that something on the way is wrong.
"""

from __future__ import annotations

import inspect
import math
import random
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .autodiff import local_derivatives
from .compare import check_fresh
from .comparison import Comparison, Status
from .diagnose import Slip
from .errors import DomainError, HandgradError, NotANumberError, NotAValueError
from .graph import topological_order
from .number import as_number, show
from .numeric import Slope, is_smooth, slope
from .table import one_line
from .tolerance import Tolerance

if TYPE_CHECKING:
    from .comparison import NodeResult
    from .value import Value

RTOL = 1e-6
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


class GradCheck(Comparison):
    """A comparison of rules with central differences: its causes are the nodes of the faulty operations.

    A result's `actual` is the local derivative by the rule, `expected` by central differences, for
    the input where they are furthest apart.
    """

    titles = ("by rule", "measured")
    caption = "slope"

    def __init__(
        self,
        root: Value,
        order: list[Value],
        actual: list[Any],
        expected: list[float],
        statuses: list[Status],
        slips: dict[Value, Slip],
    ) -> None:
        super().__init__(root, order, actual, expected, statuses, Tolerance(RTOL, 0.0, typed=False))
        self._found = slips

    def slip(self, result: NodeResult) -> Slip | None:
        return self._found.get(result.node)


class _Finding(NamedTuple):
    """One input of one operation: what the rule gives and what was measured."""

    place: int
    by_rule: float
    measured: float
    is_wrong: bool
    is_smooth: bool


def gradcheck(target: Value | Callable[..., Any], *inputs: Any, points: int = 1, seed: int = 0) -> GradCheck:
    """Check the local derivatives of every operation of a graph by central differences.

    Args:
        target: the root of a graph, or a function (an `Op` too) that builds one.
        *inputs: what the function takes: numbers, Values, or lists and arrays of them.
        points: at how many points to check a function: the inputs given, then random ones around them.
        seed: of the random points.

    Returns:
        A Comparison, of the first point at fault, else of the last. WRONG is the output node of an
        operation whose rule is wrong; its slip tells for which input, and the two numbers. An
        operation that is not smooth where it stands is SKIPPED, with a slip of kind "not-smooth".

    Raises:
        NotAValueError: `target` is neither a Value nor a function, or the function returns no Value.
        NotANumberError: an input is no number.
        StaleGraphError: data was changed after the forward pass.
        DomainError: the function has no value at the inputs given.
        ValueError: `points` is below 1.

    Example:
        >>> from handgrad import Value, gradcheck, op
        >>> bad_tanh = op("bad_tanh", math.tanh, lambda x, y: 1 - x * x)
        >>> check = gradcheck(bad_tanh, 0.5)
        >>> check.ok, check.causes[0].slip.kind
        (False, 'rule')
    """
    if hasattr(target, "_rest"):
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
        try:
            check = _check_graph(_build(target, [_near(thing, rng) for thing in inputs]))
        except DomainError:  # a random point outside the domain says nothing
            continue
        left -= 1
    return check


def _check_graph(root: Any) -> GradCheck:
    order = topological_order(root)
    check_fresh(order, root)
    order.reverse()
    actual: list[Any] = []
    expected: list[float] = []
    statuses: list[Status] = []
    faulty: dict[Value, list[_Finding]] = {}
    for node in order:
        findings = _findings(node)
        shown = max(findings, key=_badness, default=_Finding(0, math.nan, math.nan, False, True))
        actual.append(shown.by_rule if findings else None)
        expected.append(shown.measured)
        if any(f.is_wrong for f in findings):
            statuses.append(Status.WRONG)
        elif not findings or any(not f.is_smooth for f in findings):
            statuses.append(Status.SKIPPED)
        else:
            statuses.append(Status.CORRECT)
        if any(f.is_wrong or not f.is_smooth for f in findings):
            faulty[node] = findings
    check = GradCheck(root, order, actual, expected, statuses, {})
    check._found.update((node, _slip(node, findings, check)) for node, findings in faulty.items())
    return check


def _findings(node: Value) -> list[_Finding]:
    """What there is to say of each input of the node's operation that has a slope."""
    op = node.op
    if op is None:
        return []
    inputs = [operand.data for operand in node.operands]
    try:
        rules: Sequence[float] = local_derivatives(node)
    except (ArithmeticError, ValueError):
        rules = [math.nan] * len(inputs)
    return [
        finding
        for place, by_rule in enumerate(rules)
        if (finding := _finding(op.forward, inputs, place, by_rule, node.operands[place].is_constant)) is not None
    ]


def _finding(
    forward: Callable[..., float], inputs: list[float], place: int, by_rule: float, is_constant: bool
) -> _Finding | None:
    def along(x: float) -> float:
        return forward(*inputs[:place], x, *inputs[place + 1 :])

    x = inputs[place]
    if math.isfinite(by_rule):
        # Nearly every rule is right, and one plain difference shows it.
        quick = _difference(along, x)
        if abs(by_rule - quick) <= RTOL * max(abs(by_rule), abs(quick)):
            return _Finding(place, by_rule, quick, False, True)
    elif is_constant:
        return None
    measured = slope(along, x)
    if _agree(by_rule, measured):
        return _Finding(place, by_rule, measured.value, False, True)
    smooth = is_smooth(along, x, measured)
    return _Finding(place, by_rule, measured.value, smooth, smooth)


def _difference(f: Callable[[float], float], x: float) -> float:
    step = 6e-6 * (abs(x) or 1.0)
    up, down = x + step, x - step
    try:
        return (f(up) - f(down)) / (up - down)
    except (ArithmeticError, ValueError):
        return math.nan


def _agree(by_rule: float, measured: Slope) -> bool:
    return abs(by_rule - measured.value) <= RTOL * max(abs(by_rule), abs(measured.value)) + 10.0 * measured.error


def _badness(finding: _Finding) -> tuple[bool, bool, float]:
    apart = abs(finding.by_rule - finding.measured)
    return finding.is_wrong, not finding.is_smooth, apart / (abs(finding.measured) or 1.0)


def _slip(node: Value, findings: list[_Finding], check: GradCheck) -> Slip:
    op = node.op
    wrong = [f for f in findings if f.is_wrong]
    if wrong:
        parts = [
            f"by {_input(node, f.place, check)} the rule gives {show(f.by_rule, f.measured)}, central "
            f"differences {show(f.measured, f.by_rule)}{_relation(f)}"
            for f in wrong
        ]
        return Slip("rule", f"The rule of '{op}' is wrong: {'; '.join(parts)}.")
    places = " and ".join(_input(node, f.place, check) for f in findings if not f.is_smooth)
    return Slip(
        "not-smooth",
        f"'{op}' is not smooth here by {places}: the slopes from the two sides differ or one is missing, so its "
        "rule cannot be checked at this point.",
    )


def _input(node: Value, place: int, check: GradCheck) -> str:
    name = one_line(check.names[node.operands[place]])
    if len(node.operands) == 1:
        return name
    ordinal = ORDINALS[place] if place < len(ORDINALS) else f"{place + 1}th"
    return f"its {ordinal} input, {name},"


def _relation(finding: _Finding) -> str:
    """What the two numbers have to do with one another, where it is simple."""
    if not finding.measured or not finding.by_rule:
        return ""
    ratio = finding.by_rule / finding.measured
    for factor, words in (
        (-1.0, "the sign is turned round"),
        (2.0, "it is twice as large"),
        (0.5, "it is half as large"),
    ):
        if abs(ratio - factor) <= 1e-5:
            return f" ({words})"
    return ""


def _build(function: Callable[..., Any], inputs: Iterable[Any]) -> Any:
    """The root of the graph that the function makes of fresh leaves."""
    things = list(inputs)
    names = _parameter_names(function, len(things))
    result = function(*[_leaves(thing, name) for thing, name in zip(things, names)])
    roots = list(getattr(result, "flat", result)) if not hasattr(result, "_rest") and _is_nested(result) else [result]
    for root in roots:
        if not hasattr(root, "_rest"):
            raise NotAValueError(root)
    total = roots[0]
    for root in roots[1:]:
        total = total + root
    return total


def _parameter_names(function: Callable[..., Any], count: int) -> list[str]:
    try:
        parameters = [
            p.name
            for p in inspect.signature(function).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        parameters = []
    return parameters[:count] + [f"x{i}" for i in range(len(parameters), count)]


def _is_nested(thing: Any) -> bool:
    return isinstance(thing, (list, tuple)) or getattr(thing, "ndim", 0) > 0


def _leaves(thing: Any, name: str) -> Any:
    """A fresh leaf for a number or Value, the same nesting of leaves for a list or an array."""
    from .value import Value

    if isinstance(thing, Value):
        return Value(thing.data, thing.label or name)
    if _is_nested(thing):
        nested = [_leaves(item, f"{name}[{i}]") for i, item in enumerate(thing)]
        if hasattr(thing, "ndim"):
            import numpy as np

            return np.array(nested, dtype=object)
        return nested
    if isinstance(thing, (str, bytes)) or thing is None:
        raise NotANumberError(thing, "an input of gradcheck", "Give numbers, or lists and arrays of numbers.")
    return Value(as_number(thing, "an input of gradcheck"), name)


def _near(thing: Any, rng: random.Random) -> Any:
    """A random point around the one given: moved by about half its size, or by half a unit from 0."""
    if hasattr(thing, "_rest"):
        return _near(thing.data, rng)
    if _is_nested(thing):
        moved = [_near(item, rng) for item in thing]
        if hasattr(thing, "ndim"):
            import numpy as np

            return np.array(moved)
        return moved
    number = as_number(thing, "an input of gradcheck")
    return number + 0.5 * (abs(number) or 1.0) * rng.gauss(0.0, 1.0)
