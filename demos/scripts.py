"""A script without functions for `handgrad debug`: which of its names are gradients, asked once and remembered."""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from handgrad import Comparison
from handgrad.adapters.script.judge import Script

from .files import write_whole
from .loading import run
from .usage import UnusableError
from .waiting import bar


class AskedError(UnusableError):
    """It is not known which names are gradients."""


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
        gradients: what is answered beforehand, such as "W1=dW1,b1=db1".

    Raises:
        AskedError: it is not said which names are gradients, and there is nobody to ask.
        FileError: the file cannot be run.
        HandgradError: as `Script.check` raises.
    """
    kept = _read_answers().get(str(path.resolve()), {})
    if gradients is None and kept:
        gradients, loss = kept["gradients"], loss or kept["loss"]
        click.echo(f"As before: --gradients {_quote(gradients)}", err=True)
    pairs = read(gradients if gradients is not None else _answer(path, script))
    space: dict[str, Any] = vars(run(path, script.before))
    with bar() as progress:
        found = script.check(space, pairs, loss=loss, quick=quick, progress=progress)
    _keep(path, format_pairs(pairs), loss)
    return found


def read(text: str) -> dict[str, str]:
    """Return the pairs in "W1=dW1,b1=db1"; the right side may be any expression.

    Raises:
        AskedError: it is not written so.
    """
    try:
        call = ast.parse(f"f({text})", mode="eval").body
    except SyntaxError:
        call = None
    words = call.keywords if isinstance(call, ast.Call) and not call.args else []
    if not words or any(one.arg is None for one in words):
        raise AskedError(f"--gradients takes parameters and their gradients, as W1=dW1,b1=db1, and not {text!r}.")
    return {str(one.arg): ast.unparse(one.value) for one in words}


def format_pairs(pairs: Mapping[str, str]) -> str:
    return ",".join(f"{of}={text}" for of, text in pairs.items())


def _answer(path: Path, script: Script) -> str:
    guessed = format_pairs(script.gradients)
    if not is_interactive():
        raise AskedError(
            f"{path} is a script without functions: say which of its names are gradients, with --gradients "
            f"{_quote(guessed)}, if that is right."
        )
    click.echo(f"{path.name} is a script without functions. Which of its names are gradients, and of what?", err=True)
    answer: str = click.prompt("Parameter=gradient, with commas between", default=guessed, err=True)
    return answer


def is_interactive() -> bool:
    """Return whether there is a terminal to ask at."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _quote(text: str) -> str:
    return text if all(letter not in text for letter in " ()*'$") else f'"{text}"'


def _file() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "handgrad" / "gradients.json"


def _read_answers() -> dict[str, dict[str, str]]:
    try:
        found = json.loads(_file().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    is_ours = isinstance(found, dict) and all(
        isinstance(one, dict) and {"gradients", "loss"} <= one.keys() for one in found.values()
    )
    return found if is_ours else {}


def _keep(path: Path, gradients: str, loss: str) -> None:
    """Remember an answer in a file of this program's own, never in the user's."""
    content = json.dumps({**_read_answers(), str(path.resolve()): {"gradients": gradients, "loss": loss}}, indent=1)
    try:
        write_whole(_file(), f"{content}\n".encode(), scratch=_file().parent, is_lasting=False)
    except OSError:  # then it is asked again
        return
