"""Gradients of tensors that were computed by hand, checked as `handgrad.compare` checks those of nodes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from ...arrays.edges import Floats
from ...comparator import compare as compare_nodes
from ...manual import require_gradients
from ...verdict.comparison import Comparison
from ..errors import NotALossError, NotATensorError, SameTensorError, UnrelatedTensorError
from .graph import Place, place_of
from .mirror import mirrored
from .numbers import is_asked_of, numbers_of

MOST_OF_A_CONSTANT = 100_000
"""What has more entries is not looked at for the name of a constant."""


def compare(
    loss: torch.Tensor,
    by_hand: Mapping[str, tuple[torch.Tensor, Any]],
    *,
    rtol: float = 1e-6,
    atol: float = 0.0,
    typed: bool = True,
) -> Comparison:
    """Check gradients of tensors that were computed by hand.

    The forward stays as it is. Autograd's graph is walked, step by step and without its hooks: no `.grad` changes,
    nothing is freed, and `loss.backward()` works afterwards. What lies between is called by the variables that hold it
    where `compare` is called.

    Args:
        loss: a tensor that holds one number.
        by_hand: for each name the tensor, as it stands in the computation of the loss, and its gradient by hand: a
            tensor or array of its shape, or None for not filled in. A tensor that does not require a gradient is not
            asked about.
        rtol, atol, typed: as of `handgrad.compare`. What has less than double precision is checked by its own.

    Returns:
        The verdicts, by the names given. A complex gradient is checked by its two parts, along one more axis.

    Raises:
        NotATensorError: the loss, or what is named, is no tensor that can have a gradient.
        NotALossError: the loss holds more than one number, or does not require a gradient.
        UnrelatedTensorError: the loss does not depend on a tensor that is named.
        SameTensorError: two names are given for one tensor.
        GraphGoneError: a backward pass has freed the graph, or a tensor was changed in place.
        ValueError: rtol or atol is below 0.

    Examples:
        >>> import torch
        >>> x = torch.tensor([0.5, -1.0], requires_grad=True)
        >>> h = x.tanh()
        >>> loss = (h * h).sum()
        >>> dh = 2 * h
        >>> result = compare(loss, {"h": (h, dh), "x": (x, dh * (1 - x * x))})
        >>> [cause.name for cause in result.causes]
        ['x']
    """
    require_gradients()
    _check_loss(loss)
    places = _places(by_hand)
    root, frame = place_of(loss), sys._getframe(1)
    beside = _variables({**frame.f_globals, **frame.f_locals}, by_hand)
    named = {place_of(one): name for name, one in beside.items() if one.requires_grad}
    names = {**named, **{place: name for name, place in places.items()}}
    numbers = {place: numbers_of(beside[name]) for place, name in named.items()}
    numbers |= {place: numbers_of(by_hand[name][0]) for name, place in places.items()}
    nodes = mirrored(root, names, numbers, constants=list(_constants(beside, by_hand)))
    for name, place in places.items():
        if place not in nodes:
            raise UnrelatedTensorError(name)
        nodes[place].grad = _as_filled_in(*by_hand[name])
    if not nodes[root].label:
        nodes[root].label = "loss"
    asked = [nodes[place] for place in places.values()]
    comparison = compare_nodes(nodes[root], nodes=asked, rtol=rtol, atol=atol, typed=typed)
    left_out = [name for name in by_hand if name not in places]
    if left_out:
        are = "does not require a gradient, and is" if len(left_out) == 1 else "do not require gradients, and are"
        comparison.remark = " ".join(filter(None, [comparison.remark, f"{', '.join(left_out)} {are} not asked about."]))
    return comparison


def _variables(scope: Mapping[str, Any], by_hand: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Return the tensors in variables, by names that are not given to others."""
    return {
        name: held
        for name, held in scope.items()
        if is_asked_of(held) and name.isidentifier() and not name.startswith("_") and name not in by_hand
    }


def _constants(beside: Mapping[str, torch.Tensor], by_hand: Mapping[str, Any]) -> Iterator[tuple[str, Floats]]:
    """Yield what may go into the forward without a gradient of its own.

    Gradients by hand are among it, which should not go in.
    """
    for name, one in beside.items():
        if not one.requires_grad and one.numel() <= MOST_OF_A_CONSTANT:
            yield name, numbers_of(one)
    for name, (_, gradient) in by_hand.items():
        if isinstance(gradient, torch.Tensor) and gradient.numel() <= MOST_OF_A_CONSTANT:
            yield f"the gradient of {name}", numbers_of(gradient)


def _check_loss(loss: Any) -> None:
    if not is_asked_of(loss):
        raise NotATensorError(loss, "compare(loss, ...)", "Give the tensor that loss.backward() would be called on.")
    if loss.dim() or loss.is_complex():
        raise NotALossError(loss.shape, loss.requires_grad)
    if not loss.requires_grad:
        raise NotALossError((), False)


def _places(by_hand: Mapping[str, tuple[torch.Tensor, Any]]) -> dict[str, Place]:
    """Return where the tensors that are asked about stand in the graph, by name."""
    found: dict[str, Place] = {}
    names: dict[Place, str] = {}
    for name, pair in by_hand.items():
        where = f"compare(loss, {{{name!r}: ...}})"
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise NotATensorError(pair, where, "Give the tensor and its gradient by hand, as a pair: (h, dh).")
        tensor = pair[0]
        if not isinstance(tensor, torch.Tensor):
            raise NotATensorError(tensor, where, "The first of the pair is the tensor itself, the second its gradient.")
        if not tensor.requires_grad:
            continue
        place = place_of(tensor)
        if place in names:
            raise SameTensorError(names[place], name)
        found[name], names[place] = place, name
    return found


def _as_filled_in(tensor: torch.Tensor, gradient: Any) -> Any:
    """Return a gradient by hand as `compare` reads it.

    It is never finer than the tensor, whose own gradient is not.
    """
    if gradient is None:
        return None
    if isinstance(gradient, torch.Tensor):
        held: Any = _with_precision(numbers_of(gradient), gradient.dtype)
    else:
        held = np.asarray(gradient)
        held = held.astype(float) if held.dtype.kind in "iu" else held
    if getattr(held.dtype, "kind", "") == "f" and tensor.dtype not in (torch.float64, torch.complex128):
        held = _with_precision(held, tensor.dtype) if held.dtype.itemsize > 4 or tensor.dtype.itemsize < 4 else held
    return held if held.shape else held[()]


def _with_precision(numbers: Floats, dtype: torch.dtype) -> Any:
    if dtype in (torch.float32, torch.complex64):
        return numbers.astype(np.float32)
    if dtype in (torch.float16, torch.bfloat16):
        return numbers.astype(np.float16)
    return numbers
