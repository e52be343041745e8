"""What was done on a sheet, to take back and to do again."""

from __future__ import annotations

from typing import Any, NamedTuple

from handgrad import Value

MOST_KEPT = 500


class State(NamedTuple):
    """A sheet at one moment.

    Attributes:
        data: what each leaf held.
        work: what was typed, as `Marks.work` gives it.
    """

    data: dict[Value, Any]
    work: Any


class History:
    """The states before and after the present one."""

    def __init__(self) -> None:
        self._before: list[State] = []
        self._after: list[State] = []

    def note(self, state: State) -> None:
        """Record the state before an action; what was undone can no longer be redone."""
        self._before.append(state)
        del self._before[:-MOST_KEPT]
        self._after.clear()

    def back(self, now: State, *, forth: bool) -> State | None:
        """Return the state before, or the one that was taken back; None for none."""
        source, target = (self._after, self._before) if forth else (self._before, self._after)
        if not source:
            return None
        target.append(now)
        return source.pop()

    @property
    def can(self) -> dict[str, bool]:
        return {"undo": bool(self._before), "redo": bool(self._after)}
