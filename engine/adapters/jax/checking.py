"""`check`: the rule of a `custom_vjp` function against the derivative of the function itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from types import CodeType, FrameType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...arrays import array
from ...arrays.edges import Edge
from ...arrays.opaque import opaque
from ...errors import HandgradError
from ...manual import require_gradients
from ...repair.effects import without_effects
from ...repair.lines import traced, variable_at, written_at
from ...repair.source import code_of
from ...rulecheck import directions, points
from ...rulecheck.exercise import COARSE, MEASURED, Truth, measured_truth, wrong_in
from ...rulecheck.jacobian import LARGEST, jacobian
from ...rulecheck.query import Asked, ask
from ...rulecheck.rule import Answer
from ...slips.slip import Slip
from ...value import Value
from ...verdict.comparison import Comparison
from ..errors import NotACustomVjpError, RefusedRuleError
from ..reached import reached
from ..reading import Shown, read_apart
from ..recognise import Sample, known
from ..sandbox import Keeper
from .aside import run_alone
from .calling import Call

RTOL, SINGLE = 1e-6, 1e-3
"""How near a gradient must be, as a share of it; in single precision."""
MOST_SLOPES = 1_000_000
"""Entries of an output times those of an input up to which a mistake is looked for."""

IsRight = Callable[[int, Any], bool]


def check(f: Any, *args: Any) -> Comparison:
    """Check the hand-written rule of a `jax.custom_vjp` function.

    What its `bwd` gives, for a random upstream gradient, is compared with JAX's own derivative of the function as if
    it had no rule; where that cannot be had, or is not finite, against central differences. All of it in double
    precision, where the function does not ask for less. The same is done for each `custom_vjp` function that it
    calls; their rules do not count as its truth.

    Args:
        f: a `jax.custom_vjp` function, with its rule; or one under `jax.jit`.
        args: what it is called with; integers among them are not asked about.

    Returns:
        A Comparison: a result for each array among the arguments, named as the function calls it. A wrong one has the
        line of `bwd` in `.source`, and the mistake in `.slip`.

    Raises:
        NotACustomVjpError: f is something else.
        RefusedRuleError: it cannot be asked: all arguments are integers, `bwd` returns another number of cotangents
            than there are arguments, an output is no array, `fwd` gives another output, or their code raises.

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
    inside: list[Shown] = []
    remarks = []
    custom = _custom(f)
    with without_effects() as effects, _kept(custom):
        call = Call(custom, args)
        for function, inner in call.inner:
            name = getattr(function, "__name__", "f")
            try:
                inside += _shown(Call(function, inner), f"{name}.")
            except RefusedRuleError as error:
                remarks.append(f"{name}, which is called inside, was not judged: {error.why}.")
        is_inside = any(one.slip is not None for one in inside)
        shown = [*_shown(call, "", is_inside=is_inside), *inside]
        output = call.rule.output
    remarks += filter(None, [effects.remark])
    edges = [_nothing(one.node) for one in shown]
    root: Value = opaque(call.name, np.asarray(output, dtype=float), edges)(*(one.node for one in shown))
    root.label = call.name
    reading = read_apart(root, shown, rtol=RTOL, titles=("bwd's", "derivative"), remarks=remarks)
    return Comparison(reading.evidence)


@contextmanager
def _kept(function: Any) -> Iterator[None]:
    """In this block its code may run: global names and what is closed over are as before afterwards."""
    kept = Keeper()
    kept.keep_functions(reached([function.fun, function.fwd, function.bwd]))
    try:
        yield
    finally:
        kept.put_back()


def _custom(f: Any) -> Any:
    """The function itself, under `jax.jit` and the like."""
    found = f
    while not isinstance(found, jax.custom_vjp) and hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    if not isinstance(found, jax.custom_vjp):
        raise NotACustomVjpError(f)
    return found


def _nothing(operand: Value) -> Edge:
    return Edge(lambda gradient, _: np.zeros(operand.shape))


def _shown(call: Call, prefix: str, *, is_inside: bool = False) -> Iterator[Shown]:
    """What is to be said of each input of a call.

    Args:
        is_inside: whether a rule that it calls is wrong: what is right without that is only carried on.
    """
    rule = replace(call.rule, names=[f"{prefix}{name}" for name in call.rule.names])
    try:
        asked = ask(rule, Random(0))
    except ValueError:
        why = "its output, or an argument, is nan or infinite there"
        raise RefusedRuleError(call.name, why, "Give other arguments") from None
    truth = _Truth(call, asked)
    alone = call.without_inner_rules(asked.upstream) if is_inside else None

    def is_right(place: int, actual: Any) -> bool:
        expected = truth.gradients[place]
        fits = actual is not None and np.shape(actual) == np.shape(expected)
        return fits and not np.any(truth.apart(actual, expected))

    wrong = {place: truth.gradients[place] for place, one in enumerate(asked.given) if not is_right(place, one)}
    follows = carried(call, asked.upstream, wrong, is_right)
    for place, x in enumerate(rule.inputs):
        given = asked.given[place]
        node = array(x, label=rule.names[place])
        actual = np.zeros(np.shape(x)) if given is None else given
        expected = truth.gradients[place]
        slip = truth.slip(place, actual)
        if slip is None:
            yield Shown(node, actual, expected)
            continue
        off = truth.apart(actual, expected) if np.shape(actual) == np.shape(x) else None
        own = None if alone is None else alone[place]
        if off is not None and (place in follows or (own is not None and is_right(place, own))):
            yield Shown(node, given, expected, off)
            continue
        argument = call.leaves[call.asked[place]].argument
        static = len(call.function.nondiff_argnums)
        source = written_at(call.function.bwd, argument, call.ran, kept=static)
        yield Shown(node, given, expected, off, slip, source)


class _Truth:
    """What is right about a rule that was asked.

    Attributes:
        gradients: of each input, for the upstream gradient that was given.
    """

    def __init__(self, call: Call, asked: Asked) -> None:
        self._call, self._asked = call, asked
        found = call.gradients(asked.upstream)
        count = len(asked.rule.inputs)
        self._is_measured = [found is None or not np.isfinite(found[place]).all() for place in range(count)]
        self._slopes: dict[int, Any] = {}
        self.gradients = [
            self._by_slopes(place) if found is None or is_measured else found[place]
            for place, is_measured in enumerate(self._is_measured)
        ]

    def apart(self, actual: Any, expected: Any) -> Any:
        """Where two gradients differ by more than noise."""
        share = SINGLE if self._asked.is_coarse else RTOL
        if any(self._is_measured):
            share = COARSE if self._asked.is_coarse else MEASURED
        with np.errstate(invalid="ignore"):
            largest = np.max(np.abs(expected), initial=0.0)
            part = 1.0 if self._asked.is_coarse or any(self._is_measured) else 1e-3
            return ~(np.abs(np.subtract(actual, expected)) <= share * (np.abs(expected) + part * largest))

    def slip(self, place: int, actual: Any) -> Slip | None:
        """The mistake in what was passed to an input; None for none."""
        expected = self.gradients[place]
        fits = np.shape(actual) == np.shape(expected)
        if fits and (not np.any(self.apart(actual, expected)) or self._is_at_a_kink(place, actual)):
            return None
        if self._asked.given[place] is None:
            name = self._asked.rule.names[place]
            return Slip("missing-path", f"{name}: bwd returns None for it, and the output does depend on it.")
        return self._named(place) or Slip("rule", self._unexplained(place))

    def _by_slopes(self, place: int) -> Any:
        slopes = self._jacobian(place)
        x = self._asked.rule.inputs[place]
        found = np.reshape(np.ravel(self._asked.upstream) @ np.reshape(slopes, (-1, np.size(x))), np.shape(x))
        return found[()]

    def _jacobian(self, place: int) -> Any:
        """Measured."""
        if place not in self._slopes:
            rule = self._asked.rule
            x = rule.inputs[place]
            if np.size(x) > LARGEST:
                why = f"JAX has no finite derivative of it, and {rule.names[place]} has too many entries to measure"
                raise RefusedRuleError(rule.name, why, "Give smaller arrays")
            self._slopes[place] = jacobian(rule.vary_input(place), x, is_single=self._asked.is_coarse, least=1e-2)
        return self._slopes[place]

    def _is_at_a_kink(self, place: int, actual: Any) -> bool:
        """Whether JAX's side of a kink is one of two, or the slopes, measured, are as the rule says."""
        if self._asked.is_coarse or self._is_measured[place] or not np.all(np.isfinite(actual)):
            return False
        rule = self._asked.rule

        def pull(upstream: Any, stood: Any) -> Answer:
            given = rule.pull(upstream, stood).given
            return Answer([np.zeros(np.shape(x)) if one is None else one for x, one in zip(rule.inputs, given)])

        others = frozenset(range(len(rule.inputs))) - {place}
        findings = directions.findings(replace(rule, pull=pull, unasked=others))
        return not any(finding.is_wrong for finding in findings)

    def _named(self, place: int) -> Slip | None:
        rule = self._asked.rule
        asked = self._asked._replace(rule=replace(rule, name="output"))
        with np.errstate(all="ignore"):
            for truth in self._truths():
                try:
                    slips = [one.slip for one in wrong_in(asked, truth) if one.which == place]
                except (HandgradError, ArithmeticError, ValueError):
                    continue
                if slips and slips[0] is not None:
                    return slips[0]
        return None

    def _truths(self) -> Iterator[Truth]:
        """The function as an operation of ours, and as its slopes alone."""
        rule = self._asked.rule
        recognised = None if self._asked.is_coarse else known(rule.name, self._samples())
        if recognised is not None:
            slots = [slot if isinstance(slot, int) else (slot,) for slot in recognised.slots]
            yield Truth(recognised.at({}), slots)
        if np.size(rule.output) * max(map(np.size, rule.inputs)) > MOST_SLOPES:
            return
        slopes = None if any(self._is_measured) else self._call.jacobians()
        if slopes is None:
            slopes = [self._jacobian(place) for place in range(len(rule.inputs))]
        yield measured_truth(rule.name, rule.output, slopes, rule.inputs)

    def _samples(self) -> list[Sample]:
        rule = self._asked.rule
        assert rule.forward is not None
        samples = [Sample(tuple(rule.inputs), rule.output, {})]
        for point in points.points(rule.inputs):
            try:
                output = rule.forward(point)
            except RefusedRuleError:
                continue
            if np.all(np.isfinite(output)):
                samples.append(Sample(tuple(point), output, {}))
        return samples

    def _unexplained(self, place: int) -> str:
        rule = self._asked.rule
        return (
            f"{rule.names[place]}: what bwd returns for it is not the derivative of {rule.name}. Measure one entry: "
            "move it by 0.001, call the function again, and divide what the output has moved by 0.001."
        )


def carried(call: Call, upstream: Any, truths: Mapping[int, Any], is_right: IsRight) -> set[int]:
    """The places of the gradients that are only carried on.

    Args:
        upstream: the gradient that arrives.
        truths: what belongs there, by the places of all that are wrong.
        is_right: says so of what is passed to a place.
    """
    fixed: dict[int, set[int]] = {}
    for place, truth in truths.items() if len(truths) > 1 else ():
        given = _with_truth(call, place, truth, np.ravel(upstream))
        fixed[place] = {one for one in truths if given is not None and is_right(one, given[one])} - {place}
    return {one for place, some in fixed.items() for one in some if place not in fixed[one]}


def _with_truth(call: Call, place: int, truth: Any, row: Any) -> list[Any] | None:
    """What bwd gives where the variable that it returns for a place is given its true value; None where none is."""
    bwd = call.function.bwd
    name, lines = variable_at(bwd, call.leaves[call.asked[place]].argument, call.ran)
    code = code_of(bwd)
    if not name or code is None:
        return None
    try:
        with run_alone(by_line=False), _given(code, name, lines, truth):
            return [None if one is None else np.asarray(one, dtype=float) for one in call.passed(row)]
    except Exception:  # whatever their code may raise on another number
        return None


@contextmanager
def _given(code: CodeType, name: str, lines: range, truth: Any) -> Iterator[None]:
    """Inside, a variable of a function has this value whenever these lines have run; of another shape it is let be."""
    last = 0

    def within(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal last
        if last in lines and frame.f_lineno not in lines:
            held: Any = frame.f_locals  # read once: to read it again takes back what was written
            if np.shape(held.get(name)) == np.shape(truth):
                held[name] = jnp.asarray(truth, dtype=jnp.result_type(held[name]))
        last = frame.f_lineno
        return within

    with traced({code}, within):
        yield
