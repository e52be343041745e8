"""`check`: the rules of the `custom_vjp` functions that run, against the derivatives of the functions themselves."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import cache, cached_property
from random import Random
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...amounts import draw_like, entries_off, is_finite, near
from ...arrays import array
from ...errors import HandgradError
from ...manual import require_gradients
from ...repair.deadline import Deadline
from ...repair.effects import hold_effects
from ...repair.hooks import NUMPY
from ...repair.proof import LATE, Proof, experiment, patch_of_all
from ...repair.source import Line, Source, code_of, operand_line, return_line, saving_line
from ...repair.trial import Numbers, Outcome, Point, Subject
from ...repair.user_code import find_reachable
from ...rulecheck import directions
from ...rulecheck.exercise import COARSE, MEASURED, measured_truth, wrong_in
from ...rulecheck.parameters import parameters_of
from ...rulecheck.rule import Answer
from ...rulecheck.slopes import LARGEST, jacobian
from ...slips.slip import Slip
from ...verdict.comparison import Comparison
from ..errors import RefusedRuleError
from ..reading import Shown, node_after, read_apart
from ..sandbox import Keeper
from .custom_rule import SINGLE, Call, Calls, calls_in, run_alone

RTOL = 1e-6
"""How near a gradient must be, as a share of it."""
MOST_SLOPES = 1_000_000
"""Entries of an output times those of an input up to which a mistake is looked for."""
UNEXPLAINED = (
    "{}: what bwd returns for it is not the derivative of {}. Measure one entry: move it by 0.001, call the function "
    "again, and divide what the output has moved by 0.001."
)
KEPT_FOR_ALL = (
    "{}: the rule is right for one call, and for two, one in the other, it is not: what bwd reads is kept here for all "
    "calls. Return what belongs to one call from fwd, beside the output."
)
UNASKED = "bwd passes nothing to {}, as to what wants no gradient, so that was not judged."


class Truth:
    """What belongs to the inputs of a call: JAX's derivatives, measured where these are none, or not finite.

    Attributes:
        gradients: of each input, for the upstream gradient that was given.
        share: how near what is right must be.
    """

    def __init__(self, call: Call, answer: Answer) -> None:
        self._answer = answer
        self._jacobian = cache(self._measure)
        self.gradients = call.gradients(answer.upstream) or [np.nan] * len(call.inputs)
        self._measured = [place for place, one in enumerate(self.gradients) if not np.isfinite(one).all()]
        for place in self._measured:
            x = call.inputs[place]
            slopes = np.reshape(self._jacobian(place), (-1, np.size(x)))
            self.gradients[place] = np.reshape(np.ravel(answer.upstream) @ slopes, np.shape(x))[()]
        is_rough = bool(self._measured)
        self.share = (COARSE if is_rough else SINGLE) if answer.is_coarse else MEASURED if is_rough else RTOL

    def _measure(self, place: int) -> Any:
        """Measure the slopes by an input."""
        rule, is_single = self._answer.rule, self._answer.is_coarse
        if np.size(rule.inputs[place]) > LARGEST:
            why = f"JAX has no finite derivative of it, and {rule.names[place]} has too many entries to measure"
            raise RefusedRuleError(rule.name, why, "Give smaller arrays")
        return jacobian(rule.vary_input(place), rule.inputs[place], is_single=is_single, least=1e-2)

    def entries_off(self, place: int, given: Any) -> Any:
        """Return where two gradients differ by more than noise; None where they cannot be compared."""
        expected = self.gradients[place]
        if given is None or np.shape(given) != np.shape(expected):
            return None
        with np.errstate(invalid="ignore"):
            return entries_off(given, expected, self.share, self.share * (1e-3 if self.share == RTOL else 1.0))

    def is_near(self, place: int, given: Any) -> bool:
        """Tell whether what is given for an input is what belongs there."""
        off = self.entries_off(place, given)
        return off is not None and not off.any()

    def is_right(self, place: int) -> bool:
        """Tell whether the rule is right for an input, at a kink either side."""
        given = self._answer.given[place]
        if self.is_near(place, np.zeros(np.shape(self.gradients[place])) if given is None else given):
            return True
        is_exact = not self._answer.is_coarse and place not in self._measured
        if not is_exact or self.entries_off(place, given) is None or not is_finite(given):
            return False
        # JAX's side of a kink is one of two: the measured slopes may be as the rule says.
        others = frozenset(range(len(self.gradients))) - {place}
        return not any(one.is_wrong for one in directions.findings(replace(self._answer.rule, unasked=others)))

    def known_slip(self, place: int) -> Slip | None:
        """Return the mistake in what was passed to an input; None where none is known."""
        if self._answer.given[place] is None:
            said = f"{self._answer.rule.names[place]}: bwd returns None for it, and the output does depend on it."
            return Slip("missing-path", said)
        return self._slips.get(place)

    @cached_property
    def _slips(self) -> dict[int, Slip | None]:
        """Find the mistakes in the function's slopes, by the places of the inputs."""
        rule = self._answer.rule
        if np.size(rule.output) * max(map(np.size, rule.inputs)) > MOST_SLOPES:
            return {}
        answer = self._answer._replace(rule=replace(rule, name="output"))
        try:
            with np.errstate(all="ignore"):
                slopes = [self._jacobian(place) for place in range(len(rule.inputs))]
                wrong = wrong_in(answer, measured_truth(rule.name, rule.output, slopes, rule.inputs))
        except (HandgradError, ArithmeticError, ValueError):
            return {}
        return {one.which: one.slip for one in wrong}


def check(f: Any, *args: Any, quick: bool = False) -> Comparison:
    """Check the hand-written rules of the `jax.custom_vjp` functions that a function calls, itself among them.

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
        RefusedRuleError: it cannot be asked: f is no such function, and calls none; all arguments are integers, `bwd`
            returns another number of cotangents than there are arguments, an output is no array, `fwd` gives another
            output, or user code raises.

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
    checker, name = _Checker(quick), str(getattr(f, "__name__", "f"))
    with hold_effects() as effects, ExitStack() as stack:
        kept = Keeper()
        stack.callback(kept.put_back)
        kept.keep_functions(find_reachable([f]))
        calls: Calls = {}
        with suppress(RefusedRuleError):
            calls_in(f, args, name, calls)
        if not calls:
            instead = "Give the one that is decorated with @jax.custom_vjp"
            raise RefusedRuleError(name, "it is no jax.custom_vjp function, so it has no rule to check", instead)
        for custom, _ in calls.values():
            kept.keep_functions(find_reachable([custom.fun, custom.fwd, custom.bwd]))
        own = inspect.unwrap(f, stop=lambda one: isinstance(one, jax.custom_vjp))
        for custom, given in reversed(calls.values()):  # the innermost first, as the others call them
            checker.check(custom, given, is_inside=custom is not own)
    root = node_after(name, np.asarray(0.0), [one.node for one in checker.shown])
    remarks = [*checker.remarks, effects.remark]
    titles, patch = ("bwd's", "derivative"), patch_of_all(checker.proofs)
    return Comparison(read_apart(root, checker.shown, rtol=RTOL, titles=titles, remarks=remarks, patch=patch))


class _Checker:
    """Checks rules, one after the other.

    Attributes:
        shown: what is to be said of each input, those of the outermost function first.
        remarks: what is to be said besides.
        proofs: what experiments have shown of the rules that are wrong.
    """

    def __init__(self, quick: bool) -> None:
        self._is_quick, self._deadline = quick, Deadline()
        self.shown: list[Shown] = []
        self.remarks: list[str] = []
        self.proofs: list[Proof] = []

    def check(self, custom: Any, calls: Sequence[tuple[Any, ...]], *, is_inside: bool) -> None:
        """Check a function by its calls; where one that is called inside cannot be asked, say so."""
        name = getattr(custom, "__name__", "f")
        try:
            self._check(Call(custom, calls[0]), calls[1:], f"{name}." if is_inside else "")
        except RefusedRuleError as error:
            if not is_inside:
                raise
            self.remarks.append(f"{name}, which is called inside, was not judged: {error.why}.")

    def _check(self, call: Call, others: Sequence[tuple[Any, ...]], prefix: str) -> None:
        """Check each input of a call, after those of the rules that it calls."""
        answer = call.ask(Random(0), prefix)
        truth = Truth(call, answer)
        wrong = [place for place in range(len(call.inputs)) if not truth.is_right(place)]
        # A target has no gradient, and within a function nobody asks for it.
        is_target = bool(prefix) and any(map(np.any, answer.given))  # a rule that gives nothing at all has none
        unasked = [place for place in wrong if is_target and not np.any(answer.given[place])]
        wrong = [place for place in wrong if place not in unasked]
        self.remarks += [UNASKED.format(answer.rule.names[place]) for place in unasked]
        # What is right where a rule that it calls is left aside is only carried on.
        is_inside = wrong and call.has_inner and any(one.slip is not None for one in self.shown)
        own = call.bypass_inner_rules(answer.upstream) if is_inside else None
        left = [place for place in wrong if own is None or not truth.is_near(place, own[place])]
        causes = self._causes(call, answer, truth, left) if left else {}
        fwd, bwd = ([one.__code__ for one in find_reachable([part])] for part in (call.custom.fwd, call.custom.bwd))
        line = None if wrong or not others else saving_line(fwd, bwd)
        if line is not None:
            answer = answer._replace(given=call.pull_after(Call(call.custom, others[0]), answer.upstream))
            wrong = [place for place in range(len(call.inputs)) if not truth.is_near(place, answer.given[place])]
            slips = [Slip("in-place", KEPT_FOR_ALL.format(answer.rule.names[place])) for place in wrong[:1]]
            causes = {place: (slip, line) for place, slip in zip(wrong, slips)}
        shown = []
        for place, x in enumerate(call.inputs):
            given = answer.given[place]
            off = truth.entries_off(place, given) if place in wrong else None
            given = np.zeros(np.shape(x)) if given is None and place not in wrong else given
            expected = given if place in unasked else truth.gradients[place]
            node = array(x, label=answer.rule.names[place])
            shown.append(Shown(node, given, expected, off, *causes.get(place, ())))
        self.shown = [*shown, *self.shown]

    def _causes(
        self, call: Call, answer: Answer, truth: Truth, wrong: list[int]
    ) -> dict[int, tuple[Slip, Source | None]]:
        """Return the mistakes with their lines, each at the first input it makes wrong."""
        subject = _subject(call, answer, truth, wrong, self._deadline)
        proof = experiment(subject, self._deadline, quick=self._is_quick)
        self.proofs.append(proof)
        self.remarks += [LATE] if proof.is_late and LATE not in self.remarks else []
        found: dict[int, tuple[Slip, Source | None]] = {}
        if not proof.is_whole:
            carried = _find_carried(call, truth, proof, wrong)
            for place in (one for one in wrong if one not in carried):
                unexplained = UNEXPLAINED.format(answer.rule.names[place], call.name)
                slip = truth.known_slip(place) or Slip("rule", unexplained)
                source, doubt = proof.doubt(proof.locate(call.names[place]) or return_line(call.custom.bwd))
                found[place] = replace(slip, message=slip.message + doubt), source
            return found
        causes = list(proof.causes)
        for place in wrong:
            name, own = answer.rule.names[place], call.names[place]
            cause = next((one for one in proof.causes if own in one.fixed), proof.causes[0])
            if cause in causes:
                causes.remove(cause)
                found[place] = cause.explain(truth.known_slip(place), name), cause.source
        return found


def _subject(call: Call, answer: Answer, truth: Truth, wrong: Sequence[int], deadline: Deadline) -> Subject:
    """Return what is experimented with: bwd, and what it calls and the function itself does not."""
    custom = call.custom
    forward = find_reachable([custom.fun])
    functions = [one for one in find_reachable([custom.bwd]) if one not in forward]
    here = _point(call, answer.upstream, truth, deadline)
    names = [one.name for one in parameters_of(custom.bwd)[len(custom.nondiff_argnums) + 1 :]]
    return Subject(
        functions=[*functions, *forward],
        here=here,
        elsewhere=lambda: _elsewhere(call, deadline),
        known=[
            *(Numbers("data", name, x) for name, x in zip(call.names, call.inputs)),
            *(Numbers("gradient", name, true) for name, true in zip(call.names, truth.gradients)),
            Numbers("data", "(output)", call.output),
            Numbers("gradient", "(upstream)", answer.upstream),
        ],
        ran=here.lines(functions),
        shared=frozenset((one.__code__.co_filename, one.__code__.co_name) for one in forward),
        believed=frozenset(_computing_lines(call, wrong, names)),
        share=truth.share,
        upstream=frozenset(names),
        dialect=JAX,
        at_hand=[*names, "1.0"],
    )


def _computing_lines(call: Call, wrong: Sequence[int], upstream: Sequence[str]) -> Iterator[Line]:
    """Yield the lines on which bwd computes what it returns for some inputs."""
    code, end = code_of(call.custom.bwd), return_line(call.custom.bwd)
    if code is not None and end is not None:
        for place in wrong:
            line = operand_line(code, end.line, call.argument[place], call.count, upstream)
            if line != end.line:  # which mostly hands on
                yield end.file, line


def _find_carried(call: Call, truth: Truth, proof: Proof, wrong: list[int]) -> set[int]:
    """Find the wrong gradients that are right once another one, which is written before, is."""
    suspects, carried = proof.suspects, set[int]()
    if suspects is None or proof.is_late or proof.edits:
        return carried
    for place in wrong:
        given = suspects.given[call.names[place]]
        number = next((one for one in suspects.numbers if near(one.value, given, 10 * truth.share)), None)
        if number is not None:
            left = suspects.wrong_with(number, truth.gradients[place])
            carried |= {other for other in wrong if other != place and call.names[other] not in left}
    return carried


def _elsewhere(call: Call, deadline: Deadline) -> Iterator[Point]:
    """Yield two other points at which the rule can be asked."""
    rng = Random(5)
    for _ in range(2):
        with suppress(RefusedRuleError):  # not every point is one at which it can be asked
            with run_alone(by_line=False):
                moved = call.arguments([x * abs(draw_like(x, rng, 0.7, 1.3)) for x in call.inputs])
            other = Call(call.custom, moved)
            answer = other.ask(rng)
            yield _point(other, answer.upstream, Truth(other, answer), deadline)


def _point(call: Call, upstream: Any, truth: Truth, deadline: Deadline) -> Point:
    """Return the point of a call."""
    repeat, work = call.repeat(upstream)

    def run(between: Callable[[], None]) -> Outcome:
        between()
        deadline.spend(work)
        return Outcome(repeat(), [call.output])

    return Point.build_with_truth(run, dict(zip(call.names, truth.gradients)), truth.share)


def _numbers(value: Any) -> Any:
    is_array = isinstance(value, jax.Array) and not isinstance(value, jax.core.Tracer)
    return NUMPY.numbers(np.asarray(value) if is_array and jnp.issubdtype(value.dtype, jnp.floating) else value)


def _rebuild(numbers: Any, like: Any) -> Any:
    return (np if isinstance(like, np.ndarray) else jnp).asarray(numbers, like.dtype)


JAX = replace(NUMPY, module="jax.numpy", alias="jnp", numbers=_numbers, made=_rebuild)
