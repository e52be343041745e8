"""Blocks of numbers that are written into."""

import numpy as np

from handgrad import gradients
from handgrad.adapters.numpy.blocks import Memory, add_at, write_over
from handgrad.arrays import array

G = np.arange(1.0, 7.0).reshape(2, 3)


def test_the_later_write_lies_over_the_earlier_and_takes_its_gradient():
    block, first, second = array(np.zeros((2, 3))), array([5.0, 6.0, 7.0]), array([8.0, 9.0])
    out = write_over((2, 3), [np.array([0, 1, 2]), np.array([2, 3])], [None, None])(block, first, second)
    assert out.data.tolist() == [[5.0, 6.0, 8.0], [9.0, 0.0, 0.0]]
    found = gradients((out * G).sum())
    assert found[first].tolist() == [1.0, 2.0, 0.0]
    assert found[second].tolist() == [3.0, 4.0]
    assert found[block].tolist() == [[0.0, 0.0, 0.0], [0.0, 5.0, 6.0]]


def test_places_are_counted_row_by_row_through_every_view():
    memory = Memory(np.zeros((2, 3)), None)
    assert memory.places((), (slice(None), 1)).tolist() == [1, 4]
    assert memory.places((), 1).tolist() == [3, 4, 5]
    assert memory.places((), ([0, 1], [2, 0])).tolist() == [2, 3]
    assert memory.places((lambda a: a[1:],), (0, slice(1, None))).tolist() == [4, 5]


def test_one_number_written_to_many_places_gets_the_sum_of_their_gradients():
    block, number = array(np.zeros((2, 3))), array(4.0)
    out = write_over((2, 3), [np.array([[0, 1], [3, 4]])], [None])(block, number)
    assert gradients((out * G).sum())[number] == 1.0 + 2.0 + 4.0 + 5.0


def test_what_is_added_at_an_index_twice_counts_twice():
    block, thing = array(np.zeros(3)), array([1.0, 2.0, 3.0])
    out = add_at([0, 2, 0], -1.0)(block, thing)
    assert out.data.tolist() == [-4.0, 0.0, -2.0]
    found = gradients((out * np.array([1.0, 10.0, 100.0])).sum())
    assert found[thing].tolist() == [-1.0, -100.0, -1.0]
    assert found[block].tolist() == [1.0, 10.0, 100.0]


def test_a_block_moves_on_to_a_new_node_with_each_write():
    data, node = np.zeros(3), array([1.0, 2.0], "x")
    memory = Memory(data, None)
    assert memory.node is None
    assert not memory.is_traced
    memory.write([lambda a: a[1:]], ..., node.data, node)
    assert memory.is_traced
    first = memory.node
    assert first.data.tolist() == [0.0, 1.0, 2.0]
    memory.write([lambda a: a[::2]], ..., np.array([7.0, 8.0]), None)
    assert memory.node.data.tolist() == [7.0, 1.0, 8.0]
    assert gradients(memory.node.sum())[node].tolist() == [1.0, 0.0]
    assert memory.version == 2
    memory.replace(node)
    assert memory.node is node
