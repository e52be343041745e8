"""A Function that is wrong: which mistake it makes for an input, and by experiment on which line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import replace
from functools import cached_property
from inspect import unwrap
from types import FunctionType
from typing import Any

import numpy as np
import torch

from ...amounts import Floats, alike
from ...comparator import compare
from ...errors import HandgradError
from ...names import listed
from ...repair.deadline import Deadline
from ...repair.hooks import Dialect
from ...repair.proof import Proof, experiment
from ...repair.source import Source, return_line, saving_line, source_of
from ...repair.trial import Numbers, Outcome, Point, Subject
from ...repair.user_code import find_reachable, values_named_in
from ...rulecheck.exercise import measured_truth, wrong_in
from ...rulecheck.rule import Answer, Rule
from ...slips.slip import Slip
from ..errors import NotAReferenceError, OtherOutputError
from .isolation import preserve_state
from .mirror import Mirror
from .recording import Write, backward_of, has_setup_context, output_name, pause_recording
from .replay import Given, Replay, ReplayError, Traced
from .tensors import agree, fit_gradient, is_asked_of, jitter, numbers_of, place_of, tensor_of
from .truth import Input, Slopes, Who

SHARE, ROUGH, EXACT = 1e-6, 1e-4, 1e-9
"""How near a gradient must be: of what autograd gives, of what is measured, and of the same code."""
GIVEN = "(given)"
"""What a backward leaves as it is: the gradients that arrive, and the inputs."""


def prove(replay: Replay, judged: Mapping[int, Who], deadline: Deadline, *, quick: bool) -> Proof:
    """Return what experiments show of a Function.

    Args:
        replay: of it, as small as it is still wrong.
        judged: whose gradient is right, by the inputs that were asked about.
        quick: whether to say only where it is wrong, without a change.
    """
    with pause_recording(), preserve_state(replay.call.function, replay.call.start, replay.reference):
        subject = _subject(replay, judged)
        held = (thing for one in subject.functions for thing in values_named_in(one))
        if any(type(thing).__module__.startswith("triton.") for thing in held):
            return Proof()  # a change of where a kernel writes would end the whole process
        return experiment(subject, deadline, quick=quick)


def _subject(replay: Replay, judged: Mapping[int, Who]) -> Subject:
    """Return what is experimented with."""
    function = replay.call.function
    forward, backward = _functions_of(function)
    functions = list(dict.fromkeys([*backward, *forward]))
    is_rough = any(who is not Who.AUTOGRAD for who in judged.values()) or not replay.is_wide
    share = ROUGH if is_rough else SHARE
    here, *others = _points(replay, judged, share)
    ctx = next((one.__code__.co_varnames[0] for one in backward[:1] if one.__code__.co_argcount), "ctx")
    given = [name for name, one in zip(replay.upstream_names, replay.upstream) if one is not None]
    return Subject(
        functions=functions,
        here=here.point,
        elsewhere=lambda: (one.point for one in others),
        known=list(here.known_numbers()),
        ran=here.point.lines(functions),
        shared=frozenset((one.__code__.co_filename, one.__code__.co_name) for one in forward),
        share=share,
        recompute=lambda _: here.recompute,
        upstream=frozenset(replay.upstream_names),
        dialect=TORCH,
        at_hand=[*given, *(f"{ctx}.{name}" for name in here.kept)],
    )


def _functions_of(function: Any) -> tuple[list[FunctionType], list[FunctionType]]:
    """Return the functions that a Function's forward is made of, and those of its backward."""
    forward = [function.forward, function.__dict__.get("setup_context")]
    backward = [unwrap(backward_of(function))]  # and not torch's once_differentiable
    return find_reachable(forward, [function]), find_reachable(backward, [function])


def _points(here: Replay, judged: Mapping[int, Who], share: float) -> Iterator[_Tried]:
    """Yield a call where it was, and at two other points."""
    yield _Tried(here, judged, share)
    generator = torch.Generator().manual_seed(5)
    for _ in range(2):
        call = copy(here.call)
        call.inputs = [jitter(one, 0.3, generator) if n in call.asked else one for n, one in enumerate(here.inputs)]
        with suppress(ReplayError, NotAReferenceError, OtherOutputError):  # not at every point it can be asked
            replay = Replay(call, is_wide=here.is_wide, reference=here.reference)
            replay = replay.replace_upstream(lambda one: jitter(one.flip(0) if one.dim() else -one, 0.3, generator))
            yield _Tried(replay, judged, share)


class _Tried:
    """A Function at one point: what it is to give there, and what it gives."""

    def __init__(self, replay: Replay, judged: Mapping[int, Who], share: float) -> None:
        self.replay = replay
        self._traced = replay.trace(in_detail=True)
        self._true = dict(self._truth(judged))
        answer = replay.answer()
        self.kept, self._outputs = answer.kept, self._name_outputs(answer.outputs)
        self._runner = self._choose_runner(answer)
        truth = {replay.names[place]: true for place, true in self._true.items()}
        self.point = Point.build_with_truth(self._run, {**truth, GIVEN: np.asarray(1.0), **self._outputs}, share)

    def _truth(self, judged: Mapping[int, Who]) -> Iterator[tuple[int, Floats]]:
        """Yield the true gradients by the inputs' places: autograd's where they can be trusted, else measured ones."""
        traced = self._traced
        for place, who in judged.items():
            is_traced = who is Who.AUTOGRAD or (who is Who.THEIRS and traced is not None and not traced.calls_others)
            if traced is not None and is_traced and place in traced.gradients:
                yield place, traced.gradients[place]
            elif who is not Who.NOBODY_KNOWS:
                measured = Slopes(self.replay, place).gradient
                if measured is not None:
                    yield place, measured

    @staticmethod
    def _name_outputs(outputs: Sequence[Any]) -> dict[str, Floats]:
        given = [one for one in outputs if one is not None]
        return {f"({output_name(n, 2)})": one for n, one in enumerate(given)}

    def known_numbers(self) -> Iterator[Numbers]:
        """Yield what is true there."""
        for place, true in self._true.items():
            yield Numbers("data", self.replay.names[place], numbers_of(self.replay.inputs[place]))
            yield Numbers("gradient", self.replay.names[place], true)
        for name, out in self._outputs.items():
            yield Numbers("data", name, out)
        for number, upstream in enumerate(self.replay.upstreams):
            yield Numbers("gradient", f"upstream {number}", upstream)
        for number, (_, data, gradient) in enumerate(self._true_trace.between if self._true_trace else ()):
            yield Numbers("data", f"between {number}", data)
            yield Numbers("gradient", f"between {number}", gradient)

    @cached_property
    def _true_trace(self) -> Traced | None:
        """Return what autograd makes of the forward; None where that is not the truth."""
        traced = self._traced
        if traced is None or traced.calls_others or not self._true:
            return None
        return traced if all(agree(true, traced.gradients[place]) for place, true in self._true.items()) else None

    def recompute(self, values: Sequence[Any]) -> Iterator[Mapping[str, Floats]]:
        """Yield the gradients as if a value were that of a tensor on the way."""
        for found in self._true_trace.recompute(values) if self._true_trace else ():
            yield {self.replay.names[place]: one for place, one in found.items()}

    def _choose_runner(self, answer: Given) -> Replay:
        """Return what runs it soonest and gives the same as it has given."""
        runner = self.replay.without_copies()
        with suppress(ReplayError):
            one, other = (self._read(each).gradients for each in (answer, runner.answer()))
            if one.keys() == other.keys() and all(alike(one[name], other[name], EXACT) for name in one):
                return runner
        return self.replay

    def _run(self, between: Callable[[], None]) -> Outcome:
        """Run the user's backward once, and return its gradients and outputs by name."""
        return self._read(self._runner.answer(between))

    def _read(self, answer: Given) -> Outcome:
        replay = self.replay
        found = {}
        for place in self._true:
            if place < len(answer.gradients):
                given = answer.gradients[place]
                held = fit_gradient(given, replay.inputs[place])
                found[replay.names[place]] = numbers_of(given) if held is None else held
        outputs = self._name_outputs(answer.outputs)
        return Outcome({**found, GIVEN: np.asarray(float(not answer.damaged)), **outputs}, list(outputs.values()))


def _write(array: Any, numbers: Any) -> None:
    with torch.no_grad():
        array.detach().copy_(tensor_of(numbers, array))


TORCH = Dialect(
    "torch",
    "torch",
    torch.Tensor,
    lambda value: numbers_of(value) if is_asked_of(value) and value.numel() else None,
    tensor_of,
    _write,
    functions={"transpose": "permute", "max": "amax", "min": "amin", "dot": "matmul"},
    keywords={"axis": "dim", "keepdims": "keepdim"},
    methods={"copy": "clone"},
    values={"size": "numel"},
    saving="save_for_backward",
    added_at="{0}.index_put_(({1},), {2}({3}), accumulate=True)",
    unset=(
        (torch, "empty", torch.zeros),
        (torch, "empty_like", torch.zeros_like),
        (torch.Tensor, "new_empty", torch.Tensor.new_zeros),
    ),
    per_run=40.0,
)


MOST_STEPS = 400
"""Of a forward with more steps these are not looked at one by one."""
MOST_DIAGNOSED = 2_000
"""Of a call with more numbers, one with fewer is looked at, where there is one that is wrong in the same input."""
NO_GRADIENT = "{}: backward returns None for it, and the output does depend on it."
NOT_CONJUGATED = (
    "{}: that is the slope without its conjugate. Of complex numbers, autograd takes the upstream gradient times the "
    "conjugate of the slope."
)
MEANT = (
    "{}: nothing that comes out moves with it here, and backward passes something on. If that is meant, as in a "
    "straight-through estimator, say so: watch(intended=[{}])."
)
SAVED_OVER = (
    "{}: what backward needs is kept here for all calls, and in your run it was not this call's any more when backward "
    "read it. Keep what belongs to one call on its ctx."
)
CHANGED = (
    "{}: in your run, backward gave something else than right after its forward: what it reads was changed in between. "
    "Keep a copy of it on ctx."
)
UNEXPLAINED = (
    "{}: what backward returns is not the slope of the forward. Measure one entry: move it by 0.001, run the "
    "forward again, and divide what the output has moved by 0.001."
)


def cause_of(
    inputs: Sequence[Input],
    wrong: Mapping[Input, Callable[[], Slip]],
    proofs: dict[Any, Proof],
    deadline: Deadline,
    *,
    quick: bool,
) -> tuple[Slip, Source | None]:
    """Return what is to be said of all wrong inputs, each mistake once, and the line of the first.

    Args:
        wrong: what finds the slip of each: not all of them are asked for, and to look takes long.
        proofs: what experiments show, by Functions: each is tried once.
        quick: whether experiments say only where it is wrong, without a change.
    """
    function = inputs[0].replay.call.function
    if function not in proofs:
        is_large = inputs[0].count > MOST_DIAGNOSED
        less = next((one.less for one in wrong if one.less is not None), None) if is_large else None
        judged = {one.place: one.who for one in inputs}
        proofs[function] = prove((less or inputs[0]).replay, judged, deadline, quick=quick)
    proof = proofs[function]
    reports: dict[Any, tuple[Slip, Source | None]] = {}
    alike: dict[Any, list[str]] = {}
    for one, find_slip in wrong.items():
        cause = next((cause for cause in proof.causes if one.name in cause.fixed), None)
        cause = proof.causes[0] if cause is None and proof.is_whole else cause
        if id(cause) in reports:
            continue
        slip = find_slip()
        is_known = slip.message != UNEXPLAINED.format(one.name)
        # A change that leaves others wrong is believed only of one of the first numbers that may be wrong.
        if cause is not None and (proof.is_whole or cause.source[:2] in (*proof.front, *proof.origins)):
            reports[id(cause)] = cause.explain(slip if is_known else None, one.name), cause.source
        else:
            told = proof.doubt(proof.locate(one.name) or return_line(backward_of(function)))
            clause = slip.message.removeprefix(f"{one.name}: ")
            key = *told, clause  # of several it is said once
            alike[key] = [*alike.get(key, ()), one.name]
            names = listed(alike[key])
            message = clause if clause == slip.message else f"{names}: {clause}"
            slip = (None if is_known else proof.ask_of_unread(names)) or replace(slip, message=message)
            reports[key] = replace(slip, message=slip.message + told[1]), told[0]
    # A line from which wrong gradients follow tells more than one that may be to blame.
    located = sorted(reports.values(), key=lambda one: 2 if one[1] is None else one[1][:2] not in proof.origins)
    first, source = located[0]
    return Slip(first.kind, " ".join(slip.message for slip, _ in located), first.also), source


def explain_change(replay: Replay, place: int) -> tuple[Slip, Source | None]:
    """Return what is to be said where backward gave another gradient in the user's run than by itself, and the line."""
    function, name, line = replay.call.function, replay.names[place], source_of(backward_of(replay.call.function))
    if replay.call.changes:
        changed, write = next(iter(replay.call.changes.items()))
        return Slip("in-place", describe_change(replay.call.name, changed, write)), write.source or line
    forward, backward = ([one.__code__ for one in functions] for functions in _functions_of(function))
    with_ctx = forward[: 1 + has_setup_context(function)]
    saving = saving_line(forward, backward, own={name for code in with_ctx for name in code.co_varnames[:1]})
    return Slip("in-place", (SAVED_OVER if saving else CHANGED).format(name)), saving or line


def describe_change(function: str, name: str, write: Write) -> str:
    """Say that a tensor that a Function has kept is not what it was."""
    by = f" by '{write.by}'" if write.by else ""
    if write.inside and write.inside != f"the forward of {function}":
        by += f" in {write.inside}"
    if write.source is not None:
        by += f" ({write.source.place})"
    by = by or " unseen by autograd (through .data or NumPy, say)"
    return (
        f"{name}, which {function} keeps for its backward, was changed in place{by} before backward used it. "
        "Write the new numbers into a new tensor, or keep a copy."
    )


def slip_of(one: Input, truth: Floats | None) -> Slip:
    """Return the slip in what a backward gives for an input, whose gradient is the `truth`, if that is known."""
    if one.given is None:
        return Slip("missing-path", NO_GRADIENT.format(one.name))
    if truth is not None and not truth.any():
        return Slip("rule", MEANT.format(one.name, one.replay.call.name))
    some = [one.less, one] if one.count > MOST_DIAGNOSED else [one]
    found = next(filter(None, (_diagnose(each) for each in some if each is not None)), None)
    return found or Slip("rule", UNEXPLAINED.format(one.name))


def _diagnose(one: Input) -> Slip | None:
    """Return the slip in the steps of the forward, or in its measured slopes where autograd is not right about it."""
    if one.replay.inputs[one.place].is_complex():
        conjugated = one.replay.replace_upstream(torch.Tensor.conj_physical).trace()
        passed = None if conjugated is None else conjugated.gradients.get(one.place)
        if passed is not None and agree(one.theirs, passed * (1.0, -1.0)):
            return Slip("rule", NOT_CONJUGATED.format(one.name))
    if one.who is Who.AUTOGRAD:
        return _slip_in_steps(one)
    jacobian = one.slopes.jacobian
    return None if jacobian is None else _slip_in_slopes(one, jacobian)


def _slip_in_slopes(one: Input, jacobian: Floats) -> Slip | None:
    """Return the slip of a forward of which nothing but its slopes is known."""
    given, output = (one.theirs[()],), one.replay.row(one.replay.inputs)
    rule = Rule("output", [one.x[()]], output, lambda _: given, names=[one.name])
    known = measured_truth(one.replay.call.name, output, [jacobian], rule.inputs)
    try:
        return next((wrong.slip for wrong in wrong_in(Answer(rule, one.replay.upstream_row, given), known)), None)
    except (HandgradError, ArithmeticError):
        return None


def _slip_in_steps(one: Input) -> Slip | None:
    """Return the slip by which the true gradients of the outputs become what backward gives, step by step."""
    traced = one.replay.trace(in_detail=True)
    if traced is None or traced.calls_others or len(traced.between) > MOST_STEPS:
        return None
    upstreams = zip(one.replay.upstream_names, one.replay.upstream)
    held = [*((name, tensor) for name, tensor in upstreams if tensor is not None), *traced.variables]
    labels = {place_of(tensor): name for name, tensor in held if tensor.requires_grad} | {**traced.labelled}
    inputs = dict(zip(traced.leaves, traced.labelled))  # the outputs come after
    numbers = {inputs[n]: numbers_of(leaf) for n, leaf in traced.leaves.items()}
    numbers |= {place_of(tensor): data for tensor, data, _ in traced.between}
    constants = [(name, numbers_of(tensor)) for name, tensor in held if not tensor.requires_grad]
    gradients = {place_of(tensor): gradient for tensor, _, gradient in traced.between}
    gradients[inputs[one.place]] = one.theirs[()]
    root = place_of(traced.root)
    try:
        nodes = Mirror(root, labels, numbers, constants).nodes
        asked = [place for place in traced.labelled if place in nodes and place in gradients]
        for place in asked:
            nodes[place].grad = gradients[place]
        causes = compare(nodes[root], nodes=[nodes[place] for place in asked], typed=False).causes
    except (HandgradError, ArithmeticError):
        return None
    return causes[0].slip if causes else None
