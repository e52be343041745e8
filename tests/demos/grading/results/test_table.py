"""Rows as CSV, in which a spreadsheet finds no formula."""

import pytest

from handgrad.demos.grading.results.table import table


def test_rows_are_lines_and_numbers_stay_numbers():
    assert table([("a", "b"), (1.5, "x,y")]) == 'a,b\n1.5,"x,y"\n'


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-x", "@x", "a;=1"])
def test_no_cell_is_a_formula(cell):
    assert "'" in table([(cell,)])
