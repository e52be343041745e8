"""What each number that a backward writes has an effect on, and which of them are right: where a mistake may be.

A number is moved a little, and the rest run on. What moves a right gradient is right. A number that is true of the
forward is less suspect, and no more: right numbers are used wrongly, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..arrays.amounts import near
from .hooks import Event
from .trial import Numbers, Site, Trial, Watched

MOST_MOVED = 120
"""With more numbers than that, all that are written at one place are moved at once."""
TELLING = 30
"""So many entries of an array are looked up."""
FRONT = 3
"""So many lines are the front: where the first numbers are made of which nothing says that they are right."""
RESULT = "(result)"
"""What stands for the result of the forward, which is right, where it is written in the same function."""

Line = tuple[str, int]
"""A file and the number of a line in it."""


class Known:
    """Numbers that are true of the forward, to look some up among, in any order and in tiles."""

    def __init__(self, numbers: Sequence[Numbers], share: float) -> None:
        self.numbers, self.share = numbers, share
        flat = [np.ravel(np.asarray(one.array, dtype=float)) for one in numbers] or [np.zeros(0)]
        values = np.concatenate(flat)
        order = np.argsort(values)
        self._values = values[order]
        self._owners = np.repeat(np.arange(len(flat)), [len(one) for one in flat])[order]

    def places(self, value: Any) -> frozenset[int] | None:
        """Find which of the arrays hold all its telling entries.

        None where no entry tells anything.
        """
        entries = np.ravel(np.asarray(value, dtype=float))
        entries = entries[np.isfinite(entries)]
        entries = entries[(np.abs(entries) > 1e-12) & (np.abs(entries * 2 - np.round(entries * 2)) > 1e-9)]
        if not entries.size:
            return None
        if entries.size > TELLING:
            entries = np.random.default_rng(0).choice(entries, TELLING, replace=False)
        off = self.share * np.abs(entries) + 1e-14
        firsts = np.searchsorted(self._values, entries - off)
        lasts = np.searchsorted(self._values, entries + off, "right")
        if (firsts == lasts).any():
            return frozenset()
        found: set[int] | None = None
        for place in np.argsort(lasts - firsts):  # the rarest first
            here = set(self._owners[firsts[place] : lasts[place]].tolist())
            found = here if found is None else found & here
            if not found:
                return frozenset()
        return frozenset(place for place in found or () if self._fits(place, value))

    def _fits(self, place: int, value: Any) -> bool:
        """Tell whether a value has the entries of an array, each as often.

        A value of another number of entries passes.
        """
        array = np.ravel(self.numbers[place].array)
        if array.size != np.size(value):
            return True
        return near(np.sort(array), np.sort(np.ravel(value)), 10.0 * self.share)


class Suspects:
    """What one run of the backward has written, and what of it may be wrong.

    Args:
        run: with its numbers seen.

    Attributes:
        point: where it ran.
        given: the gradients, by their names.
        seen: the numbers, in the order of their time.
        known: what they are looked up among.
        wrong: the names of the gradients that are wrong.
        reach: by event the names of the gradients that change with it, RESULT among them.
        places: by event what `Known.places` says.
        sound: the events whose number speaks against a mistake where it is made: it is right, or leads to what is.
        cleared: the events that are right for sure: they move a right gradient.
        partial: the events whose number is what one use of something passes back, and not the whole of it.
    """

    def __init__(self, trial: Trial, run: Watched, known: Known, is_over: Callable[[], bool]) -> None:
        self._trial, self.run, self.known = trial, run, known
        self.point, self.given, self.seen = trial.subject.here, run.outcome.gradients, run.seen
        self.sites: list[Site] = run.sites
        self.wrong = trial.subject.here.wrong(run.outcome)
        self.places: dict[Event, frozenset[int] | None] = {}
        for event, value in run.seen:
            trial.hooks.deadline.check()
            self.places[event] = known.places(value)
        self.reach: dict[Event, frozenset[str]] = {}
        self._leads: dict[Event, frozenset[Event]] = {}
        self._move(is_over)
        self._judge()

    @property
    def events(self) -> list[Event]:
        return [event for event, _ in self.run.seen]

    @property
    def numbers(self) -> list[tuple[int, Any]]:
        """Return what was written, each with its site."""
        return [(event.site, value) for event, value in self.run.seen]

    def cleared_lines(self) -> frozenset[tuple[str, int]]:
        """Return the lines whose every number is right for sure, or reaches no wrong gradient."""
        cleared: dict[tuple[str, int], bool] = {}
        for event in self.events:
            site = self.sites[event.site]
            is_idle = event in self.reach and not self.reach[event] & self.wrong
            here = event in self.cleared or is_idle
            cleared[site.file, site.line] = cleared.get((site.file, site.line), True) and here
        return frozenset(line for line, is_cleared in cleared.items() if is_cleared)

    def _move(self, is_over: Callable[[], bool]) -> None:
        before = dict(self.run.seen)
        for group in self._groups():
            if is_over():
                return
            moved = self._trial.watched(dict.fromkeys(group, _moved))
            if moved is None:
                continue
            others = frozenset(
                event
                for event, value in moved.seen
                if event in before and not _is_equal(value, before[event]) and event not in group
            )
            outs = self._changed(moved)
            for event in group:
                self.reach[event], self._leads[event] = outs, others

    def _groups(self) -> Iterable[list[Event]]:
        events = self.events
        if len(events) <= MOST_MOVED:
            return [[event] for event in events]
        found: dict[tuple[int, int], list[Event]] = {}
        for event in events:
            found.setdefault((event.site, event.part), []).append(event)
        return found.values()

    def _changed(self, moved: Watched) -> frozenset[str]:
        before, after = self.run.outcome, moved.outcome
        found = {
            name
            for name, value in before.gradients.items()
            if name not in after.gradients or not near(after.gradients[name], value, 1e-9)
        }
        if not self._trial.keeps_results(after):
            found.add(RESULT)
        return frozenset(found)

    def _judge(self) -> None:
        given = self.run.outcome.gradients
        right = (set(given) - self.wrong) | {RESULT}
        bad = [np.ravel(given[name]) for name in self.wrong if name in given]
        is_bad = {
            event
            for event, value in self.run.seen
            if np.size(value) > 1 and any(_is_equal(np.ravel(value), one) for one in bad)
        }
        told = {event for event in self.events if self.places[event]}
        self.cleared = {event for event in self.events if event not in is_bad and self.reach.get(event, set()) & right}
        kinds = {event: {self.known.numbers[place].kind for place in self.places[event] or ()} for event in self.events}
        parts = {event for event in is_bad if "part" in kinds[event]}
        assigned = (event for event in self.events if self.sites[event.site].kind == "assign")
        self.partial = {event for event in assigned if kinds[event] == {"part"}}
        true = (told - is_bad) | parts
        leading = {event for event in self.events if self._leads.get(event, frozenset()) & true}
        self.sound = self.cleared | (told - is_bad) | leading

    @property
    def front(self) -> list[tuple[str, int]]:
        """Return the lines that write the first numbers which nothing shows to be right.

        They are in the order of time.
        """
        last = {self.name_of(event): self.line_of(event) for event in self.events if event not in self.sound}
        left = {
            event for event in self.partial if last.get(self.name_of(event), self.line_of(event)) == self.line_of(event)
        }
        first = (event for event in self.events if event not in self.sound or event in left)
        first = (event for event in first if self.places[event] is not None and event not in self.cleared)
        sites = (self.sites[event.site] for event in first if self.reach.get(event, self.wrong) & self.wrong)
        return list(dict.fromkeys((site.file, site.line) for site in sites))[:FRONT]

    def first_lines(self) -> list[Line]:
        """Return the front without what only hands numbers on, and without the forward's own functions."""
        handed = {(one.file, one.line) for one in self.sites if one.kind == "return" and one.name}
        shared = [one for one in self._trial.program.defs if one.key[:2] in self._trial.subject.shared]
        inside = [(one.key[0], range(one.node.lineno, (one.node.end_lineno or 0) + 1)) for one in shared]
        lines = (line for line in self.front if line not in handed)
        return [(file, line) for file, line in lines if not any(file == one and line in some for one, some in inside)]

    def line_of(self, event: Event) -> Line:
        """Return where a number is written."""
        site = self.sites[event.site]
        return site.file, site.line

    def written(self) -> Iterator[tuple[Event, Any]]:
        """Yield the numbers without what a call only hands on."""
        handed: list[Any] = []
        before: Any = None
        was_return = False
        for event, value in self.seen:
            kind = self.sites[event.site].kind
            is_return = kind == "return"
            if is_return and not was_return:
                handed = []
            is_handed_on = not is_return and any(_is_equal(value, one) for one in handed)
            is_handed_on |= kind in ("add", "store") and _is_equal(value, before)
            was_return, before = is_return, value
            handed += [value] * is_return
            if not is_handed_on and not (is_return and self.sites[event.site].name):
                yield event, value

    def first_line_of(self, name: str) -> Line | None:
        """Return where a gradient that is given is first written.

        Or where a part of one is last; None for no line.
        """
        value = self.given.get(name)
        same = [event for event, one in self.written() if np.size(one) > 1 and _is_equal(one, value)]
        return self.line_of(same[-1 if self.places[same[0]] else 0]) if same else None

    def is_gradient(self, event: Event) -> bool:
        """Tell whether a number is the true gradient of something."""
        return any(self.known.numbers[place].kind == "gradient" for place in self.places[event] or ())

    def name_of(self, event: Event) -> str:
        """Return the name that a number is given to."""
        site = self.sites[event.site]
        names = site.name.split(",")
        return names[event.part] if 0 <= event.part < len(names) else site.name

    def is_named_rightly(self, event: Event) -> bool:
        """Tell whether a number is the true gradient of what its name says."""
        numbers = (self.known.numbers[place] for place in self.places[event] or ())
        subject, name = self._trial.subject, self.name_of(event)
        return any(one.kind == "gradient" and subject.is_name_of(name, one.of) for one in numbers)

    def is_data(self, event: Event) -> bool:
        """Tell whether a number is the forward's, and nothing else."""
        return {self.known.numbers[place].kind for place in self.places[event] or ()} == {"data"}

    def led_to(self, line: Line) -> frozenset[str]:
        """Return the wrong gradients that what a line writes first has an effect on."""
        event = next(event for event in self.events if self.line_of(event) == line)
        return self.reach.get(event, self.wrong) & self.wrong

    def wrong_with(self, event: Event, value: Any) -> frozenset[str]:
        """Return the gradients that are wrong where another value is written."""
        run = self._trial.watched({event: lambda _: value})
        return self.wrong if run is None else self.point.wrong(run.outcome)

    def is_like(self, value: Any, other: Any) -> bool:
        """Tell whether two numbers are the same, as near as they can be."""
        return other is not None and near(value, other, 10 * self.known.share)

    def multiple_at(self, line: Line) -> float | None:
        """Return how many times a true gradient what a line writes is.

        None where it is no multiple of one.
        """
        here = (value for event, value in self.seen if self.line_of(event) == line and not self.is_gradient(event))
        numbers = np.ravel(np.asarray(next(here, ()), dtype=float))
        for one in self.known.numbers if numbers.size else ():
            truth = np.ravel(np.asarray(one.array, dtype=float))
            if one.kind == "data" or truth.size != numbers.size or not truth.any():
                continue
            times = float((numbers * truth).sum() / (truth * truth).sum())
            is_telling = numbers.size > 1 or abs(times + 1.0) < 1e-4
            if is_telling and abs(times - 1.0) > 1e-4 and near(numbers, times * truth, 1e-4):
                return times
        return None

    @cached_property
    def shapes(self) -> dict[str, set[tuple[int, ...]]]:
        """Return the shapes that a name was seen with."""
        found: dict[str, set[tuple[int, ...]]] = {}
        for event, value in self.run.seen:
            site = self.sites[event.site]
            names = site.name.split(",")
            if site.kind in ("assign", "after"):
                name = names[event.part] if len(names) > 1 and event.part >= 0 else site.name
                found.setdefault(name, set()).add(np.shape(value))
        return found

    def of_lines(self, file: str, lines: range) -> list[Event]:
        """Return the numbers that a statement writes."""
        return [event for event in self.events if self._is_at(event, file, lines)]

    def _is_at(self, event: Event, file: str, lines: range) -> bool:
        site = self.sites[event.site]
        return site.file == file and site.line in lines

    def may_be_wrong(self, file: str, lines: range) -> bool:
        """Tell whether a statement may be at fault.

        It ran, and what it writes is not right for sure, nor without effect.
        """
        if not any((file, line) in self._trial.subject.ran for line in lines):
            return False
        events = self.of_lines(file, lines)
        if not events:
            return True  # a mask, an index, an `if`
        reached = [self.reach[event] for event in events if event in self.reach]
        if reached and not frozenset().union(*reached) & self.wrong:
            return False
        return not all(event in self.cleared for event in events)


def _moved(value: Any) -> Any:
    step = np.random.default_rng(1).normal(size=np.shape(value))
    moved = value + (float(np.abs(value).max()) * 0.05 + 1e-3) * step
    return moved if isinstance(value, np.ndarray) else float(moved)


def _is_equal(first: Any, second: Any) -> bool:
    return np.shape(first) == np.shape(second) and bool(np.array_equal(first, second))
