"""A long and narrow graph as machine code, where numba is installed: ten times as fast and more.

What is compiled are the operations' own rules, from the one table. The data and local derivatives of the nodes are
computed in topological order; then each gradient is pulled, as in `plan.py`: it is the sum, over the uses of a
node, of the consumer's gradient times the local derivative.
"""

from __future__ import annotations

import builtins
import importlib
import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from operator import attrgetter
from types import FunctionType
from typing import Any

import numpy as np

from ..graph import is_node
from ..ops import Op
from ..value import Value
from .sums import Floats
from .terms import number_operands

Step = Callable[[int, float, float], tuple[float, float, float]]
"""(operation by number, data of its two operands) -> data of the node, and the local derivative by each of the two."""

Ops = tuple[tuple[Op, int], ...]
"""Operations, each with a number of operands that it is used with."""

_data = attrgetter("_data")


def compile_graph(order: Sequence[Value], inputs: Sequence[Value]) -> Compiled | None:
    """Compile a graph in topological order; None without numba, or with an operation it cannot compile."""
    if not find_spec("numba"):
        return None
    ops = tuple({(node.op, len(node.operands)): None for node in order if node.op is not None})
    if any(width > 2 for _, width in ops):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what numba thinks of the code is nothing that a caller can do about
        try:
            made = Compiled(order, inputs, ops, _program(ops))
            made.run(np.array([list(map(_data, inputs))]))  # numba compiles at the first call
        except importlib.import_module("numba").errors.NumbaError:
            return None
    return made


class Compiled:
    """A graph of numbers in columns, and the program that runs them.

    Args:
        order, inputs: as for `compiled`.
        ops: the operations, in the order of their numbers.
        program: what `_program` makes of them.
    """

    def __init__(self, order: Sequence[Value], inputs: Sequence[Value], ops: Ops, program: Callable[..., None]) -> None:
        numbers: dict[Any, int] = {op: number for number, op in enumerate(ops)}
        operands = number_operands(order)
        places = {node: place for place, node in enumerate(order) if node.is_leaf}
        self._inputs = np.array([places[node] for node in inputs])
        self._leaves = [node for node in places if node not in set(inputs)]
        self._leaf_places = np.array([places[node] for node in self._leaves], dtype=int)
        self._ops = np.array([numbers.get((node.op, len(row)), -1) for node, row in zip(order, operands)])
        # A leaf has node 0 for its operands, and an operation of one operand has it twice: nobody looks.
        self._operands = np.array([(row or (0,))[:1] * (2 - len(row)) + row[-2:] for row in operands])
        consumer = np.array([place for place, row in enumerate(operands) for _ in row], dtype=int)
        local = np.array([2 * place + i for place, row in enumerate(operands) for i in range(len(row))], dtype=int)
        operand = np.array([one for row in operands for one in row], dtype=int)
        by_operand = np.argsort(operand, kind="stable")
        self._uses = np.stack([consumer, local])[:, by_operand]
        self._first_use = np.searchsorted(operand[by_operand], np.arange(len(order) + 1))
        self._program = program

    def run(self, sets: Floats) -> tuple[Floats, Floats]:
        """Return the root's data (sets,) and the inputs' gradients (sets, inputs); not finite where a set is not."""
        values, found = np.empty(len(sets)), np.empty(sets.shape)
        size = len(self._ops)
        data, local, gradients = np.empty(size), np.empty(2 * size), np.empty(size)
        data[self._leaf_places] = list(map(_data, self._leaves))
        for place, one in enumerate(sets):
            data[self._inputs] = one
            self._program(self._ops, self._operands, self._first_use, self._uses, data, local, gradients)
            values[place] = data[-1] if np.isfinite(data).all() else np.nan
            found[place] = gradients[self._inputs]
        return values, found


@lru_cache(maxsize=16)
def _program(ops: Ops) -> Callable[..., None]:
    """Compile both passes for graphs of these operations."""
    jit = importlib.import_module("numba").njit(error_model="numpy")
    step: Step = jit(lambda number, x, y: (np.nan, np.nan, np.nan))
    done: dict[Callable[..., Any], Any] = {is_node: jit(lambda thing: False)}
    for number, (op, width) in enumerate(ops):
        step = jit(_add_operation(number, _jit(op.forward, jit, done), _jit(op._local, jit, done), width, step))

    def run(ops: Any, operands: Any, first_use: Any, uses: Any, data: Any, local: Any, gradients: Any) -> None:
        for i in range(len(ops)):
            if ops[i] >= 0:
                x, y = data[operands[i, 0]], data[operands[i, 1]]
                data[i], local[2 * i], local[2 * i + 1] = step(ops[i], x, y)
        gradients[-1] = 1.0
        for i in range(len(ops) - 2, -1, -1):
            gradient = 0.0
            for use in range(first_use[i], first_use[i + 1]):
                gradient += gradients[uses[0, use]] * local[uses[1, use]]
            gradients[i] = gradient

    compiled_run: Callable[..., None] = jit(run)
    return compiled_run


def _add_operation(number: int, forward: Any, local: Any, width: int, others: Step) -> Step:
    """Return a step that runs one operation more than `others`."""

    def run_unary(op: int, x: float, y: float) -> tuple[float, float, float]:
        if op == number:
            out = forward(x)
            (by_x,) = local(x, out)
            return out, by_x, 0.0
        return others(op, x, y)

    def run_binary(op: int, x: float, y: float) -> tuple[float, float, float]:
        if op == number:
            out = forward(x, y)
            by_x, by_y = local(x, y, out)
            return out, by_x, by_y
        return others(op, x, y)

    return run_unary if width == 1 else run_binary


def _jit(function: Callable[..., Any], jit: Callable[..., Any], done: dict[Callable[..., Any], Any]) -> Any:
    """Compile a function, and before it the functions that it calls."""
    if not isinstance(function, FunctionType):
        return function  # one of Python's own, which numba knows
    if function not in done:
        done[function] = function  # should it call itself
        called = {
            name: function.__globals__[name] for name in function.__code__.co_names if name in function.__globals__
        }
        known = {name: _jit(thing, jit, done) if callable(thing) else thing for name, thing in called.items()}
        own = {**known, "__builtins__": builtins}
        copy = FunctionType(function.__code__, own, function.__name__, function.__defaults__, function.__closure__)
        done[function] = jit(copy)
    return done[function]
