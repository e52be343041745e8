"""Operands that a node does not hold on to, so that backward() never gets to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from ...repair.lines import making_line
from .functions import functions_of
from .graph import Graph, Place
from .leaves import Leaves
from .making import Makers
from .subject import Fault

BINARY = ("__add__", "__mul__", "__sub__", "__truediv__")
REFLECTED = ("__radd__", "__rmul__", "__rsub__", "__rtruediv__")


def unrecorded_in(graph: Graph, leaves: Leaves, makers: Makers, names: Callable[[Any], str]) -> Iterator[Fault]:
    """The operations that do not record all of their operands.

    Args:
        names: what one of their nodes is called in a sentence.
    """
    met: set[Any] = set()
    for node in graph.order:
        place = graph[node]
        if place.unrecorded and place.pullback.key not in met and _loses(graph, place):
            met.add(place.pullback.key)
            which = place.unrecorded[0]
            function = makers.function(place)
            clause = (
                f"{names(place.operands[which])} is not among what the node records as its operands, so backward() "
                "never gets there. Which nodes was it made from?"
            )
            run = partial(makers.again, place, [graph.engine.data(operand) for operand in place.operands])
            source = None if function is None else making_line(function, run)
            name = function.__name__ if function is not None else "an operation"
            yield Fault([place], which, "not-recorded", clause, source, name)
    yield from _of_operators(graph, leaves)


def _loses(graph: Graph, place: Place) -> bool:
    """Whether it matters: an exponent that is a bare number has nothing below it."""
    operand = place.operands[place.unrecorded[0]]
    is_exponent = "pow" in (place.maker.__name__ if place.maker is not None else "") and place.unrecorded == (1,)
    return graph.engine.is_asked(operand) and bool(graph[operand].operands or not is_exponent)


def _of_operators(graph: Graph, leaves: Leaves) -> Iterator[Fault]:
    """The operators of their class, on two fresh leaves: a node that comes out must lead back to both.

    Only where the graph ends in a node that may have come out of such a one.
    """
    engine = graph.engine
    kind = type(graph.root)
    methods = dict(functions_of(kind))
    ends = [node for node in graph.order if not graph[node].operands and not engine.label(node)]
    used = {place.maker for node in graph.order if (place := graph[node]).maker is not None}
    halves = {one.__name__ for one in used if one.__name__ in BINARY}
    for name, function in methods.items():
        is_used = name in halves
        if not (name in BINARY and is_used) and not (name in REFLECTED and ends):
            continue
        found = _lost(graph, leaves, function, name)
        if found:
            shown = [place for node in graph.order if (place := graph[node]).maker is function]
            shown = shown or [graph[node] for node in ends[:1]]
            clause = (
                "the node that comes out does not record what it was made from, so backward() never gets there. Which "
                "nodes are its operands?"
            )
            source = making_line(function, partial(_run, leaves, function, name))
            yield Fault(shown, 0, "not-recorded", clause, source, name)


def _run(leaves: Leaves, function: FunctionType, name: str) -> tuple[Any, list[Any]]:
    first = leaves.leaf(1.7)
    if name in REFLECTED:
        return function(first, 2.0), [first]
    second = leaves.leaf(0.6)
    return function(first, second), [first, second]


def _lost(graph: Graph, leaves: Leaves, function: FunctionType, name: str) -> bool:
    """Whether the result depends on an operand that no way leads back to."""
    engine = graph.engine
    try:
        made, operands = _run(leaves, function, name)
    except Exception:  # an operator that is not for two nodes, or not for a node and a number
        return False
    if not engine.is_node(made) or np.shape(engine.data(made)):
        return False
    reached = _reached(engine, made)
    return not all(any(one is leaf for one in reached) for leaf in operands)


def _reached(engine: Any, made: Any) -> list[Any]:
    found = [made]
    for node in found:  # it grows as it is walked
        found += [one.node for one in engine.recorded(node) if not any(one.node is other for other in found)]
    return found
