"""The verdicts there are, and in which order they want to be looked at."""

from __future__ import annotations

from handgrad import Status
from handgrad.verdict.status import CODES, GRAVEST_FIRST, STATUSES


def test_a_verdict_is_written_as_its_word() -> None:
    assert [status.value for status in Status] == ["correct", "wrong", "carried", "missing", "skipped"]
    assert Status("wrong") is Status.WRONG


def test_a_code_stands_for_its_status_in_arrays() -> None:
    assert [STATUSES[CODES[status]] for status in Status] == list(Status)


def test_the_cause_is_looked_at_before_what_follows_from_it_and_what_is_right_last() -> None:
    assert sorted(GRAVEST_FIRST, key=list(Status).index) == list(Status)
    place = GRAVEST_FIRST.index
    assert place(Status.WRONG) < place(Status.MISSING) < place(Status.CARRIED) < place(Status.CORRECT)
