"""The three sanity checks: what passes, what fails and points where, and that nothing else changes."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from handgrad import Value, manual
from handgrad.errors import DomainError, NotANumberError, NotFiniteError, UnfilledError
from handgrad.functional import ShapeError, cross_entropy
from handgrad.optim import NotAParameterError, SettingError
from handgrad.sanity import starts_near_uniform, step_lowers_loss, sums_to_zero


def filled_logits(*grads):
    with manual():
        logits = [Value(number, f"z{i}") for i, number in enumerate([2.0, 1.0, 0.0])]
    for z, gradient in zip(logits, grads):
        z.grad = gradient
    return logits


def step_of(*grads, lr=1.0):
    logits = filled_logits(*grads)
    return step_lowers_loss(lambda: cross_entropy(logits, 0), logits, lr)


def test_gradients_typed_to_three_decimals_sum_to_zero():
    check = sums_to_zero(filled_logits(-0.335, 0.245, 0.09))
    assert check
    assert check.ok is True
    assert str(check) == "ok: the gradients sum to 0, as p - y must."


def test_typed_gradients_whose_roundings_add_up_still_sum_to_zero():
    assert sums_to_zero([-0.667, 0.333, 0.333])
    assert not sums_to_zero([-0.667, 0.333, 0.333], typed=False)


def test_gradients_of_a_backward_pass_sum_to_zero_without_any_allowance_for_typing():
    logits = [Value(x) for x in (2.0, 1.0, 0.0, -7.5)]
    cross_entropy(logits, 2).backward()
    assert sums_to_zero(logits, typed=False, rtol=1e-15)


def test_a_forgotten_target_fails_and_points_at_a_lost_normalisation():
    check = sums_to_zero([0.665, 0.245, 0.09])
    assert not check
    assert check.sums == (1.0,)
    assert str(check) == (
        "FAILED: the gradients sum to 1, not to 0. A normalisation is lost: look for a missing - y, or a missing "
        "path through the softmax's sum."
    )


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_an_error_of_one_percent_is_seen_at_every_scale(scale):
    gradients = [-0.33475904 * scale, 0.24472847 * scale, 0.09003057 * scale]
    assert sums_to_zero(gradients)
    gradients[0] *= 1.01
    assert not sums_to_zero(gradients)


def test_small_typed_gradients_get_an_allowance_of_their_own_size():
    assert not sums_to_zero([0.0004, 0.0, -0.0001])
    assert not sums_to_zero([0.001, -0.0005])
    assert sums_to_zero([0.00123, -0.00122])


def test_large_gradients_may_be_typed_to_three_significant_digits():
    assert sums_to_zero([123.0, -122.6])
    assert not sums_to_zero([123.0, -122.3])
    assert not sums_to_zero([12.3, -12.0])


def test_each_row_of_a_batch_must_sum_to_zero():
    rows = [[-0.5, 0.5], [0.25, 0.5], [0.75, -0.75]]
    check = sums_to_zero(np.array(rows))
    assert check.sums == (0.0, 0.75, 0.0)
    assert len(check.allowed) == 3
    assert "the gradients of row 1 sum to 0.75" in check.message
    assert not sums_to_zero([[0.5, 0.25], [-0.5, -0.25]]), "the columns cancel, the rows do not"
    assert sums_to_zero([[[1.0, -1.0]], [[2.0, -2.0]]]).message == (
        "the gradients sum to 0 in each of 2 rows, as p - y must."
    )


def test_values_are_read_from_arrays_too():
    logits = np.array([filled_logits(-0.335, 0.245, 0.09), filled_logits(-1.0, 0.5, 0.5)], dtype=object)
    assert sums_to_zero(logits).sums == pytest.approx((0.0, 0.0), abs=1e-15)


@pytest.mark.parametrize(
    ("grads", "error", "message"),
    [
        ([], ShapeError, "one gradient or more in each row, got none"),
        ([[1.0, -1.0], []], ShapeError, "one gradient or more in each row, got none"),
        ([[1.0, -1.0], 0.0], ShapeError, "both side by side"),
        (0.0, ShapeError, "got a float"),
        (Value(0.0), ShapeError, "got a Value"),
        ([1.0, "-1"], NotANumberError, "gradient 1"),
        ([1.0, None], NotANumberError, "gradient 1"),
        ([1.0, math.nan], NotFiniteError, "gradient 1"),
    ],
)
def test_what_is_no_row_of_gradients_is_refused(grads, error, message):
    with pytest.raises(error, match=message):
        sums_to_zero(grads)


def test_an_unfilled_gradient_is_named():
    with pytest.raises(UnfilledError, match="node z2 has no gradient yet"):
        sums_to_zero(filled_logits(-0.335, 0.245, None))
    with pytest.raises(UnfilledError, match="node z1 has no gradient yet"):
        step_of(-0.335, None, 0.09)


def test_the_right_gradient_lowers_the_published_loss_from_041_to_026():
    check = step_of(-0.335, 0.245, 0.09)
    assert check.ok
    assert (f"{check.before:.2f}", f"{check.after:.2f}") == ("0.41", "0.26")
    assert str(check) == "ok: a step of lr 1 lowers the loss from 0.407606 to 0.258088."


def test_a_gradient_of_the_wrong_sign_fails_and_points_at_sign_or_scale():
    check = step_of(0.335, -0.245, -0.09)
    assert not check
    assert check.after > check.before
    assert "raises the loss from 0.407606" in check.message
    assert "wrong sign or scale" in check.message


def test_a_loss_that_does_not_move_is_no_success():
    check = step_of(0.0, 0.0, 0.0)
    assert not check
    assert "every gradient is 0" in check.message
    logits = filled_logits(-0.335, 0.245, 0.09)
    built_once = cross_entropy(logits, 0)
    assert "does not build the loss anew" in step_lowers_loss(lambda: built_once, logits, 1.0).message


def test_a_step_leaves_data_and_grads_as_they_were_even_if_the_loss_function_writes_grads():
    w = Value(3.0, "w")
    w.grad = 6.0

    def loss_fn():
        loss = w * w
        loss.backward()
        return loss

    assert step_lowers_loss(loss_fn, [w], 0.1)
    assert (w.data, w.grad) == (3.0, 6.0)


def test_a_step_into_an_error_restores_the_parameters():
    w, v = Value(1.0, "w"), Value(2.0, "v")
    w.grad, v.grad = 2.0, 1.0
    with pytest.raises(DomainError):
        step_lowers_loss(lambda: w.log() + v, [w, v], 1.0)
    assert (w.data, v.data, w.grad, v.grad) == (1.0, 2.0, 2.0, 1.0)


def test_a_step_that_overflows_a_parameter_restores_those_before_it():
    w, v = Value(1.0, "w"), Value(-1e308, "v")
    w.grad, v.grad = 1.0, 1e308
    with pytest.raises(NotFiniteError):
        step_lowers_loss(lambda: w, [w, v], 10.0)
    assert (w.data, v.data) == (1.0, -1e308)


def test_a_parameter_given_twice_takes_one_step():
    w = Value(3.0, "w")
    w.grad = 6.0
    assert step_lowers_loss(lambda: w * w, iter([w, w]), 0.5).after == 0.0


def test_a_loss_function_may_give_a_float():
    w = Value(3.0, "w")
    w.grad = 6.0
    assert step_lowers_loss(lambda: w.data**2, [w], 0.5).before == 9.0


@pytest.mark.parametrize(
    ("loss_fn", "params", "lr", "error"),
    [
        (lambda: 1.0, [], 0.1, ShapeError),
        (lambda: 1.0, [1.0], 0.1, NotAParameterError),
        (lambda: 1.0, [Value(1.0)], 0.0, SettingError),
        (lambda: 1.0, [Value(1.0)], -1.0, SettingError),
        (lambda: 1.0, [Value(1.0)], "1", NotANumberError),
        (lambda: None, [Value(1.0)], 0.1, NotANumberError),
        (lambda: math.nan, [Value(1.0)], 0.1, NotFiniteError),
        (Value(1.0), [Value(1.0)], 0.1, NotANumberError),
    ],
)
def test_a_step_that_cannot_be_taken_is_refused(loss_fn, params, lr, error):
    with pytest.raises(error):
        step_lowers_loss(loss_fn, params, lr)


def test_equal_logits_start_at_the_uniform_loss():
    check = starts_near_uniform(cross_entropy([0.0] * 27, 13), 27)
    assert check.ok
    assert check.loss == pytest.approx(check.expected) == pytest.approx(math.log(27))
    assert str(check) == "ok: the loss starts at 3.2958, near log(27) = 3.2958."


@pytest.mark.parametrize(("factor", "ok"), [(0.89, False), (0.91, True), (1.09, True), (1.11, False)])
def test_ten_percent_of_log_classes_is_near(factor, ok):
    assert starts_near_uniform(factor * math.log(10), 10).ok is ok


def test_the_allowance_can_be_set():
    assert starts_near_uniform(1.5 * math.log(10), np.int64(10), rtol=0.6)


def test_a_start_too_high_points_at_initialisation_or_labels():
    message = starts_near_uniform(27.0, 27).message
    assert message.startswith("the loss starts at 27, above log(27) = 3.2958: ")
    assert "Bad initialisation" in message
    assert "wrong label" in message


def test_a_start_too_low_points_at_labels_or_a_leak():
    message = starts_near_uniform(0.41, 3).message
    assert "below log(3)" in message
    assert "wrong label" in message


@pytest.mark.parametrize("classes", [1, 0, -3, 2.0, True, "3", None])
def test_fewer_than_two_classes_are_refused(classes):
    with pytest.raises(SettingError, match="an int of 2 or more"):
        starts_near_uniform(1.0, classes)


@pytest.mark.parametrize(
    ("loss", "error"), [(None, NotANumberError), ("1", NotANumberError), (math.inf, NotFiniteError)]
)
def test_a_loss_that_is_no_finite_number_is_refused(loss, error):
    with pytest.raises(error, match=r"starts_near_uniform\(loss\)"):
        starts_near_uniform(loss, 3)


def test_an_allowance_below_zero_is_refused():
    with pytest.raises(SettingError):
        starts_near_uniform(1.0, 3, rtol=-0.1)
    with pytest.raises(SettingError):
        sums_to_zero([0.0], rtol=-0.1)


@pytest.mark.parametrize("check", [sums_to_zero([0.0]), step_of(-0.335, 0.245, 0.09), starts_near_uniform(1.1, 3)])
def test_a_result_is_frozen(check):
    with pytest.raises(dataclasses.FrozenInstanceError):
        check.ok = False


def test_gradients_that_are_all_zero_sum_to_zero():
    assert sums_to_zero([0.0, 0.0], typed=False)
