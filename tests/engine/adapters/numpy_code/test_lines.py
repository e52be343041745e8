"""Code of many hands, right and with slips: silent on the right, the very line on the wrong."""

import pytest

from handgrad import check_backward

from .cases import RIGHT, SLIPS, arguments, changed_line

EACH = [(name, old, new) for name, slips in SLIPS.items() for old, new in slips]


@pytest.mark.parametrize("name", RIGHT)
def test_right_code_is_silent(name):
    found = check_backward(*arguments(name))
    assert found.ok, str(found)
    assert not found.causes


@pytest.mark.parametrize(("name", "old", "new"), EACH, ids=[f"{name}: {new.strip()}" for name, _, new in EACH])
def test_a_slip_is_found_on_its_line(name, old, new, tmp_path):
    found = check_backward(*arguments(name, tmp_path, old, new))
    assert not found.ok
    assert {result.source[1] for result in found.causes} == {changed_line(name, old, new)}


def test_most_slips_have_a_name(tmp_path):
    few = [(name, *slips[0]) for name, slips in SLIPS.items() if name != "conv"]
    named = 0
    for number, (name, old, new) in enumerate(few):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = check_backward(*arguments(name, folder, old, new))
        named += all(result.slip is not None for result in found.causes)
    assert named >= 0.7 * len(few)


def test_the_forward_of_each_is_followed():
    assert not [name for name in RIGHT if "followed" in check_backward(*arguments(name)).remark]
