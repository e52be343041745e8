"""Gradients of tensors that were computed by hand, checked as `handgrad.compare` checks those of nodes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from ...amounts import Floats
from ...comparator import compare as compare_nodes
from ...manual import require_gradients
from ...verdict.comparison import Comparison
from ..errors import TensorError
from .mirror import Mirror
from .tensors import Place, is_asked_of, numbers_of, place_of

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
        TensorError: the loss, or what is named, is no tensor that can have a gradient; the loss holds more than one
            number, or does not depend on a tensor that is named; two names are given for one tensor.
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
    if not is_asked_of(loss):
        instead = "Give the tensor that loss.backward() would be called on."
        raise TensorError(f"the loss given is a {type(loss).__name__}", instead)
    if not loss.requires_grad:
        instead = "Was it computed under torch.no_grad(), or detached?"
        raise TensorError("the loss given does not require a gradient", instead)
    if loss.dim() or loss.is_complex():
        what = f"backward starts at one number, and the tensor given has shape {tuple(loss.shape)}"
        raise TensorError(what, "Give loss.sum(), say.")
    places = _places(by_hand)
    root, frame = place_of(loss), sys._getframe(1)
    beside = {
        name: held
        for name, held in {**frame.f_globals, **frame.f_locals}.items()
        if is_asked_of(held) and not name.startswith("_") and name not in by_hand
    }
    held = {place_of(one): (name, one) for name, one in beside.items() if one.requires_grad}
    held |= {place: (name, by_hand[name][0]) for place, name in places.items()}
    names = {root: "loss", **{place: name for place, (name, _) in held.items()}}
    numbers = {place: numbers_of(one) for place, (_, one) in held.items()}
    nodes = Mirror(root, names, numbers, list(_constants(beside, by_hand))).nodes
    for place, name in places.items():
        if place not in nodes:
            instead = (
                "Give the very tensor that the loss was computed from: a copy, or the result of detach(), is none."
            )
            raise TensorError(f"the loss does not depend on {name}", instead)
        nodes[place].grad = _cast_gradient(*by_hand[name])
    comparison = compare_nodes(nodes[root], nodes=[nodes[place] for place in places], rtol=rtol, atol=atol, typed=typed)
    left_out = [name for name in by_hand if name not in places.values()]
    if left_out:
        are = "does not require a gradient, and is" if len(left_out) == 1 else "do not require gradients, and are"
        comparison.remark = " ".join(filter(None, [comparison.remark, f"{', '.join(left_out)} {are} not asked about."]))
    return comparison


def _places(by_hand: Mapping[str, tuple[torch.Tensor, Any]]) -> dict[Place, str]:
    """Return the names of the tensors that are asked about, by where they are in the graph."""
    names: dict[Place, str] = {}
    for name, pair in by_hand.items():
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TensorError(
                f"what is given for {name!r} is a {type(pair).__name__}",
                "Give the tensor and its gradient by hand, as a pair: (h, dh).",
            )
        tensor: Any = pair[0]
        if not isinstance(tensor, torch.Tensor):
            instead = "The first of the pair is the tensor itself, the second its gradient."
            raise TensorError(f"the first of what is given for {name!r} is a {type(tensor).__name__}", instead)
        if tensor.requires_grad:
            first = names.setdefault(place_of(tensor), name)
            if first != name:
                raise TensorError(f"{first} and {name} are one tensor, with one gradient", "Give it once.")
    return names


def _constants(beside: Mapping[str, torch.Tensor], by_hand: Mapping[str, Any]) -> Iterator[tuple[str, Floats]]:
    """Yield what may go into the forward without a gradient of its own, and gradients by hand, which should not."""
    found = [(name, one) for name, one in beside.items() if not one.requires_grad]
    found += [(f"the gradient of {name}", one) for name, (_, one) in by_hand.items() if isinstance(one, torch.Tensor)]
    return ((name, numbers_of(one)) for name, one in found if one.numel() <= MOST_OF_A_CONSTANT)


def _cast_gradient(tensor: torch.Tensor, gradient: Any) -> Any:
    """Return a gradient by hand as `compare` reads it, never finer than the tensor, whose own gradient is not."""
    if gradient is None:
        return None
    given = gradient.dtype if isinstance(gradient, torch.Tensor) else None
    held: Any = np.asarray(gradient) if given is None else numbers_of(gradient).astype(_KINDS.get(given, float))
    kind = np.dtype(_KINDS.get(tensor.dtype, float))
    is_finer = held.dtype.kind == "f" and held.dtype.itemsize > kind.itemsize
    return (held.astype(kind) if is_finer else held)[()]


_KINDS: dict[torch.dtype, type[np.floating[Any]]] = {
    torch.float32: np.float32,
    torch.complex64: np.float32,
    torch.float16: np.float16,
    torch.bfloat16: np.float16,
}
