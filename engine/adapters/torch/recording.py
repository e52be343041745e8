"""The calls of Functions, noted as they happen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any, NamedTuple

import torch
from torch.autograd.function import Function, FunctionMeta

from ...repair.lines import written_at
from .numbers import Copies, each_tensor, in_tuple, is_asked_of
from .saved_tensors import Change, SavedTensor, Write, Writes, memory_of, saved_tensors_of
from .signature import backward_of, has_setup_context, input_names, output_name
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
        saved: what it has saved for its backward.
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
        self.saved: list[SavedTensor] = []
        self.when = 0

    def returned(self, made: Forward, copies: Copies) -> bool:
        """Note what came out; return False where that has no gradient."""
        self.fn = made.ctx
        self.sources = [source for source, _ in self.fn.next_functions if source is not None]
        if not self.sources:
            return False
        outputs = in_tuple(made.result)
        self.differentiable = [
            place
            for place, out in enumerate(outputs)
            if is_asked_of(out) and not any(out is other for other in made.not_differentiable)
        ]
        self.saved = saved_tensors_of(self.fn, self.named(made.args, outputs), copies)
        return True

    def named(self, args: Sequence[Any], outputs: Sequence[Any]) -> list[tuple[str, torch.Tensor]]:
        """Return the tensors that go in and come out, by name."""
        found = [(name, arg) for name, arg in zip(input_names(self.function), args) if isinstance(arg, torch.Tensor)]
        return found + [(output_name(n, len(outputs)), out) for n, out in enumerate(outputs) if is_asked_of(out)]

    def asks_for(self, output: int) -> bool:
        """Tell whether an output has a gradient, and backward has come to it.

        Where backward has not come at all, the first is enough.
        """
        return output in self.differentiable and (self.reached is None or output in self.reached)

    def reach(self, gradients: Sequence[Any]) -> None:
        """Note that backward has come here, with these upstream gradients."""
        self.reached = (self.reached or set()) | {place for place, one in enumerate(gradients) if one is not None}

    def look(self, saved: SavedTensor, cause: Callable[[], Write | None]) -> None:
        """Note by what a saved tensor was changed, if it was."""
        if saved.name not in {change.name for change in self.changes} and saved.is_changed:
            write = cause()
            self.changes.append(Change(saved.name, *(write[:3] if write is not None else ("", "", None))))

    def forget(self) -> None:
        """Let go of the graph and of all tensors."""
        self.fn = None
        self.inputs = []
        self.sources = []
        self.saved = []


def step_of(function: Any, outputs: Sequence[Any]) -> Any:
    """Return the step of a call in autograd's graph, which is its ctx.

    None for none.
    """
    for out in outputs:
        fn = out.grad_fn if isinstance(out, torch.Tensor) else None
        # An output that is a view has a step more.
        for step in () if fn is None else (fn, *(source for source, _ in fn.next_functions)):
            if getattr(step, "_forward_cls", None) is function:
                return step
    return None


class Forward(NamedTuple):
    """A forward that has returned.

    Attributes:
        function: the class.
        args: what it was given.
        calls: the call, for each block that sees it.
        result: what it returned.
        ctx: the call's step in autograd's graph; None before its `setup_context`.
        not_differentiable: the outputs that are marked so.
    """

    function: Any
    args: Sequence[Any]
    calls: Sequence[tuple[Recorder, Call]]
    result: Any
    ctx: Any = None
    not_differentiable: Sequence[Any] = ()


class Recorder:
    """What one block has seen.

    Attributes:
        calls: the calls, in their order.
        copies: where copies of the tensors come from.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._writes = Writes(self._finish)
        self._unfinished: list[tuple[Call, Forward]] = []
        self._handles: list[Any] = []
        # Who still needs which numbers: by the memory they lie in, and by the copy of them.
        self._needed: dict[int, dict[int, dict[Call, SavedTensor]]] = {}
        self.copies = Copies()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Note the calls inside, those of this thread alone."""
        token = _recorders.set((*_recorders.get(), self))
        try:
            with _open_door(), self._writes:
                yield
        finally:
            self._finish()
            _begun.set(None)  # of a forward that somebody called by itself; it would hold the tensors
            _recorders.reset(token)
            for handle in self._handles:
                handle.remove()
            self._handles = []

    @contextmanager
    def running(self, function: type[Function]) -> Iterator[None]:
        """Note that a forward runs inside the block."""
        self._finish()
        self._writes.running.append(function.__name__)
        try:
            yield
        finally:
            self._writes.running.pop()

    def made(self, call: Call, made: Forward) -> None:
        """Note that a forward is done, and watch for its backward.

        Torch is about to take its outputs into the graph.
        """
        self._unfinished.append((call, made))
        self._handles.append(made.ctx.register_prehook(lambda gradients: self._before_backward(call, gradients)))
        self._handles.append(made.ctx.register_hook(lambda *_: self._after_backward(call)))

    def _finish(self) -> None:
        """Note what came of the calls since, before their tensors change."""
        unfinished, self._unfinished = self._unfinished, []
        for call, made in unfinished:
            if made.ctx.to_save is not None:  # torch is still at it
                self._unfinished.append((call, made))
                continue
            # Whatever kind of tensors they have: their model runs as without us, at worst unseen.
            with suppress(Exception), torch.no_grad(), unseen():
                self._returned(call, made)

    def _returned(self, call: Call, made: Forward) -> None:
        if not call.returned(made, self.copies):
            return
        call.when = self._writes.clock
        self.calls.append(call)
        self._writes.watch(call.saved)
        for saved in call.saved:
            self._needed.setdefault(memory_of(saved.tensor), {}).setdefault(id(saved.copy), {})[call] = saved

    def _before_backward(self, call: Call, gradients: Sequence[Any]) -> None:
        self._finish()
        call.reach(gradients)
        for saved in call.saved:
            call.look(saved, partial(self._writes.last, saved.tensor, call.when))

    def _after_backward(self, call: Call) -> None:
        """Note what a backward has written to, and let go of what it kept.

        Others may still need what it has written to.
        """

        def cause() -> Write:
            source = written_at(backward_of(call.function), None)
            return Write("", f"the backward of {call.function.__name__}", source)

        for memory in {memory_of(saved.tensor) for saved in call.saved}:
            for needed in self._needed[memory].values():
                needed.pop(call, None)
                # Those who have kept the same numbers of one tensor: one look is enough for all.
                if needed and next(iter(needed.values())).is_changed:
                    for other, saved in needed.items():
                        other.look(saved, cause)
        call.saved = []


@contextmanager
def unseen() -> Iterator[None]:
    """Keep all blocks from noting what is called inside."""
    token = _recorders.set(())
    try:
        yield
    finally:
        _recorders.reset(token)


_begun: ContextVar[Forward | None] = ContextVar("handgrad_begun", default=None)
"""A forward without a ctx that has returned; its `setup_context` comes next."""


def _noting_forward(cls: Any, forward: Any, recorders: Sequence[Recorder]) -> Any:
    """Wrap a Function's forward, to take notes where torch calls it."""
    is_apart = has_setup_context(cls)

    @wraps(forward)
    def noting(*args: Any, **kwargs: Any) -> Any:
        inputs = args if is_apart else args[1:]
        if kwargs or not any(map(_wants_gradient, inputs)) or not (is_apart or _is_ctx_of(cls, args)):
            return forward(*args, **kwargs)
        calls: list[tuple[Recorder, Call]] = []
        with ExitStack() as stack:
            for recorder in recorders:
                stack.enter_context(recorder.running(cls))
            with suppress(Exception), torch.no_grad(), unseen():
                calls = [(recorder, Call(cls, inputs, recorder.copies)) for recorder in recorders]
            result = forward(*args)
        done = Forward(cls, inputs, calls, result)
        if is_apart:
            _begun.set(done)
        else:
            _made(args[0], done)
        return result

    return noting


def _noting_setup(cls: Any, setup_context: Any) -> Any:
    """Wrap a Function's `setup_context`, to take notes where torch calls it.

    It then comes right after the forward.
    """

    @wraps(setup_context)
    def noting(*args: Any, **kwargs: Any) -> Any:
        begun = _begun.get()
        _begun.set(None)
        result = setup_context(*args, **kwargs)
        if begun is not None and begun.function is cls and _is_ctx_of(cls, args):
            _made(args[0], begun)
        return result

    return noting


def _made(ctx: Any, done: Forward) -> None:
    with suppress(Exception):
        made = done._replace(ctx=ctx, not_differentiable=ctx.non_differentiable or ())
        for recorder, call in done.calls:
            recorder.made(call, made)


def _is_ctx_of(cls: Any, args: Sequence[Any]) -> bool:
    """Tell whether the first argument is the ctx of a call of this Function.

    A subclass may call its methods, too.
    """
    return bool(args) and type(args[0]) is cls._backward_cls


def _wants_gradient(arg: Any) -> bool:
    return is_asked_of(arg) and bool(arg.requires_grad)


_META: Any = FunctionMeta
_NOTED = frozenset({"forward", "setup_context"})


def _handed_out(cls: Any, name: str) -> Any:
    """Return an attribute of a Function, wrapped where its calls are noted.

    It stands in place of `type.__getattribute__`.
    """
    found = type.__getattribute__(cls, name)
    if name not in _NOTED:
        return found
    recorders = _recorders.get()
    if not recorders or type.__getattribute__(cls, "__module__").startswith("torch."):
        return found
    if name == "forward":
        return _noting_forward(cls, found, recorders)
    return _noting_setup(cls, found) if has_setup_context(cls) else found


@contextmanager
def _open_door() -> Iterator[None]:
    """Route every call of a Function through one place while a block is open.

    `Function.apply` itself stays as it is: people keep it under names of their own, and of PyTorch 2.15 on it is all
    in C. What runs there, of every PyTorch, asks the class for its `forward` and its `setup_context`. Source:
    THPFunction_apply in torch/csrc/autograd/python_function.cpp.
    """
    with _lock:
        _blocks.append(None)
        _META.__getattribute__ = _handed_out
    try:
        yield
    finally:
        with _lock:
            _blocks.pop()
            if not _blocks:
                del _META.__getattribute__


_lock, _blocks = threading.Lock(), list[None]()
