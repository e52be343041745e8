"""An LSTM over four steps, its backward pass by hand, and what people get wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from .lesson import Lesson, Mistake, Namer, Rule

STEPS, ROWS, WIDTH, HIDDEN = 4, 3, 2, 4
GATES = "ifog"


def leaves(seed: int = 0) -> dict[str, Any]:
    normal = np.random.default_rng(seed).normal
    return {
        "x": normal(size=(STEPS, ROWS, WIDTH)), "Wx": normal(size=(WIDTH, 4 * HIDDEN)),
        "Wh": 0.5 * normal(size=(HIDDEN, 4 * HIDDEN)), "b": 0.3 * normal(size=4 * HIDDEN),
        "h0": normal(size=(ROWS, HIDDEN)), "c0": normal(size=(ROWS, HIDDEN)), "goal": normal(size=(ROWS, HIDDEN)),
    }  # fmt: skip


def sigmoid(a: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-a))


def forward(leaf: Mapping[str, Any], name: Namer) -> SimpleNamespace:
    x = SimpleNamespace(**leaf, loss=0.0)

    def named(text: str, made: Any) -> Any:
        setattr(x, text, name(text, made))
        return made

    for t in range(1, STEPS + 1):
        a = named(f"a{t}", leaf["x"][t - 1] @ leaf["Wx"] + at(x, "h", t - 1) @ leaf["Wh"] + leaf["b"])
        for place, gate in enumerate(GATES):
            part = a[:, place * HIDDEN : (place + 1) * HIDDEN]
            named(f"{gate}{t}", np.tanh(part) if gate == "g" else sigmoid(part))
        c = named(f"c{t}", at(x, "f", t) * at(x, "c", t - 1) + at(x, "i", t) * at(x, "g", t))
        h = named(f"h{t}", at(x, "o", t) * np.tanh(c))
        x.loss = x.loss + ((h - leaf["goal"]) ** 2).mean()
    return x


def at(x: SimpleNamespace, letter: str, t: int) -> Any:
    return getattr(x, f"{letter}{t}")


def from_loss(x: SimpleNamespace, t: int) -> Any:
    return 2.0 * (at(x, "h", t) - x.goal) / x.goal.size


def from_output(x: SimpleNamespace, d: SimpleNamespace, t: int) -> Any:
    return at(d, "h", t) * at(x, "o", t) * (1.0 - np.tanh(at(x, "c", t)) ** 2)


def through_gates(x: SimpleNamespace, d: SimpleNamespace, t: int, **wrong: Any) -> Any:
    slopes = {gate: at(x, gate, t) * (1.0 - at(x, gate, t)) for gate in "ifo"}
    slopes = {**slopes, "g": 1.0 - at(x, "g", t) ** 2, **wrong}
    return np.concatenate([at(d, gate, t) * slopes[gate] for gate in GATES], axis=1)


def by_steps(left: str, x: SimpleNamespace, d: SimpleNamespace, steps: Any = range(1, STEPS + 1)) -> Any:
    """The gradient of a weight: "h" for what comes from the step before, "x" for the input."""
    return sum((at(x, "h", t - 1) if left == "h" else x.x[t - 1]).T @ at(d, "a", t) for t in steps)


def step_rules(t: int) -> dict[str, Rule]:
    is_last = t == STEPS
    return {
        f"h{t}": lambda x, d: from_loss(x, t) + (0.0 if is_last else at(d, "a", t + 1) @ x.Wh.T),
        f"c{t}": lambda x, d: from_output(x, d, t) + (0.0 if is_last else at(d, "c", t + 1) * at(x, "f", t + 1)),
        f"o{t}": lambda x, d: at(d, "h", t) * np.tanh(at(x, "c", t)),
        f"f{t}": lambda x, d: at(d, "c", t) * at(x, "c", t - 1),
        f"i{t}": lambda x, d: at(d, "c", t) * at(x, "g", t),
        f"g{t}": lambda x, d: at(d, "c", t) * at(x, "i", t),
        f"a{t}": lambda x, d: through_gates(x, d, t),
    }


RULES: dict[str, Rule] = {
    **{name: rule for t in range(STEPS, 0, -1) for name, rule in step_rules(t).items()},
    "goal": lambda x, d: -sum(from_loss(x, t) for t in range(1, STEPS + 1)),
    "Wx": lambda x, d: by_steps("x", x, d),
    "Wh": lambda x, d: by_steps("h", x, d),
    "b": lambda x, d: sum(at(d, "a", t) for t in range(1, STEPS + 1)).sum(0),
    "h0": lambda x, d: d.a1 @ x.Wh.T,
    "c0": lambda x, d: d.c1 * x.f1,
    "x": lambda x, d: np.stack([at(d, "a", t) @ x.Wx.T for t in range(1, STEPS + 1)]),
}

ALL_GATES = tuple(GATES)

DROPPED = (
    Mistake("h2", ("missing-path",), "you left out what comes from a3", lambda x, d: from_loss(x, 2)),
    Mistake("h2", ("missing-path",), "you left out what comes from h2 - goal", lambda x, d: d.a3 @ x.Wh.T),
    Mistake("c2", ("missing-path",), "you left out what comes from c3", lambda x, d: from_output(x, d, 2)),
    Mistake("c2", ("missing-path",), "you left out what comes from h2", lambda x, d: d.c3 * x.f3),
    Mistake("Wh", ("missing-path",), "you left out what comes from a1", lambda x, d: by_steps("h", x, d, (2, 3, 4))),
    Mistake("Wx", ("missing-path",), "only 2 of its 4 uses", lambda x, d: by_steps("x", x, d, (1, 2))),
)
"""A path or a time step that is dropped."""

OTHERS = (
    Mistake("b", ("missing-path",), "only what comes from a4", lambda x, d: d.a4.sum(0)),
    Mistake("b", ("not-summed",), "each array that it goes into", lambda x, d: (d.a1 + d.a2 + d.a3 + d.a4)[0]),
    Mistake("c2", ("forgot-local",), "'\\*' in f3\\*c2", lambda x, d: from_output(x, d, 2) + d.c3),
    Mistake("c2", ("rule",), "where is the square", lambda x, d: d.h2 * x.o2 * (1.0 - np.tanh(x.c2)) + d.c3 * x.f3),
    Mistake("c2", ("rule",), "computed from h2", lambda x, d: d.h2 * x.o2 * (1.0 - x.h2**2) + d.c3 * x.f3),
    Mistake("c2", ("rule",), "computed from f2", lambda x, d: from_output(x, d, 2) + d.c3 * x.f2),
    Mistake("i2", ("swapped",), "other operand, g2", lambda x, d: d.c2 * x.i2),
    Mistake("o2", ("rule",), "computed from c2", lambda x, d: d.h2 * x.c2),
    Mistake(
        "a3", ("rule",), "used f3 as the derivative of 'sigmoid' in f3", lambda x, d: through_gates(x, d, 3, f=x.f3)
    ),
    Mistake(
        "a3", ("forgot-local",), "multiply by the slope of 'sigmoid' in f3", lambda x, d: through_gates(x, d, 3, f=1.0)
    ),
    Mistake("a3", ("rule",), "'tanh', or of 'sigmoid'", lambda x, d: through_gates(x, d, 3, g=x.g3 * (1.0 - x.g3))),
    Mistake("a3", ("missing-path",), "you left out what comes from f3", lambda x, d: through_gates(x, d, 3, f=0.0)),
    Mistake("a3", ("rule",), "each 'sigmoid'", lambda x, d: through_gates(x, d, 3, i=x.i3, f=x.f3, o=x.o3)),
    Mistake("a3", ("transposed",), "each in its own place", lambda x, d: np.roll(RULES["a3"](x, d), HIDDEN, axis=1)),
    Mistake("h0", ("wrong-upstream",), "the gradient of a2", lambda x, d: d.a2 @ x.Wh.T),
    Mistake("x", ("transposed",), "wrong places", lambda x, d: RULES["x"](x, d)[::-1]),
)


def lstm() -> Lesson:
    return Lesson(leaves(), forward, RULES)
