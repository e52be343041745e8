"""Which mistake makes this number: the named slip of a WRONG result.

Each hypothesis computes the number that the learner would have got by one mistake, from the
learner's own upstream gradients; those that give the number written are the explanations. The
likelier mistake goes first, so the order of `_hypotheses` is the order of belief.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from ..local import local_derivatives
from ..number import finite_or_none, is_rounding, one_line
from . import sentences
from .hypothesis import ANYTHING, Hypothesis, Use
from .mistakes import mistakes_with
from .mixups import mixups
from .sentences import listed
from .slip import Slip, explained, no_number

if TYPE_CHECKING:
    from ..value import Value
    from ..verdict.comparison import Comparison
    from ..verdict.result import NodeResult

ALL_SUBSETS = 10
"""With more uses than this, not every subset of them is tried: one of thousands would fit any number."""
SMALL_FACTOR = 5
"""A larger one needs evidence: it stands in the graph, or no chance gives it."""
PLAIN = 100
LARGEST_FACTOR = 1000
MOST_OPERANDS = 10
"""Of an operation with more inputs, one other input's derivative would fit any number."""


def diagnose(result: NodeResult, comparison: Comparison) -> Slip | None:
    """The slip that explains a WRONG result, None where nothing does."""
    written = finite_or_none(result.actual)
    name = one_line(result.name)
    if written is None:
        return no_number(name, result.actual)
    if not comparison.uses[result.node]:
        return _explain(name, written, _of_the_root(result, name, comparison), comparison)
    uses = [Use(*edge, *term[1:]) for edge, term in zip(comparison.uses[result.node], result.terms)]
    size = sum(abs(use.contribution) for use in uses)
    if not math.isfinite(size):  # an upstream gradient so large that nothing follows from it
        return None
    return _explain(name, written, _hypotheses(result.node, uses, written, comparison), comparison)


def _explain(name: str, written: float, hypotheses: Iterator[Hypothesis], comparison: Comparison) -> Slip | None:
    """The first hypothesis that gives `written`, and the others of another kind that do."""
    found: list[Hypothesis] = []
    for hypothesis in hypotheses:
        if all(hypothesis.kind != other.kind for other in found) and comparison.tolerance.accepts(
            written, hypothesis.number, 0.0
        ):
            found.append(hypothesis)
    if not found:
        return None
    best, *others = [h for h in found if h.same_as != ANYTHING] or found
    also = tuple(other.kind for other in others)
    # "Off by a factor" only restates a more telling explanation; any other rival makes it a question.
    rivals = [
        other.clause
        for other in others
        if other.kind not in ("factor", "double", best.same_as) and other.same_as != best.kind
    ]
    return Slip(best.kind, explained(name, best.clause, rivals[0] if rivals else ""), also, best.edges)


def _of_the_root(result: NodeResult, name: str, comparison: Comparison) -> Iterator[Hypothesis]:
    start = f"backward starts here: how much does {name} change when {name} itself does?"
    yield Hypothesis("sign", -1.0, f"the sign is turned round; {start}")
    yield Hypothesis("rule", result.node.data, f"that is the data of {name}, not its gradient; {start}")
    yield Hypothesis("missing-path", 0.0, f"nothing is passed on from here; {start}")
    yield Hypothesis("double", 2.0, f"counted twice; {start}")
    written = finite_or_none(result.actual)
    if written:
        for factor in _factors(1.0, written, 0.0, name, comparison):
            yield Hypothesis(factor.kind, factor.number, f"off by a simple factor; {start}")


def _hypotheses(node: Value, uses: Sequence[Use], written: float, comparison: Comparison) -> Iterator[Hypothesis]:
    total = math.fsum(use.contribution for use in uses)
    names = [one_line(comparison.names.phrase(use.consumer)) for use in uses]
    consumers = listed(names)
    signs = [-use.contribution for use in uses]
    upstreams = [use.upstream for use in uses]
    locals_ = [use.local for use in uses]
    doubles = [2.0 * use.contribution for use in uses]

    yield Hypothesis("sign", math.fsum(signs), sentences.sign(consumers))
    yield from _missing_paths(uses, written, comparison)
    yield from _wrong_rules(uses, total, comparison)
    yield from _swaps(uses, total, comparison)
    for kind, slipped, clause in (
        ("forgot-upstream", locals_, sentences.no_upstream),
        ("forgot-local", upstreams, sentences.no_local),
        ("double", doubles, sentences.twice),
    ):
        lost_sign = kind == "forgot-local" and all(use.local == -1.0 for use in uses)
        yield Hypothesis(kind, math.fsum(slipped), clause(consumers), same_as="sign" if lost_sign else "")
    if len(uses) > 1:  # the same at a single one of several uses
        for kind, slipped, clause in (
            ("sign", signs, sentences.sign),
            ("forgot-upstream", locals_, sentences.no_upstream),
            ("forgot-local", upstreams, sentences.no_local),
            ("double", doubles, sentences.twice),
        ):
            for use, number, of in zip(uses, slipped, names):
                if number != use.contribution:
                    yield Hypothesis(kind, total - use.contribution + number, clause(of))
    telling = [(use.consumer, use.place) for use in uses if use.contribution]
    if written == 0.0 and len(telling) == 1:
        what = sentences.nothing(consumers)
        if len(uses) > 1:  # the other uses pass nothing on, and the last of them may have the last word
            what = sentences.not_added([one_line(comparison.names.phrase(telling[0][0]))])
        yield Hypothesis("missing-path", 0.0, what, tuple(telling))
    yield from _incomplete_upstream(uses, total, written, comparison)
    yield from mixups(node, uses, total, comparison)
    yield from _factors(total, written, 0.0, consumers, comparison)
    if 1 < len(uses) <= ALL_SUBSETS:
        for use, of in zip(uses, names):
            yield from _factors(use.contribution, written, total - use.contribution, of, comparison)


def _missing_paths(uses: Sequence[Use], written: float, comparison: Comparison) -> Iterator[Hypothesis]:
    """Proper subsets of the uses: what `=` gives where `+=` belongs, or a forgotten branch."""
    telling = [use for use in uses if use.contribution]
    if len(telling) < 2:
        return
    for number, kept in _partial_sums([use.contribution for use in telling], written):
        # Where thousands of sums are on offer, one must fit to the last digits to be believed.
        fits = abs(number - written) <= 1e-6 * abs(number)
        if fits or (len(telling) == 2 and is_rounding(written, number)):
            left_out = [use for i, use in enumerate(telling) if i not in kept]
            missed = [one_line(comparison.names.phrase(use.consumer)) for use in left_out]
            yield Hypothesis(
                "missing-path",
                number,
                sentences.not_added(missed),
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


def _wrong_rules(uses: Sequence[Use], total: float, comparison: Comparison) -> Iterator[Hypothesis]:
    """The usual slips of the consumers' operations, each at every use it fits and at single ones."""
    for use in uses:
        assert use.consumer.op is not None
        op = use.consumer.op
        slips = [slip for slip in mistakes_with(op) if slip.operand == use.place]
        inputs = [operand.data for operand in use.consumer.operands] if slips else []
        consumer, *operands = (
            one_line(comparison.names.phrase(node)) for node in (use.consumer, *use.consumer.operands)
        )
        where, letters = sentences.application(str(op), consumer), sentences.letters(consumer, operands)
        for slip in slips:
            try:
                local = slip.local(*inputs, use.consumer.data)
            except (ArithmeticError, ValueError):
                continue
            if local == use.local or not math.isfinite(local):
                continue
            yield Hypothesis(
                "rule",
                total - use.contribution + local * use.upstream,
                sentences.slope(where, slip.words, slip.question, letters),
                same_as=_restates(local, use),
            )


def _restates(local: float, use: Use) -> str:
    """The kind that a wrong local derivative comes to whatever the data: 1 for -1 is a lost sign."""
    return "sign" if local == -use.local else "forgot-local" if local == 1.0 else ""


def _incomplete_upstream(
    uses: Sequence[Use], total: float, written: float, comparison: Comparison
) -> Iterator[Hypothesis]:
    """A consumer that handed on what it had before all of its own uses were in."""
    for node in dict.fromkeys(use.consumer for use in uses):
        parts = [term.contribution for term in comparison.terms(node)]
        upstream = comparison.upstream[node]
        if len(parts) < 2 or not comparison.tolerance.accepts(upstream, math.fsum(parts), sum(map(abs, parts))):
            continue
        consumer = one_line(comparison.names.phrase(node))
        local = math.fsum(use.local for use in uses if use.consumer is node)
        rest = total - upstream * local
        running = [math.fsum(parts[: i + 1]) for i in range(min(len(parts), ALL_SUBSETS))]
        again = f"{consumer} handed its gradient on more than once; {sentences.wait(consumer)}"
        yield Hypothesis("double", rest + local * math.fsum(running), again)
        for number, _ in _partial_sums(parts, written):
            if abs(rest + local * number - written) <= 1e-6 * abs(written):
                yield Hypothesis("missing-path", rest + local * number, sentences.too_early(consumer))
                break


def _swaps(uses: Sequence[Use], total: float, comparison: Comparison) -> Iterator[Hypothesis]:
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
            other = one_line(comparison.names.phrase(operands[place]))
            clause = f"that is what '{use.consumer.op}' passes to the other operand, {other}. Which is for this node?"
            number = total - use.contribution + swapped
            yield Hypothesis("swapped", number, clause, same_as=_restates(local, use))
        everywhere.append(swapped)
    if len(uses) > 1:
        clause = "that is what belongs to the other operands. Which number does each operation pass to this node?"
        yield Hypothesis("swapped", math.fsum(everywhere), clause)


def _factors(part: float, written: float, rest: float, of: str, comparison: Comparison) -> Iterator[Hypothesis]:
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
        clause = sentences.factor(of, has_constant=whole in comparison.multiples)
        yield Hypothesis("factor", rest + part * (whole if ratio > 1.0 else 1.0 / whole), clause)


def _is_plain(number: float) -> bool:
    """Whether it is so small a multiple of a unit, as 4, 0.25 or 1/3 is, that others are multiples of it by chance."""
    near = Fraction(number).limit_denominator(10_000)
    return near.numerator <= PLAIN and abs(number - near) <= 1e-12 * number
