"""The operations that only arrays need: nodes of their own for what numpy would hand back as it is."""

from __future__ import annotations

from ..ops import Mistake, Op


def _first_of_value(*inputs_and_output: float) -> list[float]:
    """1 for the first input that equals the output, 0 for the others."""
    *inputs, output = inputs_and_output
    found = [0.0] * len(inputs)
    found[inputs.index(output)] = 1.0
    return found


COPY = Op("copy", lambda x: x, lambda x, y: (1.0,), ("1",), slips=(
    Mistake(0, "x", lambda x, y: x, "does the slope of a copy depend on the number in it?"),
))  # fmt: skip

LARGEST = Op("max", lambda *xs: max(xs), _first_of_value, ("1 for the first largest, else 0",))
SMALLEST = Op("min", lambda *xs: min(xs), _first_of_value, ("1 for the first smallest, else 0",))
"""Of equal entries the first has the whole gradient, as in PyTorch's max(dim)."""
