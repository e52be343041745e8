"""What is said of gradients that are written down one after the other."""

import numpy as np

from handgrad.demos.worksheets.array_report import report
from tests.demos.worksheets.small import A, B, small_exercise


def told(**written):
    return report(small_exercise().check(**{"y": None, "a": None, "b": None, **written}))


def test_nothing_yet_is_one_line():
    assert told() == "Not begun: 3 to go, the gradient of y first."
    assert report(small_exercise().check(a=None)) == "Not begun."


def test_what_is_begun_is_a_table_down_to_there_and_a_line_of_the_rest():
    text = told(y=np.ones(3))
    assert text.endswith("To go: the gradient of a, then 1 more.")
    assert "missing" not in text
    assert told(y=np.ones(3), a=B).endswith("To go: the gradient of b.")


def test_a_gap_before_what_is_filled_in_stands_in_the_table_as_missing():
    text = told(y=np.ones(3), b=A)
    assert "missing" in text
    assert "To go" not in text


def test_all_of_it_is_the_whole_table():
    assert "All correct: 3 arrays." in told(y=np.ones(3), a=B, b=A)
