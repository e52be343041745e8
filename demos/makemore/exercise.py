"""The exercise itself: the network as Values that wait for gradients, and how what is written is judged."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from handgrad import Comparison, compare, gradients, manual
from handgrad.arrays import fill
from handgrad.errors import HandgradError

from . import data, model


class Exercise:
    """One batch of the network, forward, at both levels.

    Attributes:
        values: every array by its name as Values in manual mode, and `loss`.
        numbers: the same as float arrays, with the batch: `n`, `Xb` (n, 3) and `Yb` (n,).
    """

    def __init__(self, seed: int = 42) -> None:
        Xb, Yb = data.batch(seed)
        parameters = model.parameters(len(data.CHARACTERS))
        with manual():
            self.values = model.forward(model.as_values(parameters), Xb, Yb)
        numbers = model.forward(parameters, Xb, Yb, label=model.unlabelled)
        self.numbers = SimpleNamespace(**vars(numbers), n=len(Yb), Xb=Xb, Yb=Yb)

    def check(self, *, given: Mapping[str, Any] | None = None, **written: Any) -> Comparison:
        """Judge gradients by the names of their arrays; those that are None are not filled in yet.

        Args:
            given: gradients that are there already and not asked for.
            written: the gradients asked for: `check(logprobs=dlogprobs, probs=dprobs)`.

        Raises:
            ArrayShapeError: a gradient has another shape than its array.
            NotANumberError: a gradient is no array of numbers.
            ValueError: there is no array of that name.
        """
        for name in model.INTERMEDIATES:
            for node in getattr(self.values, name).ravel().tolist():
                node.grad = None
        for name, gradient in {**(given or {}), **written}.items():
            if name not in model.INTERMEDIATES:
                raise ValueError(f"check: there is no array {name!r}. They are: {', '.join(model.INTERMEDIATES)}.")
            if gradient is not None:
                fill(getattr(self.values, name), gradient)
        return compare(self.values.loss, nodes=[getattr(self.values, name) for name in written])

    def true(self, name: str) -> Any:
        """An array's gradient by autodiff."""
        by_node = gradients(self.values.loss)
        nodes = getattr(self.values, name)
        return np.array([by_node.get(node, 0.0) for node in nodes.ravel().tolist()]).reshape(nodes.shape)

    def fitting(self, written: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """The gradients that can be filled in, and what is wrong with the others, in words."""
        problems = {}
        fits = dict(written)
        for name, gradient in written.items():
            try:
                if gradient is not None:
                    fill(getattr(self.values, name), gradient)
            except HandgradError as error:
                problems[name] = str(error)
                fits[name] = None
        return fits, problems
