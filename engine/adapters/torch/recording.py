"""The calls of Functions, noted as they happen, with what each has saved for its backward and who writes to that."""

from __future__ import annotations

import inspect
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from functools import partial, update_wrapper
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.autograd.function import Function, FunctionMeta, _SingleLevelFunction
from torch.overrides import TorchFunctionMode

from ...repair.source import Source, line_at_work, source_of
from ...rulecheck.parameters import input_names
from .isolation import random_states
from .tensors import Copies, are_same, copy_tensors, each_tensor, ensure_tuple, is_asked_of, memory_of, steps_behind

_OWN = (torch.__path__[0], str(Path(__file__).parents[1]))
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "div": "/", "floordiv": "//", "mod": "%", "pow": "**"}
_SIGNS |= {"and": "&", "or": "|", "xor": "^"}
_OPERATORS = {"__setitem__": "x[...] = ...", **{f"__i{name}__": f"{sign}=" for name, sign in _SIGNS.items()}}
"""What writes to a tensor, as people write it."""

MOST_RUNS = 20
"""Of so many calls of a Function it is kept what its own run gave: calls that share a state are mostly the first."""

_recorder: ContextVar[Recorder | None] = ContextVar("handgrad_recorder", default=None)


class SavedTensor(NamedTuple):
    """A tensor that a Function has kept, and its numbers as they were."""

    name: str  # an input's, "output", or what ctx calls it
    tensor: torch.Tensor  # it shares its memory
    copy: torch.Tensor

    @property
    def is_changed(self) -> bool:
        return self.tensor.shape != self.copy.shape or not are_same(self.tensor, self.copy)


class Write(NamedTuple):
    """By which function a tensor's memory was written to, in whose code, and how many writes came before.

    "" stands for what was not seen, and for nobody's code.
    """

    by: str = ""
    inside: str = ""
    source: Source | None = None
    when: int = 0


class Call:
    """One call of a Function.

    Attributes:
        inputs: what it was given; the tensors are copies.
        asked: which of them want a gradient.
        start: where the random numbers stood.
        fn: the call's step in autograd's graph, which is its ctx.
        sources: the steps that it gets its inputs from.
        differentiable: which of the outputs have a gradient.
        reached: which outputs backward has come to; None where it has not come.
        changes: what it has saved and was changed before its backward ran, by name.
        when: how many writes came before its end.
        is_run_kept: whether it is kept what the user's own run gives; what hooks pack may not be what was saved.
        outputs, upstream, gradients: what came out, what backward was given and what it returned for each input that
            is a tensor; None where that is not kept, or has not come.
    """

    def __init__(self, function: type[Function], args: Sequence[Any], copies: Copies) -> None:
        self.function: Any = function
        self.inputs = [each_tensor(copies.snapshot, arg) for arg in args]
        self.asked = [place for place, arg in enumerate(args) if is_asked_of(arg) and arg.requires_grad]
        self.start = random_states()
        self.fn: Any = None
        self.sources: list[Any] = []
        self.differentiable: list[int] = []
        self.reached: set[int] | None = None
        self.changes: dict[str, Write] = {}
        self.saved: list[SavedTensor] = []
        self.when = 0
        self.is_run_kept = False
        self.outputs: Sequence[Any] | None = None
        self.upstream: Sequence[Any] | None = None
        self.gradients: Mapping[int, Any] | None = None
        self._ends: tuple[Sequence[Any], Sequence[Any]] = args, ()

    @property
    def name(self) -> str:
        return str(self.function.__name__)

    @property
    def names(self) -> list[str]:
        """Return what the forward calls the inputs."""
        skipped = 0 if has_setup_context(self.function) else 1
        return input_names(self.function.forward, len(self.inputs) + skipped, "input[{}]")[skipped:]

    def note_outputs(self, result: Any, ctx: Any) -> None:
        """Note what comes out; torch is about to take that into its graph."""
        self.fn, outputs, unmarked = ctx, ensure_tuple(result), ctx.non_differentiable or ()
        self._ends = self._ends[0], outputs
        self.differentiable = [
            place
            for place, out in enumerate(outputs)
            if is_asked_of(out) and not any(out is other for other in unmarked)
        ]

    def complete(self, copies: Copies) -> bool:
        """Note what torch has made of it; return False where nothing has a gradient."""
        self.sources = [source for source, _ in self.fn.next_functions if source is not None]
        if self.sources:
            self.outputs = each_tensor(copies.snapshot, self._ends[1]) if self.is_run_kept else None
            args, outputs = self._ends
            named = [*zip(self.names, args), *((output_name(n, len(outputs)), out) for n, out in enumerate(outputs))]
            self.saved = list(saved_tensors_of(self.fn, named, copies))
        self._ends = (), ()
        return bool(self.sources)

    def look(self, saved: SavedTensor, write: Write) -> None:
        """Note by what a saved tensor was changed, if it was."""
        if saved.name not in self.changes and saved.is_changed:
            self.changes[saved.name] = write


def step_of(function: Any, outputs: Sequence[Any]) -> Any:
    """Return the step of a call in autograd's graph, which is its ctx; None for none."""
    ends = (out.grad_fn for out in outputs if isinstance(out, torch.Tensor))  # an output that is a view has a step more
    return next((step for step in steps_behind(ends) if getattr(step, "_forward_cls", None) is function), None)


class Recorder(TorchFunctionMode):
    """What is noted while it is on: calls in their order, and what writes to memory that a Function has kept."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        # A call without a ctx whose forward has returned; its `setup_context` comes next.
        self.begun: tuple[Call, Any] | None = None
        self._copies = Copies()
        self._unfinished: list[Call] = []
        self._running: list[str] = []
        self._writes: dict[int, Write] = {}
        self._handles: list[Any] = []
        self._clock = 0
        self._met = Counter[Any]()
        # Who still needs which numbers: by the memory they lie in, and by the copy of them.
        self._needed: dict[int, dict[int, dict[Call, SavedTensor]]] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        self.finish()
        result = func(*args, **kwargs)
        name = getattr(func, "__name__", "")
        for tensor in _write_targets(name, args, kwargs) if self._writes else ():
            if memory_of(tensor) in self._writes:
                inside = f"the forward of {self._running[-1]}" if self._running else ""
                self._clock += 1
                line = line_at_work(lambda frame: not frame.f_code.co_filename.startswith(_OWN))
                self._writes[memory_of(tensor)] = Write(_OPERATORS.get(name, name), inside, line, self._clock)
        return result

    def run(self, function: type[Function], inputs: Sequence[Any], forward: Callable[[], Any]) -> tuple[Any, Any]:
        """Run a forward; return the call as it begins, None where that cannot be copied, and the result."""
        self.finish()
        call = None
        self._running.append(function.__name__)
        try:
            with suppress(Exception), torch.no_grad(), pause_recording():
                call = Call(function, inputs, self._copies)
            return call, forward()
        finally:
            self._running.pop()

    def take(self, call: Call, result: Any, ctx: Any) -> None:
        """Note that a forward is done, and watch for its backward."""
        with suppress(Exception):
            call.note_outputs(result, ctx)
            self._met[call.function] += not is_packed()
            call.is_run_kept = not is_packed() and self._met[call.function] <= MOST_RUNS
            self._unfinished.append(call)
            self._handles.append(ctx.register_prehook(lambda gradients: self._start_backward(call, gradients)))
            self._handles.append(ctx.register_hook(lambda *given: self._finish_backward(call, *given)))

    def __exit__(self, *raised: Any) -> None:
        """End the noting: a backward that runs later is none of ours."""
        super().__exit__(*raised)  # type: ignore[no-untyped-call]
        for handle in self._handles:
            handle.remove()

    def finish(self) -> None:
        """Note what came of the calls since, before their tensors change."""
        done = [call for call in self._unfinished if call.fn.to_save is None]  # torch is still at the others
        self._unfinished = [call for call in self._unfinished if call not in done]
        for call in done:
            # Whatever kind of tensors they have: their model runs as without us, at worst unseen.
            with suppress(Exception), torch.no_grad(), pause_recording():
                if call.complete(self._copies):
                    call.when = self._clock
                    self.calls.append(call)
                    for saved in call.saved:
                        memory = memory_of(saved.tensor)
                        self._writes.setdefault(memory, Write())
                        self._needed.setdefault(memory, {}).setdefault(id(saved.copy), {})[call] = saved

    def _start_backward(self, call: Call, gradients: Sequence[Any]) -> None:
        """Note which outputs a backward has come to, and whether what it kept was written to since."""
        self.finish()
        call.reached = (call.reached or set()) | {place for place, one in enumerate(gradients) if one is not None}
        # Run again, nothing is rounded by autocast.
        is_rounded = any(map(torch.is_autocast_enabled, ("cpu", "cuda")))
        if call.outputs is not None and call.upstream is None and not is_rounded:
            with suppress(Exception):  # whatever kind of tensors they have
                call.upstream = copy_tensors(gradients)
        for saved in call.saved:
            write = self._writes[memory_of(saved.tensor)]
            call.look(saved, write if write.when > call.when else Write())

    def _finish_backward(self, call: Call, gradients: Sequence[Any], upstream: Sequence[Any]) -> None:
        """Note what a backward gave and what it wrote to that others still need, and let go of what it kept."""
        if call.upstream is not None and call.gradients is None:
            kept, call.upstream = call.upstream, None
            places = (place for place, one in enumerate(call.inputs) if isinstance(one, torch.Tensor))
            with suppress(Exception):
                # A hook of the user's, after ours, may have given it something else.
                if all(one is None or are_same(one, other) for one, other in zip(kept, upstream)):
                    call.gradients, call.upstream = dict(zip(places, copy_tensors(gradients))), kept
        for memory in {memory_of(saved.tensor) for saved in call.saved}:
            for needed in self._needed[memory].values():
                needed.pop(call, None)
                # Those who have kept the same numbers of one tensor: one look is enough for all.
                if needed and next(iter(needed.values())).is_changed:
                    line = source_of(backward_of(call.function))
                    for other, saved in needed.items():
                        other.look(saved, Write("", f"the backward of {call.name}", line))
        call.saved = []


@contextmanager
def recording() -> Iterator[list[Call]]:
    """Note the calls inside, those of this thread alone; at the end of the block the list holds them."""
    calls: list[Call] = []
    outer = _recorder.get()
    recorder = outer or Recorder()
    recorder.finish()
    before = len(recorder.calls)
    token = _recorder.set(recorder)
    try:
        with _open_door(), recorder if outer is None else nullcontext():
            yield calls
    finally:
        recorder.finish()
        calls += recorder.calls[before:]
        _recorder.reset(token)


@contextmanager
def pause_recording() -> Iterator[None]:
    """Keep all blocks from noting what is called inside."""
    token = _recorder.set(None)
    try:
        yield
    finally:
        _recorder.reset(token)


def _note_forward(cls: Any, forward: Any, recorder: Recorder, /, *args: Any, **kwargs: Any) -> Any:
    """Run a Function's forward, and take notes where it is torch that calls it."""
    is_apart = has_setup_context(cls)
    inputs = args if is_apart else args[1:]
    wants = any(is_asked_of(one) and one.requires_grad for one in inputs)
    if kwargs or not wants or not (is_apart or _is_ctx_of(cls, args)):
        return forward(*args, **kwargs)
    call, result = recorder.run(cls, inputs, partial(forward, *args))
    if is_apart:
        recorder.begun = call and (call, result)
    elif call is not None:
        recorder.take(call, result, args[0])
    return result


def _note_setup(cls: Any, setup_context: Any, recorder: Recorder, /, *args: Any, **kwargs: Any) -> Any:
    """Run a Function's `setup_context`, and take notes where it is torch that calls it, right after the forward."""
    begun, recorder.begun = recorder.begun, None
    result = setup_context(*args, **kwargs)
    if begun is not None and begun[0].function is cls and _is_ctx_of(cls, args):
        recorder.take(*begun, args[0])
    return result


def _is_ctx_of(cls: Any, args: Sequence[Any]) -> bool:
    """Tell whether the first argument is the ctx of a call of this Function, not of a subclass."""
    return bool(args) and type(args[0]) is cls._backward_cls


def _handed_out(cls: Any, name: str) -> Any:
    """Return an attribute of a Function, in place of `type.__getattribute__`: wrapped where its calls are noted."""
    found = type.__getattribute__(cls, name)
    recorder = _recorder.get() if name in ("forward", "setup_context") else None
    if recorder is None or type.__getattribute__(cls, "__module__").startswith("torch."):
        return found
    if name == "setup_context" and not has_setup_context(cls):
        return found
    noting = _note_forward if name == "forward" else _note_setup
    return update_wrapper(partial(noting, cls, found, recorder), found)


_META: Any = FunctionMeta
_lock, _blocks = threading.Lock(), list[None]()


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


def _write_targets(name: str, args: Any, kwargs: Any) -> Iterator[torch.Tensor]:
    """Yield the tensors that a call writes to."""
    is_in_place = (name.endswith("_") and not name.endswith("__")) or name in _OPERATORS
    out = kwargs.get("out")
    written = [*(args[:1] if is_in_place else ()), *(out if isinstance(out, (tuple, list)) else (out,))]
    return (one for one in written if isinstance(one, torch.Tensor))


def is_packed() -> bool:
    """Tell whether hooks pack what is saved, as a checkpoint's do."""
    hooks = getattr(torch._C._autograd, "_top_saved_tensors_default_hooks", None)
    return hooks is not None and hooks(False) is not None


def saved_tensors_of(fn: Any, named: Sequence[tuple[str, Any]], copies: Copies) -> Iterator[SavedTensor]:
    """Yield what a ctx, `fn`, keeps for its backward; `named` are the call's inputs and outputs."""
    kept: list[tuple[str, Any]] = []
    if not is_packed():  # to look at it would be to compute it again
        with suppress(RuntimeError):  # changed already, which autograd says itself
            kept += [(f"saved tensor {place}", one) for place, one in enumerate(fn.saved_tensors, 1)]
    for name, thing in vars(fn).items():
        kept += [(f"ctx.{name}", one) for one in (thing if isinstance(thing, (list, tuple)) else (thing,))]
    for name, tensor in kept:
        if isinstance(tensor, torch.Tensor) and tensor.layout is torch.strided:
            alias = tensor.detach()
            own = next((name for name, other in named if _is_same_memory(other, alias)), name)
            yield SavedTensor(own, alias, copies.snapshot(alias))


def _is_same_memory(one: Any, other: torch.Tensor) -> bool:
    if not isinstance(one, torch.Tensor) or one.layout is not torch.strided:
        return False
    is_alike = one.shape == other.shape and one.dtype == other.dtype and one.stride() == other.stride()
    return is_alike and bool(one.numel()) and one.data_ptr() == other.data_ptr()


def has_setup_context(function: type[Function]) -> bool:
    """Tell whether `setup_context` keeps what backward needs; the forward has no ctx then."""
    return _own(function, "setup_context") is not _own(_SingleLevelFunction, "setup_context")


def backward_of(function: type[Function]) -> Any:
    """Return a Function's backward, which may be called vjp; None for none."""
    names = (name for name in ("backward", "vjp") if _own(function, name) is not _own(_SingleLevelFunction, name))
    return next((getattr(function, name) for name in names), None)


def _own(function: Any, name: str) -> Any:
    return inspect.getattr_static(function, name, None)


def output_name(place: int, count: int) -> str:
    """Return what an output is called."""
    return "output" if count == 1 else f"output[{place}]"


def upstream_name(function: type[Function], place: int = 0) -> str:
    """Return what a Function's backward calls the gradient of an output."""
    return input_names(backward_of(function), place + 2, "grad_output")[place + 1]
