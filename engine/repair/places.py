"""The expressions of a statement that an edit may change, and what there is to put in their place."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

Shape = tuple[int, ...]

MOST_FACTORS = 8
_OF_ARRAYS = {*dir(np.ndarray), "device", "requires_grad", "needs_input_grad", "saved_tensors", "saved_variables"} - {
    "data"
}
REDUCING = ("sum", "mean", "max", "min", "amax", "var", "std")

ENTRYWISE = (
    "exp", "log", "sqrt", "tanh", "square", "abs", "sign", "sin", "cos", "sinh", "cosh", "log1p", "expm1",
    "reciprocal", "sigmoid", "relu", "softplus", "erf",
)  # fmt: skip
_OF_AXES = ("axis", "keepdims", "dim", "keepdim")

HEADS: dict[type[ast.AST], str] = {ast.If: "test", ast.While: "test", ast.For: "iter", ast.Lambda: "body"}
_MODULES = ("np", "numpy", "torch", "F", "math", "cmath")
_NO_VALUES = (ast.Constant, ast.Compare, ast.Starred, ast.Dict, ast.Tuple, ast.List, ast.Slice)
_PYTHON = frozenset({
    *_MODULES, "nn", "range", "len", "self", "reversed", "print", "zip", "enumerate", "float", "int", "sum", "dict",
    "tuple", "list", "max", "min", "abs", "True", "False", "None",
})  # fmt: skip


def text_of(node: ast.AST) -> str:
    return ast.unparse(node)


def index_text(node: ast.Subscript) -> str:
    """Return what stands between its brackets."""
    return text_of(node)[len(text_of(node.value)) + 1 : -1]


class Call(NamedTuple):
    """A call of a function of NumPy's, or of the method of an array that does the same.

    Attributes:
        name: of the function.
        parts: the texts of its arguments by place.
        arrays: those that are arrays; of a method its array first.
        rest: the arguments after these.
    """

    node: ast.Call
    name: str
    parts: list[str]
    arrays: list[str]
    rest: list[ast.expr]

    def renamed(self, name: str) -> str:
        """Return the text of the same call of another function."""
        inner = [*map(text_of, self.node.args), *(f"{one.arg}={text_of(one.value)}" for one in self.node.keywords)]
        function = self.node.func
        before = f"({text_of(function.value)})." if isinstance(function, ast.Attribute) else ""
        return f"{before}{name}({', '.join(inner)})"


OPERATORS: Mapping[str, type[ast.operator]] = {
    "add": ast.Add, "sub": ast.Sub, "subtract": ast.Sub, "mul": ast.Mult, "multiply": ast.Mult, "div": ast.Div,
    "divide": ast.Div, "true_divide": ast.Div, "pow": ast.Pow, "power": ast.Pow,
}  # fmt: skip
"""Functions, and methods of arrays, that do what an operator does."""


class Operation(NamedTuple):
    """Two things with an operator between them, or a call that does the same; `left` and `right` are their texts."""

    kind: type[ast.operator]
    left: str
    right: str


@dataclass(frozen=True)
class Place:
    """An expression.

    Attributes:
        is_index: whether it stands within an index.
        is_term: whether a minus or a factor may be missing before it: it is none of the factors of a product.
        is_root: whether it is all that stands to the right.
        names: what the function reads elsewhere: variables, attributes of self, entries of a cache.
        target: what the statement gives a value to.
        statement: it.
        shapes: the shapes that names were seen with.
        factors: what the forward scales by.
        unread: what is computed and never read, by itself and with each index that something else has.
        functions: what the forward does to each entry of something, as it writes it.
        is_condition: whether an `x if this else y` asks for it.
    """

    node: ast.expr
    is_index: bool
    is_term: bool
    is_root: bool
    names: Sequence[str]
    target: str
    statement: ast.stmt | ast.Lambda
    shapes: Mapping[str, Collection[Shape]]
    unread: Sequence[str]
    factors: Sequence[str]
    functions: Sequence[str] = ()
    is_condition: bool = False

    def may_go_with(self, name: str) -> bool:
        """Tell whether the result would keep its shape with an array of this name in it."""
        mine, other = self.shapes.get(self.target), self.shapes.get(name)
        if not self.is_root or mine is None or other is None or isinstance(self.statement, ast.AugAssign):
            return True
        return any(_is_spread(one, to) for one in other for to in mine)

    @cached_property
    def text(self) -> str:
        return text_of(self.node)

    @property
    def is_value(self) -> bool:
        return not isinstance(self.node, _NO_VALUES) and not isinstance(self.statement, (ast.If, ast.For, ast.While))

    @property
    def is_test(self) -> bool:
        return self.is_condition or (self.is_root and isinstance(self.statement, ast.If))

    @property
    def is_iterated(self) -> bool:
        return self.is_root and isinstance(self.statement, ast.For)

    def operation(self, *kinds: type[ast.operator]) -> Operation | None:
        """Return the operation that it is, of one of these kinds; None for anything else."""
        if isinstance(self.node, ast.BinOp):
            kind, left, right = type(self.node.op), self.node.left, self.node.right
            return Operation(kind, text_of(left), text_of(right)) if kind in kinds else None
        call = self.call(*(name for name, kind in OPERATORS.items() if kind in kinds))
        given = [] if call is None else [*call.arrays, *map(text_of, call.rest)]
        return Operation(OPERATORS[call.name], *given) if call is not None and len(given) == 2 else None

    def call(self, *names: str) -> Call | None:
        """Return the call that it is, of one of these functions.

        None for any other expression.
        """
        node = self.node
        if not isinstance(node, ast.Call):
            return None
        function, parts = node.func, list(map(text_of, node.args))
        if isinstance(function, ast.Name):
            return Call(node, function.id, parts, parts, []) if function.id in names else None
        if not isinstance(function, ast.Attribute) or function.attr not in names:
            return None
        if isinstance(function.value, ast.Name) and function.value.id in _MODULES:
            count = 2 if function.attr in ("dot", "matmul", "mm", "outer") else 1
            return Call(node, function.attr, parts, parts[:count], node.args[count:])
        own = text_of(function.value)
        if function.attr in ("dot", "matmul", "mm"):
            return Call(node, function.attr, parts, [own, *parts], [])
        return Call(node, function.attr, parts, [own], node.args)


def _is_spread(shape: Shape, to: Shape) -> bool:
    """Tell whether an array of a shape is broadcast to another."""
    pairs = zip(shape[::-1], to[::-1])
    return len(shape) <= len(to) and all(one in (1, other) for one, other in pairs)


def places_of(
    statement: ast.stmt | ast.Lambda,
    names: Sequence[str],
    shapes: Mapping[str, Collection[Shape]],
    unread: Sequence[str],
    factors: Sequence[str],
    functions: Sequence[str] = (),
) -> Iterator[Place]:
    """Yield the expressions that a statement reads.

    They stand in it, and in the index that it stores at.
    """
    target = target_of(statement)
    said = "" if target is None else text_of(target)
    known = (names, said, statement, shapes, unread, factors, functions)
    value = getattr(statement, HEADS.get(type(statement), "value"), None)
    if value is not None and not isinstance(statement, ast.With):
        yield from _within(Place(value, False, True, True, *known))
    if isinstance(target, ast.Subscript):
        yield from _within(Place(target.slice, True, False, False, *known))


def target_of(statement: ast.stmt | ast.Lambda) -> ast.expr | None:
    if isinstance(statement, ast.Assign):
        return statement.targets[0]
    return statement.target if isinstance(statement, ast.AugAssign) else None


def _within(place: Place) -> Iterator[Place]:
    node = place.node
    if not isinstance(node, (ast.Starred, ast.Slice)):  # neither is an expression by itself
        yield place

    def inner(one: ast.expr, *, is_index: bool = place.is_index, is_term: bool = False) -> Iterator[Place]:
        is_term = is_term and not is_index
        asks = isinstance(node, ast.IfExp) and one is node.test
        changed = replace(place, node=one, is_index=is_index, is_term=is_term, is_root=False, is_condition=asks)
        return _within(changed)

    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Attribute) and not _is_module(function.value):
            yield from inner(function.value, is_term=True)
        # The axis of a sum is no number to compute with.
        call = place.call(*REDUCING)
        args = node.args if call is None else [one for one in node.args if one not in call.rest]
        for one in (*args, *(keyword.value for keyword in node.keywords if keyword.arg not in _OF_AXES)):
            yield from inner(one, is_term=True)
    elif isinstance(node, ast.Subscript):
        yield from inner(node.value)
        yield from inner(node.slice, is_index=True)
    elif isinstance(node, ast.Slice):
        for end in (node.lower, node.upper, node.step):
            if end is not None:
                yield from inner(end, is_index=True)
    elif isinstance(node, ast.Attribute):
        if node.attr == "T" or not isinstance(node.value, ast.Name):
            yield from inner(node.value, is_term=node.attr == "T")
    elif isinstance(node, ast.Lambda) and not ast.unparse(node.args):  # what is computed later
        yield from inner(node.body, is_term=True)
    elif isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return
    else:
        adds = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.MatMult))
        holds = isinstance(node, (ast.Compare, ast.Dict, ast.Tuple, ast.List, ast.UnaryOp))
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from inner(child, is_term=adds or holds)


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in _MODULES


def names_in(node: ast.AST) -> list[str]:
    """Return what a function reads and writes, by name.

    Variables, attributes of objects, entries of a dict.
    """
    found: dict[str, None] = {}
    functions = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    called, methods = {one.id for one in functions if isinstance(one, ast.Name)}, set(map(id, functions))
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and one.id not in _PYTHON and one.id not in called:
            found[one.id] = None
        elif isinstance(one, ast.arg) and one.arg != "self":
            found[one.arg] = None
        elif (_is_attribute(one) and id(one) not in methods) or _is_entry(one):
            found[text_of(one)] = None
    return list(found)


def unread_in(node: ast.AST) -> list[str]:
    """Return what is given a value by itself and never read.

    As it is and with each index that something else has.

    It may be just what is missing elsewhere.
    """
    read = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
    made = (one.targets[0] for one in ast.walk(node) if isinstance(one, ast.Assign))
    stored = (one.id for to in made for one in ast.walk(to) if isinstance(one, ast.Name))
    names = [name for name in dict.fromkeys(stored) if name not in read and name != "_"]
    indices = sorted({index_text(one) for one in ast.walk(node) if isinstance(one, ast.Subscript)})
    spread = [f"{index}, None" for index in indices if ":" in index and "," not in index]
    return names + [f"{name}[{index}]" for name in names for index in dict.fromkeys([*indices, *spread, ":, None"])]


def factors_in(node: ast.AST) -> list[str]:
    """Return the numbers that a forward scales by, as it writes them.

    These are roots, and constants that say something.
    """
    found = {text_of(one): None for one in ast.walk(node) if _is_root(one) or _is_factor(one)}
    return list(found)[:MOST_FACTORS]


def functions_in(node: ast.AST) -> list[str]:
    """Return what a forward does to each entry of something, as it writes it.

    For the method of an array it is NumPy's function.
    """
    calls = (one.func for one in ast.walk(node) if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute))
    found = (text_of(one) if _is_module(one.value) else f"np.{one.attr}" for one in calls if one.attr in ENTRYWISE)
    return list(dict.fromkeys(found))


def _is_root(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and text_of(node.func).rpartition(".")[2] == "sqrt"


def _is_factor(node: ast.AST) -> bool:
    held = node.value if isinstance(node, ast.Constant) else None
    return isinstance(held, float) and held not in (0.0, 1.0, 2.0, 0.5)


def _is_attribute(node: ast.AST) -> bool:
    """Tell whether it is an attribute of an object in a variable.

    What every array has does not count.
    """
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)) or node.value.id in _MODULES:
        return False
    return node.value.id == "self" or node.attr not in _OF_ARRAYS


def _is_entry(node: ast.AST) -> bool:
    """Tell whether it is an entry of a variable, by a name or a text."""
    if not (isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)):
        return False
    index = node.slice
    return isinstance(index, ast.Name) or (isinstance(index, ast.Constant) and isinstance(index.value, str))
