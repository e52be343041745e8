"""Kernels that an interpreter rewrites: what runs is what is changed, and where they read and write stays as it is."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

from handgrad.adapters.torch import watch
from handgrad.adapters.torch.kernels import Fixed, kernels_of, numbers_of_tile, tile_of

from ..micrograd.cases import from_file
from .cases import randn

LAUNCHED = """
import numpy as np
import torch
from triton.runtime.interpreter import InterpretedFunction
from triton import language as tl


@InterpretedFunction
def pulled(DX, DY, X, n):
    at = tl.arange(0, n)
    x = tl.load(X, at)
    dy = tl.load(DY, at)
    slope = 2.0 / x
    dx = dy * slope
    tl.store(DX, dx, at)


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, dy):
        (x,) = ctx.saved_tensors
        dx = torch.zeros_like(x)
        pulled[(1,)](dx, dy.contiguous(), x, x.numel())
        return dx
"""


class Mask(ast.NodeTransformer):
    """The interpreter's own rewriting: every value that is given to a name goes through a call of its."""

    def visit_Assign(self, node: ast.Assign) -> Any:
        node.value = ast.Call(ast.Name("as_tile", ast.Load()), [node.value], [])
        return ast.copy_location(node, node)


class Interpreted:
    """What stands for a kernel, as Triton's interpreter has it."""

    rewritten: ClassVar[dict[Any, Any]] = {}

    def __init__(self, fn: FunctionType) -> None:
        self.fn, self.rewriter = fn, self
        self.ast_transformer = Mask()

    def rewrite(self) -> Any:
        if self.fn not in self.rewritten:
            lines, first = inspect.getsourcelines(self.fn)
            start = next(at for at, line in enumerate(lines) if line.startswith("def "))
            tree = ast.parse(textwrap.dedent("".join(lines[start:])))
            tree = ast.increment_lineno(ast.fix_missing_locations(self.ast_transformer.visit(tree)), first + start - 1)
            space: dict[str, Any] = {}
            self.fn.__globals__["as_tile"] = lambda value: value
            exec(compile(tree, self.fn.__code__.co_filename, "exec"), self.fn.__globals__, space)
            self.rewritten[self.fn] = space[self.fn.__name__]
        return self.rewritten[self.fn]

    def __getitem__(self, grid: Any) -> Any:
        return self.rewrite()


@pytest.fixture
def triton(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for Triton's interpreter, as 300 MB are too much for what it is to show."""
    language: Any = ModuleType("triton.language")
    language.arange = np.arange
    language.load = lambda pointer, at: pointer.detach().ravel().numpy()[at].copy()

    def store(pointer: Any, value: Any, at: Any) -> None:
        pointer.detach().view(-1).numpy()[at] = value

    language.store = store
    runtime: Any = ModuleType("triton.runtime.interpreter")
    runtime.InterpretedFunction = Interpreted
    whole: Any = ModuleType("triton")
    whole.language = language
    for name, module in {
        "triton": whole,
        "triton.language": language,
        "triton.runtime": ModuleType("triton.runtime"),
        "triton.runtime.interpreter": runtime,
    }.items():
        monkeypatch.setitem(sys.modules, name, module)


def written(folder: Path, text: str = LAUNCHED) -> Any:
    path = folder / "launched.py"
    path.write_text(text, "utf-8")
    return from_file(path)


@pytest.mark.rest
def test_the_line_in_the_kernel_is_told_with_what_fixes_it(triton: None, tmp_path: Path) -> None:
    module = written(tmp_path)
    with watch(reference={module.Square: lambda x: x * x}) as found:
        module.Square.apply(randn(6)).sum().backward()
    (cause,) = found.causes
    assert cause.source.text == "slope = 2.0 / x"
    assert "+    slope = 2.0 * x" in found.patch.splitlines()


@pytest.mark.rest
def test_a_kernel_runs_afterwards_as_it_did(triton: None, tmp_path: Path) -> None:
    module = written(tmp_path)
    runs = module.pulled.rewrite()
    before = runs.__code__
    with watch() as found:
        module.Square.apply(randn(6)).sum().backward()
    assert not found.ok
    assert runs.__code__ is before
    assert module.pulled.rewrite() is runs


def test_kernels_are_found_behind_what_tunes_them(triton: None, tmp_path: Path) -> None:
    module = written(
        tmp_path,
        LAUNCHED.replace("@InterpretedFunction", "@tuned\n@InterpretedFunction").replace(
            "\n\n@tuned", "\n\nclass tuned:\n    def __init__(self, fn):\n        self.fn = fn\n\n\n@tuned"
        ),
    )
    (found,) = kernels_of([module.Square.backward])
    assert found.__name__ == "pulled"


def test_without_an_interpreter_there_are_none() -> None:
    assert kernels_of([test_without_an_interpreter_there_are_none]) == {}


KERNEL = """
def kernel(X, Y, stride, n):
    row = tl.program_id(0)
    at = row * stride + tl.arange(0, n)
    inside = at < n
    for start in range(0, n, 4):
        x = tl.load(X + at + start, mask=inside)
        y = tl.where(inside, x * 2.0, 0.0)
        tl.store(Y + at, y * x, inside)
"""


def kernel() -> None:
    """What a kernel is called is all that is asked of this."""


@pytest.mark.parametrize(
    ("part", "text", "may"),
    [
        ("x * 2.0", "x + 2.0", True),
        ("y * x", "y / x", True),
        ("row * stride", "row + stride", False),
        ("at < n", "at <= n", False),
        ("Y + at", "Y - at", False),
        ("X + at + start", "X + at", False),
        ("inside", "at", False),
        ("tl.load(X + at + start, mask=inside)", "-tl.load(X + at + start, mask=inside)", True),
        ("tl.load(X + at + start, mask=inside)", "tl.load(X + at, mask=inside)", False),
        ("x * 2.0", "np.sum(x)", False),
    ],
)
def test_what_goes_into_an_address_or_a_mask_stays_as_it_is(part: str, text: str, may: bool) -> None:
    (function,) = ast.parse(KERNEL).body
    fixed = Fixed([kernel])
    node = next(one for one in ast.walk(function) if isinstance(one, ast.expr) and ast.unparse(one) == part)
    assert fixed.may_change(__file__, function, node, text) is may


def test_what_a_kernel_is_launched_with_stays_as_it_is_and_what_comes_out_may_change() -> None:
    (function,) = ast.parse(
        "def backward(x):\n    d = torch.empty(3)\n    kernel[(3,)](d, x)\n    return d.mean(0)\n"
    ).body
    fixed = Fixed([kernel])
    made, _, returned = function.body  # type: ignore[attr-defined]
    assert not fixed.may_change(__file__, function, made.value, "torch.empty(2)")
    assert fixed.may_change(__file__, function, returned.value, "d.sum(0)")
    (other,) = ast.parse("def helper(n):\n    return torch.empty(n)\n").body
    assert not fixed.may_change(__file__, other, other.body[0].value, "torch.empty(n - 1)")  # type: ignore[attr-defined]
    assert Fixed([]).may_change(__file__, other, other.body[0].value, "torch.empty(n - 1)")  # type: ignore[attr-defined]


class Handle:
    def __init__(self, data: Any, dtype: Any) -> None:
        self.data, self.dtype = data, dtype


class Tile:
    def __init__(self, handle: Handle, kind: Any) -> None:
        self.handle, self.type = handle, kind


Tile.__module__ = "triton.language.core"


def test_the_numbers_of_a_tile_are_read_and_put_into_another() -> None:
    tile = Tile(Handle(np.ones(3, np.float32), "fp32"), "block")
    numbers = numbers_of_tile(tile)
    other = tile_of(2.0 * numbers, tile)
    assert other.handle.data.tolist() == [2.0, 2.0, 2.0]
    assert (other.handle.data.dtype, other.handle.dtype, other.type) == (np.float32, "fp32", "block")
    assert numbers_of_tile(Tile(Handle(np.ones(3, int), "int32"), "block")) is None
    assert numbers_of_tile(torch.ones(2)) is None
