"""Their graph as it stands: each node once, with its operands in order and its rule."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from inspect import CO_VARARGS
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from ...graph import is_node
from ...repair.lines import source_in
from ...repair.source import Source, function_behind
from ...repair.syntax import function_of
from ..errors import OwnGraphError, UnreadableGraphError
from ..reached import reached
from .engine import OPERANDS, Engine
from .functions import captured, held_by, is_constructor, maker_of, spaces_of
from .pullbacks import RULES, Kind, Pullback, pullback_of, walker_of

_HELD = frozenset((*OPERANDS, *RULES, "_ctx", "ctx", "_node", "_parent", "_graph", "history", "_history"))


class Place(NamedTuple):
    """One node of their graph.

    Attributes:
        node: theirs.
        operands: in the order of the expression, duplicates kept; those that the node does not hold on to among them,
            where its rule does.
        unrecorded: which of the operands, by their places, `backward()` cannot get to from here.
        pullback: what passes its gradient on.
        maker: the function in which its rule was written; None where the rule is no closure, or it is not found.
        is_misplaced: whether the function that the node holds is another node's rule.
    """

    node: Any
    operands: tuple[Any, ...]
    unrecorded: tuple[int, ...]
    pullback: Pullback
    maker: Any  # a FunctionType
    is_misplaced: bool = False

    def merged(self, amounts: Sequence[Any]) -> list[Any]:
        """Amounts for the operands, the same for two that are the same."""
        first: dict[int, Any] = {}
        return [first.setdefault(id(operand), amount) for operand, amount in zip(self.operands, amounts)]

    @property
    def is_power(self) -> bool:
        """Whether it is one node to the power of another."""
        return len(self.operands) == 2 and "pow" in (self.maker.__name__ if self.maker is not None else "")

    @property
    def has_twins(self) -> bool:
        """Whether two operands are the same."""
        return len(set(map(id, self.operands))) < len(self.operands)


class Graph:
    """Their graph.

    Attributes:
        engine: how its nodes are read.
        order: the nodes, operands first, the root last.
    """

    order: list[Any]

    def __init__(self, root: Any) -> None:
        """Walk the graph from its root; nothing of theirs is called.

        Raises:
            UnreadableGraphError: the class has no data or gradient that can be read, or the root no operands.
            OwnGraphError: the graph is made of nodes of handgrad's own.
        """
        if is_node(root):
            raise OwnGraphError
        self.engine = Engine(root)
        self._makers: dict[CodeType, FunctionType | None] = {}
        self._no_operands: set[tuple[Any, ...]] = set()
        self._may_walk = False
        self._walk()
        if all(place.pullback.kind is Kind.NONE for place in self._places.values()):
            self._may_walk = True
            self._walk()
        if len(self.order) == 1:
            freed = freeing_line(root)
            instead = "Give the node where backward starts: a leaf was made by no operation."
            if freed is not None:
                instead = _GONE.format(freed.place, freed.text)
            raise UnreadableGraphError(type(root).__name__, "operands", OPERANDS, instead)

    def __getitem__(self, node: Any) -> Place:
        return self._places[id(node)]

    def __contains__(self, node: Any) -> bool:
        return id(node) in self._places

    @property
    def root(self) -> Any:
        return self.engine.root

    @property
    def kinds(self) -> list[type]:
        """Their classes."""
        return list(dict.fromkeys(base for node in self.order for base in type(node).__mro__[:-1]))

    @property
    def spaces(self) -> list[dict[str, Any]]:
        """The global variables of their modules."""
        found: dict[int, dict[str, Any]] = {}
        for kind in self.kinds:
            found.update((id(space), space) for space in spaces_of(kind))
        rules = {
            place.pullback.function.__code__: place.pullback.function
            for place in self._places.values()
            if place.pullback.function
        }
        found.update((id(function.__globals__), function.__globals__) for function in rules.values())
        return list(found.values())

    @property
    def has_rules(self) -> bool:
        """Whether a rule of any node is found."""
        return any(place.pullback.kind is not Kind.NONE for place in self._places.values())

    @property
    def is_freed(self) -> bool:
        """Whether no node holds on to its operands any more: some set them free after backward()."""
        return not any(map(self.engine.recorded, self.order))

    def leave_out(self, rules: set[tuple[Any, ...]]) -> None:
        """Read the graph again without what these rules, by their keys, only hold on to and pass nothing on to."""
        self._no_operands |= rules
        self._walk()

    def _walk(self) -> None:
        """Depth first, left operand first, without recursion."""
        self._places: dict[int, Place] = {}
        self.order = []
        path: list[tuple[Any, Iterator[Any]]] = []
        node, waiting = self.root, self._met(self.root)
        while True:
            for operand in waiting:
                if id(operand) not in self._places:
                    path.append((node, waiting))
                    node, waiting = operand, self._met(operand)
                    break
            else:
                self.order.append(node)
                if not path:
                    return
                node, waiting = path.pop()

    def _met(self, node: Any) -> Iterator[Any]:
        self._places[id(node)] = place = self._read(node)
        return iter(place.operands)

    def _read(self, node: Any) -> Place:
        engine = self.engine
        recorded = [one.node for one in engine.recorded(node)]
        rule = pullback_of(engine, node, len(recorded), may_walk=self._may_walk)
        if not rule.is_closure:
            return Place(node, tuple(recorded), (), rule, None)
        maker, given = self._given(rule)
        if rule.kind is Kind.LOCALS:
            return Place(node, tuple(recorded), (), rule, maker)
        if _holds(given, node):
            # What makes it may be the constructor of a class for the operation, to which it is `self`, or a method that
            # gives a node its rule.
            made = [one for one in self._made_inside(rule, maker) if engine.is_node(one)]
            if not is_constructor(maker) and made and not _holds(made, node):
                return Place(node, tuple(recorded), (), rule.nothing, maker, is_misplaced=True)
            given = [held for held in given if held is not node]
        extra = [] if rule.key[:-1] in self._no_operands else [held for held in given if not _holds(recorded, held)]
        if engine.is_ordered(node):
            operands = [*recorded, *extra]
        else:  # a set has forgotten which comes first, and which twice
            known = [held for held in given if _holds(recorded, held)]
            operands = [*known, *(one for one in recorded if not _holds(known, one)), *extra]
        unrecorded = tuple(range(len(operands) - len(extra), len(operands)))
        rule = rule._replace(key=(*rule.key[:-1], len(operands)))
        return Place(node, tuple(operands), unrecorded, rule, maker)

    def _given(self, rule: Pullback) -> tuple[FunctionType | None, list[Any]]:
        """The function in which a closure was written, and the nodes it was given, in the order of its parameters."""
        function = rule.function or next(one for one in map(function_behind, rule.called) if one is not None)
        code = function.__code__
        known = self._makers.get(code)
        # Of several functions with the same code each has its own things in its closure.
        if code not in self._makers or (known is not None and known.__closure__ is not None):
            known = self._makers[code] = maker_of(function, type(self.root).__mro__[:-1])
        maker = known
        held = held_by(rule.called)
        if maker is None:
            names = sorted(held, key=lambda name: (name != "self", name))
            names = [name for name in names if name not in ("out", "result", "res", "output")]
        else:
            names = list(maker.__code__.co_varnames[: _parameters(maker.__code__)])
        nodes = []
        for name in names:
            thing = held.get(name)
            nodes += [
                one for one in (thing if isinstance(thing, (list, tuple)) else (thing,)) if self.engine.is_node(one)
            ]
        return maker, nodes

    def _made_inside(self, rule: Pullback, maker: FunctionType | None) -> list[Any]:
        if maker is None or rule.function is None:
            return []
        names = maker.__code__.co_varnames[: _parameters(maker.__code__)]
        return [held for name, held in captured(rule.function).items() if name not in names]


def _holds(nodes: Iterable[Any], node: Any) -> bool:
    """Whether it is one of them: their class may have an `==` of its own."""
    return any(one is node for one in nodes)


def _parameters(code: CodeType) -> int:
    """How many names a function's arguments have, those after a star among them."""
    return code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & CO_VARARGS)


_GONE = "Their backward() freed the graph before it could be read ({}: `{}`). Leave that line out while you probe."

SHORT = 4
"""A number of so few characters was typed, and is called by itself."""
LONGEST = 1000
"""A longer list in a variable is passed over."""


def names_in(graph: Graph, *scopes: Mapping[str, Any]) -> dict[int, str]:
    """The names of a graph's nodes, by their ids; a node may have none.

    Args:
        scopes: variables by name; of two for one node the first counts.
    """
    engine = graph.engine
    found = {id(node): label for node in graph.order if (label := engine.label(node))}
    for scope in scopes:
        for name, thing in list(scope.items()):
            for node, text in _nodes_in(thing, name, engine) if _is_a_name(name) else ():
                if node in graph:
                    found.setdefault(id(node), text)
    for node in graph.order:
        data = engine.data(node)
        if not graph[node].operands and isinstance(data, float) and len(repr(data)) <= SHORT:
            found.setdefault(id(node), f"{data:g}")
    return found


def _is_a_name(name: str) -> bool:
    return name.isidentifier() and not name.startswith("_")


def _nodes_in(thing: Any, name: str, engine: Engine, depth: int = 0) -> Iterator[tuple[Any, str]]:
    """The nodes in a variable, those in a list, or a list in it, by their places."""
    if engine.is_node(thing):
        yield thing, name
    elif isinstance(thing, (list, tuple)) and len(thing) <= LONGEST and depth < 2:
        for place, one in enumerate(thing):
            yield from _nodes_in(one, f"{name}[{place}]", engine, depth + 1)


def is_bare(name: str) -> bool:
    """Whether a node of that name has none but its number."""
    try:
        float(name or 0.0)
    except ValueError:
        return False
    return True


def freeing_line(root: Any) -> Source | None:
    """The line of their backward pass on which a node is made to forget where it came from; None where there is none.

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
