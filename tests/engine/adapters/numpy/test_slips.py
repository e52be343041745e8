"""Code of many hands, right and with slips: silent on the right, the very line on the wrong."""

import functools

import pytest

from handgrad import check_backward

from .cases import RIGHT, arguments, changed_line
from .slips import SLIPS

EACH = [(name, old, new) for name, slips in SLIPS.items() for old, new in slips]
ON_ANOTHER_LINE = {
    "passed = mask * 1.0",
    "dx[np.arange(N), y] -= 1",
    "dZ = dA * s",
    "dxmu2 = xmu * dsq",
    "dx1 = dxmu1",
    "dx2 = np.ones((N, D)) * dmu",
    "da_prev_pad[rows, cols, :] += a_slice * dZ[i, h, w, c]",
    "ddiff = ddist[:, None] * diff",
}
"""A change of the line before or after is as small, and makes everything right too."""
TOLD = [(name, old, new) for name, old, new in EACH if new not in ON_ANOTHER_LINE]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """What is found in the code of a case with a slip in it, looked for once."""

    @functools.cache
    def judged(name, old, new, *, quick=False):
        return check_backward(*arguments(name, tmp_path_factory.mktemp("theirs"), old, new), quick=quick)

    return judged


def lines(found):
    return {None if cause.source is None else cause.source[1] for cause in found.causes}


@pytest.mark.drawn(6)
@pytest.mark.parametrize("name", RIGHT)
def test_right_code_is_silent_and_its_forward_is_followed(name):
    found = check_backward(*arguments(name))
    assert found.ok, str(found)
    assert not found.causes
    assert "followed" not in found.remark


@pytest.mark.drawn(6)
@pytest.mark.parametrize(("name", "old", "new"), TOLD, ids=[f"{name}: {new.strip()}" for name, _, new in TOLD])
def test_a_slip_is_found_on_its_line(name, old, new, judged):
    found = judged(name, old, new)
    assert not found.ok
    assert lines(found) == {changed_line(name, old, new)}


@pytest.mark.rest
def test_without_an_edit_every_slip_is_flagged_and_most_are_told_on_their_line(judged):
    quick = [(one, judged(*one, quick=True)) for one in EACH]
    assert not any(found.ok for _, found in quick)
    assert sum(lines(found) == {changed_line(*one)} for one, found in quick) >= 0.8 * len(EACH)


@pytest.mark.rest
def test_most_slips_have_a_name(judged):
    few = [(name, *slips[0]) for name, slips in SLIPS.items() if name not in ("conv", "conv_course")]
    named = [all(result.slip is not None for result in judged(*one).causes) for one in few]
    assert sum(named) >= 0.7 * len(few)
