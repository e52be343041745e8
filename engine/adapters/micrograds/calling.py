"""A rule called at a node: what it is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from types import MethodType
from typing import Any

import numpy as np

from ...arrays.amounts import is_amount, plain, shape_of
from ..source import function_behind
from .functions import required
from .graph import Place
from .pullbacks import Kind, Pullback, pullback_of
from .reading import Engine, as_they_hold, get


def passed_on(engine: Engine, pullback: Pullback, node: Any, upstream: Any, count: int) -> list[Any] | None:
    """Have a rule work at a node of which nothing else depends.

    Args:
        upstream: the gradient of the node.
        count: how many operands it has.

    Returns:
        What it gives for each operand, None for nothing; or None for a rule that writes to the operands itself.
    """
    raw = as_they_hold(upstream, getattr(node, engine.data_name))
    if pullback.kind is Kind.LOCALS:
        locals_ = [one.local for one in engine.recorded(node)]
        return _amounts(engine, [_through(local, raw) for local in locals_], count)
    if pullback.kind is Kind.WALKER:
        pullback.called(raw)
        return None
    gradient = as_node(engine, raw) if engine.grads_are_nodes else raw
    engine.set_grad(node, gradient)
    if pullback.kind is Kind.CLASS:
        first = [pullback.context] if (required(pullback.called) or 0) > 1 else []
        try:
            given = pullback.called(*first, gradient)
        except (AttributeError, TypeError):
            if engine.grads_are_nodes:
                raise
            given = pullback.called(*first, as_node(engine, raw))
    else:
        given = pullback.called(*_named(pullback.called, node, gradient))
    return None if given is None else _amounts(engine, given, count)


def fresh_pullback(engine: Engine, place: Place, out: Any, count: int) -> Pullback:
    """The rule of a copy of a node, or of one that the same operation has made."""
    return pullback_of(engine, out, count, may_walk=place.pullback.kind is Kind.WALKER)


def given_to_each(
    engine: Engine, place: Place, out: Any, fresh: Sequence[Any], upstream: Any
) -> tuple[bool, list[Any]]:
    """Have the rule of a fresh node work on its fresh leaves.

    Returns:
        Whether it writes to its operands itself; and what it passes to each as it gives it, None for nothing. Of two
        that are one leaf the first has it where the rule writes.
    """
    given = passed_on(engine, fresh_pullback(engine, place, out, len(fresh)), out, upstream, len(fresh))
    if given is not None:
        return False, given
    return True, [None if leaf is None else engine.grad(leaf) for leaf in each_once(fresh)]


def each_once(fresh: Sequence[Any]) -> list[Any]:
    """The leaves, None for one that stands there already."""
    met: set[int] = set()
    found = []
    for leaf in fresh:
        found.append(None if id(leaf) in met else leaf)
        met.add(id(leaf))
    return found


def _through(local: Any, upstream: Any) -> Any:
    """What a local gradient, or a function that gives it or applies it, passes on."""
    if not callable(local):
        return upstream * local
    return local(upstream) if required(local) else upstream * local()


def _named(called: Any, node: Any, gradient: Any) -> list[Any]:
    """The arguments of a rule: the node's gradient, or the node itself, by the name it has for it."""
    function = function_behind(called)
    if function is None or not required(called):
        return []
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    wanted = names[isinstance(called, MethodType) :][: required(called)]
    return [node if name in _NODE else gradient for name in wanted]


_NODE = ("out", "node", "self", "result", "res", "output", "v", "t")


def as_node(engine: Engine, raw: Any) -> Any:
    """A node of theirs that holds an amount, for a gradient that is one."""
    return type(engine.root)(raw)


def _amounts(engine: Engine, given: Any, count: int) -> list[Any] | None:
    """What a rule gave back, an amount an operand."""
    things = list(given) if isinstance(given, (tuple, list)) else [given]
    if len(things) != count and count == 1:
        things = [given]
    found: list[Any] = []
    for thing in things[:count]:
        while engine.is_node(thing):
            thing = get(thing, engine.data_name)
        found.append(plain(thing) if is_amount(thing) else None)
    if not any(amount is not None for amount in found):
        return None
    return found + [None] * (count - len(found))


def fitted(amount: Any, to: Any) -> Any:
    """A gradient in the shape of what it is of, where the two differ by axes of one entry alone."""
    shape = shape_of(to)
    if amount is None or shape_of(amount) == shape or not _is_same_but_for_axes_of_one(shape_of(amount), shape):
        return amount
    laid = np.reshape(amount, shape)
    return laid if shape else laid[()]


def _is_same_but_for_axes_of_one(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return [n for n in one if n != 1] == [n for n in other if n != 1]
