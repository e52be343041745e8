"""What a Function keeps for its backward, and whether it is still what it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch.overrides import TorchFunctionMode

from ...repair.source import Source, line_at_work
from .numbers import Copies, are_same

_OWN = (torch.__path__[0], str(Path(__file__).parents[1]))
_OPERATORS = frozenset(
    f"__i{name}__" for name in ("add", "sub", "mul", "truediv", "div", "floordiv", "mod", "pow", "and", "or", "xor")
)


class SavedTensor(NamedTuple):
    """A tensor that a Function has kept.

    Attributes:
        name: what it is in the Function's own words: an input's name, "the output", or what ctx calls it.
        tensor: it, sharing its memory.
        copy: its numbers as they were.
    """

    name: str
    tensor: torch.Tensor
    copy: torch.Tensor

    @property
    def is_changed(self) -> bool:
        """Tell whether the numbers are others; nan stays nan."""
        if self.tensor.shape != self.copy.shape:
            return True
        return not are_same(self.tensor, self.copy)


class Change(NamedTuple):
    """A tensor that was changed before backward could use it.

    Attributes:
        name: which, as of SavedTensor.
        by: what has changed it, as a function's name; "" where nothing was seen.
        inside: in whose code that happened, such as "the forward of Scale"; "" for nobody's.
        source: the line that did.
    """

    name: str
    by: str
    inside: str
    source: Source | None


class Write(NamedTuple):
    """A tensor's memory was written to; as of Change.

    Attributes:
        when: by the clock of Writes.
    """

    by: str
    inside: str
    source: Source | None
    when: int = 0


class Writes(TorchFunctionMode):
    """While it is on, it notes what writes to memory that a Function has kept.

    Args:
        before: called before anything that torch does.

    Attributes:
        running: the Functions whose forward runs, the innermost last.
        clock: how many writes it has noted.
    """

    def __init__(self, before: Callable[[], None]) -> None:
        super().__init__()
        self._before = before
        self.running: list[str] = []
        self.clock = 0
        self._watched: dict[int, Write | None] = {}

    def watch(self, kept: Sequence[SavedTensor]) -> None:
        for one in kept:
            self._watched.setdefault(memory_of(one.tensor), None)

    def last(self, tensor: torch.Tensor, after: int) -> Write | None:
        """Return the last write to a tensor's memory after a time; None for none."""
        write = self._watched.get(memory_of(tensor))
        return write if write is not None and write.when > after else None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        self._before()
        result = func(*args, **kwargs)
        if self._watched:
            name = getattr(func, "__name__", "")
            for written in _written(name, args, kwargs):
                memory = memory_of(written)
                if memory in self._watched:
                    inside = f"the forward of {self.running[-1]}" if self.running else ""
                    self.clock += 1
                    self._watched[memory] = Write(_in_words(name), inside, line_at_work(_is_theirs), self.clock)
        return result


def _written(name: str, args: Any, kwargs: Any) -> Iterator[torch.Tensor]:
    """Yield the tensors that a call writes to."""
    is_in_place = (name.endswith("_") and not name.endswith("__")) or name in _OPERATORS or name == "__setitem__"
    if is_in_place and args and isinstance(args[0], torch.Tensor):
        yield args[0]
    out = kwargs.get("out")
    for tensor in out if isinstance(out, (tuple, list)) else (out,):
        if isinstance(tensor, torch.Tensor):
            yield tensor


def _in_words(name: str) -> str:
    if name == "__setitem__":
        return "x[...] = ..."
    signs = {"add": "+=", "sub": "-=", "mul": "*=", "truediv": "/=", "div": "/=", "pow": "**="}
    return signs.get(name[3:-2], name) if name in _OPERATORS else name


def _is_theirs(frame: FrameType) -> bool:
    return not frame.f_code.co_filename.startswith(_OWN)


def memory_of(tensor: torch.Tensor) -> int:
    """Return where a tensor's numbers lie; views of one memory have one."""
    try:
        return tensor.untyped_storage().data_ptr()
    except RuntimeError:  # a tensor without memory of its own
        return 0


def saved_tensors_of(fn: Any, named: Sequence[tuple[str, torch.Tensor]], copies: Copies) -> list[SavedTensor]:
    """Return what a call of a Function has kept.

    It keeps by `save_for_backward`, and as attributes of ctx.

    Args:
        fn: the call's step in autograd's graph, which is its ctx.
        named: the call's own tensors, inputs and outputs, by name.
        copies: where copies come from.
    """
    found: list[SavedTensor] = []
    for name, tensor in _all_kept(fn):
        if tensor.layout is not torch.strided:
            continue
        alias = tensor.detach()
        own = next((name for name, other in named if _is_same_memory(other, alias)), name)
        found.append(SavedTensor(own, alias, copies.of(alias)))
    return found


def _all_kept(fn: Any) -> Iterator[tuple[str, torch.Tensor]]:
    try:
        saved = () if _are_packed() else fn.saved_tensors
    except RuntimeError:  # changed already, which autograd says itself
        saved = ()
    for place, tensor in enumerate(saved):
        if isinstance(tensor, torch.Tensor):
            yield f"saved tensor {place + 1}", tensor
    for name, thing in vars(fn).items():
        for tensor in thing if isinstance(thing, (list, tuple)) else (thing,):
            if isinstance(tensor, torch.Tensor):
                yield f"ctx.{name}", tensor


def _are_packed() -> bool:
    """Tell whether hooks pack what is saved, as a checkpoint's do.

    To look at it would be to compute it again.
    """
    hooks = getattr(torch._C._autograd, "_top_saved_tensors_default_hooks", None)
    return hooks is not None and hooks(False) is not None


def _is_same_memory(one: torch.Tensor, other: torch.Tensor) -> bool:
    if one.layout is not torch.strided or one.shape != other.shape or one.dtype != other.dtype:
        return False
    return bool(one.numel()) and one.data_ptr() == other.data_ptr() and one.stride() == other.stride()
