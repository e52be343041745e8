"""The bar while changes of somebody's code are tried."""

import io

from handgrad.demos.waiting import WIDTH, bar, line_of


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_fills_and_says_how_long_it_takes_at_most():
    assert line_of(0.0, 20.0).count("#") == 0
    assert line_of(10.0, 20.0).count("#") == WIDTH // 2
    assert line_of(25.0, 20.0).count("#") == WIDTH
    assert line_of(5.2, 20.0).endswith("5 of at most 20 s")
    assert len(line_of(20.0, 20.0)) <= 79


def test_nothing_is_left_of_it():
    stream = Terminal()
    with bar(stream) as progress:
        progress(3.0, 20.0)
    before, line, blank, after = stream.getvalue().split("\r")
    assert line == line_of(3.0, 20.0)
    assert (before, blank.strip(), len(blank), after) == ("", "", len(line), "")


def test_where_it_is_over_soon_nothing_is_drawn():
    stream = Terminal()
    with bar(stream):
        pass
    assert not stream.getvalue()


def test_nothing_is_drawn_where_nobody_looks():
    with bar(io.StringIO()) as progress:
        assert progress is None
