"""Which node each number of their backward is the gradient of: by the value where that is telling, else by its name.

The events of the backward are taken in the order of their time. A number that is the true gradient of a node, or the
one that follows from their own numbers so far, is that node's. What is neither is a mistake, or no gradient at all: it
is put down as the gradient of the node whose name it has, or of that from which later numbers of theirs follow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...arrays.amounts import near
from ...value import Value
from .blaming import MOST_TURNS
from .chain import Chain
from .events import Event
from .following import Followed
from .foresight import TELLING, Foresight
from .kinds import Final, Kind, Paired
from .matching import NEAR, NEAR_COARSE, Matcher, Probes, fits, is_trivial
from .meaning import Meant

MOST_CANDIDATES = 40
MOST_NEXT = 8


class Pairing:
    """What the events of a backward are.

    Args:
        known: the gradients that arrive, at the nodes that they are of.
        scale: by which their numbers on the way are too large by convention, and are divided.
        is_brief: whether to go no further than to the first mistake.

    Attributes:
        kinds: of each event.
        pairs: the number that each node is paired with.
    """

    def __init__(
        self,
        chain: Chain,
        followed: Followed,
        events: Sequence[Event],
        finals: Sequence[Final],
        known: Mapping[Value, Any],
        scale: int = 1,
        *,
        is_brief: bool = False,
    ) -> None:
        self._chain, self._events, self._finals, self._scale = chain, events, finals, scale
        self._leaves = set(followed.leaves.values())
        self._meant = Meant(chain, followed)
        self._share = NEAR_COARSE if followed.is_coarse else NEAR
        self._probes = Probes()
        self._asked = [node for node in chain.order if not node.is_constant]
        self._sized: dict[int, list[Value]] = {}
        for node in self._asked:
            if not node.is_leaf and node is not chain.root:
                self._sized.setdefault(int(np.size(node.data)), []).append(node)
        self._truth = self._matcher(chain.truth)
        outs = [out for out in followed.outs if out in chain]
        data = dict.fromkeys((*(node for out in outs for node in (out, *chain.below(out))), *self._leaves))
        self._data = Matcher(self._probes, self._share, ((node, np.asarray(node.data, dtype=float)) for node in data))
        self._arrived: Mapping[Value, Any] = chain.truth
        self._carried = self._truth
        self._parts: Matcher | None = None
        self._given: dict[Value, Any] = {node: np.asarray(number, dtype=float) for node, number in known.items()}
        self._values = [np.asarray(event.value, dtype=float) for event in events]
        self._foresight = Foresight(chain, self._values, finals, self._probes, self._share)
        self._loose: set[Value] = set()
        """The nodes whose number has not their name: they may be meant by a later one that has."""
        self._decided: dict[int, Kind] = {}
        self._mistake: Any = None
        self._lines: dict[tuple[str, int], tuple[Any, str]] = {}
        self._turns, self._idle = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
        """How often the number of a line was found to be a wrong gradient, and none at all."""
        self.kinds: list[Kind] = [Kind.UNKNOWN] * len(events)
        self.pairs: dict[Value, Paired] = {node: Paired(number, None) for node, number in known.items()}
        self._pair_all(is_brief=is_brief)

    def _matcher(self, numbers: Mapping[Value, Any]) -> Matcher:
        return Matcher(self._probes, self._share, ((node, numbers[node]) for node in self._asked if node in numbers))

    def _pair_all(self, *, is_brief: bool) -> None:
        final_at: dict[int | None, list[Final]] = {}
        for final in self._finals:
            final_at.setdefault(final.at, []).append(final)
        for place in range(len(self._events)):
            if place in final_at:
                for final in final_at[place]:
                    self._pair_final(final, place)
            else:
                self.kinds[place] = self._decided.get(place) or self._kind(place)
            if is_brief and self.kinds[place] is Kind.WRONG:
                return
        for final in final_at.get(None, ()):
            self.pairs[final.node] = Paired(final.value, None)

    def _pair_final(self, final: Final, place: int) -> None:
        value = np.asarray(final.value, dtype=float)
        self.pairs[final.node] = Paired(final.value, place)
        if near(value, self._chain.truth[final.node], self._share):
            self.kinds[place] = Kind.TRUE
        elif final.node in self._arrived and near(value, self._arrived[final.node], self._share):
            self.kinds[place] = Kind.CARRIED
        else:
            self.kinds[place] = Kind.WRONG

    def _kind(self, place: int) -> Kind:
        event, value = self._events[place], self._values[place]
        if not value.size or not np.isfinite(value).all():
            return Kind.UNKNOWN
        if not value.any():
            return Kind.NOTHING
        named = self._meant.named(event, value.size)
        is_of_input = bool(named) and all(node.is_leaf for node in named)
        is_data = not is_trivial(value) and self._data.has(value)
        if self._scale != 1 and not is_of_input:
            value = self._values[place] = value / self._scale
        before = () if is_of_input else (node for one in named for node in self._meant.before(one))
        strict = list(dict.fromkeys([*named, *before]))
        right = self._hits(self._truth, value, strict)
        # Downstream of a mistake a true gradient is more likely a coincidence than what follows.
        likely = [node for node in right if self._is_untouched(node)]
        if likely or (right and not self._hits(self._carried, value, strict)):
            return self._right(likely or right, strict, value, place)
        if is_data and (not strict or is_of_input or self._is_step(place)):
            return Kind.DATA
        carried = self._hits(self._carried, value, strict)
        if carried:
            node = self._best(carried, strict)
            is_news = node in self._given and not near(self._given[node], value, self._share)
            self._put(node, place)
            if is_news:  # what was given before was none of its gradient
                self._renew()
            return Kind.CARRIED
        parts = self._parts_of(value)
        # What is on the way to the gradient of an input is judged when it is done.
        if not is_of_input and not self._is_step(place) and not (event.handed_on and self._is_mistake(value)):
            wrong = self._wrong(event, value, place, named, parts)
            if wrong is not None:
                at = self._taken_on(place) if parts and not named else place
                self._decided[at] = self._put_wrong(wrong, at)
                return self._decided[at] if at == place else Kind.PART
        return Kind.PART if parts else Kind.SCALED if self._is_multiple(value) else Kind.UNKNOWN

    def _hits(self, matcher: Matcher, value: Any, strict: Sequence[Value]) -> list[Value]:
        if is_trivial(value) and not strict:
            return []
        found = matcher.find(value)
        named = [node for node in found if not strict or node in strict]
        if named or any(fits(node, value.shape) for node in strict):
            return named
        # The name is that of something that was turned on the way, and has another shape by now.
        return [node for node in found if fits(node, value.shape)]

    def _is_mistake(self, value: Any) -> bool:
        """Whether they are, bit for bit, the numbers that were found wrong last, which are only handed on."""
        return self._mistake is not None and np.array_equal(value, self._mistake)

    def _is_untouched(self, node: Value) -> bool:
        return self._arrived is self._chain.truth or (
            node in self._arrived and near(self._arrived[node], self._chain.truth[node], self._share)
        )

    def _right(self, hits: list[Value], strict: Sequence[Value], value: Any, place: int) -> Kind:
        if not strict and not self._is_step(place):
            wrong = self._taken_for_another(hits[0], value, place)
            at = place if wrong is None else self._taken_on(place, self._is_on_the_way)
            if wrong is not None and at != place:  # right here, and taken on as it is where a slope is left out
                self._put(hits[0], place)
                self._decided[at] = self._put_wrong(wrong, at)
                return Kind.TRUE
            if wrong is not None:
                return self._put_wrong(wrong, place)
        node = self._best(hits, strict)
        self._put(node, place)
        if node not in strict:
            self._loose.add(node)
        return Kind.TRUE

    def _taken_for_another(self, node: Value, value: Any, place: int) -> Value | None:
        """The node for whose gradient theirs is taken, though it is that of a node nearer to the output; None for none.

        So it is where a slope is left out, and a name like delta stands for either.
        """
        if self._foresight.is_all_right:
            return None
        below, same = self._chain.below(node), set(self._truth.find(value))
        others = [one for one in self._of_size(value) if one in below and one not in self.pairs and one not in same][
            :MOST_NEXT
        ]
        counts = [self._explained(one, value, place) for one in others]
        best = max(counts, default=0)
        if best < TELLING:
            return None
        return others[counts.index(best)]

    def _of_size(self, value: Any) -> list[Value]:
        return self._sized.get(value.size, [])

    def _is_step(self, place: int) -> bool:
        """Whether it is changed in place before anything else reads it."""
        event = self._events[place]
        for later in self._events[place + 1 :]:
            if later.frame == event.frame and later.variable == event.variable:
                return later.is_change
            if later.frame == event.frame and event.variable in later.read:
                return False
        return False

    def _best(self, hits: list[Value], strict: Sequence[Value]) -> Value:
        """Of several nodes with one gradient the one that is named and free; else the nearest to the output."""
        for node in strict:
            if node in hits and node not in self.pairs:
                return node
        return next((node for node in hits if node not in self.pairs), hits[0])

    def _put(self, node: Value, place: int) -> None:
        self._given[node] = self._values[place]
        if node not in self._leaves:
            value = self._events[place].value
            scaled = value if self._scale == 1 else value / np.asarray(self._scale, np.asarray(value).dtype)
            self.pairs[node] = Paired(scaled, place)

    def _taken_on(self, place: int, counts: Callable[[int], bool] = lambda _: True) -> int:
        """The last event in the same call with the same numbers: where a part of a gradient is taken for the whole."""
        frame, value = self._events[place].frame, self._values[place]
        same = [at for at in range(place, len(self._events)) if self._events[at].frame == frame]
        return [
            at
            for at in same
            if self._values[at].shape == value.shape
            and np.array_equal(self._values[at], value)
            and (at == place or counts(at))
        ][-1]

    def _is_on_the_way(self, place: int) -> bool:
        """Whether a variable gets its numbers there that goes on; what is put away, or is an input's, is a result."""
        event, size = self._events[place], self._values[place].size
        return not event.is_change and not any(node.is_leaf for node in self._meant.named(event, size))

    def _put_wrong(self, node: Value, place: int) -> Kind:
        self._mistake = self._values[place]
        self._put(node, place)
        self._renew()
        return Kind.WRONG

    def _renew(self) -> None:
        self._arrived = self._chain.with_given(self._given)
        self._carried = self._matcher(self._arrived)
        self._parts = None

    def _parts_of(self, value: Any) -> list[Value]:
        """The nodes of which it is what one use passes back, or several of the uses."""
        if is_trivial(value):
            return []
        if self._parts is None:
            sources = [self._chain.truth]
            if self._arrived is not self._chain.truth:
                sources.append({**self._arrived, **self._given})
            listed = [
                (node, part)
                for numbers in sources
                for node in self._asked
                for part in self._chain.contributions(node, numbers)
            ]
            self._parts = Matcher(self._probes, self._share, listed)
        return self._parts.find(value)

    def _is_multiple(self, value: Any) -> bool:
        if is_trivial(value):
            return False
        return any(next(matcher.multiples(value), None) is not None for matcher in (self._truth, self._carried))

    def _wrong(
        self, event: Event, value: Any, place: int, named: Sequence[Value], parts: Sequence[Value]
    ) -> Value | None:
        """The node whose gradient it is meant to be; None where it is none that can be told."""
        direct = [node for node in named if node not in self.pairs or self._is_open(node, event)]
        if named and any(node.is_leaf for node in direct):
            return None
        free = list(
            dict.fromkeys((*direct, *(n for one in direct for n in self._meant.before(one) if n not in self.pairs)))
        )
        others = [node for node in parts if node not in self.pairs and not node.is_leaf]
        candidates = free or others or [node for node in self._of_size(value) if node not in self.pairs]
        if not candidates or (not free and (is_trivial(value) or (named and not others))):
            return None
        line = (event.file, event.line)
        if line in self._lines:  # the same line of a loop means the same place of the forward
            candidates = [node for node in candidates if self._lines[line] == self._role(node)][:4] or candidates
        if self._idle[line] >= MOST_TURNS:
            return None
        if self._turns[line] >= MOST_TURNS:
            return candidates[0] if self._role(candidates[0]) == self._lines[line] else None
        candidates = candidates[:MOST_CANDIDATES]
        counts = [self._explained(node, value, place) for node in candidates]
        best = max(counts)
        if any(count < 0 for node, count in zip(candidates, counts) if node in direct):
            return None  # a gradient that is right speaks against it
        chosen = candidates[counts.index(best)]
        is_idle = best == 0 and (parts or not free)
        if best < 0 or is_idle or (best == 0 and chosen in self.pairs):
            self._idle[line] += 1
            return None
        self._turns[line] += 1
        self._lines[line] = self._role(chosen)
        return chosen

    def _is_open(self, node: Value, event: Event) -> bool:
        """Whether a node that has a number may be meant by a later one: of its name alone, or of the same variable."""
        at = self.pairs[node].at
        before = None if at is None else self._events[at]
        is_same = before is not None and (before.frame, before.variable) == (event.frame, event.variable)
        return node in self._loose or is_same

    def _role(self, node: Value) -> tuple[Any, str]:
        uses = ", ".join(str(consumer.op) for consumer, _ in self._chain.uses[node])
        return (node.shape, f"{node.op} {node.label} {uses}")

    def _explained(self, node: Value, value: Any, place: int) -> int:
        return self._foresight.explained(node, value, place, self._given, self._arrived, self._is_known)

    def _is_known(self, numbers: Any) -> bool:
        return self._truth.has(numbers) or bool(self._parts_of(numbers))
