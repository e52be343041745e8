"""A backward through a loop of T steps with a slip in it, judged: in times of their own forward and backward.

The slip is a product that is not transposed, at one line, in every step.
"""

from __future__ import annotations

from handgrad import check_backward

from ..engine.adapters.numpy.theirs.loops import recurrent
from .common.timing import Figures, in_turns, medians, timed, versions

STEPS = (40, 80, 150)
ROUNDS = 3


def measured(steps: int) -> Figures:
    """Seconds of the processor."""
    forward, backward, inputs = recurrent(steps, 16)

    def own() -> None:
        forward(**inputs)
        backward(**inputs)

    _, plain = timed(lambda: [own() for _ in range(20)])
    found, judged = timed(lambda: check_backward(forward, backward, inputs))
    return {"plain": plain / 20, "judged": judged, "ratio": 20 * judged / plain, "causes": len(found.causes)}


def main() -> None:
    """Print a row for each number of steps."""
    print(f"  {versions('numpy')}; the anchor is their own forward and backward")
    print("     steps   judged       ratio  causes")
    found = in_turns({f"{steps}": lambda steps=steps: measured(steps) for steps in STEPS}, ROUNDS)
    for steps, rounds in found.items():
        row = medians(rounds)
        print(f"    {steps:>6} {row['judged']:6.2f} s {row['ratio']:9.0f} x {row['causes']:7.0f}")


if __name__ == "__main__":
    main()
