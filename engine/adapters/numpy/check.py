"""check_backward: a user's forward and backward in plain NumPy, as they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from types import FunctionType
from typing import Any

import numpy as np

from ...manual import require_gradients
from ...repair.deadline import Deadline, Progress
from ...repair.effects import allowed, without_effects
from ...repair.source import codes_within
from ...verdict.comparison import Comparison
from ..errors import CheckError, UserCodeError
from .calling import called, weighed
from .chain import Chain
from .errors import effect_held_back, not_named, not_of_floats, refuse_complex, refuse_unlike
from .expected import Expected
from .following import Followed, follow, unfollowed
from .gradients import numbers_in
from .inputs import Inputs
from .measured import lost_at, measured_expected, measured_remark, measured_slopes, slopes_agree
from .proving import Checked, proven
from .report import report
from .rerun import Rerun
from .running import Run
from .smaller import smaller
from .state import State, as_before
from .trace import Lost


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
        quick: whether to change nothing. Where something is wrong, the backward is else run again with one small change
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
    deadline = Deadline(progress)
    with all_as_written(forward, backward, reference):
        forward, backward, reference = map(as_written, (forward, backward, reference))
        return at_points(
            forward,
            backward,
            inputs,
            deadline,
            quick=quick,
            upstream=upstream,
            points=points,
            seed=seed,
            reference=reference,
        )


def at_points(
    forward: Any,
    backward: Any,
    inputs: Any,
    deadline: Deadline | None,
    *,
    quick: bool = False,
    upstream: Any = "random",
    points: int = 1,
    seed: int = 0,
    reference: Any = None,
) -> Comparison:
    """Check functions as they are written, where the time began earlier.

    Args:
        deadline: when runs have to be over; None asks only whether the gradients are right.
    """
    given = Inputs(inputs, forward)
    rng = np.random.default_rng(seed)
    found: Comparison | None = None
    with without_effects() as effects:
        for point in range(max(int(points), 1)):
            here = given if not point else given.near(rng)
            try:
                other = _Check(forward, backward, here, upstream, rng, reference).comparison(deadline, quick=quick)
            except (CheckError, UserCodeError):
                effects.note_failure()
                if not effects.refused:
                    raise
                raise effect_held_back(effects.what) from None
            found = found if found is not None and other.ok else other
            if not other.ok:
                break
        assert found is not None
        found.remark = f"{found.remark} {effects.remark}".strip()
    return found


@dataclass
class _Check:
    """The check at one point."""

    forward: Any
    backward: Any
    inputs: Inputs
    upstream: Any
    rng: np.random.Generator
    reference: Any = None
    matches: Mapping[int, str] | None = None
    """What each of the returned numbers is the gradient of, where another point has shown it."""

    def __post_init__(self) -> None:
        self._reachable = [one for one in (self.forward, self.backward, self.reference) if one is not None]

    def comparison(self, deadline: Deadline | None, *, quick: bool = False) -> Comparison:
        """Return the verdict at this point.

        Args:
            deadline: when runs have to be over; None asks only whether the gradients are right.
            quick: whether to try no edit.
        """
        checked = self.checked()
        leaves = checked.expected.leaves
        given = {of: value for of, _, value in self._run.given() if of in leaves}
        found = checked.expected.compare({leaves[of]: value for of, value in given.items()})
        if deadline is not None:
            small = checked if found.ok else self._smaller(checked)
            whole = None if small is checked else checked
            proof = proven(small, self._elsewhere, deadline, quick=quick, whole=whole)
            found = report(checked, given, proof, is_right=found.ok)
        remarks = [found.remark, self._run.remark]
        if checked.expected.chain is None:
            remarks.insert(1, measured_remark(self._lost, is_wrong=not found.ok))
        found.remark = " ".join(filter(None, remarks))
        return found

    def checked(self) -> Checked:
        """Return what a run gives, and what is true."""
        with allowed(once=True), as_before(*self._reachable) as state:
            run = self._run = Run(
                self.forward,
                self.backward,
                self.inputs,
                self.upstream,
                self.rng,
                state,
                self._reachable,
                self.matches,
            )
        state = State(*self._reachable)  # with what stands for the files that are open
        self.forward, self.matches = run.forward, {one.place: one.of for one in run.returned}
        self._wanted = [leaf for leaf in self.inputs.leaves if leaf.name in {of for of, _, _ in run.given()}]
        if not self._wanted and not run.kept:
            names = [one.name or f"an array of shape {np.shape(one.value)}" for one in run.returned]
            if isinstance(run.result, Mapping) and numbers_in(run.result):
                names = [str(one) for one in run.result]
            refuse_complex(self.inputs.leaves)
            raise not_of_floats(self.inputs.leaves) or not_named(names, run.result, self.inputs.names)
        refuse_complex(self._wanted)
        self._check_repeats()
        if self.reference is not None:
            self._check_reference()
        followed = self._follow(run.kept)
        expected = self._expected(followed)
        rerun = Rerun(run, self.backward, self.inputs, state, self._reachable)
        outs = [(out, up) for out, up in zip(followed.outs, run.upstream) if out in expected.inner]
        return Checked(rerun, expected, outs, run.upstream, run.done_before, run.done, state.functions)

    def _expected(self, followed: Followed) -> Expected:
        given, lost = {of for of, _, value in self._run.given() if value is not None}, followed.lost
        leaves = {name: node for name, node in followed.leaves.items() if name in given}
        if followed.root is not None and leaves:
            chain = Chain(followed.root)
            # Whether the graph's gradients are those of their forward, along a direction: then nothing of it was lost.
            if slopes_agree(self._loss, self.inputs, self._wanted, followed, chain.truth, self.rng):
                leaves = {name: node for name, node in leaves.items() if node in chain.truth}
                return Expected.traced(chain, leaves, followed.outs, is_coarse=followed.is_coarse)
            lost = lost or [Lost("traced, it has other slopes", None)]
        self._lost = lost or [Lost("it gives no traced numbers", None)]
        slopes = measured_slopes(self._loss, self.inputs, self._wanted, self._lost, self._run.done_before.steps)
        if not self._wanted:
            raise CheckError(
                f"forward could not be followed{lost_at(self._lost)}, and slopes are measured of inputs alone",
                "Give what the gradients are of among the inputs.",
            )
        return measured_expected(self._loss(self.inputs.copied()), slopes, self._wanted)

    def _elsewhere(self) -> Iterator[Checked]:
        """Yield the same at other points: other inputs, and other gradients that arrive."""
        for inputs in (self.inputs.near(self.rng, 0.2), self.inputs):
            try:
                yield replace(self, inputs=inputs, upstream="random").checked()
            except (CheckError, UserCodeError):  # not every point is one at which it can be asked
                continue

    def _smaller(self, checked: Checked) -> Checked:
        """Return the same on few rows, which an experiment runs hundreds of times."""
        if not isinstance(self.upstream, str):
            return checked
        return smaller(checked, self.inputs, lambda inputs: replace(self, inputs=inputs).checked())

    def _check_repeats(self) -> None:
        with as_before(*self._reachable):
            again = self._run.convention.split(
                called("forward", lambda: self.inputs.call(self.forward, self.inputs.copied()))
            )
        if any(not np.array_equal(np.asarray(a), b) for a, b in zip(again.outs, self._run.outs)):
            raise CheckError(
                "forward gives another result each time",
                "Seed what is random in it, or take a generator that it can reach: they are put back before each run.",
            )

    def _follow(self, kept: Mapping[int, str]) -> Followed:
        names = set(self.inputs.names)
        held = {key: name for key, name in kept.items() if name not in names}
        up = self._run.upstream
        with as_before(*self._reachable) as state, np.errstate(all="ignore"):
            try:
                return follow(self._readable, self.inputs, self._wanted, state, held, self._outs_of, up)
            except RecursionError:
                return unfollowed("traced code recurses too deeply")
            except Exception as error:  # on arrays it runs: whatever it may raise on something else
                return unfollowed(f"{type(error).__name__}: {error}")

    def _readable(self, values: Mapping[str, Any]) -> Any:
        """Run the forward that the gradients are to be true of.

        It is the user's, or the reference.
        """
        if self.reference is None:
            return self.inputs.call(self.forward, values)
        return self.inputs.call_as_far_as_taken(self.reference, values)

    def _outs_of(self, given: Any) -> tuple[Any, ...]:
        if self.reference is None:
            return self._run.convention.split(given).outs
        return tuple(given if isinstance(given, tuple) else (given,))[: len(self._run.outs)]

    def _check_reference(self) -> None:
        """Refuse a reference that gives something else."""
        with as_before(*self._reachable):
            outs = self._outs_of(called("reference", lambda: self._readable(self.inputs.copied())))
        for theirs, other in zip_longest(self._run.outs, outs):
            refuse_unlike(theirs, other)

    def _loss(self, values: Mapping[str, Any]) -> float:
        """Return the loss of the user's forward, run once more, as one number."""
        with as_before(*self._reachable):
            outs = self._outs_of(called("forward", lambda: self._readable(values)))
        return weighed(outs, self._run.upstream)


def as_written(function: Any) -> Any:
    """Return the Python of a function that numba has compiled; anything else as it is."""
    written = getattr(function, "py_func", None)
    is_numbas = type(function).__module__.partition(".")[0] == "numba"
    return written if is_numbas and isinstance(written, FunctionType) else function


@contextmanager
def all_as_written(*functions: Any) -> Iterator[None]:
    """Make the user functions that these call Python's, too, in this block."""
    with ExitStack() as put_back:
        waiting = [getattr(as_written(one), "__func__", as_written(one)) for one in functions]
        met: set[int] = set()
        for one in waiting:  # it grows as it is walked
            if isinstance(one, FunctionType) and id(one) not in met:
                met.add(id(one))
                for held, put in _held_by(one):
                    written = as_written(held)
                    waiting.append(written)
                    if written is not held:
                        put_back.callback(put, held)
                        put(written)
        yield


def _held_by(function: FunctionType) -> Iterator[tuple[Any, Callable[[Any], None]]]:
    """Yield what a function's global and closed-over names stand for.

    Each comes with how to put something else there.
    """
    names, space = {name for code in codes_within(function.__code__) for name in code.co_names}, function.__globals__
    for name in names & space.keys():
        yield space[name], partial(space.__setitem__, name)
    for cell in function.__closure__ or ():
        try:
            held = cell.cell_contents
        except ValueError:  # empty as yet
            continue
        yield held, partial(setattr, cell, "cell_contents")
