"""Everything of theirs as it was."""

import functools
import itertools
import random
import sys
import warnings
from collections import deque
from types import SimpleNamespace

import numpy as np

from handgrad.adapters.sandbox import Keeper, Snapshot, quietly


def test_names_are_bound_again_in_their_order_and_new_ones_are_gone():
    space = {"a": 1, "b": 2, "c": 3}
    keeper = Keeper()
    keeper.names(space)
    del space["a"]
    space["b"], space["new"] = 7, 8
    keeper.put_back()
    assert list(space.items()) == [("a", 1), ("b", 2), ("c", 3)]


def test_of_some_names_alone_the_others_are_let_be():
    space = {"a": 1, "b": 2}
    keeper = Keeper()
    keeper.names(space, ["a", "new"])
    space.update(a=5, b=6, new=7)
    keeper.put_back()
    assert space == {"a": 1, "b": 6}


def test_a_counter_gives_what_it_would_have_given():
    space = {"ids": itertools.count(3)}
    keeper = Keeper()
    keeper.names(space)
    next(space["ids"])
    keeper.put_back()
    assert next(space["ids"]) == 3


def test_collections_hold_what_they_held():
    things = [[1, 2], deque([1, 2]), {1, 2}]
    keeper = Keeper()
    for thing in things:
        keeper.items(thing)
        thing.pop()
    keeper.put_back()
    assert things == [[1, 2], deque([1, 2]), {1, 2}]


def test_an_array_has_its_numbers_again_and_one_that_cannot_be_written_to_is_let_be():
    array, fixed = np.array([1.0, np.nan]), np.ones(2)
    fixed.flags.writeable = False
    keeper = Keeper()
    keeper.entries(array)
    keeper.entries(fixed)
    array[:] = 0.0
    keeper.put_back()
    assert array[0] == 1.0
    assert np.isnan(array[1])


def test_a_class_has_its_attributes_again():
    class Layer:
        count = 0

    keeper = Keeper()
    keeper.class_attributes(Layer)
    Layer.count, Layer.new = 5, 6
    keeper.put_back()
    assert Layer.count == 0
    assert not hasattr(Layer, "new")


def test_random_numbers_go_on_where_they_stood():
    own = [np.random.default_rng(3), np.random.RandomState(3), random.Random(3)]
    keeper = Keeper()
    assert all(keeper.generator(one) for one in own)
    assert not keeper.generator(3)

    def draw():
        return [one.random() for one in (*own, random, np.random)]

    first = draw()
    keeper.put_back()
    assert draw() == first


class Reached(Snapshot):
    def _visit_object(self, thing):
        self._waiting += self.attributes(thing).values()


def test_a_snapshot_reaches_through_functions_objects_and_collections():
    array, inner = np.zeros(2), SimpleNamespace(count=0)

    held = []

    def method(self, seen=held):
        inner.count += 1
        seen.append(1)
        array[0] = 5.0

    function = functools.partial(method, None)
    before = Reached([{"key": (function,)}], 1000)
    function()
    assert inner.count == 1
    before.put_back()
    assert (inner.count, array[0], method.__defaults__) == (0, 0.0, (held,))
    assert held == []


def test_what_import_puts_among_a_modules_names_is_let_be():
    """As under pytest, whose loader holds on to every test of the run."""
    loader, own = SimpleNamespace(calls=0), SimpleNamespace(calls=0)
    before = Reached([{"__loader__": loader, "__builtins__": {"print": loader}, "own": own}], 1000)
    loader.calls = own.calls = 1
    before.put_back()
    assert (loader.calls, own.calls) == (1, 0)


def test_a_snapshot_looks_at_no_more_than_it_is_told():
    inside = [1]
    before = Reached([[inside]], 1)
    inside.append(2)
    before.put_back()
    assert inside == [1, 2]


def test_nothing_is_shown_and_tracing_stays_as_it_was(capsys):
    tracer = sys.gettrace()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with quietly():
            print("hello")
            warnings.warn("careful", stacklevel=1)
            np.log(np.zeros(1))
            sys.settrace(lambda *_: None)
    assert sys.gettrace() is tracer
    assert capsys.readouterr().out == ""
