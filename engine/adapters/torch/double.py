"""A world in which every tensor is of double precision, and none that was there before is written to."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from .numbers import each

_WIDE = {
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.float32: torch.float64,
    torch.complex32: torch.complex128,
    torch.complex64: torch.complex128,
}


def widened(tensor: torch.Tensor, *, is_wide: bool = True) -> torch.Tensor:
    """Return a copy, in double precision where it holds floats."""
    dtype = _WIDE.get(tensor.dtype, tensor.dtype) if is_wide else tensor.dtype
    copy = tensor.detach().clone()
    return copy.to(dtype)


class Apart(TorchDispatchMode):
    """Every operation inside works on copies of what it did not make itself.

    The copies are of double precision, and what is made inside is too, whatever it asks for: closed over tensors,
    `torch.zeros(...)` and `.float()` fit together. One copy stands for all views of one memory, so that what is
    written is read again.
    """

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Saying so to the compiler would load it, which takes longer than all that is done here.
        return False

    def __init__(self, *, is_wide: bool = True) -> None:
        """See the class.

        Args:
            is_wide: False to leave the precision as it is, for code that is written for one alone.
        """
        super().__init__()  # type: ignore[no-untyped-call]
        self._is_wide = is_wide
        self._made: set[int] = set()
        # The tensors too: while they are held, nothing else gets their memory.
        self._copies: dict[tuple[int, torch.dtype], tuple[torch.Tensor, torch.Tensor]] = {}
        self._versions: list[tuple[torch.Tensor, int]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if args and isinstance(args[0], (int, float, complex)) and str(func._schema.arguments[0].type) == "Tensor":
            # A plain number that autograd has kept as a tensor comes here as a number again.
            args = (torch.tensor(args[0]), *args[1:])
        inner_args, inner_kwargs = each(self._inner, args), each(self._inner, kwargs or {})
        return each(self._kept, func(*inner_args, **inner_kwargs))

    def __exit__(self, *raised: Any) -> None:
        super().__exit__(*raised)  # type: ignore[no-untyped-call]
        for tensor, version in self._versions:
            if tensor._version != version:
                _set_version(tensor, version)

    def _inner(self, thing: Any) -> Any:
        if isinstance(thing, torch.dtype):
            return _WIDE.get(thing, thing) if self._is_wide else thing
        if not isinstance(thing, torch.Tensor) or thing.layout is not torch.strided:
            return thing
        if _memory(thing) in self._made:
            return thing
        return self._copy_of(thing)

    def _copy_of(self, tensor: torch.Tensor) -> torch.Tensor:
        key = (_memory(tensor), tensor.dtype)
        if key not in self._copies:
            # Autograd counts the writing to a tensor, though only its copy is written to.
            self._versions.append((tensor, tensor._version))
            length = tensor.untyped_storage().nbytes() // max(tensor.element_size(), 1)
            whole = tensor.detach().as_strided((length,), (1,), 0)
            copy = widened(whole, is_wide=self._is_wide)
            self._made.add(_memory(copy))
            self._copies[key] = (tensor, copy)
        return self._copies[key][1].as_strided(tensor.size(), tensor.stride(), tensor.storage_offset())

    def _kept(self, thing: Any) -> Any:
        if not isinstance(thing, torch.Tensor) or thing.layout is not torch.strided:
            return thing
        if self._is_wide and thing.dtype in _WIDE:
            thing = thing.to(_WIDE[thing.dtype])
        self._made.add(_memory(thing))
        return thing


def _memory(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _set_version(tensor: torch.Tensor, version: int) -> None:
    put: Any = torch._C._autograd._unsafe_set_version_counter
    try:
        put((tensor,), (version,))
    except TypeError:  # it took one tensor in earlier versions
        put(tensor, version)
