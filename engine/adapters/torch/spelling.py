"""What an edit of torch's code is written in: torch's words for NumPy's, as a table."""

from __future__ import annotations

from typing import Any

import torch

from ...repair.dialect import Dialect
from .kernels import numbers_of_tile, tile_of
from .numbers import Like, is_asked_of, numbers_of, tensor_of


def _numbers(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return numbers_of(value) if is_asked_of(value) and value.numel() else None
    return value if isinstance(value, float) else numbers_of_tile(value)


def _made(numbers: Any, like: Any) -> Any:
    if isinstance(like, torch.Tensor):
        return tensor_of(numbers, Like(like))
    return float(numbers) if isinstance(like, float) else tile_of(numbers, like)


def _write(array: Any, numbers: Any) -> None:
    with torch.no_grad():
        array.detach().copy_(tensor_of(numbers, Like(array)))


TORCH = Dialect(
    "torch",
    "torch",
    torch.Tensor,
    _numbers,
    _made,
    _write,
    functions={"transpose": "permute", "max": "amax", "min": "amin", "dot": "matmul"},
    keywords={"axis": "dim", "keepdims": "keepdim"},
    methods={"copy": "clone"},
    values={"size": "numel"},
    saving="save_for_backward",
    added_at="{0}.index_put_(({1},), {2}({3}), accumulate=True)",
)
