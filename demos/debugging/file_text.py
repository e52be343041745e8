"""What kind of file one is, by its text, before it is run."""

from __future__ import annotations

import ast
from pathlib import Path

from .naming import INPUTS, PAIRS, find_pairs


def read_tree(path: Path) -> ast.Module:
    """Return the statements of a file; none where it is no Python, as running it says what is wrong."""
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return ast.Module([], [])


def says_inputs(path: Path) -> bool:
    """Return whether a file has inputs by a usual name."""
    body = read_tree(path).body
    functions = [one for one in body if isinstance(one, ast.FunctionDef)]
    targets = [target for one in body if isinstance(one, ast.Assign) for target in one.targets]
    own = {one.name for one in functions} | {one.id for one in targets if isinstance(one, ast.Name)}
    says = {name for name in own if name in INPUTS or name.endswith("_inputs") or name.startswith("inputs_")}
    pairs = find_pairs({one.name for one in functions})
    if not (says and pairs):
        return False
    # What the forward takes or reads by that name is one of its inputs, and not all of them.
    ahead = [part for one in functions if one.name == pairs[0].forward for part in ast.walk(one)]
    if not says - {getattr(part, "arg", getattr(part, "id", "")) for part in ahead}:
        return False
    # Parameters are those of a pair only beside functions that are called forward and backward and nothing else.
    return pairs[0] in PAIRS or not own & {"params", "parameters"}


def has_functions_of_torch(path: Path) -> bool:
    """Return whether a file has a torch.autograd.Function."""
    classes = [one for one in ast.walk(read_tree(path)) if isinstance(one, ast.ClassDef)]
    bases = [ast.unparse(base) for one in classes for base in one.bases]
    return any(base == "Function" or base.endswith("autograd.Function") for base in bases)


def uses_jax_alone(path: Path) -> bool:
    """Return whether a file imports JAX, and either writes rules for it or has no NumPy to be checked."""
    tree = read_tree(path)
    imported = [one for one in ast.walk(tree) if isinstance(one, (ast.Import, ast.ImportFrom))]
    modules = {getattr(one, "module", None) or name.name for one in imported for name in one.names}
    roots = {one.partition(".")[0] for one in modules}
    return "jax" in roots and (has_rules(tree) or "numpy" not in roots)


def has_rules(tree: ast.AST) -> bool:
    """Return whether code mentions `custom_vjp`."""
    named = (getattr(one, "attr", getattr(one, "id", None)) for one in ast.walk(tree))
    return "custom_vjp" in named
