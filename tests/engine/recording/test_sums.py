"""Many sums of products at once: what a plain loop adds up, whatever way they are put side by side."""

from __future__ import annotations

import random

import numpy as np
import pytest

from handgrad.recording import sums
from handgrad.recording.sums import blocks, try_slice

PLACES = 40


def sorted_sums(seed: int, widths: list[int]):
    """Places of the factors of such sums, the narrowest first."""
    rng = random.Random(seed)
    widths = sorted(widths)
    count = sum(widths)
    one, other = ([rng.randrange(PLACES) for _ in range(count)] for _ in range(2))
    return widths, one, other


def by_a_loop(widths, one, other, first, second):
    """The sums of each lane, by plain Python."""
    found, at = [], 0
    for width in widths:
        row = range(at, at + width)
        found.append([sum(first[one[i]][lane] * second[other[i]][lane] for i in row) for lane in range(len(first[0]))])
        at += width
    return found


@pytest.mark.parametrize("enough", [1, 30, 8192], ids=["a block a width", "some together", "all together"])
@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize(
    "widths",
    [[1] * 7, [5] * 9, [12, 12], [1, 1, 2, 2, 2, 5, 30], [3], [1, 2, 2, 40, 40, 41]],
    ids=lambda widths: "-".join(map(str, widths)),
)
def test_the_blocks_give_the_sums_of_a_plain_loop(widths, lanes, enough, monkeypatch):
    monkeypatch.setattr(sums, "ENOUGH", enough)
    rng = np.random.default_rng(len(widths))
    for seed in range(5):
        widths, one, other = sorted_sums(seed, widths)
        first, second = rng.normal(size=(2, PLACES, lanes))
        out = np.full((len(widths) + 2, lanes), np.nan)
        numbers = np.concatenate([out, first, second])
        made = list(blocks(1, np.array(widths), np.array(one) + len(out), np.array(other) + len(out) + PLACES))
        room = np.empty(2 * max(block.size for block in made) * lanes)
        for block in made:
            for call in block.calls(numbers, room):
                call()
        out = numbers[: len(out)]
        np.testing.assert_allclose(out[1:-1], by_a_loop(widths, one, other, first.tolist(), second.tolist()), 1e-12)
        assert np.isnan(out[[0, -1]]).all()
        assert sum(block.size for block in made) == sum(widths)


def test_sums_of_one_width_have_a_block_of_their_own_only_where_they_are_enough(monkeypatch):
    widths, one, other = sorted_sums(0, [1] * 10 + [2] * 10 + [3] * 10)

    def counts(enough: int) -> list[int]:
        monkeypatch.setattr(sums, "ENOUGH", enough)
        made = blocks(0, np.array(widths), np.array(one), np.array(other))
        return [block.out.stop - block.out.start for block in made]

    assert counts(8192) == [30]
    assert counts(15) == [10, 10, 10]  # twenty products are enough; the ten before them are done


@pytest.mark.parametrize(
    ("places", "expected"),
    [([3, 4, 5], slice(3, 6)), ([7], slice(7, 8)), ([3, 5], None), ([4, 3], None), ([3, 3], None)],
)
def test_neighbours_become_a_slice_that_costs_no_copy(places, expected):
    found = try_slice(np.array(places))
    assert found == expected if expected is not None else found.tolist() == places
