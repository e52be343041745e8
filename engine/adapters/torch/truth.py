"""Who is right about one input of a Function: its backward, or autograd on its forward? The slopes are measured."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from copy import copy
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np
import torch

from ...amounts import Floats
from ...rulecheck.rule import measure
from ...rulecheck.slopes import EPSILON, central, jacobian
from ..errors import NotAReferenceError
from .recording import Call
from .replay import Given, Replay, ReplayError, Traced
from .tensors import RTOL, agree, fit_gradient, gradients_off, numbers_of, tensor_of

FEW = 24
"""How many entries are looked at together, and then one by one."""
GLANCE = 1e-6
MOST_ENTRIES = 400
"""An input of more is not measured whole."""
MOST_MEASURED = 20_000
"""Of a call with more numbers one with fewer is measured, where there is one that is wrong in the same input."""
SHORT = 8
"""An axis of no more stays as it is."""
SHORTENED = (4, 6, 8, 3, 5, 7)
"""What longer axes become, so that different lengths stay different."""


class Who(Enum):
    """Whose gradient the measured slopes are."""

    THEIRS = "theirs"
    AUTOGRAD = "autograd"
    NEITHER = "neither"
    NOBODY_KNOWS = "nobody knows"
    """Where it is, the function has a kink or a jump along all that was tried."""


class Slopes:
    """The slopes of one input of a call, along directions."""

    def __init__(self, replay: Replay, place: int) -> None:
        self._replay, self._place = replay, place
        self._x = numbers_of(replay.inputs[place])
        self._rng = np.random.default_rng(0)
        self._scale = np.maximum(np.abs(self._x), 1.0)

    def _inputs_at(self, x: Floats) -> list[Any]:
        inputs = list(self._replay.inputs)
        inputs[self._place] = tensor_of(x, inputs[self._place])
        return inputs

    def _output_along(self, move: Floats) -> Callable[[float], float]:
        """Return the weighed output along a direction, with its size added, as that is what float noise goes by."""
        upstream = self._replay.upstream_row
        return lambda t: float((self._replay.row(self._inputs_at(self._x + t * move)) * upstream).sum()) + self._size

    @cached_property
    def _size(self) -> float:
        """Return the summed sizes of what the weighed output adds up."""
        return float(np.abs(self._replay.row(self._replay.inputs) * self._replay.upstream_row).sum())

    def who(self, theirs: Floats, autograd: Floats | None) -> Who:
        """Tell whose gradient the slopes are.

        Args:
            theirs: what the user's backward gives, finite and in the input's shape.
            autograd: what autograd makes of the forward; None for nothing.
        """
        x, is_coarse = self._x, self._replay.is_coarse
        differ = np.ones(x.shape, bool) if autograd is None else gradients_off(theirs, autograd, is_coarse=is_coarse)
        off = theirs if autograd is None else theirs - autograd
        if is_coarse:
            return self._coarsely(theirs, autograd, off, differ) if differ.any() else Who.THEIRS
        entries = self._chosen(differ, off)
        move = self._move(entries)
        if self._has_kink(move):
            index = np.arange(entries.size).reshape(entries.shape)
            singly = (self._move(index == one) for one in np.flatnonzero(entries))
            return self._compare_along(theirs, autograd, (one for one in singly if not self._has_kink(one)))
        others = self._chosen(differ, np.asarray(self._rng.uniform(size=x.shape)))
        moves = [move, self._move(others)]
        found = self._compare_along(theirs, autograd, moves)
        is_symmetric = x.ndim > 1 and x.shape[-1] == x.shape[-2] > 1 and np.allclose(x, np.swapaxes(x, -1, -2))
        if found is not Who.NEITHER or autograd is None or not is_symmetric:
            return found
        # Of a symmetric matrix Cholesky reads one half, and torch shares the gradient out to both.
        halves = [one + np.swapaxes(one, -1, -2) for one in moves]
        return Who.AUTOGRAD if self._compare_along(autograd, None, halves) is Who.THEIRS else found

    def _compare_along(self, theirs: Floats, autograd: Floats | None, moves: Iterable[Floats]) -> Who:
        """Tell along some directions, in which the function is likely to be smooth."""
        found = Who.NOBODY_KNOWS
        for move in moves:
            mine = float((theirs * move).sum())
            its = mine if autograd is None else float((autograd * move).sum())
            # The likelier first, as one that is right is told by two runs, and one that is wrong by fifty.
            if abs(mine - its) > RTOL * max(abs(mine), abs(its)):
                finding = measure(0, self._output_along(move), 0.0, its)
                if finding.is_smooth and not finding.is_wrong:
                    return Who.AUTOGRAD
            finding = measure(0, self._output_along(move), 0.0, mine)
            if finding.is_wrong:
                return Who.NEITHER
            found = Who.THEIRS if finding.is_smooth else found
        return found

    def _coarsely(self, theirs: Floats, autograd: Floats | None, off: Floats, differ: Any) -> Who:
        """Tell in single precision, where only what is far off shows."""
        signs = np.where(off < 0.0, -1.0, 1.0)
        move = np.where(self._chosen(differ, theirs), self._scale * signs, 0.0)
        far, near = (float(central(self._output_along(move), 0.0, step)) for step in (2e-2, 1e-2))
        error = 10.0 * abs(far - near) + 5e-4 * self._size + 0.05 * abs(near)
        if abs(float((theirs * move).sum()) - near) <= error:
            return Who.THEIRS
        if autograd is None:
            return Who.NEITHER
        return Who.NOBODY_KNOWS if abs(float((autograd * move).sum()) - near) > error else Who.AUTOGRAD

    def _has_kink(self, move: Floats) -> bool:
        """Tell whether the slopes to the two sides differ, at a glance."""
        below, here, above = (self._output_along(move)(distance) for distance in (-GLANCE, 0.0, GLANCE))
        right, left = (above - here) / GLANCE, (here - below) / GLANCE
        return abs(right - left) > 1e-4 * (abs(right) + abs(left)) + 64.0 * EPSILON * self._size / GLANCE

    def _move(self, entries: Any) -> Floats:
        """Return a direction along some entries."""
        signs = self._rng.choice([-1.0, 1.0], self._x.shape) * self._rng.uniform(0.5, 1.0, self._x.shape)
        return np.where(entries, self._scale * signs, 0.0)

    def _chosen(self, entries: Any, weights: Floats) -> Any:
        """Choose a few of the entries: half are those of most weight, half are drawn at random."""
        places = np.flatnonzero(entries)
        if len(places) > FEW:
            heaviest = places[np.argsort(-np.abs(weights).ravel()[places])[: FEW // 2]]
            places = np.union1d(heaviest, self._rng.choice(places, FEW // 2, replace=False))
        chosen = np.zeros(self._x.shape, bool)
        chosen.ravel()[places] = True
        return chosen

    @cached_property
    def jacobian(self) -> Floats | None:
        """Measure the derivatives of all outputs by the input; None for many entries, or coarse numbers."""
        if not 0 < self._x.size <= MOST_ENTRIES or self._replay.is_coarse:
            return None
        along, x = lambda x: self._replay.row(self._inputs_at(x)), self._x[()]
        # Smaller steps than usual, as there are kinks among many entries.
        found: Floats = np.atleast_2d(jacobian(along, x, finer=100.0, least=1.0))
        return found

    @property
    def gradient(self) -> Floats | None:
        """Return the gradient for the call's upstream gradients; None where there is no `jacobian`."""
        if self.jacobian is None:
            return None
        return (np.ravel(self._replay.upstream_row) @ self.jacobian).reshape(self._x.shape)


class Input:
    """One input of a call that is asked about.

    Attributes:
        given: what backward returned for it.
        theirs: the numbers of that, zeros for None; None where the shape does not fit.
        autograd: what autograd makes of the forward, None for nothing.
    """

    def __init__(self, replay: Replay, answer: Given, traced: Traced | None, place: int) -> None:
        self.replay, self.answer, self.place = replay, answer, place
        self.name, self.x = replay.names[place], numbers_of(replay.inputs[place])
        self.given = answer.gradients[place]
        self.theirs: Any = fit_gradient(self.given, replay.inputs[place])
        self.autograd = None if traced is None else traced.gradients.get(place)
        self.slopes = Slopes(replay, place)
        self._is_doubtful = traced is not None and traced.calls_others

    @property
    def key(self) -> Hashable:
        """Return the key by which calls are alike."""
        return self.replay.call.function, self.place, self.x.shape

    @property
    def count(self) -> int:
        """Return how many numbers the call has to do with."""
        inputs = sum(one.numel() for one in self.replay.inputs if isinstance(one, torch.Tensor))
        return inputs + sum(upstream.size for upstream in self.replay.upstreams)

    @cached_property
    def less(self) -> Input | None:
        """Return the same input of a smaller call, where it is wrong there too; None for none."""
        call = smaller(self.replay.call)
        if call is not None:
            with suppress(ReplayError, NotAReferenceError):  # cut like this, it may make no sense to their code
                replay = Replay(call, reference=self.replay.reference)
                less = Input(replay, replay.answer(), replay.trace(), self.place)
                return less if less.theirs is not None and less.who in (Who.AUTOGRAD, Who.NEITHER) else None
        return None

    @property
    def is_autograds(self) -> bool:
        """Tell whether backward gives what autograd does."""
        one, other = self.theirs, self.autograd
        if one is None or other is None:
            return False
        return agree(one, other) or (self.replay.is_coarse and agree(one, other, is_coarse=True))

    @cached_property
    def who(self) -> Who:
        """Tell whose gradient of the input is right."""
        if self.theirs is None:
            return Who.NEITHER if self.autograd is None else Who.AUTOGRAD
        if self.is_autograds:
            return self.slopes.who(self.theirs, None) if self._is_doubtful else Who.THEIRS
        if self.count > MOST_MEASURED and self.less is not None:
            return self.less.who
        if self.replay.reference is None or self.autograd is None or self._is_doubtful:
            return self.slopes.who(self.theirs, self.autograd)
        # By its author's word what autograd makes of a reference is right, a detach() in it too.
        has_kink = not self.replay.is_coarse and self.slopes.who(self.theirs, self.autograd) is Who.NOBODY_KNOWS
        return Who.NOBODY_KNOWS if has_kink else Who.AUTOGRAD


def smaller(call: Call) -> Call | None:
    """Return the call with every long axis cut, axes of one length alike; None where there is none.

    The same mistake shows in the first few rows. Whether it makes sense to the Function, running it tells.
    """
    lengths = sorted({n for one in call.inputs if isinstance(one, torch.Tensor) for n in one.shape if n > SHORT})
    if not lengths or len(lengths) > len(SHORTENED):
        return None
    shortened = dict(zip(lengths, SHORTENED))
    other = copy(call)
    other.inputs = [_cut(one, shortened) for one in call.inputs]
    return other


def _cut(thing: Any, shortened: dict[int, int]) -> Any:
    """Return an argument with each of the given lengths shortened, in tensors' shapes and in whole numbers."""
    if isinstance(thing, torch.Tensor):
        part = thing[tuple(slice(shortened.get(n, n)) for n in thing.shape)].clone()
        # Whole numbers may be indices, which stay within what is left.
        return part if part.is_floating_point() or part.is_complex() or part.dtype == torch.bool else part % 3
    if type(thing) is int:
        return shortened.get(thing, thing)
    if isinstance(thing, (list, tuple)) and all(type(one) is int for one in thing):
        return type(thing)(shortened.get(one, one) for one in thing)
    return thing
