"""Value: a scalar node of the graph; its operators build the graph as they compute.

Start at `class Value`: `a * b` calls the method that `_infix` made of the operation `ops.MULTIPLY`. It
computes the number and remembers where it came from; `autodiff.py` walks that backward.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, SupportsFloat

from . import autodiff, ops
from .errors import DetachError, NotANumberError
from .loading import np
from .local import no_value
from .manual import Mode, constant_mode, current_mode
from .names import name_of
from .number import finite_float
from .outlets import picture_of

if TYPE_CHECKING:
    from .ops import Op


# Bound once: looked up each time, it would slow every new node.
_new = object.__new__


def _infix(op: Op) -> tuple[Callable[[Value, Any], Any], Callable[[Value, Any], Any]]:
    """Return the methods for `self op other` and `other op self`."""
    forward = op.forward

    def method(self: Value, other: Any) -> Any:
        if other.__class__ is not Value:
            other = _make_operand(other, op)
            if other is NotImplemented:
                return other
        try:
            data = forward(self._data, other._data)
        except (ArithmeticError, ValueError):
            raise no_value(op, (self, other)) from None
        if data - data != 0.0:  # nan or infinite
            raise no_value(op, (self, other))
        # `fill_slots` written out: most nodes are made here, and the call would be a sixth of the time.
        node: Value = _new(Value)
        node._data = data
        node._mode = mode = current_mode()
        node.grad = mode.initial_grad
        node.label = ""
        node.op = op
        node._first = self
        node._second = other
        node._rest = ()
        node._visit = None
        return node

    def reflect(self: Value, other: Any) -> Any:
        other = _make_operand(other, op)
        return other if other is NotImplemented else method(other, self)

    return method, reflect


def _unary(op: Op) -> Callable[[Value], Value]:
    """Return the method for an operation of one input."""
    forward = op.forward

    def method(self: Value) -> Value:
        try:
            data = forward(self._data)
        except (ArithmeticError, ValueError):
            raise no_value(op, (self,)) from None
        return fill_slots(_new(Value), data, op, self)

    method.__doc__ = f"{op.name}(x); its derivative is {op.rule[0]}. {op.domain}".strip()
    return method


def _comparison(sign: str, compare: Callable[[float, float], Any]) -> Callable[[Value, Any], bool]:
    """Return the method that compares two nodes by their data."""

    def method(self: Value, other: Any) -> bool:
        number = other._data if isinstance(other, Value) else other
        if getattr(number, "ndim", 0):
            return NotImplemented
        for node in (self, other) if isinstance(other, Value) else (self,):
            node._mode = node._mode.after_comparison
        return bool(compare(self._data, finite_float(number, f"a comparison with '{sign}'")))

    return method


def detaching(call: str, instead: str = "") -> Callable[..., Any]:
    """Return the method that would make plain numbers of a node."""

    def method(self: Value, *_: Any, **__: Any) -> Any:
        raise DetachError(name_of(self), self._data, call, instead)

    return method


def name_methods(kind: type) -> type:
    """Call each method that was made by a function after the attribute that holds it."""
    for name, held in vars(kind).items():
        if "<locals>" in getattr(held, "__qualname__", ""):
            held.__name__, held.__qualname__ = name, f"{kind.__qualname__}.{name}"
    return kind


def fill_slots(
    node: Any,
    data: Any,
    op: Op | None = None,
    first: Any = None,
    second: Any = None,
    rest: tuple[Value, ...] = (),
    label: str = "",
) -> Any:
    """Fill the slots of a new node, and return it: quicker than a constructor."""
    node._data = data
    node._mode = current_mode()
    node.grad = node.initial_grad
    node.label = label
    node.op = op
    node._first = first
    node._second = second
    node._rest = rest
    node._visit = None
    return node


@name_methods
class Value:
    """One number of a computation, the operation that made it and the nodes it was made from.

    Equality and hash are identity; `<`, `<=`, `>`, `>=` compare data.

    Attributes:
        grad: d root / d this node: what `backward()` added up, or what a person wrote. 0.0 at
            first, or None (not filled in yet) in manual mode. Anything may be assigned, and
            `compare` says what is wrong with it.
        label: the node's name, "" for none.
        op: the operation that made the node; None for a leaf.

    Examples:
        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> c = a * b + a
        >>> c.backward()
        >>> c.data, a.grad, b.grad
        (-4.0, -2.0, 2.0)
    """

    # Slots, and the operands as two fields and a rest, because what a big graph costs is mostly the
    # garbage collector's visit to each object: a dict or a tuple a node would double that.
    __slots__ = (
        "_data", "grad", "label", "op", "_first", "_second", "_rest", "_mode", "_visit", "_scratch",
    )  # fmt: skip

    _data: Any
    grad: Any
    label: str
    op: Op | None
    _first: Value | None
    _second: Value | None
    _rest: tuple[Value, ...]
    _mode: Mode
    _visit: object
    _scratch: Any

    def __init__(self, data: SupportsFloat, label: str = "") -> None:
        """Make a leaf.

        Args:
            data: a finite real number: int, float, a numpy real scalar or 0-d array.
            label: the name shown for it.

        Raises:
            NotANumberError: `data` is something else (a bool, str, complex, Value ...), or `label`
                is not a text.
            NotFiniteError: `data` is nan or infinite.
        """
        number = finite_float(data, "Value(data)")
        if not isinstance(label, str):
            raise NotANumberError(label, "Value(data, label)", 'A label is a text: Value(2.0, "a").')
        fill_slots(self, number, label=label)

    @property
    def data(self) -> float:
        """The number. Assigning another one (a descent step on a leaf, say) takes a finite real number."""
        return self._data

    @data.setter
    def data(self, number: SupportsFloat) -> None:
        self._data = finite_float(number, f"data of {name_of(self)}")

    shape: tuple[int, ...] = ()
    """() for a number; an `arrays.Array` has another."""

    is_node = True

    @property
    def operands(self) -> tuple[Value, ...]:
        """The nodes this one was made from, in order, with duplicates; () for a leaf."""
        if self._first is None:  # an operation on more than two nodes, or on arrays
            return self._rest
        return (self._first,) if self._second is None else (self._first, self._second)

    @property
    def is_leaf(self) -> bool:
        """Whether no operation made it."""
        return self.op is None

    @property
    def is_constant(self) -> bool:
        """Whether it is a bare number of an expression; its gradient is never asked for."""
        return self._mode.is_constant

    @property
    def initial_grad(self) -> float | None:
        """The grad before a gradient has arrived: 0.0, or None in manual mode."""
        return self._mode.initial_grad

    @staticmethod
    def constant(number: float, label: str = "") -> Value:
        """Return a leaf whose gradient is never asked for, like a bare number."""
        made = Value(number, label)
        made._mode = constant_mode()
        return made

    @property
    def is_manual(self) -> bool:
        """Whether it was made in manual mode."""
        return self._mode.is_manual

    def backward(self) -> None:
        """Add d self / d node to the grad of every node below, and 1 to its own.

        A second call adds the same numbers again.

        Raises:
            ManualModeError: a node of the graph was made in manual mode.
            DomainError: an operation has no finite derivative where it stands.
        """
        autodiff.backward(self)

    __add__, __radd__ = _infix(ops.ADD)
    __sub__, __rsub__ = _infix(ops.SUBTRACT)
    __mul__, __rmul__ = _infix(ops.MULTIPLY)
    __truediv__, __rtruediv__ = _infix(ops.DIVIDE)
    __pow__, __rpow__ = _infix(ops.POWER)
    __neg__ = _unary(ops.NEGATE)
    __abs__ = _unary(ops.ABS)

    exp, expm1 = _unary(ops.EXP), _unary(ops.EXPM1)
    log, log1p = _unary(ops.LOG), _unary(ops.LOG1P)
    sqrt = _unary(ops.SQRT)
    sin, cos, arctan = _unary(ops.SIN), _unary(ops.COS), _unary(ops.ARCTAN)
    tanh, sigmoid, erf = _unary(ops.TANH), _unary(ops.SIGMOID), _unary(ops.ERF)
    relu, softplus = _unary(ops.RELU), _unary(ops.SOFTPLUS)
    sign = _unary(ops.SIGN)

    def __pos__(self) -> Value:
        return self

    def leaky_relu(self, slope: float = 0.01) -> Value:
        """Return x where x > 0, else slope * x; the derivative at 0 is the slope."""
        return apply(ops.leaky_relu(finite_float(slope, "leaky_relu(slope)")), (self,))

    def clip(self, min: Any = None, max: Any = None, out: None = None) -> Any:
        """Return the number brought between two bounds, None for none; the slope at them is 1.

        A bound that is a node itself makes a `maximum` or a `minimum`; `np.clip` calls this, and passes an `out` on.

        Raises:
            NotANumberError: a bound is neither a number nor a node, there is none, or `out` is given.
        """
        if out is not None or (min is None and max is None):
            raise NotANumberError(out, "clip(min, max)", "Give a bound or two, and no out: the result is a node.")
        if isinstance(min, Value) or isinstance(max, Value):
            at_least = self if min is None else self.maximum(min)
            return at_least if max is None else at_least.minimum(max)
        if getattr(min, "ndim", 0) or getattr(max, "ndim", 0):  # between each two, as NumPy broadcasts them
            return np.frompyfunc(self.clip, 2, 1)(min, max)
        lowest = -math.inf if min is None else finite_float(min, "clip(min, max)")
        highest = math.inf if max is None else finite_float(max, "clip(min, max)")
        return apply(ops.clip(lowest, highest), (self,))

    def logaddexp(self, other: Value | float) -> Value:
        """Return log(exp(self) + exp(other)), without overflow."""
        return apply(ops.LOGADDEXP, (self, other))

    def maximum(self, other: Value | float) -> Value:
        """Return the larger; at a tie each has half the gradient, as in PyTorch."""
        return apply(ops.MAXIMUM, (self, other))

    def minimum(self, other: Value | float) -> Value:
        """Return the smaller; at a tie each has half the gradient, as in PyTorch."""
        return apply(ops.MINIMUM, (self, other))

    __lt__, __le__ = _comparison("<", operator.lt), _comparison("<=", operator.le)
    __gt__, __ge__ = _comparison(">", operator.gt), _comparison(">=", operator.ge)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        from .arrays.protocols import call_ufunc_on_values  # NumPy is loaded by whoever comes here, and by nobody else

        return call_ufunc_on_values(ufunc, method, inputs, kwargs)

    __float__, __int__, __complex__ = detaching("float(v)"), detaching("int(v)"), detaching("complex(v)")
    __round__, __trunc__ = detaching("round(v)"), detaching("math.trunc(v)")

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def _repr_html_(self) -> str | None:
        """Return the picture of its graph for a notebook; None where nothing installed draws it."""
        return picture_of(self) or None

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        # A grad that is no number is not unfolded: two nodes assigned to one another would never end.
        grad = repr(self.grad) if isinstance(self.grad, (int, float, type(None))) else f"<{type(self.grad).__name__}>"
        return f"Value(data={self._data!r}, grad={grad}{label})"


def apply(op: Op, operands: Sequence[Value | float]) -> Value:
    """Return the node of any operation with any number of operands; see `Op.__call__`."""
    if not operands:
        raise NotANumberError((), f"{op.name}()", "Give it at least one Value.")
    nodes = []
    for operand in operands:
        node = _make_operand(operand, op)
        if node is NotImplemented:
            raise NotANumberError(operand, f"an operand of {op.name}", "Give a Value or a real number.")
        if node.shape:
            return node.apply_to_entries(op, operands)
        nodes.append(node)
    try:
        data = finite_float(op.forward(*[node._data for node in nodes]), f"the forward of {op.name}")
    except (ArithmeticError, ValueError) as error:  # NotFiniteError among them
        raise no_value(op, nodes) from error
    return fill_slots(_new(Value), data, op, *(nodes if len(nodes) < 3 else (None, None, tuple(nodes))))


ops.Op.make = staticmethod(apply)


def _make_operand(thing: Any, op: Op) -> Any:
    """Return a Value as it is, a number as a constant, NotImplemented for other classes' operands."""
    if isinstance(thing, Value):
        return thing
    if getattr(thing, "ndim", 0):
        return NotImplemented
    return Value.constant(finite_float(thing, f"an operand of '{op.name}'"), str(thing))
