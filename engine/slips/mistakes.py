"""Another local derivative at one use, or at each that is alike: a wrong rule, a mask turned round, none at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from .. import ops
from ..loading import np
from ..ops import Op, cos, exp, log, sigmoid, sin, step, tanh
from . import messages
from .candidates import Edit, Pullback, compute, equal, is_finite
from .slip import Mistake

if TYPE_CHECKING:
    from ..value import Value
    from .neighborhood import Neighborhood, Use

MASKS = ("where", "tril", "triu", "clip")
"""The operations that are masks; a product with a constant may be one."""
_SELECTING = (*MASKS, "relu", "maximum", "minimum", "*", "/")
_WITH_FACTORS = ("mean", "var", "std", *MASKS)
"""The operations that multiply a gradient entry by entry, besides those of the page of calculus."""
MOST_OPERANDS = 10
"""Of an operation with more inputs, one other input's derivative would fit any number."""


def _rule(region: Neighborhood, use: Use, kind: str, local: Any, say: Any, alike: Any, subsumes: str = "") -> Edit:
    """Return the edit by which another coefficient, or a `Pullback`, stands at a use, and at those that are alike."""

    def here() -> str:
        return say(region.where(use), region.node_names.letters(use.consumer))

    def at_each() -> str:
        return say(f"each {messages.operation(use.op)}", messages.OF_EACH)

    return Edit(kind, use, _replace_coefficient(use, local), here, (use.op, alike), at_each, subsumes)


def wrong_local_derivatives(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield the wrong local derivatives at a use."""
    if use.scalar_op is None and use.op not in _WITH_FACTORS and not region.is_scalar:
        return
    is_swapped_first = region.is_scalar and use.op in ("*", "/")
    if is_swapped_first:  # of a 0 a rule with the result in it gives the same
        yield from _swaps(region, use)
    yield from usual_mistakes(region, use)
    yield from _lost_brackets(region, use)
    if not region.is_scalar:
        yield from _factor_mistakes(region, use)
    if not is_swapped_first:
        yield from _swaps(region, use)


def usual_mistakes(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield the usual mistakes with the operation."""
    # Nobody writes down what a sum passes on, or to what, that they have left blank.
    is_sum = use.op in ("+", "-") and (use.consumer in region.between or use.operand is not region.node)
    listed = () if use.scalar_op is None or is_sum else mistakes_with(use.scalar_op)
    mine = [mistake for mistake in listed if mistake.operand == use.argnum]
    inputs = region.inputs(use) if mine else []
    for mistake in mine:
        local, own = compute(mistake.local, *inputs), use.coefficient
        if not isinstance(local, (float, int)):
            local = np.where(np.isnan(local), own, local)
        elif not local and use.op in ("+", "-"):  # by chance, and nobody can tell it from a 0 that was written
            continue
        if is_finite(local) and not equal(local, own):
            say, subsumes = messages.slope_of(mistake.words, mistake.question), _subsumed_kind(region, local, use)
            yield _rule(region, use, "rule", local, say, (use.argnum, mistake.words), subsumes)


def _subsumed_kind(region: Neighborhood, local: Any, use: Use) -> str:
    """Return the kind that a wrong local derivative comes to whatever the data: 1 for -1 is a lost sign."""
    if not region.is_scalar:
        return ""
    return "sign" if local == -use.local else "forgot-local" if local == 1.0 else ""


def _lost_brackets(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield a rule whose brackets are lost; what it passes back need be no multiple of what it is given."""
    if region.is_scalar or hasattr(use.local, "spread"):
        inputs = region.inputs(use)
        for number, mistake in enumerate(lost_brackets(use.scalar_op, use.argnum)):
            passed = Pullback(lambda g, wrong=mistake.local: use.pass_back(wrong(*inputs, g)))  # type: ignore[misc]
            say = messages.slope_of(mistake.words, mistake.question)
            yield _rule(region, use, "rule", passed, say, (use.argnum, number, mistake.words))


def _factor_mistakes(region: Neighborhood, use: Use) -> Iterator[Edit]:
    """Yield, of arrays, a mask forgotten or turned round, a factor left out or twice, and the other side of a gate."""
    own, at, rule = use.coefficient, use.argnum, partial(_rule, region, use)
    is_partial = lets_some_through(own)
    is_mask = is_partial and use.op in (*MASKS, "*", "/")
    if is_mask:
        if (drawn := _redrawn_mask(region, use, own)) is not None:
            yield rule("rule", drawn, messages.mask_drawn_anew, (at, "drawn"))
        scale = float(own.max())
        yield rule("factor", own != 0.0, messages.mask_without_scale, (at, "scale"))
        for other in (scale / (scale - 1.0), 1.0 / scale) if scale > 1.0 else ():  # 1/p and 1 - p for 1/(1 - p)
            yield rule("factor", (own != 0.0) * other, messages.mask_rescaled, (at, "scale", other))
        if scale != 1.0:
            yield rule("forgot-local", scale, messages.mask_left_out, (at, "all"))
    if is_partial and use.op in _SELECTING:
        yield from _other_masks(region, use, own)
    # What a maximum passes to another array is told by that one's name.
    has_another = len(use.consumer.operands) == 2 and not use.other_operands[0].is_constant
    if is_partial and use.op in _SELECTING and (use.op == "where" or not has_another):
        yield rule("rule", own + 0.01 * (own == 0.0), messages.mask_leaks, "leaks")
        for scale in dict.fromkeys((float(own.max() + own.min()), 1.0)):
            # What is kept out of one side goes into the other.
            turned = (own == 0.0) * scale
            yield rule("rule", turned, messages.mask_turned_round, ("turned round", scale), "swapped")
    yield rule("forgot-local", 1.0, messages.mask_left_out if is_mask else messages.local_left_out, at)
    yield rule("rule", own * own, messages.local_twice, (at, "twice"))
    if use.op == "*" and getattr(own, "size", 1) > 1 and ((own > 0.0) & (own < 1.0)).all():
        yield rule("rule", 1.0 - own, messages.other_side_of_gate, "1 -")


def _other_masks(region: Neighborhood, use: Use, own: Any) -> Iterator[Edit]:
    """Yield the mask of another array, or of the gradient, where an entry of it is above 0; then the mask transposed."""
    above = [(f"the gradient of {region.name(use.consumer)}", use.upstream)]
    near = (node for node in region.known_nodes[:MOST_OPERANDS] if node is not use.operand)
    for name, numbers in (*above, *((region.name(node), node.data) for node in near)):
        if getattr(numbers, "shape", None) != own.shape:
            continue
        passed = numbers > 0.0
        if not passed.all() and (passed != (own == 0.0)).any():  # neither forgotten nor turned round
            turned, alike = passed * own.max(), (use.argnum, "mask of", name)
            yield _rule(region, use, "rule", turned, lambda at, _, of=name: messages.mask_of_another(at, of), alike)
    if own.ndim > 1 and own.shape[-1] == own.shape[-2]:
        turned = own.swapaxes(-1, -2)
        yield _rule(region, use, "transposed", turned, messages.mask_transposed, use.argnum)


def lets_some_through(coefficient: Any) -> bool:
    """Tell whether some entries of a coefficient are 0, and the others are one number, as those of a mask."""
    if not getattr(coefficient, "shape", ()):
        return False
    passed = coefficient[coefficient != 0.0]
    return 0 < passed.size < coefficient.size and bool((passed == passed[0]).all())


def _redrawn_mask(region: Neighborhood, use: Use, own: Any) -> Any:
    """Return the mask that explains the numbers; None where that is the right one, or its inverse."""
    if use.operand is not region.node or own.shape != region.shape or len(region.direct) > 1:
        return None
    passed = own != 0.0
    drawn = abs(region.user_grad) > 0.5 * abs(use.upstream * own[passed][0])
    differs = (drawn & ~passed).any() and (passed & ~drawn).any()
    return drawn * own[passed][0] if differs and (drawn & passed).any() else None


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


def _replace_coefficient(use: Use, coefficient: Any) -> Any:
    """Return the local derivative of a use with other numbers in it."""
    is_pullback = isinstance(coefficient, Pullback)
    return coefficient if is_pullback else getattr(use.local, "replace_coefficient", float)(coefficient)


def local_with(region: Neighborhood, use: Use, instead: Mapping[int, Any]) -> Any:
    """Return the local derivative of a use by its rule with other numbers in it; nan where it has no value.

    These are by which operand of the consumer they are for; behind the operands, for what comes out.
    """
    op: Any = use.consumer.op
    inputs = [instead.get(index, number) for index, number in enumerate(region.inputs(use))]
    return compute(lambda: region.local_derivative(op.derivatives(*inputs)[use.argnum], use.consumer))


def mistakes_with(op: Op) -> tuple[Mistake, ...]:
    """Return the usual mistakes with an operation; those that an operation of somebody's own brings."""
    if op.name != "leaky_relu":  # whose slope is its own
        return MISTAKES.get(op, op.slips)
    return (
        Mistake(0, "0 where {x} < 0", lambda x, y: step(x), "is that the rule of 'leaky_relu', or of 'relu'?"),
        Mistake(0, "the sides exchanged", lambda x, y: op._local(-x, y)[0], "which side of zero leaks?"),
        Mistake(0, "1 where {x} < 0", lambda x, y: 1.0, "how much gets through below zero?"),
        Mistake(0, "leaky_relu({x})", lambda x, y: y, "is that 'leaky_relu' itself, or its slope?"),
    )


KINK = "a kink has no slope of its own, so which one is agreed on there?"
PASSED = "is that the input, or how much the output moves with it?"
TIE = "{a} and {b} are equal here: which share of the gradient is each one's?"


def where(is_so: Any, number: float) -> Any:
    """Return the number, or an array of it, where something is so; nan elsewhere, which no learner's number is."""
    if isinstance(is_so, bool):
        return number if is_so else math.nan
    return np.where(is_so, number, math.nan)


def _table(*rows: tuple[Op, Any, str, Callable[..., Any], str]) -> dict[Op, tuple[Mistake, ...]]:
    """Return the mistakes by operation, of rows of it and what a `Mistake` is made of; one operand or several."""
    found: dict[Op, tuple[Mistake, ...]] = {}
    for op, operands, words, local, question in rows:
        for operand in operands if isinstance(operands, tuple) else (operands,):
            found[op] = (*found.get(op, ()), Mistake(operand, words, local, question))
    return found


# fmt: off
MISTAKES = _table(
    (ops.ADD, 0, "{b}", lambda a, b, y: b, "is that the rule of a sum, or of a product?"),
    (ops.ADD, 1, "{a}", lambda a, b, y: a, "is that the rule of a sum, or of a product?"),
    (ops.ADD, 0, "{a}", lambda a, b, y: a, "does the slope of a sum depend on the numbers in it?"),
    (ops.ADD, 1, "{b}", lambda a, b, y: b, "does the slope of a sum depend on the numbers in it?"),
    (ops.ADD, (0, 1), "{y}", lambda a, b, y: y, "is that the sum itself, or its slope?"),
    (ops.SUBTRACT, 0, "{b}", lambda a, b, y: b, "is that the rule of a difference, or of a product?"),
    (ops.SUBTRACT, 1, "{a}", lambda a, b, y: a, "is that the rule of a difference, or of a product?"),
    (ops.SUBTRACT, 0, "-{b}", lambda a, b, y: -b, "is that the rule of a difference, or of a product?"),
    (ops.SUBTRACT, 1, "-{a}", lambda a, b, y: -a, "is that the rule of a difference, or of a product?"),
    (ops.SUBTRACT, 0, "{a}", lambda a, b, y: a, "does the slope of a difference depend on the numbers in it?"),
    (ops.SUBTRACT, 1, "-{b}", lambda a, b, y: -b, "does the slope of a difference depend on the numbers in it?"),
    (ops.MULTIPLY, 0, "{a}*{b}", lambda a, b, y: y, "what is left of {a}*{b} when you take its slope by {a}?"),
    (ops.MULTIPLY, 1, "{a}*{b}", lambda a, b, y: y, "what is left of {a}*{b} when you take its slope by {b}?"),
    (ops.DIVIDE, 0, "{b}", lambda a, b, y: b, "{a}/{b} is {a} times what?"),
    (ops.DIVIDE, 0, "{a}/{b}", lambda a, b, y: y, "what is left of {a}/{b} when you take its slope by {a}?"),
    (ops.DIVIDE, 0, "-1/{b}^2", lambda a, b, y: -1.0 / (b * b), "for which of the two operands is that the rule, once its numerator is there?"),
    (ops.DIVIDE, 1, "{a}/{b}^2", lambda a, b, y: y / b, "which way does {a}/{b} move when {b} grows?"),
    (ops.DIVIDE, 1, "-{a}/{b}", lambda a, b, y: -y, "what becomes of the power of {b}?"),
    (ops.DIVIDE, 1, "-1/{b}", lambda a, b, y: -1.0 / b, "where is the numerator, and which power of {b} stands below?"),
    (ops.DIVIDE, 1, "-{a}/{b}^3", lambda a, b, y: -y / (b * b), "which power of {b} stands below?"),
    (ops.DIVIDE, 1, "-{b}/{a}^2", lambda a, b, y: -b / (a * a), "which of the two is squared, and which stands above?"),
    (ops.DIVIDE, 1, "-1/{b}^2", lambda a, b, y: -1.0 / (b * b), "where is the numerator?"),
    (ops.DIVIDE, 1, "1/{a}", lambda a, b, y: 1.0 / a, "of the two, by which do you take the slope?"),
    (ops.DIVIDE, 1, "{a}", lambda a, b, y: a, "is that the rule of a quotient, or of a product?"),
    (ops.POWER, 0, "{b}*{a}^{b}", lambda a, b, y: b * y, "what happens to the exponent?"),
    (ops.POWER, 0, "{a}^({b}-1)", lambda a, b, y: y / a, "what comes down in front?"),
    (ops.POWER, 0, "{b}*{a}", lambda a, b, y: b * a, "which power of the base is left?"),
    (ops.POWER, 0, "({b}-1)*{a}^({b}-1)", lambda a, b, y: (b - 1.0) * y / a, "which number comes down, before or after lowering?"),
    (ops.POWER, 0, "{a}^{b}", lambda a, b, y: y, "is that the power itself, or its slope?"),
    (ops.POWER, 0, "({b}-1)*{a}^{b}", lambda a, b, y: (b - 1.0) * y, "which number comes down, and which is lowered?"),
    (ops.POWER, 0, "{b}*({a}^{b})^({b}-1)", lambda a, b, y: b * exp((b - 1.0) * log(y)), "is it the input or the output that is raised?"),
    (ops.POWER, 0, "{b}*{a}^({b}+1)", lambda a, b, y: b * y * a, "is the exponent lowered or raised?"),
    (ops.POWER, 0, "{a}^({b}+1)/({b}+1)", lambda a, b, y: y * a / (b + 1.0), "is that the slope, or the integral?"),
    (ops.POWER, 0, "sign({a})", lambda a, b, y: where(a < 0.0, -1.0), "is that the slope of a power, or of |{a}|?"),
    (ops.POWER, 0, "2*{a}", lambda a, b, y: 2.0 * a, "of which power is that the slope?"),
    (ops.POWER, 0, "{a}*{b}^({a}-1)", lambda a, b, y: a * exp((a - 1.0) * log(b)), "of the two, which is the base and which the exponent?"),
    (ops.POWER, 0, "{b}", lambda a, b, y: b, "which power of the base stands beside it?"),
    (ops.POWER, 0, "{b}*{a}^({b}-2)", lambda a, b, y: b * y / (a * a), "by how much is the exponent lowered?"),
    (ops.POWER, 1, "{a}^{b}", lambda a, b, y: y, "which logarithm belongs to the slope of an exponential?"),
    (ops.POWER, 1, "log({a})", lambda a, b, y: log(a), "where is the power itself?"),
    (ops.POWER, 1, "{b}^{a}", lambda a, b, y: exp(a * log(b)), "of the two, which is the base and which the exponent?"),
    (ops.NEGATE, 0, "1", lambda x, y: 1.0, "which way does -{x} move when {x} grows?"),
    (ops.NEGATE, 0, "-{x}", lambda x, y: y, "is that -{x} itself, or its slope?"),
    (ops.ABS, 0, "1 where {x} = 0", lambda x, y: where(x == 0.0, 1.0), KINK),
    (ops.ABS, 0, "-1 where {x} = 0", lambda x, y: where(x == 0.0, -1.0), KINK),
    (ops.ABS, 0, "1", lambda x, y: 1.0, "which way does |{x}| move on this side of zero?"),
    (ops.ABS, 0, "-1", lambda x, y: -1.0, "which way does |{x}| move on this side of zero?"),
    (ops.ABS, 0, "|{x}|", lambda x, y: y, "is that |{x}| itself, or its slope?"),
    (ops.EXP, 0, "{x}", lambda x, y: x, "is it the input or the output that 'exp' passes on?"),
    (ops.EXP, 0, "{x}*exp({x}-1)", lambda x, y: x * exp(x - 1.0), "the variable is in the exponent: does the power rule hold?"),
    (ops.EXP, 0, "1 + {x}", lambda x, y: 1.0 + x, "is 'exp' a straight line?"),
    (ops.EXP, 0, "{x}*exp({x})", lambda x, y: x * y, "the variable is in the exponent: does the power rule hold?"),
    (ops.EXP, 0, "exp(exp({x}))", lambda x, y: exp(y), "is 'exp' taken once too often?"),
    (ops.EXP, 0, "{x}^e", lambda x, y: exp(math.e * log(x)), "which is the base here, and which the exponent?"),
    (ops.LOG, 0, "log({x})", lambda x, y: y, "is that the logarithm itself, or its slope?"),
    (ops.LOG, 0, "{x}", lambda x, y: x, "does 'log' flatten or steepen as {x} grows?"),
    (ops.LOG, 0, "1/log({x})", lambda x, y: 1.0 / y, "is it the input or the output that is turned over?"),
    (ops.LOG, 0, "1/({x}*log(10))", lambda x, y: 1.0 / (x * math.log(10.0)), "is 'log' of base 10 here, or of base e?"),
    (ops.LOG, 0, "1/{x}^2", lambda x, y: 1.0 / (x * x), "which power of {x} stands below?"),
    (ops.LOG, 0, "-1/{x}^2", lambda x, y: -1.0 / (x * x), "whose slope is that: of log({x}), or of 1/{x}?"),
    (ops.SIGN, 0, "1", lambda x, y: 1.0, "how much does a sign move while {x} stays on its side of zero?"),
    (ops.SIGN, 0, "sign({x})", lambda x, y: y, "is that the sign itself, or its slope?"),
    (ops.EXPM1, 0, "exp({x}) - 1", lambda x, y: y, "what becomes of the 1 when you take the slope?"),
    (ops.EXPM1, 0, "{x}", lambda x, y: x, "is it the input or the output that 'exp' passes on?"),
    (ops.LOG1P, 0, "1/{x}", lambda x, y: 1.0 / x, "of what is the logarithm taken?"),
    (ops.LOG1P, 0, "log(1 + {x})", lambda x, y: y, "is that the logarithm itself, or its slope?"),
    (ops.LOGADDEXP, 0, "exp({a})", lambda a, b, y: exp(a), "what does the outer logarithm do to the slope?"),
    (ops.LOGADDEXP, 1, "exp({b})", lambda a, b, y: exp(b), "what does the outer logarithm do to the slope?"),
    (ops.LOGADDEXP, 0, "exp({b} - {y})", lambda a, b, y: exp(b - y), "whose share of the sum is that?"),
    (ops.LOGADDEXP, 1, "exp({a} - {y})", lambda a, b, y: exp(a - y), "whose share of the sum is that?"),
    (ops.ARCTAN, 0, "1/(1 + {x})", lambda x, y: 1.0 / (1.0 + x), "where is the square?"),
    (ops.ARCTAN, 0, "1/(1 + {y}^2)", lambda x, y: 1.0 / (1.0 + y * y), "is it the input or the output that is squared?"),
    (ops.ARCTAN, 0, "arctan({x})", lambda x, y: y, "is that 'arctan' itself, or its slope?"),
    (ops.ERF, 0, "exp(-{x}^2)", lambda x, y: exp(-(x * x)), "which constant stands before the integral?"),
    (ops.ERF, 0, "2/sqrt(pi)*exp({x}^2)", lambda x, y: 2.0 / math.sqrt(math.pi) * exp(x * x), "does 'erf' flatten or steepen away from 0?"),
    (ops.ERF, 0, "erf({x})", lambda x, y: y, "is that 'erf' itself, or its slope?"),
    (ops.SQRT, 0, "1/sqrt({x})", lambda x, y: 1.0 / y, "as a power, what is its exponent, and where does it go?"),
    (ops.SQRT, 0, "sqrt({x})/2", lambda x, y: 0.5 * y, "as a power, what does lowering the exponent make of it?"),
    (ops.SQRT, 0, "1/(2*{x})", lambda x, y: 0.5 / x, "where is the root?"),
    (ops.SQRT, 0, "sqrt({x})", lambda x, y: y, "is that the root itself, or its slope?"),
    (ops.SIN, 0, "-cos({x})", lambda x, y: -cos(x), "of 'sin' and 'cos', whose slope carries the minus?"),
    (ops.SIN, 0, "sin({x})", lambda x, y: y, "is that the sine itself, or its slope?"),
    (ops.SIN, 0, "cos(sin({x}))", lambda x, y: cos(y), "is it the input or the output that goes in?"),
    (ops.COS, 0, "sin({x})", lambda x, y: sin(x), "of 'sin' and 'cos', whose slope carries the minus?"),
    (ops.COS, 0, "cos({x})", lambda x, y: y, "is that the cosine itself, or its slope?"),
    (ops.COS, 0, "-sin(cos({x}))", lambda x, y: -sin(y), "is it the input or the output that goes in?"),
    (ops.TANH, 0, "1 - {x}^2", lambda x, y: 1.0 - x * x, "is it the input or the output that is squared?"),
    (ops.TANH, 0, "1 + tanh({x})^2", lambda x, y: 1.0 + y * y, "how steep is 'tanh' where it is flat?"),
    (ops.TANH, 0, "1 - tanh({x})", lambda x, y: 1.0 - y, "where is the square?"),
    (ops.TANH, 0, "tanh({x})^2", lambda x, y: y * y, "how steep is 'tanh' where it is flat?"),
    (ops.TANH, 0, "tanh({x})*(1 - tanh({x}))", lambda x, y: y * (1.0 - y), "is that the rule of 'tanh', or of 'sigmoid'?"),
    (ops.TANH, 0, "1 - tanh(tanh({x}))^2", lambda x, y: 1.0 - tanh(y) ** 2, "is 'tanh' taken once too often?"),
    (ops.TANH, 0, "tanh({x})", lambda x, y: y, "is that 'tanh' itself, or its slope?"),
    (ops.SIGMOID, 0, "{y}", lambda x, y: y, "is that 'sigmoid' itself, or its slope?"),
    (ops.SIGMOID, 0, "1 - {y}", lambda x, y: 1.0 - y, "there are two factors: where is the other?"),
    (ops.SIGMOID, 0, "{y}^2", lambda x, y: y * y, "there are two factors, and not the same one twice: which is the other?"),
    (ops.SIGMOID, 0, "{y}*(1 + {y})", lambda x, y: y * (1.0 + y), "how steep is 'sigmoid' near 1?"),
    (ops.SIGMOID, 0, "{x}*(1 - {x})", lambda x, y: x * (1.0 - x), "is it the input or the output that goes in?"),
    (ops.SIGMOID, 0, "1 - {y}^2", lambda x, y: 1.0 - y * y, "is that the rule of 'sigmoid', or of 'tanh'?"),
    (ops.SIGMOID, 0, "sigmoid({y})", lambda x, y: sigmoid(y), "is 'sigmoid' taken once too often, and where is its slope?"),
    (ops.SIGMOID, 0, "sigmoid({y})*(1 - sigmoid({y}))", lambda x, y: sigmoid(y) * (1.0 - sigmoid(y)), "is 'sigmoid' taken once too often?"),
    (ops.RELU, 0, "1 where {x} = 0", lambda x, y: where(x == 0.0, 1.0), KINK),
    (ops.RELU, 0, "1 where {x} <= 0", lambda x, y: 1.0, "which side of zero does 'relu' let through?"),
    (ops.RELU, 0, "0 where {x} > 0", lambda x, y: 0.0, "which side of zero does 'relu' let through?"),
    (ops.RELU, 0, "0.01 where {x} < 0", lambda x, y: where(x < 0.0, 0.01), "is that the rule of 'relu', or of a leaky one?"),
    (ops.RELU, 0, "relu({x})", lambda x, y: y, "is that 'relu' itself, or its slope?"),
    (ops.RELU, 0, "{x}", lambda x, y: x, PASSED),
    (ops.SOFTPLUS, 0, "sigmoid({x})*(1 - sigmoid({x}))", lambda x, y: sigmoid(x) * sigmoid(-x), "whose slope is that: of 'softplus', or of 'sigmoid'?"),
    (ops.SOFTPLUS, 0, "1 - sigmoid({x})", lambda x, y: sigmoid(-x), "which way does 'softplus' flatten out?"),
    (ops.SOFTPLUS, 0, "sigmoid(softplus({x}))", lambda x, y: sigmoid(y), "is it the input or the output that goes in?"),
    (ops.SOFTPLUS, 0, "exp({x})", lambda x, y: exp(x), "what does the outer logarithm do to the slope?"),
    (ops.MAXIMUM, (0, 1), "1", lambda a, b, y: where(a != b, 1.0), "does the smaller one move the maximum?"),
    (ops.MAXIMUM, (0, 1), "0", lambda a, b, y: where(a != b, 0.0), "does the larger one move the maximum?"),
    (ops.MAXIMUM, (0, 1), "1", lambda a, b, y: where(a == b, 1.0), TIE),
    (ops.MAXIMUM, (0, 1), "0", lambda a, b, y: where(a == b, 0.0), TIE),
    (ops.MAXIMUM, 0, "{a}", lambda a, b, y: where(a != b, a), PASSED),
    (ops.MAXIMUM, 1, "{b}", lambda a, b, y: where(a != b, b), PASSED),
    (ops.MINIMUM, (0, 1), "1", lambda a, b, y: where(a != b, 1.0), "does the larger one move the minimum?"),
    (ops.MINIMUM, (0, 1), "0", lambda a, b, y: where(a != b, 0.0), "does the smaller one move the minimum?"),
    (ops.MINIMUM, (0, 1), "1", lambda a, b, y: where(a == b, 1.0), TIE),
    (ops.MINIMUM, (0, 1), "0", lambda a, b, y: where(a == b, 0.0), TIE),
)

MULTIPLIES_FIRST = "Python multiplies before it subtracts: what is to be multiplied by the upstream gradient?"
BRACKETS = "Python multiplies before it subtracts: where do the brackets go?"
POWER_FIRST = "Python takes the power before it subtracts: where do the brackets go?"
TIMES_TWO = "is a square two times something?"

_LOST_BRACKETS = _table(
    (ops.TANH, 0, "1 - {y}**2*upstream", lambda x, y, g: 1.0 - y * y * g, MULTIPLIES_FIRST),
    (ops.TANH, 0, "upstream*1 - {y}**2", lambda x, y, g: g - y * y, MULTIPLIES_FIRST),
    (ops.TANH, 0, "1 - {y}*2", lambda x, y, g: (1.0 - 2.0 * y) * g, TIMES_TWO),
    (ops.SIGMOID, 0, "{y}*1 - {y}*upstream", lambda x, y, g: y - y * g, BRACKETS),
    (ops.SIGMOID, 0, "upstream*{y}*1 - {y}", lambda x, y, g: g * y - y, BRACKETS),
    (ops.POWER, 0, "{b}*{a}**{b}-1", lambda a, b, y, g: (b * y - 1.0) * g, POWER_FIRST),
    (ops.POWER, 0, "{b}*{a}**{b}-1", lambda a, b, y, g: b * y - g, POWER_FIRST),
    (ops.POWER, 0, "{b}*{a}**{b}-1", lambda a, b, y, g: g * b * y - 1.0, POWER_FIRST),
    (ops.DIVIDE, 1, "-{a}/{b}*2", lambda a, b, y, g: -y * 2.0 * g, TIMES_TWO),
    (ops.DIVIDE, 1, "-{a}/{b}*{b}", lambda a, b, y, g: -a * g, "Python divides first and then multiplies: where do the brackets go?"),
)
"""What a rule comes out as whose brackets are lost, as Python reads it: (inputs..., output, upstream) -> contribution."""


def lost_brackets(op: Op | None, argnum: int) -> list[Mistake]:
    """Return the ways to lose the brackets of a rule, by one operand."""
    return [mistake for mistake in _LOST_BRACKETS.get(op, ()) if mistake.operand == argnum] if op is not None else []


# fmt: on
