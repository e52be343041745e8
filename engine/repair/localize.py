"""Fault localization: which numbers that a backward writes are right, and what follows from which.

A number is moved a little, and the rest run on. What moves a right gradient is right. A number that is true of the
forward is less suspect, and no more: right numbers are used wrongly, too. The front is the first number of which
nothing says that it is right; an origin is one from which what is wrong follows by the chain rule.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..amounts import near, shape_of
from .deadline import Deadline
from .hooks import Event
from .source import COMPOUND, Line, written_by
from .tree import own_statements
from .trial import Numbers, Recompute, Trial, Watched, name_of

TELLING = 30
"""So many entries of an array are looked up."""
_draw_places = lru_cache(lambda size: np.random.default_rng(0).choice(size, TELLING, replace=False))
FRONT = 4
"""So many lines are the front; there may be more where it has them all."""
MOST_ALONE = 4
"""So many turns of one place are moved one by one where together they move right gradients and wrong ones."""
MOST_APART = 2
"""That so many gradients are wrong may be as many mistakes; of more, one is likelier."""
RESULT = "(result)"
"""What stands for the result of the forward, which is right, where it is written in the same function."""
MOST_WORK = 40_000.0
NUMBERS_PER_UNIT = 5.0
"""To apply the chain rule once takes the longer, the more is known."""


class Known:
    """Numbers that are true of the forward, to look some up among, in any order and in tiles."""

    def __init__(self, numbers: Iterable[Numbers], share: float) -> None:
        self._numbers, self.share = numbers, share
        self._found: dict[tuple[Any, bytes], frozenset[int] | None] = {}

    @cached_property
    def numbers(self) -> list[Numbers]:
        """Return them all: where nothing is wrong nobody asks."""
        return list(self._numbers)

    @cached_property
    def _entries(self) -> tuple[Any, Any]:
        """Return all their entries in order, and of each whose it is: they may be thousands."""
        values = np.concatenate([np.zeros(0), *(np.ravel(one.array) for one in self.numbers)])
        order = np.argsort(values)
        owners = np.repeat(np.arange(len(self.numbers)), [np.size(one.array) for one in self.numbers])
        return values[order], owners[order]

    def places(self, value: Any) -> frozenset[int] | None:
        """Find which of the arrays hold all its telling entries; None where no entry tells anything."""
        key = np.shape(value), np.asarray(value, dtype=float).tobytes()
        if key not in self._found:  # of a run with one change most is as it was
            self._found[key] = self._find_places(value)
        return self._found[key]

    def _find_places(self, value: Any) -> frozenset[int] | None:
        """Search all known arrays for the telling entries of a value; None where it has none."""
        entries = np.ravel(np.asarray(value, dtype=float))
        entries = entries[is_telling(entries)]
        if not entries.size:
            return None
        if entries.size > TELLING:
            entries = entries[_draw_places(entries.size)]
        off = self.share * np.abs(entries) + 1e-14
        values, owners = self._entries
        firsts, lasts = np.searchsorted(values, entries - off), np.searchsorted(values, entries + off, "right")
        if (firsts == lasts).any():
            return frozenset()
        rarest, *others = (set(owners[firsts[at] : lasts[at]].tolist()) for at in np.argsort(lasts - firsts))
        return frozenset(place for place in rarest.intersection(*others) if self._fits(place, value))

    def _fits(self, place: int, value: Any) -> bool:
        """Tell whether a value has the entries of an array, each as often."""
        array, own, share = np.ravel(self.numbers[place].array), np.ravel(value), 10.0 * self.share
        if array.size != own.size or near(array, own, share):
            return True
        return near(np.sort(array), np.sort(own), share)


class Number:
    """A number that a backward has written, and what is known of it.

    Attributes:
        places: what `Known.places` says of it.
        matches: the true numbers that it has the entries of, without those of its shape in another order.
        reach: the names of the gradients that change with it and all that its place writes, RESULT among them; None
            where that was not tried.
        leads: the events whose numbers change with it.
        is_cleared: whether it is right for sure: it moves a right gradient.
        is_sound: whether it speaks against a mistake where it is made: it is right, or leads to what is.
    """

    def __init__(self, event: Event, value: Any, known: Known) -> None:
        self.event, self.site, self.line, self.name, self.value = event, event.site, event.line, event.name, value
        self.places = known.places(value)
        alike = [known.numbers[place] for place in sorted(self.places or ())]
        shape = np.shape(value)
        self.matches = [one for one in alike if np.shape(one.array) != shape or near(one.array, value, 1e-3)]
        if len(self.matches) < len(alike) and all(np.shape(one.array) != shape for one in self.matches):
            self.matches = []  # of an array of its shape they stand in another order
        self.kinds = {one.kind for one in self.matches}
        self.reach: frozenset[str] | None = None
        self.leads: frozenset[Event] = frozenset()
        self.is_cleared = self.is_sound = False

    @property
    def is_gradient(self) -> bool:
        return "gradient" in self.kinds

    @property
    def is_data(self) -> bool:
        """Tell whether it is a number of the forward's, and nothing else."""
        return self.kinds == {"data"}


class Suspects:
    """What one run of the backward has written, and what of it may be wrong.

    Attributes:
        given, wrong: the gradients, by their names, and the names of those that are wrong.
        numbers: what was written, in the order of its time.
        known: what that is looked up among.
        has_more: whether `move` has stopped before it had seen all the lines that may be first.
    """

    def __init__(self, trial: Trial, run: Watched, known: Known) -> None:
        """Take a run apart; nothing is moved as yet."""
        self._trial, self.run, self.known = trial, run, known
        self.point, self.given, self._before = trial.subject.here, run.outcome.gradients, dict(run.seen)
        self.wrong, self.has_more = self.point.wrong(run.outcome), False
        self.numbers: list[Number] = []
        for event, value in run.seen:
            trial.hooks.deadline.check()
            self.numbers.append(Number(event, value, known))
        self._judge(self.numbers)

    def move(self, is_over: Callable[[], bool]) -> None:
        """Move what nothing shows to be right, until the front is known, and judge it by what changes with it."""
        groups: dict[tuple[Any, ...], list[Number]] = {}
        for one in self.numbers:
            groups.setdefault(one.event[:2], []).append(one)
        lasts = {some[-1] for some in groups.values() if some[1:]}
        first = dict[Line, bool]()
        for one in self.numbers:
            self.has_more = is_over() or len(first) == 2 * FRONT or sum(first.values()) == FRONT
            if self.has_more:
                return
            if not one.is_sound:
                self._move(groups.pop(one.event[:2], []))
            if one.line in first or one.line in self.handed or not self._is_first(one):
                continue
            reach = one.reach
            if one in lasts:  # the last turn of a loop may write what nothing reads
                self._move([one])
            if self._is_first(one):
                one.reach = reach
                first[one.line] = self.reach(one) == self.wrong

    def _move(self, group: Sequence[Number]) -> None:
        """Move some numbers together."""
        some = [one for one in group if np.any(one.value)] or group  # a 0 may be right whatever it leads to
        events, before = {one.event for one in some}, self._before
        moved = self._trial.watch(dict.fromkeys(events, _add_step)) if group else None
        if moved is None:
            return
        rest = ((event, value) for event, value in moved.seen if event in before and event not in events)
        leads = frozenset(event for event, value in rest if not is_equal(value, before[event]))
        reach = self._find_changes(moved)
        for one in group:
            one.reach, one.leads = reach, leads
        self._judge(group)
        if 1 < len(some) <= MOST_ALONE and reach & self.wrong and any(one.is_cleared for one in some):
            for one in some:  # what is called for several gradients may be right for one of them alone
                self._move([one])

    def _find_changes(self, moved: Watched) -> frozenset[str]:
        after = moved.outcome.gradients
        found = {name for name in self.given if name not in after or self._has_changed(name, after[name])}
        return frozenset(found if self._trial.keeps_results(moved.outcome) else {*found, RESULT})

    def _has_changed(self, name: str, value: Any) -> bool:
        """Tell whether a gradient is another one now, of a wrong one what is wrong of it."""
        before, wrong = self.given[name], self._wrong_entries.get(name)
        if wrong is None or np.shape(value) != wrong.shape:
            return not near(value, before, 1e-9)
        return not near(np.asarray(value)[wrong], np.asarray(before)[wrong], 1e-9)

    @cached_property
    def _wrong_entries(self) -> dict[str, Any]:
        """Return which entries of the wrong gradients are wrong, where that is known."""
        found: dict[str, Any] = {}
        for one in self.known.numbers:
            value = self.given.get(one.of) if one.kind == "gradient" and one.of in self.wrong else None
            if value is not None and np.shape(value) == np.shape(one.array):
                off = np.abs(value - one.array) > self.known.share * np.abs(one.array).max(initial=0.0)
                found |= {one.of: off} if np.any(off) else {}
        return found

    def _judge(self, numbers: Iterable[Number]) -> None:
        """Mark the numbers that are right for certain, and those that nothing speaks against."""
        right, bad, true = self._evidence
        for one in numbers:
            shown = (one.reach or frozenset()) & right
            # One number may be right by chance, as the trace is of what is transposed.
            sizes = [np.size(self.given[name]) if name in self.given else 2 for name in shown]
            one.is_cleared = one not in bad and max(sizes, default=0) >= min(np.size(one.value), 2)
            one.is_sound = (one not in bad and bool(shown or one.matches)) or bool(one.leads & true)

    @cached_property
    def _evidence(self) -> tuple[set[str], set[Number], set[Event]]:
        """Return the gradients that are right, the numbers that are wrong ones, and the events of true numbers."""
        right = {one for one in self.given.keys() & self.point.names - self.wrong if not self._is_idle(one)} | {RESULT}
        finals = [np.ravel(self.given[name]) for name in self.wrong if name in self.given]
        bad = {one for one in self.numbers if np.size(one.value) > 1 and _is_any(np.ravel(one.value), finals)}
        true = {one.event for one in self.numbers if (one not in bad and one.matches) or "part" in one.kinds}
        return right, bad, true

    def _is_idle(self, name: str) -> bool:
        """Tell whether a gradient is too near 0 for anything to be shown by its being right."""
        value = self.given[name]
        return bool(np.any(value)) and self.point.is_right(name, 2 * np.asarray(value))

    def reach(self, number: Number) -> frozenset[str]:
        """Return the wrong gradients that a number has an effect on; all where that is not known."""
        return self.wrong if number.reach is None else number.reach & self.wrong

    @cached_property
    def front(self) -> list[Line]:
        """Return the lines that write the first numbers which nothing shows to be right, in the order of time."""
        found: dict[Line, frozenset[str]] = {}
        cleared = {one.event[:2] for one in self.numbers if one.is_cleared}
        for one in self.numbers:
            if self._is_first(one) and one.event[:2] not in cleared:
                found.setdefault(self.rest_of(one).line, self.reach(one))
        alone = [line for line, reach in found.items() if reach == self.wrong and len(reach) > MOST_APART]
        return (alone or list(found))[:FRONT]

    def rest_of(self, number: Number) -> Number:
        """Return what stood there before, where all that is added on its line is right, and that is no right part."""
        some = (one for one in self.numbers if one.line == number.line and one.site.kind == "add")
        added = [one.is_sound and not one.is_data for one in some]
        earlier = self.numbers[: self.numbers.index(number)] if added and all(added) else []
        same = (one for one in reversed(earlier) if one.name == number.name and one.line != number.line)
        rest = next(same, number)
        return number if "part" in rest.kinds or not np.any(rest.value) else rest

    def beginning_of(self, number: Number) -> Number:
        """Return the earlier gradient of which a number that is added is a multiple, and not the right one."""
        earlier = self.numbers[: self.numbers.index(number)] if number.site.kind == "add" else []
        some = (one for one in reversed(earlier) if one.is_gradient and one.line != number.line)
        of = next((one for one in some if _ratio(number.value, one.value) not in (None, 1.0)), None)
        return number if of is None or self.factor_at(number.line) is not None else of

    def _is_first(self, number: Number) -> bool:
        """Tell whether nothing shows a number to be right on which something wrong depends."""
        return not (number.is_sound or number.reach is None or number.places is None) and bool(self.reach(number))

    @cached_property
    def handed(self) -> set[Line]:
        """Return the lines that only hand numbers on, and those of the forward's own functions."""
        defs = self._trial.program.defs
        found = {one.line for one in self.numbers if one.site.kind == "return" and one.site.name}
        found |= {(one.key[0], each.lineno) for one in defs for each, _ in own_statements(one.node) if _unpacks(each)}
        return found | self.shared

    @cached_property
    def shared(self) -> set[Line]:
        """Return the lines of the functions that the forward calls, too."""
        shared = [one for one in self._trial.program.defs if one.key[:2] in self._trial.subject.shared]
        ends = ((one.key[0], one.node.lineno, one.node.end_lineno or 0) for one in shared)
        return {(file, line) for file, first, last in ends for line in range(first, last + 1)}

    @cached_property
    def own(self) -> list[Number]:
        """Return the numbers without what a call only hands on."""
        found: list[Number] = []
        handed: list[Any] = []
        for before, one in zip([None, *self.numbers], self.numbers):
            if one.site.kind == "return":
                is_handed_on = bool(one.site.name)
                handed = [*(handed if before and before.site.kind == "return" else ()), one.value]
            else:
                others = [before.value] if before and one.site.kind in ("add", "store") else []
                is_handed_on = _is_any(one.value, [*handed, *others])
            if not is_handed_on:
                found.append(one)
        return found

    def first_line_of(self, name: str) -> Line | None:
        """Return the line that first writes a gradient as it is given; None for no line.

        Where some of its entries are right, it is the one that writes the others, by themselves. Numbers that are true
        of something else are wrong where they are written last: from there on they are taken for this gradient.
        """
        value, off, parts = self.given.get(name), self._wrong_entries.get(name), list[Number]()
        if off is not None and not np.all(off) and is_telling(part := np.asarray(value)[off]).all():
            parts = [one for one in self.own if np.array_equal(np.ravel(one.value), part)]
        same = [one for one in self.numbers if np.size(one.value) > 1 and is_equal(one.value, value)]
        own, is_name_of = [one for one in self.own if one in same], self._trial.subject.is_name_of
        given = [one for one in same if one.site.kind != "return"]  # by a call, too
        named, handed = ([one for one in some if is_name_of(one.name, name)] for some in (own, given))
        found = [*parts, *named, *own[-1 if own and own[0].places else 0 :], *handed]
        return found[0].line if found else None

    def undecided(self, line: Line) -> set[Line]:
        """Return the lines that define what a line reads, and the only one that reads what it defines.

        Lines whose numbers are what they are called, or have no effect, are not among them.
        """
        defs = [one for one in self._trial.program.defs if one.key[0] == line[0]]
        inner = ([each for each, _ in own_statements(one.node)] for one in defs)
        some = next((each for each in inner if line[1] in [one.lineno for one in each]), [])
        uses = {one.lineno: names_used(one) for one in some if not isinstance(one, (ast.Return, *COMPOUND))}
        if line[1] not in uses:
            return set()
        readers = [at for at, (_, read) in uses.items() if at != line[1] and read & uses[line[1]][0]]
        found, seen = set(readers if len(readers) == 1 else ()), {one.line for one in self.numbers}
        reading = [line[1]]
        for place in reading:  # it grows as it is walked: of what is not seen, with what that reads
            before = {at for at, (defined, _) in uses.items() if defined & uses[place][1]} - found
            found |= before
            reading += [at for at in before if (line[0], at) not in seen]
        return {(line[0], at) for at in found if not self._is_certain((line[0], at))} - self.handed

    def later_lines(self, run: Watched) -> set[int]:
        """Return the numbers of the lines that write nothing doubtful before the first number that another run changes.

        What is the gradient that its name says, or 0, is not doubtful.
        """
        after, lines, early = dict(run.seen), {one.line[1] for one in self.numbers}, set[int]()
        for one in self.numbers:
            if not is_equal(one.value, after.get(one.event)):
                break
            if "delta" in one.name or not self._is_named(one):  # a delta has one name on either side of an activation
                early.add(one.line[1])
        return lines - early

    def _is_certain(self, line: Line) -> bool:
        """Tell whether all that a line writes is the forward's, or the gradient that it is called, or nothing."""
        here = [one for one in self.numbers if one.line == line]
        return bool(here) and all(one.is_data or self._is_named(one) or not self.reach(one) for one in here)

    def _is_named(self, number: Number) -> bool:
        """Tell whether a number is the gradient that its name says, or 0."""
        is_name_of, size = self._trial.subject.is_name_of, np.size(number.value)
        of = (one.of for one in number.matches if one.kind == "gradient" and np.size(one.array) == size)
        return not np.any(number.value) or any(is_name_of(number.name, one) for one in of)

    def may_be_all(self, line: Line, name: str) -> bool:
        """Tell whether what a line writes first may be all that is wrong of one gradient alone, or of many."""
        first = next(one for one in self.numbers if one.line == line)
        reach = self.reach(first)
        if len(reach) > MOST_APART:
            return reach == self.wrong
        return reach == {name} and np.size(first.value) >= np.size(self.given[name])

    def wrong_with(self, number: Number, value: Any) -> frozenset[str]:
        """Return the gradients that are wrong where another value is written."""
        run = self._trial.watch({number.event: lambda _: value})
        return self.wrong if run is None else self.point.wrong(run.outcome)

    def factor_at(self, line: Line) -> float | None:
        """Return how many times too large what a line writes first is: so much less, and all of it is right.

        None where no factor of it makes right what follows from it.
        """
        first = next((one for one in self.numbers if one.line == line), None)
        if first is None:
            return None
        events = [one.event for one in self.numbers if one.event[:2] == first.event[:2]]
        doubled = self._trial.watch(dict.fromkeys(events, lambda value: 2.0 * value))
        names = sorted(self.reach(first))
        truth = {one.of: one.array for one in self.known.numbers if one.kind == "gradient"}
        some = [truth, self.given, {} if doubled is None else doubled.outcome.gradients]
        given: list[list[Any]] = [[each.get(name) for each in some] for name in names]
        is_alike = (all(one is not None and np.shape(one) == np.shape(each[0]) for one in each) for each in given)
        if not given or not all(is_alike):
            return None
        right, here, after = (np.concatenate(list(map(np.ravel, each))) for each in zip(*given))
        less = _ratio(right - here, after - here)
        return None if less is None or abs(1.0 + less) < 1e-4 else 1.0 / (1.0 + less)  # 0 is no factor

    @cached_property
    def shapes(self) -> dict[str, set[tuple[int, ...]]]:
        """Return the shapes that a name was seen with."""
        found: dict[str, set[tuple[int, ...]]] = {}
        for one in self.numbers:
            if one.site.kind in ("assign", "after"):
                found.setdefault(one.name, set()).add(np.shape(one.value))
        return found

    def numbers_at(self, file: str, lines: range) -> list[Number]:
        """Return the numbers that a statement writes."""
        return [one for one in self.numbers if one.line[0] == file and one.line[1] in lines]

    @cached_property
    def bad_lines(self) -> set[int]:
        """Return the numbers of the lines that write what nothing shows to be right."""
        return {one.line[1] for one in self.numbers if not one.is_sound}

    def is_ruled_out(self, line: Line) -> bool:
        """Tell whether all that a line writes is right for sure, or without effect."""
        self._move([one for one in self.numbers if one.line == line and one.reach is None])
        return not self.may_be_wrong(line[0], range(line[1], line[1] + 1))

    def may_be_wrong(self, file: str, lines: range) -> bool:
        """Tell whether a statement ran, and what it writes is not right for sure, nor without effect."""
        if not any((file, line) in self._trial.subject.ran for line in lines):
            return False
        here = self.numbers_at(file, lines)
        if not here:
            return True  # a mask, an index, an `if`
        tried = [one for one in here if one.reach is not None]
        return not (tried and not any(map(self.reach, tried))) and not all(one.is_cleared for one in here)


class _Origin(NamedTuple):
    numbers: list[Number]
    explained: frozenset[str]


def origins(suspects: Suspects, recompute: Recompute, deadline: Deadline) -> dict[Line, frozenset[str]]:
    """Find the lines whose numbers, taken for gradients, explain by the chain rule what is wrong, and nothing else.

    Returns:
        By line the wrong gradients that follow from what it writes: the lines that explain most, the earliest of these.
    """
    found: list[_Origin] = []
    for one in _candidates(suspects, recompute, deadline):
        found.append(one)
        if one.explained == suspects.wrong and not one.numbers[0].is_gradient:  # none is earlier, or explains more
            break
    lines: dict[Line, frozenset[str]] = {}
    left = suspects.wrong
    while left:
        best = max(found, key=lambda one: len(one.explained & left), default=None)  # of as many the earliest
        if best is None or not best.explained & left:
            break
        explained = best.explained & left
        if best.numbers[0].is_gradient:  # right numbers of something else: where they are last taken for this one's
            alike = (one for one in reversed(found) if one.explained & left == explained)
            values = [one.value for one in best.numbers]
            best = next(one for one in alike if all(map(is_equal, (each.value for each in one.numbers), values)))
        lines[suspects.rest_of(suspects.beginning_of(best.numbers[0])).line] = explained
        left = left - explained
    return lines


def _candidates(suspects: Suspects, recompute: Recompute, deadline: Deadline) -> Iterator[_Origin]:
    """Yield what the run wrote from which some wrong gradients follow, and with which no right one becomes wrong."""
    given, wrong, is_over = suspects.given, suspects.wrong, deadline.limit(MOST_WORK)
    wanted, share = {one: given[one] for one in wrong if given.get(one) is not None}, 10 * suspects.known.share
    recompute_from = recompute(wanted)
    for numbers in _possible_origins(suspects):
        for made in recompute_from([np.asarray(one.value) for one in numbers]):
            deadline.spend(len(suspects.known.numbers) / NUMBERS_PER_UNIT)
            if is_over():
                return
            known = made.keys() & suspects.point.names
            explained = {one for one in known & wanted.keys() if near(made[one], wanted[one], share)}
            if explained and all(suspects.point.is_right(name, made[name]) for name in known - wrong):
                yield _Origin(numbers, frozenset(explained))


def _possible_origins(suspects: Suspects) -> list[list[Number]]:
    """Return first all that one place of a loop writes, then each number, in the order of time."""
    finals = [np.asarray(value) for value in suspects.given.values() if value is not None]
    is_name_of = suspects._trial.subject.is_name_of
    places: dict[tuple[Any, ...], list[Number]] = {}
    for one in suspects.own:
        named = any(match.kind == "gradient" and is_name_of(one.name, match.of) for match in one.matches)
        is_kept = "data" in one.kinds and one.line in suspects.handed  # out of a cache
        if np.size(one.value) and not named and not is_kept and one.line not in suspects.shared:
            places.setdefault(one.event[:2], []).append(one)
    order = {one: place for place, one in enumerate(suspects.numbers)}
    found: list[tuple[bool, int, list[Number]]] = []
    for written in places.values():
        is_loop = len(written) > 1
        if is_loop and not all(one.is_data for one in written):
            unknown = [order[one] for one in written if not one.is_gradient]
            found.append((False, min(unknown, default=order[written[0]]), written))
        for one in written:
            if not (one.is_data or _is_any(one.value, finals)):
                found.append((is_loop, order[one], [one]))
    return [written for _, _, written in sorted(found, key=lambda one: one[:2])]  # one turn of a loop alone at the end


def is_telling(entries: Any) -> Any:
    """Tell which entries are no halves, which many arrays hold, nor infinite."""
    with np.errstate(invalid="ignore"):
        return np.abs(entries * 2 - np.rint(entries * 2)) > 1e-9


def _ratio(first: Any, second: Any) -> float | None:
    """Return how many times a value is another one, entry by entry; None where it is no multiple, and of a number."""
    one, other = (np.ravel(np.asarray(value, dtype=float)) for value in (first, second))
    if one.size != other.size or one.size < 2 or not other.any():
        return None
    times = float(one @ other / (other @ other))
    return times if near(one, times * other, 1e-4) else None


def _unpacks(statement: ast.AST) -> bool:
    """Tell whether a statement takes from a cache or a context what was kept there, and computes nothing."""
    if not isinstance(statement, ast.Assign) or any(isinstance(one, ast.Call) for one in ast.walk(statement.value)):
        return False
    of_several = isinstance(statement.targets[0], ast.Tuple) and isinstance(statement.value, ast.Name)
    return of_several or isinstance(statement.value, ast.Attribute | ast.Subscript)


def names_used(statement: ast.AST) -> tuple[set[str], set[str]]:
    """Return the names that a statement defines, or writes into, and those that it reads."""
    value: Any = getattr(statement, "value", None) or ast.Tuple([])
    own = getattr(statement, "targets", [getattr(statement, "target", None)])
    given = written_by(value) if isinstance(statement, ast.Expr) else filter(None, own)
    defined = {name_of(part) for one in given for part in getattr(one, "elts", [one])}
    read = {name_of(one) for one in ast.walk(value) if isinstance(one, (ast.Name, ast.Attribute))}
    return defined, read | defined if isinstance(statement, ast.AugAssign) else read


def _add_step(value: Any) -> Any:
    step = np.random.default_rng(1).normal(size=np.shape(value))
    moved = value + (float(np.abs(value).max()) * 0.05 + 1e-3) * step
    return moved if isinstance(value, np.ndarray) else float(moved)


def is_equal(first: Any, second: Any) -> bool:
    return shape_of(first) == shape_of(second) and bool(np.asarray(first == second).all())


def _is_any(value: Any, others: Iterable[Any]) -> bool:
    return any(is_equal(value, one) for one in others)
