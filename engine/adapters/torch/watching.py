"""`watch`: the Functions that a model runs, each checked alone where it stood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from torch.autograd.function import Function
from torch.nn.modules.module import register_module_forward_hook

from ...manual import require_gradients
from ...repair.deadline import Deadline, Progress
from ...repair.effects import without_effects
from ...verdict.comparison import Comparison
from ..errors import NotAFunctionError, NotAReferenceError, OtherOutputError
from .graph import steps_behind
from .recording import Call, Recorder
from .reference import Reference
from .report import Verdict, read, skipped
from .sentences import LEFT_OUT, NEVER_CALLED, NOT_MET, NOTHING_RAN
from .verdict import Judge

MOST_STEPS = 2_000
"""Between two calls; beyond, they stand apart in the picture."""

PER_CALL = 300.0
"""Units of work: to judge a call takes some milliseconds."""


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
    backward, for a random upstream gradient, against the slopes of its own forward. Inputs, gradients, random numbers
    and the graph stay as they are.

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
    references = _checked({} if reference is None else reference)
    found = Comparison(read().evidence)
    recorder = Recorder()
    modules: dict[str, None] = {}
    try:
        with _modules_noted(modules), recorder.recording():
            yield found
    except Exception:  # what ran before it is judged all the same: a backward may have raised for what is found here
        with suppress(NotAReferenceError, OtherOutputError):
            _fill(found, recorder.calls, meant, Judge(references), modules, Deadline())
        raise
    deadline = Deadline(progress)
    judge = Judge(references, deadline, is_quick=quick)
    _fill(found, recorder.calls, meant, judge, modules, deadline)


@contextmanager
def _modules_noted(into: dict[str, None]) -> Iterator[None]:
    """Note the classes of called modules that have a `backward` of their own.

    That is not autograd's business.
    """

    def note(module: Any, args: Any, output: Any) -> None:
        if callable(getattr(type(module), "backward", None)):
            into[type(module).__name__] = None

    handle = register_module_forward_hook(note)
    try:
        yield
    finally:
        handle.remove()


def _name_of(thing: Any) -> str:
    if isinstance(thing, str):
        return thing
    if isinstance(thing, type) and issubclass(thing, Function):
        return thing.__name__
    raise NotAFunctionError(thing)


def _checked(references: Mapping[type[Function], Reference]) -> Mapping[type[Function], Reference]:
    for function, readable in references.items():
        if not (isinstance(function, type) and issubclass(function, Function)):
            raise NotAFunctionError(function, "reference={...}", "Give its class")
        if not callable(readable):
            raise NotAReferenceError(function.__name__, repr(readable), "it is no function")
    return references


def _fill(
    found: Comparison,
    calls: Sequence[Call],
    meant: frozenset[str],
    judge: Judge,
    modules: Iterable[str],
    deadline: Deadline,
) -> None:
    """Check the calls, and fill in what is found.

    When the work is spent, only those of Functions that were not looked at yet.
    """
    met: set[type] = set()
    verdicts: list[Verdict] = []
    late: dict[type, None] = {}
    sources = _sources(calls)
    with without_effects() as effects:
        for call in calls:
            if call.function.__name__ in meant:
                verdicts.append(skipped(call))
            elif call.function in met and deadline.is_over():
                late[call.function] = None
                verdicts.append(skipped(call))
            else:
                verdicts.append(judge.verdict(call))
                deadline.spend(PER_CALL)
                met.add(call.function)
            call.forget()
    reasons = dict.fromkeys(verdict.why for verdict in verdicts if verdict.why)
    remarks = [*reasons, *(LEFT_OUT.format(one.__name__) for one in late), *map(NEVER_CALLED.format, modules)]
    called = {call.function for call in calls}
    remarks += [NOT_MET.format(one.__name__) for one in judge.references if one not in called]
    if not calls:
        remarks.insert(0, NOTHING_RAN)
    remarks += [judge.explainer.remark if judge.explainer else "", effects.remark]
    found.take(read(verdicts, sources, remarks).evidence)
    if judge.explainer is not None:
        found.patch = judge.explainer.patch(len({one.call.function for one in verdicts if one.slip is not None}))


def _sources(calls: Sequence[Call]) -> list[list[int]]:
    """Return for each call the places of the calls right before it.

    Whatever lies between is passed through.
    """
    own = {call.fn: place for place, call in enumerate(calls)}

    def before(call: Call) -> list[int]:
        steps = steps_behind(call.sources, lambda fn, count: fn not in own and count < MOST_STEPS)
        return [own[fn] for fn in steps if fn in own]

    return [before(call) for call in calls]
