"""An edit is spelt in the words of the file that it is for."""

import numpy as np
import pytest

from handgrad.repair.hooks import NUMPY


@pytest.mark.parametrize("name", ["np", "numpy", "xp"])
def test_numpy_is_called_as_the_file_calls_it(name):
    assert NUMPY.spell("np.sum(x) + y", name) == f"{name}.sum(x) + y"


@pytest.mark.parametrize(
    ("names", "called"),
    [({"np": np}, "np"), ({"xp": np, "os": None}, "xp"), ({"np": 3, "numpy": np}, "numpy"), ({}, "np")],
)
def test_what_a_file_calls_it_is_read_from_its_names(names, called):
    assert NUMPY.alias_in(names) == called


def test_only_numbers_of_floating_point_are_read_and_as_copies():
    x = np.ones(2)
    numbers = NUMPY.numbers(x)
    x[0] = 5.0
    assert numbers[0] == 1.0
    assert NUMPY.numbers(np.arange(3)) is None
    assert NUMPY.numbers(3) is None


def test_what_is_made_of_numbers_is_of_the_same_precision():
    assert NUMPY.made(np.ones(2), np.zeros(2, np.float32)).dtype == np.float32
