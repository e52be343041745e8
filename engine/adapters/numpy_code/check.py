"""check_backward: somebody's forward and backward in plain NumPy, as they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from ...manual import ask_for_gradients
from ...verdict.comparison import Comparison
from .again import Again
from .blaming import Lines
from .calling import Result, called, convention_of, copied, name_of_function
from .errors import CheckError, TheirError, not_named, refuse_unlike
from .events import Recorder, recording
from .following import Followed, follow, unfollowed
from .gradients import Gradient, Held, gradients_in, held_in, kept_in
from .inputs import Inputs, Leaf
from .judging import Backward
from .kinds import Final, Kind
from .measured import lost_at, measured_comparison, slopes, slopes_agree
from .proving import Checked, proven
from .state import State, as_before
from .telling import told


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
) -> Comparison:
    """Judge a backward pass in plain NumPy against the forward pass it belongs to; nothing is rewritten.

    The forward is run on arrays that record what is done with them, and the numbers that the backward's own variables
    hold are judged on the graph of that: what is wrong by itself is told from what only follows.

    Args:
        forward: `forward(**inputs)` gives a loss, one number; or it is a layer and gives `out` or `(out, cache)`. A
            method will do, whose object keeps parameters and what is for the backward.
        backward: of a loss, `backward(**inputs)` or `backward(cache)`; of a layer `backward(dout, cache)`,
            `backward(dout)` or `backward(dout, x, W)`. It gives a dict by the names of the inputs, with or without a
            `d`, `grad` or `delta` before or after, or the gradients in the order of the inputs, or leaves them in the
            attributes of its object. None, or `forward` itself, where one function gives loss and gradients.
        inputs: what forward is called with: a dict by the names of its parameters, or a tuple in their order. Arrays of
            floating point in it, also within dicts and lists, may have a gradient.
        upstream: of a layer, the gradient that arrives: "random", "ones", an array in the shape of the output, or a
            tuple of them where there are several outputs.
        points: at how many points to ask, the given one first, the others near it.
        seed: of the random numbers.
        reference: a readable forward with the same output, called with the same inputs: a fused or tiled backward is
            held against it, and what is known of the way is known from it.
        quick: whether to do without experiments. Where something is wrong, the backward is else run again with one
            small change of its code after the other, for a few seconds: what mends it proves the line. Functions,
            files, attributes and random numbers are afterwards as they were.

    Returns:
        The verdicts; those of the first point at which something is wrong, else of the given one. Its causes have a
        `source`, the (file, line, text) of their backward where the wrong number is made; its `patch` is the smallest
        edit that mends everything, "" where none was found.

    Raises:
        CheckError: it cannot be told what is to be checked; the message says what to do.
        TheirError: forward or backward raised an error.
        ByHandError: this runs where the gradients are to be worked out by hand.
    """
    ask_for_gradients()
    given = Inputs(inputs, forward)
    rng = np.random.default_rng(seed)
    first: Comparison | None = None
    for point in range(max(int(points), 1)):
        here = given if not point else given.near(rng)
        found = _Check(forward, backward, here, upstream, rng, reference).comparison(quick=quick)
        if not found.ok:
            return found
        first = first or found
    assert first is not None
    return first


class _Check:
    """The check at one point."""

    def __init__(
        self,
        forward: Any,
        backward: Any,
        inputs: Inputs,
        upstream: Any,
        rng: np.random.Generator,
        reference: Any = None,
    ) -> None:
        self._forward, self._backward, self._inputs = forward, backward, inputs
        self._reference = reference
        self._reachable = (forward, backward) if reference is None else (forward, backward, reference)
        self._asked_upstream, self._rng = upstream, rng
        self._remark = ""
        self._measured_slopes: dict[str, tuple[Any, Any]] = {}

    def comparison(self, *, quick: bool) -> Comparison:
        """The verdict at this point."""
        checked, judge = self._checked()
        if judge is not None:
            found = judge.comparison()
        else:
            found = self._measured(checked.followed, self._wanted, self._gradients, checked.backward)
        if not found.ok and not quick:
            found = told(found, *proven(found, checked, self._elsewhere), judge)
        if self._remark:
            found.remark = f"{found.remark} {self._remark}".strip()
        return found

    def _checked(self) -> tuple[Checked, Backward | None]:
        """What a run gives, what is true, and who judges what is on the way where that is known."""
        with as_before(*self._reachable) as state:
            recorder, gradients, held = self._run(state)
        known = {leaf.name: leaf for leaf in self._inputs.leaves}
        kept = {id(one.parameter): name for one, name in _names_of_held(held, known)}
        wanted = [known[one.of] for one in gradients if one.of in known]
        if not wanted and not kept:
            raise not_named([one.name or f"an array of shape {np.shape(one.value)}" for one in gradients], list(known))
        self._check_repeats()
        if self._reference is not None:
            self._check_reference()
        self._wanted, self._gradients = wanted, gradients
        followed = self._follow(wanted, kept)
        finals = self._finals(followed, recorder, gradients, held, kept)
        judge = None
        if followed.root is not None and finals and self._is_followed(followed, wanted):
            judge = Backward(followed, finals, recorder, self._up)
        return self._known(followed, recorder, judge, kept, state), judge

    def _known(
        self, followed: Followed, recorder: Recorder, judge: Backward | None, kept: Mapping[int, str], state: State
    ) -> Checked:
        again = Again(
            self._forward, self._backward, self._inputs, self._convention, self._up, self._gradients, kept, state
        )
        chain = None if judge is None else judge.chain
        judged = {name: node for name, node in followed.leaves.items() if chain is not None and node in chain.truth}
        given = {one.of for one in self._gradients} | set(kept.values())
        if chain is not None:
            truth = {name: chain.truth[node] for name, node in judged.items() if name in given}
        else:
            truth = {leaf.name: self._slopes_of(leaf) for leaf in self._wanted}
        return Checked(again, truth, chain, followed, self._up, self._forward_run, recorder, state.functions)

    def _slopes_of(self, leaf: Leaf) -> Any:
        if leaf.name not in self._measured_slopes:
            self._measured_slopes[leaf.name] = slopes(self._loss, self._inputs, leaf)
        return self._measured_slopes[leaf.name][0]

    def _elsewhere(self) -> Iterator[Checked]:
        """The same at other points: other inputs, and other gradients that arrive."""
        for inputs in (self._inputs.near(self._rng, 0.2), self._inputs):
            other = _Check(self._forward, self._backward, inputs, "random", self._rng, self._reference)
            try:
                yield other._checked()[0]
            except (CheckError, TheirError):  # not every point is one at which it can be asked
                continue

    def _run(self, before: State) -> tuple[Recorder, list[Gradient], list[Held]]:
        """Forward and backward as they are: what their backward does, and what it gives."""
        values = self._inputs.copied()
        forward = name_of_function(self._forward, "forward")
        with recording() as seen:
            given = called(forward, lambda: self._inputs.call(self._forward, values))
        self._forward_run = seen
        self._convention = convention_of(
            self._forward, self._backward, self._inputs, given, [part.key for part in seen.last_return.returned]
        )
        result = self._convention.split(given)
        self._outs = [np.array(out) for out in result.outs]
        self._check_outs(result)
        self._up = self._upstreams(result)
        kept = kept_in(before)
        if self._convention.is_one:
            return seen, *self._told_apart(self._named(result.rest, seen, kept, has_loss=True), kept)
        before_call = _numbers_in(result.caches)
        call = self._calling(result)
        with recording() as recorder:
            returned = called(name_of_function(self._backward, "backward"), call)
        gradients, named = self._told_apart(self._named(returned, recorder, kept, has_loss=False), kept)
        after = State(*self._reachable)
        held = held_in(before, after)
        held = [*named, *(Held(one.name, one.parameter, np.array(one.gradient)) for one in held)]
        if returned is None and not held:
            raise CheckError(
                "backward gave nothing", "Return the gradients, or keep them in attributes: self.dW beside self.W."
            )
        if not _same(before_call, _numbers_in(result.caches)):
            self._look_at_a_second_call(call, gradients)
        return recorder, gradients, held

    def _calling(self, result: Result) -> Callable[[], Any]:
        backward = self._backward
        # What forward has changed in its inputs, a backward that is given the same inputs again does not see.
        fresh = self._inputs.copied()
        return lambda: self._convention.call(backward, self._inputs, fresh, result, [copied(one) for one in self._up])

    def _look_at_a_second_call(self, call: Callable[[], Any], gradients: Sequence[Gradient]) -> None:
        again = [np.array(one.value) for one in gradients]
        try:
            second = gradients_in(call(), Recorder().last_return, self._inputs)
        except Exception:  # whatever their code may raise on what it has changed itself
            second = []
        for one, value in zip(second, again):
            if np.shape(one.value) != value.shape or not np.array_equal(one.value, value):
                self._remark = (
                    "backward changes in place what forward has kept for it: a second call gives other gradients. "
                    "Work on a copy."
                )

    def _told_apart(self, given: Sequence[Gradient], kept: Mapping[str, Any]) -> tuple[list[Gradient], list[Held]]:
        """The gradients of inputs, and those of parameters that an object or a dict of theirs keeps."""
        inputs = set(self._inputs.names)
        held = [Held(one.of, kept[one.of], one.value) for one in given if one.of not in inputs]
        return [one for one in given if one.of in inputs], held

    def _named(self, returned: Any, recorder: Recorder, kept: Mapping[str, Any], *, has_loss: bool) -> list[Gradient]:
        statement = recorder.last_return
        if has_loss and statement.returned:
            statement = statement._replace(returned=statement.returned[1:])
        elif isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], dict):
            returned, statement = returned[1], statement._replace(returned=())  # loss and gradients
        found = gradients_in(returned, statement, self._inputs, list(kept))
        return [one._replace(value=_as_numbers(one.value)) for one in found]

    def _check_repeats(self) -> None:
        with as_before(*self._reachable):
            again = self._convention.split(
                called("forward", lambda: self._inputs.call(self._forward, self._inputs.copied()))
            )
        if any(not np.array_equal(np.asarray(a), b) for a, b in zip(again.outs, self._outs)):
            raise CheckError(
                "forward gives another result each time",
                "Seed what is random in it, or take a generator that it can reach: they are put back before each run.",
            )

    def _check_outs(self, result: Result) -> None:
        for out in result.outs:
            if not isinstance(out, (np.ndarray, np.generic, float, int)):
                raise CheckError(
                    f"forward gives a {type(out).__name__}",
                    "Return a number, or an array, and what backward needs after it.",
                )
            if not np.isfinite(np.asarray(out, dtype=float)).all():
                raise CheckError(
                    "forward gives nan or an infinity at these inputs", "Give inputs at which the result is finite."
                )
        if not self._convention.upstreams and np.size(result.outs[0]) != 1:
            raise CheckError(
                f"forward gives an array of shape {np.shape(result.outs[0])}, and backward takes no gradient for it",
                "Return one number, a loss, or let backward take the gradient that arrives: backward(dout, cache).",
            )

    def _upstreams(self, result: Result) -> tuple[Any, ...]:
        if not self._convention.upstreams:
            return ()
        asked = self._asked_upstream
        if isinstance(asked, str) and asked in ("random", "ones"):
            drawn = [
                self._rng.normal(size=np.shape(out)) if asked == "random" else np.ones(np.shape(out))
                for out in result.outs
            ]
        else:
            drawn = list(asked) if isinstance(asked, tuple) else [asked]
            shapes = [np.shape(out) for out in result.outs]
            if [np.shape(one) for one in drawn] != shapes:
                raise CheckError(
                    f"upstream does not have the shape of the output, {shapes[0]}", 'Give "random" or an array.'
                )
        return tuple(
            np.asarray(one).astype(np.asarray(out).dtype)[()] if np.asarray(out).dtype.kind == "f" else np.asarray(one)
            for one, out in zip(drawn, result.outs)
        )

    def _follow(self, wanted: Sequence[Leaf], kept: Mapping[int, str]) -> Followed:
        with as_before(*self._reachable) as state, np.errstate(all="ignore"):
            try:
                return follow(self._readable, self._inputs, wanted, state, kept, self._outs_of, self._up)
            except Exception as error:  # on arrays it runs: whatever it may raise on something else
                return unfollowed(f"{type(error).__name__}: {error}")

    def _finals(
        self,
        followed: Followed,
        recorder: Recorder,
        gradients: Sequence[Gradient],
        held: Sequence[Held],
        kept: Mapping[int, str],
    ) -> list[Final]:
        lines = Lines(recorder.events, recorder.arguments, [Kind.UNKNOWN] * len(recorder.events))
        named = [(one.of, one.name, one.value) for one in gradients]
        named += [(kept[id(one.parameter)], one.name, one.gradient) for one in held if id(one.parameter) in kept]
        return [
            Final(followed.leaves[of], value, lines.done(value, name or of))
            for of, name, value in named
            if of in followed.leaves and value is not None
        ]

    def _is_followed(self, followed: Followed, wanted: Sequence[Leaf]) -> bool:
        """Whether the graph's gradients are those of their forward, along a direction: then nothing of it was lost."""
        return slopes_agree(self._loss, self._inputs, wanted, followed, self._rng)

    def _readable(self, values: Mapping[str, Any]) -> Any:
        """The forward that the gradients are to be true of: theirs, or the reference."""
        if self._reference is None:
            return self._inputs.call(self._forward, values)
        return self._inputs.call_as_far_as_taken(self._reference, values)

    def _outs_of(self, given: Any) -> tuple[Any, ...]:
        if self._reference is None:
            return self._convention.split(given).outs
        return tuple(given if isinstance(given, tuple) else (given,))[: len(self._outs)]

    def _check_reference(self) -> None:
        """Refuse a reference that gives something else."""
        with as_before(*self._reachable):
            outs = self._outs_of(called("reference", lambda: self._readable(self._inputs.copied())))
        for theirs, other in zip_longest(self._outs, outs):
            refuse_unlike(theirs, other)

    def _loss(self, values: Mapping[str, Any]) -> float:
        """Their forward once more, as one number."""
        with as_before(*self._reachable):
            outs = self._outs_of(called("forward", lambda: self._readable(values)))
        if not self._up:
            return float(np.ravel(outs[0])[0])
        return float(sum(np.sum(np.asarray(out, dtype=float) * up) for out, up in zip(outs, self._up)))

    def _measured(
        self, followed: Followed, wanted: Sequence[Leaf], gradients: Sequence[Gradient], recorder: Recorder
    ) -> Comparison:
        if not wanted:
            raise CheckError(
                f"forward could not be followed{lost_at(followed.lost)}, and slopes are measured of inputs alone",
                "Give what the gradients are of among the inputs.",
            )
        return measured_comparison(self._loss, self._inputs, wanted, gradients, recorder, followed.lost)


def _names_of_held(held: Sequence[Held], known: Mapping[str, Any]) -> Iterator[tuple[Held, str]]:
    """Each parameter of an object with a name of its own."""
    taken = set(known)
    for one in {id(one.parameter): one for one in held}.values():
        name, number = one.name, 2
        while name in taken:
            name, number = f"{one.name}{number}", number + 1
        taken.add(name)
        yield one, name


def _as_numbers(value: Any) -> Any:
    return np.array(value) if isinstance(value, np.ndarray) else value


def _numbers_in(thing: Any) -> list[Any]:
    """The arrays in nested containers, as copies."""
    if isinstance(thing, np.ndarray):
        return [thing.copy()]
    if isinstance(thing, Mapping):
        return [array for part in thing.values() for array in _numbers_in(part)]
    if isinstance(thing, (tuple, list)):
        return [array for part in thing for array in _numbers_in(part)]
    return []


def _same(first: Sequence[Any], second: Sequence[Any]) -> bool:
    return len(first) == len(second) and all(
        a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in zip(first, second)
    )
