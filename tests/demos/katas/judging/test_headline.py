"""A verdict in a line."""

import pytest

from handgrad.demos.katas.judging.headline import headline
from handgrad.demos.katas.judging.message_lines import Line
from handgrad.demos.katas.judging.verdict import Failure, Verdict


def in_parts(number, *kinds):
    """A verdict about a part of three, whose table has rows of these kinds."""
    lines = tuple(Line(kind, kind) for kind in kinds)
    return Verdict("k", "failed", failures=(Failure("test_it", "failed", "m", lines, part=(number, 3)),))


def failures(count, status="failed"):
    return tuple(Failure(f"test_{number}", status, "m") for number in range(count))


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict("k", "passed", passed=1), "Passed: 1 test green."),
        (Verdict("k", "passed", passed=5), "Passed: 5 tests green."),
        (Verdict("k", "failed", passed=0, failures=failures(1)), "Not yet: 0 of 1 test passes."),
        (Verdict("k", "failed", passed=2, failures=failures(3)), "Not yet: 2 of 5 tests pass."),
        (Verdict("k", "error", failures=failures(1, "error")), "It does not run yet."),
        (Verdict("k", "error"), "It does not run yet."),
        (Verdict("k", "error", failures=failures(2, "error")), "Not yet: 0 of 2 tests pass."),
        (Verdict("k", "error", passed=1, failures=failures(1, "error")), "Not yet: 1 of 2 tests pass."),
        (in_parts(1, "missing"), "Not yet: part 1 of 3."),
        (in_parts(3, "missing", "correct"), "Right so far: part 2 of 3."),
        (in_parts(3, "wrong", "missing"), "Not yet: part 3 of 3."),
        (Verdict("k", "timeout"), "Stopped: it took too long."),
        (Verdict("k", "cancelled"), "Called off."),
    ],
)
def test_a_verdict_is_said_with_how_many_tests_or_parts_are_right(verdict, said):
    assert headline(verdict) == said
