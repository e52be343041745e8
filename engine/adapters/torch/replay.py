"""A call of a Function, run again by itself: its values, its backward, and what autograd makes of its forward."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from copy import copy
from functools import cached_property, partial
from random import Random
from types import FrameType
from typing import Any, NamedTuple, NoReturn

import numpy as np
import torch
from torch.autograd.function import FunctionCtx
from torch.overrides import TorchFunctionMode

from ...amounts import Floats, alike, draw_like
from ..errors import NotAReferenceError, OtherOutputError
from .isolation import Apart, may_reach_tensors, preserve_state, reseed, widen
from .recording import Call, backward_of, has_setup_context, output_name, pause_recording, step_of, upstream_name
from .tensors import (
    Place,
    are_same,
    copy_tensors,
    each_tensor,
    ensure_tuple,
    fit_gradient,
    gradients_off,
    is_asked_of,
    jitter,
    number_shape,
    numbers_of,
    place_of,
    steps_behind,
    tensor_of,
)

LIKE = {0.0: 1e-4, 1e-6: 1e-2}
"""How near what comes out is when a call is run as it was; and then gradients that do not really differ."""

ROUNDED = 16.0
"""So many of the last digits of its precision may differ where the same is computed in another order."""

Reference = Callable[..., Any]
"""A readable forward that stands for a Function's own."""


class ReplayError(Exception):
    """User code has raised something when it ran again."""

    def __init__(self, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}".splitlines()[0].rstrip(".: "))


@contextmanager
def user_code() -> Iterator[None]:
    """Raise what user code raises as a ReplayError."""
    try:
        yield
    except Exception as error:
        raise ReplayError(error) from error


class Given(NamedTuple):
    """What a call gives, None for what has none; the names of what backward has changed in place, and of ctx's own."""

    gradients: list[Any]
    outputs: list[Floats | None]
    damaged: list[str]
    kept: list[str]


class Traced(NamedTuple):
    """A forward as autograd saw it.

    Attributes:
        gradients: of the inputs that are asked about, by their places among all.
        between: the tensors on the way, each with what it holds and its gradient.
        leaves: what stands behind the inputs, by their places.
        calls_others: whether other Functions were called on the way, whose backward may itself be wrong.
        root: the sum of the outputs, each times its upstream gradient.
        labelled: the inputs and the outputs, with what each is called, where they are in autograd's graph.
        variables: what the variables of the forward hold in the end, with their names.
        made_at: by the id of a tensor on the way, the place in the code that made it.
    """

    gradients: dict[int, Floats]
    between: list[tuple[torch.Tensor, Floats, Floats]]
    leaves: dict[int, torch.Tensor]
    calls_others: bool
    root: torch.Tensor
    labelled: Mapping[Place, str]
    variables: Sequence[tuple[str, torch.Tensor]]
    made_at: Mapping[int, Any]

    def recompute(self, values: Sequence[Floats]) -> Iterator[Mapping[int, Floats]]:
        """Yield the inputs' gradients if `values` were those of tensors on the way, of a loop's the last first."""
        true, leaves = {id(tensor): gradient for tensor, _, gradient in self.between}, list(self.leaves.values())
        for tensors in self._alike(len(values)):
            pairs = list(zip(tensors, values))
            fits = all(np.shape(value) == true[id(one)].shape == tuple(one.shape) for one, value in pairs)
            if fits and not all(np.array_equal(value, true[id(one)]) for one, value in pairs):
                held = [tensor_of(value, one) for one, value in pairs]
                handles = [one.register_hook(lambda _, to=to: to) for (one, _), to in zip(pairs, held)]  # type: ignore[no-untyped-call]
                passed = torch.autograd.grad([self.root], leaves, retain_graph=True, allow_unused=True)
                for handle in handles:
                    handle.remove()
                found = zip(self.leaves.items(), passed)
                yield {n: numbers_of(torch.zeros_like(leaf) if one is None else one) for (n, leaf), one in found}

    def _alike(self, count: int) -> Iterator[Sequence[torch.Tensor]]:
        """Yield each tensor on the way alone, or those that one place has made so often, or once more."""
        places: dict[Any, list[torch.Tensor]] = {}
        for tensor, _, _ in self.between:
            places.setdefault(tensor if count == 1 else self.made_at[id(tensor)], []).append(tensor)
        for tensors in places.values():
            if len(tensors) == count:
                yield from (tensors[::-1], tensors[-2::-1]) if count > 1 else (tensors,)


class Replay:
    """A call at a point, run as often as need be.

    Args:
        is_wide: whether it is in double precision.
        reference: the readable forward that its backward is compared with; None for the Function's own.

    Attributes:
        upstream: the gradient of each output, None for one that has none; drawn at random.
        upstream_names: what backward calls them.

    Raises:
        ReplayError: the forward raises something.
        NotAReferenceError, OtherOutputError: the reference computes something else.
    """

    def __init__(self, call: Call, *, is_wide: bool = True, reference: Reference | None = None) -> None:
        self.call, self.is_wide, self.reference = call, is_wide, reference
        self.names = call.names
        self.inputs = each_tensor(partial(widen, is_wide=is_wide), call.inputs)
        self._readable: Readable | None = None
        self._is_apart = True
        outputs = self.values(self.inputs)
        rng = Random(0)
        reached = call.differentiable if call.reached is None else call.reached.intersection(call.differentiable)
        self.upstream = [
            tensor_of(draw_like(numbers_of(out), rng, 0.5, 1.5), out) if is_asked_of(out) and n in reached else None
            for n, out in enumerate(outputs)
        ]
        self.upstream_names = [upstream_name(call.function, n) for n in range(len(outputs))]
        if reference is not None:
            is_coarse = self.is_coarse  # of the Function, not of its reference
            self._readable = Readable(call, reference, outputs)
            self._readable.refuse_other(self.values(self.inputs), is_coarse=is_coarse)

    def replace_upstream(self, changed: Callable[[torch.Tensor], torch.Tensor]) -> Replay:
        """Return the same call with other upstream gradients."""
        other = copy(self)
        other.upstream = [None if one is None else changed(one) for one in self.upstream]
        return other

    @contextmanager
    def world(self) -> Iterator[None]:
        """Run user code inside with nothing left behind."""
        kept = preserve_state(self.call.function, self.call.start, self.reference)
        with pause_recording(), kept, Apart(is_wide=self.is_wide) if self._is_apart else nullcontext():
            if not self._is_apart:
                torch.set_default_dtype(torch.float64)
            yield

    def without_copies(self) -> Replay:
        """Return the call run without `Apart`, which is dear; itself where other tensors are in reach of its code."""
        others = [one for one in self.call.inputs if not isinstance(one, torch.Tensor)]
        if not self.is_wide or may_reach_tensors(self.call.function, others, self.reference):
            return self
        other = copy(self)
        other._is_apart = False
        return other

    def values(self, inputs: Sequence[Any]) -> list[Any]:
        """Return the outputs for some inputs, of the reference where there is one."""
        with self.world(), torch.no_grad():
            return copy_tensors(self._run_forward(copy_tensors(inputs)))

    @cached_property
    def is_coarse(self) -> bool:
        """Tell whether the outputs are of single precision all the same, after a detour through NumPy's float32."""
        if not self.is_wide:
            return True
        generator = torch.Generator().manual_seed(1)
        moved = [jitter(one, 1e-3, generator) if n in self.call.asked else one for n, one in enumerate(self.inputs)]
        numbers = np.ravel(self.row(moved))
        return bool((numbers == numbers.astype(np.float32)).all()) and bool((numbers != 0.0).any())

    def row(self, inputs: Sequence[Any]) -> Floats:
        """Return the numbers of the outputs that have an upstream gradient; those of several come in one row."""
        pairs = zip(self.values(inputs), self.upstream)
        return _join_row([numbers_of(out) for out, upstream in pairs if upstream is not None])

    @property
    def upstreams(self) -> list[Floats]:
        """Return the numbers of the upstream gradients there are."""
        return [numbers_of(upstream) for upstream in self.upstream if upstream is not None]

    @property
    def upstream_row(self) -> Floats:
        """Return the upstream gradients in the shape of `row`."""
        return _join_row(self.upstreams)

    def answer(self, between: Callable[[], None] = lambda: None) -> Given:
        """Return what the forward and its backward give; `between` is called where the backward begins."""
        with self.world(), torch.enable_grad():
            _, inputs = self._make_leaves()
            with user_code():
                outputs = ensure_tuple(self.call.function.apply(*inputs))
            fn = step_of(self.call.function, outputs)
            upstream = [
                torch.zeros_like(out) if one is None and isinstance(out, torch.Tensor) else copy_tensors([one])[0]
                for out, one in zip(outputs, self.upstream)
            ]
            before, given = copy_tensors(inputs), copy_tensors(upstream)
            numbers = [numbers_of(one) if is_asked_of(one) else None for one in outputs]
            kept = [name for name in getattr(fn, "__dict__", ()) if name.isidentifier()]
            between()
            with user_code():
                passed = backward_of(self.call.function)(fn, *upstream)
            gradients = copy_tensors(passed if isinstance(passed, (tuple, list)) else [passed])
            pairs = [*zip(self.upstream_names, upstream, given), *zip(self.names, inputs, before)]
            damaged = [name for name, one, other in pairs if isinstance(one, torch.Tensor) and not are_same(one, other)]
        return Given(gradients, numbers, damaged, kept)

    def changed_gradient(self) -> tuple[int, Floats, Floats] | None:
        """Find an input for which backward gave something else in the user's run; return that, and what it gives here.

        None too where what the call gave cannot be had again, or where backward is random.
        """
        call, own = self.call, copy(self)
        if not (call.outputs and call.upstream and call.gradients):
            return None
        own.is_wide, own.inputs, own.upstream = False, call.inputs, list(call.upstream)
        with suppress(ReplayError):
            answer = own.answer()
            outputs = [(numbers_of(one), again) for one, again in zip(call.outputs, answer.outputs) if is_asked_of(one)]
            share = next((LIKE[near] for near in LIKE if all(alike(*pair, near) for pair in outputs)), math.inf)
            for place in call.asked:
                asked = call.gradients[place], answer.gradients[place]
                given, here = (fit_gradient(one, own.inputs[place]) for one in asked)
                if asked[0] is None or given is None or here is None:
                    continue
                least = max(share, ROUNDED * torch.finfo(asked[0].dtype).eps)
                if not alike(given, here, least):
                    again = fit_gradient(own.answer(reseed).gradients[place], own.inputs[place])
                    return (place, given, here) if alike(again, here, least) else None
        return None

    def trace(self, *, in_detail: bool = False) -> Traced | None:
        """Return what autograd makes of the forward; None where it sees nothing, or cannot run it.

        Args:
            in_detail: whether to note what is on the way.
        """
        notes = _Notes()
        # Not every forward was written to be differentiated.
        with suppress(ReplayError, NotAReferenceError), self.world(), torch.enable_grad():
            leaves, inputs = self._make_leaves()
            labelled = {place_of(inputs[n]): self.names[n] for n in leaves}  # now: the forward may write to them
            with notes if in_detail else nullcontext():
                outputs = self._run_forward(inputs)
            pairs = [
                (n, out, upstream)
                for n, (out, upstream) in enumerate(zip(outputs, self.upstream))
                if upstream is not None and is_asked_of(out) and out.requires_grad
            ]
            if not pairs:
                return None
            terms = [_real(out) * _real(upstream) for _, out, upstream in pairs]
            root = torch.stack([one.sum() for one in terms]).sum()
            # Of several outputs one may go into another: what comes from it is what comes from its term alone.
            ends = terms if len(outputs) > 1 else [out for _, out, _ in pairs]
            labelled |= {place_of(end): output_name(n, len(outputs)) for (n, *_), end in zip(pairs, ends)}
            between = [(one, held) for one, fn, held in notes.made if one.grad_fn is fn]  # and was not written to since
            asked = [*leaves.values(), *(tensor for tensor, _ in between)]
            with user_code():
                passed = torch.autograd.grad(root, asked, retain_graph=True, allow_unused=True)
            given = [np.zeros(number_shape(of)) if one is None else numbers_of(one) for of, one in zip(asked, passed)]
            on_the_way = [(*pair, gradient) for pair, gradient in zip(between, given[len(leaves) :])]
            others = any(hasattr(fn, "_forward_cls") for fn in steps_behind([root.grad_fn]))
            gradients = dict(zip(leaves, given))
            return Traced(gradients, on_the_way, leaves, others, root, labelled, notes.variables, notes.made_at)
        return None

    def _run_forward(self, inputs: Sequence[Any]) -> tuple[Any, ...]:
        """Return what comes out, where gradients are enabled with autograd's graph of the steps."""
        if self._readable is not None:
            return self._readable(inputs)
        context: Any = FunctionCtx()
        function = self.call.function
        context.needs_input_grad = tuple(isinstance(one, torch.Tensor) and one.requires_grad for one in inputs)
        with user_code():
            return ensure_tuple(function.forward(*([] if has_setup_context(function) else [context]), *inputs))

    def _make_leaves(self) -> tuple[dict[int, torch.Tensor], list[Any]]:
        """Return the leaves behind the inputs asked about, and copies of all inputs."""
        inputs, leaves = copy_tensors(self.inputs), {}
        for place in self.call.asked:
            leaves[place] = inputs[place].requires_grad_()
            inputs[place] = leaves[place].clone()  # not the leaf itself: a Function may write to its input
        return leaves, inputs


class Readable:
    """A reference, called with what `apply` takes; NotAReferenceError where it cannot stand for the forward."""

    def __init__(self, call: Call, reference: Callable[..., Any], outputs: Sequence[Any]) -> None:
        self._call, self._reference, self._outputs = call, reference, outputs

    def __call__(self, inputs: Sequence[Any]) -> tuple[Any, ...]:
        """Return what comes out; None for an output that it leaves out, which it may where that has no gradient."""
        try:
            found = ensure_tuple(self._reference(*inputs))
        except Exception as error:  # code of theirs may raise anything
            self._refuse(f"it raised {type(error).__name__}: {error}".splitlines()[0].rstrip(".: "), error)
        asked, count = self._call.differentiable, len(self._outputs)
        if len(found) not in (count, len(asked)):
            outputs = f"{len(found)} output{'' if len(found) == 1 else 's'}"
            self._refuse(f"it gives {outputs}, and {self._call.name} gives {count}")
        placed = dict(zip(range(count) if len(found) == count else asked, found))
        return tuple(placed.get(place) for place in range(count))

    def refuse_other(self, others: Sequence[Any], *, is_coarse: bool) -> None:
        """Refuse a reference whose outputs are not the Function's."""
        for place in self._call.differentiable:
            name, one, other = output_name(place, len(others)), self._outputs[place], others[place]
            if not isinstance(other, torch.Tensor) or other.shape != one.shape:
                is_tensor = isinstance(other, torch.Tensor)
                given = f"shape {tuple(other.shape)}" if is_tensor else f"a {type(other).__name__}"
                self._refuse(f"its {name} is {given}, and that of {self._call.name} has shape {tuple(one.shape)}")
            first, second = numbers_of(one), numbers_of(other)
            at = _most_apart(first, second, is_coarse=is_coarse)
            if at is not None:
                entry = f"{name}[{', '.join(map(str, at))}]" if at else name
                raise OtherOutputError(self._call.name, self._name, entry, float(first[at]), float(second[at]))

    @property
    def _name(self) -> str:
        return getattr(self._reference, "__name__", type(self._reference).__name__)

    def _refuse(self, why: str, error: Exception | None = None) -> NoReturn:
        raise NotAReferenceError(self._call.name, self._name, why) from error


def _most_apart(one: Any, other: Any, *, is_coarse: bool) -> tuple[int, ...] | None:
    """Return where two outputs differ most; None for nowhere."""
    finite = np.isfinite(one) & np.isfinite(other)
    first, second = np.where(finite, one, 0.0), np.where(finite, other, 0.0)
    is_same = (one == other) | (np.isnan(one) & np.isnan(other))
    off = ~is_same & (~finite | gradients_off(second, first, is_coarse=is_coarse))
    sizes = np.where(off, np.where(finite, np.abs(first - second), np.inf), -1.0)
    return tuple(map(int, np.unravel_index(int(np.argmax(sizes)), sizes.shape))) if off.any() else None


class _Notes(TorchFunctionMode):
    """The tensors that are made while it is on, each with its step in the graph and its numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[tuple[torch.Tensor, Any, Floats]] = []
        self.made_at: dict[int, Any] = {}
        self._frames: dict[FrameType, None] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        frame = sys._getframe(1)
        self._frames[frame] = None
        result = func(*args, **(kwargs or {}))
        for one in result if isinstance(result, (tuple, list)) else (result,):
            if is_asked_of(one) and one.grad_fn is not None and one.layout is torch.strided:
                self.made.append((one, one.grad_fn, numbers_of(one)))
                self.made_at[id(one)] = frame.f_code, frame.f_lasti
        return result

    @property
    def variables(self) -> list[tuple[str, torch.Tensor]]:
        """Return the tensors that the variables of the user's functions hold in the end."""
        frames = (one for one in self._frames if not one.f_code.co_filename.startswith(torch.__path__[0]))
        held = [pair for frame in frames for pair in frame.f_locals.items()]
        return [(name, one) for name, one in held if isinstance(one, torch.Tensor)]


def _real(tensor: torch.Tensor) -> torch.Tensor:
    return torch.view_as_real(tensor) if tensor.is_complex() else tensor


def _join_row(parts: Sequence[Floats]) -> Any:
    return (parts[0] if len(parts) == 1 else np.concatenate([part.ravel() for part in parts]))[()]
