"""Softmax and the losses, against PyTorch, central differences and the published figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handgrad import HandgradError, Value, compare, gradients, label, manual, numeric_gradients
from handgrad.arrays import array
from handgrad.errors import NotANumberError, NotFiniteError
from handgrad.functional import ShapeError, TargetError, cross_entropy, hinge_loss, log_softmax, mse_loss, softmax

ROWS = [[2.0, 1.0, 0.0], [-0.3, 0.4, 0.1], [5.0, 5.0, -5.0], [0.0, 0.0, 0.0]]
TARGETS = [0, 2, 1, 1]
logits_lists = st.lists(st.floats(-50.0, 50.0), min_size=1, max_size=8)


def values(numbers):
    return [Value(number, f"z{i}") for i, number in enumerate(numbers)]


def grads(loss, nodes):
    by_node = gradients(loss)
    return [by_node[node] for node in nodes]


@pytest.fixture(scope="module")
def tensor(torch):
    return lambda numbers: torch.tensor(numbers, dtype=torch.float64, requires_grad=True)


@pytest.fixture(scope="module")
def F(torch):
    """PyTorch's own functions."""
    return torch.nn.functional


def test_the_published_example_has_its_published_numbers():
    logits = values([2.0, 1.0, 0.0])
    loss = cross_entropy(logits, 0)
    loss.backward()
    assert [round(p.data, 3) for p in softmax(logits)] == [0.665, 0.245, 0.090]
    assert f"{loss:.2f}" == "0.41"
    assert [round(z.grad, 3) for z in logits] == [-0.335, 0.245, 0.090]


@pytest.mark.rest
@given(logits_lists)
def test_softmax_and_its_jacobian_are_pytorchs(torch, tensor, F, numbers):
    logits, theirs = values(numbers), tensor(numbers)
    mine, reference = softmax(logits), F.softmax(theirs, dim=0)
    assert [p.data for p in mine] == pytest.approx(reference.tolist(), rel=1e-12, abs=1e-300)
    for i, p in enumerate(mine):
        (expected,) = torch.autograd.grad(reference[i], theirs, retain_graph=True)
        assert grads(p, logits) == pytest.approx(expected.tolist(), rel=1e-9, abs=1e-15)


@pytest.mark.rest
@given(logits_lists)
def test_log_softmax_and_its_jacobian_are_pytorchs(torch, tensor, F, numbers):
    logits, theirs = values(numbers), tensor(numbers)
    mine, reference = log_softmax(logits), F.log_softmax(theirs, dim=0)
    assert [p.data for p in mine] == pytest.approx(reference.tolist(), rel=1e-12, abs=1e-14)
    for i, p in enumerate(mine):
        (expected,) = torch.autograd.grad(reference[i], theirs, retain_graph=True)
        assert grads(p, logits) == pytest.approx(expected.tolist(), rel=1e-9, abs=1e-15)


@pytest.mark.rest
@pytest.mark.parametrize("fused", [False, True])
@given(numbers=logits_lists, data=st.data())
def test_the_cross_entropy_of_a_row_is_pytorchs(fused, numbers, data, torch, tensor, F):
    target = data.draw(st.integers(0, len(numbers) - 1))
    logits, theirs = values(numbers), tensor(numbers)
    reference = F.cross_entropy(theirs, torch.tensor(target))
    reference.backward()
    loss = cross_entropy(logits, target, fused=fused)
    assert loss.data == pytest.approx(reference.item(), rel=1e-12, abs=1e-14)
    assert grads(loss, logits) == pytest.approx(theirs.grad.tolist(), rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("kind", [list, tuple, lambda rows: np.array(rows, dtype=object)])
def test_the_cross_entropy_of_a_batch_is_the_mean_that_pytorch_gives(fused, kind, torch, tensor, F):
    rows = [values(row) for row in ROWS]
    theirs = tensor(ROWS)
    reference = F.cross_entropy(theirs, torch.tensor(TARGETS))
    reference.backward()
    loss = cross_entropy(kind(rows), np.array(TARGETS), fused=fused)
    assert loss.data == pytest.approx(reference.item(), rel=1e-12)
    for row, expected in zip(rows, theirs.grad.tolist()):
        assert grads(loss, row) == pytest.approx(expected, rel=1e-12, abs=1e-16)


@pytest.mark.parametrize("fused", [False, True])
def test_the_cross_entropy_agrees_with_central_differences(fused):
    logits = values([0.3, -1.2, 0.7, 0.1])
    loss = cross_entropy(logits, 3, fused=fused)
    numeric = numeric_gradients(loss)
    assert grads(loss, logits) == pytest.approx([numeric[z] for z in logits], rel=1e-6)


def test_a_fused_row_is_one_node_and_its_local_derivatives_are_p_minus_y():
    logits = values([2.0, 1.0, 0.0])
    loss = cross_entropy(logits, 1, fused=True)
    assert loss.operands == tuple(logits)
    assert loss.op.rule == ("p[0]", "p[1] - 1", "p[2]")
    assert sum(grads(loss, logits)) == pytest.approx(0.0, abs=1e-15)


def test_fused_rows_of_one_target_and_size_share_their_operation():
    first, second = (cross_entropy(values(row), 1, fused=True) for row in ROWS[:2])
    assert first.op is second.op
    assert first.op is not cross_entropy(values(ROWS[0]), 2, fused=True).op


@pytest.mark.parametrize("fused", [False, True])
def test_logits_of_a_thousand_neither_overflow_nor_lose_the_loss(fused):
    logits = values([1000.0, -1000.0, 0.0])
    loss = cross_entropy(logits, 1, fused=fused)
    assert loss.data == 2000.0
    assert grads(loss, logits) == [1.0, -1.0, 0.0]


def test_softmax_of_a_thousand_is_finite_and_log_softmax_is_exact_where_it_is_zero():
    assert [p.data for p in softmax([1000.0, -1000.0])] == [1.0, 0.0]
    assert [p.data for p in log_softmax([1000.0, -1000.0])] == [0.0, -2000.0]


def test_a_tied_largest_logit_gets_the_true_gradient_though_the_maximum_is_a_constant():
    logits = values([1.5, 1.5])
    assert grads(softmax(logits)[0], logits) == pytest.approx([0.25, -0.25], rel=1e-15)


def test_the_subtracted_maximum_is_a_constant_that_no_one_is_asked_about():
    logits = values([2.0, 1.0, 0.0])
    for result in (softmax(logits)[0], log_softmax(logits)[0], cross_entropy(logits, 0)):
        assert [node.label for node in gradients(result) if node.is_constant] == ["max"] * 3


def test_bare_numbers_as_logits_are_constants_that_nobody_is_asked_about():
    with manual():
        loss = cross_entropy([Value(2.0, "z"), 1, 0.0], 0, fused=True)
    assert [node.is_constant for node in loss.operands] == [False, True, True]
    assert [node.label for node in loss.operands[1:]] == ["1", "0.0"]
    loss.grad, loss.operands[0].grad = 1.0, -0.335
    assert compare(loss).ok


def test_an_atomic_loss_can_be_filled_in_and_judged_node_by_node():
    with manual():
        logits = values([2.0, 1.0, 0.0])
        loss = cross_entropy(logits, 0)
    label(loss=loss)
    for node, gradient in gradients(loss).items():
        node.grad = gradient
    assert compare(loss).ok
    logits[1].grad = -logits[1].grad
    assert [result.name for result in compare(loss).causes] == ["z1"]


@pytest.mark.rest
@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=1, max_size=6))
def test_mse_loss_and_its_gradients_are_pytorchs(tensor, F, pairs):
    guesses, truths = zip(*pairs)
    predictions, targets = values(guesses), values(truths)
    theirs, their_targets = tensor(guesses), tensor(truths)
    reference = F.mse_loss(theirs, their_targets)
    reference.backward()
    loss = mse_loss(predictions, targets)
    assert loss.data == pytest.approx(reference.item(), rel=1e-12)
    assert grads(loss, predictions) == pytest.approx(theirs.grad.tolist(), rel=1e-12, abs=1e-300)
    assert grads(loss, targets) == pytest.approx(their_targets.grad.tolist(), rel=1e-12, abs=1e-300)


def test_hinge_loss_counts_only_what_is_short_of_its_margin():
    scores = values([3.0, 0.5, -2.0, 0.25])
    loss = hinge_loss(scores, np.array([1, 1, 1, -1.0]))
    assert loss.data == (0.0 + 0.5 + 3.0 + 1.25) / 4
    assert grads(loss, scores) == [0.0, -0.25, -0.25, 0.25]


@pytest.mark.parametrize("target", [-1, 3, True, 1.0, "1", None, np.bool_(True), np.array(1.0)])
def test_a_target_that_is_no_class_index_is_refused(target):
    for fused in (False, True):
        with pytest.raises(TargetError, match="a class index, an int from 0 to 2") as error:
            cross_entropy([2.0, 1.0, 0.0], target, fused=fused)
        assert isinstance(error.value, (HandgradError, ValueError))
        assert error.value.target is target


def test_a_bad_target_within_a_batch_is_refused_too():
    with pytest.raises(TargetError):
        cross_entropy(ROWS, [0, 1, -1, 2])


@pytest.mark.parametrize("target", [1, np.int64(1), np.uint8(1), np.array(1)])
def test_a_numpy_integer_is_a_class_index(target):
    assert cross_entropy([2.0, 1.0, 0.0], target).data == pytest.approx(1.4076059644443804, rel=1e-12)


@pytest.mark.parametrize("target", [0, 2, 0.5, True, math.nan, "1", None, Value(1.0), 1j])
def test_a_hinge_target_other_than_plus_or_minus_one_is_refused(target):
    with pytest.raises(TargetError, match=r"must be -1 or \+1"):
        hinge_loss([1.0, 1.0], [1, target])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: softmax([]), "softmax(logits): expected one logit or more, got none."),
        (lambda: log_softmax(np.array([])), "log_softmax(logits): expected one logit or more, got none."),
        (lambda: softmax(Value(1.0)), "softmax(logits): expected a sequence with one logit or more, got a Value."),
        (lambda: softmax(1.0), "softmax(logits): expected a sequence with one logit or more, got a float."),
        (lambda: cross_entropy([], 0), "cross_entropy(logits, target): expected one logit or more, got none."),
        (lambda: cross_entropy([], []), "cross_entropy(logits, target): expected one row or more, got none."),
        (
            lambda: cross_entropy([[1.0], []], [0, 0]),
            "cross_entropy(logits, target), row 1: expected one logit or more, got none.",
        ),
        (
            lambda: cross_entropy([[1.0, 2.0], [1.0, 2.0, 3.0]], [0, 0]),
            "cross_entropy(logits, target), row 1: expected 2 logits as in row 0, got 3.",
        ),
        (
            lambda: cross_entropy([[1.0, 2.0]] * 3, [0, 1]),
            "cross_entropy(logits, target): expected one target a row (3), got 2.",
        ),
        (
            lambda: cross_entropy([1.0, 2.0], [0, 1]),
            "cross_entropy(logits, target), row 0: expected a sequence with one logit or more, got a float.",
        ),
        (
            lambda: mse_loss([1.0, 2.0], [1.0]),
            "mse_loss(predictions, targets): expected one target a prediction (2), got 1.",
        ),
        (lambda: mse_loss([], []), "mse_loss(predictions, targets): expected one prediction or more, got none."),
        (lambda: hinge_loss([1.0], [1, -1]), "hinge_loss(scores, targets): expected one target a score (1), got 2."),
        (
            lambda: hinge_loss([1.0], 1),
            "hinge_loss(scores, targets): expected a sequence with one target or more, got an int.",
        ),
    ],
)
def test_what_has_the_wrong_shape_is_refused_with_what_was_expected(call, message):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == message


@pytest.mark.parametrize("wrong", ["2", None, True, [1.0], 2j])
def test_a_logit_that_is_no_number_is_refused_by_its_place(wrong):
    with pytest.raises(NotANumberError, match=r"softmax\(logits\): logit 1"):
        softmax([Value(1.0), wrong])


def test_a_logit_that_is_not_finite_is_refused():
    with pytest.raises(NotFiniteError, match="logit 0"):
        cross_entropy([math.inf, 0.0], 1)


def test_a_fused_node_names_a_forgotten_one_hot() -> None:
    with manual():
        logits = [Value(x, f"z{i}") for i, x in enumerate([0.4, -1.1, 0.9])]
        loss = cross_entropy(logits, 1, fused=True)
    for node, gradient in gradients(loss).items():
        node.grad = gradient
    logits[1].grad += 1.0
    slip = compare(loss)[logits[1]].slip
    assert slip.kind == "rule"
    assert "one-hot" in slip.message


def test_an_array_of_logits_gives_the_loss_and_the_gradient_that_rows_of_values_give() -> None:
    numbers, targets = [[2.0, 1.0, 0.0], [-0.3, 0.7, 1.9]], [0, 1]
    rows = [[Value(z) for z in row] for row in numbers]
    loss = cross_entropy(rows, targets)
    by_value = gradients(loss)
    logits = array(numbers, "logits")
    by_array = cross_entropy(logits, targets)
    assert by_array.data == pytest.approx(loss.data)
    expected = [[by_value[z] for z in row] for row in rows]
    np.testing.assert_allclose(gradients(by_array)[logits], expected, rtol=1e-12)
    assert cross_entropy(array(numbers[0]), 0).data == pytest.approx(-log_softmax(numbers[0])[0].data)
    np.testing.assert_allclose(softmax(logits).data[0], [p.data for p in softmax(numbers[0])])


@pytest.mark.parametrize("bad", [[0], [0, 3], [0, -1], 0])
def test_targets_that_do_not_fit_an_array_of_logits_are_refused(bad: object) -> None:
    with pytest.raises(HandgradError):
        cross_entropy(array([[2.0, 1.0, 0.0], [0.0, 1.0, 2.0]]), bad)


def test_a_class_that_is_taken_for_the_target_is_named_in_a_fused_node_too() -> None:
    with manual():
        logits = values([0.4, -1.1, 0.9])
        loss = cross_entropy(logits, 1, fused=True)
    for node, gradient in gradients(loss).items():
        node.grad = gradient
    logits[0].grad -= 1.0
    slip = compare(loss)[logits[0]].slip
    assert slip.kind == "rule"
    assert "you used p[0] - 1 as the derivative" in slip.message


def test_an_array_of_logits_is_taken_along_its_last_axis() -> None:
    numbers = [[2.0, 1.0, 0.0], [-0.3, 0.7, 1.9]]
    for function in (softmax, log_softmax):
        whole = function(array(numbers)).data
        for row, expected in zip(numbers, whole):
            assert [node.data for node in function(row)] == pytest.approx(expected.tolist(), rel=1e-12)


def test_logits_of_three_axes_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"expected logits of shape \(V,\) or \(B, V\), got shape \(1, 2, 3\)"):
        cross_entropy(array(np.zeros((1, 2, 3))), [0])


def test_the_largest_logit_that_is_taken_off_is_called_so_and_not_by_its_number() -> None:
    with manual():
        z = [Value(number, f"z{i}") for i, number in enumerate((2.0, 1.0, -0.3))]
        loss = label(cross_entropy(z, 1), "L")
    names = {result.name for result in compare(loss)}
    assert {"z0 - max", "exp(z1 - max)", "log in L"} < names
