"""The exercise itself: the network as nodes that wait for gradients, and how what is written is judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from handgrad import Comparison, compare, gradients, manual

from . import data, model


class Exercise:
    """One batch of the network, forward, as nodes and as numbers.

    Attributes:
        values: every array by its name as a node in manual mode, and `loss`.
        numbers: the same as float arrays, which can be read and not written to, with the batch: `n`, `Xb` (n, 3)
            and `Yb` (n,).
    """

    def __init__(self, seed: int = 42) -> None:
        Xb, Yb = data.batch(seed)
        parameters = model.parameters(len(data.CHARACTERS))
        with manual():
            self.values = model.as_nodes(parameters, Xb, Yb)
        self.values.loss.label = "loss"
        self.numbers = model.forward(parameters, Xb, Yb)
        for numbers in vars(self.numbers).values():
            if isinstance(numbers, np.ndarray):
                numbers.flags.writeable = False

    def check(self, *, given: Mapping[str, Any] | None = None, **written: Any) -> Comparison:
        """Judge gradients by the names of their arrays; those that are None are not filled in yet.

        Args:
            given: gradients that are there already and not asked for.
            written: the gradients asked for: `check(logprobs=dlogprobs, probs=dprobs)`. What is no array of numbers
                of the right shape is wrong.

        Raises:
            ValueError: there is no array of that name.
        """
        filled = {**(given or {}), **written}
        for name in filled:
            if name not in model.INTERMEDIATES:
                raise ValueError(f"check: there is no array {name!r}. They are: {', '.join(model.INTERMEDIATES)}.")
        for name in model.INTERMEDIATES:
            getattr(self.values, name).grad = filled.get(name)
        return compare(self.values.loss, nodes=[getattr(self.values, name) for name in written])

    def true(self, name: str) -> Any:
        """An array's gradient by autodiff."""
        return gradients(self.values.loss)[getattr(self.values, name)]
