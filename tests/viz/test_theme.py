"""The looks of the pictures: red is seen first, every state without colour too, and each word can be read."""

import re

import pytest

from handgrad import Status
from handgrad.viz import theme

LOUD = [card for card in theme.LEGEND if card.outline == "red"]


def luminance(colour):
    """The relative luminance of WCAG 2, 0 to 1."""
    channels = [int(part, 16) / 255 for part in re.findall("..", colour.removeprefix("#"))]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def test_each_status_has_a_card():
    assert set(theme.CARDS) == {status.value for status in Status}


def test_red_is_what_is_wrong_and_what_follows_from_it_alone():
    assert LOUD == [theme.WRONG, theme.CARRIED]


def test_a_cause_is_the_heaviest_by_far():
    others = [card.width for card in (*theme.CARDS.values(), theme.CONSTANT) if card is not theme.WRONG]
    assert theme.CAUSE_WIDTH > theme.WRONG.width >= 3 * max(others)
    assert theme.WRONG.width > theme.CHIP_WIDTH


def test_without_colour_the_states_differ_by_line_weight_or_word():
    looks = {(card.width, card.style, card.word) for card in theme.LEGEND}
    assert len(looks) == len(theme.LEGEND)


def test_the_legend_explains_each_state_in_words_of_its_own():
    meanings = [card.meaning for card in theme.LEGEND]
    assert len(set(meanings)) == len(meanings)
    assert all(meanings)


@pytest.mark.parametrize("card", [*theme.CARDS.values(), theme.CONSTANT], ids=[*theme.CARDS, "constant"])
def test_what_stands_on_a_card_has_the_contrast_that_small_text_needs(card):
    assert contrast(card.ink, card.fill) >= 4.5
    assert contrast(theme.QUIET, card.fill) >= 4.5


def test_what_stands_on_the_paper_and_on_a_disc_can_be_read():
    assert contrast(theme.INK, theme.PAPER) >= 7.0
    assert contrast(theme.QUIET, theme.PAPER) >= 4.5
    assert contrast(theme.RED_INK, theme.PAPER) >= 4.5
    assert contrast(theme.DISC_INK, theme.DISC["fillcolor"]) >= 4.5


@pytest.mark.parametrize("status", ["wrong", "carried"])
def test_the_larger_an_error_the_darker_its_square(status):
    shades = [luminance(shade) for shade in theme.HEAT[status]]
    assert shades == sorted(shades, reverse=True)


def test_the_map_of_a_cause_is_louder_than_that_of_what_follows():
    assert luminance(theme.HEAT["wrong"][0]) < luminance(theme.COLD)
    assert luminance(theme.HEAT["wrong"][-1]) < 0.2 < luminance(theme.HEAT["carried"][-1])
    assert theme.CELL > theme.SMALL_CELL
