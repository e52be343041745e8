"""What of a watched walk is wrong, in words and with its line: one fault a wrong line."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ...amounts import alike, is_anything, largest, shape_of
from ...repair.source import (
    Source,
    calling_line,
    codes_within,
    deciding_line,
    function_of,
    operand_line,
    saving_line,
    setting_line,
    source_in,
)
from ...repair.user_code import find_reachable
from ...rulecheck.exercise import Wrong, likeliest, wrong_in
from ...rulecheck.rule import Answer, Rule
from ...slips.slip import Slip
from .engine import RULES, fit, is_same
from .operations import Mirror
from .watching import At, Point, Write

LOST = 1e-15
"""A smaller share of a sum does not change it."""
_SORTING, _LINING_UP = ("sorted", "sort"), ("append", "appendleft", "insert", "extend")
_TURNS = re.compile(r"revers|\[::-1\]|sort|pop|insert|appendleft")
"""By these a walk goes through its nodes in another order than that in which they were found."""
_MISPLACED = "the rule of another node is set here, and its own is lost. Whose rule does each line set?"
_ASSIGNED = "assigned (=), not added (+=): what other uses have passed on before is lost."
_DATA = "the data of {} is changed {}, in place. Who else needs it as it was?"
_GRADIENT = "the gradient of the node itself is changed on the way, in place. Who else needs it as it was?"
_SAVED = "the numbers are those of {}, a later call of the same operation. Where does each call save its own?"
_UNUSUAL = "its slope, measured, is another one, and no usual mistake gives this number. What is the derivative?"
_NO_RULE = "nothing is passed on, as the node that comes out has no rule. Where is its rule set?"
_NEVER = "the rule of {} is never called, so nothing arrives below it. Which nodes does the walk leave out?"
_UNRECORDED = (
    "{} is not among what the node records as its operands, so backward() never gets there. Which nodes was it made "
    "from?"
)
_TO_ANOTHER = "what belongs to {} is added to {}. Whose gradient does each line write?"
_TO_NONE = "nothing is passed on to it. Through which paths does it reach the root?"
_NOT_BEGUN = "it begins with a root whose gradient is 0. How much does the root change when it does itself?"
_BEGUN = "backward starts here with another number than 1. How much does the root change when it does itself?"
_AGAIN = "what has arrived earlier is handed on again with what arrives. What is new in each call?"
_TWICE = "it is added more than once to {}. How often is it used?"
_REVISITED = "{} hands its gradient on more than once. How does the walk know where it has been?"
_EARLY = "{} hands its gradient on before {} has passed anything to it. Which order has all uses first?"


class Fault(NamedTuple):
    """Something that is wrong with a node's operation, what it passes to one operand, or the walk.

    Attributes:
        clause: the mistake in words.
        source: the line; None where none can be told.
        name: what the user calls the operation, or the walk.
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

    @property
    def is_whole(self) -> bool:
        """Tell whether it is of no operand's number: no small change of a rule fixes it."""
        return self.is_of_walk or self.kind in ("not-recorded", "in-place")

    def slip(self, to: str) -> Slip:
        """Return the slip of a node, with the operand in words."""
        at = "" if self.source is None else f" ({self.source.place})"
        what = "" if self.is_whole else f", what it passes to {to}"
        return Slip(self.kind, f"{self.name}{at}{what}: {self.clause}", self.also)


class Blame:
    """Finds what is wrong in the walks of one program.

    Attributes:
        hands_on: whether what stood in a gradient before was seen to be handed on.
    """

    def __init__(self, mirrors: Sequence[Mirror]) -> None:
        self._mirrors, self._mirror = mirrors, mirrors[0]
        self._graph = mirrors[0].point.graph
        walker = self._graph.program.walker
        assert walker is not None
        self._walker, self._walker_codes = walker, set(codes_within(walker.__code__))
        self.hands_on = False
        self._found: dict[tuple[str, Any], Fault] = {}
        self._wrong: dict[tuple[Any, int], list[tuple[Wrong, int, Write]]] = {}

    def faults(self) -> list[Fault]:
        """Find what is wrong, each line once."""
        for place, source in self._graph.misplaced_rules():
            self._put("missing-path", place, 0, _MISPLACED, source)
        self._look_for_damage()
        for mirror in self._mirrors if not self._found else ():
            self._mirror = mirror
            self._look()
            whole = [one for one in self._found.values() if one.is_whole]
            if whole:
                return whole[:1]
        self._mirror = self._mirrors[0]
        return self._name_wrong_numbers()

    def _name_wrong_numbers(self) -> list[Fault]:
        """Return what was found, numbers that are wrong by the mistake that fits at the most points."""
        assigned = [one.source for one in self._found.values() if one.kind == "overwrites"]
        for at in self._wrong.values():
            one = likeliest([wrong for wrong, *_ in at])
            _, place, write = at[0]
            if source_in(*write.inner) in assigned:  # it explains this number too
                continue
            last = self._last_call(place)
            if last is not None:
                self._put("in-place", place, 0, _SAVED.format(self._mirror.name(last)), self._saving_line(write))
                continue
            source, clause = self._line(place, one.which, write, one.kind), one.clause or _UNUSUAL
            self._put(one.kind, place, one.which, clause, source, also=one.also, is_named=bool(one.clause))
        self._wrong.clear()
        return list(self._found.values())

    def _last_call(self, place: int) -> int | None:
        """Return the last node of an operation where its rule gives what belongs to that for this one too."""
        graph, parents = self._graph, self._graph.parents
        last, tells = max(one for one in graph.order if graph.key(one) == graph.key(place)), False
        for mirror, node in product(self._mirrors if last != place else (), (place, last)):
            written: dict[int, Any] = {}
            for operand in parents[node]:
                slots = (n for n, one in enumerate(parents[node]) if one == operand)
                written |= {n: one.addend for n, one in zip(slots, mirror.point.writes_to(operand, node))}
            upstream = mirror.point.grads[node]
            given = mirror.pull_back(last, upstream)
            for operand, amount in (given or {last: None}).items():
                # A slope of 1, or 0, is that of many a call.
                tells |= is_anything(amount) and not (_is_like(amount, upstream) or _is_like(-amount, upstream))
                own = [written.get(n) for n, one in enumerate(parents[last]) if one == operand]
                if not _is_like(_sum(own, amount), amount):
                    return None
        return last if last != place and tells else None

    def _saving_line(self, write: Write) -> Source | None:
        """Find the line that saves what a rule uses; None where it may be several."""
        rules = (code for (code, _), *_ in self._givers(write) if code not in self._walker_codes)
        own = (one.__code__ for one in self._graph.program.functions if one.__name__ != "__init__")
        return saving_line(own, rules)

    def find_lost_presets(self, preset: Point) -> list[Fault]:
        """Find what is lost of the gradients that stood there when the walk began, after all that was found before."""
        graph, mirror, stands = self._graph, self._mirror, preset.preset or ()
        wrong: list[tuple[int, int, Write]] = []
        for one in preset.walk.writes:
            place = one.consumer
            if place is None or one.upstream is None or mirror.operations.is_at_a_kink(place, mirror.point):
                continue
            count, which = graph.parents[place].count(one.operand), graph.parents[place].index(one.operand)
            stood = stands[place] - (1.0 if place == graph.root else 0.0)
            rights = [self._right(place, one.operand, upstream) for upstream in (one.upstream, one.upstream - stood)]
            rights = [right if is_anything(right) else None for right in rights]
            is_own = one.inner[0] not in self._walker_codes
            if is_own and any(_is_overwritten(one, right, count, preset) for right in rights):
                self._put("overwrites", place, which, _ASSIGNED, source_in(*one.inner))
            elif rights[0] is not None and any(_close(times * one.addend, rights[0], preset) for times in {1, count}):
                is_all = len(graph.order) <= 1 + len(set(graph.parents[graph.root]))
                self.hands_on |= place != graph.root or is_all
            elif count == 1 and not any(right is not None and _close(one.addend, right, preset) for right in rights):
                wrong.append((place, which, one))
        for place, which, one in wrong if self.hands_on and not self._found else ():
            self._diagnose_numbers(place, which, one, one.upstream, preset)
        return self._name_wrong_numbers()

    def _right(self, place: int, operand: int, upstream: Any) -> Any:
        """Return what an operation has to pass to an operand; None where that is not known."""
        return (self._mirror.pull_back(place, upstream) or {}).get(operand)

    def _look_for_damage(self) -> None:
        """Report what is changed in place that others need as it was."""
        mirror, walk = self._mirror, self._mirror.point.walk
        for place, at, is_back in walk.damages:
            if place in mirror.nodes:
                clause = _DATA.format(mirror.name(place), "on the way" if is_back else "after it was used")
                self._put("in-place", place, 0, clause, source_in(*at))
        for one in walk.writes:
            is_changed = one.consumer is None and is_anything(one.before) and is_anything(one.after)
            is_inner = one.operand != self._graph.root and bool(self._graph.parents[one.operand])
            if is_changed and is_inner and one.inner[0] not in self._walker_codes:
                self._put("in-place", one.operand, 0, _GRADIENT, source_in(*one.inner))

    def _look(self) -> None:
        """Find what is wrong at a point."""
        mirror, graph = self._mirror, self._graph
        if graph.root in mirror.wrong:
            self.report_root(is_begun=is_anything(mirror.point.grads[graph.root]))
        for operand in [one for one in reversed(graph.order) if one in mirror.wrong]:
            for place in sorted(graph.consumers.get(operand, ()), key=lambda one: graph.parents[one].count(operand)):
                self._judge(place, operand)

    def _judge(self, place: int, operand: int) -> None:
        """Check what a node passes to one operand, and report what is wrong."""
        point, parents = self._mirror.point, self._graph.parents[place]
        which, count, final = parents.index(operand), parents.count(operand), point.grads[place]
        right = self._right(place, operand, final)
        if right is None or not is_anything(final):
            return
        writes = point.writes_to(operand, place)
        total = _sum([one.addend for one in writes], point.data[operand])
        lost = LOST * largest(0.0 if (held := point.grads[operand]) is None else held)
        if (not writes and largest(right) <= lost) or (total is not None and _close(total, right, point)):
            return
        if not writes:
            if not any(one.operand == operand and one.consumer is None for one in point.walk.writes):  # by a way unseen
                self._report_missing(place, which)
            return
        if writes[-1].inner[0] in self._walker_codes and self._is_returned(place, operand, right):
            self._put("overwrites", place, which, _ASSIGNED, source_in(*writes[-1].inner), is_of_walk=True)
            return
        idle = [n for n, one in enumerate(parents) if not point.writes_to(one, place)]
        others = idle if len(writes) == count + len(idle) else []  # closures of a loop that all see its last turn
        lacking = next((n for n in idle if self._mistaken(place, n, writes)), next(iter(others), None))
        if len(writes) > count and lacking is not None:
            self._report_wrong_operand(place, lacking, writes)
            return
        rights = [self._right(place, operand, one.upstream) for one in writes]
        for one, right in zip(writes, rights):
            if _is_overwritten(one, right, count, point):
                self._put("overwrites", place, which, _ASSIGNED, source_in(*one.inner))
                return
        if (len(writes) > count or any(not _close(one.upstream, final, point) for one in writes)) and all(
            right is not None and any(_close(times * one.addend, right, point) for times in {1, count})
            for one, right in zip(writes, rights)
        ):
            self._report_order(place, which, writes)
        else:
            self._diagnose_numbers(place, which, writes[-1], writes[0].upstream, point)

    def _is_returned(self, place: int, operand: int, right: Any) -> bool:
        """Tell whether a rule gave the walk all that belongs to an operand that stands in the node more than once."""
        point = self._mirror.point
        *_, amounts = point.walk.passed.get(place, ((),))
        own = [one for one, parent in zip(amounts, self._graph.parents[place]) if parent == operand]
        return len(own) > 1 and _close(_sum(own, point.data[operand]), right, point)

    def _diagnose_numbers(self, place: int, which: int, write: Write, upstream: Any, point: Point) -> None:
        """Find the mistake that gives what a node passes on at this point, and note the write that shows it."""
        graph, mirror = self._graph, self._mirror
        parents, data = graph.parents[place], point.data[place]
        twins = {n: parents.index(operand) for n, operand in enumerate(parents) if operand in parents[:n]}
        passed = [[] if n in twins else point.writes_to(operand, place) for n, operand in enumerate(parents)]
        given = [_sum([one.addend for one in some], point.data[at]) for some, at in zip(passed, parents)]
        upstream, truth = fit(upstream, data), mirror.operations.truth(place, mirror.point)
        if truth is None or upstream is None or shape_of(upstream) != shape_of(data):
            return
        name, *names = (mirror.base.names.phrase(mirror.nodes[one]) for one in (place, *parents))
        inputs = [point.data[one] for one in parents]
        rule = Rule(name, inputs, data, lambda _: given, names=names, twins=twins)
        try:
            wrongs = wrong_in(Answer(rule, upstream, given, is_coarse=point.is_coarse), truth)
        except (ArithmeticError, ValueError):
            return
        found = [(one, place, write) for one in wrongs if one.which == which]
        if found:
            self._wrong.setdefault((graph.key(place), which), []).extend(found)

    def _line(self, place: int, which: int, write: Write, kind: str = "") -> Source | None:
        """Find the line that makes the number that is passed on: of a rule, or where the node was made."""
        graph, last = self._graph, write.lines[-1]
        givers, kinds = list(self._givers(write)), self._kinds
        every = set().union(*kinds.values())
        is_alone = len({graph.key(one) for one in graph.order if graph.parents[one]}) == 1
        own = (one for one in givers if len(kinds[one[0]]) == 1 and not (is_alone and one[0][0] in self._walker_codes))
        found = next(own, None) or next((one for one in givers if one[0] not in write.lines), None)
        is_branch = kinds[last] != every or (is_alone and write.inner != write.at)
        if found is None and not is_branch:  # the walk makes numbers of all nodes so, of what they hold
            made, count = graph.made[place].frames, len(graph.parents[place])
            return source_in(made[0][0], operand_line(*made[0], which, count)) if made else None
        (code, line), n, count = found or (last, 0, 1)
        if (code, line) not in write.lines or kind not in ("overwrites", "in-place", "forgot-upstream", "sign"):
            names = {*code.co_varnames[: code.co_argcount]}
            upstream = {f"{name}.{graph.engine.grad_name}" for name in (*names, *write.names)} | names
            line = operand_line(code, line, n, count, upstream)
        return source_in(code, line)

    def _givers(self, write: Write) -> Iterator[tuple[At, int, int]]:
        """Yield the lines that a number, or its local derivative, comes from, and as which of how many results."""
        yield from ((at, 0, 1) for at in write.lines)
        for at, _, amounts in reversed(write.returned):
            for n, one in enumerate(amounts):
                factors = (1.0, 1.0 if write.upstream is None else write.upstream)
                with suppress(ValueError):  # their shapes do not fit together
                    if one is not None and any(_is_like(one * factor, write.addend) for factor in factors):
                        yield at, n, len(amounts)

    @cached_property
    def _kinds(self) -> defaultdict[At, set[Any]]:
        """Return which kinds of operations each line gives numbers to."""
        found = defaultdict[At, set[Any]](set)
        for kind, one, _ in self._writes:
            for at, *_ in self._givers(one):
                found[at].add(kind)
        return found

    @cached_property
    def _writes(self) -> list[tuple[Any, Write, int]]:
        """Return what nodes pass on at all points: of which kind each is, the write, and the node."""
        every = [one for mirror in self._mirrors for one in mirror.point.walk.writes]
        return [(self._graph.key(one.consumer), one, one.consumer) for one in every if one.consumer is not None]

    def _report_missing(self, place: int, which: int) -> None:
        """Report that nothing is passed to an operand."""
        graph, mirror, point = self._graph, self._mirror, self._mirror.point
        operand, frames = graph.parents[place][which], graph.made[place].frames
        right = self._right(place, operand, point.grads[place])
        if graph.unreachable & {place, operand}:
            self._report_unrecorded()
            return
        if right is not None and _close(point.grads[operand], right, point):
            return  # it may be written over with the very number that was there
        walk = point.walk.writes
        own = [one for one in walk if one.consumer == place]
        later = next((one for one in walk if one.operand == place and one.consumer is not None), None)
        elsewhere = [(one, at) for kind, one, at in self._writes if kind == graph.key(place)]
        same = [pair for pair in elsewhere if graph.parents[pair[1]].index(pair[0].operand) == which]
        if own and not same:
            self._report_wrong_operand(place, which, own)
        elif not own and place in point.walk.early:
            if later is not None:
                self._report_early(place, which, later)
        elif elsewhere:
            write, _ = (same or elsewhere)[0]  # what it passes on here is 0, by chance
            self._diagnose_numbers(place, which, write, point.grads[place], point)
        elif frames and any(".0" not in one.co_varnames for one in codes_within(frames[0][0])[1:]):
            code, line = frames[0]
            self._put("missing-path", place, which, _NO_RULE, source_in(code, setting_line(code, RULES) or line))
        else:
            clause = _NEVER.format(mirror.name(place))
            self._put("order", place, which, clause, None, also=("missing-path",), is_of_walk=True)

    def _report_unrecorded(self) -> None:
        """Report the first node that was computed from another one and does not have it among its parents."""
        graph = self._graph
        for one in reversed(graph.order):
            left = [n for n, held in enumerate(graph.parents[one]) if held not in graph.recorded[one]]
            if one not in graph.unreachable and left and graph.made[one].frames:
                clause = _UNRECORDED.format(self._mirror.name(graph.parents[one][left[0]]))
                self._put("not-recorded", one, left[0], clause, source_in(*graph.made[one].frames[0]))
                return

    def _report_wrong_operand(self, place: int, which: int, own: Sequence[Write]) -> None:
        """Report that what belongs to an operand is passed to another, or to none."""
        mirror, parents = self._mirror, self._graph.parents[place]
        one = self._mistaken(place, which, own)
        if one is None:
            self._put("missing-path", place, which, _TO_NONE, self._line(place, which, own[-1]))
            return
        names = [mirror.base.names.phrase(mirror.nodes[operand]) for operand in (parents[which], one.operand)]
        self._put("missing-path", place, which, _TO_ANOTHER.format(*names), self._line(place, which, one))

    def _mistaken(self, place: int, which: int, own: Sequence[Write]) -> Write | None:
        """Return the write that passes what belongs to an operand to another one; None for none."""
        parents = self._graph.parents[place]
        right = self._right(place, parents[which], own[0].upstream)
        return next((one for one in own if one.operand in parents and _is_like(one.addend, right)), None)

    def report_root(self, *, is_begun: bool) -> list[Fault]:
        """Report a walk that begins with another gradient than 1, or with none."""
        walk, root = self._mirror.point.walk.writes if is_begun else [], self._graph.root
        lines = [source_in(*one.inner) for one in walk if one.operand == root]
        kind, clause = ("rule", _BEGUN) if is_begun else ("missing-path", _NOT_BEGUN)
        self._put(kind, root, 0, clause, lines[-1] if lines else None, is_of_walk=True)
        return list(self._found.values())

    def _report_order(self, place: int, which: int, writes: Sequence[Write]) -> None:
        """Report a gradient that is passed on too early, or more than once, each time right as it was then."""
        walk, operand, at = self._mirror.point.walk.writes, writes[0].operand, writes[-1].at
        first = next(n for n, one in enumerate(walk) if one is writes[0])
        later = next((one for one in walk[first:] if one.operand == place and one.consumer is not None), None)
        is_walker = at[0] in self._walker_codes or len({kind for kind, one, _ in self._writes if one.at == at}) > 1
        name, is_once = self._mirror.name, len(writes) == 1
        if is_walker and not is_once and writes[0].inner != writes[0].at:
            self._put("double", place, which, _AGAIN, source_in(*at), also=("order",))
        elif not is_walker and len({one.inner for one in writes}) > self._graph.parents[place].count(operand):
            self._put("double", place, which, _TWICE.format(name(operand)), source_in(*writes[0].inner))
        elif later is not None:
            self._report_early(place, which, later, () if is_once else ("double",))
        else:
            self._put("double", place, which, _REVISITED.format(name(place)), None, also=("order",), is_of_walk=True)

    def _report_early(self, place: int, which: int, later: Write, also: tuple[str, ...] = ()) -> None:
        names = [self._mirror.name(one) for one in (place, later.consumer) if one is not None]
        self._put("order", place, which, _EARLY.format(*names), None, also=also, is_of_walk=True)

    def _ordering(self) -> Source:
        """Find the line, of the walk or of a function it calls, that puts the nodes in their order."""
        code, function = self._walker.__code__, function_of(self._walker.__code__)
        grad = self._graph.engine.grad_name
        line = calling_line(code, RULES)
        reachable = find_reachable([self._walker], [type(self._graph.made[self._graph.root].node)])
        codes = [one.__code__ for one in reachable if not one.__name__.startswith("__")]
        calls = [(one, at) for one in codes if (at := calling_line(one, (self._walker.__name__,))) is not None]
        is_sorted = any(calling_line(one, _SORTING) is not None for one in codes)
        if function is not None and not is_sorted and not any(_TURNS.search(ast.unparse(one)) for one in function.body):
            inner = list(ast.walk(function))
            is_method = "." in self._walker.__qualname__.rpartition("<locals>.")[2]  # else its calls are of a rule
            adds = (one for one in inner if isinstance(one, ast.AugAssign) and not (calls and is_method))
            handing = line or max((one.lineno for one in adds if getattr(one.target, "attr", "") == grad), default=0)
            loops = (one for one in inner if isinstance(one, ast.For))
            around = [one.lineno for one in loops if one.lineno <= handing <= (one.end_lineno or handing)]
            if around or line:
                return source_in(code, min(around, default=handing))
        for one, names in product(codes, (_SORTING, _LINING_UP)):
            at = calling_line(one, names)
            if at is not None:
                return source_in(one, at if names is _SORTING else deciding_line(one, at))
        code, line = calls[0] if calls else (code, line or code.co_firstlineno)
        return source_in(code, deciding_line(code, line))

    def _put(self, kind: str, place: int, which: int, clause: str, source: Source | None, **more: Any) -> None:
        """Report a fault, with `more` of it; of the walk by default at the line that orders the nodes."""
        fault = Fault(place, which, kind, clause, source, self._graph.name(place), **more)
        if fault.is_of_walk:
            fault = fault._replace(source=source or self._ordering(), name=self._walker.__name__)
        self._found.setdefault((kind if fault.source is None or kind == "order" else "", fault.source), fault)


def _sum(amounts: Sequence[Any], like: Any) -> Any:
    """Add up what is known of some amounts; None where the shapes do not fit together."""
    known = [one for one in amounts if one is not None]
    try:
        return fit(sum(known), like) if known else None
    except ValueError:
        return None


def _close(one: Any, other: Any, point: Point) -> bool:
    return is_same(one, other, 1e-3 if point.is_coarse else 1e-5, 1e-9)


def _is_like(one: Any, other: Any) -> bool:
    return one is not None and is_anything(other) and alike(fit(one, other), other, 1e-9, 1e-300)


def _is_overwritten(write: Write, right: Any, count: int, point: Point) -> bool:
    """Tell whether a gradient was assigned where it was to be added."""
    if right is None or not is_anything(write.before) or write.after is None:
        return False
    share, before, after = (np.asarray(right) / count, np.asarray(write.before), np.asarray(fit(write.after, right)))
    if not share.shape == before.shape == after.shape:
        return False
    at = (share != 0.0) & (before != 0.0)
    return bool(at.any()) and _close(np.where(at, after, 0.0), np.where(at, share, 0.0), point)
