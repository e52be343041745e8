"""Check a rule on arrays, at points drawn anew: what it passes back against differences along random directions."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..amounts import Floats, draw_like, plain
from .rule import Finding, Rule, measure
from .slopes import central

DIRECTIONS = 3
MOST_KINKS = 12
"""After so many kinks a direction is given up."""


def findings(rule: Rule) -> list[Finding]:
    """Return the finding on each input of a rule on arrays."""
    rng = np.random.default_rng(0)
    return [
        _Input(rule, place, rng).finding()
        for place, x in enumerate(rule.inputs)
        if place not in rule.unasked and np.size(x) and np.size(rule.output)
    ]


class _Input:
    """One input of a rule, and what moves with it."""

    def __init__(self, rule: Rule, place: int, rng: Any) -> None:
        self._rule, self._place, self._rng = rule, place, rng
        self._result_at = rule.vary_input(place)
        self._x, self._y = np.asarray(rule.inputs[place]), np.asarray(rule.output)
        # A masked entry does not move, nor does it move anything.
        self._may_move = np.isfinite(self._x)
        self._is_seen = np.isfinite(self._y)
        self._scale = np.maximum(np.abs(self._x), 1.0)

    def finding(self) -> Finding:
        """Return the worst of some directions: right along all, or pinned to an entry."""
        found: list[Finding] = []
        while len(found) < DIRECTIONS and not any(map(self._is_off, found)):
            found.append(self._measure_direction())
        return max(found, key=lambda finding: finding.badness)

    def _measure_direction(self) -> Finding:
        """Measure along one random direction, away from the kinks that it meets."""
        move = self._scale * self._rng.uniform(0.5, 1.0, self._x.shape) * self._rng.choice([-1.0, 1.0], self._x.shape)
        weights = np.where(self._is_seen, self._rng.uniform(0.5, 1.5, self._y.shape), 0.0)
        for _ in range(MOST_KINKS):
            move = np.where(self._may_move, move, 0.0)
            if not move.any():
                break
            whole = self._measure(move, weights)
            if not self._is_off(whole):
                return whole
            entry = self._pin_entry(move, weights)
            if entry is None:  # off only all together, which is float noise
                return whole._replace(is_wrong=False, is_smooth=True)
            one = self._measure_entry(entry, weights)
            if one.is_smooth:
                return one
            # The same number elsewhere stands at the same kink.
            others = self._x != self._x[entry] if self._rule.is_entrywise else True
            self._may_move = np.array(self._may_move & others)
            self._may_move[entry] = False
        return Finding(self._place, math.nan, math.nan, False, False)

    def _measure(self, move: Floats, weights: Floats) -> Finding:
        """Measure how the weighted sum of the result changes along a move, beside what the rule says."""
        # Its size is added, as float noise depends on that.
        size = float(np.abs(weights * np.where(self._is_seen, self._y, 0.0)).sum())

        def move_along(t: float) -> float:
            y = self._result_at(self._x + t * move)
            return float((weights * np.where(self._is_seen, y, 0.0)).sum()) + size

        passed = np.asarray(self._rule.pull(weights if weights.ndim else float(weights))[self._place])
        # Where nothing moves, the rule may have no value.
        by_rule = float((np.where(move != 0.0, passed, 0.0) * move).sum())
        return measure(self._place, move_along, 0.0, by_rule)

    @staticmethod
    def _is_off(finding: Finding) -> bool:
        return finding.is_wrong or not finding.is_smooth

    def _pin_entry(self, move: Floats, weights: Floats) -> tuple[int, ...] | None:
        """Find by halves an entry along which alone the rule is off."""
        places = np.argwhere(move != 0.0)
        while len(places) > 1:
            half = len(places) // 2
            for part in (places[:half], places[half:]):
                half_move = np.zeros(move.shape)
                half_move[tuple(part.T)] = move[tuple(part.T)]
                if self._is_off(self._measure(half_move, weights)):
                    places = part
                    break
            else:
                return None
        return tuple(int(i) for i in places[0])

    def _measure_entry(self, entry: tuple[int, ...], weights: Floats) -> Finding:
        """Return the finding on one entry, in one entry of the result if that shows it."""
        unit = np.zeros(self._x.shape)
        unit[entry] = self._scale[entry]
        best = self._measure(unit, weights)
        of_entry: tuple[int, ...] | None = None
        # The likelier entries first, by an estimate of the slope of each.
        with np.errstate(all="ignore"):
            slopes = np.abs(np.asarray(central(lambda t: self._result_at(self._x + t * unit), 0.0, 1e-4)))
        for flat in np.argsort(-np.where(np.isfinite(slopes), slopes, 0.0), axis=None)[:8]:
            at = tuple(int(i) for i in np.unravel_index(flat, self._y.shape))
            hot = np.zeros(self._y.shape)
            hot[at] = 1.0
            one = self._measure(unit, hot)
            if one.is_wrong:
                best, of_entry = one, at
                break
        scale = float(self._scale[entry])
        return best._replace(
            by_rule=best.by_rule / scale,
            measured=best.measured / scale,
            entry=str(list(entry)) if entry else "",
            of_entry="" if self._rule.is_entrywise or not of_entry else str(list(of_entry)),
        )


def points(data: Sequence[Any]) -> list[list[Any]]:
    """Return points to try an operation at: near the given one, on its other side, all above 0."""
    rng = random.Random(0)
    near = [amount + 0.3 * draw_like(amount, rng, 0.2, 1.0) * (np.abs(amount) + 0.1) for amount in data]
    plainly = [draw_like(amount, rng, 0.4, 2.0) for amount in data]
    turned = [-amount for amount in plainly]
    above = [abs(draw_like(amount, rng, 0.3, 1.9)) for amount in data]
    return [[plain(amount) for amount in point] for point in (near, plainly, turned, above)]
