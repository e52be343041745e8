"""Every operation as data: its forward rule and its local derivatives.

This file is the page of calculus that the rest of handgrad reads. An operation never touches
a gradient; it says, for given inputs and output, the derivative of the output by each input.
`autodiff` multiplies these by the upstream gradient and adds them up.

A derivative is written so that it can be read three ways: with floats it gives the number, with
NumPy arrays the number of each entry, and with nodes it builds their graph, which can be
differentiated again.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from .graph import is_node
from .manual import require_rules

if TYPE_CHECKING:
    from .value import Value

Forward = Callable[..., Any]
Derivatives = Callable[..., Sequence[Any]]


class Op:
    """One operation; make your own with `op`.

    Attributes:
        name: how it is written and drawn: "*" or "tanh".
        forward: the inputs' numbers -> the output's number.
        rule: the local derivatives as a person writes them, one an input, in terms of the inputs
            (x, or a and b) and the output y.
        domain: where it is defined, as a sentence; "" if everywhere.
        precedence: how tightly an infix operation binds; 0 for one written as a call.
        slips: the mistakes people make with an operation of your own; those of the built-in ones
            stand in `slips.mistakes`.
        cancelling: (inputs..., output) -> for each input the summed sizes of the terms that its local
            derivative is computed from, for a rule in which they cancel, as in 1 - y*y of a tanh near 1:
            its roundings are a share of these, and not of what is left. None for a rule without such terms.
    """

    __slots__ = ("name", "forward", "_local", "rule", "domain", "precedence", "slips", "cancelling")

    quiet: ClassVar[Any] = None
    """For a sweep through arrays, what keeps NumPy's warnings off; None for numbers."""

    make: ClassVar[Callable[..., Any]]
    """(operation, operands) -> the node; `value` and `arrays.making` know what a node is, and put theirs here."""

    def __init__(
        self,
        name: str,
        forward: Forward,
        derivatives: Derivatives,
        rule: tuple[str, ...] = (),
        domain: str = "",
        precedence: int = 0,
        slips: tuple[Any, ...] = (),
        cancelling: Derivatives | None = None,
    ) -> None:
        self.name, self.forward, self._local = name, forward, derivatives
        self.rule, self.domain, self.precedence, self.slips = rule, domain, precedence, slips
        self.cancelling = cancelling

    @property
    def derivatives(self) -> Derivatives:
        """(inputs..., output) -> one local derivative an input.

        Where there is none it raises an ArithmeticError or ValueError, or gives nan for the input
        concerned; that is an error only where the input is not a constant.

        Raises:
            ByHandError: an exercise is to be done without them.
        """
        require_rules()
        return self._local

    def __str__(self) -> str:
        return self.name

    def __call__(self, *operands: Value | float) -> Value:
        """Apply the operation to nodes or numbers; the result is one node.

        Raises:
            NotANumberError: an operand is neither a node nor a real number.
            DomainError: the operation has no finite value there.
        """
        return self.make(self, operands)


def _function(name: str) -> Callable[[Any], Any]:
    """Return a function by its name, for a float (Python's), a node, or an array (NumPy's)."""
    of_a_float = getattr(math, name)

    def function(x: Any) -> Any:
        if isinstance(x, float):
            return of_a_float(x)
        of_a_node = getattr(x, name, None)
        # Whoever has an array has imported NumPy: numbers alone do without it.
        return getattr(sys.modules["numpy"], name)(x) if of_a_node is None else of_a_node()

    return function


exp, log, sin, cos, tanh = (_function(name) for name in ("exp", "log", "sin", "cos", "tanh"))


def _power_derivatives(x: Any, n: Any, y: Any) -> tuple[Any, Any]:
    """Return both derivatives of x**n, nan where there is none: x**2 may have x < 0."""
    if is_node(y):  # no node for a derivative that nobody asks for
        return n * x ** (n - 1.0) if is_node(x) else math.nan, y * log(x) if is_node(n) else math.nan
    if not isinstance(y, float):
        return n * x ** (n - 1.0), y * log(x)
    has_slope = n == 0.0 or x != 0.0 or n >= 1.0
    by_base = (n * math.pow(x, n - 1.0) if n else 0.0) if has_slope else math.nan
    if x > 0.0:
        return by_base, y * math.log(x)
    return by_base, 0.0 if x == 0.0 and n > 0.0 else math.nan


def sigmoid(x: Any) -> Any:
    """Compute 1 / (1 + exp(-x)) without overflow, keeping the digits of small results."""
    if not isinstance(x, float):
        if hasattr(x, "sigmoid"):  # softplus of a node has a slope that is a node
            return x.sigmoid()
        np = sys.modules["numpy"]
        e = np.exp(-abs(x))
        return np.where(x >= 0.0, 1.0, e) / (1.0 + e)
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def _logaddexp(a: float, b: float) -> float:
    return max(a, b) + math.log1p(math.exp(-abs(a - b)))


def step(x: Any) -> Any:
    """Return 1 where x > 0, else 0."""
    return (x > 0.0) * 1.0


def _sign(x: Any) -> Any:
    return (x > 0.0) * 1.0 - (x < 0.0) * 1.0


def _share_of_larger(a: Any, b: Any, y: Any) -> tuple[Any, Any]:
    share = (a > b) * 0.5 + (a >= b) * 0.5
    return share, 1.0 - share


# fmt: off
ADD      = Op("+", operator.add, lambda a, b, y: (1.0, 1.0), ("1", "1"), precedence=1)
SUBTRACT = Op("-", operator.sub, lambda a, b, y: (1.0, -1.0), ("1", "-1"), precedence=1)
MULTIPLY = Op("*", operator.mul, lambda a, b, y: (b, a), ("b", "a"), precedence=2)
DIVIDE   = Op("/", operator.truediv, lambda a, b, y: (1.0 / b, -y / b), ("1/b", "-a/b^2"),
              "Division needs a denominator that is not 0.", precedence=2)
POWER    = Op("**", math.pow, _power_derivatives, ("b*a^(b-1)", "y*log(a)"),
              "A base below 0 needs a whole, constant exponent; 0 ** n needs n >= 0, and n >= 1 for a slope.", precedence=4)
NEGATE   = Op("neg", operator.neg, lambda x, y: (-1.0,), ("-1",), precedence=3)
ABS      = Op("abs", abs, lambda x, y: (_sign(x),), ("sign(x)",))
SIGN     = Op("sign", _sign, lambda x, y: (0.0,), ("0",))
EXP      = Op("exp", math.exp, lambda x, y: (y,), ("exp(x)",), "exp overflows above 709.78.")
EXPM1    = Op("expm1", math.expm1, lambda x, y: (y + 1.0,), ("exp(x)",), "exp overflows above 709.78.",
              cancelling=lambda x, y: (1.0 + abs(y),))
LOG      = Op("log", math.log, lambda x, y: (1.0 / x,), ("1/x",), "log needs a number above 0.")
LOG1P    = Op("log1p", math.log1p, lambda x, y: (1.0 / (1.0 + x),), ("1/(1 + x)",), "log1p needs a number above -1.")
LOGADDEXP = Op("logaddexp", _logaddexp, lambda a, b, y: (exp(a - y), exp(b - y)), ("exp(a - y)", "exp(b - y)"))
SQRT     = Op("sqrt", math.sqrt, lambda x, y: (0.5 / y,), ("1/(2*sqrt(x))",),
              "sqrt needs a number of 0 or more, and has no slope at 0.")
SIN      = Op("sin", math.sin, lambda x, y: (cos(x),), ("cos(x)",))
COS      = Op("cos", math.cos, lambda x, y: (-sin(x),), ("-sin(x)",))
ARCTAN   = Op("arctan", math.atan, lambda x, y: (1.0 / (1.0 + x * x),), ("1/(1 + x^2)",))
TANH     = Op("tanh", math.tanh, lambda x, y: (1.0 - y * y,), ("1 - tanh(x)^2",),
              cancelling=lambda x, y: (1.0 + y * y,))
SIGMOID  = Op("sigmoid", sigmoid, lambda x, y: (y * (1.0 - y),), ("y*(1 - y)",),
              cancelling=lambda x, y: (y * (1.0 + y),))
ERF      = Op("erf", math.erf, lambda x, y: (2.0 / math.sqrt(math.pi) * exp(-(x * x)),), ("2/sqrt(pi)*exp(-x^2)",))
RELU     = Op("relu", lambda x: x if x > 0.0 else 0.0, lambda x, y: (step(x),), ("1 if x > 0 else 0",))
SOFTPLUS = Op("softplus", lambda x: _logaddexp(x, 0.0), lambda x, y: (sigmoid(x),), ("sigmoid(x)",))
MAXIMUM  = Op("maximum", max, _share_of_larger, ("1 if a > b else 0", "1 if b > a else 0"))
MINIMUM  = Op("minimum", min, lambda a, b, y: _share_of_larger(b, a, y), ("1 if a < b else 0", "1 if b < a else 0"))
# fmt: on


@lru_cache(maxsize=64)  # one operation a slope, however many nodes use it
def leaky_relu(slope: float) -> Op:
    """Return the leaky relu of one slope, which is its derivative at 0 too, as in PyTorch."""
    return Op(
        "leaky_relu",
        lambda x: x if x > 0.0 else slope * x,
        lambda x, y: (slope + (1.0 - slope) * step(x),),
        (f"1 if x > 0 else {slope:g}",),
    )


LEAKY_RELU = leaky_relu(0.01)


@lru_cache(maxsize=64)
def clip(lowest: float, highest: float) -> Op:
    """Return the operation that brings a number between two bounds; slope 1 between and at them, as PyTorch's."""
    return Op(
        "clip",
        lambda x: min(max(x, lowest), highest),
        lambda x, y: ((x >= lowest) * 1.0 * (x <= highest),),
        ("1 within the bounds",),
    )
