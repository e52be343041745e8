"""Somebody's code run again, with nothing left behind: random states, their globals, gradients, what is printed."""

from __future__ import annotations

import contextlib
import inspect
import io
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch

from ..source import code_of

_CONTAINERS = (list, dict, set)
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
        """As they stand."""
        return cls(torch.get_rng_state(), np.random.get_state(), random.getstate())

    def put_back(self) -> None:
        torch.set_rng_state(self.tensors)
        np.random.set_state(self.arrays)
        random.setstate(self.plain)


@contextlib.contextmanager
def untouched(function: type, start: Randomness) -> Iterator[None]:
    """Run a Function's own code inside, as often as need be.

    Args:
        function: the class.
        start: where the random numbers begin.
    """
    before = Randomness.here()
    keepers = [_Names(names) for names in _places(function)]
    try:
        start.put_back()
        with (
            contextlib.redirect_stdout(io.StringIO()),
            warnings.catch_warnings(),
            _gradients_kept(),
            torch.autocast("cpu", enabled=False),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        before.put_back()
        for keeper in keepers:
            keeper.put_back()


class _Names:
    """Somebody's variables: what they are bound to, and what is in the collections among them."""

    def __init__(self, names: Any) -> None:
        self._names = names
        self._bound = dict(names)
        self._held = [
            (thing, thing.copy())
            for thing in self._bound.values()
            if type(thing) in _CONTAINERS and len(thing) <= MOST_ENTRIES
        ]

    def put_back(self) -> None:
        for thing, copy in self._held:
            if len(thing) != len(copy) or any(one is not other for one, other in zip(thing, copy)):
                thing.clear()
                thing.extend(copy) if isinstance(thing, list) else thing.update(copy)
            elif isinstance(thing, dict) and any(thing[key] is not copy[key] for key in copy):
                thing.update(copy)
        for name in self._names.keys() - self._bound.keys():
            del self._names[name]
        for name, thing in self._bound.items():
            if self._names.get(name) is not thing:
                self._names[name] = thing


class _Attributes(dict[str, Any]):
    """The attributes of a class, as a dict that can be written to."""

    def __init__(self, of: type) -> None:
        super().__init__({name: thing for name, thing in vars(of).items() if not name.startswith("__")})
        self._of = of

    def keys(self) -> Any:
        return {name for name in vars(self._of) if not name.startswith("__")}

    def get(self, name: str, default: Any = None) -> Any:
        return vars(self._of).get(name, default)

    def __setitem__(self, name: str, thing: Any) -> None:
        setattr(self._of, name, thing)

    def __delitem__(self, name: str) -> None:
        delattr(self._of, name)


class _Cells(dict[str, Any]):
    """The variables that a function has closed over."""

    def __init__(self, function: Any) -> None:
        self._cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        filled = {name: cell.cell_contents for name, cell in self._cells.items() if _is_filled(cell)}
        super().__init__(filled)

    def keys(self) -> Any:
        return self._cells.keys() & set(self)

    def get(self, name: str, default: Any = None) -> Any:
        return self._cells[name].cell_contents

    def __setitem__(self, name: str, thing: Any) -> None:
        self._cells[name].cell_contents = thing


def _is_filled(cell: Any) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def _places(function: type) -> list[Any]:
    """The variables that the methods of a Function can reach."""
    found: list[Any] = [_Attributes(function)]
    met: set[int] = set()
    for name in ("forward", "setup_context", "backward", "vjp"):
        method = _plain(getattr(function, name, None))
        module = getattr(method, "__module__", None) or ""
        if method is None or code_of(method) is None or module.split(".")[0] == "torch":
            continue
        if id(method.__globals__) not in met:
            met.add(id(method.__globals__))
            found.append(method.__globals__)
        if method.__closure__:
            found.append(_Cells(method))
    return found


def _plain(method: Any) -> Any:
    method = inspect.unwrap(method) if callable(method) else None
    return method if hasattr(method, "__globals__") else None


@contextlib.contextmanager
def _gradients_kept() -> Iterator[None]:
    """Whatever calls `backward()` inside leaves every `.grad` as it was."""
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
    waiting = [tensor.grad_fn] if tensor.grad_fn is not None else []
    met = set(waiting)
    for fn in waiting:  # it grows as it is walked
        if hasattr(fn, "variable"):
            yield fn.variable
        for source, _ in fn.next_functions:
            if source is not None and source not in met:
                met.add(source)
                waiting.append(source)


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
