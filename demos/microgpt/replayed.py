"""The scalar network, built once for each length of text and run again from then on, with other numbers in its leaves.

Which rows are picked, and which token comes next, differs from text to text, so both stand outside the graph: the
picked rows are leaves of their own, and each logarithm of a probability is multiplied by a leaf, 1 for the token that
comes next and 0 for the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from handgrad import Value, big_graph, replay
from handgrad.functional import log_softmax

from .model import HEADS
from .scalars import Matrix, make_leaves, next_logits, total


class Replayed:
    """The loss and the gradients of a text, by the recording of its length.

    Example:
        >>> from handgrad.demos.microgpt import model
        >>> loss, gradients = Replayed()(model.parameters(27), [0, 1], [1, 0])
        >>> gradients["W1"].shape
        (16, 64)
    """

    def __init__(self) -> None:
        self._recorded: dict[int, Any] = {}

    def __call__(
        self, parameters: Mapping[str, Any], tokens: Sequence[int], targets: Sequence[int]
    ) -> tuple[float, dict[str, Any]]:
        length, vocabulary = len(tokens), len(parameters["wte"])
        given = {
            **parameters,
            "wpe": parameters["wpe"][:length],
            "rows": parameters["wte"][list(tokens)],
            "chosen": np.eye(vocabulary)[list(targets)],
        }
        if length not in self._recorded:
            self._recorded[length] = _record(given)
        value, flat = self._recorded[length](np.concatenate([numbers.ravel() for numbers in given.values()]))
        ends = np.cumsum([numbers.size for numbers in given.values()])[:-1]
        found = {name: part.reshape(given[name].shape) for name, part in zip(given, np.split(flat, ends))}
        np.add.at(found["wte"], list(tokens), found.pop("rows"))
        del found["chosen"]
        beyond = len(parameters["wpe"]) - length
        return float(value), {**found, "wpe": np.pad(found["wpe"], ((0, beyond), (0, 0)))}


def _record(given: Mapping[str, Any]) -> Any:
    """Return a recording for texts of this length, its leaves in the order of `given`."""
    with big_graph():
        p = make_leaves(given)
        keys: Matrix = []
        values: Matrix = []
        losses = []
        for position, (row, chosen) in enumerate(zip(p["rows"], p["chosen"])):
            logs = log_softmax(next_logits(row, position, keys, values, p, HEADS))
            losses.append(-total(is_next * log for is_next, log in zip(chosen, logs)))
        inputs: list[Value] = [node for rows in p.values() for row in rows for node in row]
        return replay(total(losses) / len(losses), inputs=inputs)
