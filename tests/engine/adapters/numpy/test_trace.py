"""A run of somebody's function that is traced, and what could not be followed."""

import threading

from handgrad.adapters.numpy.blocks import lose, running, tracing


def test_a_trace_is_seen_in_its_own_thread_alone():
    seen = []
    with tracing() as trace:
        thread = threading.Thread(target=lambda: seen.append(running()))
        thread.start()
        thread.join()
        assert running() is trace
    assert seen == [None]
    assert running() is None


def test_what_is_lost_first_is_noted_with_the_line_of_theirs():
    with tracing() as trace:
        lose("np.polyval")
        lose("np.sort_complex")
    line = test_what_is_lost_first_is_noted_with_the_line_of_theirs.__code__.co_firstlineno + 2
    assert trace.lost == f"np.polyval, test_trace.py:{line}"


def test_outside_of_a_trace_nothing_is_noted():
    lose("np.polyval")
    assert running() is None
