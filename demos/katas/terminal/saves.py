"""Which kata's file was saved last."""

from __future__ import annotations

from ..course import Kata
from ..workspace.workspace import Workspace

Stamp = tuple[int, int, int]


class Saves:
    """The files of a workspace, as they were at the last look."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stamps = {kata.name: self._stamp(kata) for kata in workspace.course.katas}

    def last(self) -> Kata | None:
        """Return the kata whose file was saved last since the last look; None for none."""
        saved = [kata for kata in self._workspace.course.katas if self._is_saved(kata)]
        # By time, as a look in the middle of a save finds that file again, beside the one saved after it.
        return max(saved, key=lambda kata: self._stamps[kata.name] or (), default=None)

    def is_there(self, kata: Kata) -> bool:
        """Return whether its file was there at the last look."""
        return self._stamps.get(kata.name) is not None

    def pass_over(self, kata: Kata) -> None:
        """Ignore what was just written to its file: it is no save of the learner's."""
        self._stamps[kata.name] = self._stamp(kata)

    def _is_saved(self, kata: Kata) -> bool:
        before, self._stamps[kata.name] = self._stamps.get(kata.name), self._stamp(kata)
        return self._stamps[kata.name] not in (None, before)

    def _stamp(self, kata: Kata) -> Stamp | None:
        """Return what changes with every save; None while the file is gone, as in some editors."""
        try:
            facts = self._workspace.file_of(kata).stat()
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_size, facts.st_ino
