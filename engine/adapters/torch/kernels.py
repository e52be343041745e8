"""Triton's kernels under its interpreter, as user functions that can be tried with small changes.

The interpreter rewrites a kernel's syntax and runs that, on the memory of the tensors as it stands: an address that is
not meant ends the whole process. So nothing is changed that goes into an address or a mask, nor into what a kernel is
launched with.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from ...repair.source import COMPOUND, codes_within
from ...repair.tree import Rewritten

_INTERPRETER = "triton.runtime.interpreter"
MOST_WRAPPED = 5
_BY_ADDRESS = {"load": 1, "store": 2}
"""The operations on memory, and at which place they take a mask; those not listed take nothing but addresses."""
_OF_ADDRESSES = frozenset({"make_block_ptr", "advance", "make_tensor_descriptor", "load_tensor_descriptor"})


def kernels_of(functions: Iterable[FunctionType]) -> dict[FunctionType, Rewritten]:
    """Find the kernels that some functions launch, and those that these call, with what the interpreter runs."""
    kind: Any = getattr(sys.modules.get(_INTERPRETER), "InterpretedFunction", None)
    found: dict[FunctionType, Rewritten] = {}
    waiting = [] if kind is None else list(functions)
    for function in waiting:  # it grows as it is walked
        for kernel in _kernels_in(function, kind):
            if isinstance(kernel.fn, FunctionType) and kernel.fn not in found:
                runs = kernel.rewrite()
                if isinstance(runs, FunctionType) and runs is not kernel.fn:
                    found[kernel.fn] = Rewritten(runs, kernel.rewriter.ast_transformer.visit)
                    waiting.append(kernel.fn)
    return found


def _kernels_in(function: FunctionType, kind: type) -> Iterator[Any]:
    for name in {name for code in codes_within(function.__code__) for name in code.co_names}:
        held = function.__globals__.get(name)
        for _ in range(MOST_WRAPPED):  # what tunes it lies around it
            if isinstance(held, kind):
                yield held
                break
            held = getattr(held, "fn", None)


class Fixed:
    """What of some functions may not be changed, as where `kernels` read and write depends on it."""

    def __init__(self, kernels: Iterable[FunctionType]) -> None:
        self._names = {(one.__code__.co_filename, one.__name__) for one in kernels}
        self._called = frozenset(name for _, name in self._names)
        self._known: dict[int, tuple[Any, frozenset[int], frozenset[str], frozenset[str]]] = {}

    def may_change(self, file: str, function: Any, node: ast.AST, text: str) -> bool:
        """Tell whether a text may stand in place of a part of a function."""
        if not self._names:
            return True
        is_kernel = (file, getattr(function, "name", "")) in self._names
        if id(function) not in self._known:
            addresses = list(_addresses(function, self._called))
            is_touched = is_kernel or any(_is_launch(one) for one in ast.walk(function))
            ids = frozenset(_address_node_ids(function, addresses) if is_touched else map(id, ast.walk(function)))
            self._known[id(function)] = function, ids, _texts(addresses), _dotted_names(function)
        _, ids, texts, used = self._known[id(function)]
        if id(node) in ids or (is_kernel and isinstance(node, COMPOUND)):
            return False
        new = ast.parse(text)
        # A kernel knows no other words than Triton's.
        return (not is_kernel or _dotted_names(new) <= used) and _texts(_addresses(new, self._called)) <= texts


def _dotted_names(tree: ast.AST) -> frozenset[str]:
    """Return the dotted names that are written in a tree."""
    return _texts(one for one in ast.walk(tree) if isinstance(one, ast.Attribute))


def _texts(nodes: Iterable[ast.AST]) -> frozenset[str]:
    return frozenset(map(ast.unparse, nodes))


def _is_launch(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Subscript)


def _addresses(tree: ast.AST, kernels: frozenset[str]) -> Iterator[ast.expr]:
    """Yield what decides where is read and written: addresses, masks, and all that kernels are given."""
    for one in ast.walk(tree):
        if not isinstance(one, ast.Call):
            continue
        name = one.func.attr if isinstance(one.func, ast.Attribute) else getattr(one.func, "id", "")
        if _is_launch(one) or name in _OF_ADDRESSES or (name in kernels and isinstance(one.func, ast.Name)):
            yield from (one.func, *one.args, *(word.value for word in one.keywords))
        elif isinstance(one.func, ast.Attribute) and (name in _BY_ADDRESS or name.startswith("atomic_")):
            mask = _BY_ADDRESS.get(name, 2)
            yield from (*one.args[:1], *one.args[mask : mask + 1])
            yield from (word.value for word in one.keywords if word.arg in ("pointer", "mask"))


def _address_node_ids(function: ast.AST, addresses: Sequence[ast.expr]) -> Iterator[int]:
    """Yield the ids of all that goes into `addresses`, and of the statements that make what they are made of."""
    names = set().union(*map(_names_in, addresses))
    for address in addresses:
        yield from map(id, ast.walk(address))
    making = [one for one in ast.walk(function) if isinstance(one, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For))]
    left = None
    while left != len(making):
        left = len(making)
        for one in list(making):
            targets = one.targets if isinstance(one, ast.Assign) else [one.target]
            if names.isdisjoint(set().union(*map(_names_in, targets))):
                continue
            making.remove(one)
            yield id(one)  # of a loop not what is in it
            for part in [*targets, one.iter] if isinstance(one, ast.For) else [one]:
                yield from map(id, ast.walk(part))
                names |= _names_in(part)


def _names_in(tree: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(tree) if isinstance(one, ast.Name)}


def numbers_of_tile(value: Any) -> Any:
    """Return a copy of a tile's numbers; None for what is no tile."""
    held = getattr(getattr(value, "handle", None), "data", None)
    if not isinstance(held, np.ndarray) or not type(value).__module__.startswith("triton."):
        return None
    return np.array(held, dtype=float) if held.dtype.kind == "f" and held.size else None


def tile_of(numbers: Any, like: Any) -> Any:
    """Return a tile of a kernel's with other numbers."""
    handle = like.handle
    data = np.asarray(numbers, dtype=handle.data.dtype).reshape(handle.data.shape)
    return type(like)(type(handle)(data, handle.dtype), like.type)
