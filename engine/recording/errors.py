"""What can go wrong with a recording."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from ..errors import HandgradError


class RecordingError(HandgradError, ValueError):
    """`replay` was asked for inputs that a recording cannot take.

    Args:
        problem: what is wrong with which node.
        instead: what to write, as a sentence.
    """

    def __init__(self, problem: str, instead: str) -> None:
        self.problem, self.instead = problem, instead
        super().__init__(f"replay(root, inputs=...): {problem}. {instead}")


class InputShapeError(HandgradError, ValueError):
    """A recording was called with too few numbers, too many, or in another shape.

    Args:
        given: what was given, in words.
        names: of the inputs.
        instead: what to write, as sentences.
    """

    def __init__(self, given: str, names: Sequence[str], instead: str) -> None:
        self.given, self.names, self.instead = given, tuple(names), instead
        shown = ", ".join(self.names[:8]) + (", ..." if len(self.names) > 8 else "")
        count = len(self.names)
        super().__init__(
            f"this recording has {count} input{'s' * (count != 1)} ({shown}), and was given {given}. {instead}"
        )


class UnknownInputError(HandgradError, LookupError):
    """A recording was called with a mapping in which a key is no input, or the label of several.

    Args:
        given: the key, or the name of the node that it is.
        inputs: how many inputs it may be: none, or two and more.
        labels: of the inputs.
    """

    def __init__(self, given: object, inputs: int, labels: Sequence[str]) -> None:
        self.given, self.inputs, self.labels = given, inputs, tuple(labels)
        near = get_close_matches(str(given), [label for label in labels if label], 1)
        hint = f" Did you mean {near[0]!r}?" if near and not inputs else ""
        problem = f"is the label of {inputs} inputs" if inputs else "is no input of this recording"
        super().__init__(
            f"{given!s} {problem}.{hint} Name an input of replay(root, inputs=[...]) by the node itself, or by a label "
            "that no other input has."
        )


class BranchWarning(UserWarning):
    """The program that made a recorded graph has compared nodes, and may have gone one way of two by that.

    Args:
        nodes: the names of the nodes.
    """

    def __init__(self, nodes: str) -> None:
        self.nodes = nodes
        super().__init__(
            f"replay: data was compared (<, <=, > or >=), that of {nodes}. If the program took one branch of two by "
            "that, as an `if` or Python's max() does, the recording keeps to it whatever the numbers are. To have both "
            "recorded write x.relu(), abs(x), x.maximum(y) or x.minimum(y); where nothing follows from a comparison, "
            "compare x.data."
        )
