"""Another local derivative at one use, or at each that is alike: a wrong rule, a mask turned round, none at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from . import messages
from .candidates import Edit
from .mistakes import lost_brackets, mistakes_with
from .neighborhood import Neighborhood, Pullback, Use
from .values import equal, fill_nan, is_finite

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


class Rule(NamedTuple):
    """What may stand in the place of a local derivative.

    Attributes:
        kind: the kind of slip.
        words: what tells it from the others of its kind.
        local: the coefficient, or a `Pullback`.
        say: where it is, in words, and what the letters of a rule stand for there -> the sentence.
        is_of_operand: whether it is the same mistake at each use as the same operand alone.
        subsumes: see `Candidate`.
    """

    kind: str
    words: str
    local: Any
    say: Callable[[str, Mapping[str, str]], str]
    is_of_operand: bool = True
    subsumes: str = ""

    def at(self, region: Neighborhood, use: Use) -> Edit:
        """Return the edit at a use, alike at each use of the operation."""
        return Edit(
            self.kind,
            use,
            _replace_coefficient(use, self.local),
            lambda: self.say(region.where(use), region.node_names.letters(use.consumer)),
            (use.op, use.argnum if self.is_of_operand else "", self.words),
            lambda: self.say(f"each {messages.operation(use.op)}", messages.OF_EACH),
            self.subsumes,
        )


def wrong_local_derivatives(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield the wrong local derivatives at a use."""
    if use.scalar_op is None and use.op not in _WITH_FACTORS and not region.is_scalar:
        return
    is_swapped_first = region.is_scalar and use.op in ("*", "/")
    if is_swapped_first:  # of a 0 a rule with the result in it gives the same
        yield from _swaps(region, use)
    yield from usual_mistakes(region, use)
    for rules in (_lost_brackets, _masked_zeros if region.is_scalar else _factor_mistakes):
        yield from (rule.at(region, use) for rule in rules(region, use))
    if not is_swapped_first:
        yield from _swaps(region, use)


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
        local = fill_nan(local, use.coefficient)
        if is_finite(local) and not equal(local, use.coefficient):
            say, subsumes = messages.slope_of(mistake.words, mistake.question), _subsumed_kind(region, local, use)
            yield Rule("rule", mistake.words, local, say, subsumes=subsumes).at(region, use)


def _subsumed_kind(region: Neighborhood, local: Any, use: Use) -> str:
    """Return the kind that a wrong local derivative comes to whatever the data: 1 for -1 is a lost sign."""
    if not region.is_scalar:
        return ""
    return "sign" if local == -use.local else "forgot-local" if local == 1.0 else ""


def _lost_brackets(region: Neighborhood, use: Use) -> Iterator[Rule]:
    """Yield a rule whose brackets are lost; what it passes back need be no multiple of what it is given."""
    if region.is_scalar or hasattr(use.local, "spread"):
        inputs = region.inputs(use)
        for number, mistake in enumerate(lost_brackets(use.scalar_op, use.argnum)):
            passed = Pullback(lambda g, wrong=mistake.local: use.pass_back(wrong(*inputs, g)))  # type: ignore[misc]
            say = messages.slope_of(mistake.words, mistake.question)
            yield Rule("rule", f"{number}: {mistake.words}", passed, say)


def _factor_mistakes(region: Neighborhood, use: Use) -> Iterator[Rule]:
    """Yield, of arrays, a mask forgotten or turned round, a factor left out or twice, and the other side of a gate."""
    own = use.coefficient
    is_partial = lets_some_through(own)
    is_mask = is_partial and use.op in (*MASKS, "*", "/")
    if is_mask and use.operand is region.node:
        drawn = _redrawn_mask(region, use, own)
        if drawn is not None:
            yield Rule("rule", "drawn", drawn, messages.mask_drawn_anew)
    if is_mask:
        yield Rule("factor", "scale", own != 0.0, messages.mask_without_scale)
    # What a maximum passes to another array is told by that one's name.
    has_another = len(use.consumer.operands) == 2 and not use.other_operands[0].is_constant
    if is_partial and use.op in _SELECTING and (use.op == "where" or not has_another):
        for scale in dict.fromkeys((float(own.max() + own.min()), 1.0)):
            # What is kept out of one side goes into the other.
            turned, words = (own == 0.0) * scale, f"turned round, {scale}"
            yield Rule("rule", words, turned, messages.mask_turned_round, is_of_operand=False, subsumes="swapped")
    yield Rule("forgot-local", "", 1.0, messages.mask_left_out if is_mask else messages.local_left_out)
    yield Rule("rule", "twice", own * own, messages.local_twice)
    if use.op == "*" and getattr(own, "size", 1) > 1 and ((own > 0.0) & (own < 1.0)).all():
        yield Rule("rule", "1 -", 1.0 - own, partial(_other_side_of_gate, region, use), is_of_operand=False)


def lets_some_through(coefficient: Any) -> bool:
    """Tell whether some entries of a coefficient are 0, and the others are one number, as those of a mask."""
    if not getattr(coefficient, "shape", ()):
        return False
    passed = coefficient[coefficient != 0.0]
    return 0 < passed.size < coefficient.size and bool((passed == passed[0]).all())


def _redrawn_mask(region: Neighborhood, use: Use, own: Any) -> Any:
    """Return the mask that explains the numbers; None where that is the right one, or its inverse."""
    if own.shape != region.shape or len(region.direct) > 1:
        return None
    passed = own != 0.0
    drawn = abs(region.user_grad) > 0.5 * abs(use.upstream * own[passed][0])
    differs = (drawn & ~passed).any() and (passed & ~drawn).any()
    return drawn * own[passed][0] if differs and (drawn & passed).any() else None


def _other_side_of_gate(region: Neighborhood, use: Use, where: str, letters: Mapping[str, str]) -> str:
    """Return what to say of 1 - p for a share p, or of p for 1 - p."""
    name, other = letters["ba"[use.argnum]], use.other_operands[0]
    is_rest = not other.label and str(other.op) == "-" and other.operands[0].is_constant
    if is_rest and letters is not messages.OF_EACH:
        written = region.name(other.operands[1])
    else:
        written = messages.in_own_names("1 - {b}", {"b": name})
    return f"in {where}, {written} stands where {name} belongs."


def _masked_zeros(region: Neighborhood, use: Use) -> Iterator[Rule]:
    """Yield, of numbers, what a mask keeps out as if it let it through: a factor 0 beside others."""
    if use.op == "*" and use.other_operands[0].is_constant and use.other_operands[0].data == 0.0:
        for scale in region.cached(_scales):
            yield Rule("rule", f"kept out, {scale}", scale, messages.mask_left_out)


def _scales(region: Neighborhood) -> list[float]:
    """Return the constants by which numbers are multiplied, 0 apart: what a mask lets through."""
    products = (node for node in region.comparison.places if str(node.op) == "*")
    factors = {operand.data for node in products for operand in node.operands if operand.is_constant and operand.data}
    return sorted(factors) if len(factors) <= MOST_SCALES else []


def _swaps(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield the local derivative by another operand of the same consumer."""
    operands = use.consumer.operands
    if use.scalar_op is None or not 1 < len(operands) <= MOST_OPERANDS:
        return
    for index, other in enumerate(region.locals_of(use.consumer)):
        coefficient = getattr(other, "coefficient", other)
        is_own = index == use.argnum or operands[index] is operands[use.argnum]
        if is_own or isinstance(coefficient, tuple) or not is_finite(coefficient):
            continue

        def say(node: Value = operands[index]) -> str:
            if region.is_scalar:
                return messages.other_operand_of_node(use.op, region.name(node))
            return messages.other_operand(region.where(use), region.name(node))

        alike = "direct" if use.operand is region.node else use.op
        local, subsumes = _replace_coefficient(use, coefficient), _subsumed_kind(region, coefficient, use)
        yield Edit("swapped", use, local, say, alike, messages.swapped_everywhere, subsumes)


def minus_of_other_operand(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield, of what stands before a minus, the minus that belongs to what stands behind it."""
    if use.op == "-" and use.argnum == 0 and not use.other_operands[0].is_constant:
        yield from (edit._replace(alike=None) for edit in _swaps(region, use))


def _replace_coefficient(use: Use, coefficient: Any) -> Any:
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
        local = region.local_derivative(use.consumer.op.derivatives(*inputs)[use.argnum], use.consumer)
    except (ArithmeticError, ValueError, IndexError):  # an entry is picked of an array, and these are plain numbers
        return None
    return local if not region.is_scalar or math.isfinite(local) else None
