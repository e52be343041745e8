"""Every operation as data: its forward rule, its local derivatives, and its usual slips.

This file is the page of calculus that the rest of handgrad reads. An operation never touches
a gradient; it says, for given inputs and output, the derivative of the output by each input.
`autodiff` multiplies these by the upstream gradient and adds them up.
"""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .errors import RuleError

if TYPE_CHECKING:
    from .value import Value

Forward = Callable[..., float]
Derivatives = Callable[..., Sequence[float]]


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """One way in which people get an operation's local derivative wrong.

    Attributes:
        operand: which input's derivative it concerns, from 0.
        words: the wrong derivative as they write it.
        local: (inputs..., output) -> the number they get; it may raise ArithmeticError or ValueError.
        question: what to ask them; it must not give the right rule away.
    """

    operand: int
    words: str
    local: Callable[..., float] = field(repr=False)
    question: str


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """One operation; make your own with `op`.

    Attributes:
        name: how it is written and drawn: "*" or "tanh".
        forward: the inputs' numbers -> the output's number.
        derivatives: (inputs..., output) -> one local derivative an input. Where there is none it
            raises an ArithmeticError or ValueError, or gives nan for the input concerned; that is
            an error only where the input is not a constant.
        rule: the local derivatives as a person writes them, one an input, in terms of the inputs
            (x, or a and b) and the output y.
        domain: where it is defined, as a sentence; "" if everywhere.
        precedence: how tightly an infix operation binds; 0 for one written as a call.
        slips: the mistakes people make with it.
    """

    name: str
    forward: Forward = field(repr=False)
    derivatives: Derivatives = field(repr=False)
    rule: tuple[str, ...] = ()
    domain: str = ""
    precedence: int = 0
    slips: tuple[Mistake, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        return self.name

    def __call__(self, *operands: Value | float) -> Value:
        """Apply the operation to Values or numbers; the result is one node.

        Raises:
            NotANumberError: an operand is neither a Value nor a real number.
            DomainError: the operation has no finite value there.
        """
        from .value import apply

        return apply(self, operands)


def _power_derivatives(x: float, n: float, y: float) -> tuple[float, float]:
    """nan where there is none: a constant exponent is not asked for its own, so x**2 may have x < 0."""
    has_slope = n == 0.0 or x != 0.0 or n >= 1.0
    by_base = (n * math.pow(x, n - 1.0) if n else 0.0) if has_slope else math.nan
    if x > 0.0:
        return by_base, y * math.log(x)
    return by_base, 0.0 if x == 0.0 and n > 0.0 else math.nan


def _sigmoid(x: float) -> float:
    # exp of a negative number only: the other half overflows for large |x|.
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _step(x: float) -> float:
    return 1.0 if x > 0.0 else 0.0


def _sign(x: float) -> float:
    return (x > 0.0) - (x < 0.0) + 0.0


def _share_of_larger(a: float, b: float, y: float) -> tuple[float, float]:
    share = 0.5 if a == b else _step(a - b)
    return share, 1.0 - share


def _share_of_smaller(a: float, b: float, y: float) -> tuple[float, float]:
    share = 0.5 if a == b else _step(b - a)
    return share, 1.0 - share


# fmt: off
ADD = Op("+", operator.add, lambda a, b, y: (1.0, 1.0), ("1", "1"), precedence=1, slips=(
    Mistake(0, "b",   lambda a, b, y: b, "is that the rule of a sum, or of a product?"),
    Mistake(1, "a",   lambda a, b, y: a, "is that the rule of a sum, or of a product?"),
    Mistake(0, "a",   lambda a, b, y: a, "does the slope of a sum depend on the numbers in it?"),
    Mistake(1, "b",   lambda a, b, y: b, "does the slope of a sum depend on the numbers in it?"),
))
SUBTRACT = Op("-", operator.sub, lambda a, b, y: (1.0, -1.0), ("1", "-1"), precedence=1, slips=(
    Mistake(1, "1",   lambda a, b, y: 1.0,  "which way does a - b move when b grows?"),
    Mistake(0, "-1",  lambda a, b, y: -1.0, "which way does a - b move when a grows?"),
    Mistake(0, "b",   lambda a, b, y: b,    "is that the rule of a difference, or of a product?"),
    Mistake(1, "a",   lambda a, b, y: a,    "is that the rule of a difference, or of a product?"),
))
MULTIPLY = Op("*", operator.mul, lambda a, b, y: (b, a), ("b", "a"), precedence=2, slips=(
    Mistake(0, "a*b", lambda a, b, y: y,     "what is left of a*b when you take its slope by a?"),
    Mistake(1, "a*b", lambda a, b, y: y,     "what is left of a*b when you take its slope by b?"),
))
DIVIDE = Op("/", operator.truediv, lambda a, b, y: (1.0 / b, -y / b), ("1/b", "-a/b^2"),
            "Division needs a denominator that is not 0.", precedence=2, slips=(
    Mistake(0, "b",      lambda a, b, y: b,              "a/b is a times what?"),
    Mistake(0, "a/b",    lambda a, b, y: y,              "what is left of a/b when you take its slope by a?"),
    Mistake(0, "-1/b^2", lambda a, b, y: -1.0 / (b * b), "which operand is b's rule for?"),
    Mistake(1, "a/b^2",  lambda a, b, y: y / b,          "which way does a/b move when b grows?"),
    Mistake(1, "-a/b",   lambda a, b, y: -y,             "what becomes of the power of b?"),
    Mistake(1, "-1/b^2", lambda a, b, y: -1.0 / (b * b), "where is the numerator?"),
    Mistake(1, "a",      lambda a, b, y: a,              "is that the rule of a quotient, or of a product?"),
))
POWER = Op("**", math.pow, _power_derivatives, ("b*a^(b-1)", "y*log(a)"),
           "A base below 0 needs a whole, constant exponent; 0 ** n needs n >= 0, and n >= 1 for a slope.",
           precedence=4, slips=(
    Mistake(0, "b*a^b",     lambda a, b, y: b * y,                   "what happens to the exponent?"),
    Mistake(0, "a^(b-1)",   lambda a, b, y: y / a,                   "what comes down in front?"),
    Mistake(0, "b*a",       lambda a, b, y: b * a,                   "which power of the base is left?"),
    Mistake(0, "(b-1)*a^(b-1)", lambda a, b, y: (b - 1.0) * y / a,   "which number comes down, before or after lowering?"),
    Mistake(0, "a^b",       lambda a, b, y: y,                       "is that the power itself, or its slope?"),
    Mistake(1, "a^b",       lambda a, b, y: y,                       "which logarithm belongs to the slope of an exponential?"),
    Mistake(1, "log(a)",    lambda a, b, y: math.log(a),             "where is the power itself?"),
))
NEGATE = Op("neg", operator.neg, lambda x, y: (-1.0,), ("-1",), precedence=3, slips=(
    Mistake(0, "1",  lambda x, y: 1.0, "which way does -x move when x grows?"),
    Mistake(0, "-x", lambda x, y: y,   "is that -x itself, or its slope?"),
))
ABS = Op("abs", abs, lambda x, y: (_sign(x),), ("sign(x)",), slips=(
    Mistake(0, "1",   lambda x, y: 1.0,  "which way does |x| move on this side of zero?"),
    Mistake(0, "-1",  lambda x, y: -1.0, "which way does |x| move on this side of zero?"),
    Mistake(0, "|x|", lambda x, y: y,    "is that |x| itself, or its slope?"),
))
EXP = Op("exp", math.exp, lambda x, y: (y,), ("exp(x)",), "exp overflows above 709.78.", slips=(
    Mistake(0, "x*exp(x-1)", lambda x, y: x * math.exp(x - 1.0), "the variable is in the exponent: does the power rule hold?"),
    Mistake(0, "x",          lambda x, y: x,                     "is it the input or the output that exp passes on?"),
    Mistake(0, "exp(exp(x))", lambda x, y: math.exp(y),          "is exp taken once too often?"),
))
LOG = Op("log", math.log, lambda x, y: (1.0 / x,), ("1/x",), "log needs a number above 0.", slips=(
    Mistake(0, "log(x)",   lambda x, y: y,              "is that the logarithm itself, or its slope?"),
    Mistake(0, "x",        lambda x, y: x,              "does log flatten or steepen as x grows?"),
    Mistake(0, "1/log(x)", lambda x, y: 1.0 / y,        "is it the input or the output that is turned over?"),
    Mistake(0, "-1/x^2",   lambda x, y: -1.0 / (x * x), "whose slope is that: of log(x), or of 1/x?"),
))
SQRT = Op("sqrt", math.sqrt, lambda x, y: (0.5 / y,), ("1/(2*sqrt(x))",),
          "sqrt needs a number of 0 or more, and has no slope at 0.", slips=(
    Mistake(0, "1/sqrt(x)", lambda x, y: 1.0 / y, "as a power, what is its exponent, and where does it go?"),
    Mistake(0, "sqrt(x)/2", lambda x, y: 0.5 * y, "as a power, what does lowering the exponent make of it?"),
    Mistake(0, "1/(2*x)",   lambda x, y: 0.5 / x, "where is the root?"),
    Mistake(0, "sqrt(x)",   lambda x, y: y,       "is that the root itself, or its slope?"),
))
SIN = Op("sin", math.sin, lambda x, y: (math.cos(x),), ("cos(x)",), slips=(
    Mistake(0, "-cos(x)",   lambda x, y: -math.cos(x), "of sin and cos, whose slope carries the minus?"),
    Mistake(0, "sin(x)",    lambda x, y: y,            "is that the sine itself, or its slope?"),
    Mistake(0, "cos(sin(x))", lambda x, y: math.cos(y), "is it the input or the output that goes in?"),
))
COS = Op("cos", math.cos, lambda x, y: (-math.sin(x),), ("-sin(x)",), slips=(
    Mistake(0, "sin(x)",    lambda x, y: math.sin(x),  "of sin and cos, whose slope carries the minus?"),
    Mistake(0, "cos(x)",    lambda x, y: y,            "is that the cosine itself, or its slope?"),
    Mistake(0, "-sin(cos(x))", lambda x, y: -math.sin(y), "is it the input or the output that goes in?"),
))
TANH = Op("tanh", math.tanh, lambda x, y: (1.0 - y * y,), ("1 - tanh(x)^2",), slips=(
    Mistake(0, "1 - x^2",     lambda x, y: 1.0 - x * x,   "is it the input or the output that is squared?"),
    Mistake(0, "1 - tanh(x)", lambda x, y: 1.0 - y,       "where is the square?"),
    Mistake(0, "tanh(x)^2",   lambda x, y: y * y,         "how steep is tanh where it is flat?"),
    Mistake(0, "tanh(x)*(1 - tanh(x))", lambda x, y: y * (1.0 - y), "is that the rule of tanh, or of sigmoid?"),
    Mistake(0, "1 - tanh(tanh(x))^2", lambda x, y: 1.0 - math.tanh(y) ** 2, "is tanh taken once too often?"),
    Mistake(0, "tanh(x)",     lambda x, y: y,             "is that tanh itself, or its slope?"),
))
SIGMOID = Op("sigmoid", _sigmoid, lambda x, y: (y * (1.0 - y),), ("y*(1 - y)",), slips=(
    Mistake(0, "y",         lambda x, y: y,             "is that the sigmoid itself, or its slope?"),
    Mistake(0, "1 - y",     lambda x, y: 1.0 - y,       "there are two factors: where is the other?"),
    Mistake(0, "x*(1 - x)", lambda x, y: x * (1.0 - x), "is it the input or the output that goes in?"),
    Mistake(0, "1 - y^2",   lambda x, y: 1.0 - y * y,   "is that the rule of sigmoid, or of tanh?"),
    Mistake(0, "sigmoid(y)*(1 - sigmoid(y))", lambda x, y: _sigmoid(y) * (1.0 - _sigmoid(y)),
                                                        "is sigmoid taken once too often?"),
))
RELU = Op("relu", lambda x: x if x > 0.0 else 0.0, lambda x, y: (_step(x),), ("1 if x > 0 else 0",), slips=(
    Mistake(0, "1 where x <= 0", lambda x, y: 1.0, "which side of zero does relu let through?"),
    Mistake(0, "0 where x > 0", lambda x, y: 0.0, "which side of zero does relu let through?"),
    Mistake(0, "relu(x)",       lambda x, y: y,   "is that relu itself, or its slope?"),
))
SOFTPLUS = Op("softplus", _softplus, lambda x, y: (_sigmoid(x),), ("sigmoid(x)",), slips=(
    Mistake(0, "sigmoid(x)*(1 - sigmoid(x))", lambda x, y: _sigmoid(x) * _sigmoid(-x), "whose slope is that: of softplus, or of sigmoid?"),
    Mistake(0, "1 - sigmoid(x)", lambda x, y: _sigmoid(-x), "which way does softplus flatten out?"),
    Mistake(0, "sigmoid(softplus(x))", lambda x, y: _sigmoid(y), "is it the input or the output that goes in?"),
    Mistake(0, "exp(x)",         lambda x, y: math.exp(x),  "what does the outer logarithm do to the slope?"),
))
MAXIMUM = Op("maximum", max, _share_of_larger, ("1 if a > b else 0", "1 if b > a else 0"), slips=(
    Mistake(0, "1", lambda a, b, y: 1.0, "does the smaller one move the maximum?"),
    Mistake(1, "1", lambda a, b, y: 1.0, "does the smaller one move the maximum?"),
    Mistake(0, "0", lambda a, b, y: 0.0, "does the larger one move the maximum?"),
    Mistake(1, "0", lambda a, b, y: 0.0, "does the larger one move the maximum?"),
))
MINIMUM = Op("minimum", min, _share_of_smaller, ("1 if a < b else 0", "1 if b < a else 0"), slips=(
    Mistake(0, "1", lambda a, b, y: 1.0, "does the larger one move the minimum?"),
    Mistake(1, "1", lambda a, b, y: 1.0, "does the larger one move the minimum?"),
    Mistake(0, "0", lambda a, b, y: 0.0, "does the smaller one move the minimum?"),
    Mistake(1, "0", lambda a, b, y: 0.0, "does the smaller one move the minimum?"),
))


@lru_cache(maxsize=64)  # one operation a slope, however many nodes use it
def leaky_relu(slope: float) -> Op:
    """The leaky relu of one slope; its derivative at 0 is the slope, as in PyTorch."""
    return Op(
        "leaky_relu",
        lambda x: x if x > 0.0 else slope * x, lambda x, y: (1.0 if x > 0.0 else slope,),
        (f"1 if x > 0 else {slope:g}",), slips=(
            Mistake(0, "0 where x < 0",   lambda x, y: _step(x),                   "is that the rule of leaky_relu, or of relu?"),
            Mistake(0, "the sides exchanged", lambda x, y: slope if x > 0.0 else 1.0, "which side of zero leaks?"),
            Mistake(0, "1 where x < 0",   lambda x, y: 1.0,                        "how much gets through below zero?"),
            Mistake(0, "leaky_relu(x)",   lambda x, y: y,                          "is that leaky_relu itself, or its slope?"),
        ),
    )
# fmt: on


LEAKY_RELU = leaky_relu(0.01)

BUILT_IN = (
    ADD, SUBTRACT, MULTIPLY, DIVIDE, POWER, NEGATE, ABS, EXP, LOG, SQRT, SIN, COS, TANH, SIGMOID,
    RELU, LEAKY_RELU, SOFTPLUS, MAXIMUM, MINIMUM,
)  # fmt: skip


def op(
    name: str,
    forward: Forward,
    derivatives: Callable[..., Any],
    *,
    rule: str | Sequence[str] = (),
    domain: str = "",
    slips: Sequence[Mistake] = (),
) -> Op:
    """Declare an operation of your own, with any number of inputs.

    Args:
        name: how it is drawn.
        forward: `forward(*inputs) -> number`, on plain floats.
        derivatives: `derivatives(*inputs, output)` -> one local derivative an input (a bare number
            will do for one input); it may leave out the output if it has no use for it.
        rule: the derivative in words, one text an input, shown in hints and messages.
        domain: a sentence that says where it is defined, shown when it is not.
        slips: the mistakes people make with it, for the diagnosis.

    Returns:
        An `Op`: call it on Values or numbers and it makes one node.

    Raises:
        RuleError: the name is no text, or forward or derivatives cannot be called.

    Example:
        >>> from handgrad import Value, gradients
        >>> cube = op("cube", lambda x: x**3, lambda x, y: 3 * x**2, rule="3*x^2")
        >>> x = Value(2.0, "x")
        >>> gradients(cube(x))[x]
        12.0
    """
    if not isinstance(name, str) or not name:
        raise RuleError(f"op: the name must be a non-empty text, not {name!r}. Write op('cube', ...).")
    for what, function in (("forward", forward), ("derivatives", derivatives)):
        if not callable(function):
            raise RuleError(f"op {name!r}: {what} must be a function of the inputs, not {function!r}.")
    words = (rule,) if isinstance(rule, str) else tuple(rule)
    return Op(name, forward, _as_sequence_rule(name, forward, derivatives), words, domain, slips=tuple(slips))


def _as_sequence_rule(name: str, forward: Forward, derivatives: Callable[..., Any]) -> Derivatives:
    """The rule with its shape checked each time: one finite count of numbers, one an input."""
    takes_output = not _same_arity(forward, derivatives)

    def checked(*inputs_and_output: float) -> Sequence[float]:
        inputs = inputs_and_output[:-1]
        given = derivatives(*inputs_and_output) if takes_output else derivatives(*inputs)
        try:
            count = len(given)
        except TypeError:
            given, count = (given,), 1
        if count != len(inputs):
            raise RuleError(
                f"op {name!r}: derivatives gave {count} numbers for {len(inputs)} inputs. Return one local "
                "derivative for each input, in their order; with *args, the last argument is the output."
            )
        try:
            return [float(d) for d in given]
        except (TypeError, ValueError) as error:
            raise RuleError(f"op {name!r}: derivatives gave {given!r:.60}; each must be a number.") from error

    return checked


def _same_arity(forward: Forward, derivatives: Callable[..., Any]) -> bool:
    """Whether both take the same fixed number of arguments, so that the rule leaves out the output."""
    counts = []
    for function in (forward, derivatives):
        try:
            parameters = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):
            return False
        if any(p.kind is p.VAR_POSITIONAL for p in parameters):
            return False
        counts.append(sum(p.default is p.empty and p.kind is not p.KEYWORD_ONLY for p in parameters))
    return counts[0] == counts[1]
