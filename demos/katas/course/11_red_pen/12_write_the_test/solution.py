"""The test of a backward pass: graphs on which every usual mistake shows."""

from __future__ import annotations

from handgrad import Value


def graphs() -> list[Value]:
    """Roots of graphs that tell a right backward pass from wrong ones.

    Returns:
        At most 3 roots, made of + - * and tanh with leaves of your own; of at most 12 nodes each, none of whose
        gradients is 0.
    """
    x, y = Value(0.7, "x"), Value(-0.4, "y")
    # A node in the middle with two uses, met early by the one and late by the other; a leaf that is used again; an
    # operand twice in one operation; a difference; and data of which none is 0, 1 or 2.
    d = x * y
    early = d * d.tanh() - x
    u = x - y
    late = u.tanh() * u + u * u
    e = d + y
    return [early, late, e + (e * x).tanh() * (x + x)]
