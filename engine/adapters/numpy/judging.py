"""The verdict on a backward: their numbers filled in on the graph of their forward, and judged as every other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...arrays.amounts import largest, near
from ...arrays.filled import fill
from ...comparator import compare
from ...repair.source import Source
from ...value import Value
from ...verdict.comparison import Comparison
from ...verdict.convention import counts
from ...verdict.entries import all_near
from ...verdict.result import NodeResult
from ...verdict.rounding import Tolerance
from ...verdict.status import Status
from ...verdict.targets import Reference
from .blaming import Lines
from .chain import Chain
from .events import Event, Recorder
from .fixed import paired_as_fixed
from .following import Followed
from .kinds import Final, Paired
from .matching import NEAR, is_trivial
from .naming import whose
from .pairing import Pairing

RTOL = 1e-5
"""Their numbers are computed, by other formulas than ours: an eps that is left out of a slope is no mistake."""
FLOOR = 1e-7
"""How far a number may be off as a share of the largest of its array: small ones may be differences of large ones."""
MOST_SCALES = 3
LONG = 150
"""With more numbers on the way than that a backward is a long loop."""
LEAST_DOUBT = (1, 1, False)
"""One cause, on one line, and no scale."""


class _Attempt(NamedTuple):
    """The verdict on one reading of the events.

    Attributes:
        scale: see `pairing.Pairing`.
        doubt: how much speaks against it, the gravest first.
    """

    scale: int
    pairing: Pairing
    pairs: dict[Value, Paired]
    found: Comparison
    doubt: tuple[int, int, bool]


class Backward:
    """What is known of a run of their backward.

    Args:
        chain: the graph of their forward.
        finals: the gradients that it gives.
        recorder: what it does on the way.
        upstream: the gradients that arrive; () for a loss.
        before: what the forward does: a line that it has run too, as in a function that both call, is not to blame
            for what it is called with.
    """

    def __init__(
        self,
        chain: Chain,
        followed: Followed,
        finals: Sequence[Final],
        recorder: Recorder,
        upstream: Sequence[Any] = (),
        before: Recorder | None = None,
    ) -> None:
        self.chain, self._followed, self._finals = chain, followed, finals
        self._calls, self._choices, self._before = recorder.calls, recorder.choices, before
        self._events, self._arguments = recorder.events, recorder.arguments
        # An output that others are computed from has more of a gradient than what arrives from outside.
        self._known = {
            out: up
            for out, up in zip(followed.outs, upstream)
            if out in self.chain and out.op is not None and near(self.chain.truth[out], up, NEAR)
        }
        self._given = {final.node: Paired(final.value, final.at) for final in finals}
        self._leaves = self._given.keys()
        truth: dict[Value, Any] = {
            node: number if node.shape else float(number) for node, number in self.chain.truth.items()
        }
        floors = {
            node: np.broadcast_to(FLOOR * largest(number), node.shape) if node.shape else FLOOR * abs(number)
            for node, number in truth.items()
        }
        self._reference = Reference(truth, floors, is_own=True)

    @property
    def is_long(self) -> bool:
        """Whether so much is done on the way that it takes long to judge."""
        return len(self._events) > LONG

    def at_first(self) -> Comparison:
        """The verdict on the gradients that it gives, and on what it does before its first mistake."""
        if self._are_given_right():
            return self._compare(self._given)
        pairing = Pairing(self.chain, self._followed, self._events, self._finals, self._known, is_brief=True)
        first = {node: paired for node, paired in pairing.pairs.items() if node not in self._leaves}
        found = self._compare(first | self._given)
        self._place(found, first, pairing)
        return found

    def _are_given_right(self) -> bool:
        return all(map(self._is_plainly_right, self._finals)) or self._compare(self._given).ok

    def _is_plainly_right(self, final: Final) -> bool:
        """Whether it is right at first sight."""
        number, truth = self._as_filled(final.node, final.value), self._reference[final.node]
        if np.shape(number) != np.shape(truth):
            return False
        number, truth, noise = map(np.atleast_1d, (number, truth, self._reference.noise[final.node]))
        return all_near(Tolerance(RTOL), number, truth, noise, 0.0)

    def comparison(self) -> Comparison:
        """The verdict, with the line of each number."""
        if self._are_given_right():
            return self._all_right()
        plain = self._attempt(1)
        attempts = [plain]
        for scale in self._scales():
            if attempts[-1].doubt <= LEAST_DOUBT:
                break
            scaled = self._attempt(scale)
            if not self._is_refuted(scaled, plain):
                attempts.append(scaled)
        best = min(attempts, key=lambda attempt: attempt.doubt)
        self._name_nodes(best.pairs)
        self._fill(best.pairs)
        found = best.found
        self._place(found, best.pairs, best.pairing)
        remarks = [self._of_a_choice(found, best.pairs)]
        if best.scale != 1:
            remarks.append(
                f"On the way the numbers are {best.scale} times the gradient, and the division by {best.scale} is made "
                "at the inputs: that is a convention, and they are judged without the factor."
            )
        found.remark = " ".join(filter(None, [found.remark, *remarks]))
        return found

    def judge_fixed(self, fixed: Sequence[Event]) -> tuple[Comparison, dict[Value, Source]]:
        """The verdict on the numbers that are gradients where the backward is fixed, and the line that made each."""
        pairs = {node: Paired(number, None) for node, number in self._known.items()}
        pairs |= self._given
        pairs |= paired_as_fixed(self._events, fixed, self.chain, self._followed, pairs)
        self._name_nodes(pairs)
        found = self._compare(pairs)
        made = {node: self._events[one.at].source for node, one in pairs.items() if one.at is not None}
        return found, made

    def names_below(self, node: Value) -> frozenset[str]:
        """The names of the inputs that a gradient of a node is passed on to; its own among them."""
        reached = {node, *self.chain.below(node)}
        return frozenset(name for name, leaf in self._followed.leaves.items() if leaf in reached)

    def _of_a_choice(self, found: Comparison, pairs: Mapping[Value, Paired]) -> str:
        """What to say where the line of a cause uses a mask or indices, which are no gradients and not judged."""
        for cause in found.causes:
            at = pairs[cause.node].at
            if at is None or self._events[at].source != cause.source:
                continue
            line, frame = self._events[at].source, self._events[at].frame
            for name in sorted(self._events[at].read):
                made = self._choices.get((frame, name))
                if made is not None and made != line:
                    uses = f"{line.place} uses {name}, made at {made.place}"
                    return f"{uses}: a wrong mask or index shows where it is used, so look there too."
        return ""

    def _is_refuted(self, scaled: _Attempt, plain: _Attempt) -> bool:
        """Whether nothing on the way speaks for a scale, or each input gets its gradient from what is right without."""
        right, without = set(self._right_on_the_way(scaled)), set(self._right_on_the_way(plain))
        above = [self.chain.above(leaf) for leaf in self._leaves]
        if without:
            return not any(right & nodes and not without & nodes for nodes in above)
        return not self._on_the_way(scaled)

    def _right_on_the_way(self, attempt: _Attempt) -> list[Value]:
        return [node for node in self._on_the_way(attempt) if attempt.found[node].status is Status.CORRECT]

    def _on_the_way(self, attempt: _Attempt) -> list[Value]:
        """The nodes between the output and the inputs that have a telling number of theirs."""
        given = self._leaves | self._known.keys()
        return [node for node, paired in attempt.pairs.items() if node not in given and not is_trivial(paired.value)]

    def _scales(self) -> list[int]:
        """What a mean of the forward is over: some divide by that at the inputs alone."""
        lengths = {length for node in self.chain.order for length in (*node.shape, np.size(node.data))}
        return sorted(count for count in counts(self.chain.order) if count > 1 and count in lengths)[:MOST_SCALES]

    def _attempt(self, scale: int) -> _Attempt:
        pairing = Pairing(self.chain, self._followed, self._events, self._finals, self._known, scale)
        pairs = dict(pairing.pairs)
        found = self._compare(pairs)
        lines = Lines(self._events, self._arguments, pairing.kinds)
        places = {
            lines.blamed(at, self._granted(result.node, pairs))
            for result in found.causes
            if (at := pairs[result.node].at) is not None
        }
        blamed = {self._events[at].source for at in places}
        doubt = (len(found.causes), len(blamed), scale != 1)
        return _Attempt(scale, pairing, pairs, found, doubt)

    def _compare(self, pairs: Mapping[Value, Paired]) -> Comparison:
        self._fill(pairs)
        return compare(self.chain.root, nodes=list(pairs), reference=self._reference, rtol=RTOL, typed=False)

    def _fill(self, pairs: Mapping[Value, Paired]) -> None:
        for node in self.chain.order:
            node.grad = None
        for node, paired in pairs.items():
            fill(node, self._as_filled(node, paired.value))

    def _as_filled(self, node: Value, value: Any) -> Any:
        numbers = np.asarray(value)
        if self._followed.is_coarse and numbers.dtype == np.float64:
            numbers = numbers.astype(np.float32)
        is_final = node in self._leaves
        if not node.shape:
            if numbers.size == 1:
                return numbers.reshape(()).item() if numbers.dtype == np.float64 else numbers.reshape(())[()]
            return numbers
        if numbers.shape != node.shape and not is_final and numbers.size == np.size(node.data):
            numbers = numbers.reshape(node.shape)
        return numbers if numbers.shape != node.shape else self._without_ties(node, numbers)

    def _without_ties(self, node: Value, numbers: Any) -> Any:
        """At a kink any of its slopes will do, and the number there is taken for ours."""
        ties = self.chain.ties(node)
        if ties is None or not np.isfinite(numbers).all():
            return numbers
        return np.where(ties, np.asarray(self.chain.truth[node]).astype(numbers.dtype), numbers)

    def _all_right(self) -> Comparison:
        """Every gradient that is given is right: of the way what is right is shown, and the rest is no matter."""
        pairing = Pairing(self.chain, self._followed, self._events, self._finals, self._known)
        pairs: Mapping[Value, Paired] = pairing.pairs
        self._name_nodes(pairs)
        found = self._compare(pairs)
        if not found.ok:
            pairs = {node: paired for node, paired in pairs.items() if found[node].status is Status.CORRECT}
            found = self._compare(pairs)
        self._place(found, pairs, pairing)
        return found

    def _name_nodes(self, pairs: Mapping[Value, Paired]) -> None:
        """A node without a name of its own has that of its gradient's, where no other has it."""
        taken = {node.label for node in self.chain.order}
        for node, paired in pairs.items():
            if not node.label and paired.at is not None and self._events[paired.at].name:
                name = self._events[paired.at].name
                name = name[1:] if name[:1] == "d" and name[1:] in whose(name) else name
                if name not in taken:
                    node.label = name
                    taken.add(name)

    def _granted(self, node: Value, pairs: Mapping[Value, Paired]) -> list[int]:
        """The events whose numbers the verdict on a node takes as they are: those of the nodes that pass on to it."""
        return [at for one in self.chain.above(node) if one in pairs and (at := pairs[one].at) is not None]

    def _place(self, found: Comparison, pairs: Mapping[Value, Paired], pairing: Pairing) -> None:
        """Say of each number at which line it was made."""
        lines = Lines(self._events, self._arguments, pairing.kinds)
        calls: dict[int, list[NodeResult]] = {}
        for result in found.results:
            paired = pairs.get(result.node)
            if paired is None or paired.at is None:
                continue
            at = lines.reshaped(paired.at)
            if _is_wrong(result):
                at = lines.blamed(paired.at, self._granted(result.node, pairs))
            result.source = self._events[at].source
            if _is_wrong(result) and self._is_of_the_forward(self._events[at]):
                result.source = self._calls.get(self._events[at].frame, result.source)
            calls.setdefault(self._events[at].frame, []).append(result)
        for frame, results in calls.items():
            if frame in self._calls and self._is_called_wrongly(results):
                for result in self._wrong_first(results):
                    result.source = self._calls[frame]

    def _is_of_the_forward(self, event: Event) -> bool:
        """Whether the forward has run the line of an event, and has made other numbers there."""
        if self._before is None or event.source[:2] not in self._before.lines:
            return False
        made = (one.value for one in self._before.events if (one.file, one.line) == (event.file, event.line))
        return not any(np.array_equal(value, event.value) for value in made)

    def _is_called_wrongly(self, results: Sequence[NodeResult]) -> bool:
        """Whether several lines of a call are wrong by themselves, and none right: then what it was called with is."""
        first = self._wrong_first(results)
        below = {node for result in first for node in self.chain.below(result.node)}
        is_sound = any(not _is_wrong(result) and result.node not in below for result in results)
        return not is_sound and len({result.source for result in first}) > 1

    def _wrong_first(self, results: Sequence[NodeResult]) -> list[NodeResult]:
        """Of the results of a call the wrong ones that no other wrong one passes on to."""
        wrong = {result.node: result for result in results if _is_wrong(result)}
        return [result for node, result in wrong.items() if not wrong.keys() & self.chain.above(node)]


def _is_wrong(result: NodeResult) -> bool:
    """Whether its numbers are wrong by themselves; a wrong shape is seen where it is made."""
    return result.status is Status.WRONG and np.shape(result.actual) == result.shape
