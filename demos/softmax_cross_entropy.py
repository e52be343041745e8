"""Softmax and cross-entropy by hand: the gradient p - y, checked, and used for one descent step.

Run it with `python -m handgrad.demos.softmax_cross_entropy`; with `--sheet` after it, the same graph opens in the
browser, to fill in node by node.
"""

from __future__ import annotations

import argparse
import textwrap

from handgrad import Comparison, Value, compare, manual, viz
from handgrad.functional import cross_entropy, softmax
from handgrad.sanity import starts_near_uniform, step_lowers_loss, sums_to_zero

LOGITS = (2.0, 1.0, 0.0)
TARGET = 0
BY_HAND = (-0.335, 0.245, 0.09)
"""p - y, as a person types it: softmax of the logits, less 1 at the target."""


def fill_in(fused: bool) -> tuple[list[Value], Value]:
    """Return the logits, their gradients filled in by hand, and their loss, in manual mode."""
    with manual():
        logits = [Value(number, f"z{i}") for i, number in enumerate(LOGITS)]
        loss = cross_entropy(logits, TARGET, fused=fused)
    for z, gradient in zip(logits, BY_HAND):
        z.grad = gradient
    return logits, loss


def judge(fused: bool) -> Comparison:
    """Return the verdict on the gradients written by hand, on the logits alone."""
    logits, loss = fill_in(fused)
    return compare(loss, nodes=logits)


def show_verdict(title: str, comparison: Comparison) -> None:
    print(f"\n{title}: {len(comparison)} nodes, loss {comparison.root:.2f}\n")
    print(textwrap.indent(str(comparison), "  "))


def main() -> None:
    """Print the forward pass, the verdicts and the three sanity checks."""
    p = softmax(LOGITS)
    y = [float(i == TARGET) for i in range(len(LOGITS))]
    print("Softmax and cross-entropy by hand: d loss / d logits is p - y\n")
    for name, numbers in (("logits z", LOGITS), ("softmax p", [q.data for q in p]), ("target y", y)):
        print(f"  {name:<10}" + "".join(f"{number:8.3f}" for number in numbers))
    print("  p - y     " + "".join(f"{gradient:8.3f}" for gradient in BY_HAND))

    show_verdict("one node an operation", judge(fused=False))
    show_verdict("one fused node", judge(fused=True))

    logits, _ = fill_in(fused=False)
    step = step_lowers_loss(lambda: cross_entropy(logits, TARGET), logits, lr=1.0)
    untrained = cross_entropy([0.0] * len(LOGITS), TARGET)
    print(f"\none descent step of lr 1: loss {step.before:.2f} -> {step.after:.2f}")
    print("\nthree sanity checks, which need no exact gradient")
    for check in (sums_to_zero(logits), step, starts_near_uniform(untrained, len(LOGITS))):
        print(f"  {check}")
    print("  (the last with equal logits, as before any training)")

    print("\non the graph: python -m handgrad.demos.softmax_cross_entropy --sheet")


def open_sheet() -> None:
    """Serve the graph of the atomic steps, nothing filled in."""
    with manual():
        loss = cross_entropy([Value(number, f"z{i}") for i, number in enumerate(LOGITS)], TARGET, fused=False)
    loss.label = "loss"
    viz.sheet(loss).serve()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m handgrad.demos.softmax_cross_entropy", description=main.__doc__)
    parser.add_argument("--sheet", action="store_true", help="open the graph instead, to fill in by hand")
    return parser.parse_args()


if __name__ == "__main__":
    open_sheet() if _parse().sheet else main()
