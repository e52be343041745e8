"""Where code is written."""

import functools
import inspect
import linecache

from handgrad.repair.source import (
    Source,
    code_of,
    codes_within,
    function_behind,
    line_at_work,
    lines_of,
    source_at,
    source_of,
    trace_by,
    untraced,
)


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


def test_a_line_has_its_text_without_the_indent():
    assert source_at(__file__, line_of("return x + 1")).text == "return x + 1"


def test_what_is_wrapped_is_found_behind_its_wrapper():
    assert source_of(decorated).text == "def decorated(x):"
    assert source_of(functools.partial(plain, 1)).text == "def plain(x):"
    assert source_of(Layer().forward).text == "def forward(self, x):"
    assert source_of(Layer()).text == "def __call__(self, x):"


def test_what_is_not_written_in_python_has_no_source():
    assert source_of(len) is None
    assert source_of(int) is None


def test_a_file_that_is_not_there_has_lines_without_text():
    assert source_at("<string>", 3) == Source("<string>", 3, "")
    assert source_at("/home/me/layers.py", 3).place == "layers.py:3"
    assert source_at(r"C:\me\layers.py", 3).place == "layers.py:3"


def test_the_function_behind_a_method_or_a_partial_is_the_one_that_was_written():
    assert function_behind(Layer().forward) is Layer.forward
    assert function_behind(functools.partial(plain, 1)) is plain
    assert function_behind(staticmethod(plain)) is plain
    assert function_behind(len) is None


def test_the_code_of_a_decorated_function_is_not_its_decorator_s():
    assert code_of(decorated).co_name == "decorated"
    assert code_of(functools.partial(decorated, 1)).co_name == "decorated"
    assert code_of(Layer) is None


def test_the_codes_within_a_function_are_its_own_and_those_of_the_functions_inside():
    assert [code.co_name for code in codes_within(decorator.__code__)] == ["decorator", "wrapped"]


def test_the_line_at_work_is_the_innermost_of_theirs():
    def ours():
        return line_at_work(lambda frame: frame.f_code.co_name != "ours")

    found = ours()  # here
    assert found.text == "found = ours()  # here"
    assert line_at_work(lambda frame: False) is None


def test_calls_in_what_is_untraced_are_not_traced_and_those_after_it_are():
    called = []
    quiet = untraced(lambda x: decorated(plain(x)))
    with trace_by(lambda frame, *_: called.append(frame.f_code.co_name)):
        decorated(quiet(plain(1)))
    assert [name for name in called if name in ("plain", "wrapped", "decorated")] == ["plain", "wrapped", "decorated"]


def test_a_text_that_is_carried_out_is_not_read_from_another_of_the_same_name():
    name = "<string>"
    linecache.cache[name] = (1, None, ["of the command line\n"], name)
    try:
        assert lines_of(name) == []
        assert source_at(name, 1).text == ""
    finally:
        del linecache.cache[name]


def test_a_lambda_is_found_where_it_is_written_and_not_at_the_next_def():
    square = lambda x: x * x  # noqa: E731

    def other():
        pass

    assert source_of(square).text.startswith("square = lambda")
    assert source_of(other).text == "def other():"
