"""The expressions of a statement that an edit may change, and what there is to put in their place."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np

from .source import COMPOUND

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
_MODULES = ("np", "numpy", "jnp", "torch", "F", "math", "cmath")
_TAKEN = {"dot": 2, "matmul": 2, "mm": 2, "outer": 2, "where": 3}
"""So many arrays these functions take; any other one takes one."""
INDEXED = (
    "index_add_", "index_add", "index_copy_", "index_select", "scatter_add_", "scatter_add", "scatter_", "scatter",
    "gather", "at",
)  # fmt: skip
"""Functions whose second argument is an index, `np.add.at` among them."""
_NO_VALUES = (ast.Constant, ast.Compare, ast.Starred, ast.Dict, ast.Tuple, ast.List, ast.Slice)
_UNSEEN = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.JoinedStr)
"""What names variables of its own, or computes a text."""
_PYTHON = frozenset({
    *_MODULES, "nn", "range", "len", "self", "reversed", "print", "zip", "enumerate", "float", "int", "sum", "dict",
    "tuple", "list", "max", "min", "abs", "True", "False", "None", "ctx", "staticmethod", "once_differentiable",
})  # fmt: skip


text_of = ast.unparse


def index_text(node: ast.Subscript) -> str:
    """Return what stands between its brackets."""
    return text_of(ast.Subscript(ast.Name("_", ast.Load()), node.slice, ast.Load()))[2:-1]


class Call(NamedTuple):
    """A call of a function of NumPy's, or of the method of an array that does the same.

    Attributes:
        arrays: the texts of what it takes, of a method its array first; `rest` are the arguments after these.
    """

    node: ast.Call
    name: str
    arrays: list[str]
    rest: list[ast.expr]

    def rename(self, name: str) -> str:
        """Return the text of the same call of another function."""
        inner = [*map(text_of, (*self.node.args, *self.node.keywords))]
        function = self.node.func
        before = f"({text_of(function.value)})." if isinstance(function, ast.Attribute) else ""
        return f"{before}{name}({', '.join(inner)})"


OPERATORS: Mapping[str, type[ast.operator]] = {
    "add": ast.Add, "sub": ast.Sub, "subtract": ast.Sub, "mul": ast.Mult, "multiply": ast.Mult, "div": ast.Div,
    "divide": ast.Div, "true_divide": ast.Div, "pow": ast.Pow, "power": ast.Pow,
}  # fmt: skip
"""Functions, and methods of arrays, that do what an operator does."""


class Material(NamedTuple):
    """What there is to put into the statements of a function.

    Attributes:
        names: what the function reads elsewhere: variables, attributes of self, entries of a cache.
        shapes: the shapes that names were seen with.
        unread: what is computed and never read, by itself and with each index that something else has.
        factors: what the forward scales by.
        functions: what the forward does to each entry of something, as it writes it.
        axes: what is given as an axis somewhere.
        own: the user's functions, as they are called there.
    """

    names: Sequence[str]
    shapes: Mapping[str, Collection[Shape]]
    unread: Sequence[str] = ()
    factors: Sequence[str] = ()
    functions: Sequence[str] = ()
    axes: Sequence[str] = ()
    own: Sequence[str] = ()


@dataclass(frozen=True)
class Place:
    """A statement, or an expression in it.

    Attributes:
        statement: it, or the one that it is in.
        target: what the statement gives a value to.
        is_index: whether it stands within an index.
        is_term: whether a minus or a factor may be missing before it: it is none of the factors of a product.
        is_root: whether it is all that stands to the right.
        is_condition: whether an `x if this else y` asks for it.
    """

    node: ast.AST
    statement: ast.stmt | ast.Lambda
    target: str
    material: Material
    is_index: bool = False
    is_term: bool = False
    is_root: bool = False
    is_condition: bool = False

    @cached_property
    def text(self) -> str:
        return text_of(self.node)

    @property
    def is_value(self) -> bool:
        is_mask = isinstance(self.node, ast.Compare) and self.is_root and self.target.endswith("]")  # as numbers
        is_plain = is_mask or not isinstance(self.node, _NO_VALUES)
        return is_plain and not isinstance(self.statement, (ast.If, ast.For, ast.While))

    @property
    def is_test(self) -> bool:
        return self.is_condition or (self.is_root and isinstance(self.statement, ast.If))

    @property
    def names(self) -> Sequence[str]:
        return self.material.names

    def things(self, kind: str) -> Sequence[str]:
        """Return what there is to put in: "others", "partners", "vectors", or of its Material; [""] for none."""
        shapes, to = self.material.shapes, self.material.shapes.get(self.target)
        if kind == "others":
            return [name for name in self.names if name != self.text]
        if kind == "partners":  # with whose arrays in it the result would keep its shape, as far as shapes are known
            is_free = not self.is_root or to is None or isinstance(self.statement, ast.AugAssign)
            return [name for name in self.names if is_free or _is_spread(shapes.get(name), to or ())]
        if kind == "vectors":  # each with an entry for a row of the result
            is_matrix = any(len(one) > 1 for one in to or [(0, 0)])
            return [name for name in self.names if is_matrix and any(len(one) == 1 for one in shapes.get(name, [(0,)]))]
        return getattr(self.material, kind) if kind else [""]

    def operands(self, kind: type[ast.operator]) -> list[str]:
        """Return the texts of both operands of an operator, or of a call that does the same; [] for anything else."""
        if isinstance(self.node, ast.BinOp):
            return [text_of(self.node.left), text_of(self.node.right)] if type(self.node.op) is kind else []
        call = self._call
        given = [] if call is None or OPERATORS.get(call.name) is not kind else [*call.arrays, *map(text_of, call.rest)]
        return given if len(given) == 2 else []

    def call(self, *names: str) -> Call | None:
        """Return the call of one of these functions that it is; None for any other expression."""
        return self._call if self._call is not None and self._call.name in names else None

    @cached_property
    def _call(self) -> Call | None:
        """Return the call that stands at this place, with its arrays and its other arguments apart; None for none."""
        node = self.node
        if not isinstance(node, ast.Call) or not isinstance(node.func, (ast.Name, ast.Attribute)):
            return None
        function, parts = node.func, list(map(text_of, node.args))
        if isinstance(function, ast.Name):
            return Call(node, function.id, parts, [])
        count = _TAKEN.get(function.attr, 1)
        if _is_module(function.value):
            return Call(node, function.attr, parts[:count], node.args[count:])
        return Call(node, function.attr, [text_of(function.value), *parts[: count - 1]], node.args[count - 1 :])


def _is_spread(shapes: Collection[Shape] | None, to: Collection[Shape]) -> bool:
    """Tell whether an array of one of some shapes is broadcast to one of others."""
    pairs = product(shapes, to) if shapes is not None else [((), ())]
    return any(
        len(one) <= len(other) and all(n in (1, m) for n, m in zip(one[::-1], other[::-1])) for one, other in pairs
    )


def places_of(statement: ast.stmt | ast.Lambda, material: Material) -> Iterator[Place]:
    """Yield a statement, but for one with a body, and the expressions that it reads or stores at."""
    target = target_of(statement)
    whole = Place(statement, statement, "" if target is None else text_of(target), material)
    if isinstance(statement, ast.stmt) and not isinstance(statement, COMPOUND):
        yield whole
    value = getattr(statement, HEADS.get(type(statement), "value"), None)
    if value is not None:
        yield from _within(replace(whole, node=value, is_term=True, is_root=True))
    if isinstance(target, ast.Subscript):
        yield from _within(replace(whole, node=target.slice, is_index=True))


def target_of(statement: ast.stmt | ast.Lambda) -> ast.expr | None:
    if isinstance(statement, ast.Assign):
        return statement.targets[0]
    return statement.target if isinstance(statement, ast.AugAssign) else None


def _within(place: Place) -> Iterator[Place]:
    """Yield a place and the expressions in it, outer ones first."""
    node = place.node
    if not isinstance(node, (ast.Starred, ast.Slice)):  # neither is an expression by itself
        yield place
    for one, is_index, is_term in _parts_of(place):
        is_condition = isinstance(node, ast.IfExp) and one is node.test
        is_term = is_term and not is_index
        inner = replace(place, node=one, is_index=is_index, is_term=is_term, is_root=False, is_condition=is_condition)
        yield from _within(inner)


def _parts_of(place: Place) -> Iterator[tuple[ast.expr, bool, bool]]:
    """Yield the expressions in one, each with whether it is in an index, and whether it is a term."""
    node, is_index = place.node, place.is_index
    if isinstance(node, ast.Call):
        is_fed = any(isinstance(one, ast.GeneratorExp) for one in node.args)  # from itself it would be without end
        if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value) and not is_fed:
            yield node.func.value, is_index, True
        # The axis of a sum is no number to compute with.
        call = place.call(*REDUCING)
        args = node.args if call is None else [one for one in node.args if one not in call.rest]
        is_indexed = isinstance(node.func, ast.Attribute) and node.func.attr in INDEXED
        for one in (*args, *(keyword.value for keyword in node.keywords if keyword.arg not in _OF_AXES)):
            yield one, is_index or (is_indexed and one in node.args[1:2]), True
    elif isinstance(node, ast.Subscript):
        yield from ((node.value, is_index, False), (node.slice, True, False))
    elif isinstance(node, ast.Slice):
        yield from ((end, True, False) for end in (node.lower, node.upper, node.step) if end is not None)
    elif isinstance(node, ast.Attribute):
        if node.attr == "T" or not isinstance(node.value, ast.Name):
            yield node.value, is_index, node.attr == "T"
    elif isinstance(node, ast.Lambda) and not ast.unparse(node.args):  # what is computed later
        yield node.body, is_index, True
    elif not isinstance(node, _UNSEEN):
        adds = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.MatMult))
        holds = isinstance(node, (ast.Compare, ast.Dict, ast.Tuple, ast.List, ast.UnaryOp))
        children = (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
        yield from ((child, is_index, adds or holds) for child in children)


def _is_module(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in _MODULES


def names_in(node: ast.AST) -> list[str]:
    """Return what a function reads and writes, by name: variables, attributes of objects, entries of a dict.

    What it only takes apart is not among them: as an array of its parts it would double in each turn of a loop.
    """
    found: dict[str, None] = {}
    functions = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    called, methods = {one.id for one in functions if isinstance(one, ast.Name)}, set(map(id, functions))
    apart = [one for one in ast.walk(node) if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Tuple)]
    no_arrays = {
        *_PYTHON,
        *called,
        *_endless_in(node),
        *(one.value.id for one in apart if isinstance(one.value, ast.Name)),
    }
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and one.id not in no_arrays:
            found[one.id] = None
        elif isinstance(one, ast.arg) and one.arg not in no_arrays:
            found[one.arg] = None
        elif (_is_attribute(one) and id(one) not in methods) or _is_entry(one):
            found[text_of(one)] = None
    return list(found)


def _endless_in(node: ast.AST) -> Iterator[str]:
    """Yield the variables that hold an endless iterator: to search one, or to make a list of it, would never end."""
    for one in ast.walk(node):
        if isinstance(one, ast.Assign):
            several = (getattr(side, "elts", [side]) for side in (one.targets[0], one.value))
            for target, value in zip(*several):
                if isinstance(value, ast.Call) and text_of(value.func).removeprefix("itertools.") in ("count", "cycle"):
                    yield text_of(target)


def unread_in(node: ast.AST) -> list[str]:
    """Return what is given a value by itself and never read, as it is and with each index that something else has."""
    read = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
    made = (one.targets[0] for one in ast.walk(node) if isinstance(one, ast.Assign))
    stored = (one.id for to in made for one in ast.walk(to) if isinstance(one, ast.Name))
    names = [name for name in dict.fromkeys(stored) if name not in read and name != "_"]
    indices = sorted({index_text(one) for one in ast.walk(node) if isinstance(one, ast.Subscript)})
    spread = [f"{index}, None" for index in indices if ":" in index and "," not in index]
    return names + [f"{name}[{index}]" for name in names for index in dict.fromkeys([*indices, *spread, ":, None"])]


def factors_in(node: ast.AST) -> dict[str, str]:
    """Return what a forward scales by, and what that is called, or "": roots, telling constants, names from outside."""
    own = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    own |= {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)} | {*_PYTHON}
    products = [one for one in ast.walk(node) if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Mult | ast.Div)]
    sides = [side for one in products for side in (one.left, one.right) if isinstance(side, ast.Name)]
    given = {id(one.value): text_of(one.targets[0]) for one in ast.walk(node) if isinstance(one, ast.Assign)}
    found = {text_of(one): given.get(id(one), "") for one in ast.walk(node) if _is_factor(one)}
    found |= {one.id: "" for one in sides if one.id not in own}
    return dict([*found.items()][:MOST_FACTORS])


def _is_factor(node: ast.AST) -> bool:
    held = node.value if isinstance(node, ast.Constant) else None
    is_root = isinstance(node, ast.Call) and text_of(node.func).rpartition(".")[2] == "sqrt"
    is_root |= isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and text_of(node.right) in ("0.5", "-0.5")
    return is_root or (isinstance(held, float) and held not in (0.0, 1.0, 2.0, 0.5))


def functions_in(node: ast.AST) -> list[str]:
    """Return what a forward does to each entry of something; for the method of an array it is NumPy's function."""
    calls = [(one.func, len(one.args)) for one in ast.walk(node) if isinstance(one, ast.Call)]
    known = (one for one, _ in calls if isinstance(one, ast.Attribute) and one.attr in ENTRYWISE)
    own = (one.id for one, count in calls if isinstance(one, ast.Name) and count == 1 and one.id not in _PYTHON)
    return list(dict.fromkeys([*(text_of(one) if _is_module(one.value) else f"np.{one.attr}" for one in known), *own]))


def axes_in(node: ast.AST) -> list[str]:
    """Return what functions are given as an axis, by its name."""
    given = (one for one in ast.walk(node) if isinstance(one, ast.keyword) and one.arg in ("axis", "dim"))
    return [text_of(one.value) for one in given]


def _is_attribute(node: ast.AST) -> bool:
    """Tell whether it is an attribute of an object in a variable, and none that every array has."""
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)) or node.value.id in _MODULES:
        return False
    return node.value.id == "self" or node.attr not in _OF_ARRAYS


def _is_entry(node: ast.AST) -> bool:
    """Tell whether it is an entry of a variable, by a name or a text."""
    index = node.slice if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) else None
    return isinstance(index, ast.Name) or (isinstance(index, ast.Constant) and isinstance(index.value, str))
