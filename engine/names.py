"""What a node is called: its label, else its expression where that is short, else what it is and what it goes into."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .errors import NotANumberError
from .graph import is_node, topological_order
from .ops import NEGATE

if TYPE_CHECKING:
    from .value import Value

LONGEST_EXPRESSION = 14
"""A node whose expression has more characters than this is told by what it goes into instead."""
LONGEST_PHRASE = 40
"""The same in a sentence, which has more room than a table."""
LONGEST_NUMBER = 9
"""A constant of more characters has been computed, and is in nobody's words."""

OUTPUT = "the output"
"""What a root without a name is called."""

MADE = {
    "+": "sum",
    "-": "difference",
    "*": "product",
    "@": "product",
    "/": "quotient",
    "**": "power",
    "neg": "negative",
    "sum": "sum",
    "mean": "mean",
    "max": "maximum",
    "min": "minimum",
    "maximum": "maximum",
    "minimum": "minimum",
    "index": "selection",
    "einsum": "product",
    "reshape": "reshaped array",
    "transpose": "transpose",
    "concatenate": "joined array",
    "stack": "joined array",
    "where": "masked array",
}
"""What some operations make, in words; that of another is told by its name."""

Text = tuple[str, int]
"""An expression and how tightly it binds; ("", 0) where there is none that is short enough."""

NO_TEXT: Text = ("", 0)

Alike = list[Any]  # what some steps are and go into, and how many they are
Step = tuple[Alike, int]  # and which of them it is


class Names:
    """The names of a graph's nodes; all different, but for constants.

    A label or an expression of two nodes is told apart by a number: `h` and `h (2)`. A step without a
    name is told by what it is and the nearest node with a label that it goes into: `difference in loss`,
    or where there are several, in the order in which they were computed, `2nd difference in loss`.

    Attributes:
        order: the nodes, in topological order.
    """

    def __init__(self, root: Value) -> None:
        self.order = topological_order(root)
        self._names: dict[Value, str] | None = None
        self._steps: dict[Value, Step] = {}

    def __getitem__(self, node: Value) -> str:
        if self._names is None:
            self._names, self._steps = _name_all(self.order)
        if (name := self._names.get(node)) is not None:
            return name
        return _name_step(*self._steps[node]) if node in self._steps else name_of(node)

    def phrase(self, node: Value) -> str:
        """Return the name of a node for a sentence, where a longer expression fits."""
        name = self[node]
        if node not in self._steps:
            return name
        return expression(node, LONGEST_PHRASE) or (name if name == OUTPUT else f"the {name}")

    def is_step(self, node: Value) -> bool:
        """Return whether a node has no name but what it is and what it goes into."""
        return bool(self[node]) and node in self._steps and not expression(node, LONGEST_PHRASE)


def name_of(node: Value) -> str:
    """Return a node's name without its graph: label, short expression, or its number."""
    return node.label or expression(node) or (f"an array of shape {node.shape}" if node.shape else f"{node.data:g}")


def _name_all(order: list[Value]) -> tuple[dict[Value, str], dict[Value, Step]]:
    """Return the names, and how each step without one is told: of many only a few are ever put together."""
    texts: dict[Value, Text] = {}
    names: dict[Value, str] = {}
    for node in order:
        if node.label or node._first is None or node._first in texts:  # as few of a big graph
            text = _compose(node, lambda operand: texts.get(operand, NO_TEXT), LONGEST_EXPRESSION)
            if text is not NO_TEXT:
                texts[node] = text
            if (name := node.label or text[0]) or node.is_constant:
                names[node] = name
    steps = _tell_steps(order, names) if len(names) < len(order) else {}
    uses = Counter(names.values())
    if any(" in " in name or name == OUTPUT for name in uses):  # a step may be told by the same words
        names = {node: names[node] if node in names else _name_step(*steps[node]) for node in order}
        uses = Counter(names.values())
    taken, seen = set(uses), Counter[str]()
    for node, name in names.items():
        if uses[name] == 1 or node.is_constant:
            continue
        seen[name] += 1
        if seen[name] > 1:
            free = f"{name} ({seen[name]})"
            while free in taken:
                free += "'"
            taken.add(free)
            names[node] = free
    return names, steps


def _tell_steps(order: list[Value], names: Mapping[Value, str]) -> dict[Value, Step]:
    """Return what each node without a name is and goes into, and which of these it is."""
    into: dict[Value, tuple[int, str]] = {}
    root, end = order[-1], order[-1].label or OUTPUT
    is_named = any(node.label for node in names if node.op is not None and node is not root)
    for node in reversed(order) if is_named else ():  # else all goes into the end
        away, label = (0, node.label) if node.label else into.get(node, (0, OUTPUT))
        reached = away + 1, label
        for operand in node.operands:
            if operand not in into or into[operand][0] > away + 1:
                into[operand] = reached
    alike: dict[str, Alike] = {}
    steps: dict[Value, Step] = {}
    for node in order:
        if node not in names and node is not root:
            word = "leaf" if node.op is None else MADE.get(node.op.name, node.op.name)
            name = f"{word} in {into[node][1] if into else end}"
            some = alike.setdefault(name, [name, 0])
            some[1] += 1
            steps[node] = some, some[1]
    return steps if root in names else {**steps, root: ([OUTPUT, 1], 1)}


def _name_step(alike: Alike, number: int) -> str:
    what, total = alike
    return f"{ordinal(number)} {what}" if total > 1 else what


def ordinal(number: int) -> str:
    """Return a number's place in a row: "2nd"."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def expression(node: Value, longest: int = LONGEST_EXPRESSION) -> str:
    """Return a node as an expression such as `a*b + c`; "" if too long or unnamed.

    Args:
        node: any node.
        longest: how many characters it may have. Each level of a graph adds one or more, so this
            bounds the depth of the recursion too.
    """
    return _text(node, longest)[0]


def _text(node: Value, longest: int) -> Text:
    """Write a node as an expression of labels; NO_TEXT where that is too long."""
    return _compose(node, lambda operand: _text(operand, longest - 1), longest) if longest > 0 else NO_TEXT


def _compose(node: Value, text_of: Callable[[Value], Text], longest: int) -> Text:
    """Write a node from the texts of its operands, with the brackets it needs."""
    if node.label:
        is_said = len(node.label) <= (min(longest, LONGEST_NUMBER) if node.is_constant else longest)
        return (node.label, 9) if is_said else NO_TEXT
    op = node.op
    if op is None:
        return NO_TEXT
    parts = []
    for operand in node.operands:
        part = text_of(operand)
        if part is NO_TEXT:
            return NO_TEXT
        parts.append(part)
    binding = op.precedence
    if op.name == "neg":
        text = "-" + _wrap(*parts[0], binding)
    elif _postfix(op):
        text, binding = _wrap(*parts[0], 9) + _postfix(op), 9
    elif not binding:
        text, binding = f"{op.name}({', '.join(part for part, _ in parts)})", 9
    else:
        (left, left_binding), (right, right_binding) = parts
        # a - (b + c) and (a ** b) ** c keep their brackets; a + b + c needs none.
        left = _wrap(left, left_binding, binding + (op.name == "**"))
        right = f"({right})" if right[0] == "-" else _wrap(right, right_binding, binding + (op.name in "-/"))
        space = " " if binding == 1 else ""
        text = f"{left}{space}{op.name}{space}{right}"
    return (text, binding) if len(text) <= longest else NO_TEXT


def _postfix(op: Any) -> str:
    """Return what follows an array in its text: an index, "[...]", ".T", or ""."""
    detail: str = getattr(op, "detail", "")
    if op.name == "transpose" and not detail:
        return ".T"
    if op.name != "index":
        return ""
    return detail if detail[:1] == "[" and "array" not in detail else "[...]"


def _wrap(text: str, binding: int, needed: int) -> str:
    return f"({text})" if binding < needed or (text[0] == "-" and needed > NEGATE.precedence) else text


def label(*scopes: Any, **names: Any) -> Any:
    """Give nodes the names of your own variables, or an array one name.

    `label()` takes every variable of the place it is called from, `label(locals())` or any other
    mapping just those, `label(e=e)` a single one. A list, tuple or object array called `w` names
    its nodes `w[0]`, `w[1]`, `w[0][1]`; other things are passed over. A node that has a label
    keeps it, so the first of two names for one node counts; constants keep their number.
    `label(values, "hprebn")` names one node, whether it has a name or not, and returns it.

    Raises:
        TypeError: a scope is not a mapping.

    Examples:
        >>> from handgrad import Value, label
        >>> a, b = Value(2.0), Value(-3.0)
        >>> e = a * b
        >>> label()
        >>> e.label
        'e'
    """
    if len(scopes) == 2 and not names and not isinstance(scopes[1], Mapping):
        return label_one(*scopes)
    if not scopes and not names:
        scopes = (sys._getframe(1).f_locals,)
    for scope in (*scopes, names):
        if not isinstance(scope, Mapping):
            raise NotANumberError(
                scope, "label takes variables by name", "Write label(locals()), label(e=e) or just label()."
            )
        for name, thing in list(scope.items()):
            if not name.startswith("_"):
                for node, text in named_nodes(thing, name):
                    if not node.label:
                        node.label = text
    return None


def label_one(values: Any, name: str) -> Any:
    """Name a node, or the entries of an array or a list `w[0]`, `w[1]` ...

    Args:
        values: a node, or an array or list of them.
        name: a text.

    Returns:
        What was given.

    Raises:
        NotANumberError: it holds no nodes, or `name` is not a text.

    Examples:
        >>> from handgrad import Value
        >>> label_one(Value(2.0) * 3.0, "y").label
        'y'
    """
    if not isinstance(name, str):
        raise NotANumberError(name, "the name of a node", 'A label is a text: label(h, "h").')
    named = list(named_nodes(values, name))
    if not named:
        raise NotANumberError(values, f"label(values, {name!r})", "Give nodes: array(numbers, label=...).")
    for node, text in named:
        node.label = text
    return values


def named_nodes(thing: Any, name: str, depth: int = 4) -> Iterator[tuple[Value, str]]:
    """Yield the nodes in a variable, each with its text; lists nest at most so deep."""
    if is_node(thing):
        yield thing, name
    elif depth and (isinstance(thing, (list, tuple)) or (is_object_array(thing) and thing.ndim)):
        for i, item in enumerate(thing):
            yield from named_nodes(item, f"{name}[{i}]", depth - 1)


def is_object_array(thing: Any) -> bool:
    """Return whether it is an array of NumPy's whose entries are Python's objects, such as Values."""
    return getattr(getattr(thing, "dtype", None), "kind", "") == "O"


def listed(names: Iterable[str]) -> str:
    """Return a list in words, each name once, the longer ones cut after three."""
    met: dict[str, None] = {}
    for name in names:  # to find one takes time, and there may be thousands
        met[name] = None
        if len(met) > 4:
            break
    shown = list(met) if len(met) <= 4 else [*list(met)[:3], "others"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
