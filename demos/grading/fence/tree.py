"""The copy of the engine that an answer may see, in the temporary folder of a grading.

It has no tests and no solutions; for what is done by hand, it has only what is allowed there.
"""

from __future__ import annotations

import py_compile
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...katas.judging.environment import PACKAGE
from ...katas.judging.temporary import temporary_folder
from .. import player
from .allowed import BY_HAND, WITH_RULES, Allowed
from .pick import pick

PLAYER = "handgrad_player"

TREES: dict[str, Allowed | None] = {"by-hand": BY_HAND, "with-rules": WITH_RULES, "whole": None}
"""What each tree has of the engine, the barest first; None for all of it."""


@contextmanager
def grading_folder() -> Iterator[Path]:
    """Make a temporary folder with the trees, removed at the end."""
    with temporary_folder("grade") as folder:
        for name, allowed in TREES.items():
            make_tree(folder / name, allowed)
        yield folder


def make_tree(folder: Path, allowed: Allowed | None) -> Path:
    """Copy what an answer's process imports.

    Args:
        folder: to be made.
        allowed: what it is to have of the engine, as of `allowed`; None for all of it.
    """
    # Installed, the other two packages lie inside the engine's folder.
    paths = [path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] not in ("viz", "demos")]
    programs = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    for path, program in (programs if allowed is None else pick(programs, allowed)).items():
        place = folder / "handgrad" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(program, encoding="utf-8")
        if allowed is not None:  # nothing to be read
            py_compile.compile(str(place), str(place.with_suffix(".pyc")), doraise=True, optimize=2)
            place.unlink()
    shutil.copytree(Path(player.__file__).parent, folder / PLAYER, ignore=shutil.ignore_patterns("__pycache__"))
    return folder
