"""What stood in a graph before their backward pass, or was changed since: the caller's doing, not the rules'."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...slips.slip import Slip
from ...verdict.status import Status
from ..reading import Cause
from .graph import Place
from .making import changing_line
from .subject import Judged, Subject, is_same
from .walking import Walked


class Change(NamedTuple):
    """Data that was changed after the forward pass.

    Attributes:
        node: whose data it is.
        before: the first node that had been computed from it; the node itself for one that nothing was computed from.
    """

    node: Any
    before: Any


def changed(subject: Subject) -> Change | None:
    """The change that explains which nodes do not hold what their operation gives; None where all do."""
    graph = subject.graph
    off: list[Place] = []
    for operation in subject.operations:
        off += [place for place in operation.places if operation.is_changed(place)]
    if not off:
        return None
    order = {id(node): i for i, node in enumerate(graph.order)}
    explained: dict[int, list[Any]] = {}
    things: dict[int, Any] = {}
    for place in off:
        for one in {id(one): one for one in (place.node, *place.operands)}.values():
            explained.setdefault(id(one), []).append(place.node)
            things[id(one)] = one

    def rank(one: Any) -> tuple[int, bool, bool, int]:
        """What explains most: a leaf before a node between, one with a name before a bare number."""
        is_inner = bool(graph[one].operands)
        return -len(explained[id(one)]), is_inner, not graph.engine.label(one), order[id(one)]

    node = min(things.values(), key=rank)
    uses = [one for one in explained[id(node)] if one is not node]
    return Change(node, min(uses, key=lambda one: order[id(one)], default=node))


def since(subject: Subject, once: Walked, change: Change | None) -> Judged:
    """What has happened to a graph apart from a single backward pass.

    Args:
        once: that pass, on a copy.
        change: of its data.
    """
    pairs = zip(subject.graph.order, subject.grads, once.grads)
    differ = [node for node, here, there in pairs if not is_same(here, there, subject.rtol)]
    if change is not None:
        return _of_a_change(subject, once, change, has_other_grads=bool(differ))
    if not differ or "overwrites" in subject.kinds:
        return Judged()
    first = min(differ, key=lambda node: subject.base[subject.mirror[node]].status is not Status.WRONG)
    name = subject.name(first)
    try:
        twice = subject.walker.walked(times=2)
    except Exception:  # a graph that can be walked once
        twice = once
    if all(is_same(here, there, subject.rtol) for here, there in zip(subject.grads, twice.grads)):
        clause = "backward() has been called twice on this graph, and the gradients were not set to zero in between."
        slip = Slip("double", f"{name}: {clause}", ("stale",))
    else:
        clause = "a fresh copy of the graph gets another gradient by the same backward(): was it zero before?"
        slip = Slip("stale", f"{name}: {clause}")
    return Judged([(subject.mirror[first], Cause(slip, None))])


def _of_a_change(subject: Subject, once: Walked, change: Change, *, has_other_grads: bool) -> Judged:
    if "in-place" in subject.kinds:  # an operation of theirs has made it
        return Judged(can_judge=False)
    node, before = change
    is_leaf = not subject.graph[node].operands
    # A step of descent comes after backward(), to a leaf; where no gradient depends on its data, it may have been one.
    if has_other_grads or (is_leaf and not _is_read(subject, node, once)):
        return Judged([], False, _STEPPED.format(subject.name(node)))
    earlier = "it" if before is node else subject.name(before)
    from_it = "" if before is node else " from it"
    clause = f"its data was changed, in place, after {earlier} had been computed{from_it} and before backward()."
    slip = Slip("in-place", f"{subject.name(node)}: {clause}", ("stale",))
    cause = Cause(slip, changing_line(subject.graph, subject.walker.leaves))
    return Judged([(subject.mirror[node], cause)])


def _is_read(subject: Subject, node: Any, once: Walked) -> bool:
    """Whether their backward pass gives other gradients when the data of a node is another."""
    try:
        moved = subject.walker.walked(changed={id(node): subject.graph.engine.data(node) * 1.5 + 0.3})
    except Exception:  # whatever their code says of it
        return False
    return not all(map(is_same, once.grads, moved.grads))


_STEPPED = (
    "The data of {} was changed after the forward pass, as by a step of descent: the rules were asked, but the "
    "gradients that stand there cannot be judged. Probe before the step."
)
