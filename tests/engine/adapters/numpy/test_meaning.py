"""Which nodes the name of a number may mean."""

import pytest

from handgrad.adapters.numpy.chain import Chain
from handgrad.adapters.numpy.events import Event
from handgrad.adapters.numpy.meaning import Meant

from .backward import named, traced


@pytest.fixture
def meant():
    followed = traced()
    return Meant(Chain(followed.root), followed), followed


def event(name, variable=""):
    return Event(name, None, "mine.py", 1, 1, "backward", frozenset(), False, 1, variable or name)


def test_a_name_means_the_node_of_its_own_size(meant):
    known, followed = meant
    assert known.named(event("dz"), 12) == [named(followed, "z")]
    assert known.named(event("dz"), 5) == []
    assert known.named(event("foo"), 12) == []


def test_an_entry_of_a_dict_with_an_input_s_own_name_is_that_input_s(meant):
    known, followed = meant
    assert known.named(event("w", '"w"'), 8) == [followed.leaves["w"]]
    assert known.named(event("w"), 8) == []


def test_before_a_node_is_what_it_is_computed_from_in_the_same_shape(meant):
    known, followed = meant
    assert known.before(named(followed, "h")) == [named(followed, "z")]
    assert known.before(named(followed, "z")) == []
