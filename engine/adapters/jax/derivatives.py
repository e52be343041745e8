"""What is right about a rule that was asked, and which mistake it makes."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from ...arrays.amounts import is_finite
from ...errors import HandgradError
from ...rulecheck import directions
from ...rulecheck.exercise import COARSE, MEASURED, measured_truth, wrong_in
from ...rulecheck.jacobian import LARGEST, jacobian
from ...rulecheck.query import Asked
from ...slips.slip import Slip
from ..errors import RefusedRuleError
from .custom_rule import SINGLE, Call

RTOL = 1e-6
"""How near a gradient must be, as a share of it."""
MOST_SLOPES = 1_000_000
"""Entries of an output times those of an input up to which a mistake is looked for."""
UNEXPLAINED = (
    "{}: what bwd returns for it is not the derivative of {}. Measure one entry: move it by 0.001, call the function "
    "again, and divide what the output has moved by 0.001."
)


class Truth:
    """What belongs to the inputs of a call: JAX's derivatives, measured where these are none, or not finite.

    Attributes:
        gradients: of each input, for the upstream gradient that was given.
        share: how near what is right must be.
    """

    def __init__(self, call: Call, asked: Asked) -> None:
        self._call, self._asked = call, asked
        self._slopes: dict[int, Any] = {}
        self.gradients = call.gradients(asked.upstream) or [np.nan] * len(call.inputs)
        self._measured = [place for place, one in enumerate(self.gradients) if not np.isfinite(one).all()]
        for place in self._measured:
            upstream, x = np.ravel(asked.upstream), call.inputs[place]
            self.gradients[place] = np.reshape(
                upstream @ np.reshape(self._jacobian(place), (-1, np.size(x))), np.shape(x)
            )[()]
        is_rough = bool(self._measured)
        self.share = (COARSE if is_rough else SINGLE) if asked.is_coarse else MEASURED if is_rough else RTOL

    def _jacobian(self, place: int) -> Any:
        """Return the slopes by an input, as they are measured."""
        if place not in self._slopes:
            rule, is_single = self._asked.rule, self._asked.is_coarse
            if np.size(rule.inputs[place]) > LARGEST:
                why = f"JAX has no finite derivative of it, and {rule.names[place]} has too many entries to measure"
                raise RefusedRuleError(rule.name, why, "Give smaller arrays")
            self._slopes[place] = jacobian(rule.vary_input(place), rule.inputs[place], is_single=is_single, least=1e-2)
        return self._slopes[place]

    def apart(self, place: int, given: Any) -> Any:
        """Return where two gradients differ by more than noise; None where they cannot be compared."""
        expected = self.gradients[place]
        if given is None or np.shape(given) != np.shape(expected):
            return None
        with np.errstate(invalid="ignore"):
            part = 1e-3 if self.share == RTOL else 1.0
            largest = part * np.max(np.abs(expected), initial=0.0)
            return ~(np.abs(np.subtract(given, expected)) <= self.share * (np.abs(expected) + largest))

    def is_near(self, place: int, given: Any) -> bool:
        """Tell whether what is given for an input is what belongs there."""
        off = self.apart(place, given)
        return off is not None and not off.any()

    def is_right(self, place: int) -> bool:
        """Tell whether the rule is right for an input, at a kink either side."""
        given = self._asked.given[place]
        if self.is_near(place, np.zeros(np.shape(self.gradients[place])) if given is None else given):
            return True
        is_exact = not self._asked.is_coarse and place not in self._measured
        if not is_exact or self.apart(place, given) is None or not is_finite(given):
            return False
        # JAX's side of a kink is one of two: the measured slopes may be as the rule says.
        others = frozenset(range(len(self.gradients))) - {place}
        return not any(one.is_wrong for one in directions.findings(replace(self._asked.rule, unasked=others)))

    def slip(self, place: int) -> Slip:
        """Return the mistake in what was passed to an input."""
        name = self._asked.rule.names[place]
        if self._asked.given[place] is None:
            return Slip("missing-path", f"{name}: bwd returns None for it, and the output does depend on it.")
        return self._slips.get(place) or Slip("rule", UNEXPLAINED.format(name, self._call.name))

    @cached_property
    def _slips(self) -> dict[int, Slip | None]:
        """Find the mistakes in the function's slopes, by the places of the inputs."""
        rule = self._asked.rule
        if np.size(rule.output) * max(map(np.size, rule.inputs)) > MOST_SLOPES:
            return {}
        asked = self._asked._replace(rule=replace(rule, name="output"))
        try:
            with np.errstate(all="ignore"):
                slopes = [self._jacobian(place) for place in range(len(rule.inputs))]
                wrong = wrong_in(asked, measured_truth(rule.name, rule.output, slopes, rule.inputs))
        except (HandgradError, ArithmeticError, ValueError):
            return {}
        return {one.which: one.slip for one in wrong}
