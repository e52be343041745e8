"""check_backward: a user's forward and backward in plain NumPy, as they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from typing import Any

import numpy as np

from ...amounts import near
from ...arrays.edges import quiet
from ...manual import require_gradients
from ...memory import big_graph
from ...names import listed
from ...repair.deadline import Deadline, Progress
from ...repair.effects import allow_effects, hold_effects
from ...verdict.comparison import Comparison, GradientError
from ..errors import CheckError, UserCodeError
from .calling import Inputs, parts_of, run_user, weighted_sum
from .gradients import Leaf, numbers_in
from .proving import Checked, prove, smaller
from .report import Report
from .running import Run
from .state import State, restoring
from .tracing import TracedForward, trace_forward
from .truth import NEAR, NEAR_COARSE, Chain, Expected, measure_expected, slopes_agree


def check_backward(
    forward: Callable[..., Any],
    backward: Callable[..., Any] | None,
    inputs: Any,
    *,
    upstream: Any = "random",
    points: int = 1,
    seed: int = 0,
    reference: Callable[..., Any] | None = None,
    quick: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Check a backward pass in plain NumPy against the forward pass it belongs to.

    Nothing is rewritten.

    The forward is run on arrays that record what is done with them, and the numbers that the backward's own variables
    hold are checked on the graph of that: what is wrong by itself is told from what only follows.

    Args:
        forward: `forward(**inputs)` gives a loss, one number; or it is a layer and gives `out` or `(out, cache)`. A
            method will do, whose object keeps parameters and what is for the backward.
        backward: of a loss, `backward(**inputs)` or `backward(cache)`; of a layer `backward(dout, cache)`,
            `backward(dout)` or `backward(dout, x, W)`. It gives a dict by the names of the inputs, with or without a
            `d`, `grad` or `delta` before or after, or the gradients alone, in any order, or leaves them in the
            attributes of its object. None, or `forward` itself, where one function gives loss and gradients.
        inputs: what forward is called with: a dict by the names of its parameters, or a tuple in their order. Arrays of
            floating point in it, also within dicts and lists, may have a gradient.
        upstream: of a layer, the gradient that arrives: "random", "ones", an array in the shape of the output, or a
            tuple of them where there are several outputs.
        points: at how many points to ask, the given one first, the others near it.
        seed: of the random numbers.
        reference: a readable forward with the same output, called with the same inputs: a fused or tiled backward is
            compared with it, and what is known of the way is known from it.
        quick: whether to change nothing, and to tell no more than the lines; of a backward that is right, no more than
            the gradients that it gives. Where something is wrong, the backward is else run again with one small change
            of its code after the other, for a few seconds: what fixes it proves the line. Functions, attributes and
            random numbers are afterwards as they were, and what has an effect outside this program has it in the first
            run alone.
        progress: called from two seconds on, with the seconds that have passed and the most that there may be.

    Returns:
        The verdicts; those of the first point at which something is wrong, else of the given one. Its causes have a
        `source`, the (file, line, text) of the backward where the wrong number is made; its `patch` is the smallest
        edit that fixes everything, "" where none was found.

    Raises:
        CheckError: it cannot be told what is to be checked; the message says what to do.
        UserCodeError: forward or backward raised an error.
        ByHandError: this runs where the gradients are to be computed by hand.
    """
    require_gradients()
    options: dict[str, Any] = {"points": points, "seed": seed, "upstream": upstream, "reference": reference}
    return check_at_points(forward, backward, inputs, Deadline(progress), quick=quick, **options)


def assert_backward(
    forward: Callable[..., Any], backward: Callable[..., Any] | None, inputs: Any, **options: Any
) -> Comparison:
    """Assert that every gradient that a backward pass gives is right.

    Args:
        forward, backward, inputs: as `check_backward` takes them.
        **options: those of `check_backward`: upstream, points, seed.

    Returns:
        The comparison, without causes.

    Raises:
        GradientError: an AssertionError: something is wrong; its text is the table, without the answers, with the
            lines at fault.
        HandgradError: as `check_backward` raises.

    Examples:
        >>> import numpy as np
        >>> def forward(x):
        ...     return np.tanh(x), x
        >>> def backward(dout, x):
        ...     return dout * (1 - np.tanh(x) ** 2)
        >>> assert_backward(forward, backward, (np.array([0.5, -1.0, 2.0]),)).ok
        True
    """
    __tracebackhide__ = True
    comparison = check_backward(forward, backward, inputs, **options)
    if not comparison.ok:
        raise GradientError("\n" + comparison.table(reveal=False), comparison)
    return comparison


def check_at_points(
    forward: Any,
    backward: Any,
    inputs: Any,
    deadline: Deadline | None,
    *,
    quick: bool = False,
    points: int = 1,
    seed: int = 0,
    **options: Any,
) -> Comparison:
    """Check functions as they are written, before a deadline; without one only whether the gradients are right."""
    first = Inputs(inputs, forward)
    rng = np.random.default_rng(seed)
    with big_graph(), hold_effects() as effects:
        for point in range(max(int(points), 1)):
            here = first.near(rng) if point else first
            try:
                other = _Check(forward, backward, here, rng, **options).comparison(deadline, quick=quick)
            except (CheckError, UserCodeError):
                effects.note_failure()
                if not effects.refused:
                    raise
                raise CheckError(
                    f"run again, your forward would {effects.what}. That was held back, and without it the slopes are "
                    "not known",
                    "Leave it out for this check.",
                ) from None
            if not point or not other.ok:
                found = other
            if not other.ok:
                break
        found.remark = f"{found.remark} {effects.remark}".strip()
    return found


@dataclass
class _Check:
    """The check at one point."""

    forward: Any
    backward: Any
    inputs: Inputs
    rng: np.random.Generator
    upstream: Any = "random"
    reference: Any = None
    matches: Mapping[int, str] | None = None
    """What each of the returned numbers is the gradient of, where another point has shown it."""
    keeps: bool = True  # whether objects may keep gradients besides

    def __post_init__(self) -> None:
        self._reachable = [one for one in (self.forward, self.backward, self.reference) if one is not None]

    def comparison(self, deadline: Deadline | None, *, quick: bool = False) -> Comparison:
        """Return the verdict at this point, see `check_at_points`."""
        checked = self.check()
        expected = checked.expected
        given = {of: value for of, value in self._run.gradients() if of in expected.leaves}
        is_right = not checked.wrong()
        if deadline is None or (quick and is_right):
            found = expected.compare({expected.leaves[of]: value for of, value in given.items()})
        else:
            is_cut = isinstance(self.upstream, str) and not is_right
            small = smaller(checked, self.inputs, lambda cut: replace(self, inputs=cut).check()) if is_cut else checked
            whole = None if small is checked else checked
            elsewhere = partial(self._elsewhere, small.run.inputs)
            proof = prove(small, elsewhere, deadline, quick=quick, whole=whole)
            found = Report(checked, given, proof, quick=quick).comparison()
        unknown = "" if found.ok else ", and of the way to them nothing is known"
        measured = f"({expected.lost}): the gradients are judged by central differences{unknown}."
        way = f"The forward could not be followed {measured}" if expected.lost else ""
        others = [of for of, _ in self._run.gradients() if of not in expected.leaves]
        rest = f"Not judged: the gradient of {listed(others)}." if others else ""
        found.remark = " ".join(filter(None, [found.remark, way, rest, self._run.remark]))
        return found

    def check(self) -> Checked:
        """Return what a run gives, and what is true."""
        with allow_effects(once=True), restoring(*self._reachable) as state:
            given = self.forward, self.backward, self.inputs, self.upstream
            run = self._run = Run(*given, self.rng, state, self._reachable, self.matches, self.keeps)
        state = State(*self._reachable)  # with what stands for the files that are open
        is_first = self.matches is None
        self.forward, self.matches = run.forward, {one.place: one.of for one in run.returned}
        names = {of for of, _ in run.gradients()}
        self._wanted = [leaf for leaf in self.inputs.leaves if leaf.name in names]
        is_nothing = not self._wanted and not run.kept
        for leaf in self.inputs.leaves if is_nothing else self._wanted:
            kind = np.asarray(leaf.value).dtype
            if kind.kind == "c":
                raise CheckError(
                    f"{leaf.name} holds complex numbers ({kind}), and the gradients are those of real ones",
                    "Give its real and its imaginary part as two inputs.",
                )
        if is_nothing:
            raise _nothing_to_judge(run, self.inputs)
        if is_first and self.reference is not None:
            self._check_reference()
        traced = self._trace()
        if is_first and not (self.reference is None and traced.gives(run.outs)):
            self._check_repeats()
        expected = self._expected_gradients(traced)
        outs = [(out, up) for out, up in zip(traced.outs, run.upstream) if out in expected.inner]
        return Checked(run, state, expected, outs)

    def _expected_gradients(self, traced: TracedForward) -> Expected:
        """Return the true gradients: autodiff's where the traced graph has the forward's slopes, else measured ones."""
        lost = traced.lost or "it gives no traced numbers"
        if traced.root is not None and traced.leaves:
            chain = Chain(traced.root)
            nodes = {leaf: traced.leaves[leaf.name] for leaf in self._wanted}
            # Whether the graph's gradients are those of their forward, along a direction: then nothing of it was lost.
            is_own = self.reference is None
            here = weighted_sum(self._run.outs, self._run.upstream) if is_own else self._loss(self.inputs.copy())
            if slopes_agree(self._loss, self.inputs, nodes, chain.truth, self.rng, here):
                return Expected.build_traced(chain, traced)
            lost = traced.lost or "traced, it has other slopes"
        kept = [Leaf(self._run.kept[id(one.parameter)], (), one.parameter) for one in self._run.held]
        names = self.inputs.names
        kept = [leaf for leaf in kept if leaf.is_array and leaf.is_differentiable and leaf.name not in names]
        return measure_expected(self._loss, self.inputs, self._wanted, kept, lost, self._run.done_before.steps)

    def _elsewhere(self, inputs: Inputs) -> Iterator[Checked]:
        """Yield the same at other points: inputs near some, and other gradients that arrive."""
        for other in (inputs.near(self.rng, 0.2), inputs):
            try:
                yield replace(self, inputs=other, upstream="random").check()
            except (CheckError, UserCodeError):  # not every point is one at which it can be asked
                continue

    def _check_repeats(self) -> None:
        """Raise CheckError where forward gives another result when it is run again."""
        with restoring(*self._reachable):
            again = run_user("forward", lambda: self.inputs.call(self.forward, self.inputs.copy()))
        outs = self._run.convention.split(again).outs
        if any(not np.array_equal(np.asarray(a), b) for a, b in zip(outs, self._run.outs)):
            raise CheckError(
                "forward gives another result each time",
                "Seed what is random in it, or take a generator that it can reach: they are put back before each run.",
            )

    def _trace(self) -> TracedForward:
        """Trace the forward; where it cannot run on traced arrays, say why instead."""
        names = self.inputs.names
        held = {key: name for key, name in self._run.kept.items() if name not in names}
        with restoring(*self._reachable) as state, quiet:
            try:
                return trace_forward(self._results, self.inputs, self._wanted, state, held, self._run.upstream)
            except RecursionError:
                return TracedForward("traced code recurses too deeply")
            except Exception as error:  # on arrays it runs: whatever it may raise on something else
                return TracedForward(f"{type(error).__name__}: {error}")

    def _results(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return what the forward gives that the gradients are to be true of: the user's, or the reference."""
        if self.reference is None:
            return self._run.convention.split(self.inputs.call(self.forward, values)).outs
        return parts_of(self.inputs.call_as_far_as_taken(self.reference, values))[: len(self._run.outs)]

    def _check_reference(self) -> None:
        """Refuse a reference that gives another shape than the forward, or another number somewhere."""
        instead = "Give a reference that computes the same output from the same inputs."
        with restoring(*self._reachable):
            outs = run_user("reference", lambda: self._results(self.inputs.copy()))
        for own, other in zip_longest(self._run.outs, outs):
            if other is None or own.shape != np.shape(other):
                has = "nothing" if other is None else f"an output of shape {np.shape(other)}"
                raise CheckError(f"reference gives {has}, and forward one of shape {own.shape}", instead)
            first, second = own.astype(float), np.asarray(other, dtype=float)
            is_coarse = min(own.itemsize, np.asarray(other).itemsize) < 8
            if not near(first, second, NEAR_COARSE if is_coarse else NEAR, 1e-12):
                at = np.unravel_index(int(np.argmax(np.abs(first - second))), first.shape)
                where = f" at [{', '.join(map(str, at))}]" if at else ""
                raise CheckError(f"reference gives {second[at]:.6g}{where}, and forward {first[at]:.6g}", instead)

    def _loss(self, values: Mapping[str, Any], kept: Leaf | None = None, numbers: Any = None) -> float:
        """Return the loss of the user's forward, run once more, as one number; with other numbers in what is kept."""
        with restoring(*self._reachable):
            if kept is not None:
                kept.value[...] = numbers
            outs = run_user("forward", lambda: self._results(values))
        return weighted_sum(outs, self._run.upstream)


def _nothing_to_judge(run: Run, inputs: Inputs) -> CheckError:
    """Return the error of a backward without the gradient of an input."""
    kinds = {leaf.name: np.asarray(leaf.value).dtype for leaf in inputs.leaves}
    if kinds and all(kind.kind in "iu" for kind in kinds.values()):
        name, kind = next(iter(kinds.items()))
        return CheckError(
            f"{name} holds whole numbers ({kind}), and a gradient is of what can move a little",
            f"Give it as floating point: {name}.astype(float).",
        )
    given = "None" if run.result is None else f"a {type(run.result).__name__} without numbers"
    what = f"{given}, and a gradient is a number or an array of numbers"
    if isinstance(run.result, Mapping) and numbers_in(run.result):
        given = ", ".join(map(str, run.result))
        what = f"{given}, and none of it is the gradient of an input ({', '.join(inputs.names)})"
    name = next((one for one in inputs.names if one.isidentifier()), "W")
    return CheckError(
        f"backward gave {what}",
        f'Return a dict with the names of the inputs, as {{"{name}": d{name}}}, or the gradients in the order of the '
        "inputs.",
    )
