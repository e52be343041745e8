"""The pullback of a node: what of theirs passes its gradient on to its operands, and how that is called."""

from __future__ import annotations

import re
from collections.abc import Callable
from dis import get_instructions
from enum import Enum
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

from ..attributes import attributes, is_object
from ..source import function_behind
from .functions import codes_in, functions_of, held_by, required
from .reading import Engine, get

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
BACKWARDS = ("backward", "_backward", "grad", "vjp", "backprop")
"""What the method of an operation's class is called that gives the gradients of its inputs."""


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
        for name, function in functions_of(type(node)):
            if name in RULES:
                bound = getattr(node, name)
                return Pullback(Kind.METHOD, bound, function=function, key=(function.__code__, *ends))
        walker = walker_of(node) if may_walk else None
        if walker is not None and arguments_of(walker) and (function := function_behind(walker)) is not None:
            return Pullback(Kind.WALKER, walker, function=function, key=(function.__code__, *ends))
    return Pullback(Kind.NONE, key=ends)


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
                if function is not None:
                    context = _context(engine, own if holder is None else inside, thing, holder)
                    return Pullback(Kind.CLASS, getattr(thing, name), thing, context, function)
    return None


def _is_of_nodes(engine: Engine, thing: Any) -> bool:
    return issubclass(thing, type(engine.root)) if isinstance(thing, type) else engine.is_node(thing)


def _context(engine: Engine, beside: dict[str, Any], thing: Any, holder: Any) -> Any:
    """What a class's `backward` is given to remember its forward by: an object beside it, or the one that holds it."""
    names = sorted(beside, key=lambda name: "ctx" not in name and "context" not in name)
    objects = [beside[name] for name in names if is_object(beside[name])]
    found = [one for one in objects if one is not thing and not engine.is_node(one)]
    return found[0] if found else holder if holder is not None else thing
