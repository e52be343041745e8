"""Copies of somebody's objects, functions among them."""

import json
import weakref
from collections import OrderedDict, namedtuple
from functools import partial

import numpy as np
import pytest

from handgrad.adapters.copies import Copies

from .micrograd.cases import load


def test_a_copied_rule_writes_into_the_copies():
    engine = load("closures")
    a = engine.Value(2.0)
    root = a * a
    copied = Copies().of(root)
    copied.grad = 1.0
    copied._backward()
    assert a.grad == 0.0
    assert {child.grad for child in copied._prev} == {4.0}


def test_stand_ins_take_the_place_of_what_they_stand_for():
    engine = load("closures")
    a, other = engine.Value(2.0), engine.Value(5.0)
    copied = Copies([(a, other)]).of(a * 3.0)
    assert any(child is other for child in copied._prev)


def test_what_is_one_thing_stays_one_and_circles_close():
    class Node:
        pass

    node = Node()
    node.self, node.list, node.weak = node, [node], weakref.ref(node)
    node.rule = partial(lambda one, two: one, node, two={1: node})
    copied = Copies().of(node)
    assert copied is not node
    assert (
        copied.self
        is copied.list[0]
        is copied.weak()
        is copied.rule.args[0]
        is copied.rule.keywords["two"][1]
        is copied
    )


def test_a_set_is_filled_when_the_hashes_of_its_items_can_be_told():
    class Named:
        def __init__(self, name):
            self.name = name

        def __hash__(self):
            return hash(self.name)

        def __eq__(self, other):
            return self.name == other.name

    class Node:
        def __init__(self, held):
            self.held = held

    copied = Copies().of(Node({Named("a"), Named("b")}))
    assert Named("a") in copied.held
    assert len(copied.held) == 2


Pair = namedtuple("Pair", "first second")


@pytest.mark.parametrize("thing", [3, "a", (1, 2), len, json, Pair(1, 2), OrderedDict, frozenset({1})])
def test_what_cannot_change_or_is_not_theirs_stays_itself(thing):
    copied = Copies().of(thing)
    assert copied == thing
    assert copied is thing or isinstance(thing, Pair)


def test_arrays_are_copied_with_the_nodes_in_them():
    engine = load("closures")
    nodes = np.array([engine.Value(1.0), engine.Value(2.0)])
    copied = Copies().of(nodes)
    assert [node.data for node in copied] == [1.0, 2.0]
    assert copied[0] is not nodes[0]


@pytest.mark.rest
def test_a_chain_of_thousands_is_copied():
    engine = load("closures")
    node = engine.Value(0.5)
    for _ in range(3000):
        node = -node
    assert Copies().of(node).data == node.data
