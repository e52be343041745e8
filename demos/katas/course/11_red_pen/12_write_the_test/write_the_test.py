"""The test of a backward pass: graphs on which every usual mistake shows."""

from __future__ import annotations

from handgrad import Value


def graphs() -> list[Value]:
    """Roots of graphs that tell a right backward pass from wrong ones.

    Returns:
        At most 3 roots, made of + - * and tanh with leaves of your own; of at most 12 nodes each, none of whose
        gradients is 0.
    """
    # TODO: return roots on which each of the wrong backward passes goes wrong. This one shows none of their mistakes.
    x, y = Value(1.0, "x"), Value(1.0, "y")
    return [x + y]
