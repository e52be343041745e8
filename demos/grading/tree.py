"""What an answer may see of handgrad: a copy of the engine, without tests, without solutions, and, for what is
done by hand, without autodiff."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

from ..katas.isolate import ROOT

CUT = {"autodiff.py": ("gradients", "backward", "backward_sweep"), "numeric.py": ("numeric_gradients", "slope")}
"""The functions of the engine that work gradients out; their bodies are not in the tree for work by hand."""

PLAYER = "handgrad_player"

_REFUSAL = (
    'raise RuntimeError("this kata is done by hand: backward(), gradients(), compare() and numeric_gradients() are '
    'refused. Work the gradients out: the upstream gradient times the local derivative, summed over the uses.")'
)


def make_tree(folder: Path, *, by_hand: bool) -> Path:
    """Copy what an answer's process imports.

    Args:
        folder: to be made.
        by_hand: whether to leave out autodiff.
    """
    folder.mkdir(mode=0o755)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "engine", folder / "engine", ignore=ignored)
    shutil.copytree(Path(__file__).parent / "player", folder / PLAYER, ignore=ignored)
    if by_hand:
        for name, functions in CUT.items():
            path = folder / "engine" / name
            path.write_text(_cut(path.read_text(encoding="utf-8"), functions), encoding="utf-8")
    for path in folder.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return folder


def _cut(source: str, functions: tuple[str, ...]) -> str:
    tree = ast.parse(source)
    found = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            node.body = ast.parse(_REFUSAL).body
            found.add(node.name)
    missing = set(functions) - found
    if missing:
        raise ValueError(f"the engine has no {', '.join(sorted(missing))} to cut out any more")
    return ast.unparse(tree)
