"""The backward pass edge by edge: what each use passes back, in the learner's names, and the running sums."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any

from handgrad import NodeResult, Value, compare, gradients, manual
from handgrad.autodiff import pass_on
from handgrad.checking.result import Term
from handgrad.checking.sentences import in_own_names, letters
from handgrad.graph import consumers, topological_order
from handgrad.local import local_derivatives
from handgrad.names import Names
from handgrad.number import one_line, show
from handgrad.ops import Op

TIMES = "\N{MULTIPLICATION SIGN}"
MOST_STEPS = 2000
"""A pass of more edges is told up to here: nobody steps through more."""

LONGEST_RULE = 60
_LETTER = re.compile(r"\b([abxy])\b")
_SIMPLE = re.compile(r"-?[\w.]+")


@dataclass(frozen=True)
class Step:
    """One edge of the backward pass.

    Attributes:
        operand, consumer: the edge, and `place` which operand of the consumer it is.
        local: the derivative of the consumer by the operand: a number, between arrays an Edge.
        upstream: the consumer's gradient.
        total: the operand's gradient once this is added.
        use, uses: which of the operand's uses it is, from 1, and of how many.
    """

    operand: Value
    consumer: Value
    place: int
    local: Any
    upstream: Any
    total: Any
    use: int
    uses: int

    @property
    def contribution(self) -> Any:
        """upstream x local: a number, for an array one of its shape."""
        return Term(self.consumer, self.local, self.upstream).contribution

    @property
    def is_of_arrays(self) -> bool:
        return bool(self.operand.shape or self.consumer.shape)


class _Sums(dict[Value, Any]):
    """Running sums that remember what they were after each addition."""

    def __init__(self, nodes: Sequence[Value]) -> None:
        super().__init__((node, None) for node in nodes if not node.is_constant)
        self.added: list[Any] = []

    def __setitem__(self, node: Value, total: Any) -> None:
        super().__setitem__(node, total)
        self.added.append(total)


def backward_steps(root: Value, shown: Container[Value], most: int = MOST_STEPS) -> list[Step]:
    """The steps into the shown nodes, consumers first, each edge once; a constant gets none.

    Raises:
        DomainError: an operation has no finite derivative where it stands.
        ByHandError: this runs where the gradients are to be worked out by hand.
    """
    truth = gradients(root)  # its errors say where the pass cannot go on
    order = list(truth)
    uses = consumers(order[::-1])
    sums, met = _Sums(order), dict.fromkeys(order, 0)
    steps: list[Step] = []
    for consumer in order:
        if consumer.is_constant or consumer.op is None:
            continue
        locals_ = local_derivatives(consumer)
        sums.added.clear()
        pass_on(consumer, truth[consumer], locals_, sums)
        totals = iter(sums.added)
        for place, (operand, local) in enumerate(zip(consumer.operands, locals_)):
            if operand.is_constant:
                continue
            met[operand] += 1
            total = next(totals)
            if operand in shown:
                edge = (operand, consumer, place, local, truth[consumer], total)
                steps.append(Step(*edge, met[operand], len(uses[operand])))
                if len(steps) == most:
                    return steps
    return steps


class Words:
    """What is said of a graph's edges."""

    def __init__(self, root: Value, names: Names) -> None:
        self.root, self._names = root, names

    def name(self, node: Value) -> str:
        return one_line(self._names[node] or self._names.phrase(node)) or "constant"

    def derivative(self, of: Value, by: Value) -> str:
        """dL/da, with brackets where a name is an expression."""
        return f"d{bracketed(self.name(of))}/d{bracketed(self.name(by))}"

    def rule(self, consumer: Value, place: int) -> str:
        """The local derivative as a rule, in the operands' names; "" where the operation states none."""
        return self._filled_in(consumer, place, self.name)

    def plugged_in(self, consumer: Value, place: int) -> str:
        """The same with numbers for the names."""
        return self._filled_in(consumer, place, lambda node: show(node.data) if not node.shape else self.name(node))

    def _filled_in(self, consumer: Value, place: int, say: Callable[[Value], str]) -> str:
        assert consumer.op is not None
        rules, operands = consumer.op.rule, consumer.operands
        if not rules and getattr(consumer.op, "scalar", None) is not None:
            rules = consumer.op.scalar.rule  # type: ignore[attr-defined]
        if len(rules) != len(operands):
            return ""
        is_power = consumer.op.name == "**"
        template = (is_power and _of_power(operands, place)) or _LETTER.sub(r"{\1}", rules[place])
        said = in_own_names(template, letters(say(consumer), [say(operand) for operand in operands]))
        return said if len(said) <= LONGEST_RULE else ""

    def told(self, step: Step) -> str:
        """The sentence of a step: "d gets L.grad x dL/dd = 1 x f = -2", at a fan-out with the running sum."""
        operand, consumer = self.name(step.operand), self.name(step.consumer)
        formula = f"{operand} gets {bracketed(consumer)}.grad {TIMES} {self.derivative(step.consumer, step.operand)}"
        if step.is_of_arrays:
            return f"{formula}{self._of_arrays(step)}"
        rule, local = self.rule(step.consumer, step.place), _signed(show(step.local))
        is_short = bool(_SIMPLE.fullmatch(rule)) and not _is_number(rule)
        factor = rule if is_short else local
        said = f"{formula} = {show(step.upstream)} {TIMES} {factor} = {show(step.contribution)}"
        if step.uses == 1:
            return f"{said}."
        if step.use == 1:
            return (
                f"{said}. {operand} is used {step.uses} times, this is the first: the sum so far is {show(step.total)}."
            )
        before, added = show(step.total - step.contribution), _signed(show(step.contribution))
        end = "which is the whole sum" if step.use == step.uses else "so far"
        return f"{said}. Use {step.use} of {step.uses}: {before} + {added} = {show(step.total)}, {end}."

    def _of_arrays(self, step: Step) -> str:
        rule = self.rule(step.consumer, step.place)
        by = f", by the rule of '{step.consumer.op}'" + (f", {rule}" if rule else "")
        shape = f" Its shape is {step.operand.shape}." if step.operand.shape else f" It is {show(step.contribution)}."
        use = f" Use {step.use} of {step.uses}: contributions add up." if step.uses > 1 else ""
        return f"{by}.{shape}{use}"

    def rule_line(self, step: Step) -> str:
        """The rule as a rule: "dL/dd = f"."""
        rule = self.rule(step.consumer, step.place)
        return f"{self.derivative(step.consumer, step.operand)} = {rule}" if rule else ""

    def plugged_line(self, step: Step) -> str:
        """The rule with numbers: "dL/dd = -2"; with more to work out "dL/dd = 1 - tanh(0.5)^2 = 0.786"."""
        if step.is_of_arrays:
            return ""
        plugged, local = self.plugged_in(step.consumer, step.place), show(step.local)
        left = self.derivative(step.consumer, step.operand)
        return f"{left} = {plugged} = {local}" if plugged and plugged != local else f"{left} = {local}"

    def start(self) -> str:
        name = self.name(self.root)
        return f"Start: {bracketed(name)}.grad = d{bracketed(name)}/d{bracketed(name)} = 1."

    def question(self, step: Step, known: Any = None) -> str:
        """What is asked of who predicts; `known` is the consumer's gradient, where the steps before have told it."""
        operand, consumer = self.name(step.operand), self.name(step.consumer)
        use = f" (use {step.use} of {step.uses})" if step.uses > 1 else ""
        is_told = isinstance(known, float)
        upstream = f", where {bracketed(consumer)}.grad = {show(known)}" if is_told else ""
        return f"What does {operand} get from {consumer}{use}{upstream}?"


def hints(node: Value, uses: Sequence[tuple[Value, int]], words: Words) -> list[str]:
    """What to think of, a level at a time; the last is the formula, never its number."""
    name = words.name(node)
    if node is words.root:
        return [
            f"{name} is where the pass starts. How much does {name} change when {name} changes by 1?",
            f"d{bracketed(name)}/d{bracketed(name)} is the same for every graph.",
        ]
    if not uses:
        return [f"Nothing on the graph uses {name}."]
    places = [f"{words.name(consumer)} (by '{consumer.op}')" for consumer, _ in uses[:6]]
    if len(uses) > 6:
        places.append(f"{len(uses) - 6:,} more")
    listed = places[0] if len(places) == 1 else f"{', '.join(places[:-1])} and {places[-1]}"
    many = "" if len(uses) == 1 else f" Each of the {len(uses)} uses passes something back, and that adds up."
    shape = f" The gradient has the shape of {name}, {node.shape}." if node.shape else ""
    first = (
        f"{name} is used in {listed}. What comes back is the upstream gradient times the local derivative.{many}{shape}"
    )
    rules, terms = [], []
    for consumer, place in uses[:6]:
        left, rule = words.derivative(consumer, node), words.rule(consumer, place)
        rules.append(f"{left} = {rule}" if rule else f"{left} is the slope of '{consumer.op}'")
        factor = rule if _SIMPLE.fullmatch(rule) else f"({rule})" if rule else left
        terms.append(f"{bracketed(words.name(consumer))}.grad {TIMES} {factor}")
    more = " + ..." if len(uses) > 6 else ""
    found = [first, f"The local derivative: {'; '.join(rules)}."]
    if not node.shape and not any(consumer.shape for consumer, _ in uses):
        found.append(f"{bracketed(name)}.grad = {' + '.join(terms)}{more}")
    return found


def judged_guess(step: Step, guess: float, words: Words) -> NodeResult:
    """The comparator's verdict on one contribution between numbers.

    The consumer stands alone: each of its operands is a leaf, and what is computed from it passes the upstream
    gradient back. There the operand's gradient is the contribution, and its slips are those of this use.
    """
    with manual():
        leaves = [
            _alone(operand, words, is_asked=place == step.place or operand is not step.operand)
            for place, operand in enumerate(step.consumer.operands)
        ]
        assert step.consumer.op is not None
        consumer = root = step.consumer.op(*leaves)
        if step.consumer is not words.root:
            consumer.label = words.name(step.consumer)
            root = _passing_back(step.upstream)(consumer)
    root.label = words.name(words.root)
    root.grad, consumer.grad = 1.0, step.upstream
    asked = leaves[step.place]
    asked.grad = guess
    return compare(root, nodes=[asked])[asked]


def _alone(operand: Value, words: Words, *, is_asked: bool) -> Value:
    make = Value if is_asked and not operand.is_constant else Value.constant
    return make(operand.data, words.name(operand))


def _passing_back(upstream: float) -> Op:
    """An operation whose slope is the upstream gradient."""
    return Op("...", lambda x: x, lambda x, y: (upstream,))


def guess_slip(step: Step, result: NodeResult, words: Words) -> str:
    """What is to be said of a guess that is off."""
    if result.slip is not None and result.slip.kind != "factor":
        return one_line(result.slip.message)
    operand, consumer = words.name(step.operand), words.name(step.consumer)
    return (
        f"{operand}: no usual mistake gives this number. It is the upstream gradient, {bracketed(consumer)}.grad, "
        f"times the local derivative, {words.derivative(step.consumer, step.operand)}. What is each of the two?"
    )


def order_of(root: Value) -> list[Value]:
    """The nodes in backward order."""
    return topological_order(root)[::-1]


def bracketed(name: str) -> str:
    """A name that is an expression in brackets."""
    return name if all(c.isalnum() or c in "_.[]'" for c in name) else f"({name})"


def _of_power(operands: Sequence[Value], place: int) -> str:
    """The rule of a power with a constant exponent, worked out as far as people do: 3*x^2 and not 3*x^(3-1)."""
    if place or len(operands) != 2 or not operands[1].is_constant or operands[1].shape:
        return ""
    exponent = operands[1].data
    by = "{a}" if exponent == 2.0 else f"{{a}}^{exponent - 1.0:g}" if exponent > 1.0 else f"{{a}}^({exponent - 1.0:g})"
    return f"{exponent:g}*{by}" if exponent not in (0.0, 1.0) else f"{exponent:g}"


def _signed(number: str) -> str:
    return f"({number})" if number.startswith("-") else number


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
