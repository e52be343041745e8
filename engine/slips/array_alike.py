"""One wrong way at one use of several, and the same at all the uses that are alike."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Any, NamedTuple

from .array_guess import FACTORS, Guess
from .array_region import Region, Use


class Change(NamedTuple):
    """Something else in the place of a local derivative.

    Attributes:
        kind: the kind of slip.
        use: where.
        local: what is in its place, a float or an `arrays.Edge`.
        clause: the end of the sentence to the learner.
        alike: what tells the uses at which it would be the same mistake.
        of_all: the clause where it is made at all of these.
        covers: see `Guess`.
    """

    kind: str
    use: Use
    local: Any
    clause: str
    alike: Hashable
    of_all: str
    covers: frozenset[str] = FACTORS


def at_one_or_all(region: Region, changes: Iterable[Change]) -> Iterator[Guess]:
    """What each change gives alone, then what those that are alike give together."""
    alike: dict[Hashable, list[Change]] = {}
    for change in changes:
        numbers = region.instead(change.use, change.use.upstream * change.local)
        yield Guess(change.kind, numbers, change.clause, change.covers)
        alike.setdefault((change.kind, change.alike), []).append(change)
    for found in alike.values():
        if len(found) > 1:
            numbers = region.from_sources(locals_={change.use.key: change.local for change in found})
            yield Guess(found[0].kind, numbers, found[0].of_all, found[0].covers)
