"""Check the numbers in a kata's text: whether a written result follows from its expression.

Read are `EXPRESSION = NUMBER`, the same with "is", "are", "makes" or "gives" for the sign, `NAME = NUMBER` where the
text has a formula for the name, and examples that begin with >>>. What cannot be computed is skipped.
"""

from __future__ import annotations

import ast
import doctest
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

ROUNDED = 3
"""With so many decimals, a number of an expression counts as rounded: known to half its last digit."""
MOST_WORDS = 14
"""Of an expression."""

_SAYS = re.compile(r"(?<![=<>!+*/^-])=(?!=)\s*|\b(?:is|are|makes|gives)\s+")
_NUMBER = re.compile(r"[-+]?\d+(?:\.(\d+))?(?:e[-+]?\d+)?(?![\w.]*\w)(?!\s*[-+*/^%(\[]\s*[\w(])")
_FORMULA = re.compile(r"([A-Za-z_]\w*) = ([^=]+)")
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow, ast.MatMult: operator.matmul,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "tanh": np.tanh, "sin": np.sin, "cos": np.cos, "abs": np.abs,
    "max": np.max, "min": np.min, "sum": np.sum, "relu": lambda x: np.maximum(x, 0.0),
    "sigmoid": lambda x: 1.0 / (1.0 + np.exp(-x)),
}  # fmt: skip
_OF_NUMPY = ("array", "ones", "zeros", "eye", *_FUNCTIONS)


class _UnknownError(Exception):
    """It cannot be computed."""


@dataclass
class _Text:
    """What a text says.

    Attributes:
        names: functions and tables that its expressions may use.
        formulas: the one expression that the text has for a name.
        known: what names stand for at the moment: the numbers, and by how much each may be off.
    """

    names: Mapping[str, Any]
    formulas: dict[str, ast.expr]
    known: dict[str, tuple[Any, Any]]

    def result(self, expression: ast.expr) -> tuple[Any, Any]:
        """Return an expression's result, and how far it may be off, as its numbers are rounded.

        Raises:
            _UnknownError: it cannot be computed.
        """
        atoms = list(self._find_rounded(expression, ()))
        with np.errstate(all="ignore"):
            try:
                exact = np.asarray(_Evaluation(self, None).value(expression), dtype=float)
                moved = [np.asarray(_Evaluation(self, atom).value(expression), dtype=float) for atom in atoms]
            except _UnknownError:
                raise
            except Exception as error:  # whatever a solution's function, or NumPy, may raise on what is no expression
                raise _UnknownError from error
        return exact, sum((np.abs(one - exact) for one in moved), np.zeros(exact.shape))

    def _find_rounded(self, expression: ast.expr, seen: tuple[str, ...]) -> Iterator[Any]:
        for node in ast.walk(expression):
            if isinstance(node, ast.Constant) and isinstance(node.value, float) and _half(repr(node.value)):
                yield node
            elif isinstance(node, ast.Name) and node.id in self.known:
                if np.any(self.known[node.id][1]):
                    yield node.id
            elif isinstance(node, ast.Name) and node.id in self.formulas and node.id not in seen:
                yield from self._find_rounded(self.formulas[node.id], (*seen, node.id))


class _Evaluation:
    """The value of an expression, with one of its rounded numbers, or none, half a digit higher.

    Args:
        moved: the constant, or the name.
    """

    def __init__(self, text: _Text, moved: Any) -> None:
        self._text, self._moved = text, moved
        self._within: list[str] = []

    def value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=float() as number) if node is self._moved:
                return number + _half(repr(number))
            case ast.Constant(value=int() | float() | str() as value) if not isinstance(value, bool):
                return value
            case ast.List(elts=entries) | ast.Tuple(elts=entries):
                return np.asarray([self.value(entry) for entry in entries], dtype=float)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.value(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return _BINARY[type(op)](self.value(left), self.value(right))
            case ast.Name(id=name):
                return self._look_up(name)
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                at = self.value(index)
                return self._text.names[name][at] if isinstance(at, str) else self._look_up(name)[int(at)]
            case ast.Attribute(value=ast.Call() as call, attr="data"):  # of a node that a solution's function makes
                return self.value(call).data
            case ast.Call(func=function, args=args, keywords=[]):
                return self._function(function)(*map(self.value, args))
        raise _UnknownError

    def _look_up(self, name: str) -> Any:
        if name in self._text.known:
            number, off = self._text.known[name]
            return number + off if name == self._moved else number
        if name not in self._text.formulas or name in self._within:
            raise _UnknownError
        self._within.append(name)
        found = self.value(self._text.formulas[name])
        self._within.pop()
        return found

    def _function(self, function: ast.expr) -> Callable[..., Any]:
        found: Any = None
        match function:
            case ast.Name(id=name):
                found = self._text.names.get(name, _FUNCTIONS.get(name))
            case ast.Attribute(value=ast.Name(id="np" | "math"), attr=name) if name in _OF_NUMPY:
                found = getattr(np, name, None)
            case ast.Subscript():
                found = self.value(function)
        if not callable(found):
            raise _UnknownError
        return found


def wrong_numbers(text: str, names: Mapping[str, Any]) -> list[str]:
    """Return what in a text is not as it says, a sentence each.

    Args:
        text: the Markdown.
        names: what its expressions may call: the solution's functions and tables.

    Example:
        >>> wrong_numbers("The slope is 3 * 5^2 = 70, and tanh(0.5) is 0.4621.", {})
        ['3 * 5^2 is 75, not 70.']
    """
    parts = list(_parts(text))
    known = _Text(names, _formulas(text, parts), {})
    found: list[str] = []
    for is_code, part in parts:
        if not is_code:
            known.known.clear()
        found.extend(_wrong_in(part, known))
    return [*found, *_wrong_examples(text, names)]


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the paragraphs, and the lines of code, in order."""
    paragraph: list[str] = []
    is_fenced = False
    for line in [*text.splitlines(), ""]:
        is_fence = line.startswith("```")
        is_code = is_fenced or is_fence or (line.startswith("    ") and not paragraph)
        if (is_code or not line.strip()) and paragraph:
            yield False, " ".join(paragraph)
            paragraph = []
        if is_fence:
            is_fenced = not is_fenced
        elif is_code and line.strip():
            yield True, line.strip()
        elif line.strip():
            paragraph.append(line.strip().replace("`", ""))


def _formulas(text: str, parts: list[tuple[bool, str]]) -> dict[str, ast.expr]:
    """Return the formulas of names that have just one, in code and between backticks."""
    found: dict[str, dict[str, ast.expr]] = {}
    lines = [re.sub(r"\s+=\s+", " = ", part) for is_code, part in parts if is_code]
    for piece in [*re.findall("`([^`]+)`", text), *(piece for line in lines for piece in re.split(r"\s{2,}", line))]:
        match = _FORMULA.fullmatch(" ".join(piece.split()))
        expression = _parse(match[2]) if match else None
        if match and expression is not None and any(isinstance(node, ast.Name) for node in ast.walk(expression)):
            found.setdefault(match[1], {})[ast.unparse(expression)] = expression
    return {name: next(iter(known.values())) for name, known in found.items() if len(known) == 1}


def _wrong_in(part: str, text: _Text) -> Iterator[str]:
    for match in _SAYS.finditer(part):
        said = _number_at(part, match.end())
        if said is None:
            continue
        shown, (number, off) = said
        for written, expression in _expressions_before(part[: match.start()]):
            if isinstance(expression, ast.Name):
                yield from _check_name(expression.id, shown, number, off, text)
                break
            try:
                result, slack = text.result(expression)
            except _UnknownError:
                continue
            if result.shape == number.shape:
                if not _fits(result, slack, number, off):
                    yield f"{written} is {_format(result)}, not {shown}."
                break


def _check_name(name: str, shown: str, number: Any, off: Any, text: _Text) -> Iterator[str]:
    """Yield a complaint about a named number, by its formula if it has one."""
    is_new = name not in text.known
    if name in text.formulas and is_new:
        formula = text.formulas[name]
        try:
            result, slack = text.result(formula)
        except _UnknownError:
            pass
        else:
            if result.shape == number.shape and not _fits(result, slack, number, off):
                yield f"{name} = {ast.unparse(formula)} is {_format(result)}, not {shown}."
    if is_new:
        text.known[name] = number, np.where(off >= 0.5 * 10.0 ** (1 - ROUNDED), 0.0, off)


def _fits(result: Any, slack: Any, number: Any, off: Any) -> bool:
    return bool((np.abs(result - number) <= 1.000001 * (off + slack) + 1e-9 * np.abs(number)).all())


def _format(result: Any) -> str:
    return f"{result:.6g}" if not result.shape else np.array2string(result, precision=6, separator=", ")


def _number_at(part: str, start: int) -> tuple[str, tuple[Any, Any]] | None:
    """Return the number or list that begins there, as text and as array; None for none."""
    if part[start : start + 1] in ("[", "("):
        depth = 0
        for end in range(start, len(part)):
            depth += (part[end] in "[(") - (part[end] in "])")
            if depth == 0:
                return _read_number(part[start : end + 1])
        return None
    match = _NUMBER.match(part, start)
    return None if match is None else _read_number(match[0])


def _read_number(written: str) -> tuple[str, tuple[Any, Any]] | None:
    expression = _parse(written)
    if expression is None or any(isinstance(node, (ast.Name, ast.Call)) for node in ast.walk(expression)):
        return None
    halves = re.sub(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", lambda number: repr(_half(number[0], least=1)), written)
    try:
        number, off = (_Text({}, {}, {}).result(ast.parse(one, mode="eval").body)[0] for one in (written, halves))
    except (_UnknownError, SyntaxError):
        return None
    return (written, (number, off)) if number.shape == off.shape else None


def _expressions_before(text: str) -> Iterator[tuple[str, ast.expr]]:
    """Yield the expressions that a text may end in, the longest first."""
    words = re.split(r"[.;]\s", text)[-1].split()[-MOST_WORDS:]
    for first in range(len(words)):
        written = " ".join(words[first:])
        expression = _parse(written)
        is_more = isinstance(expression, ast.Tuple) and not written.startswith("(")
        if expression is not None and not is_more and not isinstance(expression, ast.Constant):
            yield written, expression


def _parse(written: str) -> ast.expr | None:
    try:
        return ast.parse(written.strip().replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _half(written: str, least: int = ROUNDED) -> float:
    """Return half the last digit of a number with enough decimals; else 0."""
    digits, _, exponent = written.partition("e")
    decimals = len(digits.partition(".")[2])
    return 0.5 * 10.0 ** (int(exponent or 0) - decimals) if decimals >= least else 0.0


def _wrong_examples(text: str, names: Mapping[str, Any]) -> Iterator[str]:
    test = doctest.DocTestParser().get_doctest(text, {"math": math, "np": np, **names}, "kata.md", "kata.md", 0)
    said: list[str] = []
    runner = doctest.DocTestRunner(checker=_Checker(), verbose=False)
    runner.run(test, out=said.append, clear_globs=False)
    if runner.failures:
        yield " ".join("".join(said).split())


class _Checker(doctest.OutputChecker):
    """Numbers need only be right as far as they are written."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        if super().check_output(want, got, optionflags):
            return True
        wanted, found = _read_number(want.strip()), _read_number(got.strip())
        if wanted is None or found is None or wanted[1][0].shape != found[1][0].shape:
            return False
        return _fits(found[1][0], 0.0, *wanted[1])
