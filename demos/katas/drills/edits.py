"""Find the one edit of a typed expression that makes it right: it names the mistake, and is never told."""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

MOST_EDITS = 120
"""So many are tried: a short expression has some forty."""
_REDUCTIONS = ("sum", "mean", "max", "min")


class Edit(NamedTuple):
    """What to put in place of a part of an expression, and what it means if that is right."""

    node: ast.expr
    message: str


def find_edit(text: str, is_right: Callable[[str], bool], names: tuple[str, ...] = ()) -> str | None:
    """Return what is wrong with an expression, in a sentence that does not tell the answer; None if not known.

    Args:
        text: Python can read it.
        is_right: whether an expression is right.
        names: those of arrays that something may be spread over.
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    for edited, message in itertools.islice(_edits(tree, names), MOST_EDITS):
        if is_right(ast.unparse(edited)):
            return message
    return None


def _edits(tree: ast.expr, names: tuple[str, ...]) -> Iterator[Edit]:
    """Yield the tree with one of its parts edited, the likelier edits first."""
    count = sum(isinstance(node, ast.expr) for node in ast.walk(tree))
    for place in range(count):
        part = _part(tree, place)
        for edit in _edits_of(part):
            yield Edit(_replace(tree, place, edit.node), edit.message)
    written = ast.unparse(tree)
    for axis in (0, 1):
        for keepdims in ("", ", keepdims=True"):
            summed = ast.parse(f"({written}).sum({axis}{keepdims})", mode="eval").body
            yield Edit(summed, "These numbers are what comes back from each use: where an array is used again and "
                               "again, what comes back is summed. Over which axis?")  # fmt: skip
    for name in names:
        spread = ast.parse(f"({written}) * (0 * {name} + 1)", mode="eval").body
        yield Edit(spread, "These are the right numbers, once each: each belongs in all the places that it came from.")


def _edits_of(part: ast.expr) -> Iterator[Edit]:
    """Yield the edits of one part."""
    written = ast.unparse(part)
    if isinstance(part, ast.Attribute) and part.attr == "T":
        yield Edit(part.value, f"Look at {written}: is it to be transposed here?")
    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.MatMult):
        yield from _edits_of_product(part, written)
    if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Mult, ast.Div, ast.Add, ast.Sub)):
        message = f"In {written}, one of the two lacks an axis of length 1, to go with the other: which, and where?"
        yield Edit(ast.BinOp(_widen(part.left), part.op, part.right), message)
        yield Edit(ast.BinOp(part.left, part.op, _widen(part.right)), message)
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _REDUCTIONS:
        yield from _edits_of_reduction(part, written)


def _edits_of_product(part: ast.BinOp, written: str) -> Iterator[Edit]:
    left, right = part.left, part.right
    message = f"Look at {written}: which of the two is to be transposed?"
    yield Edit(ast.BinOp(_turn(left), part.op, right), message)
    yield Edit(ast.BinOp(left, part.op, _turn(right)), message)
    yield Edit(ast.BinOp(right, part.op, left), f"Look at {written}: on which side does each of the two stand?")
    turned = f"Look at {written}: on which side does each of the two stand, and which is to be transposed?"
    for first, second in ((_turn(right), left), (right, _turn(left)), (_turn(left), _turn(right))):
        yield Edit(ast.BinOp(first, part.op, second), turned)


def _edits_of_reduction(part: ast.Call, written: str) -> Iterator[Edit]:
    axes = [argument for argument in part.args if isinstance(argument, ast.Constant)]
    keeps = any(keyword.arg == "keepdims" for keyword in part.keywords)
    base = ast.unparse(part.func)
    if not axes and not part.keywords:
        for one in ("0", "1"):
            yield Edit(_read(f"{base}({one})"), f"{written} goes over everything: over which axis alone should it?")
    axis = axes[0].value if len(axes) == 1 else None
    if not isinstance(axis, int) or axis not in (0, 1):
        return
    other = 1 - axis
    kept, dropped = f"{base}({axis}, keepdims=True)", f"{base}({axis})"
    if keeps:
        yield Edit(_read(dropped), f"{written} keeps the axis that it goes over, as one of length 1: should it?")
    else:
        yield Edit(_read(kept), f"{written} drops the axis that it goes over: what keeps it, as one of length 1?")
    for changed in (f"{base}({other})", f"{base}({other}, keepdims=True)", f"{base}({other})[:, None]"):
        yield Edit(_read(changed), f"{written} goes over axis {axis}: is it that one?")


def _read(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _turn(node: ast.expr) -> ast.expr:
    """Return the transpose; of a transpose, what it is of."""
    return node.value if isinstance(node, ast.Attribute) and node.attr == "T" else ast.Attribute(node, "T", ast.Load())


def _widen(node: ast.expr) -> ast.expr:
    return _read(f"({ast.unparse(node)})[:, None]")


def _part(tree: ast.expr, place: int) -> ast.expr:
    return [node for node in ast.walk(tree) if isinstance(node, ast.expr)][place]


def _replace(tree: ast.expr, place: int, new: ast.expr) -> ast.expr:
    """Return a copy of a tree in which the expression at a place of its walk is another."""
    whole = ast.Expression(copy.deepcopy(tree))
    old = _part(whole.body, place)
    for parent in ast.walk(whole):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(each is old for each in value):
                setattr(parent, name, [new if each is old else each for each in value])
    return whole.body
