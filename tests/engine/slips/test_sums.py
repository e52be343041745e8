"""What was broadcast is summed back, and what was summed broadcast back."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import gradients

from .array_exercise import slip_of
from .nets import Net, named, normal


def test_one_row_and_column_of_what_was_broadcast_along_two_axes_is_named():
    X = normal(2, 3, 4)
    net = Net(lambda name, x, b: (name("y", x + b) ** 3).sum(), x=X, b=normal(4, seed=4))
    dy = gradients(net.loss)[net.y]
    assert named(net, {"b": dy[0, 0]}).kind == "not-summed"
    assert named(net, {"b": dy.sum(0)[0]}).kind == "not-summed"


@pytest.mark.parametrize("reduce", ["sum", "mean"])
def test_what_is_broadcast_back_along_another_axis_is_named(reduce):
    X = normal(4, 4)
    net = Net(lambda name, x: (name("s", getattr(x, reduce)(0)) ** 2).sum(), x=X)
    ds = gradients(net.loss)[net.s] * (0.25 if reduce == "mean" else 1.0)
    slip = named(net, {"x": np.broadcast_to(ds[:, None], (4, 4))})
    assert slip.kind == "wrong-axis"
    assert "broadcast along the wrong axis" in slip.message


def test_of_two_rows_too_the_one_that_is_filled_in_is_named():
    net = Net(lambda name, x: (name("s", x.sum(0)) ** 2).sum(), x=normal(2, 3))
    ds = gradients(net.loss)[net.s]
    slip = named(net, {"x": np.stack([ds, 0.0 * ds])})
    assert slip.kind == "not-broadcast"
    assert "only the first row is filled in" in slip.message


def test_a_sum_that_is_not_broadcast_back_is_named(exercise):
    def first_row(x, d):
        found = np.zeros_like(x.bndiff2)
        found[0] = d.bnvar / (x.n - 1)
        return found

    exercise.fill({"bndiff2": first_row})
    assert slip_of(exercise, "bndiff2").kind == "not-broadcast"


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("what comes from one entry along axis 0 of y", lambda x, d: d.y.sum(1)[0]),
        ("what comes from one entry along axis 1 of y", lambda x, d: d.y.sum(0)[2]),
        ("what comes from one entry along axes 0 and 1 of y", lambda x, d: d.y[0, 0]),
    ],
)
def test_the_axis_is_told_along_which_one_entry_alone_of_a_larger_array_is_there(words, rule):
    net = Net(lambda name, x, b: (name("y", x + b) ** 3).sum(), x=normal(2, 3, 4), b=normal(4, seed=4))
    slip = net.slip("b", rule)
    assert slip.kind == "not-summed"
    assert slip.message.startswith(f"b: only {words} is there.")


@pytest.mark.parametrize(
    ("words", "rule"), [("one row", lambda x, d: d.y[0][:, None]), ("one column", lambda x, d: d.y[:, 1:2])]
)
def test_of_a_matrix_it_is_told_whether_one_row_or_one_column_is_there(words, rule):
    along = (lambda b: b.T) if words == "one row" else (lambda b: b)
    net = Net(lambda name, x, b: (name("y", x + along(b)) ** 3).sum(), x=normal(3, 3), b=normal(3, 1, seed=4))
    assert f"only what comes from {words} of y is there" in net.slip("b", rule).message


def test_the_axis_is_told_along_which_only_the_first_entry_is_filled_in():
    net = Net(lambda name, x: (name("s", x.sum(1)) ** 2).sum(), x=normal(2, 3, 4))
    slip = net.slip("x", lambda x, d: np.concatenate([d.s[:, None], np.zeros((2, 2, 4))], axis=1))
    assert slip.message.startswith("x: only the first entry along axis 1 is filled in;")


def test_a_mean_for_the_sum_of_one_number_is_a_factor_and_no_other_axis():
    net = Net(lambda name, x, t: (name("y", x * t) ** 3).sum(), x=normal(3, 4), t=np.array([0.4]))
    slip = net.slip("t", lambda x, d: np.array([(d.y * x.x).mean()]))
    assert slip.kind == "factor"
    assert "is a mean taken where a sum belongs?" in slip.message


def test_a_mean_of_rows_where_all_entries_are_one_number_is_a_factor_and_no_axis():
    net = Net(lambda name, x, b: (name("h", x + b).mean(1) ** 2).sum(), x=normal(10, 7), b=normal(7, seed=4))
    dh = gradients(net.loss)[net.h]
    assert named(net, {"b": dh.mean(0)}).kind == "factor"
