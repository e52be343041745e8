"""Arrays as maps of their numbers."""

import math

import numpy as np
import pytest

from handgrad.viz.tones import TONES, largest, scale_of, tone, tone_map


def test_the_map_of_a_small_array_has_a_square_for_each_number():
    found = tone_map(np.array([[-1.0, 0.0], [0.5, 1.0]]), 1.0)
    assert found == {"tones": ["ae", "gi"], "values": [["-1", "0"], ["0.5", "1"]]}


def test_a_vector_is_one_row():
    assert tone_map(np.array([1.0, -1.0, 0.0]), 1.0)["tones"] == ["iae"]


def test_of_a_large_array_a_square_is_the_largest_of_its_block():
    numbers = np.zeros((80, 120))
    numbers[79, 0] = -3.0
    found = tone_map(numbers, 3.0)
    assert len(found["tones"]) == 8
    assert len(found["tones"][0]) == 12
    assert found["tones"][7][0] == "a"
    assert found["values"][7][0] == "-3"
    assert set("".join(found["tones"]).replace("a", "")) == {"e"}


@pytest.mark.parametrize("share", np.linspace(-1.0, 1.0, 41).tolist())
def test_a_larger_number_never_has_a_lower_tone_and_the_other_sign_has_the_mirrored_one(share):
    assert TONES.index(tone(share, 1.0)) >= TONES.index(tone(share - 0.05, 1.0))
    assert TONES.index(tone(share, 1.0)) + TONES.index(tone(-share, 1.0)) == len(TONES) - 1
    assert (tone(share, 1.0) == "e") == (abs(share) < 1e-9)


@pytest.mark.parametrize(("number", "tone_"), [(math.inf, "i"), (-math.inf, "a"), (math.nan, "e"), (7.0, "i")])
def test_what_is_off_the_scale_stands_at_its_end(number, tone_):
    assert tone(number, 2.0) == tone_


def test_an_array_of_nothing_and_one_of_zeros_have_no_tone():
    assert tone_map(np.zeros((0, 3)), 1.0) == {"tones": [], "values": []}
    assert tone_map(np.zeros(2), 0.0)["tones"] == ["ee"]


def test_the_scale_goes_to_the_largest_finite_number_of_all():
    assert largest([np.array([1.0, -4.0]), np.array([-math.inf]), 99.0]) == 4.0
    assert largest([]) == 0.0
    assert scale_of(3.14159) == "-3.14 to 3.14"
