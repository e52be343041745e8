"""Which mistake makes this number: the named slip of a WRONG result.

Each hypothesis computes the number that the learner would have got by one mistake, from the
learner's own upstream gradients; those that give the number written are the explanations. The
likelier mistake goes first, so the order of `_hypotheses` is the order of belief.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from .autodiff import local_derivatives
from .number import finite_or_none, is_rounding
from .table import one_line

if TYPE_CHECKING:
    from .comparison import Comparison, NodeResult
    from .value import Value

Edge = tuple["Value", int]
"""One use of a node: (consumer, which operand of it)."""

ALL_SUBSETS = 10
"""With more uses than this, not every subset of them is tried: one of thousands would fit any number."""
SMALL_FACTOR = 5
"""A larger one needs evidence: it stands in the graph, or no chance gives it."""
PLAIN = 100
LARGEST_FACTOR = 1000
MOST_OPERANDS = 10
"""Of an operation with more inputs, one other input's derivative would fit any number."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A named mistake.

    Attributes:
        kind: which mistake it is.
        message: one or two sentences to the learner; never the right number.
        also: other kinds that give the same number here.
        edges: the uses of the node that were left out, as (consumer, which operand of it).
    """

    kind: str
    message: str
    also: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Kind, message and the other kinds, as JSON can hold them."""
        return {"kind": self.kind, "message": self.message, "also": list(self.also)}


class _Use(NamedTuple):
    """One use of the node, with everything a hypothesis may mix up."""

    consumer: Value
    place: int
    local: float
    upstream: float

    @property
    def contribution(self) -> float:
        return self.local * self.upstream


class _Hypothesis(NamedTuple):
    kind: str
    number: float
    clause: str
    edges: tuple[Edge, ...] = ()
    same_as: str = ""  # the kind that it only says in other words


def diagnose(result: NodeResult, comparison: Comparison) -> Slip | None:
    """The slip that explains a WRONG result, None where nothing does."""
    written = finite_or_none(result.actual)
    if written is None:
        return _no_number(result)
    name = one_line(result.name)
    if not comparison.uses[result.node]:
        return _explain(name, written, _of_the_root(result, name, comparison), comparison, 1.0)
    uses = [_Use(*edge, *term[1:]) for edge, term in zip(comparison.uses[result.node], result.terms)]
    size = sum(abs(use.contribution) for use in uses)
    if not math.isfinite(size):  # an upstream gradient so large that nothing follows from it
        return None
    return _explain(name, written, _hypotheses(uses, written, name, comparison), comparison, size)


def _no_number(result: NodeResult) -> Slip:
    name = one_line(result.name)
    if isinstance(result.actual, (int, float)) and not isinstance(result.actual, bool):
        return Slip("not-finite", f"The gradient of {name} is {result.actual!r:.24}. It must be a finite number.")
    kind = type(result.actual).__name__
    article = "an" if kind[0] in "aeiouAEIOU" else "a"
    advice = ", such as v.data or v.grad of the node you mean." if kind == "Value" else "."
    return Slip("not-a-number", f"The gradient of {name} is {article} {kind}, not a number. Write a float{advice}")


def _explain(
    name: str, written: float, hypotheses: Iterator[_Hypothesis], comparison: Comparison, size: float
) -> Slip | None:
    """The first hypothesis that gives `written`, and the others of another kind that do."""
    found: list[_Hypothesis] = []
    for hypothesis in hypotheses:
        if all(hypothesis.kind != other.kind for other in found) and comparison.tolerance.accepts(
            written, hypothesis.number, 0.0
        ):
            found.append(hypothesis)
    if not found:
        return None
    best, *others = found
    also = tuple(other.kind for other in others)
    # "Off by a factor" only restates a more telling explanation; any other rival makes it a question.
    rivals = [
        other.clause
        for other in others
        if other.kind not in ("factor", "double", best.same_as) and other.same_as != best.kind
    ]
    if rivals:
        message = f"{name}: more than one mistake gives this number. Either {best.clause} Or {rivals[0]}"
    else:
        message = f"{name}: {best.clause}"
    return Slip(best.kind, message, also, best.edges)


def _of_the_root(result: NodeResult, name: str, comparison: Comparison) -> Iterator[_Hypothesis]:
    start = f"backward starts here: how much does {name} change when {name} itself does?"
    yield _Hypothesis("sign", -1.0, f"the sign is turned round; {start}")
    yield _Hypothesis("rule", result.node.data, f"that is the data of {name}, not its gradient; {start}")
    yield _Hypothesis("missing-path", 0.0, f"nothing is passed on from here; {start}")
    yield _Hypothesis("double", 2.0, f"counted twice; {start}")
    written = finite_or_none(result.actual)
    if written:
        yield from _factors(1.0, written, 0.0, name, comparison)


def _hypotheses(uses: Sequence[_Use], written: float, name: str, comparison: Comparison) -> Iterator[_Hypothesis]:
    total = math.fsum(use.contribution for use in uses)
    names = [one_line(comparison.names[use.consumer]) for use in uses]
    consumers = _and(dict.fromkeys(names))

    def sign(of: str) -> str:
        return f"the size fits, the sign does not: look for a lost or an extra minus on the way from {of}."

    def no_upstream(of: str) -> str:
        return f"that is the local derivative alone; the upstream gradient of {of} is not multiplied in."

    def no_local(of: str) -> str:
        return f"the upstream gradient of {of} is passed on as it is; what is the local derivative there?"

    def twice(of: str) -> str:
        return f"what comes from {of} is counted twice."

    signs = [-use.contribution for use in uses]
    upstreams = [use.upstream for use in uses]
    locals_ = [use.local for use in uses]
    doubles = [2.0 * use.contribution for use in uses]

    yield _Hypothesis("sign", math.fsum(signs), sign(consumers))
    yield from _missing_paths(uses, written, comparison)
    yield from _wrong_rules(uses, total, comparison)
    yield from _swaps(uses, total, comparison)
    for kind, slipped, clause in (
        ("forgot-upstream", locals_, no_upstream),
        ("forgot-local", upstreams, no_local),
        ("double", doubles, twice),
    ):
        lost_sign = kind == "forgot-local" and all(use.local == -1.0 for use in uses)
        yield _Hypothesis(kind, math.fsum(slipped), clause(consumers), same_as="sign" if lost_sign else "")
    if len(uses) > 1:  # the same at a single one of several uses
        for kind, slipped, clause in (
            ("sign", signs, sign),
            ("forgot-upstream", locals_, no_upstream),
            ("forgot-local", upstreams, no_local),
            ("double", doubles, twice),
        ):
            for use, number, of in zip(uses, slipped, names):
                if number != use.contribution:
                    yield _Hypothesis(kind, total - use.contribution + number, clause(of))
    if written == 0.0 and len(uses) == 1 and total:
        nothing = f"nothing has arrived here from {consumers}."
        yield _Hypothesis("missing-path", 0.0, nothing, ((uses[0].consumer, uses[0].place),))
    yield from _incomplete_upstream(uses, total, written, comparison)
    yield from _factors(total, written, 0.0, consumers, comparison)
    if 1 < len(uses) <= ALL_SUBSETS:
        for use, of in zip(uses, names):
            yield from _factors(use.contribution, written, total - use.contribution, of, comparison)


def _missing_paths(uses: Sequence[_Use], written: float, comparison: Comparison) -> Iterator[_Hypothesis]:
    """Proper subsets of the uses: what `=` gives where `+=` belongs, or a forgotten branch."""
    telling = [use for use in uses if use.contribution]
    if len(telling) < 2:
        return
    for number, kept in _partial_sums([use.contribution for use in telling], written):
        # Where thousands of sums are on offer, one must fit to the last digits to be believed.
        fits = abs(number - written) <= 1e-6 * abs(number)
        if fits or (len(telling) == 2 and is_rounding(written, number)):
            left_out = [use for i, use in enumerate(telling) if i not in kept]
            missed = _and(dict.fromkeys(one_line(comparison.names[use.consumer]) for use in left_out))
            are = "the use in {} is" if len(left_out) == 1 else "the uses in {} are"
            yield _Hypothesis(
                "missing-path",
                number,
                f"{are.format(missed)} not added. Uses add up: was a gradient overwritten (=) where += belongs?",
                tuple((use.consumer, use.place) for use in left_out),
            )
            return


def _partial_sums(parts: Sequence[float], written: float) -> Iterator[tuple[float, Container[int]]]:
    """Sums of a proper subset of `parts` with the places kept, the likeliest first.

    All but one, one alone (the last one written is the first in backward order), then every subset,
    or of many parts the first few and the last few.
    """
    count, total = len(parts), math.fsum(parts)
    for i, part in enumerate(parts):
        yield total - part, _AllBut(i)
    for i in reversed(range(count)):
        yield parts[i], (i,)
    if written == 0.0:
        yield 0.0, ()
    if count <= ALL_SUBSETS:
        for size in range(count - 2, 1, -1):
            for kept in combinations(range(count), size):
                yield math.fsum(parts[i] for i in kept), kept
    else:
        running = parts[0]
        for i in range(1, count - 1):
            running += parts[i]
            yield running, range(i + 1)
            yield total - running, range(i + 1, count)


class _AllBut(NamedTuple):
    """Every place but one, without a set of them."""

    left_out: int

    def __contains__(self, place: object) -> bool:
        return place != self.left_out


def _wrong_rules(uses: Sequence[_Use], total: float, comparison: Comparison) -> Iterator[_Hypothesis]:
    """The usual slips of the consumers' operations, each at every use it fits and at single ones."""
    for use in uses:
        assert use.consumer.op is not None
        op = use.consumer.op
        slips = [slip for slip in op.slips if slip.operand == use.place]
        inputs = [operand.data for operand in use.consumer.operands] if slips else []
        for slip in slips:
            try:
                local = slip.local(*inputs, use.consumer.data)
            except (ArithmeticError, ValueError):
                continue
            if local == use.local:
                continue
            yield _Hypothesis(
                "rule",
                total - use.contribution + local * use.upstream,
                f"for the slope of {_application(use.consumer, comparison)} that is {slip.words}: {slip.question}",
                same_as=_restates(local, use),
            )


def _restates(local: float, use: _Use) -> str:
    """The kind that a wrong local derivative comes to whatever the data: 1 for -1 is a lost sign."""
    return "sign" if local == -use.local else "forgot-local" if local == 1.0 else ""


def _application(consumer: Value, comparison: Comparison) -> str:
    """The operation with the letters that its rule is written in: `'*' in L (a = d, b = f)`."""
    operands = [one_line(comparison.names[operand]) for operand in consumer.operands]
    letters = f" (a = {operands[0]}, b = {operands[1]})" if len(operands) == 2 else ""
    return f"'{consumer.op}' in {one_line(comparison.names[consumer])}{letters}"


def _incomplete_upstream(
    uses: Sequence[_Use], total: float, written: float, comparison: Comparison
) -> Iterator[_Hypothesis]:
    """A consumer that handed on what it had before all of its own uses were in."""
    for use in uses:
        parts = [term.contribution for term in comparison.terms(use.consumer)]
        if len(parts) < 2 or comparison.upstream[use.consumer] != math.fsum(parts):
            continue
        consumer = one_line(comparison.names[use.consumer])
        wait = f"wait until every use of {consumer} is in (topological order)."
        rest = total - use.contribution
        running = [math.fsum(parts[: i + 1]) for i in range(min(len(parts), ALL_SUBSETS))]
        once_a_use = rest + use.local * math.fsum(running)
        yield _Hypothesis("double", once_a_use, f"{consumer} handed its gradient on more than once; {wait}")
        for number, _ in _partial_sums(parts, written):
            if abs(rest + use.local * number - written) <= 1e-6 * abs(written):
                clause = f"{consumer} handed its gradient on before it was complete; {wait}"
                yield _Hypothesis("missing-path", rest + use.local * number, clause)
                break


def _swaps(uses: Sequence[_Use], total: float, comparison: Comparison) -> Iterator[_Hypothesis]:
    """The local derivative by another operand of the same consumer."""
    everywhere = []
    for use in uses:
        operands = use.consumer.operands
        if len(operands) > MOST_OPERANDS:
            continue
        swapped = use.contribution
        for place, local in enumerate(local_derivatives(use.consumer)):
            if place == use.place or operands[place] is operands[use.place] or not math.isfinite(local):
                continue
            swapped = local * use.upstream
            other = one_line(comparison.names[operands[place]])
            clause = f"that is what '{use.consumer.op}' passes to the other operand, {other}. Which is for this node?"
            number = total - use.contribution + swapped
            yield _Hypothesis("swapped", number, clause, same_as=_restates(local, use))
        everywhere.append(swapped)
    if len(uses) > 1:
        clause = "that is what belongs to the other operands. Which number does each operation pass to this node?"
        yield _Hypothesis("swapped", math.fsum(everywhere), clause)


def _factors(part: float, written: float, rest: float, of: str, comparison: Comparison) -> Iterator[_Hypothesis]:
    """`part` taken a whole number of times, or divided by one, beside a `rest` that is right."""
    ratio = (written - rest) / part if part else 0.0
    inverse = 1.0 / ratio if ratio else 0.0
    if not (0.0 < ratio < math.inf and 0.0 < inverse < math.inf):
        return
    times = max(ratio, inverse)
    whole = round(times)
    if not 2 <= whole <= LARGEST_FACTOR:
        return
    is_exact = abs(times - whole) <= 1e-6 * whole
    if whole <= SMALL_FACTOR or whole in comparison.multiples:
        # With three digits, a large factor fits anything.
        is_likely = is_exact or whole <= 12
    else:
        is_likely = is_exact and not _is_plain(min(abs(part), abs(written - rest)))
    if is_likely:
        clause = f"off by a simple factor: is there a mean's division, or a constant, on the way from {of}?"
        yield _Hypothesis("factor", rest + part * (whole if ratio > 1.0 else 1.0 / whole), clause)


def _is_plain(number: float) -> bool:
    """Whether it is so small a multiple of a unit, as 4, 0.25 or 1/3 is, that others are multiples of it by chance."""
    near = Fraction(number).limit_denominator(10_000)
    return near.numerator <= PLAIN and abs(number - near) <= 1e-12 * number


def _and(names: Sequence[str] | dict[str, None]) -> str:
    """A list in words, the longer ones cut after three."""
    listed = list(names)
    if len(listed) > 4:
        listed = [*listed[:3], "others"]
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"
