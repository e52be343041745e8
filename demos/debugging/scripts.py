"""A script without functions for `handgrad debug`: which of its names are gradients."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from handgrad import Comparison
from handgrad.adapters.script.judge import Script
from handgrad.verdict.status import Status

from ..loading import run
from ..usage import UnusableError
from ..waiting import bar
from .turns import without_clipping


class UnreadPairsError(UnusableError):
    """Parameters and their gradients that are not written as --gradients takes them."""


class UnprovenError(UnusableError):
    """What was taken for the loss may be another one."""


def script_at(path: Path) -> Script | None:
    """Return the script in a file; None where it cannot be read as one."""
    try:
        return Script(path.read_text(encoding="utf-8"), str(path))
    except (OSError, SyntaxError, ValueError):
        return None  # running it says what is wrong


def has_a_graph(path: Path) -> bool:
    """Return whether a file works on nodes with a `grad`, by its text."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return any(isinstance(one, ast.Attribute) and one.attr in ("grad", "backward") for one in nodes)


def checked_script(path: Path, script: Script, gradients: str | None, loss: str, *, quick: bool) -> Comparison:
    """Return the verdict on the first iteration of a script's loop.

    Args:
        gradients: which of its names are the gradients of which, such as "W1=dW1,b1=db1"; None for what they look like.

    Raises:
        UnreadPairsError: they are not written so.
        FileError: the file cannot be run.
        HandgradError: as `Script.check` raises.
    """
    pairs = script.gradients if gradients is None else read(gradients)
    space: dict[str, Any] = vars(run(path, script.setup_code))
    with bar() as progress, without_clipping():
        found = script.check(space, pairs, loss=loss, quick=quick, progress=progress)
    require_proof(found)
    if gradients is None:
        say_pairs("the script", pairs)
    return found


def require_proof(found: Comparison) -> None:
    """Let nothing be called wrong by a guessed loss alone.

    Raises:
        UnprovenError: no gradient is one of an error that was taken for the loss, and no edit makes them so.
    """
    is_guess = re.search(r"(?i)err\S* \(line \d+\) was taken for", found.remark) is not None and not found.patch
    if is_guess and not found.ok and not any(one.status is Status.CORRECT for one in found.results):
        raise UnprovenError(f"no gradient is one of what was taken for the loss. {found.remark}")


def say_pairs(what: str, pairs: Mapping[str, str]) -> None:
    """Say what was taken for the gradients, on the error stream."""
    click.echo(f"Checked {what}, with the gradients {format_pairs(pairs)}; --gradients names others.", err=True)


def read(text: str) -> dict[str, str]:
    """Return the pairs in "W1=dW1,b1=db1"; the right side may be any expression.

    Raises:
        UnreadPairsError: it is not written so.
    """
    try:
        call = ast.parse(f"f({text})", mode="eval").body
    except SyntaxError:
        call = None
    words = call.keywords if isinstance(call, ast.Call) and not call.args else []
    if not words or any(one.arg is None for one in words):
        raise UnreadPairsError(f"--gradients takes parameters and their gradients, as W1=dW1,b1=db1, and not {text!r}.")
    return {str(one.arg): ast.unparse(one.value) for one in words}


def format_pairs(pairs: Mapping[str, str]) -> str:
    return ",".join(f"{of}={text}" for of, text in pairs.items())
