"""Which mistake a backward makes for an input: one graph of the call alone, given to the comparator."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import torch

from ...arrays.edges import Floats
from ...comparator import compare
from ...errors import HandgradError
from ...rulecheck.exercise import measured_truth, wrong_in
from ...rulecheck.query import Asked
from ...rulecheck.rule import Answer, Rule
from ...slips.slip import Slip
from ...verdict.status import Status
from .mirror import mirrored
from .numbers import alike, is_asked_of, numbers_of
from .replay import Replay, Traced
from .sentences import MEANT, NO_GRADIENT, NOT_CONJUGATED, UNEXPLAINED, wrong_axis
from .signature import constants_of, upstream_name
from .truth import Input, Who

MOST_DIAGNOSED, MOST_OF_ALL = 2_000, 100_000
"""Of a call with more numbers, one with fewer is looked at, where there is one that is wrong in the same input; a call
with more of all is not looked at."""


def slip_of(one: Input, truth: Floats | None) -> Slip:
    """Return the slip in what a backward gives for an input.

    Args:
        truth: its gradient; None where that is not known.
    """
    if one.given is None:
        return Slip("missing-path", NO_GRADIENT.format(one.name))
    if truth is not None and not truth.any():
        return Slip("rule", MEANT.format(one.name, one.replay.call.function.__name__))
    less = one.less if one.count > MOST_DIAGNOSED else None
    found = None if less is None else _diagnosed(less)
    if found is None and one.count <= MOST_OF_ALL:
        found = _diagnosed(one)
    return found or Slip("rule", UNEXPLAINED.format(one.name))


def _diagnosed(one: Input) -> Slip | None:
    """Return the slip in the forward's own graph, or else in its measured slopes."""
    theirs, replay = one.theirs, one.replay
    if theirs is None:
        return None
    if one.autograd is not None and one.who is Who.AUTOGRAD:
        ones = replay.with_upstream(torch.ones_like).traced()
        slopes = None if ones is None else ones.gradients[one.place]
        first = _wrong_axis(one, theirs, slopes, one.autograd) or _not_conjugated(one, theirs)
        traced = None if first is not None else replay.traced(in_detail=True)
        if traced is None:
            return first
        with replay.world():  # the steps' own tensors may be of single precision
            return _in_graph(one, theirs, traced)
    jacobian, truth = one.slopes.jacobian, one.slopes.gradient
    if jacobian is None or truth is None:
        return None
    return _wrong_axis(one, theirs, jacobian.sum(0).reshape(one.x.shape), truth) or _by_slopes(one, theirs, jacobian)


def _in_graph(one: Input, theirs: Floats, traced: Traced) -> Slip | None:
    replay = one.replay
    start = traced.start
    try:
        nodes = mirrored(start, traced.names, traced.numbers, traced.inputs.values(), _constants(replay))
        for number, at in traced.outputs.items():
            upstream = replay.upstream[number]
            if at in nodes and upstream is not None and at != start:
                nodes[at].grad = numbers_of(upstream)[()]
        for other, at in traced.inputs.items():
            given = one.answer.gradients[other]
            if given is not None and at in nodes:
                nodes[at].grad = numbers_of(given)[()]
        node = nodes.get(traced.inputs[one.place])
        if node is None:
            return None
        node.grad = (theirs.astype(np.float32) if replay.is_coarse else theirs)[()]
        result = compare(nodes[start], nodes=[node], typed=False)[node]
    except (HandgradError, ArithmeticError):
        return None
    return result.slip if result.status is Status.WRONG else None


def _constants(replay: Replay) -> list[tuple[str, Floats]]:
    """Return what goes into the forward without being asked about, by name.

    The upstream gradients are among it.
    """
    function = replay.call.function
    pairs = [pair for n, pair in enumerate(zip(replay.names, replay.inputs)) if n not in replay.call.asked]
    pairs += constants_of(replay.forward).items()
    pairs += [(upstream_name(function, n), one) for n, one in enumerate(replay.upstream)]
    return [(name, numbers_of(thing)) for name, thing in pairs if is_asked_of(thing)]


def _by_slopes(one: Input, theirs: Floats, jacobian: Floats) -> Slip | None:
    output = one.replay.row(one.replay.inputs)
    given = (theirs[()],)
    rule = Rule("output", [one.x[()]], output, lambda *_: Answer(given), names=[one.name])
    truth = measured_truth(one.replay.call.function.__name__, output, [jacobian], rule.inputs)
    try:
        return next((one.slip for one in wrong_in(Asked(rule, one.replay.upstream_row, given), truth)), None)
    except (HandgradError, ArithmeticError):
        return None


def _wrong_axis(one: Input, theirs: Floats, slopes: Floats | None, truth: Floats) -> Slip | None:
    """Return the slip where the upstream gradient is broadcast along wrong axes.

    Args:
        slopes: what the input gets from upstream gradients of one everywhere.
    """
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


def _not_conjugated(one: Input, theirs: Floats) -> Slip | None:
    """Return the slip where the slope of a complex function is not conjugated.

    Autograd takes the conjugate.
    """
    if not one.replay.inputs[one.place].is_complex():
        return None
    traced = one.replay.with_upstream(torch.Tensor.conj_physical).traced()
    if traced is None or not alike(theirs, traced.gradients[one.place] * (1.0, -1.0)):
        return None
    return Slip("rule", NOT_CONJUGATED.format(one.name))
