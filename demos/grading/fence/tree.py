"""What an answer may see of handgrad: a copy of the engine, without tests, without solutions, and, for what is
done by hand, without autodiff. And the temporary folder of a grading, which holds it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...katas.judging.environment import PACKAGE
from ...katas.judging.temporary import temporary_folder
from .. import player
from .strip import without_answers

PLAYER = "handgrad_player"

JUDGES = ("autodiff.py", "gradients.py", "adapters", "asked", "recording", "slips", "verdict")
"""What of the engine works gradients out."""

RULES = ("ops.py", "nn/functional.py", "arrays")
"""Where the local derivatives are."""

TREES = {"by-hand": (*JUDGES, *RULES), "with-rules": (*JUDGES, "nn/functional.py"), "whole": ()}
"""What each tree has to do without, the barest first: every function of a judge refuses, and an operation without
its local derivatives has its forward rule alone."""


@contextmanager
def grading_folder() -> Iterator[Path]:
    """A temporary folder with the trees, removed at the end."""
    with temporary_folder("grade") as folder:
        for name, without in TREES.items():
            make_tree(folder / name, without)
        yield folder


def make_tree(folder: Path, without: Iterable[str]) -> Path:
    """Copy what an answer's process imports.

    Args:
        folder: to be made.
        without: files and folders of the engine that are to refuse, of `JUDGES` and `RULES`.
    """
    for path, program in _engine(set(without)).items():
        place = folder / "handgrad" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(program, encoding="utf-8")
    shutil.copytree(Path(player.__file__).parent, folder / PLAYER, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _engine(without: set[str]) -> dict[str, str]:
    """The engine's programs by their paths in it, with what some of them are to do without taken out."""
    # Installed, the other two packages lie inside the engine's folder.
    paths = [path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] not in ("viz", "demos")]
    programs = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return without_answers(programs, without.intersection(JUDGES), without.intersection(RULES))
