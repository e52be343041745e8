"""Array: a node of the graph that holds an array of numbers, where a Value holds one.

What it can do is written down elsewhere, an operation a record: `entrywise.py` has those of the page of
calculus, applied to each entry, `reductions.py` those along axes, `structure.py` those that move, pick and
join entries, `products.py` the products, and `functions.py` NumPy's names for all of them. `making.py` makes the nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from inspect import Parameter, Signature, signature
from typing import Any, ClassVar

import numpy as np

from .. import ops
from ..amounts import Floats, Shape, is_read_only
from ..errors import DetachError, NotANumberError, NotFiniteError
from ..names import name_of
from ..ops import Op
from ..value import Value, detaching, fill_slots, name_methods
from . import products, reductions, structure
from .edges import ArrayOp, Edge
from .entrywise import lift
from .refusals import OperandShapeError


def binary(op: ArrayOp) -> Any:
    """Return the methods for `self op other` and `other op self`."""

    def method(self: Array, other: Any) -> Any:
        return NotImplemented if isinstance(other, Edge) else op(self, other)

    def reflect(self: Array, other: Any) -> Any:
        return op(other, self)

    return method, reflect


def unary(op: Op) -> Any:
    def method(self: Array) -> Any:
        return lift(op)(self)

    method.__doc__ = f"{op.name} of each entry; its derivative is {op.rule[0]}. {op.domain}".strip()
    return method


def parametrized(operation: Any) -> Any:
    """Return the method for an operation that is made with parameters, which takes the same ones."""

    def method(self: Array, *args: Any, **kwargs: Any) -> Any:
        return operation(*args, **kwargs)(self)

    parameters = signature(operation).parameters.values()
    method.__signature__ = Signature([Parameter("self", Parameter.POSITIONAL_ONLY), *parameters])  # type: ignore[attr-defined]
    method.__doc__ = operation.__doc__
    return method


def comparison(function: Any) -> Any:
    def method(self: Array, other: Any) -> Any:
        for node in (self, other) if isinstance(other, Value) else (self,):
            node._mode = node._mode.after_comparison
        return function(self._data, other._data if isinstance(other, Value) else other)

    return method


_INTO_ARRAYS = "To put arrays together write np.stack, np.concatenate or np.where, whose results are nodes."


@name_methods
class Array(Value):
    """An array of numbers as one node of the graph; make a leaf with `array`.

    Every operation on it gives a node of its own: an Array, or a Value where the result has shape (). It
    knows NumPy's operators and functions. Equality and hash are identity; `<` and the like compare data.

    Attributes:
        grad: the gradient, an array of the same shape; None until a person or `backward()` has filled it in.
            Assigning an array keeps a copy, but for one that nothing can write into; a wrong shape is kept too, for
            `compare` to say so.
        label: the array's name, "" for none.
    """

    __slots__ = ("_grad",)

    _data: Floats
    _grad: Any

    __array_ufunc__: ClassVar[Any]
    __array_function__: ClassVar[Any]
    """NumPy's two protocols; `protocols` knows its functions, and puts both here."""

    def __init__(self, data: Any, label: str = "") -> None:
        """Make a leaf.

        Args:
            data: finite real numbers in a shape other than (), as NumPy takes them.
            label: its name.

        Raises:
            NotANumberError: it holds something else, or has shape (), or `label` is not a text.
            NotFiniteError: an entry is nan or infinite.
        """
        given = np.asarray(data)
        if not given.ndim:
            raise NotANumberError(
                data, "Array(data)", "Give an array with one axis or more; Value(2.0) is for a number."
            )
        if not isinstance(label, str):
            raise NotANumberError(label, "the name of an array", 'A label is a text: array(data, label="W1").')
        fill_slots(self, copy_floats(given, "array(data)"), label=label)

    @property
    def data(self) -> Any:
        """The numbers; assign finite real numbers of the same shape, as in a descent step on a leaf."""
        return self._data

    @data.setter
    def data(self, numbers: Any) -> None:
        given = copy_floats(np.asarray(numbers), f"data of {name_of(self)}")
        if given.shape != self.shape:
            raise OperandShapeError(
                "data", [(name_of(self), self.shape)], f"the numbers given have shape {given.shape}."
            )
        self._data = given

    @property
    def grad(self) -> Any:
        if isinstance(self._grad, np.ndarray) and not self._grad.flags.writeable and not is_read_only(self._grad):
            self._grad = self._grad.copy()  # other nodes share it
        return self._grad

    @grad.setter
    def grad(self, gradient: Any) -> None:
        is_mutable = isinstance(gradient, (np.ndarray, list, tuple)) and not is_read_only(gradient)
        try:
            self._grad = np.array(gradient) if is_mutable else gradient
        except ValueError:  # lists of different lengths: `compare` says so
            self._grad = gradient

    @property
    def initial_grad(self) -> None:
        return None

    @property
    def shape(self) -> Shape:  # type: ignore[override]
        return self._data.shape

    @property
    def ndim(self) -> int:
        return self._data.ndim

    @property
    def size(self) -> int:
        return self._data.size

    @property
    def dtype(self) -> np.dtype[np.float64]:
        return self._data.dtype

    def apply_to_entries(self, op: Op, operands: Sequence[Any]) -> Any:
        """Return the node of an operation on numbers, applied to each entry; see `Op.__call__`."""
        return lift(op)(*operands)

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self._data)))

    def __eq__(self, other: Any) -> Any:
        """Compare data with numbers entry by entry; with another node, return whether it is this one."""
        if isinstance(other, (int, float, np.ndarray, np.generic)):
            return self._data == other
        return self is other

    def __ne__(self, other: Any) -> Any:
        is_equal = self == other
        return not is_equal if isinstance(is_equal, bool) else ~is_equal

    __hash__ = Value.__hash__

    __float__, __int__, __complex__ = detaching("float(x)"), detaching("int(x)"), detaching("complex(x)")
    __round__, __trunc__ = detaching("round(x)"), detaching("math.trunc(x)")
    item, tolist = detaching("x.item()"), detaching("x.tolist()")
    __bool__ = detaching("bool(x), as in `if x:`,", "A condition takes all or any of the entries: (x.data > 0).all().")
    __array__ = detaching("np.asarray(x), or writing x into an array of plain numbers,", _INTO_ARRAYS)
    __setitem__ = detaching("x[...] = ...", f"A node's numbers are settled once it is used. {_INTO_ARRAYS}")

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        grad = "None" if self.grad is None else f"<{type(self.grad).__name__}>"
        return f"Array(shape={self.shape}, grad={grad}{label})"

    __add__, __radd__ = binary(lift(ops.ADD))
    __sub__, __rsub__ = binary(lift(ops.SUBTRACT))
    __mul__, __rmul__ = binary(lift(ops.MULTIPLY))
    __truediv__, __rtruediv__ = binary(lift(ops.DIVIDE))
    __pow__, __rpow__ = binary(lift(ops.POWER))
    __matmul__, __rmatmul__ = binary(products.MATMUL)
    __neg__, __abs__, sign = unary(ops.NEGATE), unary(ops.ABS), unary(ops.SIGN)
    exp, expm1, log, log1p = unary(ops.EXP), unary(ops.EXPM1), unary(ops.LOG), unary(ops.LOG1P)
    sqrt, sin, cos, arctan = unary(ops.SQRT), unary(ops.SIN), unary(ops.COS), unary(ops.ARCTAN)
    tanh, sigmoid, erf = unary(ops.TANH), unary(ops.SIGMOID), unary(ops.ERF)
    relu, softplus = unary(ops.RELU), unary(ops.SOFTPLUS)
    __lt__, __le__ = comparison(np.less), comparison(np.less_equal)
    __gt__, __ge__ = comparison(np.greater), comparison(np.greater_equal)

    def __getitem__(self, index: Any) -> Any:
        return structure.pick(index)(self)

    sum, mean = parametrized(reductions.total), parametrized(reductions.mean)
    max, min = parametrized(reductions.largest), parametrized(reductions.smallest)
    prod, logsumexp = parametrized(reductions.product), parametrized(reductions.log_sum_exp)
    var, std = parametrized(reductions.var), parametrized(reductions.std)
    softmax, log_softmax = parametrized(reductions.softmax), parametrized(reductions.log_softmax)
    copy, squeeze = parametrized(structure.copy), parametrized(structure.squeeze)
    take, repeat = parametrized(structure.take), parametrized(structure.repeat)
    diagonal = parametrized(structure.diagonal)

    def cumsum(self, axis: int | None = None) -> Any:
        """Return the running sums along an axis; of all entries in a row for None."""
        return self.reshape(-1).cumsum(0) if axis is None else reductions.running_total(axis)(self)

    def argmax(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Return where the largest entries are, as plain whole numbers."""
        return self._data.argmax(axis, keepdims=keepdims)

    def argmin(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Return where the smallest entries are, as plain whole numbers."""
        return self._data.argmin(axis, keepdims=keepdims)

    def argsort(self, axis: int = -1) -> Any:
        """Return the order of the entries as plain integers; equal ones stay in their order."""
        return self._data.argsort(axis, kind="stable")

    def reshape(self, *shape: Any) -> Any:
        """Return the same entries, row by row, in another shape; one length may be -1."""
        return structure.reshape(shape[0] if len(shape) == 1 else shape)(self)

    view = reshape
    """PyTorch's name for it."""

    def ravel(self) -> Any:
        """Return the entries in one row."""
        return self.reshape(-1)

    flatten = ravel

    def transpose(self, *axes: Any) -> Any:
        """Return the axes in another order, reversed where none is given."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return structure.transpose(order or None)(self)

    @property
    def T(self) -> Any:
        """With its axes reversed."""
        return self.transpose()

    @property
    def mT(self) -> Any:
        """With its last two axes exchanged."""
        return self.swapaxes(-1, -2)

    def swapaxes(self, first: int, second: int) -> Any:
        """Exchange two axes."""
        order = list(range(self.ndim))
        order[first], order[second] = order[second], order[first]
        return self.transpose(order)

    def astype(self, dtype: Any) -> Any:
        """Return the same numbers; float64 is all that a node holds."""
        if np.dtype(dtype) != np.float64:
            raise DetachError(name_of(self), self._data, f"x.astype({np.dtype(dtype).name})")
        return self.copy()

    def dot(self, other: Any) -> Any:
        """Multiply as NumPy's dot does."""
        return products.dot(self, other)

    def clip(self, min: Any = None, max: Any = None, out: None = None) -> Any:
        """Bring each entry between two bounds; the slope is 1 between and at them."""
        return np.clip(self, min, max, out=out)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
        """Return the sum of the diagonal of two axes."""
        if self.ndim == 2 and (axis1, axis2) == (0, 1):
            return products.trace(self.shape, offset)(self)
        return self.diagonal(offset, axis1, axis2).sum(-1)


def copy_floats(given: Any, where: str, *, is_operand: bool = False) -> Floats:
    """Return finite numbers as floats; an operand may be truth values, and hold -inf, which is a mask."""
    if given.dtype.kind not in ("iufb" if is_operand else "iuf"):
        what = given.ravel()[0] if given.size else given
        raise NotANumberError(what, where, "Give an array of real numbers.")
    # A copy: what happens to the caller's array must not change the graph.
    numbers: Floats = given.astype(float, subok=False, copy=not is_read_only(given))
    if not np.isfinite(numbers).all():
        bad = numbers[~(np.isfinite(numbers) | (is_operand & np.isneginf(numbers)))]
        if bad.size:
            raise NotFiniteError(float(bad[0]), where)
    return numbers
