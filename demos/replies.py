"""What a command prints with `--json`, for programs: one document a call, of one form, in `handgrad.schema.json`.

Standard output holds nothing else; what a person would read goes to standard error.
"""

from __future__ import annotations

import contextlib
import functools
import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from handgrad.viz.unpacking import find_text

VERSION = 1
"""Of the form: another one where a key goes, or means something else; a key that comes changes nothing."""

RIGHT, WRONG, UNUSABLE = 0, 1, 2
"""The exit statuses of every command: nothing is wrong, something is, or it could not be told."""

Reply = dict[str, Any]


def reply(command: str, status: int, results: Iterable[Mapping[str, Any]] = (), message: str = "") -> Reply:
    """Return a document.

    Args:
        command: as it is typed, such as "check".
        status: the exit status that goes with it.
        results: what was found, one object a thing that was looked at.
        message: what to say where it could not be told.
    """
    return {
        "version": VERSION,
        "command": command,
        "ok": status == RIGHT,
        "status": status,
        "message": message,
        "results": [plain(result) for result in results],
    }


def schema() -> dict[str, Any]:
    """Return the JSON Schema of every document."""
    found: dict[str, Any] = json.loads(find_text(Path(__file__).with_name("handgrad.schema.json")).read_text("utf-8"))
    return found


def plain(thing: Any) -> Any:
    """Return a thing as JSON can hold it: a non-finite number as its repr, as in `Comparison.to_dict`."""
    if isinstance(thing, float):
        return thing if math.isfinite(thing) else repr(thing)
    if isinstance(thing, Mapping):
        return {str(key): plain(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [plain(item) for item in thing]
    return thing


def add_json_option(command: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the option `--json`.

    Args:
        command: its name. The function is called with `as_json`, and returns its `reply` where that is true.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--json", "as_json", is_flag=True, help="For programs: print one JSON document instead.")
        @functools.wraps(function)
        def call(*args: Any, as_json: bool, **options: Any) -> Any:
            if not as_json:
                return function(*args, as_json=False, **options)
            try:
                with contextlib.redirect_stdout(sys.stderr):
                    answer = function(*args, as_json=True, **options)
            except click.ClickException as error:
                answer = reply(command, UNUSABLE, message=error.format_message())
            click.echo(json.dumps(answer, allow_nan=False, ensure_ascii=not _is_utf8()))
            sys.exit(answer["status"])

        return call

    return decorate


def _is_utf8() -> bool:
    return (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "") == "utf8"
