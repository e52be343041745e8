"""A call of a Function, run again by itself: its values, its backward, and what autograd makes of its forward."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
import torch

from ...arrays.edges import Floats
from ...repair.lines import Lines, lines_noted
from ...repair.source import code_of
from ...rulecheck.rule import Answer, Rule
from .double import Apart, widened
from .kept import kept_by
from .mirror import place_of
from .numbers import (
    Copies,
    Like,
    are_same,
    drawn,
    each_tensor,
    fitted,
    in_tuple,
    is_asked_of,
    numbers_of,
    tensor_of,
    weighed,
)
from .readable import Notes, Own, Readable, Reference
from .recording import Call, step_of, unseen
from .signature import backward_of, input_names, output_name
from .step import Place, steps_behind
from .untouched import locals_noted, untouched


class Returned(NamedTuple):
    """What a backward has returned.

    Attributes:
        gradients: one an input of the forward, as backward returned them; None for None.
        given: how many it returned.
        damaged: what it has changed in place, by name: the gradients it was given, or the inputs.
        ran: its lines that have run.
    """

    gradients: list[Any]
    given: int
    damaged: list[str]
    ran: Lines = frozenset()


class Traced(NamedTuple):
    """A forward as autograd saw it.

    Attributes:
        root: the sum of the outputs times their upstream gradients.
        inputs: where the inputs that are asked about stand in the graph, by their places among all.
        gradients: autograd's, by the same.
        names: what the forward's own variables are called, by their places in the graph.
        outputs: the outputs' places in the graph, by number.
        numbers: what the tensors in the graph hold.
        calls_others: whether other Functions were called on the way, whose backward may itself be wrong.
    """

    root: torch.Tensor
    inputs: dict[int, Place]
    gradients: dict[int, torch.Tensor]
    names: dict[Place, str]
    outputs: dict[int, Place]
    numbers: dict[Place, Floats]
    calls_others: bool

    @property
    def start(self) -> Place:
        """Where the root stands in the graph."""
        return place_of(self.root)


class Replay:
    """A call in double precision, asked as often as need be.

    Attributes:
        call: it.
        inputs: what it was given, in double precision.
        is_wide: whether it is in double precision.
        reference: the readable forward that its backward is compared with; None for the Function's own.
        upstream: the gradient of each output, None for one that has none; drawn at random.
    """

    def __init__(self, call: Call, *, is_wide: bool = True, reference: Reference | None = None) -> None:
        """See the class.

        Args:
            is_wide: False to leave the precision as it was.

        Raises:
            NotAReferenceError, OtherOutputError: the reference computes something else.
        """
        self.call, self.is_wide, self.reference = call, is_wide, reference
        self.inputs = each_tensor(partial(widened, is_wide=is_wide), call.inputs)
        self.upstream: list[torch.Tensor | None] = []
        self._own = Own(call)
        outputs = self._values(self._own, self.inputs)
        self._forward: Own | Readable = self._own
        if reference is not None:
            self._forward = Readable(call, reference, len(outputs))
        generator = torch.Generator().manual_seed(0)
        for place, out in enumerate(outputs):
            is_asked = place in call.differentiable and (call.reached is None or place in call.reached)
            self.upstream.append(drawn(out, generator) if is_asked and is_asked_of(out) else None)
        if isinstance(self._forward, Readable):
            self._forward.refuse_other(outputs, self.values(self.inputs), is_coarse=lambda: self.is_coarse)

    def with_upstream(self, changed: Callable[[torch.Tensor], torch.Tensor]) -> Replay:
        """The same call with other upstream gradients."""
        other = copy(self)
        other.__dict__.pop("size", None)
        other.upstream = [None if one is None else changed(one) for one in self.upstream]
        return other

    def rule(self, place: int) -> Rule:
        """The call as a rule that can be asked alone, by one of its inputs; several outputs come in a row."""
        like = Like(self.inputs[place])

        def forward(given: Sequence[Any]) -> Any:
            inputs = [*self.inputs[:place], tensor_of(given[0], like), *self.inputs[place + 1 :]]
            return _in_a_row(self.outputs(inputs))

        def pull(upstream: Any, _: Any) -> Answer:
            parts = iter(np.split(np.ravel(upstream), np.cumsum([one.size for one in self.upstreams])[:-1]))
            other = self.with_upstream(lambda one: tensor_of(_shaped(next(parts), one), Like(one)))
            gradient = other.answer().gradients[place]
            return Answer([None if gradient is None else numbers_of(gradient)[()]])

        x = numbers_of(self.inputs[place])[()]
        name = input_names(self.call.function)[place]
        return Rule(self.call.function.__name__, [x], forward([x]), pull, forward, names=[name])

    @property
    def written(self) -> Any:
        """The function that the forward asked about is written in."""
        return self._forward.written

    @property
    def upstream_in_a_row(self) -> Any:
        """The upstream gradients in the shape of what comes out of the rule's forward."""
        return _in_a_row(self.upstreams)

    @cached_property
    def is_coarse(self) -> bool:
        """Whether the outputs are of single precision all the same, as after a detour through NumPy's float32."""
        if not self.is_wide:
            return True
        moved = [
            one * (1 + 1e-3 * torch.rand(one.shape, generator=torch.Generator().manual_seed(1), dtype=one.dtype))
            if place in self.call.asked
            else one
            for place, one in enumerate(self.inputs)
        ]
        outputs = self._with_upstream(self._values(self._own, moved))
        numbers = np.concatenate([one.ravel() for one in outputs])
        return bool((numbers == numbers.astype(np.float32)).all()) and bool((numbers != 0.0).any())

    def fitted(self, given: Any, place: int) -> Floats | None:
        """What a backward gives for an input, as autograd takes it; None where the shape does not fit."""
        return fitted(given, Like(self.inputs[place]))

    @contextmanager
    def apart(self) -> Iterator[Apart]:
        """Inside, their code runs with nothing left behind."""
        with (
            unseen(),
            untouched(self.call.function, self.call.start, self.reference),
            Apart(is_wide=self.is_wide) as apart,
        ):
            yield apart

    def values(self, inputs: Sequence[Any]) -> list[Any]:
        """The outputs for some inputs, of the reference where there is one."""
        return self._values(self._forward, inputs)

    def _values(self, forward: Own | Readable, inputs: Sequence[Any]) -> list[Any]:
        with self.apart() as apart, torch.no_grad():
            outputs = forward.values(_owned(list(inputs), apart))
            return [out.detach().clone() if isinstance(out, torch.Tensor) else out for out in outputs]

    def outputs(self, inputs: Sequence[Any]) -> list[Floats]:
        """The numbers of the outputs that have an upstream gradient."""
        return self._with_upstream(self.values(inputs))

    def _with_upstream(self, outputs: Sequence[Any]) -> list[Floats]:
        return [numbers_of(out) for out, upstream in zip(outputs, self.upstream) if upstream is not None]

    @property
    def upstreams(self) -> list[Floats]:
        """The numbers of the upstream gradients there are."""
        return [numbers_of(upstream) for upstream in self.upstream if upstream is not None]

    def weighed(self, inputs: Sequence[Any]) -> float:
        """The sum of the outputs times their upstream gradients, for some inputs."""
        pairs = zip(self.outputs(inputs), self.upstreams)
        return sum(float((numbers * upstream).sum()) for numbers, upstream in pairs)

    @cached_property
    def size(self) -> float:
        """The summed sizes of what `weighed` adds up."""
        pairs = zip(self.outputs(self.inputs), self.upstreams)
        return sum(float(abs(numbers * upstream).sum()) for numbers, upstream in pairs)

    def answer(self, *, disturbed: str = "") -> Returned:
        """What the backward gives for the upstream gradients.

        Args:
            disturbed: the name of a tensor kept for backward that holds other numbers before it runs; "" for none.
        """
        with self.apart() as apart, torch.enable_grad():
            given = self._with_leaves(apart)
            outputs = in_tuple(self.call.function.apply(*given.inputs))
            fn = step_of(self.call.function, outputs)
            if disturbed:
                _disturb(fn, disturbed, self.call.named(given.inputs, outputs))
            upstream = [
                _zeros(out) if one is None else apart.adopt(one.clone()) for out, one in zip(outputs, self.upstream)
            ]
            inputs = [one.detach().clone() if isinstance(one, torch.Tensor) else None for one in given.inputs]
            backward, ran = backward_of(self.call.function), set[tuple[str, int]]()
            with lines_noted([code_of(backward)], ran):
                passed = backward(fn, *upstream)
            gradients = list(passed) if isinstance(passed, (tuple, list)) else [passed]
            kept = [one.detach().clone() if isinstance(one, torch.Tensor) else None for one in gradients]
        damaged = ["upstream" for one, other in zip(upstream, self.upstream) if not _is_same(one, other)][:1]
        names = input_names(self.call.function)
        damaged += [names[n] for n, (one, copy) in enumerate(zip(given.inputs, inputs)) if not _is_same(one, copy)]
        return Returned(kept, len(gradients), damaged, frozenset(ran))

    def needs(self, name: str) -> bool:
        """Whether what backward gives depends on something that it keeps."""
        pairs = zip(self.answer().gradients, self.answer(disturbed=name).gradients)
        return any(isinstance(one, torch.Tensor) and not _is_same(one, other) for one, other in pairs)

    def traced(self, *, in_detail: bool = False) -> Traced | None:
        """What autograd makes of the forward; None where it sees nothing.

        Args:
            in_detail: whether to note names and numbers on the way.
        """
        notes = Notes()
        variables: dict[str, Any] = {}
        with self.apart() as apart, torch.enable_grad():
            given = self._with_leaves(apart)
            if in_detail:
                notes.numbers |= {at: numbers_of(given.inputs[place]) for place, at in given.places.items()}
                with locals_noted(self._forward.written, variables), notes:
                    outputs = self._forward.in_graph(given.inputs)
            else:
                outputs = self._forward.in_graph(given.inputs)
            terms = []
            places: dict[int, Place] = {}
            for number, (out, upstream) in enumerate(zip(outputs, self.upstream)):
                if upstream is None or not is_asked_of(out) or not out.requires_grad:
                    continue
                # By itself: an input that is handed through, or an output that others are computed from, has more uses.
                is_used = len(outputs) > 1 or any(out is one for one in given.inputs)
                out = out.view_as(out) if is_used else out
                places[number] = place_of(out)
                notes.note(out)
                terms.append(weighed(out, upstream))
            if not terms:
                return None
            root = torch.stack(terms).sum() if len(terms) > 1 else terms[0]
            leaves = list(given.leaves.values())
            passed = torch.autograd.grad(root, leaves, retain_graph=True, allow_unused=True)
            gradients = {
                place: torch.zeros_like(leaf) if one is None else one.detach()
                for (place, leaf), one in zip(given.leaves.items(), passed)
            }
            names = self._names(given, variables, places, len(outputs))
        calls_others = any(hasattr(fn, "_forward_cls") for fn in steps_behind([root.grad_fn]))
        return Traced(root, given.places, gradients, names, places, notes.numbers, calls_others)

    def _with_leaves(self, apart: Apart) -> _Given:
        """The inputs, those that are asked about with leaves behind them."""
        leaves: dict[int, torch.Tensor] = {}
        places: dict[int, Place] = {}
        inputs = []
        for place, one in enumerate(self.inputs):
            held = _owned(one, apart)
            if place in self.call.asked:
                leaves[place] = held.requires_grad_()
                # Not the leaf itself: a Function may write to its input.
                held = held.clone()
                places[place] = place_of(held)
            inputs.append(held)
        return _Given(leaves, places, inputs)

    def _names(
        self, given: _Given, variables: dict[str, Any], outputs: dict[int, Place], count: int
    ) -> dict[Place, str]:
        """The forward's own words: its parameters, then its variables."""
        words = input_names(self.call.function)
        found = {at: words[place] for place, at in given.places.items()}
        for name, thing in variables.items():
            if isinstance(thing, torch.Tensor) and thing.requires_grad:
                found.setdefault(place_of(thing), name)
        for number, place in outputs.items():
            name = output_name(number, count)
            found.setdefault(place, name if name not in found.values() else f"the {name}")
        return found


def _in_a_row(parts: Sequence[Floats]) -> Any:
    whole = parts[0] if len(parts) == 1 else np.concatenate([part.ravel() for part in parts])
    return whole[()]


def _shaped(numbers: Floats, like: torch.Tensor) -> Floats:
    return numbers.reshape(Like(like).shape_of_numbers)


class _Given(NamedTuple):
    leaves: dict[int, torch.Tensor]
    places: dict[int, Place]
    inputs: list[Any]


def _owned(given: Any, apart: Apart) -> Any:
    """A copy for one run."""
    return each_tensor(lambda tensor: apart.adopt(tensor.detach().clone()), given)


def _disturb(fn: Any, name: str, named: Sequence[tuple[str, torch.Tensor]]) -> None:
    for kept in kept_by(fn, named, Copies()):
        if kept.name == name:
            # Through .data, as whoever changes it unseen does.
            other = ~kept.copy if kept.copy.dtype == torch.bool else 2 * kept.copy + 1
            kept.tensor.data.copy_(other)


def _zeros(out: Any) -> Any:
    return torch.zeros_like(out) if isinstance(out, torch.Tensor) else None


def _is_same(one: Any, copy: Any) -> bool:
    """Whether a tensor is still what it was; True for what is none."""
    return copy is None or not isinstance(one, torch.Tensor) or are_same(one, copy)
