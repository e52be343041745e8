"""A file that uses JAX: the rules of its `custom_vjp` functions, at the first gradient that it takes."""

from __future__ import annotations

import ast
import contextlib
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from handgrad import Comparison

from ..loading import run
from ..usage import UnusableError
from .observing import StepDone

TRANSFORMS = ("grad", "value_and_grad", "vjp", "jacrev")


class RuleError(UnusableError):
    """A file that uses JAX has no rule of the person's own, or takes no gradient by it."""


class _Gradient(NamedTuple):
    """A gradient that a file takes: of what, and at which arguments."""

    function: Any
    args: tuple[Any, ...]


def uses_jax_alone(path: Path) -> bool:
    """Return whether a file imports JAX, and either writes rules for it or has no NumPy to be checked, by its text."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return False  # running it says what is wrong
    imported = [one for one in ast.walk(tree) if isinstance(one, (ast.Import, ast.ImportFrom))]
    modules = {getattr(one, "module", None) or name.name for one in imported for name in one.names}
    roots = {one.partition(".")[0] for one in modules}
    return "jax" in roots and (has_rules(tree) or "numpy" not in roots)


def has_rules(tree: ast.AST) -> bool:
    """Return whether code mentions `custom_vjp`."""
    named = (getattr(one, "attr", getattr(one, "id", None)) for one in ast.walk(tree))
    return "custom_vjp" in named


def check_rules(path: Path, *, quick: bool) -> Comparison:
    """Run a file up to the first gradient that JAX takes in it, and return the verdict on the rules that it calls.

    Raises:
        RuleError: it has no `custom_vjp` function, takes no gradient, or JAX is not installed.
        FileError: it cannot be run.
        HandgradError: as `handgrad.adapters.jax.check` raises.
    """
    if not has_rules(ast.parse(path.read_text(encoding="utf-8"))):
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
