"""The functions of an engine: what walks its graph back, and what a rule holds on to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from inspect import Parameter, signature
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from ...arrays.amounts import shape_of
from ...repair.source import function_behind
from .engine import get

RULES = (
    "_backward", "_backward_fn", "backward_fn", "_backward_func", "backward_func", "backward_op", "grad_fn", "_grad_fn",
    "_backprop", "backprop", "_back", "back", "_bw", "bw", "_pullback", "pullback", "_vjp", "vjp", "_propagate",
    "propagate", "_derivative", "derivative_fn", "_local_backward", "local_backward", "_chain", "apply_chain",
)  # fmt: skip
WALKERS = (
    "backward", "backprop", "backpropagate", "back_propagate", "backpropagation", "back_prop", "backwards",
    "backward_pass", "run_backward", "full_backward", "compute_gradients", "compute_grads", "compute_gradient",
    "calculate_gradients", "calc_gradients", "get_gradients", "gradients", "autograd",
)  # fmt: skip


def walker_of(root: Any) -> Callable[..., Any] | None:
    """Return what runs the backward pass from a node; None for none.

    It is a method, or a function of the module.
    """
    for name in WALKERS:
        walker = get(root, name)
        if callable(walker) and function_behind(walker) is not None:
            return walker
    for _, function in functions_of(type(root)):
        for name in WALKERS:
            held = function.__globals__.get(name)
            if isinstance(held, FunctionType) and required(held) == 1:
                return partial(held, root)
    return None


def required(function: Any) -> int:
    """Return how many arguments it cannot be called without."""
    try:
        given = signature(function).parameters.values()
    except (TypeError, ValueError):
        return 0
    return sum(one.default is one.empty and one.kind in _POSITIONAL for one in given)


_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def functions_of(kind: type) -> Iterator[tuple[str, FunctionType]]:
    """Yield the functions of a class and its bases by name, its own first."""
    met = set()
    for base in kind.__mro__[:-1]:
        for name, held in vars(base).items():
            function = function_behind(held)
            if function is not None and name not in met:
                met.add(name)
                yield name, function


def captured(rule: Any) -> dict[str, Any]:
    """Return what a closure, a partial or a method holds on to by name."""
    found: dict[str, Any] = {}
    if isinstance(rule, partial):
        found.update({f"argument {place}": held for place, held in enumerate(rule.args)}, **rule.keywords)
    if isinstance(rule, MethodType):
        found["self"] = rule.__self__
    function = function_behind(rule)
    if function is None:
        return found
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # empty
            continue
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    found.update(zip(reversed(names), reversed(function.__defaults__ or ())))
    return found


def fitted(amount: Any, to: Any) -> Any:
    """Return a gradient in the shape of what it is of.

    It stays as it is where the two differ by more than axes of one entry.
    """
    shape = shape_of(to)
    if amount is None or shape_of(amount) == shape or not _is_same_but_for_axes_of_one(shape_of(amount), shape):
        return amount
    laid = np.reshape(amount, shape)
    return laid if shape else laid[()]


def _is_same_but_for_axes_of_one(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return [n for n in one if n != 1] == [n for n in other if n != 1]
