"""`watch`: the Functions that a model runs, each checked alone where it stood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from torch.autograd.function import Function
from torch.nn.modules.module import register_module_forward_hook

from ...manual import require_gradients
from ...repair.deadline import Deadline, Progress
from ...repair.effects import hold_effects
from ...value import Value
from ...verdict.comparison import Comparison
from ..errors import NotAFunctionError, NotAReferenceError, OtherOutputError
from ..reading import Shown
from .recording import Call, recording
from .replay import Reference
from .tensors import steps_behind
from .verdict import Judge, read, skipped_call

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
    references = {} if reference is None else reference
    for function, readable in references.items():
        if not (isinstance(function, type) and issubclass(function, Function)):
            raise NotAFunctionError(function, "reference={...}", "Give its class")
        if not callable(readable):
            raise NotAReferenceError(function.__name__, repr(readable), "it is no function")
    found = Comparison(read().evidence)
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
    late: dict[str, None] = {}
    with hold_effects() as effects:
        for call in calls:
            # Whatever lies between two calls is passed through.
            behind = steps_behind(call.sources, lambda fn, count: fn not in own and count < MOST_STEPS)
            operands: list[Value] = [shown[fn].node for fn in behind if fn in own]
            is_late = call.function in met and deadline.is_over()
            if is_late:
                late[LEFT_OUT.format(call.name)] = None
            if is_late or call.name in meant:
                shown[call.fn] = skipped_call(call, operands)
            else:
                shown[call.fn] = judge.verdict(call, operands)
                deadline.spend(PER_CALL)
                met.add(call.function)
    called = {call.function for call in calls}
    unmet = [NOT_MET.format(one.__name__) for one in references if one not in called]
    said = [*([] if calls else [NOTHING_RAN]), *judge.reasons, *late, *remarks, *unmet]
    proofs, patch = list(judge.proofs.values()), ""
    if proofs:
        from ...repair.proof import LATE, patch_of_all  # where all is right, nothing of it is loaded

        said += [LATE] if any(proof.is_late for proof in proofs) else []
        wrong = {call.function for call in calls if shown[call.fn].slip is not None}
        patch = patch_of_all(proofs) if len(proofs) == len(wrong) else ""
    found.take(read(list(shown.values()), [*said, effects.remark]).evidence)
    found.patch = patch
