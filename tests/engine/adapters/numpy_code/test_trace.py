"""A run of somebody's function that is traced: whose code it is, and what could not be followed."""

import json
import threading

import numpy as np

from handgrad.adapters.numpy_code.trace import is_their_code, is_theirs, lose, running, tracing


def test_a_trace_is_seen_in_its_own_thread_alone():
    seen = []
    with tracing() as trace:
        thread = threading.Thread(target=lambda: seen.append(running()))
        thread.start()
        thread.join()
        assert running() is trace
    assert seen == [None]
    assert running() is None


def test_what_is_lost_is_noted_with_the_line_of_theirs():
    with tracing() as trace:
        lose("np.polyval")  # here
    (one,) = trace.lost
    assert one.what == "np.polyval"
    assert one.source.text == 'lose("np.polyval")  # here'


def test_outside_of_a_trace_nothing_is_noted():
    lose("np.polyval")
    assert running() is None


def test_libraries_of_numbers_and_python_itself_are_not_theirs():
    assert is_theirs({"__name__": "mine.layers"})
    assert not is_theirs({"__name__": "numpy.linalg"})
    assert not is_theirs(vars(np))
    assert is_their_code(test_outside_of_a_trace_nothing_is_noted.__code__, globals())
    assert not is_their_code(json.dumps.__code__, vars(json))
