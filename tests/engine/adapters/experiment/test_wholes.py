"""What may stand in the place of a whole statement."""

import pytest

from handgrad.adapters.experiment import wholes

from .statements import whole


@pytest.mark.parametrize(
    ("applies", "text", "wanted"),
    [
        (wholes.added_up, "dW = x.T @ dy", "dW += x.T @ dy"),
        (wholes.added_up, "grads['W'] = g", "grads['W'] += g"),
        (wholes.assigned, "dW += g", "dW = g"),
        (wholes.taken_off, "dW += g", "dW -= g"),
        (wholes.taken_off, "dW -= g", "dW += g"),
        (wholes.added_at, "dx[i] += g", "np.add.at(dx, np.s_[i], g)"),
        (wholes.added_at, "dx[i] -= g", "np.subtract.at(dx, np.s_[i], g)"),
        (wholes.left_out, "dW += g", "pass"),
    ],
)
def test_a_slip_is_undone(applies, text, wanted):
    assert whole(applies, text) == [wanted]


@pytest.mark.parametrize(
    ("applies", "text"),
    [
        (wholes.added_up, "dW += g"),
        (wholes.added_up, "a = b = g"),
        (wholes.assigned, "dW = g"),
        (wholes.taken_off, "dW *= g"),
        (wholes.added_at, "dx += g"),
        (wholes.left_out, "dW = g"),
        (wholes.index_of_target, "dW = g[i]"),
        (wholes.scaled_after, "dW = g"),
    ],
)
def test_what_does_not_fit_is_left_alone(applies, text):
    assert not whole(applies, text, ["dW", "g", "i", "n"])


def test_the_index_of_the_target_is_another_name_and_the_value_stays():
    assert whole(wholes.index_of_target, "dx[i] = g[i]", ["i", "j", "self.k"]) == ["dx[j] = g[i]"]


def test_a_sum_is_divided_once_it_is_there():
    assert whole(wholes.scaled_after, "dx[i] += g", ["n", "dx"]) == ["dx[i] += g\ndx = dx / n"]
