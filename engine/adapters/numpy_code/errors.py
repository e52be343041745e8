"""Why somebody's backward cannot be checked, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import HandgradError


class CheckError(HandgradError, ValueError):
    """check_backward cannot tell what it is to check.

    Args:
        what: what it met, as the end of a sentence.
        instead: what to do, as a sentence.
    """

    def __init__(self, what: str, instead: str) -> None:
        self.what, self.instead = what, instead
        super().__init__(f"check_backward: {what}. {instead}")


class TheirError(HandgradError, RuntimeError):
    """One of their functions raised an error; it stands in `__cause__`."""

    def __init__(self, function: str, error: BaseException, where: str = "") -> None:
        self.function, self.error, self.where = function, error, where
        at = f" at {where}" if where else ""
        super().__init__(f"check_backward: {function} raised {type(error).__name__}{at}: {error}")


def not_named(given: Sequence[str], inputs: Sequence[str]) -> CheckError:
    """The error of gradients that belong to no input."""
    what = f"{', '.join(given)}" if given else "nothing"
    return CheckError(
        f"backward gave {what}, and none of it is the gradient of an input ({', '.join(inputs)})",
        'Return a dict with the names of the inputs, as {"W": dW}, or the gradients in the order of the inputs.',
    )
