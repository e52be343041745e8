"""A worksheet as a learner has it: loaded, and its functions called, with errors in its own lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..error_places import calls_in
from ..katas.judging.crashes import explain
from ..loading import load


class WorksheetError(Exception):
    """A worksheet that cannot be read."""


class Worksheet:
    """One file that a learner fills in.

    Attributes:
        path: where it lies.
        module: what is in it.
    """

    def __init__(self, path: Path, start: str) -> None:
        """Run the file.

        Args:
            path: of the file.
            start: the command that writes a new one.

        Raises:
            WorksheetError: there is no such file, it is no Python file, or it cannot be run.
        """
        if not path.is_file():
            raise WorksheetError(f"There is no file {str(path)!r}. Get a worksheet with: {start}")
        if path.suffix != ".py":
            raise WorksheetError(
                f"{str(path)!r} is not a .py file. A notebook is checked inside Jupyter, cell by cell."
            )
        self.path = path
        try:
            self.module = load(path, "worksheet")
        except Exception as error:
            raise WorksheetError(f"The worksheet {str(path)!r} cannot be run: {self._locate_error(error)}") from error

    def call(self, name: str, *inputs: Any) -> tuple[Any, str]:
        """Call a function of the worksheet: its result, what went wrong, and its variables so far."""
        function = getattr(self.module, name, None)
        if not callable(function):
            return None, "The worksheet lacks the function of this part."
        try:
            return function(*inputs), ""
        except Exception as error:
            frames = [frame for frame, _ in calls_in(self.path, error)]
            return dict(frames[0].f_locals) if frames else None, self._locate_error(error)

    def _locate_error(self, error: Exception) -> str:
        """Return the error in one line, with its line of the worksheet."""
        calls = calls_in(self.path, error)
        what = f"{type(error).__name__}: {error}"
        if not calls:
            return what
        advice = next((advice for text, advice in _ADVICE.items() if text in str(error)), "")
        return f"line {calls[-1][1]}: {explain(error, what, *calls[-1])}{advice}"


_ADVICE = {
    "read-only": ". What the forward pass has computed is copied before it is changed, as in x.probs.copy().",
    "'NoneType'": ". A gradient that is used there is still None.",
}
"""What to say of errors that come of the worksheet rather than of a mistake in NumPy."""
