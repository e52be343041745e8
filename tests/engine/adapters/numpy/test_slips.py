"""Code of many hands, right and with slips: silent on the right, the very line on the wrong."""

import functools

import pytest

from handgrad import check_backward
from tests.drawing import draw

from .cases import RIGHT, arguments, changed_line
from .slips import SLIPS

EACH = [(name, *slip) for name, slips in SLIPS.items() for slip in slips]
ON_ANOTHER_LINE = {
    ("max_pool", 1): "by what the next line adds",
    ("svm_loss", 0): "by what the next line divides",
    ("course", 1): "by another line, whose change makes everything right too",
    ("staged", 0): "by the next line, where the factor may stand as well",
    ("staged", 1): "by the sum of the next line, which may have the part as well",
    ("staged", 4): "by the next line, where the factor may stand as well",
    ("conv_course", 2): "by what the next line adds",
    ("contrastive", 2): "by the line before, where the factor may stand as well",
}
"""By case and number of the slip: what is told instead is as small a change, or all that can be known."""
BESIDE = [(name, *SLIPS[name][number]) for name, number in ON_ANOTHER_LINE]
TOLD = [one for one in EACH if one not in BESIDE]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """What is found in the code of a case with a slip in it, looked for once."""

    @functools.cache
    def judged(name, old, new, *, quick=False):
        return check_backward(*arguments(name, tmp_path_factory.mktemp("theirs"), old, new), quick=quick)

    return judged


def lines(found):
    return {None if cause.source is None else cause.source[1] for cause in found.causes}


@pytest.mark.drawn(6, rest=12)
@pytest.mark.parametrize("name", RIGHT)
def test_right_code_is_silent_and_its_forward_is_followed(name):
    found = check_backward(*arguments(name))
    assert found.ok, str(found)
    assert not found.causes
    assert "followed" not in found.remark


@pytest.mark.drawn(6, rest=6)
@pytest.mark.parametrize(("name", "old", "new"), TOLD, ids=[f"{name}: {new.strip()}" for name, _, new in TOLD])
def test_a_slip_is_found_on_its_line(name, old, new, judged):
    found = judged(name, old, new)
    assert not found.ok
    assert lines(found) == {changed_line(name, old, new)}


PARTS = 5


def of_a_part(test):
    """Ask of each fifth of the slips, as all together take long."""
    return pytest.mark.rest(pytest.mark.drawn(0, rest=1)(pytest.mark.parametrize("part", range(PARTS))(test)))


def undrawn(each, drawn):
    """How many were not judged, all of which may be told well."""
    return len(each) - len(drawn)


@of_a_part
def test_without_an_edit_every_slip_is_flagged_and_most_are_told_on_their_line(part, judged, request):
    each = EACH[part::PARTS]
    some = draw(request, each, 8)
    quick = [(one, judged(*one, quick=True)) for one in some]
    assert not any(found.ok for _, found in quick)
    assert sum(lines(found) == {changed_line(*one)} for one, found in quick) >= 0.75 * len(each) - undrawn(each, some)


@of_a_part
def test_the_first_slip_of_each_case_is_found_on_its_line_and_most_have_a_name(part, judged, request):
    each = [(name, *slips[0]) for name, slips in SLIPS.items() if name not in ("conv", "conv_course")][part::PARTS]
    few = draw(request, each, 2)
    assert all(lines(judged(*one)) == {changed_line(*one)} for one in few if one in TOLD)
    named = [all(result.slip is not None for result in judged(*one).causes) for one in few]
    assert sum(named) >= 0.7 * len(each) - undrawn(each, few)
