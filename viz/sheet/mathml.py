"""Formulas as MathML, which browsers set by themselves: fractions, powers, products with a dot."""

from __future__ import annotations

import ast
import re
from html import escape

_DERIVATIVE = re.compile(r"d(\w+(?:\[[^\]]*\])?|\([^()]*\))/d(\w+(?:\[[^\]]*\])?|\([^()]*\))")
_TRANSPOSED = re.compile(r"\^T\b")
_SIGNS = {
    ast.Add: "+",
    ast.Sub: "\N{MINUS SIGN}",
    ast.Mult: "\N{DOT OPERATOR}",
    ast.MatMult: "@",
    ast.Gt: ">",
    ast.GtE: "\N{GREATER-THAN OR EQUAL TO}",
    ast.Lt: "<",
    ast.LtE: "\N{LESS-THAN OR EQUAL TO}",
    ast.Eq: "=",
}
_BINDING = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.MatMult: 2, ast.Div: 4, ast.Pow: 4}
LONGEST = 300


class _NoFormulaError(Exception):
    """A text that is no formula."""


def formula(text: str, *, is_block: bool = False) -> str:
    """Return a formula such as "dt/da = 1 - tanh(0.5)^2" as MathML; "" for no formula.

    Args:
        is_block: whether it has a line of its own.
    """
    if len(text) > LONGEST:
        return ""
    try:
        sides = [_side(side.strip()) for side in text.split(" = ")]
    except (_NoFormulaError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    display = ' display="block"' if is_block else ""
    return f"<math{display}>{_sign('=').join(sides)}</math>"


def _side(text: str) -> str:
    whole = _DERIVATIVE.fullmatch(text)
    if whole:
        parts = (_put_in_brackets(_side(p[1:-1])) if p.startswith("(") else _side(p) for p in whole.groups())
        return _fraction(*(f"<mrow><mi>d</mi>{part}</mrow>" for part in parts))
    # Derivatives inside a product stand as names of their own while the rest is parsed.
    inner: dict[str, str] = {}

    def hold(found: re.Match[str]) -> str:
        name = f"derivative_{len(inner)}_"
        inner[name] = _side(found[0])
        return name

    written = _TRANSPOSED.sub(".T", _DERIVATIVE.sub(hold, text))
    written = written.replace("^", "**").replace("\N{MULTIPLICATION SIGN}", "*").replace("\N{MINUS SIGN}", "-")
    return _Set(inner).set(ast.parse(written, mode="eval").body)


def _fraction(above: str, below: str) -> str:
    return f"<mfrac>{above}{below}</mfrac>"


def _sign(sign: str) -> str:
    return f"<mo>{escape(sign)}</mo>"


class _Set:
    """Sets one parsed expression; `inner` has what some of its names stand for."""

    def __init__(self, inner: dict[str, str]) -> None:
        self._inner = inner

    def set(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value=bool()):
                raise _NoFormulaError
            case ast.Constant(value=value) if value is ...:
                return "<mo>\N{HORIZONTAL ELLIPSIS}</mo>"
            case ast.Constant(value=int() | float()):
                return f"<mn>{escape(ast.unparse(node))}</mn>"
            case ast.Name(id=name):
                return self._inner.get(name) or f"<mi>{escape(name)}</mi>"
            case ast.Attribute(value=value, attr="T"):
                return f"<msup>{self._bracket(value, 4)}<mi>T</mi></msup>"
            case ast.Attribute() | ast.Subscript():
                return f"<mi>{escape(ast.unparse(node))}</mi>"
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"<mrow>{_sign(_SIGNS[ast.Sub])}{self._bracket(operand, 2)}</mrow>"
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return _fraction(self.set(left), self.set(right))
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return f"<msup>{self._bracket(left, 5)}{self.set(right)}</msup>"
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
                binds = _BINDING[type(op)]
                after = self._bracket(right, binds + 1)
                if isinstance(right, ast.UnaryOp):
                    after = _put_in_brackets(self.set(right))
                return f"<mrow>{self._bracket(left, binds)}{_sign(_SIGNS[type(op)])}{after}</mrow>"
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _SIGNS:
                return f"<mrow>{self.set(left)}{_sign(_SIGNS[type(op)])}{self.set(right)}</mrow>"
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return (
                    f"<mrow><mi>{escape(name)}</mi>{_put_in_brackets(_sign(',').join(map(self.set, arguments)))}</mrow>"
                )
        raise _NoFormulaError

    def _bracket(self, node: ast.expr, binds: int) -> str:
        """Put brackets where the operation around it binds tighter."""
        own = _BINDING.get(type(node.op), 9) if isinstance(node, ast.BinOp) else 9
        own = 2 if isinstance(node, ast.UnaryOp) else 0 if isinstance(node, ast.Compare) else own
        made = self.set(node)
        return _put_in_brackets(made) if own < binds else made


def _put_in_brackets(inside: str) -> str:
    return f"<mrow>{_sign('(')}{inside}{_sign(')')}</mrow>"
