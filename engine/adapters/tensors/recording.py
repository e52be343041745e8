"""The calls of Functions, noted as they happen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from typing import Any

import torch
from torch.autograd.function import Function, _SingleLevelFunction

from .kept import Change, Kept, Write, Writes, kept_by, memory_of
from .lines import written_at
from .numbers import Copies, each_tensor, in_tuple, is_asked_of
from .signature import backward_of, input_names, output_name
from .untouched import Randomness

_recorders: ContextVar[tuple[Recorder, ...]] = ContextVar("handgrad_recorders", default=())


class Call:
    """One call of a Function.

    Attributes:
        function: the class.
        inputs: what it was given; the tensors are copies.
        asked: which of them want a gradient.
        start: where the random numbers stood.
        fn: the call's step in autograd's graph, None once its block has ended.
        sources: the steps that it gets its inputs from.
        differentiable: which of the outputs have a gradient.
        reached: which outputs backward has come to; None where it has not come.
        kept: what it has kept for its backward.
        changes: what of that was changed before its backward ran.
        when: the time of its end, by the clock of Writes.
    """

    def __init__(self, function: type[Function], args: Sequence[Any], copies: Copies) -> None:
        self.function: Any = function
        self.inputs = [each_tensor(copies.of, arg) for arg in args]
        self.asked = [place for place, arg in enumerate(args) if is_asked_of(arg) and arg.requires_grad]
        self.start = Randomness.here()
        self.fn: Any = None
        self.sources: list[Any] = []
        self.differentiable: list[int] = []
        self.reached: set[int] | None = None
        self.changes: list[Change] = []
        self.kept: list[Kept] = []
        self.when = 0

    def returned(self, args: Sequence[Any], result: Any, copies: Copies) -> bool:
        """Note what came out; False where that has no gradient."""
        outputs = in_tuple(result)
        self.differentiable = [
            place for place, out in enumerate(outputs) if is_asked_of(out) and out.grad_fn is not None
        ]
        self.fn = step_of(self.function, outputs)
        if self.fn is None:
            return False
        self.sources = [source for source, _ in self.fn.next_functions if source is not None]
        self.kept = kept_by(self.fn, self.named(args, outputs), copies)
        return True

    def named(self, args: Sequence[Any], outputs: Sequence[Any]) -> list[tuple[str, torch.Tensor]]:
        """The tensors that go in and come out, by name."""
        found = [(name, arg) for name, arg in zip(input_names(self.function), args) if isinstance(arg, torch.Tensor)]
        return found + [(output_name(n, len(outputs)), out) for n, out in enumerate(outputs) if is_asked_of(out)]

    def reach(self, gradients: Sequence[Any]) -> None:
        """Backward has come here, with these upstream gradients."""
        self.reached = (self.reached or set()) | {place for place, one in enumerate(gradients) if one is not None}

    def look(self, kept: Kept, cause: Callable[[], Write | None]) -> None:
        """If something that was kept is changed, note by what."""
        if kept.name not in {change.name for change in self.changes} and kept.is_changed:
            write = cause()
            self.changes.append(Change(kept.name, *(write[:3] if write is not None else ("", "", None))))

    def forget(self) -> None:
        """Let go of the graph and of all tensors."""
        self.fn = None
        self.inputs = []
        self.sources = []
        self.kept = []


def step_of(function: Any, outputs: Sequence[Any]) -> Any:
    """The step of a call in autograd's graph, which is its ctx; None for none."""
    for out in outputs:
        fn = out.grad_fn if isinstance(out, torch.Tensor) else None
        # An output that is a view has a step more.
        for step in () if fn is None else (fn, *(source for source, _ in fn.next_functions)):
            if getattr(step, "_forward_cls", None) is function:
                return step
    return None


class Recorder:
    """What one block has seen.

    Attributes:
        calls: the calls, in their order.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._writes = Writes()
        self._handles: list[Any] = []
        # Who still needs which numbers: by the memory they lie in, and by the copy of them.
        self._needed: dict[int, dict[int, dict[Call, Kept]]] = {}
        self._copies = Copies()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Note the calls inside, those of this thread alone."""
        token = _recorders.set((*_recorders.get(), self))
        _door.open()
        try:
            with self._writes:
                yield
        finally:
            _door.close()
            _recorders.reset(token)
            for handle in self._handles:
                handle.remove()
            self._handles = []

    def entered(self, function: type[Function]) -> None:
        """A call begins."""
        self._writes.running.append(function.__name__)

    def call(self, function: type[Function], args: Sequence[Any]) -> Call:
        """The call, with its inputs as they are now."""
        return Call(function, args, self._copies)

    def returned(self, call: Call, args: Sequence[Any], result: Any) -> None:
        """A call has given its outputs."""
        if not call.returned(args, result, self._copies):
            return
        call.when = self._writes.clock
        self.calls.append(call)
        self._writes.watch(call.kept)
        for kept in call.kept:
            self._needed.setdefault(memory_of(kept.tensor), {}).setdefault(id(kept.copy), {})[call] = kept
        self._handles.append(call.fn.register_prehook(lambda gradients: self._before_backward(call, gradients)))
        self._handles.append(call.fn.register_hook(lambda *_: self._after_backward(call)))

    def left(self) -> None:
        """A call has ended, with an error or without."""
        self._writes.running.pop()

    def _before_backward(self, call: Call, gradients: Sequence[Any]) -> None:
        call.reach(gradients)
        for kept in call.kept:
            call.look(kept, partial(self._writes.last, kept.tensor, call.when))

    def _after_backward(self, call: Call) -> None:
        """A backward may have written to what others still need; what it has kept itself is let go."""

        def cause() -> Write:
            source = written_at(backward_of(call.function), None)
            return Write("", f"the backward of {call.function.__name__}", source)

        for memory in {memory_of(kept.tensor) for kept in call.kept}:
            for needed in self._needed[memory].values():
                needed.pop(call, None)
                # Those who have kept the same numbers of one tensor: one look is enough for all.
                if needed and next(iter(needed.values())).is_changed:
                    for other, kept in needed.items():
                        other.look(kept, cause)
        call.kept = []


@contextmanager
def unseen() -> Iterator[None]:
    """No block notes what is called inside."""
    token = _recorders.set(())
    try:
        yield
    finally:
        _recorders.reset(token)


def _noted(cls: Any, *args: Any, **kwargs: Any) -> Any:
    """Stands between `Function.apply`, however it was bound, and what autograd does."""
    recorders = _recorders.get()
    go_on = super(_SingleLevelFunction, cls).apply
    is_theirs = recorders and not cls.__module__.startswith("torch.")
    if not is_theirs or kwargs or not torch.is_grad_enabled() or not any(map(_wants_gradient, args)):
        return go_on(*args, **kwargs)
    calls: list[tuple[Recorder, Call]] = []
    for recorder in recorders:
        recorder.entered(cls)
    try:
        # Whatever kind of tensors they have: their model runs as without us, at worst unseen.
        with suppress(Exception), torch.no_grad():
            calls = [(recorder, recorder.call(cls, args)) for recorder in recorders]
        result = go_on(*args)
        with suppress(Exception), torch.no_grad():
            for recorder, call in calls:
                recorder.returned(call, args, result)
        return result
    finally:
        for recorder in recorders:
            recorder.left()


def _wants_gradient(arg: Any) -> bool:
    return is_asked_of(arg) and bool(arg.requires_grad)


_FUNCTION: Any = _SingleLevelFunction


class _Door:
    """The one place that every call of a Function comes through, while any block is open.

    `Function.apply` itself stays as it is: people keep it under names of their own. It calls what stands here.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = 0

    def open(self) -> None:
        with self._lock:
            self._open += 1
            if self._open == 1:
                _FUNCTION.apply = classmethod(_noted)

    def close(self) -> None:
        with self._lock:
            self._open -= 1
            if not self._open:
                del _FUNCTION.apply


_door = _Door()
