"""Which mistake a backward makes for an input: one graph of the call alone, given to the comparator."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import torch

from ...arrays.edges import Floats
from ...comparator import compare
from ...errors import HandgradError
from ...rulecheck.exercise import measured_truth, wrong_in
from ...rulecheck.query import Asked
from ...slips.slip import Slip
from ...value import Value
from ...verdict.status import Status
from .mirror import mirrored
from .numbers import alike, is_asked_of, numbers_of
from .replay import Replay, Returned, Traced
from .sentences import not_conjugated, wrong_axis
from .signature import constants_of, input_names, upstream_name


def slip_by_tracing(replay: Replay, place: int, theirs: Floats, answer: Returned) -> Slip | None:
    """The slip in the graph of the forward's own operations; None where nothing explains it."""
    first = _wrong_axis(replay, place, theirs) or _not_conjugated(replay, place, theirs)
    if first is not None:
        return first
    traced = replay.traced(in_detail=True)
    if traced is None:
        return None
    with replay.apart():  # the steps' own tensors may be of single precision
        return _judged(replay, place, theirs, answer, traced)


def _judged(replay: Replay, place: int, theirs: Floats, answer: Returned, traced: Traced) -> Slip | None:
    start = traced.start
    try:
        nodes = mirrored(start, traced.names, traced.numbers, traced.inputs.values(), _constants(replay))
    except HandgradError:
        return None
    for number, at in traced.outputs.items():
        upstream = replay.upstream[number]
        if at in nodes and upstream is not None and at != start:
            nodes[at].grad = numbers_of(upstream)[()]
    for other, at in traced.inputs.items():
        given = answer.gradients[other]
        if given is not None and at in nodes:
            nodes[at].grad = numbers_of(given)[()]
    at = traced.inputs[place]
    if at not in nodes:
        return None
    given = theirs.astype(np.float32) if replay.is_coarse else theirs
    nodes[at].grad = given[()]
    return _slip_of(nodes[start], nodes[at])


def _constants(replay: Replay) -> list[tuple[str, Floats]]:
    """What goes into the forward without being asked about, by name; and the gradients that arrive."""
    function = replay.call.function
    pairs = [pair for n, pair in enumerate(zip(input_names(function), replay.inputs)) if n not in replay.call.asked]
    pairs += constants_of(replay.written).items()
    pairs += [(upstream_name(function, n), one) for n, one in enumerate(replay.upstream)]
    return [(name, numbers_of(thing)) for name, thing in pairs if is_asked_of(thing)]


def slip_by_measuring(replay: Replay, place: int, theirs: Floats, jacobian: Floats) -> Slip | None:
    """The slip where the forward is known by its measured slopes alone."""
    along = _wrong_axis(replay, place, theirs, jacobian)
    if along is not None:
        return along
    rule = replay.rule(place)
    truth = measured_truth(rule.name, rule.output, [jacobian], rule.inputs)
    asked = Asked(replace(rule, name="output"), replay.upstream_in_a_row, (theirs[()],))
    try:
        return next((one.slip for one in wrong_in(asked, truth)), None)
    except (HandgradError, ArithmeticError):
        return None


def _slip_of(root: Value, node: Value) -> Slip | None:
    try:
        result = compare(root, nodes=[node], typed=False)[node]
        return result.slip if result.status is Status.WRONG else None
    except (HandgradError, ArithmeticError):
        return None


def _wrong_axis(replay: Replay, place: int, theirs: Floats, jacobian: Floats | None = None) -> Slip | None:
    """The upstream gradient is broadcast along other axes than those that it belongs to."""
    if len(replay.upstreams) != 1 or not replay.upstreams[0].shape:
        return None
    (upstream,) = replay.upstreams
    shape = theirs.shape
    if not 0 < upstream.ndim < len(shape):
        return None
    slopes = _summed_slopes(replay, place, jacobian)
    if slopes is None or slopes.shape != shape:
        return None
    truth = _true(replay, place, jacobian)
    given, right = None, None
    for axes in combinations(range(len(shape)), upstream.ndim):
        if tuple(shape[axis] for axis in axes) != upstream.shape:
            continue
        others = tuple(axis for axis in range(len(shape)) if axis not in axes)
        product = slopes * np.expand_dims(upstream, others)
        given = axes if alike(theirs, product) else given
        right = axes if truth is not None and alike(product, truth) else right
    if given is None or right is None or given == right:
        return None
    function = replay.call.function
    name = input_names(function)[place]
    return Slip("wrong-axis", wrong_axis(name, upstream_name(function), given, right))


def _not_conjugated(replay: Replay, place: int, theirs: Floats) -> Slip | None:
    """The slope of a complex function as it is, where autograd takes its conjugate."""
    if not replay.inputs[place].is_complex():
        return None
    traced = replay.with_upstream(torch.Tensor.conj_physical).traced()
    if traced is None or not alike(theirs, numbers_of(traced.gradients[place].conj())):
        return None
    return Slip("rule", not_conjugated(input_names(replay.call.function)[place]))


def _summed_slopes(replay: Replay, place: int, jacobian: Floats | None) -> Floats | None:
    """What the input gets from upstream gradients of one everywhere."""
    x = numbers_of(replay.inputs[place])
    if jacobian is not None:
        return jacobian.sum(0).reshape(x.shape)
    traced = replay.with_upstream(torch.ones_like).traced()
    return None if traced is None else numbers_of(traced.gradients[place])


def _true(replay: Replay, place: int, jacobian: Floats | None) -> Floats | None:
    if jacobian is not None:
        return (replay.upstreams[0].ravel() @ jacobian).reshape(numbers_of(replay.inputs[place]).shape)
    traced = replay.traced()
    return None if traced is None else numbers_of(traced.gradients[place])
