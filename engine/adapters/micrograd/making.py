"""An operation of theirs done again, by their own function, on fresh leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from inspect import Parameter, signature
from types import FunctionType
from typing import Any

from ...arrays.amounts import alike, is_amount
from ...repair.attributes import attributes, is_object
from ...repair.lines import source_in, watched
from ...repair.source import Source, function_behind
from .engine import get
from .functions import functions_of, held_by, is_constructor, required, spaces_of
from .graph import Graph, Place
from .leaves import Leaves, fresh_copy
from .pullbacks import WALKERS, Kind, Pullback, pullback_of

IN_PLACE = ("__iadd__", "__imul__", "__isub__", "__itruediv__")
NICE = (2, 3, -1, 0.5, 1, 4, -2, -0.5, 1.5, 5, 6, 10, 0.1, 0.01, 100)
"""The numbers that people write in an expression, for an operation that does not keep them."""


class NotAgainError(Exception):
    """Their operation cannot be done again."""


class Makers:
    """How the operations of one graph are done again."""

    def __init__(self, graph: Graph, leaves: Leaves) -> None:
        self._graph, self._engine, self._leaves = graph, graph.engine, leaves
        self._tried: dict[tuple[Any, ...], dict[FunctionType, int]] = {}
        self._of_nodes: dict[int, tuple[Any, FunctionType | None]] = {}
        # An operation is done again thousands of times, and all of this takes longer than that.
        self._constants: dict[int, tuple[Any, Any]] = {}
        self._parameters: dict[FunctionType, Mapping[str, Parameter]] = {}

    def key(self, place: Place) -> tuple[Any, ...]:
        """The same for the nodes that the same operation made, with the same rule."""
        if place.pullback.kind in (Kind.FUNCTION, Kind.CLASS) or self._engine.symbol(place.node):
            return place.pullback.key
        function = self.function(place)
        return (*place.pullback.key, None if function is None else function.__code__)

    def function(self, place: Place) -> FunctionType | None:
        """The function of theirs that makes such nodes; None where none is found."""
        if place.maker is not None:
            return place.maker
        if place.pullback.kind is Kind.CLASS:
            return function_behind(get(place.pullback.owner, "forward"))
        kept = self._of_nodes.get(id(place.node))
        if kept is not None:
            return kept[1]
        tried = self._tried.setdefault(place.pullback.key, {})
        if not tried:
            tried.update(dict.fromkeys(self._methods(place), 0))
        found = None
        for function in sorted(tried, key=tried.__getitem__, reverse=True):  # the most frequent first
            if self._makes(function, place):
                tried[function] += 1
                found = function
                break
        self._of_nodes[id(place.node)] = (place.node, found)
        return found

    def is_certain(self, place: Place) -> bool:
        """Whether all is known that an operation was given: no argument that can be left out has left no trace."""
        if place.maker is None:
            return place.pullback.kind is not Kind.CLASS
        held = held_by(place.pullback.called)
        left = len(place.operands) - sum(any(held[name] is one for one in place.operands) for name in held)
        for name, parameter in signature(place.maker, follow_wrapped=False).parameters.items():
            if name not in held:
                left -= 1
                if left < 0 and (parameter.default is not parameter.empty or parameter.kind in _STARRED):
                    return False
        return True

    def again(self, place: Place, data: Sequence[Any], leaves: list[Any] | None = None) -> tuple[Any, list[Any]]:
        """The node that an operation makes of fresh leaves with other data, and the leaves.

        Args:
            leaves: where to put the leaves before it is done.

        Raises:
            NotAgainError: it cannot be done again.
            Exception: whatever their code raises.
        """
        fresh = self._leaves.of_each(place, data)
        if leaves is not None:
            leaves += fresh
        if place.maker is None and place.pullback.kind is Kind.CLASS:
            return self._of_a_class(place, fresh), fresh
        function = self.function(place)
        if function is None:
            raise NotAgainError
        made = self._call(function, place, fresh, self._constant(place))
        if not self._engine.is_node(made) or any(made is leaf for leaf in fresh):
            raise NotAgainError
        return made, fresh

    def _methods(self, place: Place) -> Iterator[FunctionType]:
        """The methods, and the functions of their module, that make nodes; those named as the operation is first."""
        kind = type(self._graph.root)
        symbol = self._engine.symbol(place.node).strip("_").lower()
        found = [one for base in dict.fromkeys((kind, type(place.node))) for one in functions_of(base)]
        for space in spaces_of(kind):
            beside = [(name, held) for name, held in space.items() if isinstance(held, FunctionType)]
            found += [(name, held) for name, held in beside if required(held) == len(place.operands)]
        names = {kind.__name__, "__class__", "type", "cls"}
        making = [
            (name, function)
            for name, function in found
            if name not in (*WALKERS, "__init__")
            and names & {*function.__code__.co_names, *function.__code__.co_freevars}
        ]
        yield from (function for _, function in sorted(making, key=lambda one: one[0].strip("_").lower() != symbol))

    def _makes(self, function: FunctionType, place: Place) -> bool:
        """Whether a function makes the node of its operands, with the same number and the same local gradients."""
        engine = self._engine
        fresh = self._leaves.of_each(place, [engine.data(one) for one in place.operands])
        try:
            made = self._call(function, place, fresh, self._constant(place))
            return engine.is_node(made) and self._is_alike(made, fresh, place)
        except Exception:  # another function of theirs, for which these are no arguments
            return False

    def _is_alike(self, made: Any, fresh: list[Any], place: Place) -> bool:
        engine = self._engine
        if not alike(engine.data(made), engine.data(place.node), 1e-9, 1e-12):
            return False
        recorded = engine.recorded(made)
        here = engine.recorded(place.node)
        if len(recorded) != len(here) or not all(any(one.node is leaf for leaf in fresh) for one in recorded):
            return False
        for one, other in zip(recorded, here):
            if (
                is_amount(one.local)
                and is_amount(other.local)
                and not alike(one.local * 1.0, other.local * 1.0, 1e-9, 1e-12)
            ):
                return False
        rule = pullback_of(engine, made, len(here))
        return engine.symbol(made) == engine.symbol(place.node) and rule.kind is place.pullback.kind

    def _constant(self, place: Place) -> Any:
        """The number that an operation does not keep: the exponent of a power, by what it gives."""
        if len(place.operands) != 1:
            return None
        if id(place.node) not in self._constants:
            self._constants[id(place.node)] = (place.node, self._found_constant(place))
        return self._constants[id(place.node)][1]

    def _found_constant(self, place: Place) -> Any:
        x, y = self._engine.data(place.operands[0]), self._engine.data(place.node)
        for number in NICE:
            try:
                power = x**number
                if not isinstance(power, complex) and alike(power, y, 1e-9):  # of a negative number there may be none
                    return number
            except (ArithmeticError, TypeError):
                continue
        return None

    def _call(self, function: FunctionType, place: Place, fresh: Sequence[Any], constant: Any) -> Any:
        """Call it with what the node was made of, by the names of its parameters."""
        held = held_by(place.pullback.called) if place.pullback.is_closure else {}
        stand_ins = {id(operand): leaf for operand, leaf in zip(place.operands, fresh)}
        if function not in self._parameters:
            self._parameters[function] = signature(function, follow_wrapped=False).parameters
        parameters = dict(self._parameters[function])
        made_by: Any = function
        if is_constructor(function):
            made_by = type(place.node)
            parameters.pop(next(iter(parameters)))
        named = {id(thing) for name in parameters for thing in _each(held.get(name))}
        if id(place.node) in named:  # it gives a node that is there already its rule
            raise NotAgainError
        left = [leaf for operand, leaf in zip(place.operands, fresh) if id(operand) not in named]
        given: list[Any] = []
        words: dict[str, Any] = {}
        kept = {name: thing for one in (*place.operands, place.node) for name, thing in attributes(one).items()}
        for name, parameter in parameters.items():
            if name in held:
                thing = _with(held[name], stand_ins)
            elif name == "cls":
                thing = type(self._graph.root)
            elif left:
                thing = left.pop(0)
            elif name in kept and is_amount(kept[name]):  # a bound, say, that it has put by under its name
                thing = kept[name]
            elif parameter.default is not parameter.empty or parameter.kind in _STARRED:
                continue
            elif constant is not None:
                thing = constant
            else:
                raise NotAgainError
            if parameter.kind is Parameter.VAR_POSITIONAL:
                given += thing if isinstance(thing, (list, tuple)) else [thing, *left]
            elif parameter.kind is Parameter.KEYWORD_ONLY or words:
                words[name] = thing
            else:
                given.append(thing)
        if left and not place.pullback.is_closure:
            raise NotAgainError
        return made_by(*given, **words)

    def _of_a_class(self, place: Place, fresh: list[Any]) -> Any:
        """A copy of the node whose operation has run its `forward` again."""
        engine = self._engine
        out = fresh_copy(place, fresh)
        rule = pullback_of(engine, out, len(fresh))
        forward = getattr(rule.owner, "forward", None)
        if forward is None:
            raise NotAgainError
        kept = [thing for memory in (rule.owner, rule.context) for thing in _saved(memory)]
        for memory in (rule.owner, rule.context):
            _forget(memory)
        parameters = list(signature(forward).parameters.values())
        first = [rule.context] if _takes_context(rule, parameters) else []
        words = _beside(parameters[len(first) + len(fresh) :], rule)
        raw = [getattr(leaf, engine.data_name) for leaf in fresh]
        # A method of arrays may by chance do what one of nodes does: what it kept tells which it was given.
        first_try, second = (fresh, raw) if any(map(engine.is_node, kept)) else (raw, fresh)
        try:
            made = forward(*first, *first_try, **words)
        except (AttributeError, TypeError):
            made = forward(*first, *second, **words)
        if isinstance(made, tuple) and len(made) == 1:
            made = made[0]
        if engine.is_node(made):
            made = getattr(made, engine.data_name)
        if not is_amount(made):
            raise NotAgainError
        engine.set_data(out, made)
        return out


_STARRED = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def _each(thing: Any) -> Sequence[Any]:
    return thing if isinstance(thing, (list, tuple)) else (thing,)


def _with(thing: Any, stand_ins: dict[int, Any]) -> Any:
    """A thing, or a list of things, with the fresh leaves for the nodes in it."""
    if isinstance(thing, (list, tuple)):
        return type(thing)(_with(one, stand_ins) for one in thing) if type(thing) in (list, tuple) else thing
    return stand_ins.get(id(thing), thing)


def _saved(memory: Any) -> Iterator[Any]:
    """What a `forward` has put by."""
    for name, held in attributes(memory).items() if is_object(memory) else ():
        if "save" in name:
            yield from _each(held)


def _forget(memory: Any) -> None:
    """Empty what a `forward` will fill again, as some of them add to it."""
    for name, held in attributes(memory).items() if is_object(memory) else ():
        if "save" in name and isinstance(held, list):
            held.clear()


def _takes_context(rule: Pullback, parameters: Sequence[Parameter]) -> bool:
    return bool(parameters) and rule.context is not None and parameters[0].name in ("ctx", "context", "self", "c")


def _beside(parameters: Sequence[Parameter], rule: Pullback) -> dict[str, Any]:
    """The other arguments of a `forward`, where the operation remembers them under their names."""
    found: dict[str, Any] = {}
    for one in parameters:
        for memory in (rule.context, rule.owner):
            if is_object(memory) and one.name in attributes(memory) and one.kind not in _STARRED:
                found[one.name] = attributes(memory)[one.name]
    return found


def changing_line(graph: Graph, leaves: Leaves) -> Source | None:
    """The line of an operator such as `+=` that writes into the data of a node; None where none does."""
    engine = graph.engine
    for name, function in functions_of(type(graph.root)):
        if name not in IN_PLACE:
            continue
        first, second = leaves.leaf(1.7), leaves.leaf(0.6)
        run = partial(function, first, second)
        seen = watched(run, partial(engine.data, first), [function.__code__])
        if seen.outer is not None:
            return source_in(*seen.outer)
    return None
