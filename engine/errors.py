"""What can go wrong, one class a cause; each keeps the facts and builds its text from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


class HandgradError(Exception):
    """The base of every error that handgrad raises on purpose."""


class NotANumberError(HandgradError, TypeError):
    """Something that is not a real number stands where a number belongs.

    Args:
        given: what was given.
        where: what was being done with it, as the start of a sentence.
        instead: what to write, as a sentence.
    """

    def __init__(self, given: object, where: str, instead: str) -> None:
        self.given, self.where, self.instead = given, where, instead
        shown = repr(given)
        if len(shown) > 60:
            shown = shown[:57] + "..."
        super().__init__(f"{where}: {shown} is a {type(given).__name__}. {instead}")


class NotAValueError(HandgradError, TypeError):
    """Something else was given where the root of a graph belongs."""

    def __init__(self, given: object) -> None:
        self.given = given
        super().__init__(
            f"a graph starts at a Value, and this is a {type(given).__name__}. Give the node where backward "
            "starts, for example the loss."
        )


class NotOneNumberError(HandgradError, ValueError):
    """Backward was to start at an array, which has no one number to be the gradient of."""

    def __init__(self, root: str, shape: tuple[int, ...]) -> None:
        self.root, self.shape = root, shape
        super().__init__(
            f"backward starts at one number, and {root} has shape {shape}. Make one of it, as a loss does: "
            "x.sum(), x.mean(), or (x * upstream).sum() for an upstream gradient of your own."
        )


class NotFiniteError(HandgradError, ValueError):
    """A nan or an infinity stands where a finite number belongs."""

    def __init__(self, given: object, where: str) -> None:
        self.given, self.where = given, where
        super().__init__(f"{where}: {given!r} is not finite. Give a finite real number.")


class DetachError(HandgradError, TypeError):
    """A node was about to be turned into plain numbers, which would cut it from the graph."""

    def __init__(self, node: str, number: Any, call: str, instead: str = "") -> None:
        self.node, self.number, self.call = node, number, call
        plain = (
            "Use NumPy's functions on x itself, or write x.data where the plain numbers are meant."
            if getattr(number, "shape", ())
            else "Use the Value's own operations instead (v.tanh() or np.tanh(v), not math.tanh(v)), or write v.data "
            "where the plain number is meant."
        )
        super().__init__(
            f"{call} would cut node {node} (data {_describe(number)}) out of the graph, and its gradient would be "
            f"silently lost. {f'{instead} {plain}'.strip()}"
        )


class UnsupportedFunctionError(HandgradError, TypeError):
    """A numpy function that has no derivative here was called on a node."""

    def __init__(self, function: str, near: Sequence[str] = (), instead: str = "") -> None:
        self.function, self.near = function, tuple(near)
        known = f" There is {_or(f'np.{name}' for name in near)}." if near else ""
        super().__init__(
            f"np.{function} has no rule for a node.{known} {instead}Write x.data where plain numbers are meant, which "
            "have no gradient; or declare an operation of your own with handgrad.op(name, forward, derivatives)."
        )


def _or(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


class DomainError(HandgradError, ArithmeticError):
    """An operation has no finite value, or no finite derivative, where it was asked for one.

    Args:
        operation: the operation's name.
        inputs: its inputs, each as (name of the node, number or array).
        problem: what is missing, for example "no finite value".
        hint: where the operation is defined, or what to do; "" where there is nothing to add.
        node: the name of the node made by the operation, "" while it is not made yet.
    """

    def __init__(
        self, operation: str, inputs: Sequence[tuple[str, Any]], problem: str, hint: str = "", node: str = ""
    ) -> None:
        self.operation, self.inputs, self.problem = operation, tuple(inputs), problem
        self.hint, self.node = hint, node
        given = ", ".join(
            name if name == _describe(x) else f"{name} = {_describe(x, exact=True)}" for name, x in self.inputs
        )
        at = f" at node {node}" if node else ""
        tail = f" {hint}" if hint else ""
        super().__init__(f"'{operation}' has {problem}{at}, with {given}.{tail}")


def _describe(data: Any, exact: bool = False) -> str:
    shape = getattr(data, "shape", ())
    if shape:
        return f"an array of shape {shape}"
    return repr(float(data)) if exact else f"{float(data):g}"


class RuleError(HandgradError, TypeError):
    """An operation was declared or called in a way that its rule cannot serve."""


class ManualModeError(HandgradError, RuntimeError):
    """`backward()` was called on a graph whose gradients are to be filled in by hand."""

    def __init__(self, root: str, node: str) -> None:
        self.root, self.node = root, node
        super().__init__(
            f"backward() on {root} is refused: node {node} was made in manual mode, where you fill in the "
            "gradients. Assign each one (node.grad = upstream gradient times local derivative, summed over "
            "its uses) and look at compare(root). To let autodiff do it, build the graph outside manual()."
        )


class StaleGraphError(HandgradError, ValueError):
    """A node's data is no longer what its operation gives, so no gradient of it can be judged."""

    def __init__(self, node: str, data: Any, recomputed: Any, operation: str) -> None:
        self.node, self.data, self.recomputed, self.operation = node, data, recomputed, operation
        super().__init__(
            f"the graph is stale at node {node}: its data is {_describe(data, exact=True)}, but its operation "
            f"'{operation}' gives {_describe(recomputed, exact=True)} for the data its operands have now. Data was "
            "changed after the forward pass; build the expression again, then compare."
        )


class NotInGraphError(HandgradError, LookupError):
    """A node was named that does not belong to the graph in question."""

    def __init__(self, node: str, root: str, where: str) -> None:
        self.node, self.root, self.where = node, root, where
        super().__init__(
            f"{where}: node {node} is not in the graph of {root}: {root} does not depend on it. "
            "Use nodes that the root was computed from."
        )


class NotANodeError(HandgradError, TypeError):
    """Something else was given where a node of a graph is asked for.

    Args:
        given: what was given.
        call: where, with {} for the node.
    """

    def __init__(self, given: object, call: str) -> None:
        self.given, self.call = given, call
        is_name = isinstance(given, str) and given.isidentifier()
        node = given if is_name else "w[0, 0]" if hasattr(given, "ndim") else "node"
        super().__init__(
            f"{call.format('...')} takes a node, and this is a {type(given).__name__}; write {call.format(node)}."
        )


class NoReferenceError(HandgradError, ValueError):
    """A reference to compare with lacks a node that is asked for."""

    def __init__(self, node: str) -> None:
        self.node = node
        super().__init__(
            f"compare(reference=...): it lacks node {node}, which is asked for. Add it, or ask for fewer "
            "nodes with compare(root, nodes=[...], reference=...)."
        )


class UnfilledError(HandgradError, ValueError):
    """A gradient is needed that is not filled in yet."""

    def __init__(self, node: str, where: str) -> None:
        self.node, self.where = node, where
        super().__init__(f"{where}: node {node} has no gradient yet (grad is None). Fill it in first.")
