"""For the tests of a kata: build a graph to be filled in, run the learner's code by hand, judge it."""

from __future__ import annotations

import difflib
import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from fractions import Fraction
from typing import Any, NamedTuple

from handgrad import Comparison, Slip, Status, Value, compare, manual
from handgrad.graph import topological_order
from handgrad.local import local_derivatives
from handgrad.manual import ByHandError, by_hand, judging
from handgrad.names import Names
from handgrad.number import one_line
from handgrad.testing import GradientError

from .judging.headline import name_parts

__all__ = ["ByHandError", "by_hand", "check_gradients", "check_names", "hand_graph", "say_division", "say_known"]

NEAR = 1e-9
"""How near to a well-known number what is called by its name must be."""
MOST_PLAIN = 36
"""The largest denominator of a plain number."""
MOST_DIVIDED = 1_000
"""By a larger number nobody takes a mean in a kata."""


def hand_graph(build: Callable[..., Any], **leaves: float) -> Any:
    """Return what `build` returns, built in manual mode from labelled leaves.

    Args:
        build: takes the leaves as Values by their names.
        **leaves: the number of each leaf; its name becomes the Value's label.

    Example:
        >>> a, b, L = hand_graph(lambda a, b: (a, b, a * b), a=2.0, b=-3.0)
        >>> L.data, a.label, a.grad
        (-6.0, 'a', None)
    """
    with manual():
        return build(**{name: Value(number, name) for name, number in leaves.items()})


def check_gradients(
    root: Value,
    nodes: Iterable[Value] | None = None,
    call: str = "",
    *,
    properties: Callable[[], object] = lambda: None,
    parts: Sequence[Sequence[str]] = (),
    by_walk: bool = False,
    known: Sequence[tuple[Value, Any, str]] = (),
    **options: Any,
) -> Comparison:
    """Assert that the learner filled in every gradient that is asked for, and rightly.

    Args:
        root: where backward starts.
        nodes: which nodes are asked for; all but constants by default.
        call: what the test called, as the learner would write it: "backward(a, b, L)".
        properties: asserts what must hold whatever the numbers, such as sums that are 0. Of both, what says more comes
            first: the table where it names every mistake, else this.
        parts: the names of the gradients in the parts in which a kata of many asks for them. What fails shows the first
            part that is not right, and no more.
        by_walk: whether a loop over any graph filled the gradients in, and not the learner one by one: where one wrong
            walk makes all of them, that is said.
        known: nodes with a gradient that a usual mistake gives them, and what to say of it where nothing else is known.
        **options: the others of `handgrad.compare`: reference, rtol, atol, typed.

    Returns:
        The comparison, all correct.

    Raises:
        GradientError: an AssertionError whose text names the call and holds the table without the
            answers; its `comparison` has the rest, and its `part` what of the parts is shown.

    Example:
        >>> a, b, L = hand_graph(lambda a, b: (a, b, a * b), a=2.0, b=-3.0)
        >>> L.grad, a.grad, b.grad = 1.0, -3.0, 2.0
        >>> check_gradients(L, call="backward(a, b, L)").ok
        True
    """
    __tracebackhide__ = True
    with judging():
        if _upto.get():
            nodes = _nodes_upto(root, nodes, _upto.get())
        comparison = compare(root, nodes=nodes, **options)
        broken = "" if _upto.get() else _broken_property(properties)
        if comparison.ok:
            assert not broken, broken
            _right_before.update({(call, r.name): r.actual for r in comparison if r.status is Status.CORRECT})
            _right.append(comparison)
            del _right[1:]
            for watch in _watching:
                watch(comparison)
            return comparison
        if not _words_wanted.get():
            raise GradientError("not every gradient is right", comparison)
        part = _first_part(root, comparison, parts, options) if not _upto.get() else None
        shown = comparison if part is None else part.comparison
        if part is not None and part.comparison.missing:
            broken = ""  # it may be of a later part
        for one in {id(comparison): comparison, id(shown): shown}.values():
            one.studies = []
            _name_known(one, known)
            _name_typed_numbers(one, call)
            if by_walk:
                _name_walk(one, root)
        raise WrongGradientsError(comparison, part, call, broken)


class WrongGradientsError(GradientError):
    """Gradients of a kata that are wrong or missing.

    Attributes:
        part: what of the parts is shown; None where there are none.
        shown: the comparison that the text is about.
        of: what was called, without its numbers.
    """

    def __init__(self, comparison: Comparison, part: Part | None, call: str, broken: str) -> None:
        super().__init__("not every gradient is right", comparison)
        self.part, self.shown = part, comparison if part is None else part.comparison
        self.of, self._call, self._broken = _NUMBERS.sub("", call), call, broken

    def __str__(self) -> str:
        """Return the text by the slips that are known now, as other runs of the program may tell more."""
        head, broken = "" if self.part is None else f"{self.part}\n\n", self._broken
        with judging():
            table = _four_parts(self.shown, self._call, head)
            is_named = all(result.slip for result in self.shown.causes)
        if broken and not is_named:
            return f"{broken}\n\n{table}"
        return f"{table}\n\n{_CALLED.sub('', broken)}" if broken else table


class Part(NamedTuple):
    """The first part of what a kata asks for that is not right.

    Attributes:
        number: its place, from 1.
        of: how many parts there are.
        names: its gradients.
        comparison: of these alone.
    """

    number: int
    of: int
    names: tuple[str, ...]
    comparison: Comparison

    def __str__(self) -> str:
        right = f" {name_parts(self.number - 1, 'is', 'are')} right." if self.number > 1 else ""
        return f"Part {self.number} of {self.of}: {', '.join(self.names)}.{right}"


def _first_part(
    root: Value, comparison: Comparison, parts: Sequence[Sequence[str]], options: dict[str, Any]
) -> Part | None:
    """Return the first part that is not right; None where what is wrong belongs to none."""
    names = Names(root)
    nodes = {names[result.node]: result.node for result in comparison}
    for number, part in enumerate(parts, start=1):
        asked = [nodes[name] for name in part]
        if not all(comparison[node].status is Status.CORRECT for node in asked):
            return Part(number, len(parts), tuple(part), compare(root, nodes=asked, **options))
    return None


def _broken_property(properties: Callable[[], object]) -> str:
    """Return what an assertion says of the gradients; "" where all hold."""
    try:
        properties()
    except AssertionError as error:
        return str(error)
    return ""


def check_names(grads: object, names: Iterable[str], call: str) -> None:
    """Assert that the learner's function returned a dict with gradients under the right names.

    A name that is asked for and has nothing yet is left to the comparison, unless another one stands there for it.

    Raises:
        AssertionError: it is no dict, or what it has for a name stands under another.
    """
    __tracebackhide__ = True
    returned = f"Called {call}. It returned"
    assert grads is not None, f"{returned} nothing. Expected a dict of gradients by name: does it end in a return?"
    assert isinstance(grads, dict), f"{returned} a {type(grads).__name__}. Expected a dict of gradients by name."
    names = list(names)
    missing = [name for name in names if grads.get(name) is None]
    strange = [name for name, gradient in grads.items() if name not in names and gradient is not None]
    if not missing or not strange:
        return
    of = {f"d{name}": name for name in missing} | {f"{name}.grad": name for name in missing}
    meant = of.get(str(strange[0])) or next(iter(difflib.get_close_matches(str(strange[0]), missing, 1)), missing[0])
    raise AssertionError(
        f"{returned} a gradient under {strange[0]!r}, and none under {meant!r}. Expected these names: "
        f"{', '.join(names)}."
    )


_words_wanted = ContextVar("_words_wanted", default=True)


def say_division(times: float, rows: int) -> str:
    """Say by which whole number a mean over `rows` was divided, "" where none gives it.

    Args:
        times: how many times the right mean it is; any float, nan too.
    """
    size = rows / times if times else math.inf
    if not 0.5 <= size <= MOST_DIVIDED or abs(size - round(size)) > 1e-6 * size or round(size) == rows:
        return ""
    return f" A division by {size:.0f} would do that; the mean is over {rows} rows."


def say_known(found: object, known: Iterable[tuple[Any, str]]) -> str:
    """Return the words beside the first number, list of numbers, or array, that is what was found; "" for none."""
    return next((f" {words}" for numbers, words in known if _is_same(found, numbers)), "")


def _is_same(found: Any, numbers: Any) -> bool:
    """Tell whether two numbers, lists of them, or arrays are the same but for what floats lose."""
    if isinstance(numbers, (int, float)):  # what was found may be anything, nothing too
        return isinstance(found, (int, float)) and math.isclose(found, numbers, rel_tol=NEAR)
    if isinstance(numbers, list):
        is_alike = isinstance(found, list) and len(found) == len(numbers)
        if not is_alike or not all(isinstance(one, (int, float)) for one in found):
            return False
        size = max(map(abs, numbers), default=0.0)
        return all(math.isclose(*two, rel_tol=NEAR, abs_tol=NEAR * size) for two in zip(found, numbers))
    import numpy as np  # katas of numbers do without, and it takes long to load

    if np.shape(found) != np.shape(numbers):
        return False
    size = float(np.abs(numbers).max(initial=0.0))
    return bool(np.allclose(found, numbers, rtol=NEAR, atol=NEAR * size))


def leave_words_out() -> None:
    """Have what fails say no more than that: to find the words, and the slips in them, takes longer than to judge."""
    _words_wanted.set(False)


_upto = ContextVar("_upto", default="")


def ask_upto(name: str) -> None:
    """Have the checks ask for the gradients up to that of a name, in their own order; "" for all."""
    _upto.set(name)


def list_asked(root: Value, nodes: Iterable[Value] | None) -> dict[str, Value]:
    """Return the nodes that a check asks for by their names, in its order."""
    names = Names(root)
    asked = [result.node for result in compare(root)] if nodes is None else nodes
    return {names[node]: node for node in asked if not node.is_constant}


def _nodes_upto(root: Value, nodes: Iterable[Value] | None, name: str) -> list[Value]:
    """Return the nodes to ask for; none of a graph that does not have the name."""
    asked = list_asked(root, nodes)
    return [*asked.values()][: [*asked].index(name) + 1] if name in asked else []


_right: list[Comparison] = []


def first_right() -> Comparison | None:
    """Return the first comparison that was all right: what to draw of an answer that passes."""
    return _right[0] if _right else None


_watching: list[Callable[[Comparison], object]] = []


def watch_right(watch: Callable[[Comparison], object]) -> None:
    """Have a function see each comparison that is all right from now on."""
    _watching.append(watch)


_right_before: dict[tuple[str, str], Any] = {}
"""The right numbers of the checks before, by what was called and the name of the node."""

_NUMBERS = re.compile(r"-?[\d.]+")
_CALLED = re.compile(r"^Called .*?\. (?=[A-Z])", re.DOTALL)

PLAIN = (0.0, 1.0, -1.0)
"""Numbers that are right by rule for other inputs, too."""
TYPED = (
    "this number was right for the inputs of a test before, and is not for these: write it in the names of your code."
)


def _name_typed_numbers(comparison: Comparison, call: str) -> None:
    """Name the numbers that were right for other inputs, and stand there again: they are typed in."""
    typed = {
        result.node: Slip("rule", f"{one_line(result.name)}: {TYPED}", shared=TYPED)
        for result in comparison.causes
        if not result.shape
        and result.actual == _right_before.get((call, result.name), math.nan)
        and (result.actual not in PLAIN or result.slip is None)
    }
    diagnose = comparison.evidence.diagnose
    if typed and diagnose is not None:
        comparison.take(
            comparison.evidence._replace(diagnose=lambda result, of: typed.get(result.node) or diagnose(result, of))
        )


def _name_known(comparison: Comparison, known: Sequence[tuple[Value, Any, str]]) -> None:
    """Name the gradients that a usual mistake in a kata gives; a plain number only where nothing else explains it."""
    slips = {
        result.node: Slip("rule", f"{one_line(result.name)}: {words.strip()}", shared=words.strip())
        for result in comparison.causes
        if (words := say_known(result.actual, [each[1:] for each in known if each[0] is result.node]))
    }
    diagnose = comparison.evidence.diagnose
    if slips and diagnose is not None:
        sure = {node: slip for node, slip in slips.items() if node.shape or not _is_plain(comparison[node].actual)}
        comparison.take(
            comparison.evidence._replace(
                diagnose=lambda result, of: sure.get(result.node) or diagnose(result, of) or slips.get(result.node)
            )
        )


def _is_plain(number: Any) -> bool:
    """Tell whether a number is a fraction of small numbers, which much gives."""
    return abs(Fraction(number).limit_denominator(MOST_PLAIN) - Fraction(number)) < NEAR


Locals = list[tuple[Value, float]]


def _walk(
    root: Value, order: Iterable[Value], of: Callable[[Locals], Locals] = lambda every: every
) -> dict[Value, float]:
    """Return the gradients that a walk in some order gives, which passes on to some of each node's operands."""
    gradients = {root: 1.0}
    for node in order:
        for operand, local in of(list(zip(node.operands, local_derivatives(node)))):
            gradients[operand] = gradients.get(operand, 0.0) + gradients.get(node, 0.0) * local
    return gradients


def _orders_by_meeting(root: Value) -> Iterator[list[Value]]:
    """Yield the orders in which walks from the root meet the nodes: breadth first and depth first, from both sides."""
    for last, turned in itertools.product((0, -1), (False, True)):
        order, waiting, met = [], [root], {root}
        while waiting:
            node = waiting.pop(last)
            order.append(node)
            fresh = [operand for operand in dict.fromkeys(node.operands) if operand not in met]
            met.update(fresh)
            waiting.extend(fresh[::-1] if turned else fresh)
        yield order
    for turned in (False, True):
        visited: dict[Value, None] = {}
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if node not in visited:
                visited[node] = None
                waiting.extend(node.operands if turned else node.operands[::-1])
        yield list(visited)


def _passed_on_early(order: list[Value]) -> list[Value]:
    """Return the nodes that stand before one of their consumers, and have operands to pass something on to."""
    place = {node: number for number, node in enumerate(order)}
    early = {operand for node in order for operand in node.operands if place[operand] < place[node]}
    return [node for node in order if node in early and node.operands]


def _name_walk(comparison: Comparison, root: Value) -> None:
    """Name the one wrong walk over the graph that makes every gradient, where there is one."""
    order = topological_order(root)
    names = Names(root)
    walks = [
        (_walk(root, order), "each node passes its gradient on before it has one: from which end does the walk go?"),
        (_walk(root, order[::-1], lambda every: every[:1]), "only the first operand of each operation gets its part."),
        (_walk(root, order[::-1], lambda every: every[-1:]), "only the last operand of each operation gets its part."),
    ]
    for met in _orders_by_meeting(root):
        if early := _passed_on_early(met):
            which = " and ".join(one_line(names[node]) for node in early[:2])
            their = "its gradient before all its" if len(early) == 1 else "their gradients before all their"
            says = (
                f"{which} propagated {their} uses had been summed. Wait until every use of a node is in "
                "(topological order)."
            )
            walks.append((_walk(root, met), says))
    written = {result.node: result.actual for result in comparison}
    found = (says for gradients, says in walks if all(_is_near(written[node], gradients.get(node)) for node in written))
    says = next(found, "")
    if says and sum(each.status is not Status.CORRECT for each in comparison) > 1:  # of one number a lost use says more
        slips = {each.node: Slip("order", f"{one_line(each.name)}: {says}", shared=says) for each in comparison}
        comparison.take(comparison.evidence._replace(diagnose=lambda result, of: slips[result.node]))


def _is_near(written: object, number: float | None) -> bool:
    return isinstance(written, float) and math.isclose(written, number or 0.0, rel_tol=1e-9)


def _four_parts(comparison: Comparison, call: str, head: str) -> str:
    """Return what was called, what came back, what was expected, what it means."""
    left = "" if "filled in" in call else ", and then compared what it left in each node's grad"
    called = f"Called {call}{left}.\n\n" if call else ""
    return (
        f"{called}{head}{comparison.table(reveal=False)}\n\n"
        "Expected in each node: the sum, over its uses, of upstream gradient times local derivative."
    )
