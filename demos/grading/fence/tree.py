"""What an answer may see of handgrad: a copy of the engine, without tests, without solutions, and, for what is
done by hand, without autodiff. And the temporary folder of a grading, which holds it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...katas.judging.environment import PACKAGE
from .. import player
from .strip import without_answers

PREFIX = "handgrad-grade-"
PLAYER = "handgrad_player"

JUDGES = ("autodiff.py", "gradients.py", "checking")
"""What of the engine works gradients out."""

RULES = ("ops.py", "nn/functional.py", "arrays")
"""Where the local derivatives are."""

TREES = {"by-hand": (*JUDGES, *RULES), "with-rules": (*JUDGES, "nn/functional.py"), "whole": ()}
"""What each tree has to do without, the barest first: every function of a judge refuses, and an operation without
its local derivatives has its forward rule alone."""


@contextmanager
def grading_folder() -> Iterator[Path]:
    """A temporary folder with the trees, removed at the end; those of gradings that were killed are removed first."""
    for old in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            _remove_abandoned(old)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    try:
        with (folder / "lock.new").open("wb") as lock:
            # Locked before it has its name, so that no other grading takes the folder for an abandoned one.
            fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / "lock.new").rename(folder / "lock")
            for name, without in TREES.items():
                make_tree(folder / name, without)
            yield folder
    finally:
        remove_tree(folder)


def _remove_abandoned(folder: Path) -> None:
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        return
    with (folder / "lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove_tree(folder)


def remove_tree(folder: Path) -> None:
    """Remove a folder, or a file, however deep an answer made it, and whatever modes it gave to what is in it."""
    try:
        shutil.rmtree(folder)
    except (FileNotFoundError, NotADirectoryError):
        folder.unlink(missing_ok=True)
    except (OSError, RecursionError):
        for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            subprocess.run([*command, "--", folder], check=False, stderr=subprocess.DEVNULL)


def make_tree(folder: Path, without: Iterable[str]) -> Path:
    """Copy what an answer's process imports.

    Args:
        folder: to be made.
        without: files and folders of the engine that are to refuse, of `JUDGES` and `RULES`.
    """
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    # Installed, the other two packages lie inside the engine's folder.
    engine_alone = shutil.ignore_patterns("__pycache__", "*.pyc", "viz", "demos")
    shutil.copytree(PACKAGE, folder / "handgrad", ignore=engine_alone)
    shutil.copytree(Path(player.__file__).parent, folder / PLAYER, ignore=ignored)
    without = set(without)
    without_answers(folder / "handgrad", without.intersection(JUDGES), without.intersection(RULES))
    return folder
