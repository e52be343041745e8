"""A part of a kata's own graph as a drill: the gradient that went wrong, with what is there when its turn comes."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from handgrad import Value, gradients
from handgrad.graph import topological_order
from handgrad.names import Names
from handgrad.number import show

from ...invocation import own_name
from ..course import Kata
from ..drills.array_drill import ArrayDrill
from ..drills.array_task import ArrayTask
from ..drills.drill import LOOSEST
from ..graph_names import read_names
from ..graphs import Judged, collect_judged, is_equal
from .forward_lines import lines_around, solution_lines
from .fresh_drills import write_operation

MOST_GRAPHS = 8
MOST_ASKED = 2
_IN_LOOPS = {"max_pool": ("x",), "conv": ("x", "w")}
"""Of each kata the arrays whose gradient is gathered in loops: no expression is short."""


def part_task(kata: Kata, rng: random.Random, wrong: Collection[str] = ()) -> ArrayTask | None:
    """Return a question on a part of one of the kata's graphs: on nodes that were wrong, or else on any.

    Returns:
        None where the kata's tests judge no graph, or none of its nodes can be asked alone.
    """
    judged = collect_judged(kata, MOST_GRAPHS)
    rng.shuffle(judged)
    parts = [(graph, names) for graph in map(_Graph, judged) if (names := graph.list_askable(kata))]
    if not parts:
        return None
    # Where lengths differ, so do the shapes of what is right and what is not.
    parts.sort(key=lambda part: part[0].count_lengths(), reverse=True)
    graph, names = next((part for part in parts if {*wrong} & {*part[1]}), parts[0])
    wanted = [name for name in names if name in wrong] or names
    picked = rng.sample(wanted, min(len(wanted), MOST_ASKED))
    return ArrayTask(graph.drill(kata, [name for name in names if name in picked]))


class _Graph:
    """A graph that a test judges, with its true gradients and what is known beside it."""

    def __init__(self, judged: Judged) -> None:
        self.root, self.order = judged.root, topological_order(judged.root)
        self.names, self.truth = Names(judged.root), gradients(judged.root)
        # Where a test asks for some nodes alone, its kata knows no gradient of the others.
        self.stations = set(self.order if judged.nodes is None else judged.nodes)
        self.named = {self.names[node]: node for node in self.order if node.label and not node.is_constant}
        self.known = read_names(judged.names, self.named)
        self.functions = judged.functions

    def count_lengths(self) -> int:
        """Return how many different lengths above 1 the axes have."""
        return len({length for node in self.named.values() for length in node.shape} - {1})

    def list_askable(self, kata: Kata) -> list[str]:
        """Return the names of the nodes that can be asked for, in backward order."""
        return [
            name
            for name, node in reversed(self.named.items())
            if node in self.stations and node is not self.root and name not in _IN_LOOPS.get(kata.name, ())
            and self._is_determined(node)
        ]  # fmt: skip

    def _is_determined(self, node: Value) -> bool:
        """Return whether a gradient follows from what is known, and is none of that itself."""
        reached = self._before_stations(node)
        fixed: list[Any] = [
            operand.data
            for each in self.order if any(operand in reached for operand in each.operands)
            for operand in each.operands
            if operand.is_leaf and operand.shape and not operand.label and each not in self.stations - {self.root}
        ]  # fmt: skip
        # It may be made of what is known: 1 - Y.
        shapes = {np.shape(thing) for thing in self.known.values()}
        is_known = all(array.shape in shapes for array in fixed)
        return is_known and not any(is_equal(array, self.truth[node]) for array in fixed)

    def _before_stations(self, node: Value) -> set[Value]:
        """Return the node and what is computed from it before the next stations."""
        reached = {node}
        for each in self.order:
            if each not in self.stations and any(operand in reached for operand in each.operands):
                reached.add(each)
        return reached

    def _downstream(self, asked: list[Value]) -> list[Value]:
        """Return the nodes whose gradient is there when the turn of `asked` comes, the root first.

        Between arrays those are the nearest stations; between numbers, whatever uses them.
        """
        reached = [self._before_stations(node) if node.shape else {node} for node in asked]
        found = {each for each in self.order for group in reached if not group.isdisjoint(each.operands)}
        inner = set().union(*reached)
        return [node for node in reversed(self.order) if node in found and node not in inner]

    def drill(self, kata: Kata, asked: list[str]) -> ArrayDrill:
        """Return what is asked, with the gradients filled in that are there by then."""
        nodes = [self.named[name] for name in asked]
        given = self._downstream(nodes)
        for node in given:
            node.grad = self.truth[node]
        answers = [self.truth[node] for node in nodes]
        more = {n: thing for n, thing in self.known.items() if not any(is_equal(thing, answer) for answer in answers)}
        there = tuple(name for node in given if (name := self.names[node]) in self.named)
        if nodes[0].shape:
            forward = lines_around(kata, self.functions, asked)
            shapes, lines = self._list_arrays(forward, asked, more), solution_lines(kata, asked)
            arrays = [f"d{name}" for name in there if self.named[name] is not self.root]
            filled: tuple[str, ...] = (f"{', '.join(arrays)}: there already",) if arrays else ()
        else:
            consumers = [node for node in self.order if not set(nodes).isdisjoint(node.operands)]
            forward = tuple(f"{self.names[node]} = {self._write(node)} = {show(node.data)}" for node in consumers)
            operands = [operand for node in consumers for operand in node.operands if not operand.is_constant]
            shapes, lines = {self.names[operand]: show(operand.data) for operand in operands}, {}
            filled = tuple(f"{self.names[node]}.grad = {show(self.truth[node])}" for node in given)
        source = f"How: {own_name()} solution {kata.name}" if kata.has_solution else ""
        return ArrayDrill(
            self.root, self.named, shapes, forward, there, filled, tuple(asked), lines, "", more,
            rtol=LOOSEST, source=source,
        )  # fmt: skip

    def _list_arrays(self, forward: tuple[str, ...], asked: list[str], more: Mapping[str, Any]) -> dict[str, str]:
        """Return the shapes of what the lines of a forward pass speak of."""
        words = {word for line in forward for word in re.findall(r"\w+", line)}
        arrays = {name: str(node.shape) for name, node in self.named.items() if node is not self.root}
        if all(name in words for name in asked):  # else they are named in a loop, all of them
            arrays = {name: shape for name, shape in arrays.items() if name in words}
        return arrays | {name: _show_thing(thing) for name, thing in more.items() if name in words or name[0] == "d"}

    def _write(self, node: Value) -> str:
        texts = [show(each.data) if each.is_constant else self.names[each] for each in node.operands]
        return write_operation(str(node.op), texts)


def _show_thing(thing: Any) -> str:
    if isinstance(thing, float):
        return show(thing)
    return f"{thing.shape}, whole numbers" if thing.dtype.kind == "i" else str(thing.shape)
