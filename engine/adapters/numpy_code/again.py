"""Forward and backward once more, untraced and from one snapshot: what an experiment runs hundreds of times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..experiment.trial import Outcome
from .calling import Convention, copied
from .gradients import Gradient, held_in, numbers_in
from .inputs import Inputs
from .state import State


class Again:
    """Runs of a backward whose convention and names are known.

    Args:
        gradients: of inputs and of what is kept, as the first run gave them.
        kept: the names of the parameters that objects keep a gradient beside, by `id`.
        state: everything as it was before.
    """

    def __init__(
        self,
        forward: Any,
        backward: Any,
        inputs: Inputs,
        convention: Convention,
        upstream: Sequence[Any],
        gradients: Sequence[Gradient],
        kept: Mapping[int, str],
        state: State,
    ) -> None:
        self._forward, self._backward, self._inputs = forward, backward, inputs
        self._convention, self._upstream = convention, upstream
        self._gradients, self._kept, self._state = gradients, kept, state

    def __call__(self, between: Callable[[], None]) -> Outcome:
        """Run them, and put everything back.

        Args:
            between: called before the backward, where that is a function of its own.
        """
        try:
            with np.errstate(all="ignore"):
                given = self._inputs.call(self._forward, self._inputs.copied())
                result = self._convention.split(given)
                results = [np.array(out, dtype=float) for out in result.outs]
                if self._convention.is_one:
                    returned = result.rest
                else:
                    between()
                    upstream = [copied(one) for one in self._upstream]
                    fresh = self._inputs.copied() if self._convention.takes_inputs else self._inputs.values
                    returned = self._convention.call(self._backward, self._inputs, fresh, result, upstream)
                    if isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], dict):
                        returned = returned[1]
                numbers = numbers_in(returned)
                found = {
                    one.of: np.array(numbers[one.place], dtype=float)
                    for one in self._gradients
                    if one.place < len(numbers)
                }
                if self._kept:
                    for held in held_in(self._state, State(self._forward, self._backward)):
                        if id(held.parameter) in self._kept:
                            found[self._kept[id(held.parameter)]] = np.array(held.gradient, dtype=float)
        finally:
            self._state.put_back()
        return Outcome(found, results)
