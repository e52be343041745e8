"""A patch of one line in words: which term is right, and what another lacks, has too many or has in place of what."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

ORDINALS = ("first", "second", "third", "fourth", "fifth")
NAMES = re.compile(r"[A-Za-z_]\w*")


class Term(NamedTuple):
    """A product among those that a sum is of.

    Attributes:
        sign: 1 or -1.
        factors, divisors: as they are written.
    """

    sign: int
    factors: tuple[str, ...]
    divisors: tuple[str, ...]

    @property
    def text(self) -> str:
        product = " * ".join(self.factors)
        return " / ".join([product, *self.divisors])


def speak_patch(patch: str) -> str:
    """Return what a patch of one formula changes, as a sentence about the line that is there; "" for any other."""
    lines = patch.splitlines()
    old = [one[1:].strip() for one in lines if one.startswith("-") and not one.startswith("---")]
    new = [one[1:].strip() for one in lines if one.startswith("+") and not one.startswith("+++")]
    if len(old) != 1 or len(new) != 1:
        return ""
    before, after = _formula(old[0]), _formula(new[0])
    said = "" if before is None or after is None else _compare(_terms(before), _terms(after))
    return f"In `{old[0]}`, {said}." if said else ""


def _formula(line: str) -> ast.expr | None:
    try:
        (statement,) = ast.parse(line).body
    except (SyntaxError, ValueError):  # a part of a statement
        return None
    value = getattr(statement, "value", None)
    if isinstance(value, ast.Tuple) and len(value.elts) == 1:
        return value.elts[0]
    return value if isinstance(value, ast.expr) else None


def _terms(node: ast.expr, sign: int = 1) -> list[Term]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        return [*_terms(node.left, sign), *_terms(node.right, sign if isinstance(node.op, ast.Add) else -sign)]
    return [_term(node, sign)]


def _term(node: ast.expr, sign: int) -> Term:
    factors: list[str] = []
    divisors: list[str] = []

    def take(part: ast.expr, sides: tuple[list[str], list[str]]) -> int:
        if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
            return -take(part.operand, sides)
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
            return take(part.left, sides) * take(part.right, sides)
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Div):
            return take(part.left, sides) * take(part.right, sides[::-1])
        is_sum = isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Add, ast.Sub))
        sides[0].append(f"({ast.unparse(part)})" if is_sum else ast.unparse(part))
        return 1

    sign *= take(node, (factors, divisors))
    return Term(sign, tuple(factors), tuple(divisors))


def _compare(old: Sequence[Term], new: Sequence[Term]) -> str:
    """Say how a sum differs from the right one; "" where more than one term does."""
    if len(old) == len(new):
        wrong = [place for place, (one, other) in enumerate(zip(old, new)) if not _is_same(one, other)]
        if len(wrong) != 1 or len(old) > len(ORDINALS):
            return ""
        (place,) = wrong
        change = _change(old[place], new[place])
        if len(old) == 1 or not change:
            return change
        right = [ORDINALS[at] for at in range(len(old)) if at != place]
        are = "term is right" if len(right) == 1 else "terms are right"
        return f"the {' and '.join(right)} {are}, and in the {ORDINALS[place]} {change}"
    less, more = sorted((list(old), list(new)), key=len)
    left = [one for one in more if not any(_is_same(one, other) for other in less)]
    if len(more) != len(less) + 1 or len(left) != 1:
        return ""
    sign = "-" if left[0].sign < 0 else "+"
    return f"the term `{sign} {left[0].text}` {'is missing' if len(new) > len(old) else 'is too many'}"


def _is_same(one: Term, other: Term) -> bool:
    return one.sign == other.sign and all(Counter(a) == Counter(b) for a, b in zip(one[1:], other[1:]))


def _change(old: Term, new: Term) -> str:
    """Say how a product differs from the right one; "" where that is no one thing."""
    lacks, has = (Counter(a.factors) - Counter(b.factors) for a, b in ((new, old), (old, new)))
    undivided, divided = (Counter(a.divisors) - Counter(b.divisors) for a, b in ((new, old), (old, new)))
    changes = [*lacks.elements(), *has.elements(), *undivided.elements(), *divided.elements()]
    if old.sign != new.sign:
        return "" if changes else "the sign is the other one"
    if len(changes) == 1:
        what = f"`{changes[0]}`"
        if lacks or has:
            return f"the factor {what} {'is missing' if lacks else 'is too many'}"
        return f"the division by {what} {'is missing' if undivided else 'is too many'}"
    if len(changes) == 2 and lacks and has:
        (wanted,), (given,) = lacks, has
        return _describe_swap(given, wanted) or f"`{given}` stands where `{wanted}` belongs"
    return ""


def _describe_swap(given: str, wanted: str) -> str:
    """Say which two names of one factor have changed their places; "" where none have."""
    own, others = NAMES.findall(given), NAMES.findall(wanted)
    apart = [(one, other) for one, other in zip(own, others) if one != other]
    is_swap = len(own) == len(others) and len(apart) == 2 and apart[0] == apart[1][::-1]
    return f"`{apart[0][0]}` and `{apart[0][1]}` have changed places" if is_swap else ""
