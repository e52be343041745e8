"""`watch`: the Functions that a model runs, each checked alone where it stood, and what is to be said of each call."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.autograd.function import Function
from torch.nn.modules.module import register_module_forward_hook

from ...amounts import largest
from ...loading import LazyModule
from ...manual import require_gradients
from ...names import Names
from ...repair.deadline import Deadline, Progress
from ...repair.effects import hold_effects
from ...repair.source import Source, source_of
from ...slips.slip import Slip
from ...value import Value
from ...verdict.comparison import Comparison, ComparisonData
from ..errors import NotAFunctionError, NotAReferenceError, OtherOutputError
from ..reading import Shown, node_after, read_apart
from .recording import Call, backward_of, recording
from .replay import Reference, Replay, ReplayError
from .tensors import RTOL, gradients_off, numbers_of, steps_behind
from .truth import Input, Who

if TYPE_CHECKING:
    from ...repair.proof import Proof

diagnosis = LazyModule(__package__, "diagnosis")
"""Most calls are right: it is loaded where one is wrong."""

WHOLE = "the block"
"""What the root is called: it stands for whatever the outputs of the calls went into."""
DAMAGED = (
    "backward writes into {0}, which is not its own: others may still need those numbers. Work on a copy, {0}.clone()."
)


class Judge:
    """It remembers what it has measured: a Function that is called a thousand times is measured a few times.

    Args:
        references: by their Functions, the readable forwards that backwards are compared with.
        is_quick: whether experiments say only where it is wrong, without a change.

    Attributes:
        reasons: why nothing can be said of some calls, as sentences.
        proofs: what experiments show of the Functions that are wrong.
    """

    def __init__(self, references: Mapping[type, Reference], deadline: Deadline, *, is_quick: bool = False) -> None:
        self._references, self._deadline, self._is_quick = references, deadline, is_quick
        self._measured: dict[Hashable, list[Who]] = {}
        self.reasons: dict[str, None] = {}
        self.proofs: dict[Any, Proof] = {}
        self._slips: dict[Hashable, Slip] = {}

    def _slip(self, one: Input, truth: Any) -> Slip:
        """Return the slip in what a backward gives for an input, looked for once."""
        if one.key not in self._slips:
            self._slips[one.key] = diagnosis.slip_of(one, truth)
        return self._slips[one.key]

    def verdict(self, call: Call, operands: Sequence[Value] = ()) -> Shown:
        """Return the verdict on a call that comes after some others, whatever user code raises when it runs again.

        Raises:
            NotAReferenceError, OtherOutputError: the reference of its Function computes something else.
        """
        try:
            return self._verdict(call, operands, is_wide=True)
        except (ReplayError, NotAReferenceError) as error:
            with suppress(ReplayError):  # the first reason is the one to tell
                return self._verdict(call, operands, is_wide=False)
            self.reasons[f"{call.name} could not be asked again: {error}."] = None
            return skipped_call(call, operands)

    def _verdict(self, call: Call, operands: Sequence[Value], *, is_wide: bool) -> Shown:
        """Return the verdict on a call, in double precision or else in its own."""
        backward = backward_of(call.function)
        if backward is None:
            return skipped_call(call, operands)
        replay = Replay(call, is_wide=is_wide, reference=self._references.get(call.function))
        if not replay.upstreams:
            return skipped_call(call, operands)
        answer, count, line = replay.answer(), len(call.inputs), source_of(backward)
        if len(answer.gradients) < count or any(isinstance(one, torch.Tensor) for one in answer.gradients[count:]):
            slip = Slip("shape", wrong_count(len(answer.gradients), count))
            return _show(call, operands, numbers_of(replay.inputs[call.asked[0]]), slip=slip, source=line)
        traced = replay.trace()
        inputs = [Input(replay, answer, traced, place) for place in call.asked]
        found = {one: self._check_input(one) for one in inputs}
        wrong = {one: slip for one, (_, slip) in found.items() if slip is not None}
        first = next(iter(wrong), inputs[0])
        cause, source = None, None
        if wrong:
            cause, source = diagnosis.cause_of(inputs, wrong, self.proofs, self._deadline, quick=self._is_quick)
        elif answer.damaged:
            cause, source = Slip("in-place", DAMAGED.format(answer.damaged[0])), line
        else:
            changed = replay.changed_gradient()
            if changed is not None or (call.changes and call.upstream and not call.gradients):  # which torch refuses
                place, actual, expected = changed or (call.asked[0], None, None)
                cause, source = diagnosis.explain_change(replay, place)
                return _show(call, operands, numbers_of(replay.inputs[place]), actual, expected, cause, source)
        actual = numbers_of(first.given) if first.theirs is None else first.theirs
        return _show(call, operands, first.x, actual, found[first][0], cause, source)

    def _check_input(self, one: Input) -> tuple[Any, Callable[[], Slip] | None]:
        """Return the true gradient of an input, and what finds the slip in what backward gives for it."""
        theirs, autograd = one.theirs, one.autograd
        if theirs is None:
            slip = Slip("shape", wrong_shape(one.name, tuple(one.given.shape), one.x.shape))
            return one.x * math.nan if autograd is None else autograd, lambda: slip
        if not np.isfinite(theirs).all():
            if autograd is None or not np.isfinite(autograd).all() or one.slopes.who(autograd, None) is not Who.THEIRS:
                return theirs, None
            return autograd, lambda: Slip("not-finite", not_finite(one.name, theirs))
        who = self._who(one)
        if who is Who.AUTOGRAD and autograd is not None:
            return autograd, partial(self._slip, one, autograd)
        truth = one.slopes.gradient if who is Who.NEITHER else theirs
        if truth is None or not np.allclose(theirs, truth, rtol=1e-4, atol=1e-6 * largest(truth)):
            # Of what was not measured whole, nothing is known but that it is wrong.
            return theirs if truth is None else truth, partial(self._slip, one, truth)
        return theirs, None

    def _who(self, one: Input) -> Who:
        """Return whose gradient is right, the user's or autograd's; measured again until two measures agree."""
        if one.is_autograds:
            return one.who
        before = self._measured.setdefault(one.key, [])
        if len(before) < 2 or len(set(before)) > 1:
            before.append(one.who)
            return before[-1]
        return before[0]


def skipped_call(call: Call, operands: Sequence[Value] = ()) -> Shown:
    """Return that a call was not asked."""
    return _show(call, operands, numbers_of(call.inputs[call.asked[0]]))._replace(is_skipped=True)


def _show(
    call: Call,
    operands: Sequence[Value],
    numbers: Any,
    actual: Any = None,
    expected: Any = None,
    slip: Slip | None = None,
    source: Source | None = None,
) -> Shown:
    """Return one result to show: a new node with its gradient, the true one and the slip."""
    node = node_after(call.name, np.nan_to_num(np.asarray(numbers, dtype=float)), operands)
    expected = np.zeros(node.shape) if expected is None else expected
    is_like = slip is not None and np.shape(actual) == node.shape
    return Shown(node, actual, expected, gradients_off(actual, expected) if is_like else None, slip, source)


def read(shown: Sequence[Shown] = (), remarks: Sequence[str] = (), patch: str = "") -> ComparisonData:
    """Return what was found of the calls of Functions in a block, each named by its class.

    `actual` and `expected` are the gradients of one input, the wrong one where there is one, for a random upstream
    gradient.
    """
    used = {operand for one in shown for operand in one.node.operands}
    root = node_after(WHOLE, np.zeros(()), [one.node for one in shown if one.node not in used])
    titles, names = ("backward's", "measured"), _ClassNames(root)
    return read_apart(root, shown[::-1], rtol=RTOL, titles=titles, names=names, remarks=remarks, patch=patch)


class _ClassNames(Names):
    """Every call is called by its class, however often that is."""

    def __getitem__(self, node: Value) -> str:
        return node.label or super().__getitem__(node)


def wrong_count(given: int, inputs: int) -> str:
    """Say that a backward returns more or fewer gradients than there are inputs."""
    return (
        f"backward returns {given} gradient{'' if given == 1 else 's'}, and forward has {inputs} inputs besides ctx: "
        "return one for each, in their order, None for what has none."
    )


def wrong_shape(name: str, given: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """Say that a gradient has another shape than what it is of."""
    is_transpose = given == shape[::-1] and len(shape) > 1
    end = " That is the transpose: which axis is which?" if is_transpose else ""
    return f"{name} has shape {shape}, and what backward returns for it has shape {given}.{end}"


def not_finite(name: str, given: Any) -> str:
    """Say that a gradient is nan or infinite where there is a slope."""
    at = np.argwhere(~np.isfinite(given))[0]
    entry = f"[{', '.join(map(str, at))}]" if len(at) else ""
    return (
        f"{name}: what backward returns for {name}{entry} is {float(given[tuple(at)])!r}, and the forward does have a "
        "slope there: was something divided by zero?"
    )


MOST_STEPS = 2_000
"""Between two calls; beyond, they stand apart in the picture."""
PER_CALL = 300.0
"""Units of work: to judge a call takes some milliseconds."""

NOTHING_RAN = "No torch.autograd.Function with a gradient to pass on was called in the block, so nothing was judged."
NEVER_CALLED = (
    "The backward of {0} was not judged: {0} is a module, and autograd never calls a module's own backward. Write it "
    "as a torch.autograd.Function, and call that."
)
LEFT_OUT = "There was no time to look at every call of {}."
NOT_MET = "{}, for which a reference is given, was not called with a gradient to pass on."


@contextmanager
def watch(
    *,
    intended: Iterable[type[Function] | str] = (),
    reference: Mapping[type[Function], Reference] | None = None,
    quick: bool = False,
    progress: Progress | None = None,
) -> Iterator[Comparison]:
    """Check every `torch.autograd.Function` that a model runs, each alone in double precision where it stood.

    Put the model and its backward inside, as they are. At the end of the block each call is run again by itself: its
    backward, for a random upstream gradient, against the slopes of its own forward. What backward gave in the block is
    to be what it gives then. Inputs, gradients, random numbers and the graph stay as they are.

    Args:
        intended: Functions, or their names, whose backward is not meant to be the slope of their forward, such as a
            straight-through estimator's. They are not asked.
        reference: readable forwards by Functions, for those that are fused or tiled: each takes what `apply` takes
            and gives the same outputs, or those of them that have a gradient. The Function's backward is compared with
            autograd through it. What is put in before the block ends counts too.
        quick: whether to do without experiments. A Function whose backward is wrong is else run again with one small
            change of its code after the other: what fixes it proves the line. Its code is afterwards as it was.
        progress: called from two seconds on, with the seconds that have passed and the most that there may be.

    Yields:
        A Comparison, empty until the block ends: one result a call, named by its class, with the wrong line in
        `.source`, and in `patch` the smallest edit that fixes them all, "" where none was found. A call is asked about
        the inputs that required a gradient; torch's own Functions are not.

    Raises:
        NotAFunctionError: `intended` holds something else, or `reference` does.
        NotAReferenceError: at the end of the block: a reference takes other arguments than the Function, raises
            something, or gives other outputs.
        OtherOutputError: the same, where an output has another number.

    Examples:
        >>> import torch
        >>> class Square(torch.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x * x
        ...     @staticmethod
        ...     def backward(ctx, grad_output):
        ...         (x,) = ctx.saved_tensors
        ...         return 2 * x
        >>> x = torch.tensor([0.5, -1.0], requires_grad=True)
        >>> with watch() as found:
        ...     Square.apply(x).sum().backward()
        >>> print(found.causes[0].name, "-", found.causes[0].note)
        Square - x: that is only the local derivative; you did not multiply by the upstream gradient of output.
    """
    require_gradients()
    meant = frozenset(map(_name_of, (intended,) if isinstance(intended, (str, type)) else intended))
    references = {} if reference is None else reference
    for function, readable in references.items():
        if not (isinstance(function, type) and issubclass(function, Function)):
            raise NotAFunctionError(function, "reference={...}", "Give its class")
        if not callable(readable):
            raise NotAReferenceError(function.__name__, repr(readable), "it is no function")
    found = Comparison(read())
    modules: dict[str, None] = {}

    def note(module: Any, args: Any, output: Any) -> None:
        """Note the class of a module that has a `backward` of its own, which is not autograd's business."""
        if callable(getattr(type(module), "backward", None)):
            modules[NEVER_CALLED.format(type(module).__name__)] = None

    try:
        with ExitStack() as stack, recording() as calls:
            stack.callback(register_module_forward_hook(note).remove)
            yield found
    except Exception:  # what ran before it is judged all the same: a backward may have raised for what is found here
        with suppress(NotAReferenceError, OtherOutputError):
            _fill(found, calls, meant, references, modules, Deadline(), is_quick=True)
        raise
    _fill(found, calls, meant, references, modules, Deadline(progress), is_quick=quick)


def _name_of(thing: Any) -> str:
    if isinstance(thing, str):
        return thing
    if isinstance(thing, type) and issubclass(thing, Function):
        return thing.__name__
    raise NotAFunctionError(thing)


def _count_causes(calls: Sequence[Call], shown: dict[Any, Shown]) -> None:
    """Let one mistake be one cause, however many calls make it: the first, which has their count in its sentence."""
    made: dict[Any, list[Call]] = {}
    for call in calls:
        one = shown[call.fn]
        if one.slip is not None:
            made.setdefault((call.function, one.source, one.slip.kind), []).append(call)
    for first, *others in made.values():
        slip = shown[first.fn].slip
        if slip is not None and others:
            message = f"{slip.message} {1 + len(others)} calls of {first.name} are wrong by it."
            shown[first.fn] = shown[first.fn]._replace(slip=replace(slip, message=message))
        for call in others:
            is_unknown = shown[call.fn].off is None  # which of its numbers are off
            shown[call.fn] = shown[call.fn]._replace(slip=None, source=None, is_skipped=is_unknown)


def _fill(
    found: Comparison,
    calls: Sequence[Call],
    meant: frozenset[str],
    references: Mapping[type[Function], Reference],
    remarks: Iterable[str],
    deadline: Deadline,
    *,
    is_quick: bool,
) -> None:
    """Check the calls, and fill in what is found; when the work is spent, only those of Functions not met yet."""
    judge = Judge(references, deadline, is_quick=is_quick)
    own = {call.fn for call in calls}
    met: set[type] = set()
    shown: dict[Any, Shown] = {}
    with hold_effects() as effects:
        for call in calls:
            # Whatever lies between two calls is passed through.
            behind = steps_behind(call.sources, lambda fn, count: fn not in own and count < MOST_STEPS)
            operands: list[Value] = [shown[fn].node for fn in behind if fn in own]
            is_late = call.function in met and deadline.is_over()
            if is_late:
                judge.reasons[LEFT_OUT.format(call.name)] = None
            if is_late or call.name in meant:
                shown[call.fn] = skipped_call(call, operands)
            else:
                shown[call.fn] = judge.verdict(call, operands)
                deadline.spend(PER_CALL)
                met.add(call.function)
    _count_causes(calls, shown)
    called = {call.function for call in calls}
    unmet = [NOT_MET.format(one.__name__) for one in references if one not in called]
    said = [*([] if calls else [NOTHING_RAN]), *judge.reasons, *remarks, *unmet]
    proofs, patch = list(judge.proofs.values()), ""
    if proofs:
        from ...repair.proof import LATE, patch_of_all  # where all is right, nothing of it is loaded

        said += [LATE] if any(proof.is_late for proof in proofs) else []
        wrong = {call.function for call in calls if shown[call.fn].slip is not None}
        patch = patch_of_all(proofs) if len(proofs) == len(wrong) else ""
    found.take(read(list(shown.values()), [*said, effects.remark], patch))
