"""The pullback of a node: what of theirs passes its gradient on to its operands, and how that is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dis import get_instructions
from enum import Enum
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

import numpy as np

from ...arrays.amounts import is_amount, plain, shape_of
from ...repair.attributes import attributes, is_object
from ...repair.source import function_behind
from .engine import Engine, as_they_hold, get
from .functions import codes_in, functions_of, held_by, required

RULES = (
    "_backward", "_backward_fn", "backward_fn", "_backward_func", "backward_func", "backward_op", "grad_fn", "_grad_fn",
    "_backprop", "backprop", "_back", "back", "_bw", "bw", "_pullback", "pullback", "_vjp", "vjp", "_propagate",
    "propagate", "_derivative", "derivative_fn", "_local_backward", "local_backward", "_chain", "apply_chain",
)  # fmt: skip
WALKERS = (
    "backward", "backprop", "backpropagate", "back_propagate", "backpropagation", "back_prop", "backwards",
    "backward_pass", "run_backward", "full_backward", "compute_gradients", "compute_grads", "compute_gradient",
    "calculate_gradients", "calc_gradients", "get_gradients", "gradients", "autograd",
)  # fmt: skip
BACKWARDS = ("backward", "_backward", "grad", "gradient", "vjp", "backprop", "apply")
"""What the method of an operation's class is called that gives the gradients of its inputs. `apply` is that only of
an object that was made for it, and that takes the gradient alone."""


class Kind(Enum):
    """How a rule is written."""

    FUNCTION = "a function that the node holds"
    METHOD = "a method of the node's class"
    CLASS = "a class or an object for the operation"
    LOCALS = "local gradients that the node holds"
    WALKER = "the method that walks the graph"
    NONE = "nothing"


class Pullback(NamedTuple):
    """The rule of one node, as they wrote it.

    Attributes:
        called: what is called; of local gradients that are functions these, of numbers None.
        owner: the class or the object whose `backward` it is.
        context: what a class's `backward` takes first.
        function: the Python function that is called.
        attribute: the node's attribute that holds it, "" for none.
        key: the same for the nodes that have the same rule.
    """

    kind: Kind
    called: Any = None
    owner: Any = None
    context: Any = None
    function: Any = None  # a FunctionType, which as the type of a field would be taken for a method
    attribute: str = ""
    key: tuple[Any, ...] = ()

    @property
    def nothing(self) -> Pullback:
        """In its place: no rule."""
        return Pullback(Kind.NONE, key=self.key[-3:])

    @property
    def is_closure(self) -> bool:
        """Whether it was written inside the function that makes the node, and holds on to what that was given."""
        return self.kind is Kind.FUNCTION or (self.kind is Kind.LOCALS and self.called is not None)

    @property
    def adds_itself(self) -> bool:
        """Whether it writes into the operands' gradients, where another gives back what is to be added."""
        return self.kind in (Kind.FUNCTION, Kind.METHOD)

    @property
    def codes(self) -> tuple[CodeType, ...]:
        """The code of what a rule that several operations share leaves its work to, then its own."""
        own = () if self.function is None else (self.function.__code__,)
        if self.kind is Kind.CLASS:
            return own
        if self.kind is Kind.LOCALS:
            return tuple(code for local in self.called or () for code in codes_in(local))
        return tuple(code for code in self.key if isinstance(code, CodeType) and code not in own) + own


def pullback_of(engine: Engine, node: Any, count: int, *, may_walk: bool = False) -> Pullback:
    """The rule of a node.

    Args:
        count: how many operands it has.
        may_walk: whether the method that walks the graph may itself be the rule, as no node has another.
    """
    symbol = re.sub(r"[-+]?\d[\d.e]*", "", engine.symbol(node)) or engine.symbol(node)
    ends = (type(node), symbol, count)
    own = attributes(node)
    for name in sorted(own, key=lambda name: name not in RULES):
        called = own[name]
        if isinstance(called, (FunctionType, MethodType, partial)) and (name in RULES or _sounds_right(name)):
            function = function_behind(called)
            if function is not None and not _is_nothing(function):
                shared = tuple(
                    code for held in held_by(called).values() if not engine.is_node(held) for code in codes_in(held)
                )
                kind = Kind.FUNCTION
                return Pullback(
                    kind, called, function=function, attribute=name, key=(function.__code__, *shared, *ends)
                )
    if count:
        found = _of_a_class(engine, own)
        if found is not None:
            return found._replace(key=(found.function and found.function.__code__, *found.key, *ends))
        locals_ = tuple(one.local for one in engine.recorded(node))
        if all(local is not None for local in locals_):
            codes = tuple(code for local in locals_ if callable(local) for code in codes_in(local))
            return Pullback(Kind.LOCALS, locals_ if codes else None, key=(*codes, *ends))
        methods = list(functions_of(type(node)))
        for name, function in [*(one for one in methods if one[0] in RULES), *_called_on_each(engine, node, methods)]:
            return Pullback(Kind.METHOD, getattr(node, name), function=function, key=(function.__code__, *ends))
        walker = walker_of(node) if may_walk else None
        if walker is not None and arguments_of(walker) and (function := function_behind(walker)) is not None:
            return Pullback(Kind.WALKER, walker, function=function, key=(function.__code__, *ends))
    return Pullback(Kind.NONE, key=ends)


def _called_on_each(
    engine: Engine, node: Any, methods: Sequence[tuple[str, FunctionType]]
) -> Iterator[tuple[str, FunctionType]]:
    """The methods that the walk calls, that take nothing and make of a node's gradient what goes to its operands."""
    walker = function_behind(walker_of(node))
    if walker is None:
        return
    read = {engine.grad_name, engine.data_name, *engine.path(node)[:1]}
    for name, function in methods:
        is_called = name in walker.__code__.co_names and name not in WALKERS and "zero" not in name
        if is_called and required(function) == 1 and read <= set(function.__code__.co_names):
            yield name, function


def walker_of(root: Any) -> Callable[..., Any] | None:
    """What runs their backward pass from a node: a method, or a function of their module; None where none is found."""
    for name in WALKERS:
        walker = get(root, name)
        if callable(walker) and function_behind(walker) is not None:
            return walker
    for _, function in functions_of(type(root)):
        for name in WALKERS:
            held = function.__globals__.get(name)
            if isinstance(held, FunctionType) and (required(held) or 0) == 1:
                return partial(held, root)
    return None


def walk(walker: Callable[..., Any], upstream: Any, *, insists: bool = False) -> None:
    """Run it; one that cannot do without the gradient to begin with is given it, and by request one that can."""
    if insists or required(walker):
        walker(upstream)
    else:
        walker()


def arguments_of(walker: Any) -> int:
    """How many arguments it can take."""
    function = function_behind(walker)
    if function is None:
        return 0
    return (
        function.__code__.co_argcount
        - isinstance(walker, MethodType)
        - (len(walker.args) if isinstance(walker, partial) else 0)
    )


def _sounds_right(name: str) -> bool:
    return "back" in name.lower() or "grad" in name.lower()


def _is_nothing(function: FunctionType) -> bool:
    """Whether it is what a fresh node has for a rule: a function that does nothing."""
    code = function.__code__
    if code.co_freevars or code.co_names or not set(code.co_consts) <= {None, code.co_name, function.__doc__}:
        return False
    return not any(step.opname.startswith("LOAD_FAST") for step in get_instructions(code))


def _of_a_class(engine: Engine, own: dict[str, Any]) -> Pullback | None:
    """A class of theirs for the operation, or an object of it, one step or two from the node."""
    for held in own.values():
        if engine.is_node(held):
            continue
        inside = attributes(held) if is_object(held) else {}
        for thing, holder in ((held, None), *((one, held) for one in inside.values())):
            if not (isinstance(thing, type) or is_object(thing)) or _is_of_nodes(engine, thing):
                continue
            for name in BACKWARDS:
                function = function_behind(get(thing, name))
                if function is not None and (name != "apply" or _takes_gradient(thing)):
                    context = _context(engine, own if holder is None else inside, thing, holder)
                    return Pullback(Kind.CLASS, getattr(thing, name), thing, context, function)
    return None


def _takes_gradient(thing: Any) -> bool:
    return not isinstance(thing, type) and not hasattr(thing, "forward") and required(thing.apply) == 1


def _is_of_nodes(engine: Engine, thing: Any) -> bool:
    return issubclass(thing, type(engine.root)) if isinstance(thing, type) else engine.is_node(thing)


def _context(engine: Engine, beside: dict[str, Any], thing: Any, holder: Any) -> Any:
    """What a class's `backward` is given to remember its forward by.

    An object that it holds under such a name; else one beside it, or the one that holds it.
    """
    inside = attributes(thing) if is_object(thing) else {}
    named = [held for name, held in inside.items() if _is_context(name) and is_object(held)]
    names = sorted(beside, key=lambda name: not _is_context(name))
    objects = [*named, *(beside[name] for name in names if is_object(beside[name]))]
    found = [one for one in objects if one is not thing and not engine.is_node(one)]
    return found[0] if found else holder if holder is not None else thing


def _is_context(name: str) -> bool:
    return "ctx" in name or "context" in name


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
        given_to = _named(pullback.called, node, gradient)
        if not any(one is node for one in given_to):
            given_to = [*([pullback.context] if (required(pullback.called) or 0) > 1 else []), gradient]
        try:
            given = pullback.called(*given_to)
        except (AttributeError, TypeError):
            if engine.grads_are_nodes:
                raise
            given = pullback.called(*given_to[:-1], as_node(engine, raw))
    else:
        given = pullback.called(*_named(pullback.called, node, gradient))
    return None if given is None else _amounts(engine, given, count)


def fresh_pullback(engine: Engine, pullback: Pullback, out: Any, count: int) -> Pullback:
    """The rule of a copy of a node, or of one that the same operation has made."""
    return pullback_of(engine, out, count, may_walk=pullback.kind is Kind.WALKER)


def given_to_each(
    engine: Engine, pullback: Pullback, out: Any, fresh: Sequence[Any], upstream: Any
) -> tuple[bool, list[Any]]:
    """Have the rule of a fresh node work on its fresh leaves.

    Returns:
        Whether it writes to its operands itself; and what it passes to each as it gives it, None for nothing. Of two
        that are one leaf the first has it where the rule writes.
    """
    given = passed_on(engine, fresh_pullback(engine, pullback, out, len(fresh)), out, upstream, len(fresh))
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
