"""The table of edits: small changes of a statement, each a slip that people make, undone.

A row says which slip it undoes, what it costs, and what may stand in the place of an expression. What costs less is
tried first, and preferred: a change of what stands there is cheaper than something put in.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from . import expressions as on
from . import words
from .places import Place, index_text, target_of, text_of
from .syntax import array_of

Texts = Iterable[str]


def added_up(statement: ast.stmt, _: Sequence[str]) -> Texts:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, (ast.Name, ast.Subscript, ast.Attribute)):
            yield f"{text_of(target)} += {text_of(statement.value)}"


def assigned(statement: ast.stmt, _: Sequence[str]) -> Texts:
    if isinstance(statement, ast.AugAssign):
        yield f"{text_of(statement.target)} = {text_of(statement.value)}"


def taken_off(statement: ast.stmt, _: Sequence[str]) -> Texts:
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, (ast.Add, ast.Sub)):
        symbol = "-=" if isinstance(statement.op, ast.Add) else "+="
        yield f"{text_of(statement.target)} {symbol} {text_of(statement.value)}"


def added_at(statement: ast.stmt, _: Sequence[str]) -> Texts:
    target = target_of(statement)
    if isinstance(target, ast.Subscript) and isinstance(statement, (ast.Assign, ast.AugAssign)):
        name = "subtract" if isinstance(getattr(statement, "op", None), ast.Sub) else "add"
        yield f"np.{name}.at({text_of(target.value)}, np.s_[{index_text(target)}], {text_of(statement.value)})"


def left_out(statement: ast.stmt, _: Sequence[str]) -> Texts:
    is_store = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript)
    if isinstance(statement, (ast.AugAssign, ast.Expr)) or is_store:
        yield "pass"


def index_of_target(statement: ast.stmt, names: Sequence[str]) -> Texts:
    target = target_of(statement)
    if isinstance(target, ast.Subscript):
        value = text_of(statement)[len(text_of(target)) :]
        for name in {one.id for one in ast.walk(target.slice) if isinstance(one, ast.Name)}:
            for other in names:
                if other != name and other.isidentifier():
                    yield on.with_name(target, name, other) + value


def scaled_after(statement: ast.stmt, names: Sequence[str]) -> Texts:
    target = target_of(statement)
    if target is not None and isinstance(statement, ast.AugAssign):
        whole = text_of(array_of(target))
        for name in names:
            if name != whole:
                yield f"{text_of(statement)}\n{whole} = {whole} / {name}"


class Row(NamedTuple):
    """An edit of an expression.

    Attributes:
        kind: the slip that it undoes.
        cost: how unlikely it is.
        hint: what is said of the slip; see `words`.
        depth: the rows of a depth are tried when those of the ones before have fixed nothing.
        applies: what may stand in its place, as text; nothing where the row does not match.
    """

    kind: str
    cost: float
    hint: str
    depth: int
    applies: Callable[[Place], Texts]


ROWS: Sequence[Row] = (
    Row("wrong-index", 0.9, words.INDEX, 0, on.only(on.constants(lambda n: (n + 1, n - 1)), True)),
    Row("sign", 1.0, words.SIGN, 0, on.without_minus),
    Row("sign", 1.0, words.SIGN, 0, on.only(on.opposite(ast.Add, ast.Sub), False)),
    Row("sign", 1.0, words.SIGN, 0, on.only(on.turned_round("-", ast.Sub), False)),
    Row("sign", 1.0, words.SIGN, 0, on.only(on.constants(lambda n: (-n,) if n < 0 else ()), False)),
    Row("transposed", 1.0, words.TRANSPOSED, 0, on.not_transposed),
    Row("transposed", 1.0, words.TRANSPOSED, 0, on.other_axes),
    Row("transposed", 1.1, words.TRANSPOSED, 0, on.transposed),
    Row("factor", 1.0, words.FACTOR, 0, on.only(on.opposite(ast.Mult, ast.Div), False)),
    Row("factor", 1.0, words.MEAN, 0, on.instead("sum", "mean")),
    Row("rule", 1.0, words.OTHER, 0, on.instead(*(name for name in on.INSTEAD if name not in ("sum", "mean")))),
    Row("wrong-index", 1.0, words.INDEX, 0, on.swapped_index),
    Row("wrong-index", 1.1, words.INDEX, 0, on.shifted_index),
    Row("wrong-index", 1.0, words.INDEX, 0, on.only(on.opposite(ast.Add, ast.Sub), True)),
    Row("rule", 1.2, words.MASK, 0, on.compared),
    Row("rule", 1.2, words.MASK, 0, on.other_branch),
    Row("in-place", 1.2, words.COPY, 0, on.copied),
    Row("wrong-axis", 1.3, words.AXIS, 0, on.other_axis),
    Row("rule", 1.4, words.POWER, 0, on.turned_round("**", ast.Pow)),
    Row("rule", 1.5, words.POWER, 0, on.only(on.one_half(ast.Pow), False)),
    Row("rule", 1.6, words.POWER, 0, on.other_exponent),
    Row("factor", 1.5, words.TOO_MUCH, 0, on.only(on.one_half(ast.Mult, ast.Div), False)),
    Row("double", 1.5, words.ADDED, 0, on.only(on.one_half(ast.Add, ast.Sub), False)),
    Row("wrong-index", 1.5, words.INDEX, 0, on.only(on.one_half(ast.Add, ast.Sub, ast.Mult, ast.FloorDiv), True)),
    Row("transposed", 1.5, words.ORDER, 0, on.turned_round("@", ast.MatMult)),
    Row("transposed", 1.5, words.ORDER, 0, on.dot_turned_round),
    Row("order", 1.5, words.WALK, 0, on.walked_backwards),
    Row("wrong-index", 1.5, words.INDEX, 0, on.renamed_index),
    Row("factor", 1.5, words.FACTOR, 0, on.only(on.constants(on.nearby), False)),
    Row("wrong-index", 1.5, words.INDEX, 0, on.only(on.constants(lambda n: (2 * n, 0, 1, -n)), True)),
    Row("missing-path", 1.4, words.MISSING_TERM, 0, on.with_unread("({}) + {}", "({}) - {}")),
    Row("forgot-local", 1.4, words.MISSING_FACTOR, 0, on.with_unread("({}) * {}", "({}) / {}")),
    Row("rule", 1.4, words.ANOTHER, 0, on.with_unread("{1}")),
    Row("rule", 1.6, words.ANOTHER, 0, on.value_of_another),
    Row("wrong-index", 1.6, words.INDEX, 0, on.index_of_another),
    Row("rule", 1.8, words.SLOPE, 0, on.slope_of_call),
    Row("rule", 1.8, words.OTHER, 0, on.bare),
    Row("sign", 2.0, words.SIGN, 0, on.with_minus),
    Row("rule", 2.0, words.BRACKETS, 0, on.brackets),
    Row("rule", 2.0, words.DECIDED, 0, on.decided),
    Row("not-broadcast", 2.0, words.AXIS, 0, on.not_reduced),
    Row("not-summed", 2.0, words.SUMMED, 0, on.summed),
    Row("rule", 2.2, words.POWER, 0, on.around("({}) ** 2", "({}) ** 3")),
    Row("double", 2.6, words.ADDED, 0, on.around("np.zeros_like({})")),
    Row("rule", 3.0, words.POWER, 0, on.around("np.sqrt({})", "1 / ({})")),
    Row("rule", 2.6, words.OTHER, 1, on.with_functions),
    Row("factor", 2.1, words.MISSING_FACTOR, 1, on.with_factors("({}) * {}", "({}) / {}")),
    Row("forgot-local", 2.2, words.MISSING_FACTOR, 1, on.with_others("({}) * {}")),
    Row("factor", 2.4, words.FACTOR, 1, on.around("2 * ({})", "({}) / 2")),
    Row("forgot-local", 2.3, words.MISSING_FACTOR, 1, on.with_others("({}) / {}")),
    Row("missing-path", 3.0, words.MISSING_TERM, 1, on.with_others("({}) + {}", "({}) - {}", at_root=True)),
    Row("rule", 3.0, words.SLOPE, 2, on.in_place_of_name(*on.slopes("{0}"))),
    Row("rule", 3.0, words.OTHER, 2, on.in_place_of_name("np.exp({})", "np.log({})", "np.ones_like({})")),
    Row("forgot-local", 3.0, words.MISSING_FACTOR, 2,
        on.with_others("({0}) * (1 - {1})", "({0}) * (1 - {1} ** 2)", "({0}) * {1} * (1 - {1})", "({0}) * ({1} > 0)")),
    Row("forgot-local", 3.1, words.MISSING_FACTOR, 2, on.with_others("({0}) * {1} ** 2", "({0}) * {1} ** 3")),
    Row("factor", 3.0, words.MISSING_FACTOR, 2, on.with_others(*on.LENGTHS, "({0}) / {1}[:, None]")),
    Row("missing-path", 3.0, words.MISSING_TERM, 2, on.with_others("({}) + {}", "({}) - {}", at_root=False)),
    Row("missing-path", 3.2, words.MISSING_TERM, 2,
        on.with_others("({0}) - {1} * np.sum({0}, axis=-1, keepdims=True)", at_root=True)),
    Row("missing-path", 3.2, words.MISSING_TERM, 2,
        on.around("({0}) - np.mean({0}, axis=-1, keepdims=True)", "({0}) - np.mean({0}, axis=0)")),
)  # fmt: skip


class StatementRow(NamedTuple):
    """An edit of a whole statement; like a Row."""

    kind: str
    cost: float
    hint: str
    depth: int
    applies: Callable[[ast.stmt, Sequence[str]], Texts]


STATEMENT_ROWS: Sequence[StatementRow] = (
    StatementRow("missing-path", 1.0, words.OVERWRITTEN, 0, added_up),
    StatementRow("double", 1.0, words.ADDED, 0, assigned),
    StatementRow("sign", 1.0, words.SIGN, 0, taken_off),
    StatementRow("missing-path", 1.2, words.OCCURS_TWICE, 0, added_at),
    StatementRow("wrong-index", 1.5, words.INDEX, 0, index_of_target),
    StatementRow("double", 2.0, words.ADDED, 0, left_out),
    StatementRow("factor", 2.8, words.MISSING_FACTOR, 1, scaled_after),
)
