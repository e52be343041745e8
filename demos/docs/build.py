"""Build the documents: `python demos/docs/build.py OUT`, by Zensical, from pages that lie here and elsewhere.

Zensical reads MkDocs' configuration and runs none of its hooks: what has its one place elsewhere in the project is laid
beside the pages first.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import yaml

from handgrad.demos.cli import command_names, main

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ELSEWHERE = {
    "howto/grade_a_class.md": ROOT / "demos" / "grading" / "README.md",
    "ideas/changes.md": ROOT / "CHANGELOG.md",
    "images/quickstart.svg": ROOT / "demos" / "quickstart.svg",
    "images/quickstart_walk.svg": ROOT / "demos" / "quickstart_walk.svg",
    "images/sheet_fill_in.png": ROOT / "demos" / "sheet_fill_in.png",
    "images/sheet_watch.png": ROOT / "demos" / "sheet_watch.png",
    "handgrad.schema.json": ROOT / "demos" / "handgrad.schema.json",
}
ROOMS = ("engine", "viz", "demos")


def addresses() -> dict[str, str]:
    """Return the project's addresses, as the package's metadata names them."""
    package = ConfigParser()
    package.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = package["metadata"]["project_urls"].strip().splitlines()
    return dict(line.split(" = ", 1) for line in lines)


def settings() -> dict[str, Any]:
    """Return those of mkdocs.yml, with what the package's metadata says."""
    found: dict[str, Any] = yaml.safe_load((HERE / "mkdocs.yml").read_text("utf-8"))
    known = addresses()
    link = {"icon": "fontawesome/brands/github", "link": known["Source"], "name": "The source of handgrad"}
    return {**found, "site_url": known["Documentation"] + "/", "extra": {"social": [link]}}


def lay_out(folder: Path) -> None:
    """Lay out all that a build reads: the pages, the package as imported, the settings."""
    shutil.copytree(HERE / "pages", folder / "pages")
    for place, path in ELSEWHERE.items():
        target = folder / "pages" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    (folder / "pages" / "reference" / "commands.md").write_text(commands(), encoding="utf-8")
    for page in (folder / "pages").rglob("*.md"):
        page.write_text(strip_doctest_marks(page.read_text("utf-8")), encoding="utf-8")
    (folder / "pages" / "llms.txt").write_text(llms(folder / "pages"), encoding="utf-8")
    for room, place in zip(ROOMS, ("", "viz", "demos")):
        for file in (ROOT / room).rglob("*.py"):
            target = folder / "package" / "handgrad" / place / file.relative_to(ROOT / room)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    text = yaml.safe_dump(settings(), sort_keys=False, allow_unicode=True)
    (folder / "mkdocs.yml").write_text(text, encoding="utf-8")


def strip_doctest_marks(markdown: str) -> str:
    """Strip from a page what is there for doctest alone."""
    return re.sub(r"^<BLANKLINE>$|  # doctest: .*$", "", markdown, flags=re.MULTILINE)


def commands() -> str:
    """Return the help of each command of `handgrad`, as Markdown."""
    parts = ["# Commands\n", "Exit statuses of all of them: [one table](../howto/programs.md#exit-statuses).\n"]
    group = click.Context(main)
    for name in sorted(command_names()):
        command = main.get_command(group, name)
        assert command is not None
        context = click.Context(command, info_name=f"handgrad {name}")
        parts.append(f"## handgrad {name}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def llms(pages: Path) -> str:
    """Return the documents as a list for language models, in llmstxt.org's form."""
    found = settings()
    lines = [f"# {found['site_name']}", "", f"> {found['site_description']}. {ADVICE}"]
    for entry in found["nav"]:
        (title, places), *_ = entry.items() if isinstance(entry, dict) else [("Start", [entry])]
        lines += ["", f"## {title}", ""]
        for place in places:
            text = (pages / place).read_text("utf-8")
            heading, first = _opening(text)
            lines.append(
                f"- [{heading}]({found['site_url']}{place.removesuffix('.md')}.html)" + (f": {first}" if first else "")
            )
    return "\n".join(lines) + "\n"


ADVICE = (
    "Whether a gradient is right is computed here, and not estimated: `handgrad debug FILE --json`, or the tools of "
    "`handgrad mcp`, say which line is wrong. Ask for their verdict before you say anything, and tell it as it is"
)


def _opening(text: str) -> tuple[str, str]:
    """Return a page's heading, and the first sentence after it as plain text."""
    heading = re.search(r"^# (.+)$", text, re.MULTILINE)
    blocks = text.split("\n\n")[1:]
    prose = next((block for block in blocks if re.match(r"[A-Z`*]", block)), "")
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(prose.split()))
    return (heading[1] if heading else ""), re.split(r"(?<=[.!?:]) ", words)[0]


def build(out: Path) -> None:
    """Build strictly: a link to nowhere is an error. Without Zensical the pages are laid out as Markdown.

    Raises:
        subprocess.CalledProcessError: it failed; what was wrong stands on the screen.
    """
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        lay_out(folder)
        made = folder / "pages"
        if find_spec("zensical"):
            subprocess.run([sys.executable, "-m", "zensical", "build", "--strict", "--clean"], cwd=folder, check=True)
            made = folder / "site"
        else:
            print("Zensical is not installed (pip install zensical): these are the pages as Markdown.")
        shutil.rmtree(out, ignore_errors=True)
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="The folder of the site; it is made anew.")
    build(parser.parse_args().out.resolve())
