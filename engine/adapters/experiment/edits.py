"""The table of edits: small changes of a statement, each a slip that people make, undone.

A row says which slip it undoes, what it costs, and what may stand in the place of an expression. What costs less is
tried first, and preferred: a change of what stands there is cheaper than something put in.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, permutations
from typing import NamedTuple

from . import words
from .places import Place, index_text, target_of, text_of

Texts = Iterable[str]


class Row(NamedTuple):
    """An edit of an expression.

    Attributes:
        kind: the slip that it undoes.
        cost: how unlikely it is.
        hint: what is said of the slip; see `words`.
        depth: the rows of a depth are tried when those of the ones before have mended nothing.
        applies: what may stand in its place, as text; nothing where the row does not match.
    """

    kind: str
    cost: float
    hint: str
    depth: int
    applies: Callable[[Place], Texts]


def _other_names(place: Place) -> Texts:
    if place.text in place.names:
        yield from (name for name in place.names if name not in (place.text, place.target))


def _value_of_another(place: Place) -> Texts:
    return () if place.is_index else _other_names(place)


def _index_of_another(place: Place) -> Texts:
    return _other_names(place) if place.is_index else ()


def _renamed_index(place: Place) -> Texts:
    """Of an index with one name in several places: another in all of them."""
    node = place.node
    if not isinstance(node, ast.Subscript):
        return
    inner = [one.id for one in ast.walk(node.slice) if isinstance(one, ast.Name)]
    for name in {one for one in inner if inner.count(one) > 1}:
        for other in place.names:
            if other.isidentifier() and other != name:
                yield _with_name(node, name, other)


def _swapped_index(place: Place) -> Texts:
    """Of an index with two names: each in the place of the other."""
    node = place.node
    if isinstance(node, ast.Subscript):
        names = list(dict.fromkeys(one.id for one in ast.walk(node.slice) if isinstance(one, ast.Name)))
        for first, second in combinations(names, 2):
            yield _with_name(ast.parse(_with_name(node, first, _SPARE), mode="eval").body, second, first, last=second)


def _shifted_index(place: Place) -> Texts:
    if place.is_index and isinstance(place.node, ast.Name):
        yield from (f"{place.text} - 1", f"{place.text} + 1")


_SPARE = "handgrad_spare"


def _with_name(node: ast.expr, name: str, other: str, *, last: str = "") -> str:
    """The text of an index with another name in it; `last` is the name that is put in the place of the spare one."""
    changed = ast.parse(text_of(node), mode="eval").body
    assert isinstance(changed, ast.Subscript)
    for one in ast.walk(changed.slice):
        if isinstance(one, ast.Name):
            one.id = {name: other, _SPARE: last or _SPARE}.get(one.id, one.id)
    return text_of(changed)


def _without_minus(place: Place) -> Texts:
    if isinstance(place.node, ast.UnaryOp) and isinstance(place.node.op, ast.USub) and not place.is_index:
        yield text_of(place.node.operand)


def _with_minus(place: Place) -> Texts:
    if place.is_term and not isinstance(place.node, (ast.UnaryOp, ast.Tuple, ast.List, ast.Dict)):
        yield f"-({place.text})"


def _not_transposed(place: Place) -> Texts:
    if isinstance(place.node, ast.Attribute) and place.node.attr == "T":
        yield text_of(place.node.value)
    call = place.call("transpose", "swapaxes")
    if call is not None and call.arrays:
        yield call.arrays[0]


def _transposed(place: Place) -> Texts:
    kinds = (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp, ast.Call)
    if not place.is_index and isinstance(place.node, kinds) and not text_of(place.node).endswith(".T"):
        yield f"({place.text}).T"
        yield f"np.swapaxes({place.text}, -1, -2)"


def _other_axes(place: Place) -> Texts:
    call = place.call("transpose")
    if call is None or not call.arrays:
        return
    axes = call.rest[0].elts if len(call.rest) == 1 and isinstance(call.rest[0], ast.Tuple) else call.rest
    if 2 <= len(axes) <= 4:
        for order in permutations(map(text_of, axes)):
            yield f"np.transpose({call.arrays[0]}, ({', '.join(order)}))"


_OPPOSITE = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*"}


def _halves(place: Place, *kinds: type[ast.operator]) -> tuple[str, str] | None:
    node = place.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, kinds):
        return text_of(node.left), text_of(node.right)
    return None


def _opposite(*kinds: type[ast.operator]) -> Callable[[Place], Texts]:
    def applies(place: Place) -> Texts:
        halves = _halves(place, *kinds)
        if halves is not None and isinstance(place.node, ast.BinOp):
            yield f"({halves[0]}) {_OPPOSITE[type(place.node.op)]} ({halves[1]})"

    return applies


def _one_half(*kinds: type[ast.operator]) -> Callable[[Place], Texts]:
    def applies(place: Place) -> Texts:
        halves = _halves(place, *kinds)
        if halves is not None and isinstance(place.node, ast.BinOp):
            yield halves[0]
            if not isinstance(place.node.op, (ast.Div, ast.Pow)):
                yield halves[1]

    return applies


def _turned_round(symbol: str, kind: type[ast.operator]) -> Callable[[Place], Texts]:
    def applies(place: Place) -> Texts:
        halves = _halves(place, kind)
        if halves is not None:
            yield f"({halves[1]}) {symbol} ({halves[0]})"

    return applies


def _dot_turned_round(place: Place) -> Texts:
    call = place.call("dot", "matmul", "outer")
    if call is not None and len(call.arrays) == 2:
        name = "dot" if call.name == "outer" else call.name
        yield f"np.{name}({call.arrays[1]}, {call.arrays[0]})"
        yield f"np.{'dot' if call.name == 'outer' else 'outer'}({call.arrays[0]}, {call.arrays[1]})"


def _brackets(place: Place) -> Texts:
    """a * (b + c) and a * b + c; a / b * c and a / (b * c)."""
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


def _bare(place: Place) -> Texts:
    """A function of one array left out."""
    call = place.call(*_ENTRYWISE)
    if call is not None and len(call.arrays) == 1 and not call.rest and not place.is_index:
        yield call.arrays[0]


_ENTRYWISE = ("exp", "log", "sqrt", "tanh", "square", "abs", "sign", "sin", "cos", "log1p", "expm1", "reciprocal")


def _slope_of_call(place: Place) -> Texts:
    """Where the function stands instead of its slope."""
    node = place.node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args and not place.is_index:
        of = text_of(node.args[0])
        yield from _slopes(of)
        yield of


def _slopes(of: str) -> Texts:
    return f"(1 - ({of}) ** 2)", f"({of}) * (1 - ({of}))", f"(({of}) > 0)", f"(1 - ({of}))"


_INSTEAD = {
    "sum": "mean", "mean": "sum", "argmax": "argmin", "argmin": "argmax", "maximum": "minimum", "minimum": "maximum",
    "max": "min", "min": "max", "sin": "cos", "cos": "sin", "zeros_like": "ones_like", "ones_like": "zeros_like",
    "sinh": "cosh", "floor": "ceil", "var": "std", "std": "var", "exp": "log", "log": "exp",
}  # fmt: skip


def _instead(*names: str) -> Callable[[Place], Texts]:
    def applies(place: Place) -> Texts:
        call = place.call(*names)
        if call is not None and not place.is_index:
            yield call.renamed(_INSTEAD[call.name])

    return applies


_REDUCING = ("sum", "mean", "max", "min", "amax", "var", "std")
_AXES = ("0", "1", "-1", "2", "(0, 1)", "(0, 2)", "(1, 2)", "(0, 2, 3)", "None")


def _other_axis(place: Place) -> Texts:
    call = place.call(*_REDUCING)
    if call is not None and call.arrays:
        for axis in _AXES:
            for kept in ("True", "False"):
                yield f"np.{call.name}({call.arrays[0]}, axis={axis}, keepdims={kept})"


def _not_reduced(place: Place) -> Texts:
    call = place.call(*_REDUCING)
    if call is not None and call.arrays:
        yield call.arrays[0]


def _summed(place: Place) -> Texts:
    if place.is_root and place.is_value:
        for axis in _AXES[:5]:
            yield f"np.sum({place.text}, axis={axis})"
            yield f"np.sum({place.text}, axis={axis}, keepdims=True)"


def _other_branch(place: Place) -> Texts:
    call = place.call("where")
    if call is not None and len(call.parts) == 3:
        test, first, second = call.parts
        yield f"np.where({test}, {second}, {first})"


_COMPARISONS = {ast.Gt: ">", ast.Lt: "<", ast.GtE: ">=", ast.LtE: "<=", ast.NotEq: "!=", ast.Eq: "=="}


def _compared(place: Place) -> Texts:
    node = place.node
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARISONS:
        left, right = text_of(node.left), text_of(node.comparators[0])
        for kind, symbol in _COMPARISONS.items():
            if not isinstance(node.ops[0], kind):
                yield f"({left}) {symbol} ({right})"


def _decided(place: Place) -> Texts:
    if place.is_test:
        yield from ("True", "False", f"not ({place.text})")


def _walked_backwards(place: Place) -> Texts:
    if place.is_iterated:
        call = place.call("reversed")
        yield call.parts[0] if call is not None and call.parts else f"reversed({place.text})"


def _constant(place: Place) -> float | None:
    node = place.node
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _constants(values: Callable[[float], Iterable[float]]) -> Callable[[Place], Texts]:
    def applies(place: Place) -> Texts:
        number = _constant(place)
        if number is not None:
            for value in values(number):
                if value != number and (not place.is_index or value == int(value)):
                    yield repr(int(value) if isinstance(number, int) and value == int(value) else value)

    return applies


def _only(row: Callable[[Place], Texts], is_index: bool) -> Callable[[Place], Texts]:
    return lambda place: row(place) if place.is_index == is_index else ()


def _around(*templates: str) -> Callable[[Place], Texts]:
    """Something done to a term."""

    def applies(place: Place) -> Texts:
        if place.is_term and place.is_value:
            for template in templates:
                yield template.format(place.text)

    return applies


def _with_others(*templates: str, at_root: bool | None = None) -> Callable[[Place], Texts]:
    """Something done to a term with each of the other names."""

    def applies(place: Place) -> Texts:
        if place.is_term and place.is_value and at_root in (None, place.is_root):
            for name in place.names:
                if name != place.target and place.may_go_with(name):
                    for template in templates:
                        yield template.format(place.text, name)

    return applies


def _with_factors(*templates: str) -> Callable[[Place], Texts]:
    """Something done to a term with what the forward scales by."""

    def applies(place: Place) -> Texts:
        if place.is_term and place.is_value:
            for factor in place.factors:
                for template in templates:
                    yield template.format(place.text, factor)

    return applies


def _with_unread(*templates: str) -> Callable[[Place], Texts]:
    """Something done to any part of it with what is worked out and not used."""

    def applies(place: Place) -> Texts:
        if place.is_value and not place.is_index:
            for name in place.unread:
                if name != place.target:
                    for template in templates:
                        yield template.format(place.text, name)

    return applies


def _in_place_of_name(*templates: str) -> Callable[[Place], Texts]:
    def applies(place: Place) -> Texts:
        if not place.is_index and place.text in place.names:
            for template in templates:
                yield template.format(place.text)

    return applies


def _copied(place: Place) -> Texts:
    if place.is_root and isinstance(place.node, (ast.Name, ast.Attribute, ast.Subscript)):
        yield f"{place.text}.copy()"


def _is_even(number: float) -> Iterable[float]:
    return dict.fromkeys((number + 1, number - 1, 2 * number, number / 2, 0, 1))


_LENGTHS = tuple(f"({{0}}) / ({{1}}){part}" for part in (".shape[0]", ".shape[1]", ".shape[-1]", ".size"))

ROWS: Sequence[Row] = (
    Row("wrong-index", 0.9, words.INDEX, 0, _only(_constants(lambda n: (n + 1, n - 1)), True)),
    Row("sign", 1.0, words.SIGN, 0, _without_minus),
    Row("sign", 1.0, words.SIGN, 0, _only(_opposite(ast.Add, ast.Sub), False)),
    Row("sign", 1.0, words.SIGN, 0, _only(_turned_round("-", ast.Sub), False)),
    Row("sign", 1.0, words.SIGN, 0, _only(_constants(lambda n: (-n,) if n < 0 else ()), False)),
    Row("transposed", 1.0, words.TRANSPOSED, 0, _not_transposed),
    Row("transposed", 1.0, words.TRANSPOSED, 0, _other_axes),
    Row("transposed", 1.1, words.TRANSPOSED, 0, _transposed),
    Row("factor", 1.0, words.FACTOR, 0, _only(_opposite(ast.Mult, ast.Div), False)),
    Row("factor", 1.0, words.MEAN, 0, _instead("sum", "mean")),
    Row("rule", 1.0, words.OTHER, 0, _instead(*(name for name in _INSTEAD if name not in ("sum", "mean")))),
    Row("wrong-index", 1.0, words.INDEX, 0, _swapped_index),
    Row("wrong-index", 1.1, words.INDEX, 0, _shifted_index),
    Row("wrong-index", 1.0, words.INDEX, 0, _only(_opposite(ast.Add, ast.Sub), True)),
    Row("rule", 1.2, words.MASK, 0, _compared),
    Row("rule", 1.2, words.MASK, 0, _other_branch),
    Row("in-place", 1.2, words.COPY, 0, _copied),
    Row("wrong-axis", 1.3, words.AXIS, 0, _other_axis),
    Row("rule", 1.4, words.POWER, 0, _turned_round("**", ast.Pow)),
    Row("rule", 1.5, words.POWER, 0, _only(_one_half(ast.Pow), False)),
    Row("factor", 1.5, words.TOO_MUCH, 0, _only(_one_half(ast.Mult, ast.Div), False)),
    Row("double", 1.5, words.ADDED, 0, _only(_one_half(ast.Add, ast.Sub), False)),
    Row("wrong-index", 1.5, words.INDEX, 0, _only(_one_half(ast.Add, ast.Sub, ast.Mult, ast.FloorDiv), True)),
    Row("transposed", 1.5, words.ORDER, 0, _turned_round("@", ast.MatMult)),
    Row("transposed", 1.5, words.ORDER, 0, _dot_turned_round),
    Row("order", 1.5, words.WALK, 0, _walked_backwards),
    Row("wrong-index", 1.5, words.INDEX, 0, _renamed_index),
    Row("factor", 1.5, words.FACTOR, 0, _only(_constants(_is_even), False)),
    Row("wrong-index", 1.5, words.INDEX, 0, _only(_constants(lambda n: (2 * n, 0, 1, -n)), True)),
    Row("missing-path", 1.4, words.MISSING_TERM, 0, _with_unread("({}) + {}", "({}) - {}")),
    Row("forgot-local", 1.4, words.MISSING_FACTOR, 0, _with_unread("({}) * {}", "({}) / {}")),
    Row("rule", 1.4, words.ANOTHER, 0, _with_unread("{1}")),
    Row("rule", 1.6, words.ANOTHER, 0, _value_of_another),
    Row("wrong-index", 1.6, words.INDEX, 0, _index_of_another),
    Row("rule", 1.8, words.SLOPE, 0, _slope_of_call),
    Row("rule", 1.8, words.OTHER, 0, _bare),
    Row("sign", 2.0, words.SIGN, 0, _with_minus),
    Row("rule", 2.0, words.BRACKETS, 0, _brackets),
    Row("rule", 2.0, words.DECIDED, 0, _decided),
    Row("not-broadcast", 2.0, words.AXIS, 0, _not_reduced),
    Row("not-summed", 2.0, words.SUMMED, 0, _summed),
    Row("rule", 2.2, words.POWER, 0, _around("({}) ** 2")),
    Row("double", 2.6, words.ADDED, 0, _around("np.zeros_like({})")),
    Row("rule", 3.0, words.POWER, 0, _around("np.sqrt({})", "1 / ({})")),
    Row("factor", 2.1, words.MISSING_FACTOR, 1, _with_factors("({}) * {}", "({}) / {}")),
    Row("forgot-local", 2.2, words.MISSING_FACTOR, 1, _with_others("({}) * {}")),
    Row("factor", 2.4, words.FACTOR, 1, _around("2 * ({})", "({}) / 2")),
    Row("forgot-local", 2.3, words.MISSING_FACTOR, 1, _with_others("({}) / {}")),
    Row("missing-path", 3.0, words.MISSING_TERM, 1, _with_others("({}) + {}", "({}) - {}", at_root=True)),
    Row("rule", 3.0, words.SLOPE, 2, _in_place_of_name(*(one.replace("of", "{0}") for one in _slopes("of")))),
    Row("rule", 3.0, words.OTHER, 2, _in_place_of_name("np.exp({})", "np.log({})", "np.ones_like({})")),
    Row("forgot-local", 3.0, words.MISSING_FACTOR, 2,
        _with_others("({0}) * (1 - {1})", "({0}) * (1 - {1} ** 2)", "({0}) * {1} * (1 - {1})", "({0}) * ({1} > 0)")),
    Row("factor", 3.0, words.MISSING_FACTOR, 2, _with_others(*_LENGTHS, "({0}) / {1}[:, None]")),
    Row("missing-path", 3.0, words.MISSING_TERM, 2, _with_others("({}) + {}", "({}) - {}", at_root=False)),
    Row("missing-path", 3.2, words.MISSING_TERM, 2,
        _with_others("({0}) - {1} * np.sum({0}, axis=-1, keepdims=True)", at_root=True)),
    Row("missing-path", 3.2, words.MISSING_TERM, 2,
        _around("({0}) - np.mean({0}, axis=-1, keepdims=True)", "({0}) - np.mean({0}, axis=0)")),
)  # fmt: skip


class StatementRow(NamedTuple):
    """An edit of a whole statement; like a Row."""

    kind: str
    cost: float
    hint: str
    depth: int
    applies: Callable[[ast.stmt, Sequence[str]], Texts]


def _added_up(statement: ast.stmt, _: Sequence[str]) -> Texts:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, (ast.Name, ast.Subscript, ast.Attribute)):
            yield f"{text_of(target)} += {text_of(statement.value)}"


def _assigned(statement: ast.stmt, _: Sequence[str]) -> Texts:
    if isinstance(statement, ast.AugAssign):
        yield f"{text_of(statement.target)} = {text_of(statement.value)}"


def _taken_off(statement: ast.stmt, _: Sequence[str]) -> Texts:
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, (ast.Add, ast.Sub)):
        symbol = "-=" if isinstance(statement.op, ast.Add) else "+="
        yield f"{text_of(statement.target)} {symbol} {text_of(statement.value)}"


def _added_at(statement: ast.stmt, _: Sequence[str]) -> Texts:
    target = target_of(statement)
    if isinstance(target, ast.Subscript) and isinstance(statement, (ast.Assign, ast.AugAssign)):
        name = "subtract" if isinstance(getattr(statement, "op", None), ast.Sub) else "add"
        yield f"np.{name}.at({text_of(target.value)}, np.s_[{index_text(target)}], {text_of(statement.value)})"


def _left_out(statement: ast.stmt, _: Sequence[str]) -> Texts:
    is_store = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript)
    if isinstance(statement, (ast.AugAssign, ast.Expr)) or is_store:
        yield "pass"


def _index_of_target(statement: ast.stmt, names: Sequence[str]) -> Texts:
    target = target_of(statement)
    if isinstance(target, ast.Subscript):
        value = text_of(statement)[len(text_of(target)) :]
        for name in {one.id for one in ast.walk(target.slice) if isinstance(one, ast.Name)}:
            for other in names:
                if other != name and other.isidentifier():
                    yield _with_name(target, name, other) + value


def _scaled_after(statement: ast.stmt, names: Sequence[str]) -> Texts:
    target = target_of(statement)
    if target is not None and isinstance(statement, ast.AugAssign):
        while isinstance(target, ast.Subscript):
            target = target.value
        for name in names:
            if name != text_of(target):
                yield f"{text_of(statement)}\n{text_of(target)} = {text_of(target)} / {name}"


STATEMENT_ROWS: Sequence[StatementRow] = (
    StatementRow("missing-path", 1.0, words.OVERWRITTEN, 0, _added_up),
    StatementRow("double", 1.0, words.ADDED, 0, _assigned),
    StatementRow("sign", 1.0, words.SIGN, 0, _taken_off),
    StatementRow("missing-path", 1.2, words.OCCURS_TWICE, 0, _added_at),
    StatementRow("wrong-index", 1.5, words.INDEX, 0, _index_of_target),
    StatementRow("double", 2.0, words.ADDED, 0, _left_out),
    StatementRow("factor", 2.8, words.MISSING_FACTOR, 1, _scaled_after),
)
