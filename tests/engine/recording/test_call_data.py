"""What a recording may be called with."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Value, replay
from handgrad.arrays import array
from handgrad.errors import DetachError, NotANumberError, NotFiniteError
from handgrad.recording.errors import InputShapeError, UnknownInputError


def two():
    """x^2 * w, of x and w, that stand at 1 and 2."""
    x, w = Value(1.0, "x"), Value(2.0, "w")
    return replay(x * x * w, inputs=[x, w])


@pytest.mark.parametrize(
    "arguments",
    [
        ([3.0, 5.0],),
        ((3, 5),),
        (np.array([3.0, 5.0]),),
        (np.array([3, 5]),),
        (np.array([3.0, 5.0], dtype=np.float32),),
        ([np.float64(3.0), np.int64(5)],),
        (3.0, 5.0),
        (3, np.float32(5.0)),
        (np.array(3.0), 5),
        ({"x": 3.0, "w": 5.0},),
        ({"w": 5.0, "x": 3},),
    ],
)
def test_one_set_of_numbers_gives_a_float_and_a_gradient_for_each_input(arguments):
    value, found = two()(*arguments)
    assert type(value) is float
    assert (found.dtype, found.shape) == (np.float64, (2,))
    assert (value, found.tolist()) == (45.0, [30.0, 9.0])


@pytest.mark.parametrize(
    "arguments",
    [
        ([[3.0, 5.0], [1.0, 5.0], [2.0, 5.0]],),
        (np.array([[3, 5], [1, 5], [2, 5]]),),
        (np.array([[3, 5], [1, 5], [2, 5]], dtype=np.float32),),
        (np.array([[3.0, 1.0, 2.0], [5.0, 5.0, 5.0]]).T,),
        ([3.0, 1.0, 2.0], 5.0),
        (np.array([3.0, 1.0, 2.0]), [5, 5, 5]),
        ({"x": [3.0, 1.0, 2.0], "w": 5.0},),
    ],
)
def test_a_batch_has_the_sets_along_its_first_axis(arguments):
    value, found = two()(*arguments)
    assert (value.dtype, found.dtype) == (np.float64, np.float64)
    assert value.tolist() == [45.0, 5.0, 20.0]
    assert found.tolist() == [[30.0, 9.0], [10.0, 1.0], [20.0, 4.0]]


def test_a_batch_of_one_set_is_a_batch():
    value, found = two()([[3.0, 5.0]])
    assert (value.shape, found.shape) == ((1,), (1, 2))


def test_an_empty_batch_gives_nothing_in_the_right_shape():
    value, found = two()(np.empty((0, 2)))
    assert (value.shape, found.shape) == ((0,), (0, 2))


def test_what_is_not_named_stands_at_its_data():
    recorded = two()
    assert recorded() == (2.0, pytest.approx([4.0, 1.0]))
    assert recorded({"x": 3.0}).value == 18.0
    assert recorded({recorded.inputs[1]: 3.0}).value == 3.0
    recorded.inputs[1].data = 10.0
    assert recorded({"x": 3.0}).value == 90.0


@pytest.mark.parametrize("given", [3.0, [3.0], np.array([3.0]), {"x": 3.0}, 3, np.array(3.0)])
def test_a_single_input_may_be_given_alone(given):
    x = Value(1.0, "x")
    assert replay(x * x, inputs=[x])(given) == (9.0, [6.0])


def test_what_is_given_is_not_changed_and_what_is_returned_is_the_callers():
    recorded = two()
    batch = np.array([[3.0, 5.0], [1.0, 5.0]])
    first = recorded(batch)
    first.gradients[...] = 0.0
    assert batch.tolist() == [[3.0, 5.0], [1.0, 5.0]]
    assert recorded(batch).gradients[0].tolist() == [30.0, 9.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([3.0],), r"has 2 inputs \(x, w\), and was given 1 number\. Give a number for each, or for a batch an array"),
        (([3.0, 4.0, 5.0],), "was given 3 numbers"),
        (([],), "was given 0 numbers"),
        ((np.ones((4, 3)),), r"was given an array of shape \(4, 3\)"),
        ((np.ones((2, 2, 2)),), r"was given an array of shape \(2, 2, 2\)"),
        ((5.0,), r"was given an array of shape \(\)"),
        ((1.0, 2.0, 3.0), "was given data for 3"),
        (([1.0, 2.0], [1.0, 2.0, 3.0]), "was given 2 sets for x and 3 sets for w"),
        (([[1.0, 2.0]], 3.0), r"was given shape \(1, 2\) for x, whose shape is \(\)"),
        (([[1.0, 2.0], [1.0]],), "was given rows of different lengths"),
    ],
)
def test_too_few_too_many_or_another_shape_is_told_with_the_inputs(arguments, message):
    with pytest.raises(InputShapeError, match=message):
        two()(*arguments)


def test_numbers_in_a_row_for_a_single_input_are_told_how_to_be_a_batch():
    x = Value(1.0, "x")
    with pytest.raises(
        InputShapeError, match=r"1 input \(x\), and was given 3 numbers.* array of shape \(sets, inputs\)"
    ):
        replay(x * x, inputs=[x])([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["3.0", 5.0],), "input x: '3.0' is a str"),
        (([3.0, True],), "input w: True is a bool"),
        (([[3.0, 1.0], [np.True_, 5.0]],), "input x, at .1.: np.True_ is a bool"),
        ((np.array([True, False]),), "input x: True is a bool"),
        ((3.0, 5j), "input w: 5j is a complex"),
        (([3.0, None],), "input w: None is a NoneType"),
        (("ab",), "'ab' is a str"),
        (([Value(3.0), Value(5.0)],), "input x: Value.* is a Value. Write its number, v.data"),
        (({"x": "3"},), "input x: '3' is a str"),
    ],
)
def test_what_is_no_real_number_is_told_with_its_input(arguments, message):
    with pytest.raises(NotANumberError, match=message):
        two()(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([3.0, float("nan")],), "input w: nan is not finite"),
        (([[3.0, 5.0], [-np.inf, 5.0]],), "input x, at .1.: -inf is not finite"),
        ((3.0, float("inf")), "input w: inf is not finite"),
        (([10**400, 1],), "input x: inf is not finite"),
        (({"w": [1.0, np.nan]},), "input w, at .1.: nan is not finite"),
    ],
)
def test_what_is_not_finite_is_told_with_its_input(arguments, message):
    with pytest.raises(NotFiniteError, match=message):
        two()(*arguments)


def test_a_name_that_is_no_input_is_refused_with_the_nearest():
    recorded = two()
    with pytest.raises(UnknownInputError, match=r"ww is no input of this recording\. Did you mean 'w'\?"):
        recorded({"ww": 1.0})
    with pytest.raises(UnknownInputError, match="elsewhere is no input"):
        recorded({Value(1.0, "elsewhere"): 1.0})
    with pytest.raises(UnknownInputError, match="is no input"):
        recorded({"": 1.0})


def test_a_label_of_two_inputs_is_ambiguous():
    b, other = Value(1.0, "b"), Value(2.0, "b")
    recorded = replay(b * other, inputs=[b, other])
    with pytest.raises(UnknownInputError, match=r"b is the label of 2 inputs\. Name an input"):
        recorded({"b": 1.0})
    assert recorded({other: 5.0}).value == 5.0


def test_an_array_node_is_no_data():
    x = array([1.0, 2.0], "x")
    with pytest.raises(DetachError, match=r"x\.data"):
        replay((x * x).sum(), inputs=[x])(x)


def test_an_input_that_is_an_array_takes_its_own_shape_or_a_batch_of_it():
    x = array([1.0, 2.0], "x")
    recorded = replay((x * x).sum(), inputs=[x])
    for one in ([3.0, 4.0], np.array([3.0, 4.0]), [[3.0, 4.0]], {"x": [3.0, 4.0]}):
        value, found = recorded(one)
        assert (value, [g.tolist() for g in found]) == (25.0, [[6.0, 8.0]])
    value, found = recorded(np.array([[3.0, 4.0], [0.0, 1.0]]))
    assert (value.tolist(), found[0].tolist()) == ([25.0, 1.0], [[6.0, 8.0], [0.0, 2.0]])
    with pytest.raises(
        InputShapeError, match=r"was given shape \(3,\) for x, whose shape is \(2,\). Give each its data"
    ):
        recorded([1.0, 2.0, 3.0])


def test_an_input_without_a_label_has_no_name_to_be_called_by():
    x = Value(1.0)
    with pytest.raises(UnknownInputError, match="is no input"):
        replay(x * x, inputs=[x])({"": 2.0})
