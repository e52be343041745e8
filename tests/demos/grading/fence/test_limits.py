"""The limits of an answer, as they are typed."""

import pytest

from handgrad.demos.grading.fence.limits import Limits, LimitsError


@pytest.mark.parametrize("text", ["second=5", "seconds=-1", "memory=much", "memory="])
def test_limits_that_cannot_be_read_are_refused(text):
    with pytest.raises(LimitsError):
        Limits.parse(text)


def test_what_is_named_is_set_and_the_rest_stays_as_it_is():
    limits = Limits.parse(" seconds=2.5, memory=1.5g,output=64k ,files=7")
    assert limits == Limits(seconds=2.5, cpu=3, memory=3 << 29, output=64 << 10, files=7)
    assert Limits.parse("") == Limits()


def test_the_processor_has_as_long_as_the_clock_where_nothing_else_is_said():
    assert Limits.parse("seconds=0.2").cpu == 1
    assert Limits.parse("seconds=60,cpu=5").cpu == 5


def test_a_limit_that_is_refused_is_named_with_those_that_there_are():
    with pytest.raises(LimitsError, match=r"no limit 'second'\. They are: cpu, file_size, files"):
        Limits.parse("second=5")
    with pytest.raises(LimitsError, match=r"at most 86400, not '2000000'\. Write: seconds=5"):
        Limits.parse("seconds=2000000")
