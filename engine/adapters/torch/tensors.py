"""Tensors as NumPy's arrays of double precision, and back; and where they are in autograd's graph."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from ...amounts import Floats, Shape, entries_off
from ...arrays.edges import summed_to

RTOL, SHARE = 1e-5, 1e-7
"""How near two gradients must be: as a share of each entry, and of the largest."""
COARSER = 1e2
"""So much coarser is single precision."""

_WORDS = {
    "Convolution": "conv",
    "NativeLayerNorm": "layer_norm",
    "NativeBatchNorm": "batch_norm",
    "Expand": "broadcast_to",
    "Cat": "concatenate",
    "Amax": "max",
    "Amin": "min",
    **dict.fromkeys(("Clamp", "ClampMin"), "clip"),
    **dict.fromkeys(("Mm", "Bmm", "Mv", "Dot"), "@"),
    **dict.fromkeys(("View", "UnsafeView", "ReshapeAlias", "Unsqueeze", "Squeeze"), "reshape"),
    **dict.fromkeys(("T", "Permute"), "transpose"),
}
"""What autograd calls otherwise than we do."""

Place = tuple[Any, int]
"""A tensor in autograd's graph: the step that made it, and which of its results it is."""


def numbers_of(tensor: torch.Tensor) -> Floats:
    """Return a copy of a tensor's numbers in double precision; a complex one's two parts are along one more axis."""
    with torch.no_grad():
        plain = tensor.detach()
        plain = plain.to_dense() if plain.layout is not torch.strided else plain
        plain = torch.view_as_real(plain.resolve_conj()) if plain.is_complex() else plain
        found: Floats = np.array(plain.resolve_neg().to("cpu", torch.float64).numpy(), dtype=float)
    return found


def tensor_of(numbers: Any, like: Any) -> torch.Tensor:
    """Return a tensor of such numbers, like another, or like what autograd keeps of one."""
    held = torch.from_numpy(np.array(numbers, dtype=float))
    if like.dtype.is_complex:
        held = torch.view_as_complex(held.contiguous())
    return held.to(like.device, like.dtype).reshape(tuple(like.shape))


def number_shape(of: Any) -> Shape:
    """Return the shape of a tensor's numbers: a complex one is two."""
    return (*of.shape, 2) if of.dtype.is_complex else tuple(of.shape)


def fit_gradient(given: Any, to: torch.Tensor) -> Floats | None:
    """Return a gradient as autograd takes it, zeros for None; None where its shape does not fit.

    What was broadcast is summed; a real part is enough for a real input.
    """
    if not isinstance(given, torch.Tensor):
        return np.zeros(number_shape(to))
    given = given.to(torch.complex128) if to.is_complex() else given.real
    shape, own = tuple(given.shape), tuple(to.shape)
    fits = len(own) <= len(shape) and all(n in (1, m) for n, m in zip(reversed(own), reversed(shape)))
    found: Floats | None = summed_to(numbers_of(given), number_shape(to)) if fits else None
    return found


def each(function: Callable[[Any], Any], things: Any) -> Any:
    """Apply a function to each thing in nested collections; torch's own would take most of the time of a replay."""
    kind = type(things)
    if kind is tuple or kind is list:
        return kind([each(function, one) for one in things])
    if kind is dict:
        return {name: each(function, one) for name, one in things.items()}
    return function(things)


def each_tensor(function: Callable[[torch.Tensor], Any], things: Any) -> Any:
    """Apply a function to each tensor in nested collections; keep the rest."""
    return each(lambda thing: function(thing) if isinstance(thing, torch.Tensor) else thing, things)


def copy_tensors(things: Iterable[Any]) -> list[Any]:
    """Return things with a copy of each tensor."""
    return list(each_tensor(lambda tensor: tensor.detach().clone(), list(things)))


def jitter(tensor: torch.Tensor, share: float, generator: torch.Generator) -> torch.Tensor:
    """Return each entry larger or smaller by up to a share of it, and of the same sign."""
    drawn = 1.0 + share * (2.0 * torch.rand(tensor.shape, generator=generator, dtype=torch.float64) - 1.0)
    return tensor * drawn.to(tensor.device, torch.float64 if tensor.is_complex() else tensor.dtype)


def ensure_tuple(result: Any) -> tuple[Any, ...]:
    """Return what a Function gives, one thing or several, as a tuple."""
    return result if isinstance(result, tuple) else (result,)


def are_same(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Tell whether two tensors of one shape hold the same numbers, nan among them."""
    with torch.no_grad():
        return torch.equal(one, other) or bool(((one == other) | (one.isnan() & other.isnan())).all())


class Copies:
    """Copies of tensors as they were, one for all that were the same: the weights of a thousand steps are kept once."""

    def __init__(self) -> None:
        self._last: dict[Any, torch.Tensor] = {}

    def snapshot(self, tensor: torch.Tensor) -> torch.Tensor:
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


def memory_of(tensor: torch.Tensor) -> int:
    """Return where a tensor's numbers lie; views of one memory have one."""
    try:
        return tensor.untyped_storage().data_ptr()
    except RuntimeError:  # a tensor without memory of its own
        return 0


def agree(one: Floats, other: Floats, *, is_coarse: bool = False) -> bool:
    """Tell whether two gradients are the same up to float noise."""
    if one.shape != other.shape or not np.isfinite(one).all():
        return False
    return not gradients_off(one, other, is_coarse=is_coarse).any()


def gradients_off(one: Floats, other: Floats, *, is_coarse: bool = False) -> Any:
    """Find where two gradients of one shape differ by more than the float noise of double, or of single precision."""
    factor = COARSER if is_coarse else 1.0
    return entries_off(one, other, factor * RTOL, factor * SHARE)


def place_of(tensor: torch.Tensor) -> Place:
    """Return where a tensor that requires a gradient is; of a leaf the step is where gradients add up."""
    with torch.enable_grad():
        view = tensor.view_as(tensor)
    assert view.grad_fn is not None
    place: Place = view.grad_fn.next_functions[0]
    return place


def steps_behind(starts: Iterable[Any], goes_on: Callable[[Any, int], bool] = lambda *_: True) -> Iterator[Any]:
    """Yield some steps and those behind them, each once.

    It is asked whether it `goes_on` behind a step, when so many were met so far.
    """
    waiting = [fn for fn in starts if fn is not None]
    met = set(waiting)
    for fn in waiting:  # it grows as it is walked
        yield fn
        for source, _ in fn.next_functions if goes_on(fn, len(met)) else ():
            if source is not None and source not in met:
                met.add(source)
                waiting.append(source)


def is_leaf(fn: Any) -> bool:
    """Tell whether a step is where the gradient of a leaf is added up."""
    return hasattr(fn, "variable")


def results_of(fn: Any) -> Sequence[Any]:
    """Return what a step makes, each with the shape, the dtype and the device of a tensor."""
    return (fn.variable,) if is_leaf(fn) else fn._input_metadata


def word_of(fn: Any) -> str:
    """Return what a step is called, "MulBackward0" for one: mul."""
    plain = re.sub(r"Backward\d*$", "", fn.name().rpartition("::")[2])
    return _WORDS.get(plain) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower()


def read_saved(fn: Any, name: str) -> Any:
    """Return what autograd keeps at a step; None for nothing, or no more."""
    try:
        return getattr(fn, f"_saved_{name}", None)
    except RuntimeError:
        return None
