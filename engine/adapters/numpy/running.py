"""The user's forward and backward, run as they are: how they are called, what they give, and what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...names import listed
from ...repair.effects import hold_effects
from ...repair.trial import Outcome
from ..errors import CheckError
from .calling import (
    RATE,
    Inputs,
    Result,
    conventions_of,
    copy_or_same,
    drop_loss,
    name_of_function,
    output_of,
    rate_of,
    run_user,
    weighted_sum,
)
from .gradients import Gradient, Leaf, gradients_in, numbers_in
from .state import Held, Pairs, State, Updates, find_held, kept_arrays, own_arrays, restoring
from .tracing import recording

DIRECTIONS = 3
"""Along so many the gradients are told apart."""


class Run:
    """One run.

    Args:
        upstream: see `check_backward`.
        before: everything as it is; it is put back by whoever made it.
        matches: what each of the returned numbers is the gradient of, where that is known.
        keeps: whether objects may keep gradients besides.

    Attributes:
        inputs: what it was called with.
        forward: of an object that keeps its output in an attribute, with that as its result.
        done_before, done: what the forward, and what the backward does.
        result, returned: what the backward returns, and the gradients in it.
        held, kept: the gradients of what objects keep, and the names of that, by `id`.
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
        matches: Mapping[int, str] | None,
        keeps: bool,
    ) -> None:
        self.forward, self._backward, self.inputs, self._before = forward, backward, inputs, before
        self._matches, self._reachable = matches, reachable
        self.remark = ""
        self._rate: float | None = None
        self._collections, self._left = set[Any](), set[str]()
        arrays, self._own = (kept_arrays(before), own_arrays(before)) if keeps else ({}, {})
        result = self._run_forward(upstream, rng)
        self.result = result.rest
        if self.convention.is_one:
            self.done = self.done_before
            self.returned, held = self._identify(result.rest, arrays, result.at)
        else:
            held = self._run_backward(result, arrays, keeps=keeps)
        known = {leaf.name: leaf for leaf in inputs.leaves}
        self.held = list({id(one.parameter): one for one in held}.values())
        self.kept = {id(one.parameter): name for one, name in _names_of_held(self.held, known)}
        self._names = {one.of: one.of if one.of in known else self.kept[id(arrays[one.of])] for one in self.returned}
        self._say_what_is_not_judged()
        self._is_drawn = before.is_drawn()

    def gradients(self) -> Iterator[tuple[str, Any]]:
        """Yield every gradient: of what, and the numbers."""
        yield from ((one.of, one.value) for one in self.returned if one.of in self.inputs.names)
        yield from ((self.kept[id(one.parameter)], one.gradient) for one in self.held)

    def again(self, state: State, between: Callable[[], None]) -> Outcome:
        """Run both functions once more, untraced, from and back to a state; `between` them something else."""
        try:
            with np.errstate(all="ignore"):
                result = self.convention.split(self.inputs.call(self.forward, self.inputs.copy()))
                results = [np.array(out, dtype=float) for out in result.outs]
                updates = Updates(State(*self._reachable)) if self._rate else None
                returned = result.rest
                if not self.convention.is_one:
                    between()
                    returned = drop_loss(self._call_backward(result), self.inputs)
                found = self._gradients(returned, state, updates)
        finally:
            state.put_back(is_drawn=self._is_drawn)
        return Outcome(found, results)

    def _gradients(self, returned: Any, state: State, updates: Updates | None) -> dict[str, Any]:
        """Return the gradients of another run by the names of what they are of."""
        numbers = numbers_in(returned)
        found = {self._names[one.of]: numbers[one.place] for one in self.returned if one.place < len(numbers)}
        if any(one.name not in self._names for one in self.held):
            after = State(*self._reachable)
            beside = find_held(state, after, self.inputs, self._left, lambda pairs, _: pairs.key in self._collections)
            found |= {self.kept[id(one.parameter)]: one.gradient for one in beside if id(one.parameter) in self.kept}
            for array, less in updates.changes(after).values() if updates and self._rate else ():
                if id(array) in self.kept:
                    found[self.kept[id(array)]] = less / self._rate
        return {name: np.array(value, dtype=float) for name, value in found.items()}

    def _run_forward(self, upstream: Any, rng: np.random.Generator) -> Result:
        """Run the user's forward; note its outputs, their upstream gradients, and how its backward is to be called."""
        values = self.inputs.copy()
        with recording() as self.done_before:
            given = run_user(name_of_function(self.forward, "forward"), lambda: self.inputs.call(self.forward, values))
        if given is None:
            self.forward, given = output_of(self.forward)
        names = self.done_before.return_names
        some = conventions_of(self.forward, self._backward, self.inputs, given, names)
        if some[1:] and self._before.has_more():  # then the backward needs no inputs again
            some.reverse()
        self.convention = some[0]
        result = self.convention.split(given)
        _check_outs(result.outs, is_loss=not self.convention.upstreams)
        self.outs = [np.array(out) for out in result.outs]
        for self.convention in [*some, some[0]] if some[1:] else some:
            self.upstream = _upstreams(upstream, self.outs, rng) if self.convention.upstreams else ()
            if some[1:] and self._takes_call(result):
                break
        return result

    def _takes_call(self, result: Result) -> bool:
        """Tell whether the backward runs as it is called; nothing of this run stays."""
        with restoring(*self._reachable), hold_effects():
            try:
                self._call_backward(result)
            except Exception:  # whatever their code may raise on something else
                return False
        return True

    def _run_backward(self, result: Result, arrays: Mapping[str, Any], *, keeps: bool) -> list[Held]:
        """Run the user's backward, and return the gradients it returns, keeps in attributes, or puts into updates."""
        updates = self._updates = Updates(State(*self._reachable))
        with recording(self.upstream) as self.done:
            name = name_of_function(self._backward, "backward")
            given = self.result = run_user(name, lambda: self._call_backward(result))
        self.returned, named = self._identify(given, arrays)
        after = State(*self._reachable)
        self._left = updates.names_left(after)
        stepped = list(self._gradients_of_updates(updates, after, arrays))
        beside = find_held(self._before, after, self.inputs, self._left, self._takes) if keeps else []
        held = [*named, *beside, *stepped]
        if given is None and not held:
            raise CheckError(
                "backward gave nothing", "Return the gradients, or keep them in attributes: self.dW beside self.W."
            )
        return [Held(one.name, one.parameter, np.array(one.gradient)) for one in held]

    def _call_backward(self, result: Result) -> Any:
        upstream = [copy_or_same(one) for one in self.upstream]
        return self.convention.call(self._backward, self.inputs, result, upstream)

    def _identify(
        self, given: Any, arrays: Mapping[str, Any], loss_at: int | None = None
    ) -> tuple[list[Gradient], list[Held]]:
        """Return what a backward gives, the loss not among it, and of that what is of parameters that are kept."""
        names = self.done.return_names
        returned = drop_loss(given, self.inputs)
        if loss_at is not None:
            del names[loss_at : loss_at + 1]
        elif returned is not given:
            names = []
        inputs = self.inputs.names
        if self._matches is None:
            known = [*self.inputs.leaves, *(Leaf(name, (), one) for name, one in arrays.items() if name not in inputs)]
            is_backward = not self.convention.is_one
            found, others = gradients_in(returned, names, known, self._own, self._fits, is_backward=is_backward)
            if others:
                verb = "is" if len(others) == 1 else "are"
                self.remark = f"{listed(others)} {verb} returned too, and not checked: no input has that gradient."
        else:
            numbers = numbers_in(returned)
            found = [Gradient(of, numbers[at], at) for at, of in self._matches.items() if at < len(numbers)]
        found = [one._replace(value=copy_or_same(one.value)) for one in found]
        return found, [Held(one.of, arrays[one.of], one.value) for one in found if one.of not in inputs]

    def _takes(self, pairs: Pairs, is_last: bool) -> bool:
        """Tell whether a collection holds the gradients of another, which the forward reads.

        Its name says so, or the numbers of one of them do; at last that the backward sets it in their shapes.
        """

        def fits(one: Held) -> bool:
            value, kept = np.asarray(one.gradient), one.parameter
            is_alike = value.shape == kept.shape and value is not kept and bool(value.any())
            return is_alike and self._fits(Leaf("", (), kept), value)

        if pairs.of and not self._forward_reads(pairs.of):  # what an optimizer keeps beside it
            return False
        takes = self._may_hold_gradients(pairs) if is_last else pairs.says_so or any(map(fits, pairs.held))
        if takes:
            self._collections.add(pairs.key)
        return takes

    def _may_hold_gradients(self, pairs: Pairs) -> bool:
        """Tell whether a backward sets a collection in the shapes of parameters that have no gradient as yet.

        Raises:
            CheckError: it does, and nothing says what it sets.
        """

        def may_be(one: Held) -> bool:
            is_alike = np.shape(one.gradient) == np.shape(one.parameter) and one.name not in given
            is_step = self._updates.is_set(one.parameter) or np.array_equal(one.gradient, one.parameter)
            return is_alike and not is_step

        given = {one.of for one in self.returned}
        is_set = any(self._updates.is_set(one.gradient) for one in pairs.held)
        if not is_set or not all(map(may_be, pairs.held)):
            return False
        if pairs.keys and not pairs.may_say_so:
            names = listed([one.name for one in pairs.held])
            raise CheckError(
                f"backward sets {pairs.name} in the shapes of {names}, and no number in it is a gradient of theirs",
                "If it holds the gradients, call it grads: then it is told which of them are wrong.",
            )
        return pairs.may_say_so

    def _fits(self, leaf: Leaf, value: Any) -> bool:
        """Tell whether numbers are the gradient of something, along random directions."""
        numbers = np.asarray(leaf.value)
        if not leaf.is_differentiable and (leaf.is_array or numbers.dtype.kind == "c"):
            return False  # whole numbers alone are meant as others, as b = 0 is
        gradient = np.reshape(np.asarray(value, dtype=float), numbers.shape)
        is_coarse = any(np.asarray(one.value).dtype.itemsize < 8 for one in (*self.inputs.leaves, leaf))
        step, share = (1e-2, 3e-2) if is_coarse else (1e-5, 1e-3)
        with restoring(*self._reachable), hold_effects():
            self._before.put_back()
            before = State(*self._reachable)
            here = weighted_sum(self.outs, self.upstream)
            for seed in range(DIRECTIONS):
                move = np.random.default_rng(seed).normal(size=numbers.shape) * leaf.scale
                parts = gradient * move
                try:
                    above = self._moved_loss(leaf, step * move, before)
                    total, most = parts.sum(), share * np.abs(parts).sum() + 2e-13 * abs(above) / step
                    if abs((above - here) / step - total) <= most:
                        continue
                    below = self._moved_loss(leaf, -step * move, before)
                except Exception:  # whatever their code may raise on other numbers
                    return False
                if not abs((above - below) / (2.0 * step) - total) <= most:
                    return False
        return True

    def _moved_loss(self, leaf: Leaf, move: Any, before: State) -> float:
        """Return what the forward comes to where an input, or an array that is kept, is moved."""
        before.put_back()
        values = self.inputs.copy()
        if leaf.keys:
            values = self.inputs.replace_leaf(values, leaf, leaf.shift(move))
        else:
            leaf.value[...] += move
        with np.errstate(all="ignore"):
            return weighted_sum(self.convention.split(self.inputs.call(self.forward, values)).outs, self.upstream)

    def _gradients_of_updates(self, updates: Updates, after: State, arrays: Mapping[str, Any]) -> Iterator[Held]:
        """Yield the gradients of parameters that the backward has made a step with, where the step is known."""
        changed = {name: one for name, one in updates.changes(after).items() if name in arrays}
        gives_rate = ("rate", 0) in self.convention.takes
        kept = (one for _, held in after.owners for one in held.items())
        rate = RATE if gives_rate else rate_of(self._backward, kept)
        if changed and rate is not None and all(map(self._forward_reads, changed)):  # no moments beside them
            self._rate = rate
            yield from (Held(name, array, less / rate) for name, (array, less) in changed.items())

    def _forward_reads(self, name: str) -> bool:
        """Tell whether the forward's code mentions an attribute or a variable of this name."""
        return name.partition("[")[0] in self.done_before.mentioned

    def _say_what_is_not_judged(self) -> None:
        """Name the parameters of user objects that have no gradient: a wrong one that stays local is not seen."""
        of = {one.of for one in self.returned}
        judged = self.kept.keys() | {id(leaf.value) for leaf in self.inputs.leaves if leaf.name in of}
        silent = [
            name
            for name, array in self._own.items()
            if id(array) not in judged and np.ndim(array) and self._forward_reads(name)
        ]
        if silent and not self.convention.is_one:
            s, was, is_ = ("", "was", "is") if len(silent) == 1 else ("s", "were", "are")
            self.remark = (
                f"{self.remark} The gradient{s} of {listed(silent)}, which the object keeps, {was} not given, and "
                f"{is_} not judged: return it, or keep it beside it, as self.dW beside self.W."
            ).strip()


def _check_outs(outs: Sequence[Any], *, is_loss: bool) -> None:
    """Raise CheckError where what forward gives is no finite real number or array, or a loss is no single number."""
    for out in outs:
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
    if is_loss and np.size(outs[0]) != 1:
        raise CheckError(
            f"forward gives an array of shape {np.shape(outs[0])}, and backward takes no gradient for it",
            "Return one number, a loss, or let backward take the gradient that arrives: backward(dout, cache).",
        )


def _upstreams(asked: Any, outs: Sequence[Any], rng: np.random.Generator) -> tuple[Any, ...]:
    """Return the gradients that arrive for the results, in their dtype."""
    shapes = [np.shape(out) for out in outs]
    if isinstance(asked, str) and asked in ("random", "ones"):
        drawn = [rng.normal(size=shape) if asked == "random" else np.ones(shape) for shape in shapes]
    else:
        drawn = list(asked) if isinstance(asked, tuple) else [asked]
        if [np.shape(one) for one in drawn] != shapes:
            raise CheckError(
                f"upstream does not have the shape of the output, {shapes[0]}", 'Give "random" or an array.'
            )
    return tuple(
        np.asarray(one).astype(out.dtype)[()] if out.dtype.kind == "f" else np.asarray(one)
        for one, out in zip(drawn, outs)
    )


def _names_of_held(held: Sequence[Held], known: Mapping[str, Leaf]) -> Iterator[tuple[Held, str]]:
    """Give each parameter of an object a name of its own; an input has its own."""
    taken = set(known)
    for one in held:
        name, number = one.name, 2
        if name not in known or known[name].value is not one.parameter:
            while name in taken:
                name, number = f"{one.name}{number}", number + 1
            taken.add(name)
        yield one, name
