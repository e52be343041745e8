"""`check`: the rules of the `custom_vjp` functions that run, against the derivatives of the functions themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import Any

import jax
import numpy as np

from ...arrays import array
from ...manual import require_gradients
from ...repair.deadline import Deadline
from ...repair.effects import without_effects
from ...repair.lines import written_at
from ...repair.proof import LATE, Cause, Proof, patch_of_all
from ...repair.source import Source
from ...rulecheck.query import Asked, ask
from ...slips.slip import Slip
from ...verdict.comparison import Comparison
from ..errors import NotACustomVjpError, RefusedRuleError
from ..explanation import slip_with
from ..nodes import node_after
from ..reached import reached
from ..reading import Shown, read_apart
from ..sandbox import Keeper
from .calling import Call, calls_in, refuse
from .derivatives import RTOL, UNEXPLAINED, Truth
from .repairing import proof_of

_Causes = dict[int, tuple[Slip, Source | None]]


def check(f: Any, *args: Any, quick: bool = False) -> Comparison:
    """Check the hand-written rules of the `jax.custom_vjp` functions that a function calls.

    A function that is a `jax.custom_vjp` itself is checked too.

    What a `bwd` gives, for a random upstream gradient, is compared with JAX's own derivative of its function as if it
    had no rule; where that cannot be had, or is not finite, with central differences. All of it in double precision,
    where the function does not ask for less. The rules of functions that are called inside do not count as the truth.

    Args:
        f: a `jax.custom_vjp` function, with its rule; one under `jax.jit`; or any function that calls some.
        args: what it is called with; integers among them are not asked about.
        quick: whether to do without experiments. A rule that is wrong is else run again with one small change of its
            code after the other: what fixes it proves the line. Its code is afterwards as it was.

    Returns:
        A Comparison: a result for each array among the arguments, named as the function calls it. A wrong one has the
        line of `bwd` in `.source`, and the mistake in `.slip`; `patch` is the smallest edit that fixes all.

    Raises:
        NotACustomVjpError: f is no such function, and calls none.
        RefusedRuleError: it cannot be asked: all arguments are integers, `bwd` returns another number of cotangents
            than there are arguments, an output is no array, `fwd` gives another output, or user code raises.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> @jax.custom_vjp
        ... def wave(x):
        ...     return jnp.sin(x)
        >>> wave.defvjp(lambda x: (wave(x), x), lambda x, g: (jnp.cos(x),))
        >>> found = check(wave, jnp.array([0.5, -1.0]))
        >>> found.causes[0].name, found.causes[0].slip.kind
        ('x', 'forgot-upstream')
    """
    require_gradients()
    checker = _Checker(quick)
    custom = _custom(f)
    with without_effects() as effects, _restore_names([custom.fun, custom.fwd, custom.bwd] if custom else [f]):
        if custom is not None:
            call = Call(custom, args)
            inside = checker.inside(call.inner)
            shown = [*checker.shown(call, is_inside=any(one.slip is not None for one in inside)), *inside]
            name, output = call.name, call.output
        else:
            name = str(getattr(f, "__name__", "f"))
            inner = _called(f, args, name)
            shown, output = checker.inside(inner), 0.0
    root = node_after(name, np.asarray(output, dtype=float), [one.node for one in shown])
    remarks = [*checker.remarks, effects.remark]
    found = Comparison(read_apart(root, shown, rtol=RTOL, titles=("bwd's", "derivative"), remarks=remarks).evidence)
    found.patch = patch_of_all(checker.proofs)
    return found


@contextmanager
def _restore_names(functions: list[Any]) -> Iterator[None]:
    """Put global and closed-over variables back once user code has run inside."""
    kept = Keeper()
    kept.keep_functions(reached(functions))
    try:
        yield
    finally:
        kept.put_back()


def _custom(f: Any) -> Any:
    """Return the `custom_vjp` function under `jax.jit` and the like; None for none."""
    while not isinstance(f, jax.custom_vjp) and hasattr(f, "__wrapped__"):
        f = f.__wrapped__
    return f if isinstance(f, jax.custom_vjp) else None


def _called(f: Any, args: tuple[Any, ...], name: str) -> list[tuple[Any, tuple[Any, ...]]]:
    """Return the functions with a rule of their own that a function calls."""
    try:
        found, _ = calls_in(f, args, name)
    except RefusedRuleError as error:
        raise NotACustomVjpError(f) from error
    if not found:
        raise NotACustomVjpError(f)
    return found


class _Checker:
    """Checks rules, one after the other.

    Attributes:
        remarks: what is to be said besides.
        proofs: what experiments have shown of those that are wrong.
    """

    def __init__(self, quick: bool) -> None:
        self._is_quick, self._deadline = quick, Deadline()
        self.remarks: list[str] = []
        self.proofs: list[Proof] = []

    def inside(self, calls: list[tuple[Any, tuple[Any, ...]]]) -> list[Shown]:
        """Return what is to be said of the functions that are called inside.

        The innermost are checked first, as the others call them.
        """
        shown: list[Shown] = []
        for function, args in reversed(calls):
            name = getattr(function, "__name__", "f")
            try:
                call, is_inside = Call(function, args), any(one.slip is not None for one in shown)
                shown = [*self.shown(call, f"{name}.", is_inside=is_inside and bool(call.inner)), *shown]
            except RefusedRuleError as error:
                self.remarks.append(f"{name}, which is called inside, was not judged: {error.why}.")
        return shown

    def shown(self, call: Call, prefix: str = "", *, is_inside: bool = False) -> list[Shown]:
        """Return what is to be said of each input of a call.

        Args:
            is_inside: whether a rule that it calls is wrong: what is right without that is only carried on.
        """
        asked = _query(call, prefix)
        truth = Truth(call, asked)
        wrong = [place for place in range(len(call.inputs)) if not truth.is_right(place)]
        own = call.without_inner_rules(asked.upstream) if is_inside and wrong else None
        left = [place for place in wrong if own is None or not truth.is_near(place, own[place])]
        causes = self._causes(call, asked, truth, left) if left else {}
        shown = []
        for place, x in enumerate(call.inputs):
            given, expected = asked.given[place], truth.gradients[place]
            is_like = given is not None and np.shape(given) == np.shape(x)
            off = truth.apart(place, given) if place in wrong and is_like else None
            if place not in wrong and given is None:
                given = np.zeros(np.shape(x))
            node = array(x, label=asked.rule.names[place])
            shown.append(Shown(node, given, expected, off, *causes.get(place, ())))
        return shown

    def _causes(
        self, call: Call, asked: Asked, truth: Truth, wrong: list[int]
    ) -> dict[int, tuple[Slip, Source | None]]:
        """Return the mistakes with their lines, each at the first input it makes wrong."""
        ran, static = call.ran(asked.upstream), len(call.function.nondiff_argnums)
        lines = {place: written_at(call.function.bwd, call.argument(place), ran, kept=static) for place in wrong}
        believed = frozenset((line.file, line.line) for line in lines.values() if line is not None)
        proof = proof_of(call, asked, truth, believed, self._deadline, quick=self._is_quick)
        self.proofs.append(proof)
        self.remarks += [LATE] if proof.is_late and LATE not in self.remarks else []
        if not proof.is_whole:
            return {place: (truth.slip(place), line) for place, line in lines.items()}
        found: _Causes = {}
        told: list[Cause] = []
        for place in wrong:
            name = asked.rule.names[place]
            cause = next((one for one in proof.causes if call.names[place] in one.fixed), proof.causes[0])
            if cause not in told:
                told.append(cause)
                unexplained = UNEXPLAINED.format(name, call.name)
                found[place] = slip_with(cause, truth.slip(place), name, unexplained), cause.source
        return found


def _query(call: Call, prefix: str) -> Asked:
    try:
        return ask(replace(call.rule, names=[f"{prefix}{name}" for name in call.names]), Random(0))
    except ValueError:
        refuse(call.name, "its output, or an argument, is nan or infinite there", "Give other arguments")
