"""What a node is called: its label, else its expression where that is short, else operation and number."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .errors import NotANumberError
from .graph import topological_order

if TYPE_CHECKING:
    from .value import Value

LONGEST_EXPRESSION = 14
"""An expression of more characters than this is shown by its operation and number instead."""


class Names:
    """The names of a graph's nodes; all different, but for constants.

    A label used by two nodes is told apart by a number: `h` and `h (2)`. The number of an
    unlabelled node is its place in topological order, from 1.
    """

    def __init__(self, root: Value) -> None:
        self._root = root
        self._names: dict[Value, str] | None = None

    def __getitem__(self, node: Value) -> str:
        if self._names is None:
            self._names = _name_all(topological_order(self._root))
        name = self._names.get(node)
        return expression(node) or f"{node.data:g}" if name is None else name


def _name_all(order: list[Value]) -> dict[Value, str]:
    names = {node: node.label or expression(node) for node in order}
    uses = Counter(names.values())
    labelled = {node.label for node in order if node.label}
    seen: Counter[str] = Counter()
    for number, node in enumerate(order, 1):
        name = names[node]
        if node.is_constant or (name and uses[name] == 1):
            continue
        if node.label:
            seen[name] += 1
            if seen[name] > 1:
                names[node] = _free(f"{name} ({seen[name]})", labelled)
        else:
            names[node] = _free(f"{node.op.name if node.op else 'leaf'}{number}", labelled)
    return names


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "'"
    return name


def expression(node: Value, longest: int = LONGEST_EXPRESSION) -> str:
    """The expression of a node in terms of labels, such as `a*b + c`; "" where it is too long or unnamed.

    Args:
        node: any node.
        longest: how many characters it may have. Each level of a graph adds one or more, so this
            bounds the depth of the recursion too.
    """
    text, _ = _expression(node, longest)
    return text if len(text) <= longest else ""


def _expression(node: Value, longest: int) -> tuple[str, int]:
    """The text and how tightly it binds; ("", 0) as soon as it cannot fit."""
    nothing = ("", 0)
    if node.label:
        return (node.label, 9) if len(node.label) <= longest else nothing
    op, operands = node.op, node.operands
    if op is None or longest <= 0 or len(operands) > longest:
        return nothing
    parts = []
    room = longest - len(operands) + 1
    for operand in operands:
        text, binding = _expression(operand, room)
        if not text:
            return nothing
        parts.append((text, binding))
        room -= len(text)
    if op.name == "neg":
        return "-" + _wrap(*parts[0], op.precedence), op.precedence
    if not op.precedence:
        return f"{op.name}({', '.join(text for text, _ in parts)})", 9
    (left, left_binding), (right, right_binding) = parts
    # a - (b + c) and (a ** b) ** c keep their brackets; a + b + c needs none.
    left = _wrap(left, left_binding, op.precedence + (op.name == "**"))
    right = _wrap(right, right_binding, op.precedence + (op.name in "-/"))
    space = " " if op.precedence == 1 else ""
    return f"{left}{space}{op.name}{space}{right}", op.precedence


def _wrap(text: str, binding: int, needed: int) -> str:
    return f"({text})" if binding < needed or (text.startswith("-") and needed > 1) else text


def label(*scopes: Mapping[str, Any], **names: Any) -> None:
    """Give nodes the names of your own variables.

    `label()` takes every variable of the place it is called from, `label(locals())` or any other
    mapping just those, `label(e=e)` a single one. A list, tuple or object array called `w` names
    its nodes `w[0]`, `w[1]`, `w[0][1]`; other things are passed over. A node that has a label
    keeps it, so the first of two names for one node counts; constants keep their number.

    Raises:
        TypeError: a scope is not a mapping.

    Example:
        >>> from engine import Value, label
        >>> a, b = Value(2.0), Value(-3.0)
        >>> e = a * b
        >>> label()
        >>> e.label
        'e'
    """
    if not scopes and not names:
        scopes = (sys._getframe(1).f_locals,)
    for scope in (*scopes, names):
        if not isinstance(scope, Mapping):
            raise NotANumberError(
                scope, "label takes variables by name", "Write label(locals()), label(e=e) or just label()."
            )
        for name, thing in list(scope.items()):
            if not name.startswith("_"):
                for node, text in _named_nodes(thing, name):
                    if not node.label:
                        node.label = text


def _named_nodes(thing: Any, name: str) -> Iterator[tuple[Value, str]]:
    """The nodes in a variable with the texts that reach them; lists nest at most 4 deep."""
    from .value import Value

    stack: list[tuple[Any, str, int]] = [(thing, name, 0)]
    while stack:
        thing, name, depth = stack.pop()
        if isinstance(thing, Value):
            yield thing, name
        elif depth < 4 and (isinstance(thing, (list, tuple)) or _is_object_array(thing)):
            items: Iterable[Any] = thing
            inner = [(item, f"{name}[{i}]", depth + 1) for i, item in enumerate(items)]
            stack.extend(reversed(inner))


def _is_object_array(thing: Any) -> bool:
    dtype = getattr(thing, "dtype", None)
    return dtype is not None and dtype == object and getattr(thing, "ndim", 0) > 0
