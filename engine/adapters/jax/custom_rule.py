"""A `custom_vjp` function at its arguments: what comes out, what its rule passes back, and what JAX makes of it.

User code runs by itself, in double precision and untraced where that can be. Where JAX says what is right, the rules of
the functions that are called inside are left aside.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial, wraps
from importlib import import_module
from random import Random
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jax.tree_util import keystr, tree_flatten_with_path, tree_leaves, tree_map, tree_unflatten

from ...amounts import alike, draw_like, is_finite, plain
from ...repair.user_code import find_reachable, spaces_of
from ...rulecheck.parameters import input_names
from ...rulecheck.rule import Answer, Rule
from ..errors import RefusedRuleError

SAME, SINGLE = 1e-6, 1e-3
"""How far the outputs of a function and of its fwd may be apart, as a share of the largest; in single precision."""
ON_JAX = 400.0
"""What a run comes to, in units of work, in which JAX dispatches each operation."""
NOT_DIFFERENTIATED = (NotImplementedError, ValueError, jax.errors.JAXTypeError)
"""What JAX raises of a loop, a callback or a kernel that it has no derivative of."""

Calls = dict[int, tuple[Any, list[tuple[Any, ...]]]]
"""Functions with a rule of the user's, each with the arguments of its first two calls."""

_lock = threading.RLock()


@contextmanager
def run_alone(*, by_line: bool) -> Iterator[None]:
    """Run a block in double precision, its loops and jitted functions untraced if `by_line`."""
    # Older ones have it among what is experimental.
    wide = jax.enable_x64 if hasattr(jax, "enable_x64") else import_module("jax.experimental").enable_x64
    with wide(True), jax.disable_jit(by_line):
        yield


@contextmanager
def disable_rules(note: Callable[..., None] = lambda function, args: None) -> Iterator[None]:
    """Run a block in which each `custom_vjp` function of the user is its plain self, and tell `note` of its calls."""
    thread = threading.get_ident()
    patched: Any = jax.custom_vjp
    with _lock:
        original = patched.__call__

        @wraps(original)
        def call(function: Any, *args: Any, **kwargs: Any) -> Any:
            is_jax = (getattr(function.fun, "__module__", None) or "").split(".")[0] == "jax"
            if is_jax or threading.get_ident() != thread:
                return original(function, *args, **kwargs)
            bound = inspect.signature(function.fun).bind(*args, **kwargs)
            bound.apply_defaults()
            if not bound.kwargs:
                note(function, bound.args)
            return function.fun(*args, **kwargs)

        patched.__call__ = call
        try:
            yield
        finally:
            patched.__call__ = original


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


def calls_in(function: Any, args: Sequence[Any], name: str, into: Calls) -> Any:
    """Return the result of a function, and note the functions with a rule that it calls."""

    def note(inner: Any, given: tuple[Any, ...]) -> None:
        given = tree_map(_concrete, given)
        if not any(isinstance(one, jax.core.Tracer) for one in tree_leaves(given)):
            _, met = into.setdefault(id(inner), (inner, []))
            met += [given] if len(met) < 2 else []

    with run_alone(by_line=True), disable_rules(note), user_code(name, "it"):
        return function(*args)


class Call:
    """A function at its arguments.

    Attributes:
        custom: the function, and `name` what it is called.
        inputs: the floats and arrays among the arguments that have a gradient, in double precision; the `names` of
            these, and for each the place of its `argument` among those that want a cotangent, `count` of them.
        has_inner: whether it calls functions with a rule.
        output: what comes out; several outputs come in a row.
        is_coarse: whether any has less than double precision all the same.
        forward: what fwd gives: the output, and what it keeps.
    """

    def __init__(self, custom: Any, args: Sequence[Any]) -> None:
        """See the class; RefusedRuleError where it cannot be asked."""
        self.custom, self.name = custom, str(getattr(custom, "__name__", "f"))
        if not custom.fwd or not custom.bwd:
            self._refuse("it has no rule yet", f"Set one with {self.name}.defvjp(fwd, bwd)")
        static = {place % len(args) for place in custom.nondiff_argnums} if args else set()
        self._args, self._moving = list(args), [place for place in range(len(args)) if place not in static]
        names = input_names(custom.fun, len(args))
        self._wanted = [names[place] for place in self._moving]
        leaves, structure = tree_flatten_with_path(tuple(args[place] for place in self._moving))
        self._structure: Any = structure
        self._leaves = [thing for _, thing in leaves]
        self._names = [f"{self._wanted[path[0].idx]}{keystr(path[1:])}" for path, _ in leaves]
        owners: list[int] = [path[0].idx for path, _ in leaves]
        for name, thing in zip(self._names, self._leaves):
            if not _is_array(thing):
                why = f"{name} is a {type(thing).__name__}, and no array"
                self._refuse(why, "Name the arguments that are none in nondiff_argnums")
            if jnp.issubdtype(jnp.result_type(thing), jnp.complexfloating):
                self._refuse(f"{name} is complex", "Only real arguments are checked")
        self._asked = [place for place, thing in enumerate(self._leaves) if _has_gradient(thing)]
        if not self._asked:
            held = ", ".join(f"{name} = {_short(thing)}" for name, thing in zip(self._names, self._leaves))
            why = f"none of its arguments has a gradient: they hold integers ({held})"
            self._refuse(why if held else "it has no arguments", "Give floats, such as 2.0 for 2")
        self.inputs = [plain(np.asarray(self._leaves[place], float)) for place in self._asked]
        self.names = [self._names[place] for place in self._asked]
        self.argument, self.count = [owners[place] for place in self._asked], len(self._wanted)
        self._compiled: Callable[[Sequence[Any]], Any] = jax.jit(self._row)  # a loop alone is compiled at each call
        with run_alone(by_line=False):
            calls: Calls = {}
            result = calls_in(custom.fun, self.arguments(self.inputs), self.name, calls)
            self.has_inner = bool(calls.keys() - {id(custom)})
            outputs = tree_leaves(result)
            self._shape = np.shape(outputs[0]) if len(outputs) == 1 else (-1,)
            self.output = self._reshape(self._flatten(result)[0])
            self.is_coarse = any(jnp.result_type(one).itemsize < 8 for one in outputs if _has_gradient(one))
            with user_code(self.name, "its fwd"):
                self.forward = self._fwd()
            self._refuse_other_forward()

    def _refuse(self, why: str, instead: str) -> NoReturn:
        raise RefusedRuleError(self.name, why, instead)

    def gradients(self, upstream: Any) -> list[Any] | None:
        """Return what JAX makes of the function itself; None for nothing."""
        with self._plain("its derivative"), suppress(*NOT_DIFFERENTIATED):
            _, pull = jax.vjp(self._row, list(map(jnp.asarray, self.inputs)))
            return _floats(pull(jnp.asarray(np.ravel(upstream)))[0])
        return None

    def bypass_inner_rules(self, upstream: Any) -> list[Any] | None:
        """Return what bwd gives when JAX differentiates what it calls; None where that cannot be."""
        with self._plain("its derivative"), suppress(*NOT_DIFFERENTIATED):
            return _floats(self._cotangents(self._fwd(), upstream))
        return None

    @contextmanager
    def _plain(self, what: str) -> Iterator[None]:
        """Run a block without the rules of what the function calls, which what was traced before has in it."""
        with run_alone(by_line=self.has_inner), disable_rules(), user_code(self.name, what):
            yield

    def arguments(self, inputs: Sequence[Any], *, as_primals: bool = False) -> list[Any]:
        """Return the arguments, with other numbers in what is asked about."""
        values = list(self._leaves)
        for place, x in zip(self._asked, inputs):
            values[place] = jnp.asarray(x, jnp.float64)
        if as_primals:
            primal = jax.custom_derivatives.CustomVJPPrimal
            values = [primal(x, place in self._asked) for place, x in enumerate(values)]
        arguments = list(self._args)
        for place, one in zip(self._moving, tree_unflatten(self._structure, values)):
            arguments[place] = one
        return arguments

    def _row(self, inputs: Sequence[Any]) -> Any:
        return self._flatten(self.custom.fun(*self.arguments(inputs)))[0]

    def _flatten(self, result: Any) -> tuple[Any, Callable[[Any], Any]]:
        """Return what has a gradient of a result in one row, and what puts such a row back into its form."""
        outputs = tree_leaves(result)
        for one in outputs:
            if not _is_array(one):
                why = f"it returns a {type(one).__name__}, which is no array and has no gradient"
                self._refuse(why, "Return arrays")
        if not any(map(_has_gradient, outputs)):
            kinds = ", ".join(str(jnp.result_type(one)) for one in outputs) or "nothing"
            self._refuse(f"what it returns has no gradient ({kinds})", "Return floats")
        return ravel_pytree(tree_map(lambda one: one if _has_gradient(one) else None, result))

    def _reshape(self, row: Any) -> Any:
        return plain(np.asarray(row, float).reshape(self._shape))

    def _output_at(self, inputs: Sequence[Any]) -> Any:
        with self._plain("it"):
            with suppress(Exception):  # not every function can be traced
                return self._reshape(self._compiled(list(inputs)))
            self._compiled = self._row
            return self._reshape(self._row(inputs))

    def _fwd(self) -> tuple[Any, Any]:
        found = self.custom.fwd(*self.arguments(self.inputs, as_primals=self.custom.symbolic_zeros))
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            self._refuse("its fwd does not return a pair", "Return the output, and what bwd needs: return out, kept")
        return found[0], found[1]

    def _refuse_other_forward(self) -> None:
        """Refuse a fwd whose output is not the function's own."""
        other, one = np.ravel(self.output), np.asarray(self._flatten(self.forward[0])[0], dtype=float)
        why = f"its fwd gives {one.size} numbers, and it itself {other.size}" if one.shape != other.shape else ""
        if not why:
            largest = np.max(np.abs(other), initial=0.0, where=np.isfinite(other))
            off = ~np.isclose(one, other, 0.0, (SINGLE if self.is_coarse else SAME) * largest, equal_nan=True)
            at = int(np.argmax(off))
            why = f"its fwd gives {one[at]:.6g} where it itself gives {other[at]:.6g}" if off.any() else ""
        if why:
            self._refuse(why, "Let fwd return the same output first")

    def ask(self, rng: Random, prefix: str = "") -> Answer:
        """Return what bwd passes back for a random upstream gradient, its inputs called by a prefix and their names."""
        if not all(map(is_finite, (*self.inputs, self.output))):
            self._refuse("its output, or an argument, is nan or infinite there", "Give other arguments")
        upstream = draw_like(self.output, rng, 0.5, 1.5)
        passed = self._pull(upstream)
        is_coarse = self.is_coarse or any(np.asarray(one).dtype.itemsize < 8 for one in passed if one is not None)
        names = [f"{prefix}{name}" for name in self.names]
        rule = Rule(self.name, self.inputs, self.output, lambda g: _floats(self._pull(g)), self._output_at, names)
        return Answer(rule, upstream, _floats(passed), is_coarse)

    def _pull(self, upstream: Any) -> list[Any]:
        with run_alone(by_line=False), user_code(self.name, "its bwd"):
            return self._cotangents(self.forward, upstream)

    def pull_after(self, other: Call, upstream: Any) -> list[Any]:
        """Return what bwd gives where another call comes between its fwd and it, there and back."""
        with run_alone(by_line=False), user_code(self.name, "its rule"):
            forward, between = self._fwd(), other._fwd()
            other._cotangents(between, other.output)
            return _floats(self._cotangents(forward, upstream))

    def repeat(self, upstream: Any) -> tuple[Callable[[], dict[str, Any]], float]:
        """Return what gives by name what bwd does, untraced, 0 for None; and the work that JAX takes for it.

        It runs on NumPy where that gives the same: each operation takes JAX a hundred times as long.
        """
        spaces = spaces_of(find_reachable([self.custom.bwd]))
        names = [(space, name) for space in spaces for name, held in space.items() if held is jnp]

        def run(module: Any, given: tuple[Any, Any]) -> dict[str, Any]:
            with run_alone(by_line=True):
                for space, name in names:
                    space[name] = module
                try:
                    passed = _floats(self._pass_back(*given))
                finally:
                    for space, name in names:
                        space[name] = jnp
            each = zip(self.names, self.inputs, passed)
            return {name: np.zeros(np.shape(x)) if one is None else one for name, x, one in each}

        result, kept = self.forward
        with run_alone(by_line=True):
            given = kept, self._in_form_of(result, upstream)
        arrays = tree_map(lambda one: np.asarray(one) if isinstance(one, jax.Array) else one, given)
        on_jax, on_numpy = partial(run, jnp, given), partial(run, np, arrays)
        with suppress(Exception):  # NumPy cannot do all that JAX can
            pairs = zip(on_jax().values(), on_numpy().values())
            if all(alike(one, other, SINGLE if self.is_coarse else SAME) for one, other in pairs):
                return on_numpy, 0.0
        return on_jax, ON_JAX

    def _cotangents(self, forward: tuple[Any, Any], upstream: Any) -> list[Any]:
        """Return of each input the cotangent that bwd gives, None for none."""
        return self._pass_back(forward[1], self._in_form_of(forward[0], upstream))

    def _in_form_of(self, result: Any, upstream: Any) -> Any:
        """Return an upstream gradient in the form of what comes out."""
        row, shaped = self._flatten(result)

        def or_zeros(output: Any, cotangent: Any) -> Any:  # those that JAX gives for integers
            return np.zeros(np.shape(output), jax.dtypes.float0) if cotangent is None else cotangent

        return tree_map(or_zeros, result, shaped(jnp.asarray(np.ravel(upstream), row.dtype)))

    def _pass_back(self, kept: Any, cotangent: Any) -> list[Any]:
        """Return of each input what bwd gives, None for none; RefusedRuleError where it has another form."""
        static = [one for place, one in enumerate(self._args) if place not in self._moving]
        given = self.custom.bwd(*static, kept, cotangent)
        names = self._wanted
        wants = f"{len(names)} argument{'' if len(names) == 1 else 's'} ({', '.join(names)})"
        if not isinstance(given, tuple) or len(given) != len(names):
            why = f"its bwd returns a {type(given).__name__}, and cotangents come in a tuple, for {wants}"
            if isinstance(given, tuple):
                why = f"its bwd returns {len(given)} cotangent{'' if len(given) == 1 else 's'}, and it has {wants}"
            self._refuse(why, "Return a tuple with one for each, in their order, None for what has none")
        parts: list[Any] = []
        for name, one, structure in zip(names, given, self._structure.children()):
            try:
                parts += [None] * structure.num_leaves if one is None else structure.flatten_up_to(one)
            except ValueError:
                why = f"its bwd returns for {name} what has not the form of {name}"
                self._refuse(why, "Return the same tuples, lists and dicts, with arrays")
        for place, part in enumerate(parts):
            if place not in self._asked and part is not None and jnp.result_type(part) != jax.dtypes.float0:
                held = f"{self._names[place]} is an integer, {_short(self._leaves[place])}"
                why = f"{held}, and its bwd returns a cotangent for it"
                self._refuse(why, "Give a float, such as 2.0 for 2, or return None for it")
        return [parts[place] for place in self._asked]


def _concrete(thing: Any) -> Any:
    """Return the numbers behind the tracers of `jax.grad` and the like, under `jax.vmap` those of the first example."""
    while isinstance(thing, jax.core.Tracer) and (hasattr(thing, "primal") or hasattr(thing, "batch_dim")):
        if hasattr(thing, "primal"):
            thing = thing.primal
        else:
            thing = thing.val if thing.batch_dim is None else jnp.take(thing.val, 0, thing.batch_dim)
    return thing


def _floats(passed: Sequence[Any]) -> list[Any]:
    return [None if one is None else plain(np.asarray(one, dtype=float)) for one in passed]


def _is_array(thing: Any) -> bool:
    return isinstance(thing, (jax.Array, np.ndarray, np.generic, bool, int, float, complex))


def _has_gradient(thing: Any) -> bool:
    return bool(jnp.issubdtype(jnp.result_type(thing), jnp.inexact))


def _short(value: Any) -> str:
    return str(value) if not np.shape(value) else f"an array of shape {np.shape(value)}"
