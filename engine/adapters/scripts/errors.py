"""Why a script cannot be checked."""

from __future__ import annotations

from ...errors import HandgradError


class ScriptError(HandgradError, ValueError):
    """It cannot be told what of a script is to be checked.

    Args:
        what: what it met, as the end of a sentence.
        instead: what to do, as a sentence.
    """

    def __init__(self, what: str, instead: str) -> None:
        self.what, self.instead = what, instead
        super().__init__(f"the script cannot be cut: {what}. {instead}")
