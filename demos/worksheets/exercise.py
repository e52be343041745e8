"""A network as nodes that wait for gradients, and how what is written is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from handgrad import Comparison, compare, gradients


class Exercise:
    """One forward pass of a network, as nodes and as numbers.

    Attributes:
        values: every array by its name as a node in manual mode, and `loss`.
        numbers: the same as float arrays, which can be read and not written to, with the data that went in.
        arrays: the names of those that are asked for, in backward order.
    """

    def __init__(self, values: SimpleNamespace, numbers: SimpleNamespace, arrays: Sequence[str]) -> None:
        values.loss.label = "loss"
        for held in vars(numbers).values():
            if isinstance(held, np.ndarray):
                held.flags.writeable = False
        self.values, self.numbers, self.arrays = values, numbers, tuple(arrays)

    def check(self, *, given: Mapping[str, Any] | None = None, **written: Any) -> Comparison:
        """Judge gradients by the names of their arrays; skip those that are None.

        Args:
            given: gradients that are there already and not asked for.
            written: the gradients asked for: `check(logprobs=dlogprobs, probs=dprobs)`. What is no array of numbers
                of the right shape is wrong.

        Raises:
            ValueError: there is no array of that name.
        """
        filled = {**(given or {}), **written}
        for name in filled:
            if name not in self.arrays:
                raise ValueError(f"check: there is no array {name!r}. They are: {', '.join(self.arrays)}.")
        for name in self.arrays:
            getattr(self.values, name).grad = filled.get(name)
        return compare(self.values.loss, nodes=[getattr(self.values, name) for name in written])

    def check_down_to(self, name: str, written: Mapping[str, Any]) -> Comparison:
        """Judge every gradient from the loss down to one array.

        Args:
            name: of the last array that is asked for.
            written: the gradients under the names of their arrays with a d before, as in a notebook's `globals()`.
        """
        names = self.arrays[: self.arrays.index(name) + 1]
        return self.check(**{name: written[f"d{name}"] for name in names})

    def true(self, name: str) -> Any:
        """Return an array's gradient by autodiff."""
        return gradients(self.values.loss)[getattr(self.values, name)]
