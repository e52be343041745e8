"""Two bugs in a small network: a wrong rule, found by gradcheck, and a forgotten +=, found by compare.

Run `python -m handgrad.demos.find_the_bug`; the pictures go to out/.
"""

from __future__ import annotations

import math
from pathlib import Path

from handgrad import Value, compare, gradcheck, label, manual, op

from .quickstart import show

# What the author believes: the square is of the input. It is of the output: 1 - tanh(x)^2.
my_tanh = op("my_tanh", math.tanh, lambda x, y: 1 - x**2, rule="1 - x^2")


def network() -> dict[str, Value]:
    """Build two inputs, two hidden neurons of `my_tanh`, one linear output and a squared error."""
    x1, x2 = Value(0.5), Value(-0.8)
    w11, w12, w21, w22 = Value(0.9), Value(-0.4), Value(0.3), Value(0.7)
    h1 = my_tanh(w11 * x1 + w12 * x2)
    h2 = my_tanh(w21 * x1 + w22 * x2)
    v1, v2 = Value(1.2), Value(-0.6)
    out = v1 * h1 + v2 * h2
    loss = (out - 0.3) ** 2
    label()
    return {"loss": loss, "h1": h1, "h2": h2}


def shared_neuron() -> dict[str, Value]:
    """Build a neuron h that feeds two losses, so its gradient is a sum of two contributions."""
    with manual():
        x, w = Value(0.6), Value(-1.4)
        z = w * x
        h = z.tanh()
        left = h * 2.5
        right = h**3
        loss = left + right
        label()
    return {"x": x, "w": w, "z": z, "h": h, "left": left, "right": right, "loss": loss}


def backward(nodes: dict[str, Value]) -> None:
    """Do the backward pass by hand, with one `=` that should be a `+=`."""
    x, w, z, h, left, right, loss = (nodes[name] for name in ("x", "w", "z", "h", "left", "right", "loss"))
    loss.grad = 1.0
    left.grad = loss.grad
    right.grad = loss.grad
    h.grad = 2.5 * left.grad
    h.grad = 3 * h.data**2 * right.grad
    z.grad = (1 - h.data**2) * h.grad
    w.grad = x.data * z.grad
    x.grad = w.data * z.grad


def main(out: Path = Path("out")) -> None:
    """Find both bugs, print what points at them and draw the pictures into `out`."""
    print("1. A network whose author wrote tanh's rule from memory. gradcheck checks each operation in isolation:\n")
    show(gradcheck(network()["loss"]), out / "wrong_rule")
    print("\n2. A backward pass by hand. compare finds where the mistake is made:\n")
    nodes = shared_neuron()
    backward(nodes)
    show(compare(nodes["loss"]), out / "forgotten_plus")


if __name__ == "__main__":
    main()
