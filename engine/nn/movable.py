"""The parameters of any kind at which a loss is evaluated: Values, arrays, NumPy's, torch's tensors; and the answer.

Each is read once, moved along a direction, and put back; numbers without NumPy, all else in its float64.
"""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from ..errors import NotANumberError, NotFiniteError, UnfilledError
from ..loading import np
from ..names import is_object_array
from ..number import finite_float
from ..value import Value
from ..verdict import entries
from ..verdict.rounding import half_digit_typed
from .functional import ShapeError, a_type
from .optim import NotAParameterError, not_a_leaf

EPSILONS = {"float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}
"""What an addition in a type loses, as a share; of float64 where a type is not here."""

INSTEAD = "Give leaf Values, arrays of floats, tensors, lists or dicts of them, or a module that has them."


def epsilon(thing: Any) -> float:
    """Return the relative precision of a number, an array or a tensor."""
    return EPSILONS.get(str(getattr(thing, "dtype", "")).rpartition(".")[2], 2.0**-52)


def is_tensor(thing: Any) -> TypeGuard[Any]:
    return hasattr(thing, "detach") and hasattr(thing, "requires_grad")


def detach_tensor(thing: Any) -> Any:
    """Return a tensor as an array of NumPy, anything else as it is."""
    return thing.detach().cpu().double().numpy() if is_tensor(thing) else thing


class Movable:
    """A parameter: where it stands, its gradient as it is claimed, and how it is moved.

    Attributes:
        name: what it is called in a sentence.
        start: its number, or a copy of its array.
        grad: its gradient, in the same shape.
        epsilon: the precision it is held in.
    """

    def __init__(self, name: str, thing: Any, grad: Any, where: str) -> None:
        """Read a parameter, and refuse what may not be moved."""
        if isinstance(thing, Value):
            if not thing.is_leaf:
                raise not_a_leaf(thing, name, f"{where}(params)", INSTEAD)
            self.start: Any = thing.data.copy() if thing.shape else thing.data  # type: ignore[attr-defined]
        else:
            kind = str(thing.dtype)
            if "float" not in kind or not (thing.is_leaf if is_tensor(thing) else thing.flags.writeable):
                problem = f"holds {kind}" if "float" not in kind else "is computed, or may not be written to"
                raise NotAParameterError(f"{where}(params)", f"{name} {problem}", INSTEAD)
            self.start = detach_tensor(thing).astype(float)
        grad = getattr(thing, "grad", None) if grad is None else grad
        self.name, self.grad = name, read_gradient(grad, tuple(thing.shape), name, where)
        self.epsilon = epsilon(thing)
        self._thing = thing
        self._held: Any = getattr(thing, "grad", None)
        # A backward() within the loss adds to a tensor's grad where it lies.
        self._copied: Any = self._held.detach().clone() if is_tensor(self._held) else None

    def move(self, distance: float, direction: Any) -> None:
        """Put it `distance` along a direction away from where it stood."""
        self._write(self.start + distance * direction)

    def put_back(self) -> None:
        """Put it back, and the gradient that it held."""
        self._write(self.start)
        if hasattr(self._thing, "grad"):
            if self._copied is not None:
                self._held.detach().copy_(self._copied)
            self._thing.grad = self._held

    def _write(self, numbers: Any) -> None:
        if isinstance(self._thing, Value):
            self._thing.data = numbers
        elif is_tensor(self._thing):
            self._thing.data.copy_(self._thing.new_tensor(numbers, requires_grad=False))
        else:
            self._thing[...] = numbers

    def dot(self, direction: Any) -> float:
        """Return the gradient times a direction."""
        return _total(self.grad * direction)

    def rounding(self, direction: Any) -> float:
        """Return how far `dot` may be off where a person rounded what they typed."""
        half = half_digit_typed(self.grad) if isinstance(self.grad, float) else entries.half_digits(self.grad)
        return _total(abs(direction) * half)

    def size_squared(self) -> float:
        return _total(self.start * self.start)

    def draw_direction(self, generator: random.Random) -> Any:
        """Draw a direction in its shape, each number from the standard normal distribution."""
        if isinstance(self.start, float):
            return generator.gauss(0.0, 1.0)
        return np.random.default_rng(generator.getrandbits(64)).standard_normal(self.start.shape)


def _total(products: Any) -> float:
    return products if isinstance(products, float) else float(products.sum())


@contextlib.contextmanager
def restore_parameters(params: Any, grads: Any, where: str) -> Iterator[list[Movable]]:
    """Yield the parameters, each once; restore them at the end, whatever happens.

    Args:
        params: a leaf Value, an Array, an array of NumPy, a tensor; a list or a dict of these; or a module with
            `named_parameters()` or `parameters()`.
        grads: their gradients in the same order, or by the same names, or by node; None for what their `.grad` holds.
        where: the check, for errors.

    Raises:
        ShapeError: there is no parameter, or gradients and parameters do not pair.
        NotAParameterError: something cannot be moved.
        UnfilledError: a gradient is missing.
        NotANumberError, NotFiniteError: a gradient is no finite number.
    """
    found: dict[int, Movable] = {}
    for name, thing, grad in _pair(params, grads, where, ""):
        if id(thing) not in found:
            found[id(thing)] = Movable(name or f"{len(found)} of the parameters", thing, grad, where)
    if not found:
        raise ShapeError(f"{where}(params)", "one parameter or more", "none")
    parameters = list(found.values())
    try:
        yield parameters
    finally:
        for parameter in parameters:
            parameter.put_back()


def _pair(params: Any, grads: Any, where: str, name: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield each parameter with its name and its gradient, from whatever holds them."""
    if isinstance(params, Value) or is_tensor(params) or (_is_array(params) and not is_object_array(params)):
        name = getattr(params, "label", "") or name
        yield name, params, _gradient_by_name(grads, (params, name), where) if isinstance(grads, Mapping) else grads
    elif hasattr(params, "named_parameters"):
        named = dict(params.named_parameters())
        if grads is None:
            named = {key: parameter for key, parameter in named.items() if parameter.requires_grad}
        elif not isinstance(grads, Mapping):
            grads = dict(zip(named, _check_count(grads, len(named), where)))
        yield from _pair(named, grads, where, name)
    elif callable(getattr(params, "parameters", None)):
        yield from _pair(params.parameters(), grads, where, name)
    elif isinstance(params, Mapping):
        if grads is not None and not isinstance(grads, Mapping):
            raise ShapeError(f"{where}(grads)", "a dict with the names of the parameters", a_type(grads))
        for key, thing in params.items():
            grad = None if grads is None else _gradient_by_name(grads, (key, f"d{key}", thing), where)
            yield from _pair(thing, grad, where, str(key))
    elif isinstance(params, Iterable) and not isinstance(params, (str, bytes)):
        things = params.ravel().tolist() if _is_array(params) else list(params)
        is_shared = grads is None or isinstance(grads, Mapping)
        each = [grads] * len(things) if is_shared else _check_count(grads, len(things), where)
        for place, (thing, grad) in enumerate(zip(things, each)):
            yield from _pair(thing, grad, where, f"{name}[{place}]" if name else "")
    else:
        raise NotAParameterError(f"{where}(params)", f"{a_type(params)} cannot be moved", INSTEAD)


def _is_array(thing: Any) -> TypeGuard[Any]:
    return type(thing).__module__ == "numpy" and hasattr(thing, "ravel")


def _check_count(grads: Any, count: int, where: str) -> list[Any]:
    """Return as many gradients as there are parameters, or raise ShapeError."""
    if not isinstance(grads, Iterable) or isinstance(grads, (str, bytes)):
        raise ShapeError(f"{where}(grads)", f"{count} gradients, one a parameter", a_type(grads))
    listed = grads.ravel().tolist() if _is_array(grads) and is_object_array(grads) else list(grads)
    if len(listed) != count:
        raise ShapeError(f"{where}(grads)", f"{count} gradients, one a parameter", str(len(listed)))
    return listed


def _gradient_by_name(grads: Mapping[Any, Any], keys: Iterable[Any], where: str) -> Any:
    """Return the gradient under the first key that is there."""
    name = ""
    for key in keys:
        name = name or (key if isinstance(key, str) else getattr(key, "label", ""))
        with contextlib.suppress(TypeError):  # a NumPy array is no key
            if key in grads:
                return grads[key]
    raise UnfilledError(name or "a parameter", where)


def read_gradient(grad: Any, shape: tuple[int, ...], name: str, where: str) -> Any:
    """Return a gradient as a float, or as a float64 array of the parameter's shape."""
    if grad is None:
        raise UnfilledError(name, where)
    where = f"{where}: grad of {name}"
    grad = detach_tensor(grad.data if isinstance(grad, Value) else grad)
    if not shape:
        return finite_float(grad, where)
    numbers = entries.read_array(grad, shape)
    if numbers is None:
        given = getattr(grad, "shape", shape)
        if given != shape:
            raise ShapeError(where, f"shape {shape}", f"shape {given}")
        raise NotANumberError(grad, where, f"Give finite real numbers of shape {shape}.")
    if math.isnan(total := float(numbers.sum())):
        raise NotFiniteError(total, where)
    return numbers


@dataclass(frozen=True)
class Check:
    """The outcome of a sanity check; its truth value is `ok`, its text says what to look at.

    Attributes:
        ok: whether the check holds.
        message: one or two sentences: the numbers, and what class of bug a failure points at.
    """

    ok: bool
    message: str

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        return f"{'ok' if self.ok else 'FAILED'}: {self.message}"


def require_function(loss_fn: Any, where: str) -> None:
    """Raise NotANumberError where the loss is given instead of what computes it."""
    if not callable(loss_fn):
        raise NotANumberError(loss_fn, f"{where}(loss_fn)", "Give a function that computes the loss: lambda: loss(w).")


def loss_of(thing: Any, where: str) -> float:
    """Return the number that a loss is: a Value's, a tensor's, or itself."""
    return finite_float(thing.data if isinstance(thing, Value) else detach_tensor(thing), where)
