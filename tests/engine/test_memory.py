"""The collector in a block for big graphs: held back inside, as before outside."""

from __future__ import annotations

import gc
import sys
import threading

import pytest

from handgrad import Value, big_graph, compare, manual
from tests.patience import PATIENCE


@pytest.fixture(autouse=True)
def threshold():
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)


def rare(threshold):
    _, old, full = threshold
    young = 2_000_000
    return (young, old, 1000) if full else (young, 1000, 0)  # from Python 3.14 on, the second counts for the third


def test_full_collections_are_rare_inside_and_as_before_outside(threshold):
    with big_graph():
        assert gc.get_threshold() == rare(threshold)
    assert gc.get_threshold() == threshold


def test_an_error_and_a_nested_block_put_it_back_too(threshold):
    def work():
        with big_graph():
            with big_graph():
                pass
            assert gc.get_threshold() == rare(threshold)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert gc.get_threshold() == threshold


def test_the_last_of_several_threads_puts_it_back(threshold):
    entered, leave = threading.Event(), threading.Event()

    def work():
        with big_graph():
            entered.set()
            leave.wait(PATIENCE)

    thread = threading.Thread(target=work)
    thread.start()
    entered.wait(PATIENCE)
    with big_graph():
        pass
    assert gc.get_threshold() == rare(threshold)
    leave.set()
    thread.join()
    assert gc.get_threshold() == threshold


def test_a_higher_setting_of_the_users_own_is_kept():
    gc.set_threshold(7_000_000, 5000, 5000)
    chosen = gc.get_threshold()
    with big_graph():
        assert gc.get_threshold() == chosen
    assert gc.get_threshold() == chosen


def test_a_collector_that_is_switched_off_stays_so():
    gc.set_threshold(0)
    with big_graph():
        assert gc.get_threshold()[0] == 0


def test_a_graph_goes_with_its_last_reference_and_without_the_collector():
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        with big_graph():
            total = Value(0.0)
            for i in range(2_000):
                total = total + i
        del total
        assert len(gc.get_objects()) - before < 200
    finally:
        gc.enable()


def test_a_comparison_holds_the_collector_back_while_it_works(threshold):
    seen = []

    def asked():
        seen.append(gc.get_threshold())
        yield x

    x = Value(2.0)
    compare(x * 3.0, nodes=asked())
    assert seen == [rare(threshold)]
    assert gc.get_threshold() == threshold


@pytest.mark.parametrize("mode", [manual, big_graph])
def test_a_node_and_its_number_take_136_bytes(mode):
    with mode():
        node = Value(1.5) * Value(2.0)
    assert sys.getsizeof(node) + sys.getsizeof(node.data) <= 136
