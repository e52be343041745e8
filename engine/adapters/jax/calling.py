"""A `custom_vjp` function at its arguments: what comes out, what its rule passes back, and what JAX makes of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
import numpy as np

from ...arrays.amounts import plain
from ...repair.lines import Lines, lines_noted
from ...repair.source import code_of
from ...rulecheck.parameters import input_names
from ...rulecheck.rule import Answer, Rule
from ..errors import RefusedRuleError
from .rules import run_alone, without_rules
from .stand_in import as_array

SAME, SINGLE = 1e-6, 1e-3
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


def refuse(function: str, why: str, instead: str = "") -> NoReturn:
    """Raise the error that says why a function cannot be asked."""
    raise RefusedRuleError(function, why, instead)


@contextmanager
def user_code(function: str, what: str) -> Iterator[None]:
    """Raise what user code raises as a RefusedRuleError."""
    try:
        yield
    except RefusedRuleError:
        raise
    except Exception as error:  # code of theirs may raise anything
        said = f"{type(error).__name__}: {error}".splitlines()[0].rstrip(".: ")
        raise RefusedRuleError(function, f"{what} raised {said}") from error


def calls_in(function: Any, args: Sequence[Any], name: str) -> tuple[list[tuple[Any, tuple[Any, ...]]], Any]:
    """Return the user's `custom_vjp` functions that a function calls, and its result.

    Each comes with the arguments of its first call.

    Raises:
        RefusedRuleError: it raises something.
    """
    found: dict[int, tuple[Any, tuple[Any, ...]]] = {}

    def seen(inner: Any, given: tuple[Any, ...]) -> None:
        given = jax.tree_util.tree_map(_concrete, given)
        if not any(isinstance(one, jax.core.Tracer) for one in jax.tree_util.tree_leaves(given)):
            found.setdefault(id(inner), (inner, given))

    with run_alone(by_line=True), without_rules(seen), user_code(name, "it"):
        result = function(*args)
    return list(found.values()), result


class Call:
    """A function at its arguments.

    Attributes:
        function: it.
        name: what it is called.
        leaves: what its arguments hold.
    """

    def __init__(self, function: Any, args: Sequence[Any]) -> None:
        """See the class.

        Raises:
            RefusedRuleError: it cannot be asked there.
        """
        self.function = function
        self.name = str(getattr(function, "__name__", "f"))
        if not function.fwd or not function.bwd:
            refuse(self.name, "it has no rule yet", f"Set one with {self.name}.defvjp(fwd, bwd)")
        self._args = list(args)
        static = {place % len(args) for place in function.nondiff_argnums} if args else set()
        self._static = [args[place] for place in sorted(static)]
        self._moving = [place for place in range(len(args)) if place not in static]
        self._names = input_names(function.fun, len(args))
        with run_alone(by_line=False):
            self.leaves, self._structures = self._flattened()
        self.asked = [place for place, leaf in enumerate(self.leaves) if leaf.is_asked]
        if not self.asked:
            held = ", ".join(f"{leaf.name} = {_short(leaf.value)}" for leaf in self.leaves)
            why = f"none of its arguments has a gradient: they hold integers ({held})"
            refuse(self.name, why if held else "it has no arguments", "Give floats, such as 2.0 for 2")
        self._refuse_other_forward()

    @property
    def inputs(self) -> list[Any]:
        """Return what is asked about, as floats and arrays."""
        return [plain(np.asarray(self.leaves[place].value)) for place in self.asked]

    @property
    def names(self) -> list[str]:
        """Return the names of what is asked about."""
        return [self.leaves[place].name for place in self.asked]

    def argument(self, place: int) -> int:
        """Return the index of an input's argument among those that want a cotangent."""
        return self.leaves[self.asked[place]].argument

    def at(self, inputs: Sequence[Any]) -> Call:
        """Return the same at other numbers."""
        other = copy(self)
        for name in ("_first_run", "_forward", "rule", "output"):
            other.__dict__.pop(name, None)
        other.leaves = list(self.leaves)
        with run_alone(by_line=False):
            for place, x in zip(self.asked, inputs):
                other.leaves[place] = replace(self.leaves[place], value=jnp.asarray(x))
        return other

    @cached_property
    def rule(self) -> Rule:
        """Return the function as a rule; several outputs come in a row."""
        return Rule(self.name, self.inputs, self.output, self._pull, self._output_at, names=self.names)

    @cached_property
    def is_coarse(self) -> bool:
        """Tell whether any output has less than double precision all the same."""
        outputs = jax.tree_util.tree_leaves(self._first_run[1])
        return any(jnp.result_type(one).itemsize < 8 for one in outputs if _has_gradient(one))

    def gradients(self, upstream: Any) -> list[Any] | None:
        """Return what JAX makes of the function itself; None for nothing."""

        def pulled() -> list[Any]:
            _, pull = jax.vjp(self._row, [jnp.asarray(x) for x in self.inputs])
            return _floats(pull(jnp.ravel(jnp.asarray(upstream)))[0])

        return self._differentiate(pulled)

    def jacobians(self) -> list[Any] | None:
        """Return JAX's derivatives of the output's entries by those of each input.

        None where JAX makes nothing of it.
        """
        found = self._differentiate(lambda: jax.jacrev(self._row)([jnp.asarray(x) for x in self.inputs]))
        return found and [np.asarray(one, dtype=float).reshape(np.size(self.output), -1) for one in found]

    def without_inner_rules(self, upstream: Any) -> list[Any] | None:
        """Return what bwd gives when JAX differentiates what it calls.

        None where that cannot be.
        """
        return self._differentiate(lambda: _floats(self._passed(self._fwd(), np.ravel(upstream))))

    def _differentiate(self, run: Callable[[], list[Any]]) -> list[Any] | None:
        try:
            with self._plain():
                return run()
        except Exception:  # a loop, a callback, or a kernel that cannot be differentiated
            return None

    @contextmanager
    def _plain(self) -> Iterator[None]:
        """Run a block without the rules of what the function calls.

        It runs untraced then, as what was traced before has those rules in it.
        """
        with run_alone(by_line=bool(self.inner)), without_rules():
            yield

    @property
    def inner(self) -> list[tuple[Any, tuple[Any, ...]]]:
        """Return the user's `custom_vjp` functions that it calls, with their first arguments."""
        return [one for one in self._first_run[0] if one[0] is not self.function]

    @cached_property
    def _first_run(self) -> tuple[list[tuple[Any, tuple[Any, ...]]], Any]:
        return calls_in(self.function.fun, self._arguments(self.inputs), self.name)

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
                    refuse(self.name, why, "Name the arguments that are none in nondiff_argnums")
                if jnp.issubdtype(jnp.result_type(thing), jnp.complexfloating):
                    refuse(self.name, f"{name} is complex", "Only real arguments are checked")
                is_asked = _has_gradient(thing)
                leaves.append(Leaf(name, number, jnp.asarray(thing, jnp.float64) if is_asked else thing, is_asked))
        return leaves, structures

    def _arguments(self, given: Sequence[Any], *, as_primals: bool = False) -> list[Any]:
        """Return the arguments, with other numbers in what is asked about."""
        values = [leaf.value for leaf in self.leaves]
        for place, x in zip(self.asked, given):
            values[place] = jnp.asarray(x)
        if as_primals:
            values = [jax.custom_derivatives.CustomVJPPrimal(x, leaf.is_asked) for x, leaf in zip(values, self.leaves)]
        arguments, rest = list(self._args), iter(values)
        for place, structure in zip(self._moving, self._structures):
            held = [next(rest) for _ in range(structure.num_leaves)]
            arguments[place] = jax.tree_util.tree_unflatten(structure, held)
        return arguments

    def _row(self, given: Sequence[Any]) -> Any:
        return self._in_a_row(self.function.fun(*self._arguments(given)))

    def _in_a_row(self, result: Any) -> Any:
        outputs = jax.tree_util.tree_leaves(result)
        for one in outputs:
            if not _is_array(one):
                why = f"it returns a {type(one).__name__}, which is no array and has no gradient"
                refuse(self.name, why, "Return arrays")
        parts = [jnp.ravel(one) for one in outputs if _has_gradient(one)]
        if not parts:
            given = ", ".join(str(jnp.result_type(one)) for one in outputs) or "nothing"
            refuse(self.name, f"what it returns has no gradient ({given})", "Return floats")
        return jnp.concatenate(parts)

    def _shaped(self, row: Any) -> Any:
        outputs = jax.tree_util.tree_leaves(self._first_run[1])
        return plain(np.asarray(row, float).reshape(np.shape(outputs[0]) if len(outputs) == 1 else (-1,)))

    @cached_property
    def output(self) -> Any:
        """Return what comes out; several outputs come in a row."""
        with run_alone(by_line=False):
            return self._shaped(self._in_a_row(self._first_run[1]))

    def _output_at(self, given: Sequence[Any]) -> Any:
        with self._plain(), user_code(self.name, "it"):
            return self._shaped(self._row([jnp.asarray(x) for x in given]))

    @cached_property
    def _forward(self) -> tuple[Any, Any]:
        """Return what fwd gives: the output, and what it keeps."""
        with run_alone(by_line=False), user_code(self.name, "its fwd"):
            return self._fwd()

    def _fwd(self) -> tuple[Any, Any]:
        found = self.function.fwd(*self._arguments(self.inputs, as_primals=self.function.symbolic_zeros))
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            refuse(
                self.name, "its fwd does not return a pair", "Return the output, and what bwd needs: return out, kept"
            )
        return found[0], found[1]

    def _refuse_other_forward(self) -> None:
        other = np.ravel(self.output)
        with run_alone(by_line=False):
            one = np.asarray(self._in_a_row(self._forward[0]), dtype=float)
        if one.shape != other.shape:
            why = f"its fwd gives {one.size} numbers, and it itself {other.size}"
            refuse(self.name, why, "Let fwd return the same output first")
        finite = np.where(np.isfinite(other), np.abs(other), 0.0)
        with np.errstate(invalid="ignore"):
            near = np.abs(one - other) <= (SINGLE if self.is_coarse else SAME) * np.max(finite, initial=0.0)
        off = ~(near | (one == other) | (np.isnan(one) & np.isnan(other)))
        if off.any():
            at = int(np.argmax(off))
            why = f"its fwd gives {one[at]:.6g} where it itself gives {other[at]:.6g}"
            refuse(self.name, why, "Let fwd return the same output first")

    def _pull(self, upstream: Any, _: Any) -> Answer:
        with run_alone(by_line=False), user_code(self.name, "its bwd"):
            passed = self._passed(self._forward, np.ravel(upstream))
        is_coarse = self.is_coarse or any(np.asarray(one).dtype.itemsize < 8 for one in passed if one is not None)
        return Answer(_floats(passed), is_coarse=is_coarse)

    def rerun(
        self, upstream: Any, between: Callable[[], None] = lambda: None, *, quickly: bool = False
    ) -> tuple[Any, list[Any]]:
        """Run fwd and bwd once more, untraced.

        What comes back is the output, in one row, and what bwd gives.

        Args:
            between: called where bwd begins.
            quickly: whether bwd alone runs, on arrays of NumPy's.
        """
        with run_alone(by_line=True):
            forward = self._forward if quickly else self._fwd()
            row = np.ravel(self.output) if quickly else np.asarray(self._in_a_row(forward[0]), float)
            between()
            return row, _floats(self._passed(forward, np.ravel(upstream), as_array if quickly else lambda one: one))

    def ran(self, upstream: Any) -> Lines:
        """Return the lines of its bwd that run."""
        ran: set[tuple[str, int]] = set()
        with lines_noted([code_of(inspect.unwrap(self.function.bwd))], ran):
            self.rerun(upstream)
        return frozenset(ran)

    def _passed(self, forward: tuple[Any, Any], row: Any, of: Callable[[Any], Any] = lambda one: one) -> list[Any]:
        """Return what bwd gives: of each leaf that is asked about, None for none.

        Args:
            of: what it is given in the place of each array.
        """
        kept, cotangent = jax.tree_util.tree_map(of, (forward[1], self._cotangent(forward[0], row)))
        return self._split(self.function.bwd(*self._static, kept, cotangent))

    @staticmethod
    def _cotangent(result: Any, row: Any) -> Any:
        """Return the upstream gradient in the form of the output."""
        outputs, structure = jax.tree_util.tree_flatten(result)
        parts: list[Any] = []
        for one in outputs:
            if _has_gradient(one):
                own, row = row[: np.size(one)], row[np.size(one) :]
                parts.append(jnp.asarray(own.reshape(np.shape(one)), dtype=jnp.result_type(one)))
            else:
                parts.append(np.zeros(np.shape(one), dtype=jax.dtypes.float0))
        return jax.tree_util.tree_unflatten(structure, parts)

    def _split(self, given: Any) -> list[Any]:
        """Return of each leaf that is asked about its cotangent, None for none."""
        names = [self._names[place] for place in self._moving]
        wants = f"{len(names)} argument{'' if len(names) == 1 else 's'} ({', '.join(names)})"
        instead = "Return a tuple with one for each, in their order, None for what has none"
        if not isinstance(given, tuple):
            why = f"its bwd returns a {type(given).__name__}, and cotangents come in a tuple, for {wants}"
            refuse(self.name, why, instead)
        if len(given) != len(names):
            why = f"its bwd returns {len(given)} cotangent{'' if len(given) == 1 else 's'}, and it has {wants}"
            refuse(self.name, why, instead)
        passed: list[Any] = []
        for number, (cotangent, structure) in enumerate(zip(given, self._structures)):
            own = [leaf for leaf in self.leaves if leaf.argument == number]
            try:
                parts = [None] * len(own) if cotangent is None else structure.flatten_up_to(cotangent)
            except ValueError:
                why = f"its bwd returns for {names[number]} what has not the form of {names[number]}"
                refuse(self.name, why, "Return the same tuples, lists and dicts, with arrays")
            for leaf, part in zip(own, parts):
                if leaf.is_asked:
                    passed.append(part)
                elif part is not None and jnp.result_type(part) != jax.dtypes.float0:
                    why = f"{leaf.name} is an integer, {_short(leaf.value)}, and its bwd returns a cotangent for it"
                    refuse(self.name, why, "Give a float, such as 2.0 for 2, or return None for it")
        return passed


def _concrete(thing: Any) -> Any:
    """Return the numbers behind the tracers of `jax.grad` and the like."""
    while isinstance(thing, jax.core.Tracer) and hasattr(thing, "primal"):
        thing = thing.primal
    return thing


def _floats(passed: Sequence[Any]) -> list[Any]:
    return [None if one is None else plain(np.asarray(one, dtype=float)) for one in passed]


def _is_array(thing: Any) -> bool:
    return isinstance(thing, (jax.Array, np.ndarray, np.generic, bool, int, float, complex))


def _has_gradient(thing: Any) -> bool:
    return bool(jnp.issubdtype(jnp.result_type(thing), jnp.inexact))


def _short(value: Any) -> str:
    return str(value) if not np.shape(value) else f"an array of shape {np.shape(value)}"
