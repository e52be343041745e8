"""A readable forward that was given as the reference of a Function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np
import torch

from ..errors import NotAReferenceError, OtherOutputError
from .recording import Call, output_name
from .tensors import apart, ensure_tuple, numbers_of


class Readable:
    """A reference, called with what `apply` takes; NotAReferenceError where it cannot stand for the forward."""

    def __init__(self, call: Call, reference: Callable[..., Any], outputs: Sequence[Any]) -> None:
        self._call, self._reference, self._outputs = call, reference, outputs

    def __call__(self, inputs: Sequence[Any]) -> tuple[Any, ...]:
        """Return what comes out; None for an output that it leaves out, which it may where that has no gradient."""
        try:
            found = ensure_tuple(self._reference(*inputs))
        except Exception as error:  # code of theirs may raise anything
            self._refuse(f"it raised {type(error).__name__}: {error}".splitlines()[0].rstrip(".: "), error)
        asked, count = self._call.differentiable, len(self._outputs)
        if len(found) not in (count, len(asked)):
            outputs = f"{len(found)} output{'' if len(found) == 1 else 's'}"
            self._refuse(f"it gives {outputs}, and {self._call.name} gives {count}")
        placed = dict(zip(range(count) if len(found) == count else asked, found))
        return tuple(placed.get(place) for place in range(count))

    def refuse_other(self, others: Sequence[Any], factor: float) -> None:
        """Refuse a reference whose outputs are not the Function's; they are compared so much coarser than doubles."""
        for place in self._call.differentiable:
            name, one, other = output_name(place, len(others)), self._outputs[place], others[place]
            if not isinstance(other, torch.Tensor) or other.shape != one.shape:
                is_tensor = isinstance(other, torch.Tensor)
                given = f"shape {tuple(other.shape)}" if is_tensor else f"a {type(other).__name__}"
                self._refuse(f"its {name} is {given}, and that of {self._call.name} has shape {tuple(one.shape)}")
            first, second = numbers_of(one), numbers_of(other)
            at = _most_apart(first, second, factor)
            if at is not None:
                entry = f"{name}[{', '.join(map(str, at))}]" if at else name
                raise OtherOutputError(self._call.name, self._name, entry, float(first[at]), float(second[at]))

    @property
    def _name(self) -> str:
        return getattr(self._reference, "__name__", type(self._reference).__name__)

    def _refuse(self, why: str, error: Exception | None = None) -> NoReturn:
        raise NotAReferenceError(self._call.name, self._name, why) from error


def _most_apart(one: Any, other: Any, factor: float) -> tuple[int, ...] | None:
    """Return where two outputs differ most; None for nowhere."""
    finite = np.isfinite(one) & np.isfinite(other)
    first, second = np.where(finite, one, 0.0), np.where(finite, other, 0.0)
    off = ~((one == other) | (np.isnan(one) & np.isnan(other))) & (~finite | apart(second, first, factor))
    sizes = np.where(off, np.where(finite, np.abs(first - second), np.inf), -1.0)
    return tuple(map(int, np.unravel_index(int(np.argmax(sizes)), sizes.shape))) if off.any() else None
