"""What is said of a Function that is wrong: which mistake it makes for an input, and on which line."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import torch

from ...arrays.edges import Floats
from ...comparator import compare
from ...errors import HandgradError
from ...repair.deadline import Deadline
from ...repair.proof import Proof
from ...repair.source import Source, return_line
from ...slips.slip import Slip
from ...verdict.status import Status
from .mirror import mirror_graph
from .proving import prove
from .recording import backward_of, upstream_name
from .replay import Replay
from .tensors import alike, is_asked_of, numbers_of
from .truth import Input, Who

MOST_DIAGNOSED, MOST_OF_ALL = 2_000, 100_000
"""Of a call with more numbers, one with fewer is looked at, where there is one that is wrong in the same input; a call
with more of all is not looked at."""
NO_GRADIENT = "{}: backward returns None for it, and the output does depend on it."
NOT_CONJUGATED = (
    "{}: that is the slope without its conjugate. Of complex numbers, autograd takes the upstream gradient times the "
    "conjugate of the slope."
)
MEANT = (
    "{}: nothing that comes out moves with it here, and backward passes something on. If that is meant, as in a "
    "straight-through estimator, say so: watch(intended=[{}])."
)
UNEXPLAINED = (
    "{}: what backward returns for it is not the slope of the forward. Measure one entry: move it by 0.001, run the "
    "forward again, and divide what the output has moved by 0.001."
)


def cause_of(
    inputs: Sequence[Input], wrong: Mapping[Input, Slip], proofs: dict[Any, Proof], deadline: Deadline, *, quick: bool
) -> tuple[Slip, Source | None]:
    """Return what is to be said of all wrong inputs, each mistake once, and the line of the first.

    Args:
        proofs: what experiments show, by Functions: each is tried once.
        quick: whether experiments say only where it is wrong, without a change.
    """
    function = inputs[0].replay.call.function
    if function not in proofs:
        is_large = inputs[0].count > MOST_DIAGNOSED
        less = next((one.less for one in wrong if one.less is not None), None) if is_large else None
        judged = {one.place: one.who for one in inputs}
        proofs[function] = prove((less or inputs[0]).replay, judged, deadline, quick=quick)
    proof = proofs[function]
    reports: dict[Any, tuple[Slip, Source | None]] = {}
    for one, slip in wrong.items():
        cause = next((cause for cause in proof.causes if one.name in cause.fixed), None)
        if proof.is_whole:
            cause = cause or proof.causes[0]
            slip = cause.explain(slip, one.name, UNEXPLAINED.format(one.name))
            reports.setdefault(id(cause), (slip, cause.source))
        else:
            source = return_line(backward_of(function), one.place, one.replay.ran)
            reports[one] = slip, proof.locate(one.name, source)
    first, source = next(iter(reports.values()))
    return Slip(first.kind, " ".join(slip.message for slip, _ in reports.values()), first.also), source


def slip_of(one: Input, truth: Floats | None) -> Slip:
    """Return the slip in what a backward gives for an input, whose gradient is the `truth`, if that is known."""
    if one.given is None:
        return Slip("missing-path", NO_GRADIENT.format(one.name))
    if truth is not None and not truth.any():
        return Slip("rule", MEANT.format(one.name, one.replay.call.name))
    less = one.less if one.count > MOST_DIAGNOSED else None
    found = None if less is None else _diagnose(less)
    if found is None and one.count <= MOST_OF_ALL:
        found = _diagnose(one)
    return found or Slip("rule", UNEXPLAINED.format(one.name))


def _diagnose(one: Input) -> Slip | None:
    """Return the slip in the forward's own graph, or else in its measured slopes."""
    theirs = one.theirs
    if theirs is None:
        return None
    if one.autograd is not None and one.who is Who.AUTOGRAD:
        slip = _wrong_axis(one, theirs, _replay_autograd(one, torch.ones_like), one.autograd)
        return slip or _not_conjugated(one, theirs) or _match_graph(one, theirs)
    jacobian, truth = one.slopes.jacobian, one.slopes.gradient
    if jacobian is None or truth is None:
        return None
    return _wrong_axis(one, theirs, jacobian.sum(0).reshape(one.x.shape), truth) or _match_slopes(one, theirs, jacobian)


def _replay_autograd(one: Input, changed: Callable[[torch.Tensor], torch.Tensor]) -> Floats | None:
    """Return what autograd gives for an input and other upstream gradients."""
    traced = one.replay.replace_upstream(changed).trace()
    return None if traced is None else traced.gradients[one.place]


def _match_graph(one: Input, theirs: Floats) -> Slip | None:
    replay = one.replay
    traced = replay.trace(in_detail=True)
    if traced is None:
        return None
    start, inputs = traced.start, traced.inputs
    try:
        with replay.world():  # the steps' own tensors may be of single precision
            nodes = mirror_graph(start, traced.names, traced.numbers, inputs.values(), list(_constants(replay)))
            for number, at in traced.outputs.items():
                upstream = replay.upstream[number]
                if at in nodes and upstream is not None and at != start:
                    nodes[at].grad = numbers_of(upstream)[()]
            for other, at in inputs.items():
                given = one.answer.gradients[other]
                if given is not None and at in nodes:
                    nodes[at].grad = numbers_of(given)[()]
            node = nodes.get(inputs[one.place])
            if node is None:
                return None
            node.grad = (theirs.astype(np.float32) if replay.is_coarse else theirs)[()]
            result = compare(nodes[start], nodes=[node], typed=False)[node]
    except (HandgradError, ArithmeticError):
        return None
    return result.slip if result.status is Status.WRONG else None


def _constants(replay: Replay) -> Iterator[tuple[str, Floats]]:
    """Yield what goes into the forward without being asked about, the upstream gradients among it, by name."""
    pairs = [pair for n, pair in enumerate(zip(replay.names, replay.inputs)) if n not in replay.call.asked]
    try:
        beside = inspect.getclosurevars(inspect.unwrap(replay.forward))
        pairs += [*beside.globals.items(), *beside.nonlocals.items()]
    except (TypeError, ValueError):
        pass
    pairs += [(upstream_name(replay.call.function, n), one) for n, one in enumerate(replay.upstream)]
    return ((name, numbers_of(thing)) for name, thing in pairs if is_asked_of(thing))


def _match_slopes(one: Input, theirs: Floats, jacobian: Floats) -> Slip | None:
    """Return the slip in the measured slopes, which are asked where autograd cannot be."""
    from ...rulecheck.exercise import measured_truth, wrong_in  # few Functions come here
    from ...rulecheck.query import Asked
    from ...rulecheck.rule import Answer, Rule

    output = one.replay.row(one.replay.inputs)
    given = (theirs[()],)
    rule = Rule("output", [one.x[()]], output, lambda *_: Answer(given), names=[one.name])
    truth = measured_truth(one.replay.call.name, output, [jacobian], rule.inputs)
    try:
        return next((one.slip for one in wrong_in(Asked(rule, one.replay.upstream_row, given), truth)), None)
    except (HandgradError, ArithmeticError):
        return None


def _wrong_axis(one: Input, theirs: Floats, slopes: Floats | None, truth: Floats) -> Slip | None:
    """Return the slip where the upstream gradient is broadcast along wrong axes; `slopes` are for one of ones."""
    upstreams, shape = one.replay.upstreams, theirs.shape
    if len(upstreams) != 1 or not 0 < upstreams[0].ndim < len(shape) or slopes is None or slopes.shape != shape:
        return None
    (upstream,) = upstreams
    given, right = None, None
    for axes in combinations(range(len(shape)), upstream.ndim):
        if tuple(shape[axis] for axis in axes) == upstream.shape:
            product = slopes * np.expand_dims(upstream, tuple(set(range(len(shape))) - set(axes)))
            given = axes if alike(theirs, product) else given
            right = axes if alike(product, truth) else right
    if given is None or right is None or given == right:
        return None
    return Slip("wrong-axis", wrong_axis(one.name, upstream_name(one.replay.call.function), given, right))


def wrong_axis(name: str, upstream: str, given: tuple[int, ...], right: tuple[int, ...]) -> str:
    """Say that the upstream gradient is broadcast along other axes than its own."""
    one, other = (f"{'axis' if len(axes) == 1 else 'axes'} {', '.join(map(str, axes))}" for axes in (given, right))
    return f"{name}: {upstream} is multiplied in along {one}; {other} would be right."


def _not_conjugated(one: Input, theirs: Floats) -> Slip | None:
    """Return the slip where the slope of a complex function is not conjugated, as autograd's is."""
    if not one.replay.inputs[one.place].is_complex():
        return None
    passed = _replay_autograd(one, torch.Tensor.conj_physical)
    is_so = passed is not None and alike(theirs, passed * (1.0, -1.0))
    return Slip("rule", NOT_CONJUGATED.format(one.name)) if is_so else None
