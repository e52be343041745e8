"""Which sanity check catches which of the usual slips at the logits of a mean cross-entropy.

Not a time: the table of what each check sees, for gradients held in Values, in NumPy and in torch.
The slips are those that makemore part 4, CS231n's notes and micrograd's readers make.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from handgrad import Value, sanity
from handgrad.functional import cross_entropy

ROWS, CLASSES = 6, 5
"""Examples and classes of the batch."""

LR = 0.1
CHECKS = ("sums to zero", "loss falls", "log(V)", "along g", "random")

Logits = np.ndarray
Slip = Callable[[Logits, Logits, Logits], Logits]
"""From the logits, the softmax of each row and the one-hot targets to the gradient that somebody writes."""


def _wrong_axis(z: Logits) -> Logits:
    return np.exp(z) / np.exp(z).sum(axis=0, keepdims=True)


def _columns(p: Logits, y: Logits) -> Logits:
    """What `d[:, y] -= 1` leaves: 1 is taken off the whole column of each target."""
    taken = p.copy()
    taken[:, y.argmax(axis=1)] -= 1.0
    return taken


SLIPS: dict[str, Slip] = {
    "p for p - y": lambda z, p, y: p / ROWS,
    "y - p": lambda z, p, y: (y - p) / ROWS,
    "the wrong class": lambda z, p, y: (p - np.roll(y, 1, axis=1)) / ROWS,
    "1/n missing": lambda z, p, y: p - y,
    "n - 1 for n": lambda z, p, y: (p - y) / (ROWS - 1),
    "1/n twice": lambda z, p, y: (p - y) / ROWS**2,
    "a mean over all entries": lambda z, p, y: (p - y) / (ROWS * CLASSES),
    "1/n for p alone": lambda z, p, y: p / ROWS - y,
    "softmax over the other axis": lambda z, p, y: (_wrong_axis(z) - y) / ROWS,
    "exps for probabilities": lambda z, p, y: (np.exp(z) - y) / ROWS,
    "logits for probabilities": lambda z, p, y: (z - y) / ROWS,
    "logarithms for probabilities": lambda z, p, y: (np.log(p) - y) / ROWS,
    "p * (1 - p) for the rule of softmax": lambda z, p, y: -y / p * p * (1 - p) * p / ROWS,
    "the slope of softmax again": lambda z, p, y: (p - y) * p * (1 - p) / ROWS,
    "-y / p through unchanged": lambda z, p, y: -y / p / ROWS,
    "d[:, y] -= 1": lambda z, p, y: _columns(p, y) / ROWS,
    "only at the targets": lambda z, p, y: y * (p - y) / ROWS,
    "only beside the targets": lambda z, p, y: (1 - y) * p / ROWS,
}


def example(seed: int = 1) -> tuple[Logits, np.ndarray]:
    """Logits of a few rows as a young network has them, and their targets."""
    generator = np.random.default_rng(seed)
    return generator.normal(size=(ROWS, CLASSES)), generator.integers(CLASSES, size=ROWS)


def right(z: Logits, targets: np.ndarray) -> tuple[Logits, Logits]:
    """Probabilities and one-hot targets."""
    exps = np.exp(z - z.max(axis=1, keepdims=True))
    return exps / exps.sum(axis=1, keepdims=True), np.eye(CLASSES)[targets]


def in_values(z: Logits, targets: np.ndarray) -> tuple[Any, Callable[[], Any]]:
    """Parameters and a loss: numbers."""
    logits = [[Value(float(number)) for number in row] for row in z]

    def loss() -> Value:
        total = sum((cross_entropy(row, int(t)) for row, t in zip(logits, targets)), Value(0.0))
        return total / ROWS

    return logits, loss


def in_numpy(z: Logits, targets: np.ndarray) -> tuple[Any, Callable[[], Any]]:
    """Parameters and a loss: an array."""
    logits = z.copy()

    def loss() -> float:
        p, _ = right(logits, targets)
        return float(-np.log(p[np.arange(ROWS), targets]).mean())

    return logits, loss


def in_torch(z: Logits, targets: np.ndarray) -> tuple[Any, Callable[[], Any]]:
    """Parameters and a loss: a module in single precision."""
    import torch

    class Table(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.logits = torch.nn.Parameter(torch.tensor(z, dtype=torch.float32))

    table, wanted = Table(), torch.tensor(targets)
    return table, lambda: torch.nn.functional.cross_entropy(table.logits, wanted)


KINDS = {"Values": in_values, "NumPy": in_numpy, "torch": in_torch}


def caught(kind: str, slip: Slip | None, seed: int = 1) -> list[bool]:
    """Which of the five checks fail; of the right gradient for None."""
    z, targets = example(seed)
    p, y = right(z, targets)
    gradient = (p - y) / ROWS if slip is None else slip(z, p, y)
    params, loss = KINDS[kind](z, targets)
    given: Any = gradient
    if kind == "torch":
        import torch

        given = [torch.tensor(gradient, dtype=torch.float32)]
    answers = [
        sanity.sums_to_zero(given[0] if kind == "torch" else given),
        sanity.step_lowers_loss(loss, params, given, lr=LR),
        sanity.starts_near_uniform(loss(), CLASSES, rtol=0.5),
        sanity.along_gradient(loss, params, given),
        sanity.along_random_direction(loss, params, given),
    ]
    return [not answer for answer in answers]


def main() -> None:
    """Print which check catches which slip, and how many each does."""
    rows = {"right": None, **SLIPS}
    tables = {kind: {name: caught(kind, slip) for name, slip in rows.items()} for kind in KINDS}
    for found in tables.values():
        kinds = [kind for kind in tables if tables[kind] == found]
        if tables[kinds[0]] is not found:
            continue  # it is shown
        print(f"  {', '.join(kinds):<38}" + "".join(f"{check:>14}" for check in CHECKS))
        for name, row in found.items():
            print(f"    {name:<36}" + "".join(f"{'caught' if is_caught else '-':>14}" for is_caught in row))
        wrong = [row for name, row in found.items() if name != "right"]
        totals = [sum(column) for column in zip(*wrong)]
        first_three = sum(any(row[:3]) for row in wrong)
        print(f"    {f'of {len(SLIPS)}':<36}" + "".join(f"{total:>14}" for total in totals))
        print(f"    the first three together: {first_three}; all five: {sum(map(any, wrong))}\n")


if __name__ == "__main__":
    main()
