"""Evaluate a typed expression such as `d.grad * b` or `dlogits @ W2.T` without running it.

The text is parsed by Python, and of what it may say only arithmetic is carried out here: a name that is not on
the graph, an attribute that is not `grad`, `data` or `T`, and anything that would take long are typos.
"""

from __future__ import annotations

import ast
import math
import operator
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from handgrad import HandgradError
from handgrad.number import one_line
from handgrad.ops import sigmoid

LONGEST = 500
LARGEST_EXPONENT = 100.0
MOST_ENTRIES = 1_000_000
"""An array of more entries is not made of what was typed."""

_HOW = "Type a number or an expression, such as -2, 1/4, d.grad * b or 1 - t**2."

# Python warns of what looks like a slip, such as `1if`; who listens to warnings is a setting of the whole process.
_parsing = threading.Lock()


class ExpressionError(HandgradError, ValueError):
    """What was typed stands for no number; `is_too_large` where it is the size of an array that is at fault."""

    def __init__(self, problem: str, how: str = _HOW, *, is_too_large: bool = False) -> None:
        self.problem, self.is_too_large = problem, is_too_large
        super().__init__(f"{problem} {how}".strip())


class ShapesError(ExpressionError):
    """Two arrays were put together whose shapes do not go together.

    Attributes:
        node: the operation, as it was parsed.
    """

    def __init__(self, node: ast.BinOp, left: Any, right: Any) -> None:
        self.node = node
        first, second = (one_line(ast.unparse(side))[:60] for side in (node.left, node.right))
        problem = f"{first} has shape {left.shape} and {second} has shape {right.shape}"
        if isinstance(node.op, ast.MatMult):
            ends = left.shape[-1], right.shape[-2 if right.ndim > 1 else 0]
            sums = f"@ sums over the last axis of the one and the {'first' if right.ndim < 3 else 'last but one'} of"
            said = f"{problem}: {sums} the other, and {ends[0]} is not {ends[1]}."
            super().__init__(said if ends[0] != ends[1] else f"{problem}: they do not go together.", "")
            return
        super().__init__(f"{problem}: compared from the last axis back, two lengths differ and neither is 1.", "")


class Known(Protocol):
    """What the names mean; each raises ExpressionError for one that means nothing."""

    def data(self, name: str) -> Any:
        """Return the number that the node of this name holds; None without such a node."""

    def grad(self, name: str) -> Any:
        """Return the gradient filled in there; None without such a node."""


def _function_of(function: Callable[[float], float], name: str) -> Callable[[Any], Any]:
    """Return the function for a number, and NumPy's of the same name for an array."""

    def apply(x: Any) -> Any:
        return function(x) if isinstance(x, float) else getattr(sys.modules["numpy"], name)(x)

    return apply


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    **{
        name: _function_of(getattr(math, name), name)
        for name in ("exp", "log", "sqrt", "tanh", "sin", "cos", "log1p", "expm1")
    },
    "abs": abs,
    "sigmoid": sigmoid,
    "relu": lambda x: (x > 0.0) * x,
}
_REDUCTIONS = ("sum", "mean", "max", "min", "var", "std")
_PAIRS = {"maximum": "max", "minimum": "min", "max": "max", "min": "min"}
_MOVES = ("reshape", "transpose", "swapaxes")
_NEW = (
    "where",
    "eye",
    "arange",
    "range",
    "len",
    "zeros_like",
    "ones_like",
    "broadcast_to",
    "argmax",
    "concatenate",
    "stack",
    "outer",
)
_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def evaluate(text: str, known: Known) -> Any:
    """Return the number, or the array of numbers, of an expression.

    It may hold numbers, names on the graph (`b` or `b.data` is the number of a node, `d.grad` the gradient filled in
    there), + - * / **, comparisons, brackets, and exp, log, sqrt, tanh, sin, cos, sigmoid, relu, abs, max and min; of
    arrays also @, `.T`, `.shape`, sums, means and the like along an axis, `reshape`, `swapaxes`, indexing, `np.where`,
    `np.eye`, `np.arange` and `np.zeros_like`.

    Args:
        text: at most `LONGEST` characters.
        known: what the names mean.

    Raises:
        ExpressionError: it is no such expression, or has no finite value.
    """
    statement = parse_line(text)
    if not isinstance(statement, ast.Expr):
        raise ExpressionError(f"'{one_line(text.strip())[:60]}' is not understood.")
    return evaluate_node(statement.value, known)


def parse_line(text: str) -> ast.stmt:
    """Return one line, an expression or an assignment, as Python reads it.

    Raises:
        ExpressionError: Python cannot read it, or it is too long.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"That is longer than {LONGEST} characters.")
    # A minus as typography has it, and "^" as most people write a power.
    written = text.strip().replace("\N{MINUS SIGN}", "-").replace("\N{MULTIPLICATION SIGN}", "*").replace("^", "**")
    try:
        with _parsing, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (statement,) = ast.parse(written).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionError(f"'{one_line(text.strip())[:60]}' is not understood.") from None
    return statement


def evaluate_node(tree: ast.expr, known: Known) -> Any:
    """Return the value of an expression that is parsed already.

    Raises:
        ExpressionError: as of `evaluate`.
    """
    with failing_in_words():
        return _finite(_Evaluation(known).value(tree) * 1.0)


def evaluate_index(tree: ast.expr, known: Known) -> Any:
    """Return what stands between the brackets of an array, as NumPy takes it.

    Raises:
        ExpressionError: as of `evaluate`.
    """
    with failing_in_words():
        return _Evaluation(known).index(tree)


@contextmanager
def failing_in_words() -> Iterator[None]:
    """Turn whatever a calculation raises into an ExpressionError."""
    try:
        yield
    except ExpressionError:
        raise
    except ZeroDivisionError:
        raise ExpressionError("That divides by 0.") from None
    except OverflowError:
        raise ExpressionError("That is too large.") from None
    except (MemoryError, RecursionError):
        raise ExpressionError("That is not understood.") from None
    except (ValueError, TypeError, IndexError) as error:
        raise ExpressionError(f"That has no value: {one_line(str(error))[:200]}.") from None


def _finite(value: Any) -> Any:
    is_finite = math.isfinite(value) if isinstance(value, float) else bool((abs(value) < math.inf).all())
    if not is_finite:
        raise ExpressionError("That is no finite number: too large, or a division by 0.")
    return value


class _Evaluation:
    """Works out one parsed expression."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return _number(node.value)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            operand = self.value(node.operand)
            return -operand if isinstance(node.op, ast.USub) else operand
        if isinstance(node, ast.BinOp):
            return self._binary(node)
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARISONS:
            compared = _COMPARISONS[type(node.ops[0])]
            return compared(self.value(node.left), self.value(node.comparators[0])) * 1.0
        if isinstance(node, ast.Name):
            return self._look_up(node.id)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Subscript):
            return self._entry(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Tuple):
            raise ExpressionError("Decimals have a point, not a comma.")
        raise ExpressionError("Only numbers, the names on the graph and + - * / ** are understood.")

    def _binary(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Pow):
            if not isinstance(right, float) or abs(right) > LARGEST_EXPONENT:
                raise ExpressionError(f"An exponent is a number of at most {LARGEST_EXPONENT:g}.")
            return _finite(math.pow(left, right) if isinstance(left, float) else _quietly(operator.pow, left, right))
        if isinstance(node.op, ast.MatMult):
            if isinstance(left, float) or isinstance(right, float):
                raise ExpressionError("@ is for arrays; between numbers write *.")
            _limit(left.size // max(1, left.shape[-1]) * (right.size // max(1, right.shape[0])))
            try:
                made = _quietly(operator.matmul, left, right)
            except ValueError:
                raise ShapesError(node, left, right) from None
            return _finite(made if made.ndim else float(made))
        if type(node.op) not in _BINARY:
            raise ExpressionError("Only + - * / ** and @ are understood between numbers.")
        try:
            entries = _broadcast_entries(left, right)
        except ValueError:
            raise ShapesError(node, left, right) from None
        _limit(entries)
        return _finite(_quietly(_BINARY[type(node.op)], left, right))

    def _look_up(self, name: str) -> Any:
        found = self._known.data(name)
        if found is None and name.startswith("d"):  # dlogits is logits.grad
            found = self._known.grad(name[1:])
        if found is None:
            raise ExpressionError(f"There is no '{one_line(name)[:40]}' on the graph.")
        return found

    def _attribute(self, node: ast.Attribute) -> Any:
        if node.attr == "T":
            return _array(self.value(node.value)).T
        if node.attr == "size":
            return float(_array(self.value(node.value)).size)
        name = ast.unparse(node.value)
        if node.attr == "grad":
            found = self._known.grad(name)
        elif node.attr == "data":
            found = self._known.data(name)
        else:
            raise ExpressionError(f"A node has .data and .grad; '.{one_line(node.attr)[:40]}' is not understood.")
        if found is None:
            raise ExpressionError(f"There is no '{one_line(name)[:40]}' on the graph.")
        return found

    def _entry(self, node: ast.Subscript) -> Any:
        named = self._known.data(ast.unparse(node))  # a node may be called w[0]
        if named is not None:
            return named
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            return float(_array(self.value(node.value.value)).shape[self._whole(node.slice)])
        found = _array(self.value(node.value))[self.index(node.slice)]
        return found if found.ndim else float(found)

    def index(self, node: ast.expr) -> Any:
        """Return an index, an axis, or a shape."""
        if isinstance(node, ast.Attribute) and node.attr == "shape":
            return _array(self.value(node.value)).shape
        if isinstance(node, (ast.Tuple, ast.List)):
            return tuple(self.index(part) for part in node.elts)
        if isinstance(node, ast.Slice):
            return slice(*[None if end is None else self._whole(end) for end in (node.lower, node.upper, node.step)])
        if isinstance(node, ast.Constant) and node.value is None:
            return None
        found = self.value(node)
        return found if getattr(getattr(found, "dtype", None), "kind", "") in ("i", "b") else self._whole(node, found)

    def _whole(self, node: ast.expr, number: Any = None) -> int:
        number = self.value(node) if number is None else number
        if not isinstance(number, float) or not number.is_integer():
            raise ExpressionError("An index and an axis are whole numbers.")
        return int(number)

    def _call(self, node: ast.Call) -> Any:
        function, arguments = node.func, list(node.args)
        if any(isinstance(argument, ast.Starred) for argument in arguments):
            raise ExpressionError("A * before an argument is not understood.")
        if isinstance(function, ast.Attribute):
            if not (isinstance(function.value, ast.Name) and function.value.id in ("np", "math")):
                arguments.insert(0, function.value)  # x.sum(0)
            name = function.attr
        elif isinstance(function, ast.Name):
            name = function.id
        else:
            name = ""
        is_method = isinstance(function, ast.Attribute) and name in ("max", "min")
        if name in _PAIRS and len(arguments) == 2 and not is_method:
            first, second = (self.value(argument) for argument in arguments)
            _limit(_broadcast_entries(first, second))
            choose = operator.gt if _PAIRS[name] == "max" else operator.lt
            is_first = choose(first, second) * 1.0
            return is_first * first + (1.0 - is_first) * second
        if name in _REDUCTIONS and arguments:
            return self._reduction(name, arguments, node.keywords)
        if name in _MOVES and len(arguments) > 1 and not node.keywords:
            return getattr(_array(self.value(arguments[0])), name)(*[self.index(each) for each in arguments[1:]])
        if name in _NEW:
            if [keyword.arg for keyword in node.keywords] == ["axis"]:
                arguments.append(node.keywords[0].value)
            elif node.keywords:
                raise ExpressionError(f"{name} takes no {node.keywords[0].arg}= here.")
            return self._new(name, arguments)
        if name in _FUNCTIONS and len(arguments) == 1 and not node.keywords:
            return _finite(_quietly(_FUNCTIONS[name], self.value(arguments[0])))
        raise ExpressionError(f"'{one_line(ast.unparse(function))[:40]}(...)' is not understood.")

    def _new(self, name: str, arguments: Sequence[ast.expr]) -> Any:
        """Return what a function of NumPy makes that is no calculation on entries."""
        np = loaded_numpy()
        if name in ("eye", "arange", "range") and len(arguments) == 1:
            count = self._whole(arguments[0])
            _limit(count**2)
            return np.eye(count) if name == "eye" else np.arange(count)
        if name == "len" and len(arguments) == 1:
            return float(len(_array(self.value(arguments[0]))))
        if name in ("zeros_like", "ones_like") and len(arguments) == 1:
            return _array(self.value(arguments[0])) * 0.0 + (name == "ones_like")
        if name == "argmax" and len(arguments) == 2:
            return _array(self.value(arguments[0])).argmax(self._whole(arguments[1]))
        if name == "broadcast_to" and len(arguments) == 2:
            shape = self.index(arguments[1])
            _limit(math.prod(shape if isinstance(shape, tuple) else (shape,)))
            return np.broadcast_to(self.value(arguments[0]), shape)
        if name == "outer" and len(arguments) == 2:
            first, second = (_array(self.value(argument)) for argument in arguments)
            _limit(first.size * second.size)
            return np.outer(first, second)
        if (
            name in ("concatenate", "stack")
            and len(arguments) in (1, 2)
            and isinstance(arguments[0], (ast.List, ast.Tuple))
        ):
            parts = [self.value(part) for part in arguments[0].elts]
            return getattr(np, name)(parts, self._whole(arguments[1]) if len(arguments) == 2 else 0)
        if name == "where" and len(arguments) == 3:
            is_first, first, second = (self.value(argument) for argument in arguments)
            _limit(_broadcast_entries(is_first * first, second))
            return np.where(is_first, first, second)
        raise ExpressionError(f"'{name}(...)' is not understood with so many arguments.")

    def _reduction(self, name: str, arguments: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> Any:
        array = _array(self.value(arguments[0]))
        options: dict[str, Any] = {}
        if len(arguments) == 2:
            options["axis"] = self.index(arguments[1])
        for keyword in keywords:
            if keyword.arg == "keepdims" and isinstance(keyword.value, ast.Constant):
                options["keepdims"] = bool(keyword.value.value)
            elif keyword.arg == "axis":
                options["axis"] = self.index(keyword.value)
            else:
                raise ExpressionError(f"{name} takes axis= and keepdims=.")
        found = _quietly(getattr(array, name), **options)
        return found if getattr(found, "ndim", 0) else float(found)


def loaded_numpy() -> Any:
    """Return NumPy, which is loaded wherever there are arrays.

    Raises:
        ExpressionError: there are none.
    """
    numpy = sys.modules.get("numpy")
    if numpy is None:
        raise ExpressionError("That is for arrays, and there are none here.")
    return numpy


def _number(thing: object) -> float:
    if isinstance(thing, bool) or not isinstance(thing, (int, float)):
        raise ExpressionError("Only numbers, the names on the graph and + - * / ** are understood.")
    return float(_finite(float(thing)))


def _array(thing: Any) -> Any:
    if isinstance(thing, float):
        raise ExpressionError("That is for arrays, and this is a number.")
    return thing


def _broadcast_entries(left: Any, right: Any) -> int:
    """Return at most how many entries an operation on two values has."""
    sizes = [getattr(side, "size", 1) for side in (left, right)]
    if min(sizes) == 1:
        return max(sizes)
    return int(math.prod(sys.modules["numpy"].broadcast_shapes(left.shape, right.shape)))


def _limit(entries: int) -> None:
    if entries > MOST_ENTRIES:
        problem = f"That would be an array of more than {MOST_ENTRIES:,} entries on the way."
        raise ExpressionError(problem, "", is_too_large=True)


def _quietly(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Return what is not finite is said in words, not by NumPy's warnings."""
    numpy = sys.modules.get("numpy")
    if numpy is None or (all(isinstance(argument, float) for argument in arguments) and arguments):
        return function(*arguments, **options)
    with numpy.errstate(all="ignore"):
        return function(*arguments, **options)
