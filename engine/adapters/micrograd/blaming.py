"""What of a watched walk is wrong, in words and with its line: one fault a wrong line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...arrays.amounts import alike, is_anything, shape_of
from ...repair.lines import calling_line, handed_over, setting_line, source_in
from ...repair.source import Source, codes_within
from ...rulecheck.exercise import Wrong, likeliest, wrong_in
from ...slips.slip import Slip
from ...verdict.status import Status
from ..reached import reached
from .mirror import Mirror
from .operations import Point
from .program import Program
from .walks import RULES, fitted
from .watching import Write

CLOSE = 1e-5
MOST_TRIED = 3
_ASSIGNED = "assigned (=), not added (+=): what other uses have passed on before is lost."


class Fault(NamedTuple):
    """Something that is wrong.

    Attributes:
        place: the node whose operation it is.
        which: the operand that it shows in.
        kind: as of a `Slip`.
        clause: the mistake in words.
        source: the line; None where none can be told.
        name: what the user calls the operation, or the walk.
        also: other kinds that give the same.
        is_named: whether it is known which mistake it is, and not just that the number is another.
        is_of_walk: whether it is no operation's own.
    """

    place: int
    which: int
    kind: str
    clause: str
    source: Source | None
    name: str
    also: tuple[str, ...] = ()
    is_named: bool = True
    is_of_walk: bool = False

    def slip(self, to: str) -> Slip:
        """Return the slip of a node.

        Args:
            to: the operand, in words.
        """
        at = "" if self.source is None else f" ({self.source.place})"
        is_whole = self.is_of_walk or self.kind in ("not-recorded", "in-place")
        what = "" if is_whole else f", what it passes to {to}"
        return Slip(self.kind, f"{self.name}{at}{what}: {self.clause}", self.also)


class Blame:
    """Finds what is wrong in the walks of one program."""

    def __init__(self, program: Program, mirrors: Sequence[Mirror]) -> None:
        self._program, self._mirrors = program, mirrors
        self._graph = mirrors[0].point.graph
        walker = program.walker
        self._walker_codes = set() if walker is None else set(codes_within(walker.__code__))
        self.hands_on = False
        """Whether what stood in a gradient before was seen to be handed on."""
        self._found: dict[tuple[str, Any], Fault] = {}
        self._wrong: dict[tuple[Any, int], list[Wrong]] = {}
        self._of: dict[tuple[Any, int], tuple[Mirror, int, Write]] = {}

    def faults(self) -> list[Fault]:
        """Find what is wrong, each line once."""
        for place, source in self._graph.misplaced_rules():
            clause = "the rule of another node is set here, and its own is lost. Whose rule does each line set?"
            self._put("missing-path", place, 0, clause, source)
        self._look_for_damage(self._mirrors[0])
        for mirror in self._mirrors if not self._found else ():
            self._look(mirror)
            whole = [one for one in self._found.values() if one.kind == "not-recorded" or one.is_of_walk]
            if whole:
                return whole[:1]
        self._tell_all_numbers()
        return list(self._found.values())

    def _tell_all_numbers(self) -> None:
        for at, wrongs in self._wrong.items():
            one = likeliest(wrongs)
            mirror, place, write = self._of[at]
            self._tell_numbers(mirror, place, one, write)
        self._wrong.clear()

    def of_what_stood(self, preset: Point) -> list[Fault]:
        """Find what is lost of the gradients that stood there when the walk began.

        It comes after all that was found before.
        """
        graph, mirror, stands = self._graph, self._mirrors[0], preset.preset or ()
        told = {one.source for one in self._found.values()}
        tried: dict[Any, int] = {}
        wrong: list[Write] = []
        for one in preset.walk.writes:
            if one.consumer is None or one.consumer in mirror.unknown or mirror.is_at_a_kink(one.consumer):
                continue
            key = (graph.key(one.consumer), one.inner)
            tried[key] = tried.get(key, 0) + 1
            if tried[key] > MOST_TRIED:
                continue
            parents = graph.parents[one.consumer]
            which, count = parents.index(one.operand), parents.count(one.operand)
            stood = stands[one.consumer] - (1.0 if one.consumer == graph.root else 0.0)
            rights = [
                None if right is None or not is_anything(right[which]) else right[which]
                for upstream in (one.upstream, None if one.upstream is None else one.upstream - stood)
                for right in (mirror.expected(one.consumer, upstream),)
            ]
            is_own = one.inner[0] not in self._walker_codes
            if is_own and any(right is not None and _is_overwritten(one, right, count, preset) for right in rights):
                if source_in(*one.inner) not in told:
                    self._put("overwrites", one.consumer, which, _ASSIGNED, source_in(*one.inner))
            elif rights[0] is not None and any(_close(times * one.given, rights[0], preset) for times in {1, count}):
                is_all = len(graph.order) <= 1 + len(set(graph.parents[graph.root]))
                self.hands_on |= one.consumer != graph.root or is_all
            elif count == 1 and not any(right is not None and _close(one.given, right, preset) for right in rights):
                wrong.append(one)
        for one in wrong if self.hands_on and not self._found else ():
            assert one.consumer is not None
            which = graph.parents[one.consumer].index(one.operand)
            self._of_numbers(mirror, one.consumer, which, [one], point=preset)
        self._tell_all_numbers()
        return list(self._found.values())

    def _look_for_damage(self, mirror: Mirror) -> None:
        """Report what is changed in place that others need as it was."""
        walk = mirror.point.walk
        for place, at, is_back in walk.damages:
            if place in mirror.places.values():
                when = "on the way" if is_back else "after it was used"
                clause = f"the data of {mirror.name(place)} is changed {when}, in place. Who else needs it as it was?"
                self._put("in-place", place, 0, clause, source_in(*at))
        for one in walk.writes:
            is_set = is_anything(one.before) and is_anything(one.after) and one.operand != self._graph.root
            if (
                one.consumer is None
                and is_set
                and one.inner[0] not in self._walker_codes
                and self._graph.parents[one.operand]
            ):
                clause = "the gradient of the node itself is changed on the way, in place. Who else needs it as it was?"
                self._put("in-place", one.operand, 0, clause, source_in(*one.inner))

    def _look(self, mirror: Mirror) -> None:
        point, graph = mirror.point, self._graph
        consumers: dict[int, list[int]] = {}
        for place in graph.order:
            for one in dict.fromkeys(graph.parents[place]):
                consumers.setdefault(one, []).append(place)
        wrong = {
            mirror.places[one.node]
            for one in mirror.base.results
            if one.status is Status.WRONG and one.node in mirror.places
        }
        wrong |= {one for one in mirror.judgeable if mirror[one].grad is None and one not in wrong}
        by_pair: dict[tuple[int, int], list[Write]] = {}
        for write in point.walk.writes:
            if write.consumer is not None:
                by_pair.setdefault((write.consumer, write.operand), []).append(write)
        if graph.root in wrong:
            self._of_the_root(mirror)
        for operand in reversed(graph.order):
            if operand not in wrong:
                continue
            for place in sorted(consumers.get(operand, ()), key=lambda one: graph.parents[one].count(operand)):
                if place not in mirror.unknown:
                    writes = by_pair.get((place, operand), []) or point.walk.passed_to(operand, place, point)
                    self._judge(mirror, place, operand, writes)

    def _judge(self, mirror: Mirror, place: int, operand: int, writes: list[Write]) -> None:
        """Check what a node passes to one operand, and report what is wrong."""
        point = mirror.point
        which = self._graph.parents[place].index(operand)
        final = point.grads[place]
        if final is None or not is_anything(final):
            return
        expected = mirror.expected(place, final)
        if expected is None:
            return
        if not writes:
            if is_anything(expected[which]):
                self._of_nothing(mirror, place, which)
            return
        count = self._graph.parents[place].count(operand)
        total = _sum([one.given for one in writes], point.data[operand])
        if total is not None and _close(total, expected[which], point):
            return
        for one in writes:
            right = mirror.expected(place, one.upstream)
            if right is None:
                continue
            if _is_overwritten(one, right[which], count, point):
                self._put("overwrites", place, which, _ASSIGNED, source_in(*one.inner))
                return
        if len(writes) > count or any(not _close(one.upstream, final, point) for one in writes):
            rights = [mirror.expected(place, one.upstream) for one in writes]
            if all(
                right is not None and any(_close(times * one.given, right[which], point) for times in {1, count})
                for one, right in zip(writes, rights)
            ):
                self._of_order(mirror, place, which, writes)
                return
        self._of_numbers(mirror, place, which, writes)

    def _of_numbers(
        self,
        mirror: Mirror,
        place: int,
        which: int,
        writes: Sequence[Write],
        *,
        is_nothing: bool = False,
        point: Point | None = None,
    ) -> None:
        point, parents = point or mirror.point, self._graph.parents[place]
        write, walk = writes[0], point.walk.writes
        upstream = point.grads[place] if is_nothing else write.upstream
        seen = [] if is_nothing else [one for one in walk if one.consumer == place]
        if write.at[0] in self._walker_codes and write.inner != write.at and write.inner[0] in self._walker_codes:
            # One that hands down what arrives, each time anew.
            starts = [n for n, one in enumerate(walk) if one.operand == place]
            for start, end in zip(starts, [*starts[1:], len(walk)]) if len(starts) > 1 else ():
                upstream, seen = walk[start].given, [one for one in walk[start:end] if one.consumer == place]
                right = mirror.expected(place, upstream)
                own = _sum([one.given for one in seen if one.operand == parents[which]], point.data[parents[which]])
                if right is not None and not _close(own, right[which], point):
                    break
        given: list[Any] = []
        for n, operand in enumerate(parents):
            amounts = [one.given for one in seen if one.operand == operand and parents.index(operand) == n]
            given.append(_sum(amounts, point.data[operand]))
        upstream = fitted(upstream, point.data[place])
        truth = mirror.truth(place)
        if truth is None or upstream is None or shape_of(upstream) != shape_of(point.data[place]):
            return
        try:
            wrongs = wrong_in(mirror.asked(place, upstream, given), truth)
        except (ArithmeticError, ValueError):
            return
        for one in wrongs:
            if one.which == which:
                key = (self._graph.key(place), which)
                self._wrong.setdefault(key, []).append(one)
                self._of.setdefault(
                    key, (mirror, place, writes[0] if is_nothing else self._worst(mirror, place, which, writes))
                )

    def _worst(self, mirror: Mirror, place: int, which: int, writes: Sequence[Write]) -> Write:
        """Find the write that is most unlike what belongs there."""
        right = mirror.expected(place, writes[0].upstream)
        if right is None or len(writes) == 1:
            return writes[-1]
        share = np.asarray(right[which]) / len(writes)

        def off(one: Write) -> float:
            given = fitted(one.given, share)
            return float("inf") if shape_of(given) != shape_of(share) else float(np.abs(given - share).max())

        return max(writes, key=off)

    def _tell_numbers(self, mirror: Mirror, place: int, one: Wrong, write: Write) -> None:
        clause = one.clause or (
            "its slope, measured, is another one, and no usual mistake gives this number. What is the derivative?"
        )
        source = self._line(place, one.which, write, one.kind)
        self._put(one.kind, place, one.which, clause, source, one.also, is_named=bool(one.clause))

    def _line(self, place: int, which: int, write: Write, kind: str) -> Source:
        """Find the line that makes the number that is passed on."""
        graph = self._graph
        made = graph.made[place]
        count = len(graph.parents[place])
        upstream = frozenset(f"{name}.{graph.engine.grad_name}" for name in write.names)
        code, line = write.at
        if code in self._walker_codes:
            for (by, at), caller, amounts in reversed(write.returned):
                for n, one in enumerate(amounts):
                    if caller is code and one is not None and _is_like(one, write.given):
                        names = by.co_varnames[: by.co_argcount]
                        own = upstream | {*names, *(f"{name}.{graph.engine.grad_name}" for name in names)}
                        return source_in(by, handed_over(by, at, n, len(amounts), own))
            if write.inner[0] not in self._walker_codes and not self._is_shared(write):
                code, line = write.inner
            elif made.frames and write.inner == write.at:
                return source_in(made.frames[0][0], handed_over(*made.frames[0], which, count))
        elif self._is_shared(write):
            # A rule that several operations share has left it to another function to compute the number.
            for (by, at), _, amounts in reversed(write.returned):
                if amounts[0] is not None and _is_like(amounts[0] * write.upstream, write.given):
                    return source_in(by, handed_over(by, at, 0, 1))
        if kind in ("overwrites", "in-place", "forgot-upstream", "sign"):
            return source_in(code, line)
        return source_in(code, handed_over(code, line, 0, 1, upstream))

    def _is_shared(self, write: Write) -> bool:
        """Tell whether operations of several kinds pass on their gradients by this line."""
        writes = (one for mirror in self._mirrors for one in mirror.point.walk.writes if one.inner == write.inner)
        return len({self._graph.key(one.consumer) for one in writes if one.consumer is not None}) > 1

    def _of_nothing(self, mirror: Mirror, place: int, which: int) -> None:
        """Report that nothing is passed to an operand."""
        graph, point = self._graph, mirror.point
        operand = graph.parents[place][which]
        unreached = graph.unreached
        if place in unreached or operand in unreached:
            self._of_unrecorded(mirror, unreached)
            return
        own = [one for one in point.walk.writes if one.consumer == place]
        elsewhere = [
            one
            for other in self._mirrors
            for one in other.point.walk.writes
            if one.consumer is not None and graph.key(one.consumer) == graph.key(place)
        ]
        code = graph.made[place].frames[0][0] if graph.made[place].frames else None
        right = mirror.expected(place, point.grads[place])
        if right is not None and _close(point.grads[operand], right[which], point):
            return  # it may be written over with the very number that was there
        if own:
            self._of_another(mirror, place, which, own)
        elif place in point.walk.early:
            later = next((one for one in point.walk.writes if one.operand == place and one.consumer is not None), None)
            if later is not None:
                self._of_early(mirror, place, which, later)
        elif elsewhere:
            self._of_numbers(mirror, place, which, elsewhere[:1], is_nothing=True)
        elif code is not None and len(codes_within(code)) > 1:
            clause = "nothing is passed on, as the node that comes out has no rule. Where is its rule set?"
            line = setting_line(code, RULES) or graph.made[place].frames[0][1]
            self._put("missing-path", place, which, clause, source_in(code, line))
        else:
            never = mirror.name(place)
            clause = (
                f"the rule of {never} is never called, so nothing arrives below it. Which nodes does the walk leave "
                "out?"
            )
            self._put("order", place, which, clause, self._ordering(), ("missing-path",), is_of_walk=True)

    def _of_unrecorded(self, mirror: Mirror, unreached: frozenset[int]) -> None:
        graph = self._graph
        for one in reversed(graph.order):
            left = [n for n, held in enumerate(graph.parents[one]) if held not in graph.recorded[one]]
            if one not in unreached and left and graph.made[one].frames:
                shown = mirror.name(graph.parents[one][left[0]])
                clause = (
                    f"{shown} is not among what the node records as its operands, so backward() never gets there. "
                    "Which nodes was it made from?"
                )
                self._put("not-recorded", one, left[0], clause, source_in(*graph.made[one].frames[0]))
                return

    def _of_another(self, mirror: Mirror, place: int, which: int, own: Sequence[Write]) -> None:
        """Report that what belongs to an operand is passed to another, or to none."""
        graph = self._graph
        expected = mirror.expected(place, own[0].upstream)
        names = [mirror.base.names.phrase(mirror[one]) for one in graph.parents[place]]
        for one in own:
            if expected is not None and _is_like(one.given, expected[which]) and one.operand in graph.parents[place]:
                to = names[graph.parents[place].index(one.operand)]
                clause = f"what belongs to {names[which]} is added to {to}. Whose gradient does each line write?"
                self._put("missing-path", place, which, clause, source_in(*one.inner))
                return
        clause = "nothing is passed on to it. Through which paths does it reach the root?"
        self._put("missing-path", place, which, clause, source_in(*own[-1].inner))

    def of_no_beginning(self) -> Fault:
        """Return the fault that the walk does not set the gradient it begins with.

        Nobody else has set it either.
        """
        self._of_the_root(self._mirrors[0], is_nothing=True)
        return next(iter(self._found.values()))

    def _of_the_root(self, mirror: Mirror, *, is_nothing: bool = False) -> None:
        if is_nothing or not is_anything(mirror.point.grads[self._graph.root]):
            clause = "it begins with a root whose gradient is 0. How much does the root change when it does itself?"
            self._put("missing-path", self._graph.root, 0, clause, self._ordering(), is_of_walk=True)
            return
        own = [one for one in mirror.point.walk.writes if one.operand == self._graph.root]
        clause = "backward starts here with another number than 1. How much does the root change when it does itself?"
        source = source_in(*own[-1].inner) if own else self._ordering()
        self._put("rule", self._graph.root, 0, clause, source, is_of_walk=True)

    def _of_order(self, mirror: Mirror, place: int, which: int, writes: Sequence[Write]) -> None:
        """Report a gradient that is passed on too early, or more than once.

        Each time it was right then: what arrives later is passed on too late, or what was earlier again.
        """
        walk = mirror.point.walk.writes
        first = next(n for n, one in enumerate(walk) if one is writes[0])
        later = next((one for one in walk[first:] if one.operand == place and one.consumer is not None), None)
        code = writes[-1].at[0]
        if len(writes) > 1 and code in self._walker_codes and writes[0].inner != writes[0].at:
            clause = "what has arrived earlier is handed on again with what arrives. What is new in each call?"
            self._put("double", place, which, clause, source_in(*writes[-1].at), ("order",))
        elif (
            len({one.inner for one in writes}) > self._graph.parents[place].count(writes[0].operand)
            and code not in self._walker_codes
        ):
            clause = f"it is added more than once to {mirror.name(writes[0].operand)}. How often is it used?"
            self._put("double", place, which, clause, source_in(*writes[0].inner))
        elif later is not None:
            self._of_early(mirror, place, which, later, () if len(writes) == 1 else ("double",))
        else:
            clause = (
                f"{mirror.name(place)} hands its gradient on more than once. How does the walk know where it has been?"
            )
            self._put("double", place, which, clause, self._ordering(), ("order",), is_of_walk=True)

    def _of_early(self, mirror: Mirror, place: int, which: int, later: Write, also: tuple[str, ...] = ()) -> None:
        assert later.consumer is not None
        clause = (
            f"{mirror.name(place)} hands its gradient on before {mirror.name(later.consumer)} has passed anything to "
            "it. Which order has all uses first?"
        )
        self._put("order", place, which, clause, self._ordering(), also, is_of_walk=True)

    def _ordering(self) -> Source | None:
        """Find the line that puts the nodes in their order.

        It is in the walk itself, or in a function that the walk calls.
        """
        walker = self._program.walker
        if walker is None:
            return None
        root = self._graph.made[self._graph.root].node
        for function in reached([walker], [type(root)]):
            line = calling_line(function.__code__, ("append", "appendleft", "insert", "extend"))
            if line is not None and not function.__name__.startswith("__"):
                return source_in(function.__code__, line)
        line = calling_line(walker.__code__, (walker.__name__,)) or calling_line(walker.__code__, RULES)
        return source_in(walker.__code__, line or walker.__code__.co_firstlineno)

    def _put(
        self,
        kind: str,
        place: int,
        which: int,
        clause: str,
        source: Source | None,
        also: tuple[str, ...] = (),
        *,
        is_named: bool = True,
        is_of_walk: bool = False,
    ) -> None:
        name = self._graph.name(place)
        if is_of_walk and self._program.walker is not None:
            name = self._program.walker.__name__
        key = (kind if source is None or kind == "order" else "", source)
        if key not in self._found:
            self._found[key] = Fault(place, which, kind, clause, source, name, also, is_named, is_of_walk)


def _sum(given: Sequence[Any], like: Any) -> Any:
    found: Any = None
    for one in given:
        if one is not None:
            try:
                found = one if found is None else found + one
            except ValueError:
                return None
    return fitted(found, like)


def _close(one: Any, other: Any, point: Point) -> bool:
    if one is None or other is None:
        return not is_anything(other if one is None else one)
    one = fitted(one, other)
    return alike(one, other, 1e-3 if point.is_coarse else CLOSE, 1e-9)


def _is_like(one: Any, other: Any) -> bool:
    return is_anything(other) and alike(fitted(one, other), other, 1e-9, 1e-300)


def _is_overwritten(write: Write, right: Any, count: int, point: Point) -> bool:
    """Tell whether a gradient was assigned where it was to be added."""
    if write.before is None or not is_anything(write.before) or write.after is None:
        return False
    share, before, after = np.asarray(right) / count, np.asarray(write.before), np.asarray(fitted(write.after, right))
    if not (share.shape == before.shape == after.shape):
        return False
    at = (share != 0.0) & (before != 0.0)
    return bool(at.any()) and _close(np.where(at, after, 0.0), np.where(at, share, 0.0), point)
