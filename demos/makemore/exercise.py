"""The exercise itself: one batch of the network."""

from __future__ import annotations

from handgrad import manual

from ..worksheets import exercise
from . import data, model


class Exercise(exercise.Exercise):
    """One batch of the network, forward; `numbers` has the batch too: `n`, `Xb` (n, 3) and `Yb` (n,)."""

    def __init__(self, seed: int = 42) -> None:
        """Draw a batch, the same for the same seed."""
        Xb, Yb = data.batch(seed)
        parameters = model.parameters(len(data.CHARACTERS))
        with manual():
            values = model.build_nodes(parameters, Xb, Yb)
        super().__init__(values, model.forward(parameters, Xb, Yb), model.INTERMEDIATES)
