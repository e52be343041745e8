"""The map of an array's error: entry by entry, of a large array block by block."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import compare, gradients, label, manual
from handgrad.arrays import array, fill
from handgrad.viz import theme
from handgrad.viz.heat import MOST_COLUMNS, MOST_ROWS, heat, shows_errors

from .array_graphs import chain, small


def test_the_map_of_a_small_array_has_a_square_an_entry_and_shows_which_is_wrong():
    loss, _, _, y = small()
    colours = heat(compare(loss)[y])
    assert (len(colours), len(colours[0])) == (1, 2)
    assert colours[0] == [theme.COLD, theme.HEAT["wrong"][-1]]


def test_the_map_of_a_large_array_has_a_square_a_block(comparison):
    by_name = {result.name: result for result in comparison.arrays}
    colours = heat(by_name["bndiff"])
    assert (len(colours), len(colours[0])) == (MOST_ROWS, MOST_COLUMNS)
    assert theme.HEAT["wrong"][-1] in {colour for row in colours for colour in row}
    assert {colour for row in heat(by_name["logprobs"]) for colour in row} == {theme.COLD}


def test_the_map_is_the_darker_the_larger_the_error():
    loss, (h,) = chain(1)
    fill(h, h.grad + [0.0, 0.1, 0.5, 1.0])
    shades = [theme.COLD, *theme.HEAT["wrong"]]
    (colours,) = heat(compare(loss)[h])
    assert [shades.index(colour) for colour in colours] == [0, 1, 3, 5]


@pytest.mark.parametrize(
    ("shape", "squares"),
    [
        ((5,), (1, 5)),
        ((5, 1), (1, 5)),
        ((5, 2), (5, 2)),
        ((2, 2, 2), (2, 4)),
        ((2, 3, 2, 2), (2, 12)),
        ((200, 300), (8, 12)),
    ],
)
def test_the_map_has_two_axes_whatever_the_array_has(shape, squares):
    x = array(np.ones(shape), label="x")
    loss = (x * 1).sum()
    fill(x, np.ones(shape))
    x.grad[(-1,) * len(shape)] = 9.0
    colours = heat(compare(loss)[x])
    assert (len(colours), len(colours[0])) == squares
    assert colours[-1][-1] == theme.HEAT["wrong"][-1]
    assert [colour for row in colours for colour in row].count(theme.COLD) == squares[0] * squares[1] - 1


def test_the_map_shows_what_is_no_number_as_the_darkest():
    loss, (h,) = chain(1)
    fill(h, h.grad + [0.0, 0.001, 0.002, np.nan])
    (colours,) = heat(compare(loss)[h])
    assert colours[0] == theme.COLD
    assert colours[3] == theme.HEAT["wrong"][-1]
    fill(h, [np.inf, *h.grad[1:]])
    assert heat(compare(loss)[h])[0][0] == theme.HEAT["wrong"][-1]
    x = array(np.ones((1, 2 * MOST_COLUMNS)), label="x")
    loss = (x * 1).sum()
    fill(x, [[np.nan, 1.001, 9.0, *x.data[0, 3:]]])
    assert heat(compare(loss)[x])[0][0] == theme.HEAT["wrong"][-1]


def judged(wrong, missing=None):
    """The map of an array whose gradient is 1 everywhere, filled in with so much more than that."""
    wrong = np.asarray(wrong, dtype=float)
    x = array(np.ones(wrong.shape), label="x")
    loss = (x * 1).sum()
    fill(x, 1.0 + wrong if missing is None else np.where(missing, np.nan, 1.0 + wrong))
    return heat(compare(loss)[x])


def test_an_array_without_entries_has_no_map():
    assert judged(np.zeros((0, 3))) == []


def test_what_is_not_filled_in_is_grey_all_over():
    loss, _, w, _ = small()
    assert heat(compare(loss)[w]) == [[theme.COLD_MISSING, theme.COLD_MISSING]]


def test_what_cannot_be_read_has_no_map():
    loss, _, w, _ = small()
    w.grad = "twelve"
    assert heat(compare(loss)[w]) == []
    assert not shows_errors(compare(loss)[w])


def test_what_only_follows_is_paler_than_its_cause():
    with manual():
        x = array([1.0, 2.0], "x")
        h = label(np.tanh(x), "h")
        loss = label((h * h).sum(), "loss")
    truth = gradients(loss)
    loss.grad = 1.0
    for node in (x, h):
        fill(node, 2.0 * truth[node])
    comparison = compare(loss)
    assert set(heat(comparison[x])[0]) <= set(theme.HEAT["carried"])
    assert set(heat(comparison[h])[0]) <= set(theme.HEAT["wrong"])


def test_the_smallest_error_of_a_map_is_seen():
    assert judged([[1e-3, 9.0, 0.0]]) == [[theme.HEAT["wrong"][0], theme.HEAT["wrong"][-1], theme.COLD]]


def test_each_fifth_of_the_largest_error_is_a_shade():
    (colours,) = judged([[0.1, 0.3, 0.5, 0.7, 0.9, 1.0]])
    assert [theme.HEAT["wrong"].index(colour) for colour in colours] == [0, 1, 2, 3, 4, 4]


def test_a_block_is_as_dark_as_its_largest_error():
    wrong = np.zeros((2 * MOST_ROWS, 2 * MOST_COLUMNS))
    wrong[0, 1], wrong[-1, -1], wrong[-1, -2] = 0.1, 5.0, 0.1
    colours = judged(wrong)
    assert (colours[0][0], colours[-1][-1]) == (theme.HEAT["wrong"][0], theme.HEAT["wrong"][-1])
    assert sum(row.count(theme.COLD) for row in colours) == MOST_ROWS * MOST_COLUMNS - 2


def test_the_blocks_of_a_map_cover_every_entry_once():
    for rows in (MOST_ROWS, MOST_ROWS + 1, 3 * MOST_ROWS - 1):
        for row in range(rows):
            wrong = np.zeros((rows, 2))
            wrong[row] = 1.0
            assert sum(colours != [theme.COLD] * 2 for colours in judged(wrong)) == 1


def test_a_picture_shows_errors_where_an_entry_is_wrong_alone():
    loss, (h,) = chain(1)
    assert not shows_errors(compare(loss)[h])
    fill(h, h.grad + [0.0, 0.0, 0.0, 1.0])
    assert shows_errors(compare(loss)[h])
    assert not shows_errors(compare(loss)[loss])


def test_beside_what_is_no_number_the_others_keep_their_shades():
    palest, *_, darkest = theme.HEAT["wrong"]
    assert judged([[0.1, 1.0, np.inf]]) == [[palest, darkest, darkest]]
