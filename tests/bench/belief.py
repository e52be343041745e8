"""Which mistake is told first, of those that people make: the table from which the order of belief is chosen.

`python -m tests.bench belief` plants the mistakes of the corpus (tests/engine/slips/corpus) and prints for each kind
how often it is told first, and what instead. The order of belief (engine/slips/search.py) is better where the last
line is higher: the share told first, each kind weighed by how often people make it.

After it come the ordinary mistakes of beginners over the graphs of tests/engine/slips/corpus/families, in two halves:
other families and other seeds. On the first half things are tuned, on the second only measured. "Also" is a mistake
named as the second of two that give the same numbers, "false" one of which something else is claimed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from handgrad.demos.katas.judging.warm import WarmProcess
from tests.engine.slips.corpus import Told, at_logits, in_arrays, in_numbers, in_the_course, people
from tests.engine.slips.corpus.beginners import Outcome, outcomes
from tests.engine.slips.corpus.families import SEEN, UNSEEN

SEEDS = range(60)
FEW = range(3)
WORST = 20
HALVES = {"seen": (SEEN, range(2)), "unseen": (UNSEEN, range(100, 102))}


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


def of_beginners(half: str) -> Iterator[Outcome]:
    """What is told of the mistakes of a half."""
    families, seeds = HALVES[half]
    for family, build in families.items():
        for seed in seeds:
            yield from outcomes(family, build, seed)


def shares(told: Sequence[Outcome]) -> list[str]:
    """How often the mistakes are told first, as the second, vaguely and falsely: all, by fill, and the worst ones."""
    lines = [f"{'':<28} {'cases':>6} {'first':>6} {'also':>6} {'vague':>6} {'false':>6}"]
    fills, mistakes = (_grouped(told, attribute) for attribute in ("fill", "mistake"))
    worst = sorted(mistakes.items(), key=lambda item: item[1]["first"] / item[1].total())[:WORST]
    for name, counts in [("all", Counter(one.outcome for one in told)), *fills.items(), *worst]:
        some = [f"{counts[outcome] / counts.total():>6.1%}" for outcome in ("first", "also", "vague", "false")]
        lines.append(" ".join([f"{name:<28.28} {counts.total():>6}", *some]))
    return lines


def _grouped(told: Iterable[Outcome], attribute: str) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in told:
        found[getattr(one, attribute)][one.outcome] += 1
    return found


def main() -> None:
    """Print the table of each group, that of all, and the two halves of the beginners' mistakes."""
    told = list(cases())
    for group in dict.fromkeys(one.group for one in told):
        print(f"\n{group}\n")
        print("\n".join(table(one for one in told if one.group == group)))
    print("\nall\n")
    print("\n".join(table(told)))
    for half in HALVES:
        print(f"\nbeginners, {half}\n")
        print("\n".join(shares([*of_beginners(half)])))


if __name__ == "__main__":
    main()
