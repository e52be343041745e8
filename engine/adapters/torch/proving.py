"""A Function whose backward is wrong, tried by experiment: which small change of it gives the slopes of its forward."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np
import torch

from ...arrays.edges import Floats
from ...repair.deadline import Deadline
from ...repair.proof import Proof, experiment
from ...repair.trial import Numbers, Outcome, Point, Subject
from ..reached import reached
from .kernels import Fixed, kernels_of
from .numbers import alike, are_same, in_tuple, is_asked_of, numbers_of
from .recording import Call, step_of, unseen
from .replay import Replay
from .signature import backward_of, input_names, output_name, upstream_name
from .smaller import smaller
from .spelling import TORCH
from .truth import Measured, Who
from .untouched import untouched

POINTS = 3
"""At so many it is tried, the one at which it was called among them."""
SHARE, ROUGH = 1e-6, 1e-4
"""How near a gradient must be: of what autograd gives, and of what is measured."""
FEW, LARGEST_OF_A_KERNEL = 2, 10
"""What the axes are cut to where kernels are run by an interpreter: the shortest to the first, the others to more."""
GIVEN = "(given)"
"""What a backward leaves as it is: the gradients that arrive, and the inputs."""


@dataclass(frozen=True)
class Judged:
    """What is known of one input that was asked about.

    Attributes:
        place: among all inputs.
        who: whose gradient is right.
    """

    place: int
    who: Who


class Prover:
    """Tries Functions that are wrong, each once.

    Args:
        deadline: when all of it has to be over.
    """

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self.proofs: dict[Any, Proof] = {}

    def proof(self, call: Call, reference: Any, is_wide: bool, judged: Sequence[Judged]) -> Proof:
        """What experiments show of a Function.

        Args:
            call: of it, as small as it is still wrong.
            reference: its readable forward; None for its own.
            is_wide: whether it runs in double precision.
            judged: what is known of its inputs.
        """
        if call.function not in self.proofs:
            self.proofs[call.function] = Proof()
            self.proofs[call.function] = self._proof(call, reference, is_wide, judged)
        return self.proofs[call.function]

    def _proof(self, call: Call, reference: Any, is_wide: bool, judged: Sequence[Judged]) -> Proof:
        with unseen(), untouched(call.function, call.start, reference):
            try:
                subject = self._subject(call, reference, is_wide, judged)
            except Exception:  # whatever their code says of it; what experiments raise is no answer of theirs
                return Proof()
            return experiment(subject, self._deadline)

    def _subject(self, call: Call, reference: Any, is_wide: bool, judged: Sequence[Judged]) -> Subject:
        """Return what is experimented with."""
        function = call.function
        backward, forward = reached([backward_of(function)], [function]), reached(_forwards(function), [function])
        kernels = kernels_of(backward)
        if kernels:  # its operations take a thousand times as long as torch's: the forward is let be
            backward, forward = [*backward, *kernels], []
            call = smaller(call, FEW, (*range(FEW, LARGEST_OF_A_KERNEL),)) or call
        functions = [*backward, *(one for one in forward if not any(one is other for other in backward))]
        replays = list(_points(call, reference, is_wide))
        # A kernel may round to single precision, whatever it is given.
        is_rough = any(one.who is not Who.AUTOGRAD for one in judged) or not is_wide or bool(kernels)
        is_lean = is_wide and not _holds_tensors(functions) and _agrees(replays[0])
        share = ROUGH if is_rough else SHARE
        tried = [_Tried(replay, judged, share, is_lean=is_lean, keeps_forward=bool(kernels)) for replay in replays]
        here = tried[0].point
        return Subject(
            functions=functions,
            here=here,
            elsewhere=lambda: (one.point for one in tried[1:]),
            known=list(tried[0].known()),
            ran=here.lines([*functions, *(one.runs for one in kernels.values())]),
            shared=frozenset((one.__code__.co_filename, one.__code__.co_name) for one in forward),
            share=share,
            upstream=frozenset(upstream_name(function, n) for n in range(len(replays[0].upstream))),
            dialect=TORCH,
            at_hand=[*_upstreams(replays[0]), *_kept_on_ctx(replays[0])],
            rewritten=kernels,
            may_change=Fixed(kernels).may_change,
        )


def _forwards(function: Any) -> list[Any]:
    return [function.forward, function.__dict__.get("setup_context")]


def _upstreams(replay: Replay) -> list[str]:
    function = replay.call.function
    return [upstream_name(function, n) for n, one in enumerate(replay.upstream) if one is not None]


def _kept_on_ctx(replay: Replay) -> Iterator[str]:
    """What the forward has put on its ctx, by the name that the backward has for that."""
    backward = reached([backward_of(replay.call.function)])
    name = next((one.__code__.co_varnames[0] for one in backward[:1] if one.__code__.co_argcount), "ctx")
    fn = _Run(replay, is_lean=False).step()
    yield from (f"{name}.{one}" for one in vars(fn) if one.isidentifier())


def _holds_tensors(functions: Sequence[FunctionType]) -> bool:
    """Whether they can get at a tensor that is none of their arguments, and so might write to it."""
    for one in functions:
        held = [one.__globals__.get(name) for name in one.__code__.co_names]
        held += [cell.cell_contents for cell in one.__closure__ or () if _is_full(cell)]
        if any(isinstance(thing, (torch.Tensor, torch.nn.Module)) for thing in held):
            return True
    return False


def _is_full(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _points(call: Call, reference: Any, is_wide: bool) -> Iterator[Replay]:
    """A call where it stood, and elsewhere."""
    here = Replay(call, is_wide=is_wide, reference=reference)
    yield here
    generator = torch.Generator().manual_seed(5)
    for _ in range(POINTS - 1):
        other = copy(call)
        other.inputs = [_moved(one, generator) if n in call.asked else one for n, one in enumerate(here.inputs)]
        try:
            replay = Replay(other, is_wide=is_wide, reference=reference)
            yield replay.with_upstream(lambda one: _moved(one.flip(0) if one.dim() else -one, generator))
        except Exception:  # not every point is one at which it can be asked
            continue


def _moved(tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each entry a little larger or smaller, and of the same sign."""
    share = 0.7 + 0.6 * torch.rand(tensor.shape, generator=generator, dtype=torch.float64)
    return tensor * share.to(tensor.device, tensor.dtype if not tensor.is_complex() else torch.float64)


def _output(number: int) -> str:
    return f"({output_name(number, 2)})"


class _Tried:
    """A Function at one point: what it is to give there."""

    def __init__(
        self, replay: Replay, judged: Sequence[Judged], share: float, *, is_lean: bool, keeps_forward: bool
    ) -> None:
        self._replay = replay
        self._names = {one.place: input_names(replay.call.function)[one.place] for one in judged}
        self._true = dict(self._truth(judged))
        self._run = _Run(replay, is_lean=is_lean, asked=list(self._true), keeps_forward=keeps_forward and is_lean)
        truth = {self._names[place]: true for place, true in self._true.items()}
        outputs = {_output(n): one for n, one in enumerate(self._run.outputs())}
        self._outputs = outputs
        self.point = Point.of_rule(self._run, {**truth, GIVEN: np.asarray(1.0), **outputs}, share)

    def _truth(self, judged: Sequence[Judged]) -> Iterator[tuple[int, Floats]]:
        traced = self._replay.traced() if any(one.who is not Who.NEITHER for one in judged) else None
        for one in judged:
            given = None if traced is None else traced.gradients.get(one.place)
            is_traced = one.who is Who.AUTOGRAD or (one.who is Who.THEIRS and traced and not traced.calls_others)
            if given is not None and is_traced:
                yield one.place, numbers_of(given)
            elif one.who is not Who.NOBODY_KNOWS:
                measured = Measured(self._replay, one.place).gradient()
                if measured is not None:
                    yield one.place, measured

    def known(self) -> Iterator[Numbers]:
        """What is true there."""
        for place, true in self._true.items():
            yield Numbers("data", self._names[place], numbers_of(self._replay.inputs[place]))
            yield Numbers("gradient", self._names[place], true)
        for name, out in self._outputs.items():
            yield Numbers("data", name, out)
        for number, upstream in enumerate(self._replay.upstreams):
            yield Numbers("gradient", f"upstream {number}", upstream)


class _Run:
    """Runs of a Function at one point.

    Args:
        is_lean: whether it can do without a world of its own: all that it works on are copies made for it.
        asked: the inputs whose gradients are read.
        keeps_forward: whether the forward runs anew only where something of it was written to.
    """

    def __init__(
        self, replay: Replay, *, is_lean: bool, asked: Sequence[int] = (), keeps_forward: bool = False
    ) -> None:
        self._replay, self._is_lean, self._asked, self._keeps_forward = replay, is_lean, asked, keeps_forward
        self._kept: tuple[Any, list[Any], tuple[Any, ...]] | None = None
        self._names = input_names(replay.call.function)

    @contextmanager
    def _world(self) -> Iterator[Callable[[torch.Tensor], torch.Tensor]]:
        if not self._is_lean:
            with self._replay.apart() as apart, torch.enable_grad():
                yield apart.adopt
            return
        self._replay.call.start.put_back()
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        try:
            with torch.enable_grad():
                yield lambda tensor: tensor
        finally:
            torch.set_default_dtype(before)

    def _forward(self, adopt: Callable[[torch.Tensor], torch.Tensor]) -> tuple[Any, list[Any], tuple[Any, ...]]:
        inputs = []
        for place, one in enumerate(self._replay.inputs):
            held = adopt(one.detach().clone()) if isinstance(one, torch.Tensor) else one
            inputs.append(held.requires_grad_().clone() if place in self._replay.call.asked else held)
        outputs = in_tuple(self._replay.call.function.apply(*inputs))
        return step_of(self._replay.call.function, outputs), inputs, outputs

    def step(self) -> Any:
        """The call's step in autograd's graph."""
        with self._world() as adopt:
            return self._forward(adopt)[0]

    def outputs(self) -> list[Floats]:
        """The numbers of what comes out."""
        with self._world() as adopt:
            return [numbers_of(one) for one in self._forward(adopt)[2] if is_asked_of(one)]

    def __call__(self, between: Callable[[], None]) -> Outcome:
        with self._world() as adopt:
            fn, inputs, outputs = self._kept if self._kept and self._is_as_it_was() else self._forward(adopt)
            if self._keeps_forward:
                self._kept = fn, inputs, outputs
            results = [numbers_of(one) for one in outputs if is_asked_of(one)]
            upstream = [
                adopt(torch.zeros_like(out)) if one is None else adopt(one.clone())
                for out, one in zip(outputs, self._replay.upstream)
            ]
            copies = [one.detach().clone() for one in inputs if isinstance(one, torch.Tensor)]
            between()
            passed = backward_of(self._replay.call.function)(fn, *upstream)
            gradients = list(passed) if isinstance(passed, (tuple, list)) else [passed]
            found = {
                self._names[place]: self._replay.fitted(gradients[place], place)
                for place in self._asked
                if place < len(gradients)
            }
            held = [one for one in inputs if isinstance(one, torch.Tensor)]
            pairs = [*zip(held, copies), *((a, b) for a, b in zip(upstream, self._replay.upstream) if b is not None)]
            found[GIVEN] = np.asarray(float(all(are_same(one, other) for one, other in pairs)))
        named = {_output(n): one for n, one in enumerate(results)}
        return Outcome({**found, **named}, results)

    def _is_as_it_was(self) -> bool:
        """Whether nobody has written to the inputs of the forward that is kept."""
        inputs = self._kept[1] if self._kept is not None else []
        pairs = zip(inputs, self._replay.inputs)
        return all(are_same(one, other) for one, other in pairs if isinstance(one, torch.Tensor))


def _agrees(replay: Replay) -> bool:
    """Whether their code gives the same without a world of its own."""
    call = replay.call
    try:
        one, other = (_Run(replay, is_lean=is_lean, asked=call.asked)(lambda: None) for is_lean in (True, False))
    except Exception:  # whatever their code says of it
        return False

    def are_alike(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
        pairs = [(first[name], second.get(name)) for name in first]
        return all((a is None and b is None) or (a is not None and b is not None and alike(a, b)) for a, b in pairs)

    return are_alike(one.gradients, other.gradients)
