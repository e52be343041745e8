"""The user's forward and backward, run once as they are: how they are called, what they give, and what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...repair.effects import without_effects
from ...verdict.sentences import listed
from ..errors import CheckError
from .calling import (
    RATE,
    Result,
    called,
    convention_of,
    copied,
    name_of_function,
    output_of,
    rate_of,
    weighed,
    without_loss,
)
from .gradients import Gradient, gradients_as, gradients_in, numbers_in
from .holding import Held, Updates, held_in, kept_in, own_in, rate_in
from .inputs import Inputs, Leaf
from .measured import moved, scale
from .recorder import recording
from .state import State, as_before

DIRECTIONS = 3
"""Along so many the gradients are told apart."""


class Run:
    """One run.

    Args:
        upstream: see `check_backward`.
        before: everything as it is; it is put back by whoever made it.
        matches: what each of the returned numbers is the gradient of, where that is known.

    Attributes:
        forward: the user's; of an object that keeps its output in an attribute, with that as its result.
        convention: how the backward is called.
        outs: what the forward gives, without what is for the backward.
        upstream: the gradients that arrive.
        done_before, done: what the forward, and what the backward does.
        result: what the backward returns.
        returned: the gradients in that, those of what an object keeps among them.
        kept: of what objects keep the names, by `id`, where it has a gradient.
        held: the gradients of these.
        rate: the step that it makes; None where that is not known.
        is_updating: whether the backward makes a step of its own, and gives no gradient of what it changes.
        remark: what is to be said of the run.
    """

    def __init__(
        self,
        forward: Any,
        backward: Any,
        inputs: Inputs,
        upstream: Any,
        rng: np.random.Generator,
        before: State,
        reachable: Sequence[Any],
        matches: Mapping[int, str] | None = None,
    ) -> None:
        self.forward, self._backward, self._inputs, self._before = forward, backward, inputs, before
        self._matches = matches
        self._asked_upstream, self._rng, self._reachable = upstream, rng, reachable
        self.remark, self.is_updating = "", False
        self.rate: float | None = None
        arrays, self._own = kept_in(before), own_in(before)
        result = self._run_forward()
        self.result = result.rest
        if self.convention.is_one:
            self.done = self.done_before
            self.returned, held = self._told_apart(result.rest, arrays, result.at)
        else:
            caches = _numbers_in(result.caches)
            updates = Updates(State(*reachable))
            call = self._calling(result)
            with recording(self.upstream) as self.done:
                given = self.result = called(name_of_function(backward, "backward"), call)
            self.returned, named = self._told_apart(given, arrays)
            after = State(*reachable)
            stepped = list(self._of_updates(updates, after, arrays))
            self.is_updating = bool(stepped)
            held = [*named, *held_in(before, after, inputs), *stepped]
            held = [Held(one.name, one.parameter, np.array(one.gradient)) for one in held]
            if given is None and not held:
                raise CheckError(
                    "backward gave nothing", "Return the gradients, or keep them in attributes: self.dW beside self.W."
                )
            if not _same(caches, _numbers_in(result.caches, copies=False)):
                self._look_at_a_second_call(call)
        known = {leaf.name: leaf for leaf in inputs.leaves}
        self.held = list({id(one.parameter): one for one in held}.values())
        self.kept = {id(one.parameter): name for one, name in _names_of_held(self.held, known)}
        self._say_what_is_not_judged()

    @property
    def gradients(self) -> list[Gradient]:
        """Return the gradients of inputs that the backward returns."""
        own = set(self._inputs.names)
        return [one for one in self.returned if one.of in own]

    @property
    def names_of_returned(self) -> dict[str, str]:
        """Return what each returned gradient is of, by the name under which it was found."""
        own = set(self._inputs.names)
        of_held = {one.name: self.kept[id(one.parameter)] for one in self.held}
        return {one.of: one.of if one.of in own else of_held.get(one.of, one.of) for one in self.returned}

    def given(self) -> Iterator[tuple[str, str, Any]]:
        """Yield every gradient: of what, what it is called, and the numbers."""
        for one in self.gradients:
            yield one.of, one.name, one.value
        for held in self.held:
            yield self.kept[id(held.parameter)], held.name, held.gradient

    def _run_forward(self) -> Result:
        values = self._inputs.copied()
        with recording() as self.done_before:
            given = called(name_of_function(self.forward, "forward"), lambda: self._inputs.call(self.forward, values))
        if given is None:
            self.forward, given = output_of(self.forward)
        names = self.done_before.returned
        self.convention = convention_of(self.forward, self._backward, self._inputs, given, names)
        result = self.convention.split(given)
        self._check_outs(result)
        self.outs = [np.array(out) for out in result.outs]
        self.upstream = self._upstreams(result)
        return result

    def _calling(self, result: Result) -> Callable[[], Any]:
        backward = self._backward
        # What forward has changed in its inputs, a backward that is given the same inputs again does not see.
        fresh = self._inputs.copied()
        return lambda: self.convention.call(
            backward, self._inputs, fresh, result, [copied(one) for one in self.upstream]
        )

    def _look_at_a_second_call(self, call: Callable[[], Any]) -> None:
        try:
            with without_effects():
                second = numbers_in(without_loss(call(), self._inputs))
        except Exception:  # whatever their code may raise on what it has changed itself
            second = []
        for one in self.gradients:
            if one.place < len(second) and not np.array_equal(second[one.place], one.value):
                self.remark = (
                    "backward changes in place what forward has kept for it: a second call gives other gradients. "
                    "Work on a copy."
                )

    def _told_apart(
        self, given: Any, arrays: Mapping[str, Any], loss_at: int | None = None
    ) -> tuple[list[Gradient], list[Held]]:
        """Return what a backward gives, and of that what is of kept parameters.

        These are parameters that an object or a dict of the user's keeps.

        Args:
            loss_at: where in what one function returns the loss is.
        """
        names = self.done.returned
        returned = without_loss(given, self._inputs)
        if loss_at is not None:
            del names[loss_at : loss_at + 1]
        elif returned is not given:
            names = []
        inputs = set(self._inputs.names)
        known = [*self._inputs.leaves, *(Leaf(name, (), one) for name, one in arrays.items() if name not in inputs)]
        if self._matches is None:
            found, others = gradients_in(returned, names, known, self._own, self._fits)
            self._say_what_is_no_gradient(others)
        else:
            found = gradients_as(returned, names, self._matches)
        found = [one._replace(value=_as_numbers(one.value)) for one in found]
        return found, [Held(one.of, arrays[one.of], one.value) for one in found if one.of not in inputs]

    def _fits(self, leaf: Leaf, value: Any) -> bool:
        """Tell whether numbers are the gradient of something, along random directions."""
        numbers = np.asarray(leaf.value)
        if not leaf.is_differentiable and (leaf.is_array or numbers.dtype.kind == "c"):
            return False  # whole numbers alone are meant as others, as b = 0 is
        gradient = np.reshape(np.asarray(value, dtype=float), numbers.shape)
        is_coarse = any(np.asarray(one.value).dtype.itemsize < 8 for one in (*self._inputs.leaves, leaf))
        step, share = (1e-2, 3e-2) if is_coarse else (1e-5, 1e-3)
        with as_before(*self._reachable), without_effects():
            self._before.put_back()
            before = State(*self._reachable)
            for seed in range(DIRECTIONS):
                move = np.random.default_rng(seed).normal(size=numbers.shape) * scale(leaf)
                try:
                    above, below = (self._moved_loss(leaf, sign * step * move, before) for sign in (1.0, -1.0))
                except Exception:  # whatever their code may raise on other numbers
                    return False
                parts = gradient * move
                noise = 1e-13 * (abs(above) + abs(below)) / step
                if not abs((above - below) / (2.0 * step) - parts.sum()) <= share * np.abs(parts).sum() + noise:
                    return False
        return True

    def _moved_loss(self, leaf: Leaf, move: Any, before: State) -> float:
        """Return what the forward comes to where an input, or an array that is kept, is moved."""
        before.put_back()
        values = self._inputs.copied()
        if leaf.keys:
            values = self._inputs.with_leaf(values, leaf, moved(leaf, move))
        else:
            leaf.value[...] += move
        with np.errstate(all="ignore"):
            return weighed(self.convention.split(self._inputs.call(self.forward, values)).outs, self.upstream)

    def _say_what_is_no_gradient(self, others: Sequence[str]) -> None:
        if others:
            self.remark = (
                f"{listed(others)} {'is' if len(others) == 1 else 'are'} returned too, and not checked: no input has "
                "that gradient."
            )

    def _of_updates(self, updates: Updates, after: State, arrays: Mapping[str, Any]) -> Iterator[Held]:
        """Yield the gradients of parameters that the backward has itself made a step with.

        Only where the step is known.
        """
        changed = {name: one for name, one in updates.changed(after).items() if name in arrays}
        used = {name: one for name, one in changed.items() if self._forward_reads(name)}
        rate = self.rate = RATE if self.convention.gives_rate else rate_of(self._backward) or rate_in(after)
        is_plain = len(used) == len(changed)  # no moments beside them
        for name, (array, less) in used.items():
            if rate is not None and is_plain:
                yield Held(name, array, less / rate)

    def _forward_reads(self, name: str) -> bool:
        """Tell whether the forward's code mentions an attribute or a variable of this name."""
        return name.partition("[")[0] in self.done_before.mentioned

    def _say_what_is_not_judged(self) -> None:
        """Name the parameters of user objects that have no gradient.

        A wrong one that stays local is not seen.
        """
        judged = {id(leaf.value) for leaf in self._inputs.leaves if leaf.name in {one.of for one in self.returned}}
        silent = [
            name
            for name, array in self._own.items()
            if id(array) not in self.kept.keys() | judged and np.ndim(array) and self._forward_reads(name)
        ]
        if silent and not self.convention.is_one:
            which = f"gradient of {silent[0]}" if len(silent) == 1 else f"gradients of {listed(silent)}"
            was, is_ = ("was", "is") if len(silent) == 1 else ("were", "are")
            self.remark = (
                f"{self.remark} The {which}, which the object keeps, {was} not given, and {is_} not judged: return "
                "it, or keep it beside it, as self.dW beside self.W."
            ).strip()

    def _check_outs(self, result: Result) -> None:
        for out in result.outs:
            if not isinstance(out, (np.ndarray, np.generic, float, int)):
                raise CheckError(
                    f"forward gives a {type(out).__name__}",
                    "Return a number, or an array, and what backward needs after it.",
                )
            if np.asarray(out).dtype.kind == "c":
                raise CheckError(
                    "forward gives complex numbers", "The gradients that are checked here are those of real numbers."
                )
            if not np.isfinite(np.asarray(out, dtype=float)).all():
                raise CheckError(
                    "forward gives nan or an infinity at these inputs", "Give inputs at which the result is finite."
                )
        if not self.convention.upstreams and np.size(result.outs[0]) != 1:
            raise CheckError(
                f"forward gives an array of shape {np.shape(result.outs[0])}, and backward takes no gradient for it",
                "Return one number, a loss, or let backward take the gradient that arrives: backward(dout, cache).",
            )

    def _upstreams(self, result: Result) -> tuple[Any, ...]:
        if not self.convention.upstreams:
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


def _names_of_held(held: Sequence[Held], known: Mapping[str, Any]) -> Iterator[tuple[Held, str]]:
    """Give each parameter of an object a name of its own.

    An input has its own.
    """
    taken = set(known)
    for one in held:
        name, number = one.name, 2
        if name in known and known[name].value is one.parameter:
            yield one, name
            continue
        while name in taken:
            name, number = f"{one.name}{number}", number + 1
        taken.add(name)
        yield one, name


def _as_numbers(value: Any) -> Any:
    return np.array(value) if isinstance(value, np.ndarray) else value


def _numbers_in(thing: Any, *, copies: bool = True) -> list[Any]:
    """Return the arrays in nested containers."""
    if isinstance(thing, np.ndarray):
        return [thing.copy() if copies else thing]
    if isinstance(thing, Mapping):
        return [array for part in thing.values() for array in _numbers_in(part, copies=copies)]
    if isinstance(thing, (tuple, list)):
        return [array for part in thing for array in _numbers_in(part, copies=copies)]
    return []


def _same(first: Sequence[Any], second: Sequence[Any]) -> bool:
    return len(first) == len(second) and all(
        np.array_equal(a, b) or (a.shape == b.shape and a.tobytes() == b.tobytes())  # nan is the same, too
        for a, b in zip(first, second)
    )
