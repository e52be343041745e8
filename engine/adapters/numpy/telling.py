"""What experiments have proven, as a verdict: each proven line is one cause, and the rest follows from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from ...number import one_line
from ...repair.proof import LATE, Cause, Proof
from ...repair.source import Source
from ...slips.slip import Slip
from ...value import Value
from ...verdict.comparison import Comparison
from ...verdict.result import NodeResult
from ...verdict.status import Status
from ..reading import Cause as Shown
from ..reading import Reading
from .events import Event
from .judging import Backward

Sources = Mapping[Value, Source]


def told(
    found: Comparison,
    proof: Proof,
    fixed: Sequence[Event],
    judge: Backward | None,
    ran: Collection[tuple[str, int]],
) -> Comparison:
    """The verdict after experiments: what they have proven where they fix everything, else what was found before.

    Args:
        found: the verdict on the numbers on the way.
        fixed: what the backward does where it is fixed.
        judge: who knows of the way; None where nothing is known of it.
        ran: the lines that ran.
    """
    if not proof.is_whole:
        for cause in found.causes:
            if cause.source is not None and (cause.source[:2] in proof.cleared or cause.source[:2] not in ran):
                cause.source = None
        if proof.is_late:
            found.remark = f"{found.remark} {LATE}".strip()
        return found
    if judge is not None:
        again, made = judge.judge_fixed(fixed)
        below = judge.names_below
    else:
        again, made = found, {one.node: Source(*one.source) for one in found.results if one.source is not None}
        below = _itself
    result = _told(again, proof, made, below)
    result.patch = proof.patch
    return result


def _itself(node: Value) -> frozenset[str]:
    return frozenset({node.label})


def _told(
    found: Comparison,
    proof: Proof,
    made: Sources,
    below: Callable[[Value], frozenset[str]],
) -> Comparison:
    """A verdict in which the proven lines alone are to blame.

    Args:
        found: the numbers compared with the truth.
        made: by node the line that made its number.
        below: the names of the gradients that one of a node is passed on to; its own among them.
    """
    wrong = [result for result in found.results if result.status is Status.WRONG]
    causes: dict[Value, Shown] = {}
    for cause in proof.causes:
        result = _of(cause, [one for one in wrong if one.node not in causes], made, below)
        if result is not None:
            is_there = cause.is_at(made.get(result.node))
            causes[result.node] = Shown(_slip(cause, result, is_there=is_there), cause.source)
    graph, judged = found.evidence._replace(sources=made), frozenset(one.node for one in found.results)
    return Comparison(Reading(graph, causes, judged, remarks=[found.remark]).evidence)


def _of(
    cause: Cause, wrong: Sequence[NodeResult], made: Sources, below: Callable[[Value], frozenset[str]]
) -> NodeResult | None:
    """The wrong number that stands for a cause: the one that its line makes, else the first that it leads to."""
    here = [one for one in wrong if cause.is_at(made.get(one.node))]
    here.sort(key=lambda one: made[one.node].line != cause.line)
    led = [one for one in wrong if below(one.node) & cause.fixed]
    return next(iter([*here, *led, *wrong]), None)


def _slip(cause: Cause, result: NodeResult, *, is_there: bool) -> Slip:
    own = result.slip if is_there else None
    if own is not None:
        also = tuple(dict.fromkeys((*own.also, *([cause.kind] if cause.kind != own.kind else []))))
        return Slip(own.kind, own.message + cause.otherwise, also, own.edges)
    return Slip(cause.kind, f"{one_line(result.name)}: {cause.hint}{cause.otherwise}")
