"""The forward that a backward is compared with: the Function's own, or a readable one given as its reference."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.autograd.function import FunctionCtx
from torch.overrides import TorchFunctionMode

from ...arrays.edges import Floats
from ..errors import NotAReferenceError, OtherOutputError
from .numbers import COARSER, apart, in_tuple, is_asked_of, numbers_of
from .recording import Call
from .signature import has_setup_context, output_name
from .step import Place

Reference = Callable[..., Any]


class _Context(FunctionCtx):
    """A ctx for a forward that is called by itself."""

    needs_input_grad: tuple[bool, ...]


def _context(inputs: Sequence[Any]) -> _Context:
    context = _Context()
    context.needs_input_grad = tuple(isinstance(one, torch.Tensor) and one.requires_grad for one in inputs)
    return context


class Own:
    """A Function's own forward.

    Attributes:
        written: where it is written.
    """

    def __init__(self, call: Call) -> None:
        self.written: Any = call.function.forward
        self._function = call.function

    def values(self, inputs: Sequence[Any]) -> tuple[Any, ...]:
        """What comes out."""
        return in_tuple(self._function.apply(*inputs))

    def in_graph(self, inputs: Sequence[Any]) -> tuple[Any, ...]:
        """What comes out, with autograd's graph of the steps."""
        arguments = inputs if has_setup_context(self._function) else [_context(inputs), *inputs]
        return in_tuple(self._function.forward(*arguments))


class Readable:
    """A forward that was given as the reference of a Function; it takes what `apply` takes.

    Attributes:
        written: where it is written.
    """

    def __init__(self, call: Call, reference: Reference, count: int) -> None:
        """See the class.

        Args:
            count: how many outputs the Function has.

        Raises:
            NotAReferenceError: it takes other arguments.
        """
        self.written: Any = reference
        self._call, self._count = call, count
        self._refuse_other_arguments()

    def values(self, inputs: Sequence[Any]) -> tuple[Any, ...]:
        """What comes out, None for an output without a gradient that it does not give.

        Raises:
            NotAReferenceError: it raises something, or gives another number of outputs.
        """
        try:
            found = in_tuple(self.written(*inputs))
        except Exception as error:  # code of theirs may raise anything
            said = f"it raised {type(error).__name__}: {error}".splitlines()[0].rstrip(".: ")
            raise NotAReferenceError(self._function_name, self.name, said) from error
        asked = self._call.differentiable
        if len(found) == self._count:
            return found
        if len(found) != len(asked):
            said = f"it gives {_outputs(len(found))}, and {self._function_name} gives {self._count}"
            raise NotAReferenceError(self._function_name, self.name, said)
        placed = dict(zip(asked, found))
        return tuple(placed.get(place) for place in range(self._count))

    in_graph = values

    def refuse_other(self, outputs: Sequence[Any], others: Sequence[Any], *, is_coarse: Callable[[], bool]) -> None:
        """Refuse a reference whose output is not the Function's.

        Args:
            outputs: the Function's.
            others: the reference's for the same inputs.
            is_coarse: whether the Function works in single precision.

        Raises:
            NotAReferenceError: an output is no tensor, or one of another shape.
            OtherOutputError: an output has another number somewhere.
        """
        for place in self._call.differentiable:
            name = output_name(place, len(outputs))
            one, other = outputs[place], others[place]
            if not isinstance(other, torch.Tensor) or other.shape != one.shape:
                is_tensor = isinstance(other, torch.Tensor)
                given = f"shape {tuple(other.shape)}" if is_tensor else f"a {type(other).__name__}"
                said = f"its {name} is {given}, and that of {self._function_name} has shape {tuple(one.shape)}"
                raise NotAReferenceError(self._function_name, self.name, said)
            at = _first_apart(numbers_of(one), numbers_of(other), is_coarse)
            if at is not None:
                entry = f"{name}[{', '.join(map(str, at))}]" if at else name
                pair = float(numbers_of(one)[at]), float(numbers_of(other)[at])
                raise OtherOutputError(self._function_name, self.name, entry, *pair)

    @property
    def name(self) -> str:
        """What it is called."""
        return getattr(self.written, "__name__", type(self.written).__name__)

    @property
    def _function_name(self) -> str:
        return str(self._call.function.__name__)

    def _refuse_other_arguments(self) -> None:
        try:
            signature = inspect.signature(self.written)
        except (TypeError, ValueError):  # of one in C nothing is known
            return
        try:
            signature.bind(*self._call.inputs)
        except TypeError:
            given = len(self._call.inputs)
            arguments = f"{given} argument{'' if given == 1 else 's'}"
            said = f"it takes {signature}, and {self._function_name}.apply was given {arguments}"
            raise NotAReferenceError(self._function_name, self.name, said) from None


class Notes(TorchFunctionMode):
    """The numbers of the tensors that are made while it is on."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: dict[Place, Floats] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for one in result if isinstance(result, (tuple, list)) else (result,):
            if is_asked_of(one) and one.grad_fn is not None and one.layout is torch.strided:
                self.note(one)
        return result

    def note(self, tensor: torch.Tensor) -> None:
        self.numbers[tensor.grad_fn, tensor.output_nr] = numbers_of(tensor)


def _outputs(count: int) -> str:
    return f"{count} output{'' if count == 1 else 's'}"


def _first_apart(one: Any, other: Any, is_coarse: Callable[[], bool]) -> tuple[int, ...] | None:
    """Where two outputs differ most; None for nowhere."""
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    finite = np.where(np.isfinite(one) & np.isfinite(other), 1.0, 0.0) > 0
    first, second = np.where(finite, one, 0.0), np.where(finite, other, 0.0)
    off = ~same & (~finite | apart(second, first))
    if off.any() and is_coarse():
        off = ~same & (~finite | apart(second, first, COARSER))
    if not off.any():
        return None
    sizes = np.where(off, np.where(finite, np.abs(first - second), np.inf), -1.0)
    return tuple(int(n) for n in np.unravel_index(int(np.argmax(sizes)), sizes.shape))
