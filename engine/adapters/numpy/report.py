"""The verdict: the gradients that were given, and what is on the way as the fixed run shows it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from ...amounts import largest, near
from ...number import one_line
from ...repair.hooks import Event
from ...repair.localize import is_equal, is_telling
from ...repair.proof import LATE, Proof
from ...repair.proof import Cause as ProvenCause
from ...repair.source import Line, Source, source_at, whose
from ...slips.slip import Slip
from ...value import Value
from ...verdict.comparison import Comparison
from ...verdict.result import NodeResult
from ...verdict.status import Status
from ..reading import Cause, blame
from .gradients import core_shape
from .proving import Checked

SIGN = "the size fits, the sign does not: look for a lost or an extra minus."

MOST_DIAGNOSED = 300
"""In a larger graph what is wrong on a line that is known is named by the edit alone: to diagnose it takes seconds.
Where no edit names it, in one that is as much smaller as there are causes."""
UNTRIED = "{}: it was not tried which of the usual mistakes it is."

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


class Report:
    """The verdict on some gradients, after what repair has shown of them; if `quick` without those between."""

    def __init__(self, checked: Checked, given: Mapping[str, Any], proof: Proof, *, quick: bool = False) -> None:
        self._expected, self._proof, self._times, self._is_quick = checked.expected, proof, 1, quick
        self._is_named_by_edit = quick or len(self._expected.chain.order) > MOST_DIAGNOSED
        self._shown = {} if proof.shown is None else dict(proof.shown.seen)
        leaves, there = self._expected.leaves, {} if proof.shown is None else proof.shown.outcome.gradients
        self._given = {leaves[of]: Paired(value, self._line_of(of, there.get(of))) for of, value in given.items()}
        for out, up in checked.outs:
            if out.op is not None and near(self._expected.reference[out], up, self._expected.share):
                self._given[out] = Paired(up)

    def comparison(self) -> Comparison:
        """Return the verdicts on what the user's backward wrote: the fixed run tells which node a variable is of."""
        proof, pairs = self._proof, dict(self._given)
        fixed = self._shown if proof.fixed is None else dict(proof.fixed.seen)
        pairs |= self._match(self._expected.chain.truth, fixed, pairs)
        if not proof.is_whole:
            pairs |= self._find_origins()
        self._name_nodes(pairs)
        found = self._compare(pairs)
        is_right = all(found[leaf].status is Status.CORRECT for leaf in self._expected.leaves.values())
        if not found.ok and is_right:  # the way is no matter then
            pairs = {node: one for node, one in pairs.items() if found[node].status is Status.CORRECT}
            found = self._compare(pairs)
        if found.ok:
            return Comparison(found.evidence._replace(sources=_sources(pairs)))
        return self._blame_causes(found, pairs) if proof.is_whole else self._blame_origins(found, pairs)

    def _compare(self, pairs: Pairs) -> Comparison:
        return self._expected.compare({node: one.value for node, one in pairs.items()})

    def _line_of(self, of: str, value: Any) -> Line | None:
        """Find where a gradient is first written; a 0 by its name, as many a 0 is written that is none."""
        is_any = bool(np.any(value))
        shown = (event for event, one in self._shown.items() if is_equal(one, value))
        return next((event.line for event in shown if is_any or of in whose(event.name)), None)

    def _match(self, truth: Mapping[Value, Any], run: Mapping[Event, Any], taken: Collection[Value]) -> Pairs:
        """Find by node the number that is its true gradient in a run, as it is in the run that is checked."""
        inner, share = () if self._is_quick else self._expected.inner, self._expected.share
        nodes = [node for node in truth if node in inner and not node.is_leaf and node not in taken]
        known = sorted((largest(truth[node]), place, node) for place, node in enumerate(nodes))
        sizes, found = [size for size, *_ in known], Pairs()
        for event, value in run.items() if nodes else ():
            here, size = self._shown.get(event), largest(value)
            off = 3.0 * share * size
            first, last = bisect_left(sizes, size - off), bisect_right(sizes, size + off)
            if here is None or first == last or not is_telling(value).any():
                continue
            alike = (one for *_, one in sorted(known[first:last], key=itemgetter(1)) if one not in found)
            same = (one for one in alike if core_shape(truth[one]) == core_shape(value))
            free = [one for one in same if near(truth[one], value, share)]
            if free and not any(is_equal(here, one.value) for one in self._given.values()):
                node = min(free, key=lambda one: one.label not in whose(event.name))
                found[node] = Paired(here, event.line, event.name)
        return found

    def _find_origins(self) -> Pairs:
        """Find the numbers from which what is wrong follows, and those that follow on the way."""
        pairs: Pairs = {}
        for line, names in self._proof.origins.items():
            loops: dict[tuple[Any, ...], list[Any]] = {}
            for event, value in self._shown.items():
                if event.line == line:
                    loops.setdefault((event.name, *event[:2]), []).append(value)
            several = [(name, some) for (name, *_), some in loops.items() if len(some) > 1]
            for name, values in [*several, *((name, [one]) for (name, *_), some in loops.items() for one in some)]:
                of_name = partial(self._expected.is_name_of, name)
                some = self._expected.assignments(values)
                likeliest = sorted(some, key=lambda one: (not any(map(of_name, one[0])), one[1]))
                found = ((*one, self._expected.chain.recompute(one[0])) for one in likeliest)
                origin = next((one for one in found if self._gives(one[-1], names)), None)
                if origin is not None:
                    given, self._times, arrived = origin
                    pairs |= {node: Paired(value, line) for node, value in given.items()}
                    pairs |= self._match(arrived, self._shown, {*pairs, *self._given})
                    break
        return pairs

    def _gives(self, arrived: Mapping[Value, Any], names: frozenset[str]) -> bool:
        """Tell whether what arrives from an origin are the gradients that were written at these inputs."""
        leaves, share = [self._expected.leaves[name] for name in names], 10 * self._expected.share
        return all(near(arrived[leaf], self._given[leaf].value, share) for leaf in leaves)

    def _name_nodes(self, pairs: Pairs) -> None:
        """Name each node without a name after its gradient, where no other has that name."""
        taken = {node.label for node in self._expected.reference}
        for node, one in pairs.items():
            name = one.name[1:] if one.name[:1] == "d" and one.name[1:] in whose(one.name) else one.name
            if not node.label and name and name not in taken and not name.isdigit():  # d1 is of no variable
                node.label = name
                taken.add(name)

    def _blame_causes(self, found: Comparison, pairs: Pairs) -> Comparison:
        """Return a verdict in which the proven lines alone are to blame: the rest follows from them."""
        wrong, made = found.causes, _sources(pairs)
        nodes: dict[Value, ProvenCause] = {}
        for cause in self._proof.causes:
            # The wrong number that its line makes, else the first that it leads to.
            left = [one for one in wrong if one.node not in nodes]
            here = [one for one in left if cause.is_at(made.get(one.node))]
            here.sort(key=lambda one: made[one.node] != cause.source)
            led = [one for one in left if self._expected.names_below[one.node] & cause.fixed]
            for result in [*here, *led, *left][:1]:
                nodes[result.node] = cause
        alone = _blame_alone(found, nodes)
        causes = {
            node: Cause(self._slip(cause, alone[node], is_there=cause.is_at(made.get(node))), cause.source)
            for node, cause in nodes.items()
        }
        return self._verdict(found, causes, made)

    def _slip(self, cause: ProvenCause, result: NodeResult, *, is_there: bool) -> Slip:
        """Return the slip of a proven cause, in the words of the numbers' own slip where that is known."""
        is_scale = cause.kind in ("factor", "sign")  # asked of the numbers first: to diagnose a long loop is dear
        own = _scale(result, self._proof, cause.source[:2], cause.hint) if is_scale and is_there else None
        own = own or (result.slip if is_there and not self._is_named_by_edit else None)
        return cause.explain(own, one_line(result.name))

    def _blame_origins(self, found: Comparison, pairs: Pairs) -> Comparison:
        """Return a verdict in which the origins are to blame, or the front."""
        lines, wrong, made = self._proof.blame(), found.causes, _sources(pairs)
        nodes: dict[Value, Line | None] = {}
        for line, names in lines.items():
            led = [one for one in wrong if one.node not in nodes and self._expected.names_below[one.node] & names]
            if led:
                nodes[min(led, key=lambda one: pairs[one.node].line != line).node] = line
        right = (name for name, leaf in self._expected.leaves.items() if found[leaf].status is Status.CORRECT)
        explained = frozenset(right).union(*lines.values())
        for one in wrong:
            if not self._expected.names_below[one.node] <= explained:
                nodes.setdefault(one.node, None)
        are_many = self._is_named_by_edit or len(nodes) * len(self._expected.chain.order) > MOST_DIAGNOSED
        tried = [node for node, at in nodes.items() if at is None] if are_many else [*nodes]
        alone, causes, doubts = _blame_alone(found, tried or nodes), dict[Value, Cause](), dict[str, None]()
        for node, at in nodes.items():
            slip = None if at is None else _scale(alone[node], self._proof, at)
            if slip is None:
                name = one_line(alone[node].name)
                slip = alone[node].slip if node in tried else Slip("rule", UNTRIED.format(name))
                slip = slip or self._proof.ask_of_unread(name)
            source, doubt = self._proof.doubt(made.get(node) if at is None else source_at(*at))
            causes[node] = Cause(slip, source)
            doubts[doubt] = None
        late = LATE if self._proof.is_late else ""
        times = CONVENTION.format(self._times) if self._times != 1 and lines == self._proof.origins else ""
        return self._verdict(found, causes, made, f"{times} {late}{''.join(doubts)}".strip())

    def _verdict(
        self, found: Comparison, causes: Mapping[Value, Cause], made: Mapping[Value, Source], remark: str = ""
    ) -> Comparison:
        """Return a comparison with the proven causes in it, and the lines that gradients were written at."""
        graph, remarks = found.evidence._replace(sources=made), [found.remark, remark]
        return Comparison(blame(graph, causes, remarks=remarks, patch=self._proof.patch))


def _blame_alone(found: Comparison, nodes: Collection[Value]) -> Comparison:
    """Return the same verdict with some nodes alone to blame: to diagnose every step of a long loop is dear."""
    return Comparison(blame(found.evidence, dict.fromkeys(nodes, Cause(None, None)))._replace(slips=None))


def _sources(pairs: Pairs) -> dict[Value, Source]:
    return {node: source_at(*one.line) for node, one in pairs.items() if one.line is not None}


def _scale(result: NodeResult, proof: Proof, line: Line, hint: str = "") -> Slip | None:
    """Return the slip of a line that writes a multiple of what is right, and does not only add it to something."""
    times, text = proof.factors.get(line), source_at(*line).text
    if times is None or " += " in text or " -= " in text:
        return None
    if abs(times + 1.0) < 1e-4:
        return Slip("sign", f"{one_line(result.name)}: {SIGN}")
    return Slip("factor", f"{one_line(result.name)}: off by the factor {times:.4g}{f': {hint}' if hint else '.'}")
