"""The graph of a program: which nodes each is made of, by which function, and what they are called."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from inspect import CO_VARARGS
from types import CodeType
from typing import Any

import numpy as np

from ...arrays.amounts import alike, is_amount, shape_of
from ...repair.attributes import attributes, is_object
from ...repair.lines import calling_line, setting_line, source_in
from ...repair.source import Source, codes_within, function_behind
from ...repair.syntax import function_of
from ..errors import UnreadableGraphError
from ..reached import reached
from .engine import OPERANDS, Engine, get
from .program import Made, Program
from .walks import RULES, WALKERS, captured, walker_of

RULE_METHODS = ("backward", "_backward", "grad", "gradient", "vjp", "backprop", "apply")
_HELD = frozenset((*OPERANDS, *RULES, "_ctx", "ctx", "_node", "_parent", "_graph", "history", "_history"))
_GONE = "Their backward() freed the graph before it could be read ({}: `{}`). Leave that line out while you probe."
SHORT = 4
"""A number of so few characters was typed, and is called by itself."""
LONGEST = 1000
"""A longer list in a variable is passed over."""


class Graph:
    """The graph that a program builds; of one that was there before, as far as it can be read.

    Attributes:
        made: how each node was made, by its place.
        parents: the places of its operands, in their order.
        recorded: the same, of those alone that it records.
        root: its place.
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
            recorded[:] = [self.engine.recorded(node) for node in program.nodes]

        root = program(made=self.made, between=read)
        if not recorded:
            read()
        self._find_parents(recorded, root)
        self.root = next(place for place, one in enumerate(self.made) if one.node is root)
        if not self.parents[self.root] and self.root not in self._maybe:
            freed = freeing_line(root)
            instead = "Give the node where backward starts: a leaf was made by no operation."
            if freed is not None:
                instead = _GONE.format(freed.place, freed.text)
            raise UnreadableGraphError(type(root).__name__, "operands", OPERANDS, instead)

    def _find_parents(self, recorded: list[list[Any]], root: Any) -> None:
        nodes = list(self.program.nodes)
        at = {id(node): place for place, node in enumerate(nodes)}
        if id(root) not in at:
            at[id(root)] = len(nodes)
            nodes.append(root)
        made = list(self.made)
        given = [self._given(one) for one in made]
        for place, node in enumerate(nodes):  # they grow as they are walked: of those that were there, too
            if place >= len(recorded):
                recorded.append(self.engine.recorded(node))
            if place >= len(made):
                made.append(self._made_before(node))
                given.append(self._given(made[-1]))
            for one in (*recorded[place], *given[place][0], *given[place][1]):
                if id(one) not in at:
                    at[id(one)] = len(nodes)
                    nodes.append(one)
        self.program.outside = nodes[len(self.made) :]
        self.program.data += [self.engine.data(node) for node in self.program.outside]
        self.program.grads += [self.engine.raw_grad(node) for node in self.program.outside]
        self._inside, self.made = len(self.made), made
        self.parents: list[list[int]] = []
        self._maybe: dict[int, list[int]] = {}
        for place in range(len(nodes)):
            own = [at[id(one)] for one in recorded[place]]
            first, second = ([at[id(one)] for one in some if at[id(one)] != place] for some in given[place])
            named = next((some for some in (second, first) if own and set(own) <= set(some)), own)
            self.parents.append([one for one in named if one in own])
            extra = [one for one in dict.fromkeys((*first, *second)) if one not in own]
            if extra:
                self._maybe[place] = extra
        self.recorded = [list(some) for some in self.parents]

    def _given(self, made: Made) -> tuple[list[Any], list[Any]]:
        """Return the nodes given to the constructor, and those given to its caller."""
        names: Sequence[str] = ()
        if made.frames:
            code = made.frames[0][0]
            count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & CO_VARARGS)
            names = code.co_varnames[:count]
        held = [made.held[name] for name in names if name in made.held]
        return list(self._nodes_in(made.given)), list(self._nodes_in(held))

    def _nodes_in(self, things: Iterable[Any], depth: int = 0) -> Iterator[Any]:
        for one in things:
            if self.engine.is_node(one):
                yield one
            elif isinstance(one, (list, tuple)) and depth < 2:
                yield from self._nodes_in(one, depth + 1)

    def _made_before(self, node: Any) -> Made:
        """Return how an earlier node was made, by what its rule holds on to."""
        rule = next((held for name in (*RULES, *WALKERS) if callable(held := attributes(node).get(name))), None)
        function, held = function_behind(rule), captured(rule)
        if function is None or not held:
            operation = next((one for one in self._beside(node) if _is_operation(one)), None)
            return Made(node, held={} if operation is None else {"self": operation})
        maker = self._makers.get(function.__code__)
        if maker is None:
            return Made(node, list(held.values()), held)
        return Made(node, (), held, [(maker, calling_line(maker, (type(node).__name__,)) or maker.co_firstlineno)])

    def _beside(self, node: Any) -> Iterator[Any]:
        for one in attributes(node).values():
            if (is_object(one) or isinstance(one, type)) and not self.engine.is_node(one):
                yield one
                yield from attributes(one).values() if is_object(one) else ()

    @cached_property
    def _makers(self) -> dict[CodeType, CodeType]:
        """Return the functions in which rules are written, by the rules' code."""
        functions = [one.__code__ for one in self.program.functions]
        return {inner: code for code in functions for inner in codes_within(code)[1:]}

    def find_unrecorded(self, data: Sequence[Any], fits: Callable[[int, Sequence[int]], bool]) -> None:
        """Find the operands that a node depends on and does not record.

        One node of each function is tried.

        Args:
            data: of the nodes.
            fits: says of a node and operands whether it is a known operation of these.
        """
        known: dict[Any, bool] = {}
        for place, extra in self._maybe.items():
            key = self.key(place)
            if key not in known and place < self._inside:
                known[key] = any(self._depends(place, one, data) for one in extra)
            elif key not in known:
                own = self.parents[place]
                known[key] = not own or (not fits(place, own) and fits(place, [*own, *extra]))
            if known[key]:
                self.parents[place] = [*self.parents[place], *extra]
        vars(self).pop("order", None)

    def _depends(self, place: int, operand: int, data: Sequence[Any]) -> bool:
        step = 0.37 * np.ones(shape_of(data[operand])) if shape_of(data[operand]) else 0.37
        try:
            self.program({operand: step}, clamp=data)
        except Exception:  # whatever their code says of it
            return False
        return place in self.program.raw and not alike(self.program.raw[place], data[place], 1e-9)

    @property
    def is_built(self) -> bool:
        """Tell whether the operations can be done again."""
        return self._inside > 0

    def key(self, place: int) -> Any:
        """Return what is the same for nodes that the same function has made."""
        made = self.made[place]
        called = (one for one in made.held.values() if callable(one) and not self.engine.is_node(one))
        kinds = (type(one) for one in made.held.values() if is_object(one) and not self.engine.is_node(one))
        code = made.frames[0][0] if made.frames else None
        return type(made.node), self.engine.symbol(made.node), code, *map(id, called), *map(id, kinds)

    @cached_property
    def order(self) -> list[int]:
        """Return the places of the nodes that the root depends on, operands first."""
        met, found, path = {self.root}, [], [(self.root, iter(self.parents[self.root]))]
        while path:
            place, waiting = path[-1]
            for one in waiting:
                if one not in met:
                    met.add(one)
                    path.append((one, iter(self.parents[one])))
                    break
            else:
                found.append(place)
                path.pop()
        return found

    @cached_property
    def unreached(self) -> frozenset[int]:
        """Return the nodes of `order` that no recorded operands lead to."""
        met, waiting = {self.root}, [self.root]
        for place in waiting:  # it grows as it is walked
            waiting += [one for one in dict.fromkeys(self.recorded[place]) if one not in met]
            met.update(self.recorded[place])
        return frozenset(self.order) - met

    def constants(self, place: int) -> dict[str, Any]:
        """Return the numbers, and arrays of them, that an operation was given, by name."""
        made = self.made[place]
        names: Sequence[str] = list(made.held)
        if made.frames:
            code = made.frames[0][0]
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        found = {name: made.held[name] for name in names if name in made.held}
        found |= {f"given {n}": one for n, one in enumerate(made.given) if n}
        return {name: one for name, one in found.items() if is_amount(one)}

    def name(self, place: int) -> str:
        """Return what the user calls the operation that made a node.

        For example `exp`, `__mul__` or `MatMul`.
        """
        made = self.made[place]
        code = made.frames[0][0] if made.frames else None
        owner = made.held.get("cls", made.held.get("self"))
        kind = type(made.node)
        if any(type(self.made[one].node) is not kind for one in (self.root, *self.parents[place])):
            return kind.__name__
        if isinstance(owner, type) and not issubclass(owner, kind):
            return owner.__name__
        if owner is not None and not isinstance(owner, type) and not self.engine.is_node(owner):
            return type(owner).__name__
        if code is None or code.co_name in ("<lambda>", "apply", "__call__"):
            return self.engine.symbol(made.node) or "an operation"
        return code.co_name

    def misplaced_rules(self) -> Iterator[tuple[int, Source]]:
        """Yield the nodes given the rule of another, and the lines that do so."""
        makers = {
            inner: one.frames[0][0] for one in self.made if one.frames for inner in codes_within(one.frames[0][0])[1:]
        }
        for place in self.order if self.is_built else ():
            for name, held in attributes(self.made[place].node).items():
                maker = makers.get(held.__code__) if name in RULES and hasattr(held, "__code__") else None
                if maker is not None and maker not in [code for code, _ in self.made[place].frames]:
                    yield place, source_in(maker, setting_line(maker, RULES) or maker.co_firstlineno)

    def names(self, data: Sequence[Any], watched: Mapping[int, str], *scopes: Mapping[str, Any]) -> dict[int, str]:
        """Return the names of the nodes, by their places; a node may have none.

        Args:
            data: what the nodes hold.
            watched: the variables of the program that were seen to hold one.
            scopes: variables by name; of two for one node the first counts.
        """
        engine, order = self.engine, self.order
        found = {place: label for place in order if (label := engine.label(self.made[place].node))}
        at = {id(self.made[place].node): place for place in order}
        for scope in scopes:
            for name, thing in list(scope.items()):
                for node, text in _nodes_in(thing, name, engine) if _is_a_name(name) else ():
                    if id(node) in at:
                        found.setdefault(at[id(node)], text)
        for place, name in watched.items():
            found.setdefault(place, name)
        for place in order:
            if not self.parents[place] and isinstance(data[place], float) and len(repr(data[place])) <= SHORT:
                found.setdefault(place, f"{data[place]:g}")
        return found


def _is_operation(thing: Any) -> bool:
    return any(function_behind(get(thing, name)) is not None for name in RULE_METHODS)


def _is_a_name(name: str) -> bool:
    return name.isidentifier() and not name.startswith("_")


def _nodes_in(thing: Any, name: str, engine: Engine, depth: int = 0) -> Iterator[tuple[Any, str]]:
    """Yield the nodes in a variable, or in lists in it, with their names."""
    if engine.is_node(thing):
        yield thing, name
    elif isinstance(thing, (list, tuple)) and len(thing) <= LONGEST and depth < 2:
        for place, one in enumerate(thing):
            yield from _nodes_in(one, f"{name}[{place}]", engine, depth + 1)


def is_bare(name: str) -> bool:
    """Tell whether a node of that name has none but its number."""
    try:
        float(name or 0.0)
    except ValueError:
        return False
    return True


def freeing_line(root: Any) -> Source | None:
    """Find the line of the backward pass that makes a node forget its operands.

    None where there is none.

    Args:
        root: the node where it started.
    """
    walker = function_behind(walker_of(root))
    for one in [] if walker is None else reached([walker], [type(root)]):
        function = function_of(one.__code__)
        lines = [] if function is None else list(_forgetting(function))
        if lines:
            return source_in(one.__code__, min(lines))
    return None


def _forgetting(function: ast.FunctionDef) -> Iterator[int]:
    for one in ast.walk(function):
        forgotten: list[ast.expr] = []
        if isinstance(one, ast.Delete) or (isinstance(one, ast.Assign) and _is_empty(one.value)):
            forgotten = one.targets
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == "clear":
            forgotten = [one.func.value]
        if any(map(_is_held, forgotten)):
            yield forgotten[0].lineno


def _is_held(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and target.attr in _HELD


def _is_empty(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in ("set", "list", "tuple", "dict") and not value.args
    if isinstance(value, (ast.Tuple, ast.List)):
        return not value.elts
    return isinstance(value, ast.Constant) and value.value is None
