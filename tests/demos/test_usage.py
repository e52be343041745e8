"""What a command says in a sentence fits 80 columns."""

import click
import pytest
from click.testing import CliRunner

from handgrad.demos.usage import UnusableError, fit

LONG = "This is a sentence that goes on for longer than a terminal is wide, as errors do that say what to do instead: "


def test_a_long_line_is_broken_between_words_and_loses_none():
    found = fit(LONG * 2 + "or else not.")
    assert max(map(len, found.splitlines())) <= 80
    assert found.split() == (LONG * 2 + "or else not.").split()


def test_lines_that_fit_stay_as_they_are():
    text = "One line.\n    an indented one\n\nand a last"
    assert fit(text) == text


@pytest.mark.parametrize("words", range(12))
def test_a_command_stays_in_one_line(words):
    assert "handgrad solution add --peek" in fit("and so on " * words + "try handgrad solution add --peek, or not")


def test_an_indented_line_goes_on_indented():
    assert all(line.startswith("    ") for line in fit("    " + LONG).splitlines())


def test_a_long_word_is_not_broken():
    path = "/a/" * 40
    assert path in fit(f"{path} cannot be used.")


def test_the_word_error_has_no_line_of_its_own():
    path = "/a/" * 40
    assert fit(f"Error: {path} cannot be used.").startswith(f"Error: {path}")


def test_an_error_is_told_in_lines_that_fit_with_status_2():
    @click.command()
    def failing():
        raise UnusableError(LONG)

    result = CliRunner().invoke(failing)
    assert result.exit_code == 2
    assert result.output.startswith("Error: This is")
    assert max(map(len, result.output.splitlines())) <= 80
