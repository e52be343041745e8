"""A rule called at a node: what it is given, and what it gives back."""

from __future__ import annotations

from types import MethodType
from typing import Any

import numpy as np

from .amounts import is_amount, plain, shape_of
from .functions import inner, required
from .reading import Engine, as_they_hold, get
from .rules import Kind, Rule


def passed_on(engine: Engine, rule: Rule, node: Any, upstream: Any, count: int) -> list[Any] | None:
    """Have a rule work at a node of which nothing else depends.

    Args:
        upstream: the gradient of the node.
        count: how many operands it has.

    Returns:
        What it gives for each operand, None for nothing; or None for a rule that writes to the operands itself.
    """
    raw = as_they_hold(upstream, getattr(node, engine.data_name))
    if rule.kind is Kind.LOCALS:
        locals_ = [one.local for one in engine.recorded(node)]
        return _amounts(engine, [_through(local, raw) for local in locals_], count)
    if rule.kind is Kind.WALKER:
        rule.called(raw)
        return None
    gradient = as_node(engine, raw) if engine.grads_are_nodes else raw
    engine.set_grad(node, gradient)
    if rule.kind is Kind.CLASS:
        first = [rule.context] if (required(rule.called) or 0) > 1 else []
        try:
            given = rule.called(*first, gradient)
        except (AttributeError, TypeError):
            if engine.grads_are_nodes:
                raise
            given = rule.called(*first, as_node(engine, raw))
    else:
        given = rule.called(*_named(rule.called, node, gradient))
    return None if given is None else _amounts(engine, given, count)


def _through(local: Any, upstream: Any) -> Any:
    """What a local gradient, or a function that gives it or applies it, passes on."""
    if not callable(local):
        return upstream * local
    return local(upstream) if required(local) else upstream * local()


def _named(called: Any, node: Any, gradient: Any) -> list[Any]:
    """The arguments of a rule: the node's gradient, or the node itself, by the name it has for it."""
    function = inner(called)
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
    """A gradient of one number for an array of one number, or the other way round, in the other's shape."""
    if amount is not None and shape_of(amount) != shape_of(to) and np.size(amount) == np.size(to) == 1:
        return plain(amount.reshape(shape_of(to))) if shape_of(amount) else plain(to * 0.0 + amount)
    return amount
