"""Whether the numbers of a guess are those that were written."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad.slips.later import Later
from handgrad.slips.region import Region

from .test_later import layers


def region_of(written) -> Region:
    net = layers()
    comparison = net.compared("w", lambda x, d: written(d.w), ())
    return Region(comparison[net.w], comparison)


def test_numbers_are_those_written_up_to_noise_and_nothing_else():
    region = region_of(lambda d: 1.5 * d)
    assert region.explains(region.written * (1.0 + 1e-9))
    assert not region.explains(region.written * 1.001)
    assert not region.explains(region.chain)


def test_of_what_a_few_entries_speak_against_the_rest_is_not_worked_out():
    region = region_of(lambda d: 1.5 * d)

    def whole():
        raise AssertionError("worked out")

    assert not region.explains(Later(whole, lambda: region.written[region.fit.some] + 1.0))
    with pytest.raises(AssertionError, match="worked out"):
        region.explains(Later(whole, lambda: region.written[region.fit.some]))


def test_where_the_few_entries_fit_one_of_the_others_can_speak_against_it():
    region = region_of(lambda d: 1.5 * d)
    others = np.ones(region.shape, dtype=bool)
    others[region.fit.some] = False
    off = region.written + others
    assert others.any()
    assert not region.explains(Later(lambda: off, lambda: off[region.fit.some]))


def test_what_was_written_to_a_few_decimals_is_known_to_these():
    region = region_of(lambda d: (1.5 * d).round(3))
    assert region.explains(1.5 * region.chain)
    assert not region.explains(1.5 * region.chain + 0.002)


def test_two_decimals_are_asked_of_what_has_them_alone():
    rough, exact = region_of(lambda d: (15.0 * d).round(2)), region_of(lambda d: 15.0 * d)
    assert rough.explains(15.0 * rough.chain, roughly=True)
    assert not exact.explains(15.0 * exact.chain, roughly=True)
    assert (rough.fit.may_be_rough, exact.fit.may_be_rough) == (True, False)


def test_what_was_written_in_single_precision_is_judged_as_a_whole():
    region = region_of(lambda d: (1.5 * d).astype(np.float32))
    off = 1.5 * region.chain
    assert region.explains(Later(lambda: off, lambda: off[region.fit.some] + 1.0))
