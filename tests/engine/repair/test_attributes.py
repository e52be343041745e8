"""What the attributes of somebody's object hold."""

import functools

import numpy as np
import pytest

from handgrad.repair.user_code import attributes, is_object, parts, put


class Slotted:
    __slots__ = ("data", "__hidden", "empty")

    def __init__(self):
        self.data, self.__hidden = 1.0, 2.0


class Both(Slotted):
    def __init__(self):
        super().__init__()
        self.label = "a"

    def __setattr__(self, name, held):
        if name == "frozen":
            raise AttributeError
        super().__setattr__(name, held)


def test_slots_count_too_and_private_ones_by_the_name_that_python_gives_them():
    assert attributes(Slotted()) == {"data": 1.0, "_Slotted__hidden": 2.0}


def test_slots_of_a_base_stand_beside_a_dict():
    assert attributes(Both()) == {"data": 1.0, "_Slotted__hidden": 2.0, "label": "a"}


def test_an_attribute_is_set_past_their_own_setattr():
    thing = Both()
    put(thing, "frozen", 3)
    assert thing.frozen == 3


@pytest.mark.parametrize("thing", [1, "a", None, [], {}, np.zeros(2), len, functools.partial(len), Slotted, np])
def test_a_number_a_collection_a_function_and_a_class_are_no_objects(thing):
    assert not is_object(thing)


def test_a_pair_is_a_tuple_or_an_object_of_two():
    assert list(parts((1, 2))) == [1, 2]
    assert list(parts(Slotted())) == [1.0, 2.0]
    assert list(parts("ab")) == []
