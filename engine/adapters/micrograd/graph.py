"""The graph of a program: which nodes each is made of, by which function, and what they are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from types import CodeType
from typing import Any

import numpy as np

from ...amounts import alike, is_amount, plain, shape_of
from ...graph import operands_first
from ...repair.source import Source, calling_line, codes_within, function_behind, setting_line, source_in
from ...repair.user_code import attributes, find_reachable, identity, is_object
from ..errors import UnreadableGraphError
from .engine import OPERANDS, RULES, WALKERS, captures_of, get, walker_of
from .program import MOST_MADE, Made, Program

RULE_METHODS = ("backward", "_backward", "grad", "gradient", "vjp", "backprop", "apply")
_HELD = "|".join((*OPERANDS, *RULES, "_ctx", "ctx", "_node", "_parent", "_graph", "history", "_history"))
_FORGETS = re.compile(rf"\.({_HELD})(\.clear\(\)| *= *(None|\[\]|\(\)|\w+\(\)))|del .*\.({_HELD})")
_LEAF = "Give the node where backward starts: a leaf was made by no operation."
_GONE = "Their backward() freed the graph before it could be read ({}: `{}`). Leave that line out while you probe."
SHORT = 4
"""A number of so few characters was typed, and is called by itself."""


class Graph:
    """The graph that a program builds; of one that was there before, as far as it can be read.

    Attributes:
        made: how each node was made, by its place.
        parents: the places of its operands, in their order.
        recorded: the same, of those alone that it records.
        maybe: the places of nodes that it was given besides.
        is_built: whether the operations can be done again.
    """

    def __init__(self, program: Program) -> None:
        """Run the program once.

        Raises:
            UnreadableGraphError: the root was made by no operation.
        """
        self.program, self.engine = program, program.engine
        self.made: list[Made] = []
        recorded: list[list[Any]] = []

        def read() -> None:
            recorded[:] = map(self.engine.operands, program.nodes)

        root = program(made=self.made, between=read)
        self.is_built = bool(self.made)
        self._skip_helpers()
        self._find_parents(recorded, root)
        self.root = next(place for place, one in enumerate(self.made) if one.node is root)
        if not self.parents[self.root] and self.root not in self.maybe:
            freed = _freeing_line(root)
            instead = _LEAF if freed is None else _GONE.format(freed.place, freed.text)
            raise UnreadableGraphError(type(root).__name__, "operands", OPERANDS, instead)

    def _find_parents(self, recorded: list[list[Any]], root: Any) -> None:
        """Find each node's operands, from what it keeps and what it was made with."""
        program, nodes, count = self.program, list(self.program.nodes), len(self.made)
        at = {identity(node): place for place, node in enumerate(nodes)}
        self.parents: list[list[int]] = []
        self.maybe: dict[int, list[int]] = {}

        def place_of(node: Any) -> int:
            place = at.setdefault(identity(node), len(nodes))
            if place == len(nodes):
                nodes.append(node)
            return place

        place_of(root)
        for place, node in enumerate(nodes):  # they grow as they are walked: of those that were there, too
            if place >= len(recorded):
                recorded.append(self.engine.operands(node))
            if place >= count:
                self.made.append(self._made_before(node))
            own = [*map(place_of, recorded[place])]
            made = self.made[place]
            beside = made.parameters.values() if made.frames else ()
            first, second = ([*map(place_of, self._nodes_in(some))] for some in (made.arguments, beside))
            if any(place < one < count for one in own):  # of a later call, which has saved its own over them
                own = second or first
            ordered = next((some for some in (second, first) if own and set(own) <= set(some)), own)
            self.parents.append([one for one in ordered if one in own])
            extra = [one for one in dict.fromkeys((*first, *second)) if one not in own and one != place]
            if extra:
                self.maybe[place] = extra
        program.outside = nodes[count:]
        program.data += map(self.engine.data, program.outside)
        program.grads += map(self.engine.raw_grad, program.outside)
        self.recorded = [list(some) for some in self.parents]

    def _skip_helpers(self) -> None:
        """Take the functions that are handed the data of all nodes they make for part of those that call them."""

        def is_handed(one: Made) -> bool:
            data, held = self.engine.data(one.node), filter(is_amount, one.parameters.values())
            return data is not None and any(alike(plain(number), data, 0.0) for number in held)

        others = {one.code for one in self.made if not is_handed(one)}
        for place, one in enumerate(self.made):
            is_leaf = not self._nodes_in(one.parameters.values())
            if one.frames[1:] and not is_leaf and one.code not in others:
                self.made[place] = one._replace(scopes=one.scopes[1:], frames=one.frames[1:])

    def _nodes_in(self, things: Iterable[Any]) -> list[Any]:
        return [node for one in things for node, _ in self._names_in(one, "")]

    def _made_before(self, node: Any) -> Made:
        """Return how an earlier node was made, by what its rule holds on to."""
        own = attributes(node)
        rule = next((held for name in (*RULES, *WALKERS) if callable(held := own.get(name))), None)
        function = function_behind(rule)
        if function is None or not (held := captures_of(rule, function)):
            other = [one for one in own.values() if not self.engine.is_node(one)]
            inner = [one for thing in other if is_object(thing) for one in attributes(thing).values()]
            operation = next(filter(_is_operation, (*other, *inner)), None)
            return Made(node) if operation is None else Made(node, scopes=[{"self": operation}])
        maker = self._makers.get(function.__code__)
        if maker is None:
            return Made(node, list(held.values()), [held])
        return Made(node, (), [held], [(maker, _line_of(maker, type(node).__name__))])

    @cached_property
    def _makers(self) -> dict[Any, CodeType]:
        """Return the functions in which rules are written, by the rules' code."""
        codes = [one.__code__ for one in self.program.functions]
        return {inner: code for code in codes for inner in codes_within(code)[1:]}

    def grads(self) -> list[Any]:
        """Return the gradients after the last run: for a single number at the root, an array like its data."""
        found, shape = list(self.program.grads), shape_of(self.program.data[self.root])
        held = found[self.root]
        if shape and held is not None and np.size(held) == 1:
            found[self.root] = np.full(shape, float(np.ravel(held)[0]))
        return found

    def find_unrecorded(self, data: Sequence[Any], fits: Callable[[int, Sequence[int]], bool]) -> None:
        """Find the operands that a node depends on and does not record; one node of each function is tried.

        Args:
            fits: tells whether a node that was there before is a known operation of some operands.
        """
        known: dict[Any, bool] = {}
        for place, extra in self.maybe.items():
            own, key = self.parents[place], self.key(place)
            if key not in known and place < len(self.made) - len(self.program.outside):
                known[key] = any(self._depends(place, one, data) for one in extra)
            elif key not in known:
                known[key] = not own or (not fits(place, own) and fits(place, [*own, *extra]))
            if known[key]:
                self.parents[place] = [*own, *extra]
        if not any(self.recorded):  # on a tape
            self.recorded = [list(some) for some in self.parents]

    def _depends(self, place: int, operand: int, data: Sequence[Any]) -> bool:
        raw = self.rerun({operand: 0.37 + 0.0 * data[operand]}, data)
        return place in raw and not alike(raw[place], data[place], 1e-9)

    def rerun(self, moves: Mapping[int, Any], data: Sequence[Any]) -> dict[int, Any]:
        """Return what each operation gives of operands with this data, some of it moved; {} where it raises."""
        try:
            self.program(moves, clamp=data)
        except Exception:  # whatever their code says of it
            return {}
        return self.program.raw

    def key(self, place: int) -> Any:
        """Return what is the same for nodes that the same function has made."""
        made = self.made[place]
        held = [one for one in made.held.values() if not self.engine.is_node(one)]
        functions = ((one, function_behind(one)) for one in held if callable(one))
        called = (id(one if function is None else function.__code__) for one, function in functions)
        kinds = (id(type(one)) for one in held if is_object(one))
        symbol = self.engine.symbol(made.node) or tuple(one for one in held if isinstance(one, str))
        return type(made.node), symbol, made.code, *called, *kinds

    @cached_property
    def order(self) -> list[int]:
        """Return the places of the nodes that the root depends on, operands first."""
        return operands_first(self.root, self.parents.__getitem__)

    @cached_property
    def consumers(self) -> dict[int, dict[int, None]]:
        """Return the nodes that are made of each one, operands first."""
        found: dict[int, dict[int, None]] = {}
        for place in self.order:
            for one in self.parents[place]:
                found.setdefault(one, {})[place] = None
        return found

    @cached_property
    def unreachable(self) -> frozenset[int]:
        """Return the nodes of `order` that no recorded operands lead to."""
        met = {self.root}
        for place in reversed(self.order):
            met.update(self.recorded[place] if place in met else ())
        return frozenset(self.order) - met

    def constants(self, place: int) -> dict[str, Any]:
        """Return the numbers, and arrays of them, that an operation was given, by name."""
        made = self.made[place]
        found = {**made.parameters, **{f"given {n}": one for n, one in enumerate(made.arguments) if n}}
        return {name: one for name, one in found.items() if is_amount(one)}

    def name(self, place: int) -> str:
        """Return what the user calls the operation that made a node: `exp`, `__mul__` or `MatMul`."""
        made = self.made[place]
        code, owner, kind = made.code, made.owner, type(made.node)
        if any(type(self.made[one].node) is not kind for one in (self.root, *self.parents[place])):
            return kind.__name__
        if owner is not None and not issubclass(owner, kind) and self._makers_by_owner[owner] == 1:
            return owner.__name__
        if code is None or code.co_name in ("<lambda>", "apply", "__call__"):
            return self.engine.symbol(made.node) or "an operation"
        return code.co_name

    @cached_property
    def _makers_by_owner(self) -> Counter[type | None]:
        """Count the functions by which objects of each class make nodes: an operation has one, and a tape many."""
        return Counter(owner for owner, _ in {(one.owner, one.code) for one in self.made})

    def misplaced_rules(self) -> Iterator[tuple[int, Source]]:
        """Yield the nodes given the rule of another, and the lines that do so."""
        codes = {one.code for one in self.made}
        for place in self.order if self.is_built else ():
            for name, held in attributes(self.made[place].node).items():
                maker = self._makers.get(getattr(held, "__code__", None)) if name in RULES else None
                if maker is not None and maker in codes and maker not in [code for code, _ in self.made[place].frames]:
                    yield place, source_in(maker, setting_line(maker, RULES) or maker.co_firstlineno)

    def names(self, data: Sequence[Any], seen: Mapping[int, str], *scopes: Mapping[str, Any]) -> dict[int, str]:
        """Return the names of the nodes that have one: a label, a variable of the scopes, or one seen as it ran."""
        found = {place: label for place in self.order if (label := self.engine.label(self.made[place].node))}
        at = {identity(self.made[place].node): place for place in self.order}
        held = [pair for scope in scopes for pair in list(scope.items()) if pair[0].isidentifier()]
        for node, text in (one for name, thing in held if name[0] != "_" for one in self._names_in(thing, name)):
            if identity(node) in at:
                found.setdefault(at[identity(node)], text)
        for place in self.order:
            if place in seen:
                found.setdefault(place, seen[place])
            if not self.parents[place] and isinstance(data[place], float) and len(repr(data[place])) <= SHORT:
                found.setdefault(place, f"{data[place]:g}")
        return found

    def _names_in(self, thing: Any, name: str, depth: int = 0) -> Iterator[tuple[Any, str]]:
        """Yield the nodes in a variable, or in lists in it, with their names."""
        if self.engine.is_node(thing):
            yield thing, name
        elif isinstance(thing, (list, tuple)) and len(thing) <= MOST_MADE and depth < 2:
            for place, one in enumerate(thing):
                yield from self._names_in(one, f"{name}[{place}]", depth + 1)


@cache
def _line_of(maker: CodeType, kind: str) -> int:
    return calling_line(maker, (kind,)) or maker.co_firstlineno


def _is_operation(thing: Any) -> bool:
    is_one = is_object(thing) or isinstance(thing, type)
    return is_one and any(function_behind(get(thing, name)) is not None for name in RULE_METHODS)


def _freeing_line(root: Any) -> Source | None:
    """Find the line of the backward pass that makes a node forget its operands; None for none."""
    for one in find_reachable([walker_of(root)], [type(root)]):
        for line in sorted({line for code in codes_within(one.__code__) for *_, line in code.co_lines() if line}):
            source = source_in(one.__code__, line)
            if _FORGETS.search(source.text):
                return source
    return None
