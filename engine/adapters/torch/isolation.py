"""User code run again in double precision, with nothing left behind: random states, globals, tensors, gradients."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Sequence
from functools import lru_cache
from types import FunctionType
from typing import Any

import numpy as np
import torch
from torch.autograd.grad_mode import _unsafe_preserve_version_counter
from torch.utils._python_dispatch import TorchDispatchMode

from ...repair.user_code import find_reachable, is_object, values_named_in
from ..sandbox import Keeper, quietly
from .tensors import each, is_leaf, memory_of, steps_behind

_WIDE = {
    **dict.fromkeys((torch.float16, torch.bfloat16, torch.float32), torch.float64),
    **dict.fromkeys((torch.complex32, torch.complex64), torch.complex128),
}


def random_states() -> tuple[Any, ...]:
    """Return where the generators of torch, NumPy and Python stand."""
    return torch.get_rng_state(), np.random.get_state(), random.getstate()


def reseed() -> None:
    """Let random numbers go on elsewhere."""
    for seed in (torch.manual_seed, np.random.seed, random.seed):
        seed(7)


@contextlib.contextmanager
def preserve_state(function: type, start: tuple[Any, ...], reference: Any = None) -> Iterator[None]:
    """Run a Function's own code, or a reference's, inside, as often as need be; random numbers begin at `start`."""
    keeper, drawn, dtype = Keeper(), torch.get_rng_state(), torch.get_default_dtype()
    keeper.class_attributes(function)
    for thing in [*vars(function).values(), *keeper.keep_functions(_functions(function, reference))]:
        if type(thing) in (list, dict, set) and len(thing) <= 10_000:  # one of more is not looked at
            (keeper.names if isinstance(thing, dict) else keeper.items)(thing)
    try:
        torch.set_rng_state(start[0])
        np.random.set_state(start[1])
        random.setstate(start[2])
        with quietly(), _same_gradients(), torch.autocast("cpu", enabled=False):
            yield
    finally:
        torch.set_rng_state(drawn)
        torch.set_default_dtype(dtype)
        keeper.put_back()


@lru_cache(maxsize=64)
def _functions(function: type, reference: Any) -> list[FunctionType]:
    """Return the user functions that run for a Function."""
    methods = [getattr(function, name, None) for name in ("forward", "setup_context", "backward", "vjp")]
    return [one for one in find_reachable([*methods, reference]) if (one.__module__ or "").split(".")[0] != "torch"]


@contextlib.contextmanager
def _same_gradients() -> Iterator[None]:
    """Leave every `.grad` as it was, whatever calls `backward()` inside."""
    before: list[tuple[torch.Tensor, Any]] = []
    original = torch.autograd.backward

    def backward(tensors: Any, *args: Any, **kwargs: Any) -> Any:
        tensors = (tensors,) if isinstance(tensors, torch.Tensor) else tuple(tensors)
        leaves = [one for one in tensors if one.requires_grad and one.is_leaf]
        leaves += [fn.variable for fn in steps_behind(one.grad_fn for one in tensors) if is_leaf(fn)]
        before.extend((leaf, leaf.grad) for leaf in leaves)
        return original(tensors, *args, **kwargs)

    torch.autograd.backward = backward
    try:
        yield
    finally:
        torch.autograd.backward = original
        for leaf, grad in reversed(before):
            leaf.grad = grad


def may_reach_tensors(function: type, things: Sequence[Any], reference: Any = None) -> bool:
    """Tell whether a Function's code, or what it is given, may lead to tensors that are not its own."""
    named = (one for each in _functions(function, reference) for one in values_named_in(each, [function]))
    held = [value for name, value in vars(function).items() if not name.startswith("__")]
    kinds = (torch.Tensor, torch.nn.Module, np.ndarray, list, dict, set)
    plain = ("torch", "numpy", "builtins")  # a dtype, a static method
    found = [one for one in (*things, *held, *named) if isinstance(one, kinds) or is_object(one)]
    return any(isinstance(one, kinds) or type(one).__module__.partition(".")[0] not in plain for one in found)


def widen(tensor: torch.Tensor, *, is_wide: bool = True) -> torch.Tensor:
    """Return a copy, in double precision where it holds floats."""
    return tensor.detach().clone().to(_WIDE.get(tensor.dtype, tensor.dtype) if is_wide else tensor.dtype)


class Apart(TorchDispatchMode):
    """Every operation inside works on copies of what it did not make itself.

    The copies are of double precision, if it `is_wide`, and what is made inside is too, whatever it asks for: closed
    over tensors, `torch.zeros(...)` and `.float()` fit together. One copy stands for all views of one memory, so that
    what is written is read again.
    """

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Saying so to the compiler would load it, which takes longer than all that is done here.
        return False

    def __init__(self, *, is_wide: bool = True) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._wide = _WIDE if is_wide else {}
        self._made: set[int] = set()
        # The tensors too: while they are held, nothing else gets their memory.
        self._copies: dict[tuple[int, torch.dtype], tuple[torch.Tensor, torch.Tensor]] = {}
        # Autograd counts the writing to a tensor, though only its copy is written to.
        self._versions = contextlib.ExitStack()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if args and isinstance(args[0], (int, float, complex)) and str(func._schema.arguments[0].type) == "Tensor":
            # A plain number that autograd has kept as a tensor comes here as a number again.
            args = (torch.tensor(args[0]), *args[1:])
        made = func(*map(self._inner, args), **{name: self._inner(one) for name, one in (kwargs or {}).items()})
        return each(self._adopt, made)

    def __exit__(self, *raised: Any) -> None:
        super().__exit__(*raised)  # type: ignore[no-untyped-call]
        self._versions.close()

    def _inner(self, thing: Any) -> Any:
        """Return what stands for an argument inside."""
        if not isinstance(thing, torch.Tensor):
            return each(self._inner, thing) if type(thing) in (list, tuple) else self._wide.get(thing, thing)
        if thing.layout is not torch.strided or memory_of(thing) in self._made:
            return thing
        key = (memory_of(thing), thing.dtype)
        if key not in self._copies:
            length = thing.untyped_storage().nbytes() // max(thing.element_size(), 1)
            self._copies[key] = (thing, self._adopt(thing.detach().as_strided((length,), (1,), 0).clone()))
            self._versions.enter_context(_unsafe_preserve_version_counter(thing))
        return self._copies[key][-1].as_strided(thing.size(), thing.stride(), thing.storage_offset())

    def _adopt(self, thing: Any) -> Any:
        """Widen a new tensor, and remember its memory as our own."""
        if not isinstance(thing, torch.Tensor) or thing.layout is not torch.strided:
            return thing
        thing = thing.to(self._wide[thing.dtype]) if thing.dtype in self._wide else thing
        self._made.add(memory_of(thing))
        return thing
