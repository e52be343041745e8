"""How many right sets are accused, in NumPy and in PyTorch, and how many mistakes in them are missed.

`python -m tests.bench accused` draws a few; `survey` draws as many as are asked for. Each seed is a program of every
kind, written down in eight ways.
"""

from __future__ import annotations

from collections import Counter
from types import ModuleType

import numpy as np

from tests import right_sets

FIRST, SEEDS, TURNS = 0, 5, 8
FACTORS = (-1.0, 2.0, 0.5)


def survey(sets: ModuleType, first: int, seeds: int, *, is_planted: bool) -> Counter[str]:
    """How many sets there were of each kind, and what was said of them; what is accused is printed."""
    counts: Counter[str] = Counter()
    for seed in range(first, first + seeds):
        for program in sets.PROGRAMS:
            for turn in range(TURNS):
                style = right_sets.draw_style(np.random.default_rng([first, seed, turn, *program.encode()]))
                mistake = FACTORS[(seed + turn) % 3] if is_planted else None
                where = program, seed, turn, mistake, style
                try:
                    drawn = sets.draw(program, seed, style, mistake, turn)
                    if drawn is None:
                        continue
                    accused, is_missed = sets.accused(drawn), is_planted and not sets.is_seen(drawn)
                except Exception as error:
                    counts["crashed"] += 1
                    print("crashed", *where, repr(error), flush=True)
                    continue
                counts.update(["sets", program, style.rounding, np.dtype(style.dtype).name])
                counts.update({"carried": style.goes_on, "with blanks": style.blanks > 0.0})
                counts.update({"accused": bool(accused), "missed": is_missed})
                if accused or is_missed:
                    print("accused", *where, accused, flush=True)
    return counts


def main() -> None:
    """Draw the sets of a few seeds, right ones and such with a mistake."""
    from tests.engine.adapters.torch import right_tensors

    for sets in (right_sets, right_tensors):
        for is_planted in (False, True):
            counts = survey(sets, FIRST, SEEDS, is_planted=is_planted)
            print(f"{sets.__name__}, {'with a mistake' if is_planted else 'right'}: {dict(counts)}")
