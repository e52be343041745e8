"""How a user's engine is read: its nodes, under whatever names, what walks its graph back, and what a rule holds.

The names are those that micrograd's descendants use; where none of them fits, an attribute is known by what it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from ...amounts import alike, is_amount, is_anything, plain, shape_of
from ...graph import is_node
from ...repair.source import function_behind
from ...repair.user_code import attributes, closure_of, is_object
from ...rulecheck.parameters import IN_ORDER, parameters_of
from ..errors import OwnGraphError, UnreadableGraphError

DATA = ("data", "_data", "value", "_value", "val", "v", "x", "cached_data", "realized_data")
GRAD = ("grad", "_grad", "gradient", "_gradient", "derivative", "grad_value", "deriv", "adjoint", "adj", "dv", "g")
OPERANDS = (
    "_prev", "prev", "_children", "children", "_parents", "parents", "inputs", "_inputs", "operands", "_operands",
    "args", "_args", "deps", "_deps", "depends_on", "sources", "src", "_src", "srcs", "predecessors", "creators",
    "prevs", "nodes_in", "in_nodes", "local_gradients",
)  # fmt: skip
LABEL = ("label", "_label", "name", "_name")
SYMBOL = ("_op", "op", "_operation", "operation", "op_name", "operator", "creation_op", "fn", "creator")
ASKED = ("requires_grad", "_requires_grad", "require_grad", "requires_gradient", "requiresGrad", "trainable")
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
_INSTEAD = "Give the node where backward starts, whose data is a number or an array of numbers."


class Engine:
    """How the nodes of one graph are read and written.

    Attributes:
        root: where the user's backward starts.
        data_name, grad_name: the attributes of data and gradient.
        grads_are_nodes: whether a gradient is a node itself.
    """

    def __init__(self, root: Any) -> None:
        """Find the attributes in which the class of `root` keeps data and gradient.

        Raises:
            OwnGraphError: it is one of handgrad's own nodes.
            UnreadableGraphError: it has no data, or nothing that could be a gradient.
        """
        if is_node(root):
            raise OwnGraphError
        self.root = root
        self._paths: dict[type, tuple[str, ...]] = {}
        self._node_kinds = {type(root)}  # a gradient may be set by the walk alone
        own = attributes(root) if is_object(root) else {}
        numbers = [name for name, held in own.items() if is_amount(held)]
        floats = [name for name in numbers if not isinstance(own[name], (int, np.integer))]
        ones = [name for name in floats if np.all(own[name] == 1.0)]  # where backward begins a gradient is 1
        known = [name for name in DATA if is_object(root) and is_amount(get(root, name))]
        others = [name for name in numbers if name not in GRAD]
        names = [
            *sorted(known, key=lambda name: name not in own),
            *sorted(others, key=lambda name: ([name] == ones, name not in floats)),
        ]
        if not names:
            held = [f"Its {name} is a {type(own[name]).__name__}." for name in DATA if name in own]
            raise UnreadableGraphError(type(root).__name__, "data", DATA, " ".join([*held[:1], _INSTEAD]))
        self.data_name = names[0]
        known, left, one = ([name for name in some if name != self.data_name] for some in (GRAD, floats, ones))
        known = [name for name in known if has(root, name) and not callable(get(root, name))]
        known.sort(key=lambda name: name not in own)
        names = next((some for some in (known[:1], one, left) if len(some) == 1), [])
        if not names:
            raise UnreadableGraphError(type(root).__name__, "gradient", GRAD)
        self.grad_name = names[0]
        held = get(root, self.grad_name)
        self.grads_are_nodes = is_object(held) and is_amount(get(held, self.data_name))

    def is_node(self, thing: Any) -> bool:
        """Tell whether a thing has the data and gradient attributes of a node."""
        kind = type(thing)
        if kind not in self._node_kinds:
            if not (is_object(thing) and is_amount(get(thing, self.data_name)) and has(thing, self.grad_name)):
                return False
            self._node_kinds.add(kind)
        return True

    def data(self, node: Any) -> Any:
        """Return the data of a node: a float, or a copy in double precision; None where it is not computed yet."""
        held = getattr(node, self.data_name)
        return None if held is None else plain(held)

    def move(self, node: Any, amount: Any) -> None:
        """Set the data of a node to an amount, in the type that stands there."""
        before = getattr(node, self.data_name)
        if isinstance(before, np.ndarray):
            amount = np.asarray(amount, dtype=before.dtype if before.dtype.kind == "f" else float)
        elif not shape_of(amount):
            amount = type(before)(amount) if isinstance(before, np.floating) else float(amount)
        setattr(node, self.data_name, amount)

    def raw_grad(self, node: Any) -> Any:
        """Return the gradient as the engine holds it, of one that is a node the data; None for none."""
        held = get(node, self.grad_name)
        held = held if is_amount(held) else get(held, self.data_name)
        return held if is_amount(held) else None

    def grad(self, node: Any) -> Any:
        """Return the gradient, a float or an array of double precision; None for none."""
        held = self.raw_grad(node)
        return None if held is None else plain(held)

    def set_grad(self, node: Any, amount: Any) -> None:
        """Set the gradient to an amount, as the user's nodes hold one, or to None."""
        setattr(node, self.grad_name, None if amount is None else self.make_grad(node, amount))

    def make_grad(self, node: Any, amount: Any) -> Any:
        """Return an amount as the user's nodes hold a gradient."""
        like = getattr(node, self.data_name)
        held = np.array(amount, dtype=float) if isinstance(like, np.ndarray) or shape_of(amount) else float(amount)
        return type(node)(held) if self.grads_are_nodes else held

    def operands(self, node: Any) -> list[Any]:
        """Return the operands that a node records, in their order, duplicates as they are; [] for a leaf."""
        kind, root_kind = type(node), type(self.root)
        for one in dict.fromkeys((kind, root_kind)):
            path = self._paths.get(one)
            # Attributes that each hold an operand may be more, or others, for another class of theirs.
            found = self._along(node, path) if path and (one is kind or path[0]) else []
            if found or (path and path[0] and get(node, path[0]) is not None):  # of a leaf, it holds none
                return found
        path = self._find_path(node)
        if path:
            self._paths[kind] = path
        return self._along(node, path) if path else []

    def label(self, node: Any) -> str:
        """Return the user's own name for a node, "" for none."""
        texts = (get(node, name) for name in LABEL)
        return next((text for text in texts if isinstance(text, str) and text.strip() not in ("", "None")), "")

    def symbol(self, node: Any) -> str:
        """Return the user's word for the operation that made a node, "" for none."""
        held = (get(node, name) for name in SYMBOL)
        texts = (one.__name__ if isinstance(one, type) else one for one in held)
        return next((text for text in texts if isinstance(text, str) and text), "")

    def wants_grad(self, node: Any) -> bool:
        """Tell whether a node wants a gradient: `requires_grad`, or what the user calls it, is not False."""
        return all(get(node, name) is not False for name in ASKED)

    def _along(self, node: Any, path: tuple[str, ...]) -> list[Any]:
        """Return the nodes that are found in a node by the names of attributes."""
        if path[0] == "":  # several attributes, each of them an operand
            return [thing for name in path[1:] if self.is_node(thing := get(node, name))]
        held = node
        for name in path:
            held = get(held, name)
        return self._collect_nodes(held, node)

    def _collect_nodes(self, held: Any, node: Any) -> list[Any]:
        """Return the nodes that a container holds, alone or each with its local gradient."""
        if not isinstance(held, (list, tuple, set, frozenset, Mapping)):
            return []
        found = list(held) if self._node_kinds.issuperset(map(type, held)) else []
        for item in () if found else held:
            inside = list(item) if isinstance(item, (tuple, list)) else []  # an operand with its local gradient
            if is_object(item) and not self.is_node(item):  # a rule
                inside = list(attributes(item).values())
            nodes = [part for part in inside if self.is_node(part)] if len(inside) > 1 else []
            found += [item] if self.is_node(item) else nodes if len(nodes) == 1 else []
        return [] if any(one is node for one in found) else found

    def _find_path(self, node: Any) -> tuple[str, ...]:
        """Find the attributes that lead to the operands of a node of this class; () for none."""
        held = attributes(node)
        names = [name for name in OPERANDS if name in held]
        names += [name for name in held if name not in (*names, self.data_name, self.grad_name)]
        for name in names:
            if self._collect_nodes(held[name], node):
                return (name,)
        for name in names:  # an object of a class for the operation, which holds them
            if is_object(held[name]) and not self.is_node(held[name]):
                inner = attributes(held[name])
                for deeper in sorted(inner, key=lambda name: name not in OPERANDS):
                    if self._collect_nodes(inner[deeper], node):
                        return (name, deeper)
        single = [name for name in names if self.is_node(held[name]) and held[name] is not node]
        return ("", *single) if single else ()


def root_of(returned: Any) -> Any:
    """Return the node that a program gives back: the first object where it gives several things."""
    return next(filter(is_object, returned), returned) if isinstance(returned, (tuple, list)) else returned


def has(thing: Any, name: str) -> bool:
    """Tell whether a thing has an attribute, or a property, of this name."""
    try:
        return hasattr(thing, name)
    except Exception:  # a property of theirs may raise anything
        return True


def get(thing: Any, name: str) -> Any:
    """Return an attribute, or what a property gives; None where there is none."""
    try:
        return getattr(thing, name, None)
    except Exception:  # a property of theirs may raise anything
        return None


def walker_of(root: Any) -> Callable[..., Any] | None:
    """Return what walks back from a node, a method or a function of its module; None for none."""
    for name in WALKERS:
        walker = get(root, name)
        if callable(walker) and function_behind(walker) is not None:
            return walker
    for function in functions_of(type(root)):
        for name in WALKERS:
            held = function.__globals__.get(name)
            if isinstance(held, FunctionType) and sum(are_needed(held)) == 1:
                return partial(held, root)
    return None


def are_needed(function: Any) -> list[bool]:
    """Tell of each argument that a function takes in order whether it has to be given."""
    return [one.default is one.empty for one in parameters_of(function) if one.kind in IN_ORDER]


def functions_of(kind: type) -> Iterator[FunctionType]:
    """Yield the functions of a class and its bases, each name's once, its own first."""
    held = {name: one for base in reversed(kind.__mro__[:-1]) for name, one in vars(base).items()}
    yield from filter(None, map(function_behind, held.values()))


def captures_of(rule: Any, function: FunctionType) -> dict[str, Any]:
    """Return what a closure, a partial or a method holds on to by name, of the function behind it."""
    found: dict[str, Any] = {}
    if isinstance(rule, partial):
        found.update({f"argument {place}": held for place, held in enumerate(rule.args)}, **rule.keywords)
    if isinstance(rule, MethodType):
        found["self"] = rule.__self__
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    return {**found, **closure_of(function), **dict(zip(reversed(names), reversed(function.__defaults__ or ())))}


def fit(amount: Any, to: Any) -> Any:
    """Return a gradient in the shape of what it is of, where the two differ by axes of one entry alone."""
    shape = shape_of(to)
    own = shape_of(amount)
    if amount is None or own == shape or [n for n in own if n != 1] != [n for n in shape if n != 1]:
        return amount
    laid = np.reshape(amount, shape)
    return laid if shape else laid[()]


def is_same(one: Any, other: Any, share: float, floor: float) -> bool:
    """Tell whether two gradients are the same, as far as that can be; none is 0."""
    if one is None or other is None:
        return not is_anything(one if other is None else other)
    return alike(plain(fit(one, other)), plain(other), share, floor)
