"""Code of many hands, right and with slips: silent on the right, the very line on the wrong."""

import functools

import pytest

from handgrad import check_backward

from .cases import RIGHT, arguments, changed_line
from .slips import SLIPS

EACH = [(name, old, new) for name, slips in SLIPS.items() for old, new in slips]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """What is found in the code of a case with a slip in it, looked for once."""

    @functools.cache
    def judged(name, old, new):
        return check_backward(*arguments(name, tmp_path_factory.mktemp("theirs"), old, new), quick=True)

    return judged


@pytest.mark.drawn(12)
@pytest.mark.parametrize("name", RIGHT)
def test_right_code_is_silent_and_its_forward_is_followed(name):
    found = check_backward(*arguments(name))
    assert found.ok, str(found)
    assert not found.causes
    assert "followed" not in found.remark


@pytest.mark.drawn(12)
@pytest.mark.parametrize(("name", "old", "new"), EACH, ids=[f"{name}: {new.strip()}" for name, _, new in EACH])
def test_a_slip_is_found_on_its_line(name, old, new, judged):
    found = judged(name, old, new)
    assert not found.ok
    assert {result.source[1] for result in found.causes} == {changed_line(name, old, new)}


@pytest.mark.drawn(1)
@pytest.mark.parametrize("name", ["batchnorm_short", "lstm_step", "two_layer", "shallow", "rms", "gru"])
def test_an_experiment_blames_the_same_line(name, tmp_path):
    for old, new in SLIPS[name][:2]:
        found = check_backward(*arguments(name, tmp_path, old, new))
        assert {result.source[1] for result in found.causes} == {changed_line(name, old, new)}


@pytest.mark.rest
def test_most_slips_have_a_name(judged):
    few = [(name, *slips[0]) for name, slips in SLIPS.items() if name not in ("conv", "conv_course")]
    named = [all(result.slip is not None for result in judged(*one).causes) for one in few]
    assert sum(named) >= 0.7 * len(few)
