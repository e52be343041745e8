"""Softmax and cross-entropy by hand: the gradient p - y, checked, and used for one descent step.

Run it with `python -m handgrad.demos.softmax_cross_entropy`: in a terminal a key goes on by a step, `--all` prints the
whole. With `--sheet`, the same graph opens in the browser, to fill in node by node.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator

import click

from handgrad import Comparison, Value, compare, label, manual, viz
from handgrad.functional import cross_entropy, softmax
from handgrad.sanity import starts_near_uniform, step_lowers_loss, sums_to_zero
from handgrad.viz.sheet import Sheet

from .sheet import walk_lines

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


def show_verdict(title: str, comparison: Comparison) -> str:
    """Return a verdict under its title."""
    heading = f"\n{title}: {len(comparison)} nodes, loss {comparison.root:.2f}\n"
    return f"{heading}\n{textwrap.indent(str(comparison), '  ')}"


def steps() -> Iterator[str]:
    """Yield the demo in parts: the forward pass, each step back to p - y, the verdicts, the sanity checks."""
    p = softmax(LOGITS)
    y = [float(i == TARGET) for i in range(len(LOGITS))]
    rows = [("logits z", LOGITS), ("softmax p", [q.data for q in p]), ("target y", y), ("p - y", BY_HAND)]
    yield "\n".join([
        "Softmax and cross-entropy by hand: d loss / d logits is p - y\n",
        *(f"  {name:<10}" + "".join(f"{number:8.3f}" for number in numbers) for name, numbers in rows),
    ])  # fmt: skip

    start, walked, _ = walk_lines(Sheet(build_graph()))
    yield f"\nThe way back, a step at a time. {start}"
    yield from walked

    yield show_verdict("one node an operation", judge(fused=False))
    yield show_verdict("one fused node", judge(fused=True))

    logits, _ = fill_in(fused=False)
    step = step_lowers_loss(lambda: cross_entropy(logits, TARGET), logits, lr=1.0)
    untrained = cross_entropy([0.0] * len(LOGITS), TARGET)
    yield f"\none descent step of lr 1: loss {step.before:.2f} -> {step.after:.2f}"
    checks = (sums_to_zero(logits), step, starts_near_uniform(untrained, len(LOGITS)))
    yield "\n".join([
        "\nthree sanity checks, which need no exact gradient",
        *(f"  {check}" for check in checks),
        "  (the last with equal logits, as before any training)",
        "\non the graph: python -m handgrad.demos.softmax_cross_entropy --sheet",
    ])  # fmt: skip


def main(*, is_whole: bool = True) -> None:
    """Walk from the loss back to p - y, a key a step; then the verdicts and three sanity checks."""
    parts = list(steps())
    for place, part in enumerate(parts, 1):
        print(part, flush=True)
        if is_whole or place == len(parts):
            continue
        if place == 1:
            print("\n(any key goes on, q ends)", flush=True)
        if click.getchar() in ("q", "\x03", "\x04"):
            return


def open_sheet() -> None:
    """Serve the graph of the atomic steps, nothing filled in."""
    viz.sheet(build_graph()).serve()


def build_graph() -> Value:
    """Return the loss of the steps by which it is derived, in manual mode, nothing filled in."""
    with manual():
        exps = [label(Value(number, f"z{i}").exp(), f"e{i}") for i, number in enumerate(LOGITS)]
        some = label(exps[0] + exps[1], "e0+e1")
        total = label(some + exps[2], "total")
        p = label(exps[TARGET] / total, f"p{TARGET}")
        return label(-label(p.log(), f"log p{TARGET}"), "loss")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m handgrad.demos.softmax_cross_entropy", description=main.__doc__)
    parser.add_argument("--sheet", action="store_true", help="open the graph instead, to fill in by hand")
    parser.add_argument("--all", action="store_true", help="print the whole at once, as where there is no terminal")
    return parser.parse_args()


if __name__ == "__main__":
    _options = _parse()
    if _options.sheet:
        open_sheet()
    else:
        main(is_whole=_options.all or not (sys.stdin.isatty() and sys.stdout.isatty()))
