"""A hook of MkDocs: what has its one place elsewhere in the project: pages, pictures, and where the project is."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import click
from mkdocs.structure.files import File, Files

from handgrad.demos.cli import command_names, main

ROOT = Path(__file__).parents[2]
ELSEWHERE = {
    "howto/grade_a_class.md": ROOT / "demos" / "grading" / "README.md",
    "ideas/changes.md": ROOT / "CHANGELOG.md",
    "images/quickstart.svg": ROOT / "demos" / "quickstart.svg",
    "images/quickstart_walk.svg": ROOT / "demos" / "quickstart_walk.svg",
    "images/sheet_fill_in.png": ROOT / "demos" / "sheet_fill_in.png",
    "images/sheet_watch.png": ROOT / "demos" / "sheet_watch.png",
}


def on_config(config: Any) -> Any:
    """Take the addresses of the site and of its source from the package's metadata."""
    package = ConfigParser()
    package.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = package["metadata"]["project_urls"].strip().splitlines()
    addresses = dict(line.split(" = ", 1) for line in lines)
    config.site_url = addresses["Documentation"] + "/"
    config.extra["social"] = [
        {"icon": "fontawesome/brands/github", "link": addresses["Source"], "name": "The source of handgrad"}
    ]
    return config


def on_files(files: Files, *, config: Any) -> Files:
    """Add them, and the page of the commands, which their own help texts write."""
    for place, path in ELSEWHERE.items():
        files.append(File.generated(config, place, abs_src_path=str(path)))
    files.append(File.generated(config, "reference/commands.md", content=commands()))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Take out what is there for doctest alone."""
    return re.sub(r"^<BLANKLINE>$|  # doctest: .*$", "", markdown, flags=re.MULTILINE)


def commands() -> str:
    """The help of each command of `handgrad`, as Markdown."""
    parts = ["# Commands\n"]
    group = click.Context(main)
    for name in sorted(command_names()):
        command = main.get_command(group, name)
        assert command is not None
        context = click.Context(command, info_name=f"handgrad {name}")
        parts.append(f"## handgrad {name}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)
