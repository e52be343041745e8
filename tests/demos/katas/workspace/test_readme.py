"""The README of a new workspace."""

import re

from handgrad.demos.cli import command_names
from handgrad.demos.katas.authoring.new_kata import make_kata
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.keys import KEYS
from handgrad.demos.katas.workspace.readme import readme

COURSE = Course()


def test_workspace_says_how_it_goes(workspace):
    text = (workspace.folder / "README.md").read_text(encoding="utf-8")
    first, *_, last = COURSE.belts
    assert f"\n\n{len(COURSE.katas)} katas in {len(COURSE.belts)} belts, from {first} to {last}.\n" in text
    assert "`01_white/01_slope/kata.md`" in text
    for key in KEYS:
        assert f"| {key[0]} |" in text
    commands = re.findall(r"^    handgrad (\w+)", text, re.MULTILINE)
    assert commands == ["check", "list", "hint", "solution", "reset", "practice", "sheet", "start"]
    assert set(commands) <= set(command_names())
    assert "\n    handgrad               # checks at every save, in the terminal\n" in text
    assert "\n    handgrad check slope   # checks once" in text
    assert "\n    handgrad sheet diamond    # a graph to fill in" in text
    for belt, katas in COURSE.belts.items():
        about = workspace.folder / katas[0].place.partition("/")[0] / "README.md"
        assert about.read_text(encoding="utf-8").lower().startswith(f"# {belt}")


def test_of_another_course_it_says_what_that_has(tmp_path, kata):
    one = readme(Course(kata.folder))
    assert "\n\nOne kata.\n" in one
    assert "handgrad sheet mine # a graph" in " ".join(one.split())
    assert "Begin with `mine/kata.md`." in one
    belt = tmp_path / "course" / "1_first"
    for name in ("alpha", "beta"):
        make_kata(belt, name)
    assert "\n\n2 katas.\n" in readme(Course(tmp_path / "course"))  # of one belt
    for name in ("gamma", "delta"):
        make_kata(tmp_path / "course" / "2_more", name)
    make_kata(tmp_path / "course", "omega")
    assert "\n\n5 katas, 4 of them in 2 belts, from first to more.\n" in readme(Course(tmp_path / "course"))
