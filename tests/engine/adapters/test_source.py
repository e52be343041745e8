"""Where code is written."""

import functools
import inspect

from handgrad.adapters.source import Source, lines_of, source_at, source_of


def plain(x):
    return x + 1


def decorator(function):
    @functools.wraps(function)
    def wrapped(*args):
        return function(*args)

    return wrapped


@decorator
def decorated(x):
    return x


class Layer:
    def forward(self, x):
        return x

    def __call__(self, x):
        return x


def line_of(text):
    lines = inspect.getsource(inspect.getmodule(line_of)).splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip() == text)


def test_a_function_is_found_at_its_def():
    assert source_of(plain) == Source(__file__, line_of("def plain(x):"), "def plain(x):")


def test_a_line_of_a_function_has_its_text_without_the_indent():
    assert source_of(plain, line_of("return x + 1")).text == "return x + 1"


def test_what_is_wrapped_is_found_behind_its_wrapper():
    assert source_of(decorated).text == "def decorated(x):"
    assert source_of(functools.partial(plain, 1)).text == "def plain(x):"
    assert source_of(Layer().forward).text == "def forward(self, x):"
    assert source_of(Layer()).text == "def __call__(self, x):"


def test_a_class_is_found_at_its_class():
    assert source_of(Layer) == Source(__file__, line_of("class Layer:"), "class Layer:")


def test_what_is_not_written_in_python_has_no_source():
    assert source_of(len) is None
    assert source_of(int) is None


def test_a_file_that_is_not_there_has_lines_without_text():
    assert source_at("<string>", 3) == Source("<string>", 3, "")
    assert source_at("/home/me/layers.py", 3).place == "layers.py:3"
    assert source_at(r"C:\me\layers.py", 3).place == "layers.py:3"


def test_the_lines_of_a_function_are_all_of_its_own():
    first = line_of("def decorator(function):")
    assert list(lines_of(decorator)) == list(range(first, first + 6))
    assert not lines_of(len)
