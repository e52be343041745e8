"""Which of the edits that fix are told: those that leave what is known to be right on the way as it is."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from .search import Edit, Fix, put
from .suspects import Known, Suspects
from .trial import Site, Trial

MOST_WHOLE = 14
PER_EDIT, PER_COST, PER_LOSS, PER_GAIN = 1.0, 0.1, 1.5, 0.15
"""What an edit weighs, what each unit of its cost does, and what is taken away from, or given to, the numbers on the
way."""
PER_SIZE, LARGEST = 0.0005, 80
"""Of two lines that cannot be told apart the longer one is taken: there is more in it to get wrong."""
IF_BELIEVED = 0.15
"""So much less weighs an edit of a line that other evidence blames."""
AS_GOOD = 0.06
"""Plans that differ by less are as good as one another."""
MOST_GAINS = 3
FOR_ANOTHER = 0.4
"""What it is to take the true gradient of one thing away for that of another."""

_Key = tuple[str, int, str, str]


class Plan(NamedTuple):
    """Edits that together fix all that can be fixed."""

    score: float
    fixes: tuple[Fix, ...]

    @property
    def lines(self) -> frozenset[tuple[str, int]]:
        return frozenset(one.edit.source for one in self.fixes)


class Plans:
    """The plans that some fixes make, the best first."""

    def __init__(self, trial: Trial, suspects: Suspects, known: Known, fixes: Sequence[Fix]) -> None:
        self._trial, self._known = trial, known
        self._before = {
            key: [known.places(value) for value in values]
            for key, values in _by_site(suspects.sites, suspects.numbers).items()
        }
        self._gradients = self._of_gradients(suspects)
        self._weights: dict[Fix, float] = {}
        self.all = sorted(self._make_plans(fixes), key=lambda plan: plan.score)

    def _make_plans(self, fixes: Sequence[Fix]) -> Iterator[Plan]:
        reachable = frozenset().union(*(one.fixed for one in fixes))
        whole = sorted((one for one in fixes if one.fixed == reachable), key=lambda one: one.edit.cost)
        for one in whole[:MOST_WHOLE]:
            yield Plan(self._weight(one), (one,))
        if len(reachable) > 1:
            cover = self._cover([one for one in fixes if one.fixed != reachable], reachable)
            if cover:
                yield Plan(sum(map(self._weight, cover)), tuple(cover))

    def _cover(self, fixes: Sequence[Fix], wanted: frozenset[str]) -> list[Fix]:
        """Return edits that fix all of it, each a part; [] for none."""
        left, found = wanted, list[Fix]()
        while left:
            useful = sorted(
                (one for one in fixes if one.fixed & left), key=lambda one: (-len(one.fixed & left), one.edit.cost)
            )
            if not useful:
                return []
            most = len(useful[0].fixed & left)
            best = min(useful[:MOST_WHOLE], key=lambda one: self._weight(one) + (len(one.fixed & left) < most))
            found.append(best)
            left = left - best.fixed
        return found

    def _weight(self, fix: Fix) -> float:
        if fix not in self._weights:
            size = min(sum(1 for _ in ast.walk(fix.edit.statement)), LARGEST)
            believed = any((fix.edit.source[0], line) in self._trial.subject.believed for line in _lines(fix.edit))
            weight = PER_EDIT + PER_COST * fix.edit.cost - PER_SIZE * size - IF_BELIEVED * believed
            self._weights[fix] = weight + PER_LOSS * self._lost(fix.edit)
        return self._weights[fix]

    def _lost(self, edit: Edit) -> float:
        """Weigh what an edit makes untrue on the way, less what it makes true.

        What counts is what was true of the forward.
        """
        with put([edit]):
            run = self._trial.watched_def(edit.where, edit.number)
        if run is None:
            return 1.0
        after = _by_site(run.sites, [(event.site, value) for event, value in run.seen])
        lost, gained = 0.0, 0
        for key, then in self._before.items():
            if key not in after:
                continue
            now = [self._known.places(value) for value in after[key]]
            told = [places for places in now if places is not None]
            was = [places for places in then if places is not None]
            gained += bool(told) and all(told) and bool(was) and not all(was)
            owners = [self._owners(places, only_gradients=True) for places in was]
            if owners and all(owners) and told:
                pairs = list(zip(owners, (self._owners(places, only_gradients=False) for places in told)))
                if not all(a & b for a, b in pairs):
                    lost = max(lost, FOR_ANOTHER if all(b for _, b in pairs) else 1.0)
        return lost - PER_GAIN * min(gained, MOST_GAINS) / PER_LOSS

    def _owners(self, places: Collection[int], *, only_gradients: bool) -> set[int]:
        numbers = (self._known.numbers[place] for place in places)
        return {id(one.of) for one in numbers if not only_gradients or one.kind != "data"}

    def _of_gradients(self, suspects: Suspects) -> set[str]:
        """Return the names under which gradients were seen."""
        return {
            suspects.sites[event.site].name
            for event, places in suspects.places.items()
            if any(self._known.numbers[place].kind != "data" for place in places or ())
        }

    def kind_of(self, edit: Edit) -> str:
        """Return the slip that an edit has undone.

        A gradient in the place of another is a wrong upstream gradient; the one that arrives, put in as a factor, was
        forgotten.
        """
        if edit.row.kind == "forgot-local" and edit.text.rpartition("* ")[2] in self._trial.subject.upstream:
            return "forgot-upstream"
        names = {getattr(edit.old, "id", ""), edit.text}
        if edit.row.kind == "rule" and names <= self._gradients:
            return "wrong-upstream"
        return edit.row.kind


def _lines(edit: Edit) -> range:
    return range(edit.statement.lineno, (edit.statement.end_lineno or edit.statement.lineno) + 1)


def _by_site(sites: Sequence[Site], numbers: Sequence[tuple[int, Any]]) -> dict[_Key, list[Any]]:
    """Return what was written by what is known of its place.

    Sites of two runs have different numbers.
    """
    found: dict[_Key, list[Any]] = {}
    for site, value in numbers:
        one = sites[site]
        found.setdefault((one.file, one.line, one.kind, one.name), []).append(value)
    return found


def rivals(plans: Sequence[Plan], best: Plan) -> list[Plan]:
    """Return plans as good as the best, on other lines.

    Nothing that was tried tells them apart.
    """
    found: dict[frozenset[tuple[str, int]], Plan] = {}
    for plan in plans:
        if plan.score <= best.score + AS_GOOD and plan.lines != best.lines:
            found.setdefault(plan.lines, plan)
    return list(found.values())
