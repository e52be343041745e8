"""What the attributes of somebody's object hold."""

import functools

import numpy as np
import pytest

from handgrad.repair.user_code import attributes, is_object


class Slotted:
    __slots__ = ("data", "__hidden", "empty")

    def __init__(self):
        self.data, self.__hidden = 1.0, 2.0


class Both(Slotted):
    def __init__(self):
        super().__init__()
        self.label = "a"


def test_slots_count_too_and_private_ones_by_the_name_that_python_gives_them():
    assert attributes(Slotted()) == {"data": 1.0, "_Slotted__hidden": 2.0}


def test_slots_of_a_base_stand_beside_a_dict():
    assert attributes(Both()) == {"data": 1.0, "_Slotted__hidden": 2.0, "label": "a"}


@pytest.mark.parametrize("thing", [1, "a", None, [], {}, np.zeros(2), len, functools.partial(len), Slotted, np])
def test_a_number_a_collection_a_function_and_a_class_are_no_objects(thing):
    assert not is_object(thing)
