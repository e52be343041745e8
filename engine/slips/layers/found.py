"""Candidates on a layer in closed form: softmax, a norm, GELU ..., known by its numbers in whatever steps it is written."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...arrays.edges import Floats
from ...arrays.operation import ArrayOp
from ...verdict.sentences import listed
from .. import messages
from ..candidates import Candidate
from ..neighborhood import Neighborhood
from . import Layer, LayerSlip, Pass, layers, softmax

if TYPE_CHECKING:
    from ...value import Value

MOST_INPUTS = 8
MOST_OUTPUTS = 12
"""How many nodes are looked at as the input of a layer, the nearest, and as the output of each."""
MOST_STEPS = 200
"""How many nodes beyond its input an output is looked for among."""


class Known(NamedTuple):
    """A layer in a region, from one node to another."""

    layer: Layer
    x: Value
    y: Value
    passed: Pass
    part: Floats
    gain: str


def layer_mistakes(region: Neighborhood) -> Iterator[Candidate]:
    """Yield each slip at one layer; then the same at all layers of a kind."""
    alike: dict[LayerSlip, list[Floats]] = {}
    clauses: dict[LayerSlip, str] = {}
    for found in region.cached(_layers_in):
        for slip in found.layer.slips:
            passed = slip.wrong(found.passed)
            if passed is None:
                continue
            off = region.pull_back(found.x, passed) - found.part
            yield Candidate(slip.kind, region.recomputed + off, _clause(slip, region, found))
            alike.setdefault(slip, []).append(off)
            clauses[slip] = _clause_of_all(slip, found)
        if found.layer is softmax():
            yield from _without_mask(region, found)
    for slip, offs in alike.items():
        if len(offs) > 1:
            yield Candidate(slip.kind, region.recomputed + sum(offs), clauses[slip])


def _clause(slip: LayerSlip, region: Neighborhood, found: Known) -> str:
    names = {"x": region.name(found.x), "y": region.name(found.y), "gain": found.gain, "row": found.passed.row}
    return messages.in_own_names(slip.clause, names)


def _clause_of_all(slip: LayerSlip, found: Known) -> str:
    named, each = messages.application(found.layer.name, "{y}"), f"each {messages.operation(found.layer.name)}"
    clause = slip.clause.replace(named, each)
    if named not in slip.clause:
        clause = f"in {each}, {clause}"
    return messages.in_own_names(
        clause, {"x": "its input", "y": "its output", "gain": "the gain", "row": found.passed.row}
    )


def _layers_in(region: Neighborhood) -> list[Known]:
    """Return the layers of a region, by their numbers."""
    known = []
    for x in (region.node, *region.blanks)[:MOST_INPUTS]:
        if not x.shape:
            continue
        for y in computed_from(x, region)[:MOST_OUTPUTS]:
            numbers = np.asarray(x.data), np.asarray(y.data)
            for layer in layers():
                for axes in layer.axes(*numbers):
                    gain, factor, above = _gain(region, y)
                    passed = Pass(*numbers, region.upstream(y), axes, factor, above)
                    part = region.pull_back(x, layer.rule(passed))
                    if region.is_same(part, region.from_node(y)):
                        known.append(Known(layer, x, y, passed, part, gain))
    return known


def computed_from(x: Value, region: Neighborhood) -> list[Value]:
    """Return the nodes of the region of its shape that are computed from it in more than one step of `mistakes`."""
    met = dict.fromkeys([x])
    waiting = [x]
    for node in waiting:  # it grows as it is walked
        if len(met) > MOST_STEPS:
            break
        for consumer, _ in region.comparison.uses[node]:
            if consumer not in met:
                met[consumer] = None
                if consumer in region.between:
                    waiting.append(consumer)
    return [node for node in met if node is not x and node.shape == x.shape and not _is_one_step(x, node, met)]


def _is_one_step(x: Value, y: Value, computed: Container[Value]) -> bool:
    """Tell whether it is an operation of the page of calculus on that node, and on nothing else that is computed from it."""
    is_entrywise = isinstance(y.op, ArrayOp) and y.op.scalar is not None
    return is_entrywise and not any(operand is not x and operand in computed for operand in y.operands)


def _gain(region: Neighborhood, y: Value) -> tuple[str, Floats | None, Floats | None]:
    """Return the name and the numbers of what a node left blank is multiplied by next, and the gradient of that product."""
    uses = region.comparison.uses[y]
    if y not in region.between or len(uses) != 1:
        return "", None, None
    product, place = uses[0]
    if str(product.op) != "*" or product.shape != y.shape:
        return "", None, None
    other = product.operands[1 - place]
    return region.name(other), np.asarray(other.data), region.upstream(product)


def layer_means(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the means in a layer's rule divided by another number: all of them, or one."""
    off = np.ravel(region.recomputed - region.user_grad)
    for found in region.cached(_layers_in):
        means = [(of, region.pull_back(found.x, part)) for of, part in found.layer.means(found.passed)]
        if len(means) > 1:
            means.insert(0, (listed(of for of, _ in means), np.sum([part for _, part in means], axis=0)))
        for of, part in means:
            size = float((part * part).sum())
            share = float(off @ np.ravel(part)) / size if size else 0.0
            if share and share < 1.0:
                clause = (
                    f"what comes through {of} of {region.name(found.x)} is off by a constant factor: by how many "
                    "entries is a sum divided there?"
                )
                yield Candidate("factor", region.recomputed - share * part, clause)


def _without_mask(region: Neighborhood, found: Known) -> Iterator[Candidate]:
    """Yield the shares computed again, with the mask forgotten."""
    if found.x is region.node:
        return
    clause = (
        f"the shares in it are those without the mask: which go into the rule of 'softmax' for {region.name(found.y)}?"
    )
    for operand in found.x.operands:
        if operand.shape == found.x.shape and operand in region.between:
            e = np.exp(operand.data - np.max(operand.data))
            p = found.passed
            shares = e / p.sum(e)
            for within in (shares, p.y):
                wrong = region.pull_back(operand, shares * (p.g - p.sum(p.g * within)))
                yield Candidate("rule", region.recomputed - found.part + wrong, clause)
