"""What a function takes."""

import numpy as np
import pytest

from handgrad.rulecheck.parameters import input_names, parameters_of


def test_a_function_that_tells_nothing_has_no_parameters():
    assert parameters_of(lambda: None) == parameters_of(3) == []


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (lambda w, b: None, ["w", "b", "x2"]),
        (lambda w, /, b, *, c: None, ["w", "b", "x2"]),
        (lambda w, *rest: None, ["w", "rest[0]", "rest[1]"]),
        (lambda a, b, c, d: None, ["a", "b", "c"]),
        (3, ["x0", "x1", "x2"]),
    ],
)
def test_inputs_are_called_what_the_function_calls_them(function, names):
    assert input_names(function, 3) == names


def test_what_the_function_has_no_name_for_is_called_by_its_place():
    assert input_names(lambda w: np.sum(w), 2, "input{}") == ["w", "input1"]
