"""Tensors as NumPy's arrays of double precision, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ...arrays.edges import Floats, Shape, summed_to

RTOL, SHARE = 1e-5, 1e-7
"""How near two gradients must be: as a share of each entry, and of the largest."""
COARSER = 1e2
"""So much coarser is single precision."""


def numbers_of(tensor: torch.Tensor) -> Floats:
    """Return a copy of a tensor's numbers, in double precision.

    A complex number has its two parts along one more axis.
    """
    with torch.no_grad():
        plain = tensor.detach()
        plain = plain.to_dense() if plain.layout is not torch.strided else plain
        plain = torch.view_as_real(plain.resolve_conj()) if plain.is_complex() else plain
        found: Floats = np.array(plain.resolve_neg().to("cpu", torch.float64).numpy(), dtype=float)
    return found


def tensor_of(numbers: Any, like: Like) -> torch.Tensor:
    """Return a tensor of numbers that `numbers_of` would give."""
    held = torch.from_numpy(np.array(numbers, dtype=float))
    if like.dtype.is_complex:
        held = torch.view_as_complex(held.contiguous())
    return held.to(like.device, like.dtype).reshape(like.shape)


class Like:
    """What a tensor is made of.

    Attributes:
        shape, dtype, device: the tensor's.
    """

    def __init__(self, of: Any) -> None:
        """Read it off a tensor, or off what autograd keeps of one."""
        self.shape: Shape = tuple(of.shape)
        self.dtype: torch.dtype = of.dtype
        self.device: torch.device = of.device

    @property
    def shape_of_numbers(self) -> Shape:
        """Return the shape of the numbers: a complex one is two."""
        return (*self.shape, 2) if self.dtype.is_complex else self.shape

    def zeros(self) -> torch.Tensor:
        """Return a tensor like it that holds nothing but zeros."""
        return torch.zeros(self.shape, dtype=self.dtype, device=self.device)


def fitted(given: Any, to: Like) -> Floats | None:
    """Return a gradient as autograd takes it.

    What was broadcast is summed; a real part is enough for a real input.

    Args:
        given: zeros where it is no tensor.

    Returns:
        None where the shape does not fit.
    """
    if not isinstance(given, torch.Tensor):
        return np.zeros(to.shape_of_numbers)
    if given.is_complex() and not to.dtype.is_complex:
        given = given.real
    elif to.dtype.is_complex and not given.is_complex():
        given = given.to(torch.complex128)
    shape, own = tuple(given.shape), to.shape
    if shape == own:
        return numbers_of(given)
    fits = len(own) <= len(shape) and all(n in (1, m) for n, m in zip(reversed(own), reversed(shape)))
    found: Floats | None = summed_to(numbers_of(given), to.shape_of_numbers) if fits else None
    return found


def each(function: Callable[[Any], Any], things: Any) -> Any:
    """Apply a function to each thing in nested collections.

    With torch's own for that, it would take most of the time of a replay.
    """
    kind = type(things)
    if kind is tuple or kind is list:
        return kind([each(function, one) for one in things])
    if kind is dict:
        return {name: each(function, one) for name, one in things.items()}
    return function(things)


def each_tensor(function: Callable[[torch.Tensor], Any], things: Any) -> Any:
    """Apply a function to each tensor in nested collections; keep the rest."""
    return each(lambda thing: function(thing) if isinstance(thing, torch.Tensor) else thing, things)


def in_tuple(result: Any) -> tuple[Any, ...]:
    """Return what a Function gives, one thing or several, as a tuple."""
    return result if isinstance(result, tuple) else (result,)


def are_same(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Tell whether two tensors of one shape hold the same numbers.

    Here nan is the same as nan.
    """
    with torch.no_grad():
        return torch.equal(one, other) or bool(((one == other) | (one.isnan() & other.isnan())).all())


class Copies:
    """Copies of tensors as they were, one for all that were the same: the weights of a thousand steps are kept once."""

    def __init__(self) -> None:
        self._last: dict[Any, torch.Tensor] = {}

    def of(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return a copy that nobody may write to."""
        plain = tensor.detach()
        if plain.layout is not torch.strided or plain.is_quantized:
            return plain.clone()
        key = (plain.data_ptr(), plain.shape, plain.stride(), plain.dtype)
        last = self._last.get(key)
        if last is None or not are_same(last, plain):
            last = self._last[key] = plain.clone()
        return last


def is_asked_of(thing: Any) -> bool:
    """Tell whether a thing is a tensor that can have a gradient."""
    return isinstance(thing, torch.Tensor) and (thing.is_floating_point() or thing.is_complex())


def drawn(out: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw random numbers of both signs, between 0.5 and 1.5 in size."""
    like = torch.view_as_real(out) if out.is_complex() else out
    sizes = torch.rand(like.shape, generator=generator, dtype=torch.float64) + 0.5
    signs = torch.randint(0, 2, like.shape, generator=generator) * 2 - 1
    drawn = (sizes * signs).to(like.device, like.dtype)
    return torch.view_as_complex(drawn) if out.is_complex() else drawn


def weighed(out: torch.Tensor, upstream: torch.Tensor) -> torch.Tensor:
    """Return the sum of an output's entries, each times its upstream gradient."""
    if out.is_complex():
        return (torch.view_as_real(out) * torch.view_as_real(upstream)).sum()
    return (out * upstream).sum()


def alike(one: Floats, other: Floats, *, is_coarse: bool = False) -> bool:
    """Tell whether two gradients are the same up to float noise.

    The noise is that of double precision, or of single precision.
    """
    if one.shape != other.shape or not np.isfinite(one).all():
        return False
    return not apart(one, other, COARSER if is_coarse else 1.0).any()


def apart(one: Floats, other: Floats, factor: float = 1.0) -> Any:
    """Find where two gradients of one shape differ by more than float noise."""
    largest = float(np.abs(other).max(initial=0.0))
    return ~(np.abs(one - other) <= factor * (RTOL * np.abs(other) + SHARE * largest))
