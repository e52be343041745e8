"""A `custom_vjp` function at its arguments, as a rule that can be asked alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...arrays.amounts import plain
from ...repair.lines import lines_noted
from ...repair.source import code_of
from ...rulecheck.parameters import input_names
from ...rulecheck.rule import Answer, Rule
from ..errors import RefusedRuleError
from .aside import compiled, rules_aside, run_alone

SAME = 1e-6
SINGLE = 1e-3
"""How far the outputs of a function and of its fwd may be apart, as a share of the largest; in single precision."""


@dataclass(frozen=True)
class Leaf:
    """An array or a number among the arguments.

    Attributes:
        name: what the function calls it.
        argument: of which argument it is, by its place among those that want a cotangent.
        value: it, in double precision.
        is_asked: whether it can have a gradient: it is no integer.
    """

    name: str
    argument: int
    value: Any
    is_asked: bool


class Call:
    """A function at its arguments.

    Attributes:
        function: it.
        name: what it is called.
        leaves: what its arguments hold.
        ran: the lines of its bwd that have run.
    """

    def __init__(self, function: Any, args: Sequence[Any]) -> None:
        """See the class.

        Raises:
            RefusedRuleError: it cannot be asked there.
        """
        self.function = function
        self.name = str(getattr(function, "__name__", "f"))
        self.ran: set[tuple[str, int]] = set()
        if not function.fwd or not function.bwd:
            raise RefusedRuleError(self.name, "it has no rule yet", f"Set one with {self.name}.defvjp(fwd, bwd)")
        self._args = list(args)
        self._static = {place % len(args) for place in function.nondiff_argnums} if args else set()
        self._moving = [place for place in range(len(args)) if place not in self._static]
        self._names = input_names(function.fun, len(args))
        with run_alone(by_line=False):
            self.leaves, self._structures = self._flattened()
        self.asked = [place for place, leaf in enumerate(self.leaves) if leaf.is_asked]
        if not self.asked:
            held = ", ".join(f"{leaf.name} = {_short(leaf.value)}" for leaf in self.leaves)
            why = f"none of its arguments has a gradient: they hold integers ({held})"
            raise RefusedRuleError(self.name, why if held else "it has no arguments", "Give floats, such as 2.0 for 2")

    @property
    def inputs(self) -> list[Any]:
        """What is asked about, as floats and arrays."""
        return [plain(np.asarray(self.leaves[place].value)) for place in self.asked]

    @cached_property
    def rule(self) -> Rule:
        """It, as a rule; several outputs come in a row."""
        self._refuse_other_forward()
        names = [self.leaves[place].name for place in self.asked]
        return Rule(self.name, self.inputs, self._here, self._pull, self._output, names=names)

    @contextmanager
    def _plain(self) -> Iterator[None]:
        """Inside, it runs without the rules of what it calls; what was traced before has those in it."""
        with run_alone(by_line=bool(self.inner)), rules_aside():
            yield

    @cached_property
    def is_coarse(self) -> bool:
        """Whether it is computed in less than double precision all the same."""
        outputs = jax.tree_util.tree_leaves(self._first_run[1])
        return any(jnp.result_type(one).itemsize < 8 for one in outputs if _has_gradient(one))

    def gradients(self, upstream: Any) -> list[Any] | None:
        """What JAX makes of the function itself; None where it makes nothing of it."""

        def pulled() -> list[Any]:
            _, pull = jax.vjp(self._row, [jnp.asarray(x) for x in self.inputs])
            return _floats(pull(jnp.ravel(jnp.asarray(upstream)))[0])

        return self._by_jax(pulled)

    def jacobians(self) -> list[Any] | None:
        """The derivative of each entry of what comes out by each of an input's, as JAX has it; None for nothing."""
        found = self._by_jax(lambda: jax.jacrev(self._row)([jnp.asarray(x) for x in self.inputs]))
        size = np.size(self.rule.output)
        return None if found is None else [np.asarray(one, dtype=float).reshape(size, -1) for one in found]

    def without_inner_rules(self, upstream: Any) -> list[Any] | None:
        """What its bwd passes back where what it calls is differentiated by JAX; None where that cannot be."""
        return self._by_jax(lambda: _floats(self._pulled(self._fwd(), np.ravel(upstream))))

    def _by_jax(self, run: Callable[[], list[Any]]) -> list[Any] | None:
        try:
            with self._plain():
                return run()
        except Exception:  # a loop, a callback, or a kernel that cannot be differentiated
            return None

    @property
    def inner(self) -> list[tuple[Any, tuple[Any, ...]]]:
        """The functions of theirs that it calls, each with the arguments of its first call."""
        return self._first_run[0]

    @cached_property
    def _first_run(self) -> tuple[list[tuple[Any, tuple[Any, ...]]], Any]:
        """The functions of theirs that are called, and what comes out."""
        found: dict[int, tuple[Any, tuple[Any, ...]]] = {}

        def seen(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            if function is self.function or id(function) in found:
                return
            bound = inspect.signature(function.fun).bind(*args, **kwargs)
            bound.apply_defaults()
            leaves = jax.tree_util.tree_leaves(bound.args)
            if not bound.kwargs and not any(isinstance(one, jax.core.Tracer) for one in leaves):
                found[id(function)] = function, bound.args

        with run_alone(by_line=True), rules_aside(seen), self._said("it"):
            result = self.function.fun(*self._arguments(self.inputs))
        return list(found.values()), result

    def _flattened(self) -> tuple[list[Leaf], list[Any]]:
        leaves: list[Leaf] = []
        structures = []
        for number, place in enumerate(self._moving):
            paths, structure = jax.tree_util.tree_flatten_with_path(self._args[place])
            structures.append(structure)
            for path, thing in paths:
                name = f"{self._names[place]}{jax.tree_util.keystr(path)}"
                if not _is_array(thing):
                    why = f"{name} is a {type(thing).__name__}, and no array"
                    raise RefusedRuleError(self.name, why, "Name the arguments that are none in nondiff_argnums")
                if jnp.issubdtype(jnp.result_type(thing), jnp.complexfloating):
                    raise RefusedRuleError(self.name, f"{name} is complex", "Only real arguments are checked")
                is_asked = _has_gradient(thing)
                value = jnp.asarray(thing, dtype=jnp.float64) if is_asked else thing
                leaves.append(Leaf(name, number, value, is_asked))
        return leaves, structures

    def _arguments(self, given: Sequence[Any], *, as_primals: bool = False) -> list[Any]:
        """The arguments, with other numbers in what is asked about."""
        values = [leaf.value for leaf in self.leaves]
        for place, x in zip(self.asked, given):
            values[place] = jnp.asarray(x)
        if as_primals:
            values = [jax.custom_derivatives.CustomVJPPrimal(x, leaf.is_asked) for x, leaf in zip(values, self.leaves)]
        arguments, rest = list(self._args), iter(values)
        for place, structure in zip(self._moving, self._structures):
            arguments[place] = jax.tree_util.tree_unflatten(
                structure, [next(rest) for _ in range(structure.num_leaves)]
            )
        return arguments

    def _row(self, given: Sequence[Any]) -> Any:
        """What comes out, in one row."""
        return self._in_a_row(self.function.fun(*self._arguments(given)))

    def _in_a_row(self, result: Any) -> Any:
        outputs = jax.tree_util.tree_leaves(result)
        for one in outputs:
            if not _is_array(one):
                why = f"it returns a {type(one).__name__}, which is no array and has no gradient"
                raise RefusedRuleError(self.name, why, "Return arrays")
        parts = [jnp.ravel(one) for one in outputs if _has_gradient(one)]
        if not parts:
            given = ", ".join(str(jnp.result_type(one)) for one in outputs) or "nothing"
            raise RefusedRuleError(self.name, f"what it returns has no gradient ({given})", "Return floats")
        return jnp.concatenate(parts)

    def _output(self, given: Sequence[Any]) -> Any:
        with self._plain(), self._said("it"):
            row = np.asarray(self._quick_row([jnp.asarray(x) for x in given]), dtype=float)
        return plain(row.reshape(self._shape))

    @cached_property
    def _here(self) -> Any:
        """What comes out at the inputs."""
        with run_alone(by_line=False):
            row = np.asarray(self._in_a_row(self._first_run[1]), dtype=float)
        return plain(row.reshape(self._shape))

    @property
    def _shape(self) -> tuple[int, ...]:
        outputs = jax.tree_util.tree_leaves(self._first_run[1])
        return tuple(np.shape(outputs[0])) if len(outputs) == 1 else (-1,)

    @cached_property
    def _quick_row(self) -> Any:
        """What comes out, compiled where that can be: it is run for each slope that is measured."""
        return self._row if self.inner else compiled(self._row, [jnp.asarray(x) for x in self.inputs])

    @cached_property
    def _quick_bwd(self) -> Any:
        """What bwd gives for an upstream gradient in one row, compiled where that can be."""
        return compiled(self.passed, np.ones(np.size(self.rule.output)))

    @cached_property
    def _forward(self) -> tuple[Any, Any]:
        """What fwd gives: the output, and what it keeps."""
        with run_alone(by_line=False), self._said("its fwd"):
            found = self._fwd()
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            raise RefusedRuleError(
                self.name, "its fwd does not return a pair", "Return the output, and what bwd needs: return out, kept"
            )
        return found[0], found[1]

    def _refuse_other_forward(self) -> None:
        with run_alone(by_line=False):
            one = np.asarray(self._in_a_row(self._forward[0]), dtype=float)
        other = np.ravel(self._here)
        if one.shape != other.shape:
            why = f"its fwd gives {one.size} numbers, and it itself {other.size}"
            raise RefusedRuleError(self.name, why, "Let fwd return the same output first")
        share = SINGLE if self.is_coarse else SAME
        same = (one == other) | (np.isnan(one) & np.isnan(other))
        finite = np.where(np.isfinite(other), np.abs(other), 0.0)
        with np.errstate(invalid="ignore"):
            off = ~same & ~(np.abs(one - other) <= share * np.max(finite, initial=0.0))
        if off.any():
            at = int(np.argmax(off))
            why = f"its fwd gives {one[at]:.6g} where it itself gives {other[at]:.6g}"
            raise RefusedRuleError(self.name, why, "Let fwd return the same output first")

    def _pull(self, upstream: Any, _: Any) -> Answer:
        row = np.ravel(upstream)
        with run_alone(by_line=False), self._said("its bwd"):
            if self.ran:
                passed = self._quick_bwd(row)
            else:
                with lines_noted([code_of(self.function.bwd)], self.ran):
                    passed = self.passed(row)
        is_coarse = self.is_coarse or any(np.asarray(one).dtype.itemsize < 8 for one in passed if one is not None)
        return Answer(_floats(passed), is_coarse=is_coarse)

    def _fwd(self) -> Any:
        return self.function.fwd(*self._arguments(self.inputs, as_primals=self.function.symbolic_zeros))

    def passed(self, row: Any) -> list[Any]:
        """What bwd gives for an upstream gradient in one row: of each leaf that is asked about, None for none."""
        return self._pulled(self._forward, row)

    def _pulled(self, forward: tuple[Any, Any], row: Any) -> list[Any]:
        """The same for what a fwd has given."""
        result, kept = forward
        static = [self._args[place] for place in sorted(self._static)]
        return self._split(self.function.bwd(*static, kept, self._cotangent(result, row)))

    @staticmethod
    def _cotangent(result: Any, row: Any) -> Any:
        """The upstream gradient in the form of the output."""
        outputs, structure = jax.tree_util.tree_flatten(result)
        parts: list[Any] = []
        start = 0
        for one in outputs:
            if not _has_gradient(one):
                parts.append(np.zeros(np.shape(one), dtype=jax.dtypes.float0))
                continue
            size = np.size(one)
            part = row[start : start + size].reshape(np.shape(one))
            parts.append(jnp.asarray(part, dtype=jnp.result_type(one)))
            start += size
        return jax.tree_util.tree_unflatten(structure, parts)

    def _split(self, given: Any) -> list[Any]:
        """Of each leaf that is asked about its cotangent, None for none."""
        names = [self._names[place] for place in self._moving]
        wants = f"{len(names)} argument{'' if len(names) == 1 else 's'} ({', '.join(names)})"
        instead = "Return a tuple with one for each, in their order, None for what has none"
        if not isinstance(given, tuple):
            why = f"its bwd returns a {type(given).__name__}, and cotangents come in a tuple, for {wants}"
            raise RefusedRuleError(self.name, why, instead)
        if len(given) != len(names):
            why = f"its bwd returns {len(given)} cotangent{'' if len(given) == 1 else 's'}, and it has {wants}"
            raise RefusedRuleError(self.name, why, instead)
        passed: list[Any] = []
        for number, (cotangent, structure) in enumerate(zip(given, self._structures)):
            own = [leaf for leaf in self.leaves if leaf.argument == number]
            if cotangent is None:
                passed += [None] * sum(leaf.is_asked for leaf in own)
                continue
            try:
                parts = structure.flatten_up_to(cotangent)
            except ValueError:
                why = f"its bwd returns for {names[number]} what has not the form of {names[number]}"
                raise RefusedRuleError(self.name, why, "Return the same tuples, lists and dicts, with arrays") from None
            for leaf, part in zip(own, parts):
                if leaf.is_asked:
                    passed.append(part)
                elif part is not None and jnp.result_type(part) != jax.dtypes.float0:
                    why = f"{leaf.name} is an integer, {_short(leaf.value)}, and its bwd returns a cotangent for it"
                    raise RefusedRuleError(self.name, why, "Give a float, such as 2.0 for 2, or return None for it")
        return passed

    @contextmanager
    def _said(self, what: str) -> Iterator[None]:
        """What their code raises, said as what it is."""
        try:
            yield
        except RefusedRuleError:
            raise
        except Exception as error:  # code of theirs may raise anything
            said = f"{type(error).__name__}: {error}".splitlines()[0].rstrip(".: ")
            raise RefusedRuleError(self.name, f"{what} raised {said}") from error


def _floats(passed: Sequence[Any]) -> list[Any]:
    return [None if one is None else plain(np.asarray(one, dtype=float)) for one in passed]


def _is_array(thing: Any) -> bool:
    return isinstance(thing, (jax.Array, np.ndarray, np.generic, bool, int, float, complex))


def _has_gradient(thing: Any) -> bool:
    return bool(jnp.issubdtype(jnp.result_type(thing), jnp.inexact))


def _short(value: Any) -> str:
    return str(value) if not np.shape(value) else f"an array of shape {np.shape(value)}"
