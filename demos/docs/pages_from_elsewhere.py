"""A hook of MkDocs: the pages and pictures of the site that have their one place elsewhere in the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from mkdocs.structure.files import File, Files

from handgrad.demos.cli import main

ROOT = Path(__file__).parents[2]
ELSEWHERE = {
    "howto/grade_a_class.md": ROOT / "demos" / "grading" / "README.md",
    "ideas/changes.md": ROOT / "CHANGELOG.md",
    "images/quickstart.svg": ROOT / "demos" / "quickstart.svg",
    "images/sheet_fill_in.png": ROOT / "demos" / "sheet_fill_in.png",
    "images/sheet_watch.png": ROOT / "demos" / "sheet_watch.png",
}


def on_files(files: Files, *, config: Any) -> Files:
    """Add them, and the page of the commands, which their own help texts write."""
    for place, path in ELSEWHERE.items():
        files.append(File.generated(config, place, abs_src_path=str(path)))
    files.append(File.generated(config, "reference/commands.md", content=commands()))
    return files


def commands() -> str:
    """The help of each command of `handgrad`, as Markdown."""
    parts = ["# Commands\n"]
    for name, command in sorted(main.commands.items()):
        if not command.hidden:
            context = click.Context(command, info_name=f"handgrad {name}")
            parts.append(f"## handgrad {name}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)
