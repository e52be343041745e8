"""What a learner has done, in one small file that is written whole or not at all.

The file is JSON: {"version": 1, "passed": [names], "hints": {name: how many are open}, "current": name}, and
"parts": {name: how many have been right} for katas that are checked in parts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...files import hold_lock, set_aside, write_whole

VERSION = 1


@dataclass(frozen=True)
class Progress:
    """Where a learner stands.

    Attributes:
        passed: the names of the katas that have passed.
        hints: how many hints of a kata are open.
        current: the name of the kata worked on; "" for the first that has not passed.
        parts: how many parts of a kata have been right at once.
    """

    passed: frozenset[str] = frozenset()
    hints: dict[str, int] = field(default_factory=dict)
    current: str = ""
    parts: dict[str, int] = field(default_factory=dict)

    def add_passed(self, name: str) -> Progress:
        return replace(self, passed=self.passed | {name})

    def set_hints(self, name: str, count: int) -> Progress:
        return replace(self, hints={**self.hints, name: count})

    def add_parts(self, name: str, count: int) -> Progress:
        return replace(self, parts=_largest(self.parts, {name: count})) if count else self

    def set_current(self, name: str) -> Progress:
        return replace(self, current=name)

    def join(self, other: Progress) -> Progress:
        """Join two: what has passed or is open in either; the other's current kata, if any."""
        return Progress(
            self.passed | other.passed,
            _largest(self.hints, other.hints),
            other.current or self.current,
            _largest(self.parts, other.parts),
        )

    def restrict(self, names: Container[str]) -> Progress:
        """Return what of it is about these katas."""
        hints, parts = (
            {name: count for name, count in counts.items() if name in names} for counts in (self.hints, self.parts)
        )
        passed = frozenset(name for name in self.passed if name in names)
        return Progress(passed, hints, self.current if self.current in names else "", parts)

    def forget(self, name: str) -> Progress:
        """Return it as if the kata had never been touched."""
        others = self.restrict({*self.passed, *self.hints, *self.parts} - {name})
        return replace(others, current=self.current)


def _largest(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: max(one.get(name, 0), other.get(name, 0)) for name in {**one, **other}}


class DamagedError(ValueError):
    """The file does not hold a progress."""


class ProgressFile:
    """The progress of a workspace on disk.

    Attributes:
        path: the file.
        set_aside: where a damaged one was moved, None where there was none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set_aside: Path | None = None

    def load(self) -> Progress:
        """Return the progress; a new one without a file, or instead of a damaged one, which is set aside."""
        try:
            return parse(self.path.read_bytes())
        except FileNotFoundError:
            return Progress()
        except DamagedError:
            self.set_aside = set_aside(self.path, ".damaged")
            self.path.unlink(missing_ok=True)
            return Progress()

    def update(self, change: Callable[[Progress], Progress]) -> Progress:
        """Change what is on disk now, so that two runners do not undo each other."""
        with hold_lock(self.path.with_name("lock")):
            before = self.load()
            after = change(before)
            if after != before:
                write_whole(self.path, text_of(after), scratch=self.path.parent)
        return after


def text_of(progress: Progress) -> bytes:
    """Return the file that holds a progress."""
    facts: dict[str, Any] = {
        "version": VERSION,
        "passed": sorted(progress.passed),
        "hints": dict(sorted(progress.hints.items())),
        "current": progress.current,
    }
    if progress.parts:
        facts["parts"] = dict(sorted(progress.parts.items()))
    return (json.dumps(facts, indent=1) + "\n").encode("utf-8")


def parse(content: bytes) -> Progress:
    """Return the progress that a file holds.

    Raises:
        DamagedError: it holds none.
    """
    try:
        facts: Any = json.loads(content)
        passed, hints, current = facts["passed"], facts["hints"], facts["current"]
        parts = facts.get("parts", {})  # an older one has none
        is_sound = (
            isinstance(passed, list)
            and all(isinstance(name, str) for name in passed)
            and all(isinstance(counts, dict) for counts in (hints, parts))
            and all(type(count) is int for count in (*hints.values(), *parts.values()))
            and isinstance(current, str)
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        is_sound = False
    if not is_sound:
        raise DamagedError
    return Progress(frozenset(passed), hints, current, parts)
