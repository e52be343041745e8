"""The one sheet that a teacher hands out: of a kata, or of a Python file."""

from __future__ import annotations

from pathlib import Path

from handgrad import Comparison, HandgradError
from handgrad.graph import topological_order

from ..katas.course import Course
from ..sheet import find_target
from .content import imports_of, is_array_module, needs_numpy
from .inside.graphs import target as target_of
from .single import Handout

FOLDER = "given"
"""On the page's own disk."""


class HandoutError(HandgradError):
    """A target cannot go along in one file."""


def handout(target: str, course: Course) -> Handout:
    """Return the sheet of a kata, or of a Python file.

    Raises:
        HandoutError: it needs what cannot go along.
        HandgradError, FileError: there is none.
    """
    path = Path(target)
    if path.suffix == ".py" or path.is_file():
        return _handout_of_file(path)
    kata = course[target]
    if needs_numpy(kata):
        raise HandoutError(f"{kata.name} needs NumPy, which cannot go along in one file.")
    key = f"kata/{kata.name}"
    return Handout(target_of(key, course), key)


def _handout_of_file(path: Path) -> Handout:
    chosen = find_target(str(path), None)
    root = chosen.graph.root if isinstance(chosen.graph, Comparison) else chosen.graph
    if any(node.shape for node in topological_order(root)) or any(map(is_array_module, imports_of(path))):
        raise HandoutError(f"{path} needs NumPy, which cannot go along in one file.")
    place = f"{FOLDER}/{path.name}"
    return Handout(chosen, f"file/{place}", {place: path.read_bytes()})
