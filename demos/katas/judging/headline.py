"""A verdict in a line."""

from __future__ import annotations

from .verdict import Verdict


def headline(found: Verdict) -> str:
    """Return what became of an answer, as a heading."""
    if found.ok:
        return f"Passed: {_tests(found.passed)} green."
    if found.status == "timeout":
        return "Stopped: it took too long."
    if found.status == "cancelled":
        return "Called off."
    if found.status == "error" and not found.passed and len(found.failures) < 2:
        return "It does not run yet."
    number, of = found.part
    if of:
        return (
            f"Right so far: part {number - 1} of {of}." if found.is_right_so_far else f"Not yet: part {number} of {of}."
        )
    total = found.passed + len(found.failures)
    return f"Not yet: {found.passed} of {_tests(total)} {'passes' if total == 1 else 'pass'}."


def name_parts(count: int, one: str, several: str) -> str:
    """Return the first so many parts of a kata, with a verb that fits."""
    return f"Part 1 {one}" if count == 1 else f"Parts 1 {'and' if count == 2 else 'to'} {count} {several}"


def _tests(count: int) -> str:
    return f"{count} test" if count == 1 else f"{count} tests"
