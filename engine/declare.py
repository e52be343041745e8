"""Operations of your own."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Sized
from typing import Any

from .errors import RuleError
from .graph import is_node
from .manual import shut_engine_for
from .ops import Derivatives, Forward, Op


def op(
    name: str,
    forward: Forward,
    derivatives: Callable[..., Any],
    *,
    rule: str | Sequence[str] = (),
    domain: str = "",
    slips: Sequence[Any] = (),
) -> Op:
    """Declare an operation of your own, with any number of inputs.

    Args:
        name: how it is drawn.
        forward: `forward(*inputs) -> number`, on plain floats.
        derivatives: `derivatives(*inputs, output)` -> one local derivative an input (a bare number
            will do for one input); it may leave out the output if it has no use for it.
        rule: the derivative in words, one text an input, shown in hints and messages.
        domain: a sentence that says where it is defined, shown when it is not.
        slips: the mistakes people make with it (`slips.mistakes.Mistake`), for the diagnosis.

    Returns:
        An `Op`: call it on nodes or numbers and it makes one node.

    Raises:
        RuleError: the name is no text, or forward or derivatives cannot be called.

    Examples:
        >>> from handgrad import Value, gradients
        >>> cube = op("cube", lambda x: x**3, lambda x, y: 3 * x**2, rule="3*x^2")
        >>> x = Value(2.0, "x")
        >>> gradients(cube(x))[x]
        12.0
    """
    if not isinstance(name, str) or not name:
        raise RuleError(f"op: the name must be a non-empty text, not {name!r}. Write op('cube', ...).")
    for what, function in (("forward", forward), ("derivatives", derivatives)):
        if not callable(function):
            raise RuleError(f"op {name!r}: {what} must be a function of the inputs, not {function!r}.")
    words = (rule,) if isinstance(rule, str) else tuple(rule)
    checked = _check_rule(name, forward, derivatives)
    # Somebody else's functions: while they run for a judge, an exercise stays closed to them.
    return Op(name, shut_engine_for(forward), shut_engine_for(checked), words, domain, slips=tuple(slips))


def _check_rule(name: str, forward: Forward, derivatives: Callable[..., Any]) -> Derivatives:
    """Wrap a rule so that each call returns one finite number an input."""
    takes_output = not _same_arity(forward, derivatives)

    def check(*inputs_and_output: Any) -> Sequence[Any]:
        """Call the derivatives and refuse a wrong count or kind."""
        inputs = inputs_and_output[:-1]
        given = derivatives(*inputs_and_output) if takes_output else derivatives(*inputs)
        # A node of an array is sized too, and an array of shape () seems to be.
        if is_node(given) or not isinstance(given, Sized) or getattr(given, "ndim", 1) == 0:
            given = (given,)
        if len(given) != len(inputs):
            raise RuleError(
                f"op {name!r}: derivatives gave {len(given)} numbers for {len(inputs)} inputs. Return one local "
                "derivative for each input, in their order; with *args, the last argument is the output."
            )
        if not isinstance(inputs_and_output[-1], float):  # asked with nodes, for the graph of the backward pass
            return tuple(given)
        try:
            return [float(d) for d in given]
        except (TypeError, ValueError) as error:
            raise RuleError(f"op {name!r}: derivatives gave {given!r:.60}; each must be a number.") from error

    return check


def _same_arity(forward: Forward, derivatives: Callable[..., Any]) -> bool:
    """Return whether both take the same arguments, so that the rule leaves out the output."""
    import inspect  # half as long to load as all of handgrad

    try:
        both = [inspect.signature(function).parameters.values() for function in (forward, derivatives)]
    except (TypeError, ValueError):
        return False
    if any(p.kind is p.VAR_POSITIONAL for parameters in both for p in parameters):
        return False
    first, second = (sum(p.default is p.empty and p.kind is not p.KEYWORD_ONLY for p in each) for each in both)
    return first == second
