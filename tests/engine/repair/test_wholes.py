"""What may stand in the place of a whole statement."""

import pytest

from handgrad.repair import edits

from .statements import whole


@pytest.mark.parametrize(
    ("applies", "text", "wanted"),
    [
        (edits.added_up, "dW = x.T @ dy", "dW += x.T @ dy"),
        (edits.added_up, "grads['W'] = g", "grads['W'] += g"),
        (edits.assigned, "dW += g", "dW = g"),
        (edits.taken_off, "dW += g", "dW -= g"),
        (edits.taken_off, "dW -= g", "dW += g"),
        (edits.added_at, "dx[i] += g", "np.add.at(dx, np.s_[i], g)"),
        (edits.added_at, "dx[i] -= g", "np.subtract.at(dx, np.s_[i], g)"),
        (edits.left_out, "dW += g", "pass"),
    ],
)
def test_a_slip_is_undone(applies, text, wanted):
    assert whole(applies, text) == [wanted]


@pytest.mark.parametrize(
    ("applies", "text"),
    [
        (edits.added_up, "dW += g"),
        (edits.added_up, "a = b = g"),
        (edits.assigned, "dW = g"),
        (edits.taken_off, "dW *= g"),
        (edits.added_at, "dx += g"),
        (edits.left_out, "dW = g"),
        (edits.index_of_target, "dW = g[i]"),
        (edits.scaled_after, "dW = g"),
    ],
)
def test_what_does_not_fit_is_left_alone(applies, text):
    assert not whole(applies, text, ["dW", "g", "i", "n"])


def test_the_index_of_the_target_is_another_name_and_the_value_stays():
    assert whole(edits.index_of_target, "dx[i] = g[i]", ["i", "j", "self.k"]) == ["dx[j] = g[i]"]


def test_a_sum_is_divided_once_it_is_there():
    assert whole(edits.scaled_after, "dx[i] += g", ["n", "dx"]) == ["dx[i] += g\ndx = dx / n"]
