"""The verdict: the gradients that were given, and what is on the way as the fixed run shows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...arrays.amounts import near
from ...number import one_line
from ...repair.proof import LATE, Cause, Proof
from ...repair.source import Source, source_at
from ...repair.suspects import Known, Line
from ...repair.trial import Numbers, Watched
from ...slips.slip import Slip
from ...value import Value
from ...verdict.comparison import Comparison
from ...verdict.result import NodeResult
from ...verdict.status import Status
from ..reading import Cause as Shown
from ..reading import Reading
from .expected import Followed
from .naming import whose
from .proving import Checked

SIGN = "the size fits, the sign does not: look for a lost or an extra minus."

CONVENTION = (
    "On the way the numbers are {0} times the gradient, and the division by {0} is made at the inputs: that is a "
    "convention, and they are judged without the factor."
)


class Paired(NamedTuple):
    """A number of the user's as the gradient of a node, and where it is written."""

    value: Any
    line: Line | None = None
    name: str = ""


Pairs = dict[Value, Paired]


def report(checked: Checked, given: Mapping[str, Any], proof: Proof, *, is_right: bool) -> Comparison:
    """Return the verdict.

    Args:
        is_right: whether all of the gradients are right: then what is on the way is no matter.
        given: the gradients by the names of what they are of.
        proof: what repair has shown of them; its `shown` is the run that is checked.
    """
    return _Report(checked, given, proof).comparison(is_right=is_right)


class _Report:
    def __init__(self, checked: Checked, given: Mapping[str, Any], proof: Proof) -> None:
        self._checked, self._expected, self._proof = checked, checked.expected, proof
        leaves = self._expected.leaves
        self._times = 1
        self._given = {leaves[of]: Paired(value, self._line_of(of, value)) for of, value in given.items()}
        for out, up in checked.outs:
            if out.op is not None and near(self._expected.reference[out], up, self._expected.share):
                self._given[out] = Paired(up)

    def comparison(self, *, is_right: bool) -> Comparison:
        proof, shown = self._proof, self._proof.shown
        pairs = dict(self._given)
        if shown is not None and self._expected.chain is not None:
            pairs |= self._matched(self._expected.chain.truth, shown, proof.fixed or shown, pairs)
        if not proof.is_whole and proof.origins and shown is not None:
            pairs = {**pairs, **self._from_origins(shown)}
        self._name_nodes(pairs)
        found = self._compare(pairs)
        if found.ok:
            return self._placed(found, pairs)
        if is_right:
            right = {node: one for node, one in pairs.items() if found[node].status is Status.CORRECT}
            return self._placed(self._compare(right), right)
        return self._proven(found, pairs) if proof.is_whole else self._localized(found, pairs)

    def _compare(self, pairs: Pairs) -> Comparison:
        return self._expected.compare({node: one.value for node, one in pairs.items()})

    def _placed(self, found: Comparison, pairs: Pairs) -> Comparison:
        for result in found.results:
            one = pairs.get(result.node)
            result.source = None if one is None or one.line is None else source_at(*one.line)
        return found

    def _line_of(self, of: str, value: Any) -> Line | None:
        """Find where a gradient is first written; a 0 by its name, as many a 0 is written that is none."""
        for place, one in _by_place(self._proof.shown).items():
            is_meant = np.any(value) or of in whose(place.name)
            if is_meant and np.shape(one) == np.shape(value) and np.array_equal(one, value):
                return place[:2]
        return None

    def _matched(self, truth: Mapping[Value, Any], shown: Watched, at: Watched, taken: Collection[Value]) -> Pairs:
        """Find by node the number that is its gradient in one run.

        It is returned as it is in the run that is checked.

        Args:
            truth: the gradients to look for.
            at: the run in which they are.
            taken: nodes that have a number.
        """
        before, inner = _by_place(shown), self._expected.inner
        nodes = [node for node in truth if node in inner and not node.is_leaf and node not in taken]
        known = Known([Numbers("gradient", node, np.asarray(truth[node])) for node in nodes], self._expected.share)
        found: Pairs = {}
        for place, value in _by_place(at).items():
            if place not in before or any(np.array_equal(before[place], one.value) for one in self._given.values()):
                continue
            numbers = (known.numbers[one] for one in sorted(known.places(value) or ()))
            fits = [one.of for one in numbers if _fits(one.of, value) and near(one.array, value, known.share)]
            free = [node for node in fits if node not in found]
            if free:
                node = min(free, key=lambda one: one.label not in whose(place.name))
                found[node] = Paired(before[place], place[:2], place.name)
        return found

    def _from_origins(self, shown: Watched) -> Pairs:
        """Find the numbers from which what is wrong follows, and those that follow on the way."""
        pairs: Pairs = {}
        written = _by_place(shown)
        for line, names in self._proof.origins.items():
            here = [(place, value) for place, value in written.items() if place[:2] == line]
            loops: dict[tuple[Any, ...], list[Any]] = {}
            for place, value in here:
                loops.setdefault(place[:-1], []).append(value)
            for values in [*(some for some in loops.values() if len(some) > 1), *([value] for _, value in here)]:
                followed = next((one for one in self._expected.followed_from(values) if self._gives(one, names)), None)
                if followed is not None:
                    pairs |= {node: Paired(value, line) for node, value in followed.given.items()}
                    self._times = followed.times
                    pairs |= self._matched(followed.arrived, shown, shown, {*pairs, *self._given})
                    break
        return pairs

    def _gives(self, followed: Followed, names: frozenset[str]) -> bool:
        leaves = [self._expected.leaves[name] for name in names]
        return all(self._is_given(leaf, followed.arrived.get(leaf)) for leaf in leaves)

    def _is_given(self, leaf: Value, value: Any) -> bool:
        given = self._given.get(leaf)
        return given is not None and value is not None and near(value, given.value, 10 * self._expected.share)

    def _name_nodes(self, pairs: Pairs) -> None:
        """Name each node without a name after its gradient, where no other has that name."""
        taken = {node.label for node in self._expected.reference}
        for node, one in pairs.items():
            name = one.name[1:] if one.name[:1] == "d" and one.name[1:] in whose(one.name) else one.name
            if not node.label and name and name not in taken:
                node.label = name
                taken.add(name)

    def _proven(self, found: Comparison, pairs: Pairs) -> Comparison:
        """Return a verdict in which the proven lines alone are to blame: the rest follows from them."""
        wrong = [result for result in found.results if result.status is Status.WRONG]
        made = {node: source_at(*one.line) for node, one in pairs.items() if one.line is not None}
        causes: dict[Value, Shown] = {}
        for cause in self._proof.causes:
            result = self._result_of(cause, [one for one in wrong if one.node not in causes], made)
            if result is not None:
                slip = _slip(cause, result, is_there=cause.is_at(made.get(result.node)))
                causes[result.node] = Shown(slip, cause.source)
        return self._told(found, causes, made, patch=self._proof.patch)

    def _result_of(self, cause: Cause, wrong: Sequence[NodeResult], made: Mapping[Value, Source]) -> NodeResult | None:
        """Return the wrong number that stands for a cause.

        It is the one that its line makes, else the first that it leads to.
        """
        here = [one for one in wrong if cause.is_at(made.get(one.node))]
        here.sort(key=lambda one: made[one.node].line != cause.line)
        led = [one for one in wrong if self._names_below(one.node) & cause.fixed]
        return next(iter([*here, *led, *wrong]), None)

    def _names_below(self, node: Value) -> frozenset[str]:
        """Return the names of the gradients that one of a node is passed on to.

        Its own among them.
        """
        chain = self._expected.chain
        reached = {node} if chain is None else {node, *chain.below(node)}
        return frozenset(name for name, leaf in self._expected.leaves.items() if leaf in reached)

    def _localized(self, found: Comparison, pairs: Pairs) -> Comparison:
        """Return a verdict in which the origins are to blame, or the front."""
        lines = self._proof.blamed()
        made = {node: source_at(*one.line) for node, one in pairs.items() if one.line is not None}
        wrong = [result for result in found.results if result.status is Status.WRONG]
        causes: dict[Value, Shown] = {}
        for line, names in lines.items():
            free = [one for one in wrong if one.node not in causes]
            led = [one for one in free if self._names_below(one.node) & names]
            led.sort(key=lambda one: pairs[one.node].line != line)
            if led:
                slip = _multiple(led[0], self._proof, line) or led[0].slip
                causes[led[0].node] = Shown(slip, source_at(*line))
        explained = frozenset().union(*lines.values())
        for one in wrong:
            if not self._names_below(one.node) <= explained:
                causes.setdefault(one.node, Shown(one.slip, made.get(one.node)))
        late = LATE if self._proof.is_late else ""
        times = CONVENTION.format(self._times) if self._times != 1 else ""
        return self._told(found, causes, made, f"{times} {late}".strip())

    def _told(
        self,
        found: Comparison,
        causes: Mapping[Value, Shown],
        made: Mapping[Value, Source],
        remark: str = "",
        patch: str = "",
    ) -> Comparison:
        graph, judged = found.evidence._replace(sources=made), frozenset(one.node for one in found.results)
        told = Comparison(Reading(graph, causes, judged, remarks=[found.remark, remark]).evidence)
        told.patch = patch
        return told


class _Place(NamedTuple):
    """A place in the code, and the how many-th time it was come to."""

    file: str
    line: int
    kind: str
    name: str
    part: int
    turn: int


def _by_place(run: Watched | None) -> dict[_Place, Any]:
    """Return what a run has written by place: sites of two runs have different numbers."""
    found: dict[_Place, Any] = {}
    turns: dict[tuple[Any, ...], int] = {}
    for event, value in run.seen if run is not None else ():
        site = run.sites[event.site] if run is not None else None
        assert site is not None
        names = site.name.split(",")
        name = names[event.part] if 0 <= event.part < len(names) else site.name
        key = (site.file, site.line, site.kind, name, event.part)
        turns[key] = turns.get(key, -1) + 1
        found[_Place(*key, turns[key])] = value
    return found


def _fits(node: Value, value: Any) -> bool:
    """Tell whether a node has a value's shape, but for axes of length 1."""
    return [length for length in node.shape if length != 1] == [length for length in np.shape(value) if length != 1]


def _slip(cause: Cause, result: NodeResult, *, is_there: bool) -> Slip:
    own = result.slip if is_there else None
    if own is not None:
        also = tuple(dict.fromkeys((*own.also, *([cause.kind] if cause.kind != own.kind else []))))
        return Slip(own.kind, own.message + cause.otherwise, also, own.edges)
    return Slip(cause.kind, f"{one_line(result.name)}: {cause.hint}{cause.otherwise}")


def _multiple(result: NodeResult, proof: Proof, line: Line) -> Slip | None:
    """Return the slip of a line that writes a multiple of something true."""
    times = None if proof.suspects is None else proof.suspects.multiple_at(line)
    if times is None:
        return None
    if abs(times + 1.0) < 1e-4:
        return Slip("sign", f"{one_line(result.name)}: {SIGN}")
    return Slip("factor", f"{one_line(result.name)}: off by the factor {times:.4g}.")
