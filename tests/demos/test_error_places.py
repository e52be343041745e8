"""Where in a learner's file an error comes from."""

import runpy
from pathlib import Path

import pytest

from handgrad.demos.error_places import calls_in, places_in

PROGRAM = """
def outer():
    x = 2
    inner()

def inner():
    int("two")

outer()
"""


@pytest.fixture
def error(tmp_path):
    copy = tmp_path / "mine.py"
    copy.write_text(PROGRAM, encoding="utf-8")
    with pytest.raises(ValueError, match="two") as raised:
        runpy.run_path(str(copy))
    return raised.value


def test_calls_in_a_file_are_found_in_a_copy_of_it(error):
    calls = calls_in(Path("elsewhere") / "mine.py", error)
    assert [(frame.f_code.co_name, line) for frame, line in calls] == [("<module>", 9), ("outer", 4), ("inner", 7)]
    assert calls[1][0].f_locals == {"x": 2}
    assert calls_in(Path("other.py"), error) == []


def test_places_are_said_with_their_lines_of_code(error):
    assert places_in(Path("mine.py"), error) == [
        "mine.py, line 9: outer()",
        "mine.py, line 4: inner()",
        'mine.py, line 7: int("two")',
    ]


def test_of_many_places_the_innermost_three_are_said(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def down(n):\n    return down(n - 1) if n else 1 / 0\n\ndown(5)\n", encoding="utf-8")
    with pytest.raises(ZeroDivisionError) as raised:
        runpy.run_path(str(path))
    assert places_in(path, raised.value) == ["mine.py, line 2: return down(n - 1) if n else 1 / 0"] * 3
