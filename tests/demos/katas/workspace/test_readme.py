"""The README of a new workspace."""

import re

from handgrad.demos.cli import command_names
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.terminal.watch import KEYS

COURSE = Course()


def test_workspace_says_how_it_goes(workspace):
    text = (workspace.folder / "README.md").read_text(encoding="utf-8")
    assert f"{len(COURSE.katas)} katas in {len(COURSE.belts)} belts" in text
    assert "`1_white/01_slope/kata.md`" in text
    for key in KEYS:
        assert f"| {key[0]} |" in text
    for command in re.findall(r"^    handgrad (\w+)", text, re.MULTILINE):
        assert command in command_names()
    for belt, katas in COURSE.belts.items():
        about = workspace.folder / katas[0].place.partition("/")[0] / "README.md"
        assert about.read_text(encoding="utf-8").lower().startswith(f"# {belt}")
