"""The graph of Karpathy's micrograd lecture in manual mode, filled in rightly or not."""

from __future__ import annotations

from handgrad import Value, manual


def lecture() -> dict[str, Value]:
    """L = (a*b + c)*f of Karpathy's lecture, in manual mode, nothing filled in."""
    with manual():
        a, b, c, f = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c"), Value(-2.0, "f")
        e = a * b
        d = e + c
        L = d * f
    e.label, d.label, L.label = "e", "d", "L"
    return {"L": L, "f": f, "d": d, "c": c, "e": e, "b": b, "a": a}


RIGHT = {"L": 1.0, "f": 4.0, "d": -2.0, "c": -2.0, "e": -2.0, "b": -4.0, "a": 6.0}


def filled(**changes: object) -> dict[str, Value]:
    nodes = lecture()
    for name, grad in {**RIGHT, **changes}.items():
        nodes[name].grad = grad
    return nodes
