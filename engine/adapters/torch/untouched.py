"""User code run again, with nothing left behind: random states, its globals, gradients, what is printed."""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from ...arrays.edges import Floats
from ...repair.source import code_of
from ..reached import reached
from ..sandbox import Keeper, quietly
from .graph import Place, is_leaf, steps_behind
from .numbers import is_asked_of, numbers_of

MOST_ENTRIES = 10_000
"""A collection of more is not looked at."""


class Randomness(NamedTuple):
    """Where the generators of random numbers stand.

    Attributes:
        tensors, arrays, plain: those of torch, NumPy and Python.
    """

    tensors: torch.Tensor
    arrays: Any
    plain: Any

    @classmethod
    def here(cls) -> Randomness:
        """Return where the generators stand now."""
        return cls(torch.get_rng_state(), np.random.get_state(), random.getstate())

    def put_back(self) -> None:
        torch.set_rng_state(self.tensors)
        np.random.set_state(self.arrays)
        random.setstate(self.plain)


@contextlib.contextmanager
def untouched(function: type, start: Randomness, reference: Any = None) -> Iterator[None]:
    """Run a Function's own code inside, as often as need be.

    Args:
        function: the class.
        start: where the random numbers begin.
        reference: a function that is run in place of its forward; None for none.
    """
    before, drawn = _kept(function, reference), torch.get_rng_state()
    try:
        start.put_back()
        with quietly(), _gradients_kept(), torch.autocast("cpu", enabled=False):
            yield
    finally:
        torch.set_rng_state(drawn)
        before.put_back()


def _kept(function: type, reference: Any) -> Keeper:
    """Save the variables that a Function's methods and its reference can reach.

    What is in their collections is saved too.
    """
    kept = Keeper()
    kept.of_class(function)
    for thing in [*vars(function).values(), *kept.keep_functions(_functions(function, reference))]:
        if type(thing) in (list, dict, set) and len(thing) <= MOST_ENTRIES:
            (kept.names if isinstance(thing, dict) else kept.items)(thing)
    return kept


@lru_cache(maxsize=64)
def _functions(function: type, reference: Any) -> list[FunctionType]:
    """Return the user functions that run for a Function."""
    methods = [getattr(function, name, None) for name in ("forward", "setup_context", "backward", "vjp")]
    return [one for one in reached([*methods, reference]) if (one.__module__ or "").split(".")[0] != "torch"]


@contextlib.contextmanager
def _gradients_kept() -> Iterator[None]:
    """Leave every `.grad` as it was, whatever calls `backward()` inside."""
    kept: list[tuple[torch.Tensor, Any]] = []
    original = torch.autograd.backward

    def backward(tensors: Any, *args: Any, **kwargs: Any) -> Any:
        for tensor in (tensors,) if isinstance(tensors, torch.Tensor) else tuple(tensors):
            kept.extend((leaf, leaf.grad) for leaf in _leaves(tensor))
        return original(tensors, *args, **kwargs)

    torch.autograd.backward = backward
    try:
        yield
    finally:
        torch.autograd.backward = original
        for leaf, grad in reversed(kept):
            leaf.grad = grad


def _leaves(tensor: torch.Tensor) -> Iterator[torch.Tensor]:
    if tensor.requires_grad and tensor.is_leaf:
        yield tensor
    yield from (fn.variable for fn in steps_behind([tensor.grad_fn]) if is_leaf(fn))


@contextlib.contextmanager
def locals_noted(function: Callable[..., Any], into: dict[str, Any]) -> Iterator[None]:
    """Note what the variables of a function hold as it returns."""
    code = code_of(function)

    def profile(frame: Any, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is code:
            into.update(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(before)


class Notes(TorchFunctionMode):
    """The tensors that are made while it is on, and their numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: dict[Place, Floats] = {}
        self._made: list[tuple[torch.Tensor, Place]] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for one in result if isinstance(result, (tuple, list)) else (result,):
            if is_asked_of(one) and one.grad_fn is not None and one.layout is torch.strided:
                self._made.append((one, self.note(one)))
        return result

    def note(self, tensor: torch.Tensor) -> Place:
        """Keep the numbers of a tensor by its place in the graph."""
        place: Place = tensor.grad_fn, tensor.output_nr
        self.numbers[place] = numbers_of(tensor)
        return place

    @property
    def standing(self) -> list[torch.Tensor]:
        """Return the tensors that were not written to since they were made."""
        return [one for one, place in self._made if (one.grad_fn, one.output_nr) == place]
