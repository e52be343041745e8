"""The mistakes people make with each operation's local derivative: what the diagnosis looks for."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .. import ops
from ..ops import Op, cos, exp, log, sigmoid, sin, step, tanh


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """One way in which people get an operation's local derivative wrong.

    Attributes:
        operand: which input's derivative it concerns, from 0.
        words: the wrong derivative as they write it, with {x} (or {a} and {b}) for the inputs and {y} for the output.
        local: (inputs..., output) -> the number they get, or for arrays that of each entry; it may raise
            ArithmeticError or ValueError.
        question: what to ask them, with the same letters; it must not give the right rule away.
    """

    operand: int
    words: str
    local: Callable[..., Any] = field(repr=False)
    question: str


def mistakes_with(op: Op) -> tuple[Mistake, ...]:
    """Return the usual mistakes with an operation; those that an operation of somebody's own brings."""
    if op.name == "leaky_relu":
        return _leaky_relu_mistakes(op)
    return MISTAKES.get(op, op.slips)


KINK = "a kink has no slope of its own, so which one is agreed on there?"
TIE = "{a} and {b} are equal here: which share of the gradient is each one's?"


def where(is_so: Any, number: float) -> Any:
    """Return the number, or an array of it, where something is so; nan elsewhere, which no learner's number is."""
    if isinstance(is_so, bool):
        return number if is_so else math.nan
    return sys.modules["numpy"].where(is_so, number, math.nan)


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
    (ops.SUBTRACT, 1, "1", lambda a, b, y: 1.0, "which way does {a} - {b} move when {b} grows?"),
    (ops.SUBTRACT, 0, "-1", lambda a, b, y: -1.0, "which way does {a} - {b} move when {a} grows?"),
    (ops.SUBTRACT, 0, "{b}", lambda a, b, y: b, "is that the rule of a difference, or of a product?"),
    (ops.SUBTRACT, 1, "{a}", lambda a, b, y: a, "is that the rule of a difference, or of a product?"),
    (ops.MULTIPLY, 0, "{a}*{b}", lambda a, b, y: y, "what is left of {a}*{b} when you take its slope by {a}?"),
    (ops.MULTIPLY, 1, "{a}*{b}", lambda a, b, y: y, "what is left of {a}*{b} when you take its slope by {b}?"),
    (ops.DIVIDE, 0, "{b}", lambda a, b, y: b, "{a}/{b} is {a} times what?"),
    (ops.DIVIDE, 0, "{a}/{b}", lambda a, b, y: y, "what is left of {a}/{b} when you take its slope by {a}?"),
    (ops.DIVIDE, 0, "-1/{b}^2", lambda a, b, y: -1.0 / (b * b), "for which of the two operands is that the rule, once its numerator is there?"),
    (ops.DIVIDE, 1, "{a}/{b}^2", lambda a, b, y: y / b, "which way does {a}/{b} move when {b} grows?"),
    (ops.DIVIDE, 1, "-{a}/{b}", lambda a, b, y: -y, "what becomes of the power of {b}?"),
    (ops.DIVIDE, 1, "-1/{b}^2", lambda a, b, y: -1.0 / (b * b), "where is the numerator?"),
    (ops.DIVIDE, 1, "{a}", lambda a, b, y: a, "is that the rule of a quotient, or of a product?"),
    (ops.POWER, 0, "{b}*{a}^{b}", lambda a, b, y: b * y, "what happens to the exponent?"),
    (ops.POWER, 0, "{a}^({b}-1)", lambda a, b, y: y / a, "what comes down in front?"),
    (ops.POWER, 0, "{b}*{a}", lambda a, b, y: b * a, "which power of the base is left?"),
    (ops.POWER, 0, "({b}-1)*{a}^({b}-1)", lambda a, b, y: (b - 1.0) * y / a, "which number comes down, before or after lowering?"),
    (ops.POWER, 0, "{a}^{b}", lambda a, b, y: y, "is that the power itself, or its slope?"),
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
    (ops.EXP, 0, "exp(exp({x}))", lambda x, y: exp(y), "is 'exp' taken once too often?"),
    (ops.EXP, 0, "{x}^e", lambda x, y: exp(math.e * log(x)), "which is the base here, and which the exponent?"),
    (ops.LOG, 0, "log({x})", lambda x, y: y, "is that the logarithm itself, or its slope?"),
    (ops.LOG, 0, "{x}", lambda x, y: x, "does 'log' flatten or steepen as {x} grows?"),
    (ops.LOG, 0, "1/log({x})", lambda x, y: 1.0 / y, "is it the input or the output that is turned over?"),
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
    (ops.TANH, 0, "1 - tanh({x})", lambda x, y: 1.0 - y, "where is the square?"),
    (ops.TANH, 0, "tanh({x})^2", lambda x, y: y * y, "how steep is 'tanh' where it is flat?"),
    (ops.TANH, 0, "tanh({x})*(1 - tanh({x}))", lambda x, y: y * (1.0 - y), "is that the rule of 'tanh', or of 'sigmoid'?"),
    (ops.TANH, 0, "1 - tanh(tanh({x}))^2", lambda x, y: 1.0 - tanh(y) ** 2, "is 'tanh' taken once too often?"),
    (ops.TANH, 0, "tanh({x})", lambda x, y: y, "is that 'tanh' itself, or its slope?"),
    (ops.SIGMOID, 0, "{y}", lambda x, y: y, "is that 'sigmoid' itself, or its slope?"),
    (ops.SIGMOID, 0, "1 - {y}", lambda x, y: 1.0 - y, "there are two factors: where is the other?"),
    (ops.SIGMOID, 0, "{x}*(1 - {x})", lambda x, y: x * (1.0 - x), "is it the input or the output that goes in?"),
    (ops.SIGMOID, 0, "1 - {y}^2", lambda x, y: 1.0 - y * y, "is that the rule of 'sigmoid', or of 'tanh'?"),
    (ops.SIGMOID, 0, "sigmoid({y})", lambda x, y: sigmoid(y), "is 'sigmoid' taken once too often, and where is its slope?"),
    (ops.SIGMOID, 0, "sigmoid({y})*(1 - sigmoid({y}))", lambda x, y: sigmoid(y) * (1.0 - sigmoid(y)), "is 'sigmoid' taken once too often?"),
    (ops.RELU, 0, "1 where {x} = 0", lambda x, y: where(x == 0.0, 1.0), KINK),
    (ops.RELU, 0, "1 where {x} <= 0", lambda x, y: 1.0, "which side of zero does 'relu' let through?"),
    (ops.RELU, 0, "0 where {x} > 0", lambda x, y: 0.0, "which side of zero does 'relu' let through?"),
    (ops.RELU, 0, "relu({x})", lambda x, y: y, "is that 'relu' itself, or its slope?"),
    (ops.SOFTPLUS, 0, "sigmoid({x})*(1 - sigmoid({x}))", lambda x, y: sigmoid(x) * sigmoid(-x), "whose slope is that: of 'softplus', or of 'sigmoid'?"),
    (ops.SOFTPLUS, 0, "1 - sigmoid({x})", lambda x, y: sigmoid(-x), "which way does 'softplus' flatten out?"),
    (ops.SOFTPLUS, 0, "sigmoid(softplus({x}))", lambda x, y: sigmoid(y), "is it the input or the output that goes in?"),
    (ops.SOFTPLUS, 0, "exp({x})", lambda x, y: exp(x), "what does the outer logarithm do to the slope?"),
    (ops.MAXIMUM, (0, 1), "1", lambda a, b, y: where(a != b, 1.0), "does the smaller one move the maximum?"),
    (ops.MAXIMUM, (0, 1), "0", lambda a, b, y: where(a != b, 0.0), "does the larger one move the maximum?"),
    (ops.MAXIMUM, (0, 1), "1", lambda a, b, y: where(a == b, 1.0), TIE),
    (ops.MAXIMUM, (0, 1), "0", lambda a, b, y: where(a == b, 0.0), TIE),
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


def _leaky_relu_mistakes(op: Op) -> tuple[Mistake, ...]:
    def sides_exchanged(x: Any, y: Any) -> Any:
        (slope,) = op._local(x, y)
        (other,) = op._local(-x, y)
        return other + 0.0 * slope

    return (
        Mistake(0, "0 where {x} < 0", lambda x, y: step(x), "is that the rule of 'leaky_relu', or of 'relu'?"),
        Mistake(0, "the sides exchanged", sides_exchanged, "which side of zero leaks?"),
        Mistake(0, "1 where {x} < 0", lambda x, y: 1.0, "how much gets through below zero?"),
        Mistake(0, "leaky_relu({x})", lambda x, y: y, "is that 'leaky_relu' itself, or its slope?"),
    )


# fmt: on
