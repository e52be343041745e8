"""Another local derivative at one use, or at each that is alike: a wrong rule, a mask turned round, none at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import messages
from .candidates import Candidate, Edit, at_one_or_all
from .mistakes import mistakes_with, unbracketed
from .neighborhood import Neighborhood
from .use import Pullback, Use

if TYPE_CHECKING:
    from ..value import Value

MASKS = ("where", "tril", "triu", "clip")
"""The operations that are masks; a product with a constant may be one."""
_SELECTING = (*MASKS, "relu", "maximum", "minimum", "*", "/")
_WITH_FACTORS = ("mean", "var", "std", *MASKS)
"""The operations that multiply a gradient entry by entry, besides those of the page of calculus."""
MOST_OPERANDS = 10
"""Of an operation with more inputs, one other input's derivative would fit any number."""

MOST_SCALES = 3
"""Of more constants in a graph they are no mask."""

Clause = Callable[[str, Mapping[str, str]], str]
"""Where a rule is, in words, and what its letters stand for there -> the sentence."""


def wrong_local_derivatives(region: Neighborhood) -> Iterator[Candidate]:
    """Yield one wrong local derivative at one use; then the same at all uses of one operation."""
    yield from at_one_or_all(region, (edit for use in region.uses for edit in _edits(region, use)))


def _edits(region: Neighborhood, use: Use) -> Iterator[Edit]:
    if use.scalar_op is None and str(use.consumer.op) not in _WITH_FACTORS and region.arithmetic.is_of_arrays:
        return
    is_swapped_first = region.is_of_one_number and str(use.consumer.op) in ("*", "/")
    if is_swapped_first:  # of a 0 a rule with the result in it gives the same
        yield from _swapped(region, use)
    yield from usual_mistakes(region, use)
    yield from _without_brackets(region, use)
    own = use.coefficient
    yield from _of_a_mask(region, use, own) if region.arithmetic.is_of_arrays else _of_a_zero(region, use)
    left_out = messages.mask_left_out if _is_mask(use, own) else messages.local_left_out
    if region.arithmetic.is_of_arrays:
        yield _edit(region, use, "forgot-local", "", 1.0, lambda where, _: left_out(where))
        yield _edit(region, use, "rule", "twice", own * own, lambda where, _: messages.local_twice(where))
        yield from _of_a_share(region, use, own)
    if not is_swapped_first:
        yield from _swapped(region, use)


def _edit(
    region: Neighborhood,
    use: Use,
    kind: str,
    words: str,
    local: Any,
    clause: Clause,
    place: Any = None,
    subsumes: str = "",
) -> Edit:
    """Return an edit that is alike at each use of the operation as the same operand, or at `place`."""
    each = f"each {messages.operation(use.consumer.op)}"
    return Edit(
        kind,
        use,
        _with_coefficient(use, local),
        lambda: clause(region.where(use), region.node_names.letters(use.consumer)),
        (str(use.consumer.op), use.argnum if place is None else place, words),
        lambda: clause(each, messages.OF_EACH),
        subsumes,
    )


def usual_mistakes(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield the usual mistakes with the operation."""
    listed = mistakes_with(use.scalar_op) if use.scalar_op is not None else ()
    mine = [mistake for mistake in listed if mistake.operand == use.argnum]
    inputs = region.inputs(use) if mine else []
    for mistake in mine:
        try:
            local = mistake.local(*inputs)
        except (ArithmeticError, ValueError):
            continue
        # nan says that it is no mistake there.
        local = region.arithmetic.filled(local, use.coefficient)
        if region.arithmetic.is_all(local, use.coefficient) or not region.arithmetic.is_finite(local):
            continue
        clause = _slope(mistake.words, mistake.question)
        yield _edit(region, use, "rule", mistake.words, local, clause, None, _is_subsumed(region, local, use))


def _is_subsumed(region: Neighborhood, local: Any, use: Use) -> str:
    """Return the kind that a wrong local derivative comes to whatever the data: 1 for -1 is a lost sign."""
    if region.arithmetic.is_of_arrays:
        return ""
    return "sign" if local == -use.local else "forgot-local" if local == 1.0 else ""


def _slope(words: str, question: str) -> Clause:
    return lambda where, letters: messages.slope(where, words, question, letters)


def _without_brackets(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield a rule whose brackets are lost; what it passes back need be no multiple of what it is given."""
    if region.arithmetic.is_of_arrays and not hasattr(use.local, "spread"):
        return
    for number, (words, question, _) in enumerate(unbracketed(use.consumer, use.argnum, use.upstream)):

        def passed(upstream: Any, number: int = number) -> Any:
            *_, found = [*unbracketed(use.consumer, use.argnum, upstream)][number]
            return region.arithmetic.passed_back(found, use)

        yield _edit(region, use, "rule", f"{number}: {words}", Pullback(passed), _slope(words, question))


def _of_a_mask(region: Neighborhood, use: Use, own: Any) -> Iterator[Edit]:
    """Yield a mask without its scale, as of dropout, or turned round: 1 - mask."""
    if not lets_some_through(own):
        return
    op = str(use.consumer.op)
    if _is_mask(use, own) and use.operand is region.node:
        drawn = _drawn_anew(region, use, own)
        if drawn is not None:
            yield _edit(region, use, "rule", "drawn", drawn, lambda where, _: messages.mask_drawn_anew(where))
    if _is_mask(use, own):
        yield _edit(region, use, "factor", "scale", own != 0.0, lambda where, _: messages.mask_without_scale(where))
    # What a maximum passes to another array is told by that one's name.
    has_another = len(use.consumer.operands) == 2 and not use.other_operands[0].is_constant
    if op in _SELECTING and (op == "where" or not has_another):
        for scale in dict.fromkeys((float(own.max() + own.min()), 1.0)):
            words = f"turned round, {scale}"
            # What is kept out of one side goes into the other.
            turned = (own == 0.0) * scale
            yield _edit(
                region, use, "rule", words, turned, lambda where, _: messages.mask_turned_round(where), "", "swapped"
            )


def _of_a_zero(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield, of numbers, what a mask keeps out as if it let it through: a factor 0 beside others."""
    if str(use.consumer.op) == "*" and use.other_operands[0].is_constant and use.other_operands[0].data == 0.0:
        for scale in region.cached(_scales):
            yield _edit(
                region, use, "rule", f"kept out, {scale}", scale, lambda where, _: messages.mask_left_out(where)
            )


def _scales(region: Neighborhood) -> list[float]:
    """Return the constants by which numbers are multiplied, 0 apart: what a mask lets through."""
    products = (node for node in region.comparison.places if str(node.op) == "*")
    factors = {operand.data for node in products for operand in node.operands if operand.is_constant and operand.data}
    return sorted(factors) if len(factors) <= MOST_SCALES else []


def _drawn_anew(region: Neighborhood, use: Use, own: Any) -> Any:
    """Return the mask that explains the numbers; None where that is the right one, or its inverse."""
    if own.shape != region.shape or len(region.direct) > 1:
        return None
    passed = own != 0.0
    drawn = abs(region.user_grad) > 0.5 * abs(use.upstream * own[passed][0])
    differs = (drawn & ~passed).any() and (passed & ~drawn).any()
    return drawn * own[passed][0] if differs and (drawn & passed).any() else None


def _is_mask(use: Use, coefficient: Any) -> bool:
    """Tell whether the operation is a mask that lets some entries through, all alike, and others not."""
    return str(use.consumer.op) in (*MASKS, "*", "/") and lets_some_through(coefficient)


def lets_some_through(coefficient: Any) -> bool:
    """Tell whether some entries of a coefficient are 0, and the others are one number."""
    if not getattr(coefficient, "shape", ()):
        return False
    passed = coefficient[coefficient != 0.0]
    return 0 < passed.size < coefficient.size and bool((passed == passed[0]).all())


def _of_a_share(region: Neighborhood, use: Use, own: Any) -> Iterator[Edit]:
    """Yield 1 - p for a share p, or p for 1 - p, as of the two sides of a gate."""
    if str(use.consumer.op) != "*" or getattr(own, "size", 1) < 2 or not ((own > 0.0) & (own < 1.0)).all():
        return
    letter, other = "ba"[use.argnum], use.other_operands[0]

    def clause(where: str, letters: Mapping[str, str]) -> str:
        is_of_each = letters is messages.OF_EACH
        written = _less_from_one(letters[letter], None if is_of_each else other, region)
        return f"in {where}, {written} stands where {letters[letter]} belongs."

    yield _edit(region, use, "rule", "1 -", 1.0 - own, clause, "")


def _less_from_one(name: str, node: Value | None, region: Neighborhood) -> str:
    """Return what 1 less an array is called, by its name; of 1 - p that is p."""
    if node is not None and not node.label and str(node.op) == "-" and node.operands[0].is_constant:
        return region.name(node.operands[1])
    return messages.in_own_names("1 - {b}", {"b": name})


def _swapped(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield the local derivative by another operand of the same consumer."""
    operands = use.consumer.operands
    if use.scalar_op is None or not 1 < len(operands) <= MOST_OPERANDS:
        return
    for place, theirs in enumerate(region.locals_of(use.consumer)):
        theirs = getattr(theirs, "coefficient", theirs)
        if place == use.argnum or operands[place] is operands[use.argnum] or isinstance(theirs, tuple):
            continue
        if not region.arithmetic.is_finite(theirs):
            continue

        def say(other: Value = operands[place]) -> str:
            if region.is_of_one_number:
                return messages.swapped(messages.operation(use.consumer.op), region.name(other), "node")
            return messages.swapped(region.where(use), region.name(other))

        yield Edit(
            "swapped",
            use,
            _with_coefficient(use, theirs),
            say,
            "direct" if use.operand is region.node else str(use.consumer.op),
            messages.swapped_everywhere,
            _is_subsumed(region, theirs, use),
        )


def minus_of_the_other_operand(region: Neighborhood) -> Iterator[Candidate]:
    """Yield, of what stands before a minus, the minus that belongs to what stands behind it."""
    for use in region.direct:
        if str(use.consumer.op) == "-" and use.argnum == 0 and not use.other_operands[0].is_constant:
            yield from at_one_or_all(region, _swapped(region, use))


def _with_coefficient(use: Use, coefficient: Any) -> Any:
    """Return the local derivative of a use with other numbers in it."""
    if isinstance(coefficient, Pullback):
        return coefficient
    return (
        use.local.replace_coefficient(coefficient) if hasattr(use.local, "replace_coefficient") else float(coefficient)
    )


def local_with(region: Neighborhood, use: Use, instead: Mapping[int, Any]) -> Any:
    """Return the local derivative of a use by its rule with other numbers in it; of numbers None where it has no value.

    Args:
        instead: the other numbers, by which operand of the consumer they are for; behind these, for what comes out.
    """
    assert use.consumer.op is not None
    inputs = [instead.get(index, number) for index, number in enumerate(region.inputs(use))]
    try:
        local = region.arithmetic.local(use.consumer.op.derivatives(*inputs)[use.argnum], use.consumer)
    except (ArithmeticError, ValueError, IndexError):  # an entry is picked of an array, and these are plain numbers
        return None
    return local if region.arithmetic.is_of_arrays or math.isfinite(local) else None
