"""How the nodes of the user's engine are read: their data, gradient, operands, labels, under whatever names.

The names are those that micrograd's descendants use; where none of them fits, an attribute is known by what it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...arrays.amounts import is_amount, plain
from ...repair.attributes import attributes, is_object, parts
from ..errors import UnreadableGraphError

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


class Engine:
    """How the nodes of one graph are read and written.

    Attributes:
        root: where the user's backward starts.
        data_name, grad_name: the attributes of data and gradient; None for a class that keeps no gradient.
        grads_are_nodes: whether a gradient is a node itself.
    """

    def __init__(self, root: Any) -> None:
        """Find the attributes in which the class of `root` keeps data and gradient.

        Raises:
            UnreadableGraphError: it has no data, or nothing that could be a gradient.
        """
        self.root = root
        self._paths: dict[type, tuple[str, ...]] = {}
        self._node_kinds: set[type] = set()
        kind = type(root).__name__
        instead = "Give the node where backward starts, whose data is a number or an array of numbers."
        if not is_object(root):
            raise UnreadableGraphError(kind, "data", DATA, instead)
        own = attributes(root)
        self.data_name = next((name for name in DATA if name in own and is_amount(own[name])), "")
        self.data_name = self.data_name or next((name for name in DATA if is_amount(get(root, name))), "")
        if not self.data_name:
            numbers = [name for name, held in own.items() if is_amount(held) and name not in GRAD]
            if len(numbers) != 1:
                raise UnreadableGraphError(kind, "data", DATA, instead)
            self.data_name = numbers[0]
        names = [name for name in GRAD if name != self.data_name and has(root, name)]
        self.grad_name = min(names, key=lambda name: name not in own, default=None)
        held = None if self.grad_name is None else get(root, self.grad_name)
        self.grads_are_nodes = is_object(held) and is_amount(get(held, self.data_name))
        if self.grad_name is None:
            raise UnreadableGraphError(kind, "gradient", GRAD)

    def is_node(self, thing: Any) -> bool:
        """Tell whether a thing has the data and gradient attributes of a node."""
        kind = type(thing)
        if kind in self._node_kinds:
            return True
        found = (
            is_object(thing)
            and is_amount(get(thing, self.data_name))
            and (self.grad_name is None or has(thing, self.grad_name))
        )
        if found:
            self._node_kinds.add(kind)
        return found

    def data(self, node: Any) -> Any:
        """Return the data of a node: a float, or a copy in double precision."""
        return plain(getattr(node, self.data_name))

    def set_data(self, node: Any, amount: Any) -> None:
        setattr(node, self.data_name, amount)

    def raw_grad(self, node: Any) -> Any:
        """Return the gradient as the engine holds it; None for none.

        Where it is a node itself, the data of that.
        """
        held = None if self.grad_name is None else get(node, self.grad_name)
        if held is not None and not is_amount(held):
            held = get(held, self.data_name)
        return held if is_amount(held) else None

    def grad(self, node: Any) -> Any:
        """Return the gradient, a float or an array of double precision; None for none."""
        held = self.raw_grad(node)
        return None if held is None else plain(held)

    def set_grad(self, node: Any, amount: Any) -> None:
        """Set the gradient to anything that the user's class holds there."""
        if self.grad_name is not None:
            setattr(node, self.grad_name, amount)

    def recorded(self, node: Any) -> list[Any]:
        """Return the operands that a node records, in their order; [] for a leaf.

        Duplicates stay as they are kept.
        """
        path = self.path(node)
        return self._along(node, path) if path else []

    def path(self, node: Any) -> tuple[str, ...]:
        """Return the attributes that lead to a node's operands; () where it holds none."""
        for kind in (type(node), type(self.root)):
            known = self._paths.get(kind)
            # Attributes that each hold an operand may be more, or others, for another class of theirs.
            if known and (kind is type(node) or known[0]) and self._along(node, known):
                return known
        found = self._discovered(node) or ()
        if found:
            self._paths[type(node)] = found
        return found

    def label(self, node: Any) -> str:
        """Return the user's own name for a node, "" for none."""
        texts = (get(node, name) for name in LABEL)
        return next((text for text in texts if isinstance(text, str) and text.strip() not in ("", "None")), "")

    def symbol(self, node: Any) -> str:
        """Return the user's word for the operation that made a node, "" for none."""
        for name in SYMBOL:
            held = get(node, name)
            if isinstance(held, str) and held:
                return held
            if isinstance(held, type):
                return held.__name__
        return ""

    def is_asked(self, node: Any) -> bool:
        """Tell whether a node wants a gradient.

        It wants none where `requires_grad`, or what the user calls it, is False.
        """
        return all(get(node, name) is not False for name in ASKED)

    def _along(self, node: Any, path: tuple[str, ...]) -> list[Any]:
        if path[0] == "":  # several attributes, each of them an operand
            held = (get(node, name) for name in path[1:])
            return [thing for thing in held if self.is_node(thing)]
        thing = node
        for name in path:
            thing = get(thing, name)
        return self._in_collection(thing, node)

    def _in_collection(self, held: Any, node: Any) -> list[Any]:
        if isinstance(held, Mapping):
            return [key for key in held if self.is_node(key) and key is not node]
        if not isinstance(held, (list, tuple, set, frozenset)):
            return []
        found = []
        for item in held:
            if self.is_node(item):
                found.append(item)
                continue
            inside = list(parts(item))  # an operand with its local gradient, or a function of the upstream gradient
            nodes = [part for part in inside if self.is_node(part)]
            if len(nodes) == 1 and len(inside) > 1:
                found.append(nodes[0])
        return [] if any(one is node for one in found) else found

    def _discovered(self, node: Any) -> tuple[str, ...] | None:
        """Find where a node of this class keeps its operands; None for nowhere."""
        held = attributes(node)
        names = [name for name in OPERANDS if name in held]
        names += [name for name in held if name not in names and name not in (self.data_name, self.grad_name)]
        for name in names:
            if self._in_collection(held[name], node):
                return (name,)
        for name in names:  # an object of a class for the operation, which holds them
            if is_object(held[name]) and not self.is_node(held[name]):
                inner = attributes(held[name])
                for deeper in sorted(inner, key=lambda name: name not in OPERANDS):
                    if self._in_collection(inner[deeper], node):
                        return (name, deeper)
        single = [name for name in names if self.is_node(held[name]) and held[name] is not node]
        return ("", *single) if single else None


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
