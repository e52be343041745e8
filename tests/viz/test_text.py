"""The comparator's table in a terminal."""

from __future__ import annotations

import io
import re

import pytest

from handgrad import Comparison, compare, label
from handgrad.arrays import array, fill
from handgrad.viz import text

from .graphs import RIGHT, TWO_MISTAKES, lecture


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def of_numbers() -> Comparison:
    return compare(lecture({**TWO_MISTAKES, "b": None}))


def of_arrays() -> Comparison:
    x, w = array([[1.0, 2.0], [3.0, -1.0]], label="x"), array([[0.5], [-2.0]], label="w")
    loss = label((label(x @ w, "y") ** 2).sum(), "loss")
    loss.backward()
    fill(w, -w.grad)
    x.grad, loss.grad = None, 3.0
    return compare(loss)


EITHER = pytest.mark.parametrize("made", [of_numbers, of_arrays])


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


@EITHER
@pytest.mark.parametrize("reveal", [False, True])
def test_without_colour_the_text_is_the_comparators_own_table(made, reveal):
    comparison = made()
    assert text.table(comparison, reveal=reveal, color=False) == comparison.table(reveal=reveal)


@EITHER
@pytest.mark.parametrize("reveal", [False, True])
def test_colour_only_adds_to_the_words(made, reveal):
    comparison = made()
    coloured = text.table(comparison, reveal=reveal, color=True)
    assert "\033[1;31m" in coloured
    assert re.sub(r"\033\[[\d;]*m", "", coloured) == comparison.table(reveal=reveal)


def test_the_row_of_a_wrong_array_is_red_as_a_whole_and_of_the_others_only_the_word():
    lines = text.table(of_arrays(), color=True).splitlines()
    (wrong,) = [line for line in lines if "WRONG" in line and "(2, 1)" in line]
    (right,) = [line for line in lines if re.match("y .*correct", line)]
    assert wrong.startswith("\033[1;31mw")
    assert right.endswith("\033[32mcorrect\033[0m")


def test_a_right_comparison_has_no_red():
    assert "31m" not in text.table(compare(lecture(RIGHT)), color=True)


def test_a_terminal_is_coloured_and_a_file_is_not():
    comparison = compare(lecture(TWO_MISTAKES))
    assert "\033[" in text.table(comparison, stream=Terminal())
    assert "\033[" not in text.table(comparison, stream=io.StringIO())


def test_no_color_switches_colour_off_but_not_where_it_is_asked_for(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    comparison = compare(lecture(TWO_MISTAKES))
    assert "\033[" not in text.table(comparison, stream=Terminal())
    assert "\033[" in text.table(comparison, color=True)


def test_what_is_no_comparison_is_refused():
    with pytest.raises(TypeError, match=r"viz\.text\.table takes a Comparison"):
        text.table(lecture())
