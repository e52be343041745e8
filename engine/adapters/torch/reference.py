"""A readable forward that was given as the reference of a Function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np
import torch

from ..errors import NotAReferenceError, OtherOutputError
from .numbers import COARSER, apart, in_tuple, numbers_of
from .recording import Call
from .signature import output_name

Reference = Callable[..., Any]


class Readable:
    """A reference, called with what `apply` takes."""

    def __init__(self, call: Call, reference: Reference, outputs: Sequence[Any]) -> None:
        """See the class.

        Args:
            outputs: the Function's.

        Raises:
            NotAReferenceError: it takes other arguments.
        """
        self._call, self._reference, self._outputs = call, reference, outputs
        try:
            signature = inspect.signature(reference)
        except (TypeError, ValueError):  # of one in C nothing is known
            return
        try:
            signature.bind(*call.inputs)
        except TypeError:
            arguments = _counted(len(call.inputs), "argument")
            self._refuse(f"it takes {signature}, and {call.function.__name__}.apply was given {arguments}")

    def __call__(self, inputs: Sequence[Any]) -> tuple[Any, ...]:
        """Return what comes out; None for an output that it leaves out.

        It may leave out what has no gradient.

        Raises:
            NotAReferenceError: it raises something, or gives another number of outputs.
        """
        try:
            found = in_tuple(self._reference(*inputs))
        except Exception as error:  # code of theirs may raise anything
            self._refuse(f"it raised {type(error).__name__}: {error}".splitlines()[0].rstrip(".: "), error)
        asked, count = self._call.differentiable, len(self._outputs)
        if len(found) not in (count, len(asked)):
            self._refuse(f"it gives {_counted(len(found), 'output')}, and {self._call.function.__name__} gives {count}")
        placed = dict(zip(range(count) if len(found) == count else asked, found))
        return tuple(placed.get(place) for place in range(count))

    def refuse_other(self, others: Sequence[Any], *, is_coarse: bool) -> None:
        """Refuse a reference whose output is not the Function's.

        Args:
            others: its outputs for the same inputs.
            is_coarse: whether the Function works in single precision.

        Raises:
            NotAReferenceError: an output is no tensor, or one of another shape.
            OtherOutputError: an output has another number somewhere.
        """
        function = self._call.function.__name__
        for place in self._call.differentiable:
            name, one, other = output_name(place, len(others)), self._outputs[place], others[place]
            if not isinstance(other, torch.Tensor) or other.shape != one.shape:
                is_tensor = isinstance(other, torch.Tensor)
                given = f"shape {tuple(other.shape)}" if is_tensor else f"a {type(other).__name__}"
                self._refuse(f"its {name} is {given}, and that of {function} has shape {tuple(one.shape)}")
            first, second = numbers_of(one), numbers_of(other)
            at = _most_apart(first, second, COARSER if is_coarse else 1.0)
            if at is not None:
                entry = f"{name}[{', '.join(map(str, at))}]" if at else name
                raise OtherOutputError(function, self._name, entry, float(first[at]), float(second[at]))

    @property
    def _name(self) -> str:
        return getattr(self._reference, "__name__", type(self._reference).__name__)

    def _refuse(self, why: str, error: Exception | None = None) -> NoReturn:
        raise NotAReferenceError(self._call.function.__name__, self._name, why) from error


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _most_apart(one: Any, other: Any, factor: float) -> tuple[int, ...] | None:
    """Return where two outputs differ most; None for nowhere."""
    finite = np.isfinite(one) & np.isfinite(other)
    first, second = np.where(finite, one, 0.0), np.where(finite, other, 0.0)
    off = ~((one == other) | (np.isnan(one) & np.isnan(other))) & (~finite | apart(second, first, factor))
    if not off.any():
        return None
    sizes = np.where(off, np.where(finite, np.abs(first - second), np.inf), -1.0)
    return tuple(int(n) for n in np.unravel_index(int(np.argmax(sizes)), sizes.shape))
