"""Why user code cannot be checked, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import HandgradError


class CheckError(HandgradError, ValueError):
    """It cannot be told what of user code is to be checked.

    Args:
        what: what was met, as the end of a sentence.
        instead: what to do, as a sentence.
    """

    subject = "check_backward"

    def __init__(self, what: str, instead: str) -> None:
        self.what, self.instead = what, instead
        super().__init__(f"{self.subject}: {what}. {instead}")


class UserCodeError(HandgradError, RuntimeError):
    """A user function raised an error; that stands in `__cause__`."""

    def __init__(self, function: str, error: BaseException, where: str = "") -> None:
        self.function, self.error, self.where = function, error, where
        at = f" at {where}" if where else ""
        super().__init__(f"check_backward: {function} raised {type(error).__name__}{at}: {error}")


class UnreadableGraphError(HandgradError, TypeError):
    """A graph of a user's engine lacks what probe reads.

    Args:
        kind: the class of the node.
        lacks: what was not found, as a noun.
        looked_for: under which names it was looked for.
        instead: what to do, as a sentence; "" for nothing.
    """

    def __init__(self, kind: str, lacks: str, looked_for: Iterable[str], instead: str = "") -> None:
        self.kind, self.lacks, self.looked_for = kind, lacks, tuple(looked_for)
        names = ", ".join(self.looked_for)
        super().__init__(f"probe: a {kind} has no {lacks} that can be read: looked for {names}. {instead}".rstrip())


class OwnGraphError(HandgradError, TypeError):
    """A graph of handgrad's own was given where one of somebody else's engine belongs."""

    def __init__(self) -> None:
        super().__init__("probe: this graph is made of handgrad's own nodes. Use compare(root), or gradcheck(root).")


class TensorError(CheckError):
    """The loss, or a tensor that is named, cannot be asked about."""

    subject = "compare"


class GraphGoneError(HandgradError, RuntimeError):
    """Autograd cannot walk a graph any more."""

    def __init__(self, step: str, said: str) -> None:
        self.step, self.said = step, said
        if "second time" in said or "freed" in said:
            instead = "Compare before loss.backward(), or call loss.backward(retain_graph=True)."
            why = "its numbers have been freed by a backward pass"
        elif "inplace" in said or "in-place" in said:
            why = f"a tensor that it needs was changed in place ({said.partition(';')[0]})"
            instead = "Write the new numbers into a new tensor."
        else:
            why, instead = f"autograd says: {said}", ""
        super().__init__(f"compare: the graph cannot be walked at '{step}': {why}. {instead}".rstrip())


class NotAFunctionError(HandgradError, TypeError):
    """Something else stands where a Function is named."""

    def __init__(self, given: object, where: str = "intended=[...]", instead: str = "") -> None:
        self.given = given
        instead = instead or "Give its class, or its name as a text"
        super().__init__(f"watch({where}): {given!r} is no torch.autograd.Function. {instead}.")


class NotAReferenceError(HandgradError, TypeError):
    """A readable forward cannot stand for that of a Function.

    Args:
        function, reference: what the two are called.
        why: what is different, as a clause.
    """

    def __init__(self, function: str, reference: str, why: str) -> None:
        self.function, self.reference = function, reference
        super().__init__(
            f"watch(reference={{{function}: {reference}}}): {why}. Give a function that takes what {function}.apply "
            "takes and gives the same outputs."
        )


class OtherOutputError(HandgradError, ValueError):
    """A readable forward computes something else than the Function that it was given for.

    Args:
        function, reference: what the two are called.
        entry: the entry of the output that differs most.
        theirs, other: what the Function and the reference give for it.
    """

    def __init__(self, function: str, reference: str, entry: str, theirs: float, other: float) -> None:
        self.function, self.reference, self.entry, self.theirs, self.other = function, reference, entry, theirs, other
        super().__init__(
            f"watch(reference={{{function}: {reference}}}): for the same inputs {function} gives {entry} = "
            f"{theirs:.6g}, and the reference {other:.6g}. Give a reference that computes the same."
        )


class RefusedRuleError(HandgradError, TypeError):
    """The rule of a function cannot be asked.

    Args:
        function: what it is called.
        why: the reason, as a clause.
        instead: what to do; "" for nothing.
    """

    def __init__(self, function: str, why: str, instead: str = "") -> None:
        self.function, self.why = function, why
        super().__init__(f"check({function}): {why}.{f' {instead}.' if instead else ''}")
