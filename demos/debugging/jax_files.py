"""A file that uses JAX: the rules of its `custom_vjp` functions, at the first gradient that it takes."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from handgrad import Comparison

from ..loading import run
from ..usage import UnusableError
from .file_text import has_rules, read_tree
from .observing import StepDone

TRANSFORMS = ("grad", "value_and_grad", "vjp", "jacrev")


class RuleError(UnusableError):
    """A file that uses JAX has no rule of the person's own, or takes no gradient by it."""


class _Gradient(NamedTuple):
    """A gradient that a file takes: of what, and at which arguments."""

    function: Any
    args: tuple[Any, ...]


def check_rules(path: Path, *, quick: bool) -> Comparison:
    """Run a file up to the first gradient that JAX takes in it, and return the verdict on the rules that it calls.

    Raises:
        RuleError: it has no `custom_vjp` function, takes no gradient, or JAX is not installed.
        FileError: it cannot be run.
        HandgradError: as `handgrad.adapters.jax.check` raises.
    """
    if not has_rules(read_tree(path)):
        raise RuleError(
            f"{path} leaves its gradients to JAX, and has no backward pass of your own: neither a jax.custom_vjp nor "
            "NumPy. Name two functions of yours with --forward, --backward and --inputs."
        )
    try:
        jax, check = importlib.import_module("jax"), importlib.import_module("handgrad.adapters.jax").check
    except ImportError as error:
        raise RuleError(f"{path} has a jax.custom_vjp. {error}") from error
    seen: list[_Gradient] = []
    with _noting(jax, seen), jax.disable_jit(), contextlib.suppress(StepDone):
        run(path, name="__main__")
    if not seen:
        raise RuleError(
            f"{path} has a jax.custom_vjp, and takes no gradient when it runs: call jax.grad or jax.value_and_grad in "
            "it, with the arguments at which the rule is to be checked."
        )
    found: Comparison = check(seen[0].function, *seen[0].args, quick=quick)
    return found


@contextlib.contextmanager
def _noting(jax: Any, seen: list[_Gradient]) -> Iterator[None]:
    """Note the first gradient at numbers that is taken in this block, and end the file there."""
    before = {name: getattr(jax, name) for name in TRANSFORMS}

    def note(function: Any, args: tuple[Any, ...]) -> None:
        leaves = jax.tree_util.tree_leaves(args)
        if leaves and not any(isinstance(one, jax.core.Tracer) for one in leaves):
            seen.append(_Gradient(function, args))
            raise StepDone

    def later(transform: Callable[..., Any]) -> Callable[..., Any]:
        def noting(function: Any, *options: Any, **named: Any) -> Callable[..., Any]:
            taken = transform(function, *options, **named)

            def differentiate(*args: Any, **keywords: Any) -> Any:
                if not keywords:
                    note(function, args)
                return taken(*args, **keywords)

            return differentiate

        return noting

    def note_and_call(function: Any, *primals: Any, **named: Any) -> Any:
        note(function, primals)
        return before["vjp"](function, *primals, **named)

    for name, transform in before.items():
        setattr(jax, name, note_and_call if name == "vjp" else later(transform))
    try:
        yield
    finally:
        for name, transform in before.items():
            setattr(jax, name, transform)
