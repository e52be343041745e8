"""What an answer may see of handgrad: a copy of the engine, without tests, without solutions, and, for what is
done by hand, without autodiff. And the temporary folder of a grading, which holds it.
"""

from __future__ import annotations

import ast
import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from handgrad.autodiff import local_derivatives

from ...katas.judging.environment import PACKAGE
from .. import player

PREFIX = "handgrad-grade-"
PLAYER = "handgrad_player"

JUDGES = (
    "autodiff.py", "compare.py", "comparison.py", "diagnose.py", "gradcheck.py", "numeric.py", "testing.py",
    "arraywise",
)  # fmt: skip
"""What of the engine works gradients out."""

RULES = ("ops.py", "functional.py")
"""Where the local derivatives are."""

TREES = {"by-hand": (*JUDGES, *RULES), "with-rules": (*JUDGES, "functional.py"), "whole": ()}
"""What each tree has to do without, the barest first: every function of a judge refuses, and an operation without
its local derivatives has its forward rule alone."""

_REFUSE = "(lambda *_: __import__('handgrad.by_hand', fromlist=['refuse']).refuse())"


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
    for name in without:
        place = folder / "handgrad" / name
        for path in place.glob("*.py") if place.is_dir() else (place,):
            _rewrite(path, _WithoutRules() if name in RULES else _WithoutBodies())
    return folder


def _rewrite(path: Path, change: ast.NodeTransformer) -> None:
    path.write_text(ast.unparse(change.visit(ast.parse(path.read_text(encoding="utf-8")))), encoding="utf-8")


class _WithoutBodies(ast.NodeTransformer):
    """Has every function refuse, but for the one that reads an operation's own rule."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        if node.name != local_derivatives.__name__:
            node.body = ast.parse(f"{_REFUSE}()").body
        return node


class _WithoutRules(ast.NodeTransformer):
    """Takes from Op(name, forward, derivatives, ...), and from op(...), the derivatives and the slips."""

    def __init__(self) -> None:
        self._rules: set[str] = set()

    def visit_Call(self, node: ast.Call) -> ast.Call:
        # What `op` itself hands to Op is the learner's own rule, checked.
        if isinstance(node.func, ast.Name) and node.func.id in {"Op", "op"} and not isinstance(node.args[2], ast.Call):
            slips = [keyword for keyword in node.keywords if keyword.arg == "slips"]
            makers = [
                s.value.elt.func
                for s in slips
                if isinstance(s.value, ast.ListComp) and isinstance(s.value.elt, ast.Call)
            ]
            self._rules |= {part.id for part in (node.args[2], *makers) if isinstance(part, ast.Name)}
            node.args[2] = ast.parse(_REFUSE, mode="eval").body
            node.keywords = [keyword for keyword in node.keywords if keyword not in slips]
        return node

    def visit_Module(self, node: ast.Module) -> ast.Module:
        self.generic_visit(node)
        for function in ast.walk(node):
            if isinstance(function, ast.FunctionDef) and function.name in self._rules:
                function.body = ast.parse(f"{_REFUSE}()").body
        return node
