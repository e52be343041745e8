"""Which mistake is told first, of those that people make: the table from which the order of belief is chosen.

`python -m tests.bench belief` plants the mistakes of the corpus (tests/engine/slips/corpus) and prints for each kind
how often it is told first, and what instead. The order of belief (engine/slips/belief.py) is better where the last line
is higher: the share told first, each kind weighed by how often people make it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from handgrad.demos.katas.judging.warm import WarmProcess
from tests.engine.slips.corpus import Told, at_logits, in_arrays, in_numbers, in_the_course, people

SEEDS = range(60)
FEW = range(3)


def cases() -> Iterator[Told]:
    """Everything that is planted."""
    yield from in_numbers(SEEDS)
    yield from in_arrays(FEW)
    yield from at_logits(FEW)
    warm = WarmProcess()
    try:
        yield from in_the_course(warm.run)
    finally:
        warm.close()


def table(told: Iterable[Told]) -> list[str]:
    """The confusion of planted kinds and first kinds, as lines of at most 80 columns, the often made first."""
    weights = {kind: facts["weight"] for kind, facts in people().items()}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in told:
        found[one.planted[0]][one.planted[0] if one.first in one.planted else one.first] += 1
    lines = [f"{'planted':<16} {'made':>4} {'cases':>6} {'first':>6}  told instead"]
    for kind in sorted(found, key=lambda kind: (-weights.get(kind, 1), kind)):
        counts = found[kind]
        instead = ", ".join(f"{other} {count}" for other, count in counts.most_common() if other != kind)
        share = counts[kind] / counts.total()
        lines.append(f"{kind:<16} {weights.get(kind, 1):>4} {counts.total():>6} {share:>6.0%}  {instead}"[:80].rstrip())
    total = sum(weights.get(kind, 1) for kind in found)
    right = sum(weights.get(kind, 1) * found[kind][kind] / found[kind].total() for kind in found)
    unnamed = sum(counts["none"] for counts in found.values()) / sum(counts.total() for counts in found.values())
    return [*lines, f"told first, weighed by how often people make it: {right / total:.1%}; not named: {unnamed:.1%}"]


def main() -> None:
    """Print the table of each group, and that of all."""
    told = list(cases())
    for group in dict.fromkeys(one.group for one in told):
        print(f"\n{group}\n")
        print("\n".join(table(one for one in told if one.group == group)))
    print("\nall\n")
    print("\n".join(table(told)))


if __name__ == "__main__":
    main()
