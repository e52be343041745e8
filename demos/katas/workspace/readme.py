"""The README that a new workspace gets."""

from __future__ import annotations

from ..course import OWN_BELT, Course
from ..keys import KEYS

TEXT = """# Backpropagation by hand

{katas}.
You fill in gradients, and the check says which of them are right, which are
wrong, and what the mistake probably was.

{first_commands}

A kata is a folder. `kata.md` says what to do; `{name}.py`, or what the kata is
called, is the one file to edit; `test_{name}.py` has the tests, to be read, or run
with plain `pytest`. Begin with {start}

## Keys while `handgrad` runs

{keys}

## More commands

{more_commands}

What you got wrong, `handgrad review` asks again on fresh numbers, after a day,
three and ten; `handgrad card` has the rules that you have earned.

What has passed is kept in `.handgrad/`. All else here is yours.
"""


def readme(course: Course) -> str:
    """Return the README for a course."""
    first = course.katas[0]
    name = first.name
    count = "One kata" if len(course.katas) == 1 else f"{len(course.katas)} katas"
    belts = [belt for belt in course.belts if belt != OWN_BELT]
    in_belts = sum(len(course.belts[belt]) for belt in belts)
    which = " in" if in_belts == len(course.katas) else f", {in_belts} of them in"
    graph = next((kata.name for kata in course.katas if kata.name == "diamond"), name)
    return TEXT.format(
        katas=count + (f"{which} {len(belts)} belts, from {belts[0]} to {belts[-1]}" if len(belts) > 1 else ""),
        name=name,
        start=f"`{first.place}/kata.md`.",
        first_commands=_commands(
            ("handgrad", "checks at every save, in the terminal"),
            (f"handgrad check {name}", "checks once; exit status 0 where it passes"),
        ),
        keys="\n".join(["| key | what it does |", "|---|---|", *(f"| {key} | {what} |" for key, what in KEYS)]),
        more_commands=_commands(
            ("handgrad list", "the katas, and which have passed"),
            (f"handgrad hint {name}", "what the last check found, and one hint more each time"),
            (f"handgrad solution {name}", "another way, once it has passed"),
            (f"handgrad reset {name}", "the file as it was at first; --undo takes it back, pass and all"),
            ("handgrad practice", "drills; --level 5 and on: arrays; --missed: what went wrong"),
            (f"handgrad sheet {graph}", "a graph to fill in, in the browser"),
            ("handgrad start", "adds files that are missing, changes none"),
        ),
    )


def _commands(*rows: tuple[str, str]) -> str:
    widest = max(len(command) for command, _ in rows)
    return "\n".join(f"    {command:<{widest}}   # {what}" for command, what in rows)
