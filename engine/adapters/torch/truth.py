"""Who is right about one input of a Function: its backward, or autograd on its forward? The slopes are measured."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np

from ...arrays.edges import Floats
from ...rulecheck.finding import Finding, measure
from ...rulecheck.jacobian import jacobian
from ...rulecheck.slopes import EPSILON, central
from .numbers import COARSER, RTOL, Like, apart, numbers_of, tensor_of
from .replay import Replay

FEW = 24
"""How many entries are looked at together, and then one by one."""
GLANCE = 1e-6
FINER = 100.0
"""So much smaller are the steps than usual, as there are kinks among many entries."""
MOST_MEASURED = 400
"""An input of more entries is not measured whole."""


class Who(Enum):
    """Whose gradient the measured slopes are."""

    THEIRS = "theirs"
    AUTOGRAD = "autograd"
    NEITHER = "neither"
    NOBODY_KNOWS = "nobody knows"
    """Where it stands, the function has a kink or a jump along all that was tried."""


class Measured:
    """The slopes of one input of a call, along directions."""

    def __init__(self, replay: Replay, place: int) -> None:
        self._replay, self._place = replay, place
        self._x = numbers_of(replay.inputs[place])
        self._like = Like(replay.inputs[place])
        self._rng = np.random.default_rng(0)
        self._scale = np.maximum(np.abs(self._x), 1.0)

    def _along(self, move: Floats) -> Callable[[float], float]:
        """The weighed output along a direction; its size is added, as that is what float noise goes by."""

        def at(t: float) -> float:
            inputs = list(self._replay.inputs)
            inputs[self._place] = tensor_of(self._x + t * move, self._like)
            return self._replay.weighed(inputs) + self._replay.size

        return at

    def who(self, theirs: Floats, autograd: Floats | None) -> Who:
        """Whose gradient the slopes are.

        Args:
            theirs: what their backward gives, finite and in the input's shape.
            autograd: what autograd makes of the forward; None for nothing.
        """
        if self._replay.is_coarse:
            return self._coarsely(theirs, autograd)
        differ = np.ones(self._x.shape, bool) if autograd is None else apart(theirs, autograd)
        entries = self._chosen(differ, theirs if autograd is None else theirs - autograd)
        move = self._move(entries)
        if self._has_kink(move):
            return self._one_by_one(theirs, autograd, entries)
        who = self._of_a_direction(theirs, autograd, move)
        if who is Who.THEIRS and self._is_off(theirs, self._move(self._chosen(differ, self._drawn()))):
            return Who.NEITHER
        return who

    def _of_a_direction(self, theirs: Floats, autograd: Floats | None, move: Floats) -> Who:
        mine = float((theirs * move).sum())
        if autograd is not None:
            its = float((autograd * move).sum())
            # The likelier first, as one that is right is told by two runs, and one that is wrong by fifty.
            if abs(mine - its) > RTOL * max(abs(mine), abs(its)) and self._is_right(autograd, move):
                return Who.AUTOGRAD
        finding = self._found(theirs, move)
        if finding.is_wrong:
            return Who.NEITHER
        return Who.THEIRS if finding.is_smooth else Who.NOBODY_KNOWS

    def _found(self, gradient: Floats, move: Floats) -> Finding:
        return measure(0, self._along(move), 0.0, float((gradient * move).sum()))

    def _is_right(self, gradient: Floats, move: Floats) -> bool:
        finding = self._found(gradient, move)
        return finding.is_smooth and not finding.is_wrong

    def _is_off(self, gradient: Floats, move: Floats) -> bool:
        return self._found(gradient, move).is_wrong

    def _one_by_one(self, theirs: Floats, autograd: Floats | None, entries: Any) -> Who:
        """Of some entries, those where the function is smooth tell."""
        found_one = Who.NOBODY_KNOWS
        for at in np.argwhere(entries):
            alone = np.zeros(self._x.shape, bool)
            alone[tuple(at)] = True
            move = self._move(alone)
            if self._has_kink(move):
                continue
            who = self._of_a_direction(theirs, autograd, move)
            if who in (Who.AUTOGRAD, Who.NEITHER):
                return who
            found_one = who if who is Who.THEIRS else found_one
        return found_one

    def _has_kink(self, move: Floats) -> bool:
        """Whether the slopes to the two sides differ, at a glance."""
        above, below = (self._along(move)(sign * GLANCE) for sign in (1.0, -1.0))
        right, left = (above - self._here) / GLANCE, (self._here - below) / GLANCE
        return abs(right - left) > 1e-4 * (abs(right) + abs(left)) + 64.0 * EPSILON * self._replay.size / GLANCE

    @cached_property
    def _here(self) -> float:
        return self._along(np.zeros(self._x.shape))(0.0)

    def _move(self, entries: Any) -> Floats:
        """A direction along some entries."""
        signs = self._rng.choice([-1.0, 1.0], self._x.shape) * self._rng.uniform(0.5, 1.0, self._x.shape)
        return np.where(entries, self._scale * signs, 0.0)

    def _drawn(self) -> Floats:
        return np.asarray(self._rng.uniform(size=self._x.shape))

    def _coarsely(self, theirs: Floats, autograd: Floats | None) -> Who:
        """Of single precision only what is far off can be told."""
        everywhere = np.ones(self._x.shape, bool)
        differ = everywhere if autograd is None else apart(theirs, autograd, COARSER)
        if not differ.any():
            return Who.THEIRS
        signs = np.sign(theirs if autograd is None else theirs - autograd)
        move = np.where(self._chosen(differ, theirs), self._scale * np.where(signs == 0.0, 1.0, signs), 0.0)
        far, near = (self._difference(move, step) for step in (2e-2, 1e-2))
        error = 2.0 * abs(far - near) + 1e-4 * self._replay.size

        def is_off(gradient: Floats) -> bool:
            return abs(float((gradient * move).sum()) - near) > 5.0 * error + 0.05 * abs(near)

        if not is_off(theirs):
            return Who.THEIRS
        if autograd is None:
            return Who.NEITHER
        return Who.NOBODY_KNOWS if is_off(autograd) else Who.AUTOGRAD

    def _difference(self, move: Floats, step: float) -> float:
        return float(central(self._along(move), 0.0, step))

    def _chosen(self, entries: Any, weights: Floats) -> Any:
        """A few of the entries: half of them those of most weight, half of them at random."""
        places = np.flatnonzero(entries)
        if len(places) > FEW:
            heaviest = places[np.argsort(-np.abs(weights).ravel()[places])[: FEW // 2]]
            places = np.union1d(heaviest, self._rng.choice(places, FEW // 2, replace=False))
        chosen = np.zeros(self._x.shape, bool)
        chosen.ravel()[places] = True
        return chosen

    def jacobian(self) -> Floats | None:
        """The derivative of each entry of what comes out by each of the input's, as a matrix; None for too many.

        What comes out are the entries of all outputs that have an upstream gradient, one after the other.
        """
        if self._x.size > MOST_MEASURED or self._replay.is_coarse:
            return None
        if not self._x.size:
            return None
        along = self._replay.rule(self._place).vary_input(0)
        found: Floats = np.atleast_2d(jacobian(along, self._x, finer=FINER, least=1.0))
        return found

    def gradient(self) -> Floats | None:
        """The gradient for the upstream gradients that the call has; None for too many entries."""
        slopes = self.jacobian()
        if slopes is None:
            return None
        return (np.ravel(self._replay.upstream_in_a_row) @ slopes).reshape(self._x.shape)
