"""What is right about a rule that was asked, and which mistake it makes."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from ...errors import HandgradError
from ...rulecheck import directions
from ...rulecheck.exercise import COARSE, MEASURED, measured_truth, wrong_in
from ...rulecheck.jacobian import LARGEST, jacobian
from ...rulecheck.query import Asked
from ...rulecheck.rule import Answer
from ...slips.slip import Slip
from .calling import Call, refuse

RTOL, SINGLE = 1e-6, 1e-3
"""How near a gradient must be, as a share of it; in single precision."""
MOST_SLOPES = 1_000_000
"""Entries of an output times those of an input up to which a mistake is looked for."""
UNEXPLAINED = (
    "{}: what bwd returns for it is not the derivative of {}. Measure one entry: move it by 0.001, call the function "
    "again, and divide what the output has moved by 0.001."
)


class Truth:
    """What belongs to the inputs of a call.

    Attributes:
        gradients: of each input, for the upstream gradient that was given.
        share: how near what is right must be.
    """

    def __init__(self, call: Call, asked: Asked) -> None:
        self._call, self._asked = call, asked
        found = call.gradients(asked.upstream)
        self._slopes: dict[int, Any] = {}
        count = len(call.inputs)
        self._is_measured = [found is None or not np.isfinite(found[place]).all() for place in range(count)]
        self.gradients = [
            found[place] if found is not None and not self._is_measured[place] else self._measure(place)
            for place in range(count)
        ]
        is_rough = any(self._is_measured)
        self.share = (COARSE if is_rough else SINGLE) if asked.is_coarse else MEASURED if is_rough else RTOL

    def is_near(self, place: int, given: Any) -> bool:
        """Tell whether what is given for an input is what belongs there."""
        is_like = given is not None and np.shape(given) == np.shape(self.gradients[place])
        return is_like and not np.any(self.apart(place, given))

    def is_right(self, place: int) -> bool:
        """Tell whether the rule is right for an input, at a kink either side."""
        given = self._asked.given[place]
        given = np.zeros(np.shape(self.gradients[place])) if given is None else given
        is_like = np.shape(given) == np.shape(self.gradients[place])
        return self.is_near(place, given) or (is_like and self._is_at_a_kink(place, given))

    def apart(self, place: int, given: Any) -> Any:
        """Return where two gradients differ by more than noise."""
        expected = self.gradients[place]
        with np.errstate(invalid="ignore"):
            part = 1e-3 if self.share == RTOL else 1.0
            largest = part * np.max(np.abs(expected), initial=0.0)
            return ~(np.abs(np.subtract(given, expected)) <= self.share * (np.abs(expected) + largest))

    def slip(self, place: int) -> Slip:
        """Return the mistake in what was passed to an input."""
        name = self._asked.rule.names[place]
        if self._asked.given[place] is None:
            return Slip("missing-path", f"{name}: bwd returns None for it, and the output does depend on it.")
        return self._named.get(place) or Slip("rule", UNEXPLAINED.format(name, self._call.name))

    def _measure(self, place: int) -> Any:
        x = self._call.inputs[place]
        slopes = np.reshape(self._jacobian(place), (-1, np.size(x)))
        return np.reshape(np.ravel(self._asked.upstream) @ slopes, np.shape(x))[()]

    def _jacobian(self, place: int) -> Any:
        """Return the slopes by an input, as they are measured."""
        if place not in self._slopes:
            rule = self._asked.rule
            if np.size(rule.inputs[place]) > LARGEST:
                why = f"JAX has no finite derivative of it, and {rule.names[place]} has too many entries to measure"
                refuse(rule.name, why, "Give smaller arrays")
            is_single = self._asked.is_coarse
            self._slopes[place] = jacobian(rule.vary_input(place), rule.inputs[place], is_single=is_single, least=1e-2)
        return self._slopes[place]

    def _is_at_a_kink(self, place: int, given: Any) -> bool:
        """Tell whether the measured slopes are as the rule says.

        JAX's side of a kink is one of two.
        """
        if self._asked.is_coarse or self._is_measured[place] or not np.all(np.isfinite(given)):
            return False
        rule = self._asked.rule

        def pull(upstream: Any, before: Any) -> Answer:
            given = rule.pull(upstream, before).given
            return Answer([np.zeros(np.shape(x)) if one is None else one for x, one in zip(rule.inputs, given)])

        others = frozenset(range(len(rule.inputs))) - {place}
        findings = directions.findings(replace(rule, pull=pull, unasked=others))
        return not any(finding.is_wrong for finding in findings)

    @cached_property
    def _named(self) -> dict[int, Slip | None]:
        """Find the mistakes in the function's slopes, by the places of the inputs."""
        rule = self._asked.rule
        if np.size(rule.output) * max(map(np.size, rule.inputs)) > MOST_SLOPES:
            return {}
        slopes = None if any(self._is_measured) else self._call.jacobians()
        slopes = slopes or [self._jacobian(place) for place in range(len(rule.inputs))]
        asked = self._asked._replace(rule=replace(rule, name="output"))
        try:
            with np.errstate(all="ignore"):
                wrong = wrong_in(asked, measured_truth(rule.name, rule.output, slopes, rule.inputs))
        except (HandgradError, ArithmeticError, ValueError):
            return {}
        return {one.which: one.slip for one in wrong}
