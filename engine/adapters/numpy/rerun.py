"""Forward and backward once more, untraced and from one snapshot: what an experiment runs hundreds of times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...repair.trial import Outcome
from .calling import copied, without_loss
from .gradients import numbers_in
from .holding import Updates, held_in
from .inputs import Inputs
from .running import Run
from .state import State


class Rerun:
    """Runs of a backward of which one is known: how it is called, and what each gradient is of.

    Args:
        run: that one.
        state: everything as it was before it.
    """

    def __init__(self, run: Run, backward: Any, inputs: Inputs, state: State, reachable: Sequence[Any]) -> None:
        self._run, self._backward, self._inputs = run, backward, inputs
        self._state, self._reachable = state, reachable
        returned = {one.of for one in run.returned}
        self._is_held = any(one.name not in returned for one in run.held)

    def __call__(self, between: Callable[[], None]) -> Outcome:
        """Run them, and put everything back.

        Args:
            between: called before the backward, where that is a function of its own.
        """
        run, convention = self._run, self._run.convention
        try:
            with np.errstate(all="ignore"):
                result = convention.split(self._inputs.call(run.forward, self._inputs.copied()))
                results = [np.array(out, dtype=float) for out in result.outs]
                updates = Updates(State(*self._reachable)) if run.is_updating else None
                if convention.is_one:
                    returned = result.rest
                else:
                    between()
                    upstream = [copied(one) for one in run.upstream]
                    fresh = self._inputs.copied() if convention.takes_inputs else self._inputs.values
                    returned = without_loss(
                        convention.call(self._backward, self._inputs, fresh, result, upstream), self._inputs
                    )
                found = self._returned(returned)
                if self._is_held:
                    found |= self._held(updates)
        finally:
            self._state.put_back()
        return Outcome(found, results)

    def _returned(self, returned: Any) -> dict[str, Any]:
        numbers, names = numbers_in(returned), self._run.names_of_returned
        return {
            names[one.of]: np.array(numbers[one.place], dtype=float)
            for one in self._run.returned
            if one.place < len(numbers)
        }

    def _held(self, updates: Updates | None) -> dict[str, Any]:
        kept, after = self._run.kept, State(*self._reachable)
        found = {
            kept[id(held.parameter)]: np.array(held.gradient, dtype=float)
            for held in held_in(self._state, after, self._inputs)
            if id(held.parameter) in kept
        }
        rate = self._run.rate
        for array, less in (updates.changed(after) if updates is not None and rate else {}).values():
            if id(array) in kept:
                found[kept[id(array)]] = less / rate
        return found
