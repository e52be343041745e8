"""What may stand in the place of an expression: one function for each kind of slip, undone; nothing where none fits."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from itertools import combinations, permutations

from .places import ENTRYWISE, REDUCING, Place, text_of

Texts = Iterable[str]
_AXES = ("0", "1", "-1", "2", "(0, 1)", "(0, 2)", "(1, 2)", "(0, 2, 3)", "None")
_PAIRS = ((-1, -2), (0, 1), (0, 2), (1, 2))


def _other_names(place: Place) -> Texts:
    if place.text in place.names:
        yield from (name for name in place.names if name not in (place.text, place.target))


def value_of_another(place: Place) -> Texts:
    return () if place.is_index else _other_names(place)


def index_of_another(place: Place) -> Texts:
    return _other_names(place) if place.is_index else ()


def renamed_index(place: Place) -> Texts:
    """Replace a name that an index has in several places by another, in all of them."""
    node = place.node
    if not isinstance(node, ast.Subscript):
        return
    inner = [one.id for one in ast.walk(node.slice) if isinstance(one, ast.Name)]
    for name in {one for one in inner if inner.count(one) > 1}:
        for other in place.names:
            if other.isidentifier() and other != name:
                yield with_name(node, name, other)


def swapped_index(place: Place) -> Texts:
    """Swap two names in an index."""
    node = place.node
    if isinstance(node, ast.Subscript):
        names = list(dict.fromkeys(one.id for one in ast.walk(node.slice) if isinstance(one, ast.Name)))
        for first, second in combinations(names, 2):
            yield with_name(ast.parse(with_name(node, first, _SPARE), mode="eval").body, second, first, last=second)


def shifted_index(place: Place) -> Texts:
    if place.is_index and isinstance(place.node, ast.Name):
        yield from (f"{place.text} - 1", f"{place.text} + 1")


_SPARE = "handgrad_spare"


def with_name(node: ast.expr, name: str, other: str, *, last: str = "") -> str:
    """Return the text of an index with another name in it.

    `last` is the name that is put in the place of the spare one.
    """
    changed = ast.parse(text_of(node), mode="eval").body
    assert isinstance(changed, ast.Subscript)
    for one in ast.walk(changed.slice):
        if isinstance(one, ast.Name):
            one.id = {name: other, _SPARE: last or _SPARE}.get(one.id, one.id)
    return text_of(changed)


def without_minus(place: Place) -> Texts:
    if isinstance(place.node, ast.UnaryOp) and isinstance(place.node.op, ast.USub) and not place.is_index:
        yield text_of(place.node.operand)


def with_minus(place: Place) -> Texts:
    if place.is_term and not isinstance(place.node, (ast.UnaryOp, ast.Tuple, ast.List, ast.Dict)):
        yield f"-({place.text})"


_OPPOSITE: dict[type[ast.operator], str] = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*"}


def opposite(*kinds: type[ast.operator]) -> Callable[[Place], Texts]:
    def applies(place: Place) -> Texts:
        found = place.operation(*kinds)
        if found is not None:
            yield f"({found.left}) {_OPPOSITE[found.kind]} ({found.right})"

    return applies


def one_half(*kinds: type[ast.operator]) -> Callable[[Place], Texts]:
    def applies(place: Place) -> Texts:
        found = place.operation(*kinds)
        if found is not None:
            yield found.left
            if found.kind not in (ast.Div, ast.Pow):
                yield found.right

    return applies


def turned_round(symbol: str, kind: type[ast.operator]) -> Callable[[Place], Texts]:
    def applies(place: Place) -> Texts:
        found = place.operation(kind)
        if found is not None:
            yield f"({found.right}) {symbol} ({found.left})"

    return applies


def other_exponent(place: Place) -> Texts:
    """Take one more or one less in the exponent.

    As of a slope that is n * x ** (n - 1).
    """
    found = place.operation(ast.Pow)
    if found is not None and not place.is_index:
        yield f"({found.left}) ** (({found.right}) - 1)"
        yield f"({found.left}) ** (({found.right}) + 1)"


def brackets(place: Place) -> Texts:
    """Move brackets.

    a * (b + c) and a * b + c; a / b * c and a / (b * c).
    """
    node = place.node
    if not isinstance(node, ast.BinOp):
        return
    scaling = {ast.Mult: "*", ast.Div: "/"}
    adding = {ast.Add: "+", ast.Sub: "-"}
    left, right = node.left, node.right
    if type(node.op) in scaling and isinstance(right, ast.BinOp) and type(right.op) in adding:
        scale, add = scaling[type(node.op)], adding[type(right.op)]
        yield f"({text_of(left)}) {scale} ({text_of(right.left)}) {add} ({text_of(right.right)})"
    if type(node.op) in adding and isinstance(left, ast.BinOp) and type(left.op) in scaling:
        scale, add = scaling[type(left.op)], adding[type(node.op)]
        yield f"({text_of(left.left)}) {scale} (({text_of(left.right)}) {add} ({text_of(right)}))"
    if type(node.op) in scaling and isinstance(left, ast.BinOp) and isinstance(left.op, ast.Div):
        yield f"({text_of(left.left)}) / (({text_of(left.right)}) {scaling[type(node.op)]} ({text_of(right)}))"


def bare(place: Place) -> Texts:
    """Leave out a function of one array."""
    call = place.call(*ENTRYWISE)
    if call is not None and len(call.arrays) == 1 and not call.rest and not place.is_index:
        yield call.arrays[0]


def slope_of_call(place: Place) -> Texts:
    """Put the slope where the function stands instead of it."""
    node = place.node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args and not place.is_index:
        of = text_of(node.args[0])
        yield from slopes(of)
        yield of
    call = place.call("sigmoid", "tanh")
    if call is not None and not place.is_index:
        yield from slopes(place.text)


def slopes(of: str) -> Texts:
    return f"(1 - ({of}) ** 2)", f"({of}) * (1 - ({of}))", f"(({of}) > 0)", f"(1 - ({of}))"


INSTEAD = {
    "sum": "mean", "mean": "sum", "argmax": "argmin", "argmin": "argmax", "maximum": "minimum", "minimum": "maximum",
    "max": "min", "min": "max", "sin": "cos", "cos": "sin", "zeros_like": "ones_like", "ones_like": "zeros_like",
    "sinh": "cosh", "cosh": "sinh", "floor": "ceil", "var": "std", "std": "var", "exp": "log", "log": "exp",
}  # fmt: skip


def instead(*names: str) -> Callable[[Place], Texts]:
    def applies(place: Place) -> Texts:
        call = place.call(*names)
        if call is not None and not place.is_index:
            yield call.renamed(INSTEAD[call.name])

    return applies


def other_branch(place: Place) -> Texts:
    call = place.call("where")
    if call is not None and len(call.parts) == 3:
        test, first, second = call.parts
        yield f"np.where({test}, {second}, {first})"


_COMPARISONS = {ast.Gt: ">", ast.Lt: "<", ast.GtE: ">=", ast.LtE: "<=", ast.NotEq: "!=", ast.Eq: "=="}


def compared(place: Place) -> Texts:
    node = place.node
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARISONS:
        left, right = text_of(node.left), text_of(node.comparators[0])
        for kind, symbol in _COMPARISONS.items():
            if type(node.ops[0]) is not kind:
                yield f"({left}) {symbol} ({right})"


def decided(place: Place) -> Texts:
    if place.is_test:
        yield from ("True", "False", f"not ({place.text})")
        if isinstance(place.node, ast.UnaryOp) and isinstance(place.node.op, ast.Not):
            yield f"({text_of(place.node.operand)}) is None"


def with_functions(place: Place) -> Texts:
    """Put a term in a function that the forward has applied to something."""
    if place.is_term and place.is_value:
        yield from (f"{function}({place.text})" for function in place.functions)


def walked_backwards(place: Place) -> Texts:
    if place.is_iterated:
        call = place.call("reversed")
        yield call.parts[0] if call is not None and call.parts else f"reversed({place.text})"


def _constant(place: Place) -> float | None:
    node = place.node
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def constants(values: Callable[[float], Iterable[float]]) -> Callable[[Place], Texts]:
    def applies(place: Place) -> Texts:
        number = _constant(place)
        if number is not None:
            for value in values(number):
                if value != number and (not place.is_index or value == int(value)):
                    yield repr(int(value) if isinstance(number, int) and value == int(value) else value)

    return applies


def only(row: Callable[[Place], Texts], is_index: bool) -> Callable[[Place], Texts]:
    return lambda place: row(place) if place.is_index == is_index else ()


def around(*templates: str) -> Callable[[Place], Texts]:
    """Return a rule that does something to a term."""

    def applies(place: Place) -> Texts:
        if place.is_term and place.is_value:
            for template in templates:
                yield template.format(place.text)

    return applies


def with_others(*templates: str, at_root: bool | None = None) -> Callable[[Place], Texts]:
    """Return a rule that does something to a term with each of the other names."""

    def applies(place: Place) -> Texts:
        if place.is_term and place.is_value and at_root in (None, place.is_root):
            for name in place.names:
                if name != place.target and place.may_go_with(name):
                    for template in templates:
                        yield template.format(place.text, name)

    return applies


def with_factors(*templates: str) -> Callable[[Place], Texts]:
    """Return a rule that does something to a term with what the forward scales by."""

    def applies(place: Place) -> Texts:
        if place.is_term and place.is_value:
            for factor in place.factors:
                for template in templates:
                    yield template.format(place.text, factor)

    return applies


def with_unread(*templates: str) -> Callable[[Place], Texts]:
    """Return a rule that does something to any part with what is computed and not used."""

    def applies(place: Place) -> Texts:
        if place.is_value and not place.is_index:
            for name in place.unread:
                if name != place.target:
                    for template in templates:
                        yield template.format(place.text, name)

    return applies


def in_place_of_name(*templates: str) -> Callable[[Place], Texts]:
    def applies(place: Place) -> Texts:
        if not place.is_index and place.text in place.names:
            for template in templates:
                yield template.format(place.text)

    return applies


def copied(place: Place) -> Texts:
    if place.is_root and isinstance(place.node, (ast.Name, ast.Attribute, ast.Subscript)):
        yield f"{place.text}.copy()"


def nearby(number: float) -> Iterable[float]:
    return dict.fromkeys((number + 1, number - 1, 2 * number, number / 2, 0, 1))


LENGTHS = tuple(f"({{0}}) / ({{1}}){part}" for part in (".shape[0]", ".shape[1]", ".shape[-1]", ".size"))


def not_transposed(place: Place) -> Texts:
    if isinstance(place.node, ast.Attribute) and place.node.attr == "T":
        yield text_of(place.node.value)
    call = place.call("transpose", "swapaxes", "permute", "t")
    if call is not None and call.arrays:
        yield call.arrays[0]


def transposed(place: Place) -> Texts:
    kinds = (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp, ast.Call)
    if not place.is_index and isinstance(place.node, kinds) and not text_of(place.node).endswith(".T"):
        yield f"({place.text}).T"
        yield f"np.swapaxes({place.text}, -1, -2)"


def other_axes(place: Place) -> Texts:
    call = place.call("transpose")
    if call is None or not call.arrays:
        return
    if len(call.rest) == 2:
        yield from (f"np.swapaxes({call.arrays[0]}, {one}, {two})" for one, two in _PAIRS)
    axes = call.rest[0].elts if len(call.rest) == 1 and isinstance(call.rest[0], ast.Tuple) else call.rest
    if 2 <= len(axes) <= 4:
        for order in permutations(map(text_of, axes)):
            yield f"np.transpose({call.arrays[0]}, ({', '.join(order)}))"


def dot_turned_round(place: Place) -> Texts:
    call = place.call("dot", "matmul", "mm", "outer")
    if call is not None and len(call.arrays) == 2:
        name = "dot" if call.name == "outer" else call.name
        yield f"np.{name}({call.arrays[1]}, {call.arrays[0]})"
        yield f"np.{'dot' if call.name == 'outer' else 'outer'}({call.arrays[0]}, {call.arrays[1]})"


def other_axis(place: Place) -> Texts:
    call = place.call(*REDUCING)
    if call is not None and call.arrays:
        for axis in _AXES:
            for kept in ("True", "False"):
                yield f"np.{call.name}({call.arrays[0]}, axis={axis}, keepdims={kept})"


def not_reduced(place: Place) -> Texts:
    call = place.call(*REDUCING)
    if call is not None and call.arrays:
        yield call.arrays[0]


def summed(place: Place) -> Texts:
    if place.is_root and place.is_value:
        for axis in _AXES[:5]:
            yield f"np.sum({place.text}, axis={axis})"
            yield f"np.sum({place.text}, axis={axis}, keepdims=True)"
