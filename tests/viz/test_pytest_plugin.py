"""The plugin for pytest: pictures of gradient checks that fail."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from handgrad.viz.pytest_plugin import LONGEST_NAME, file_name

pytest_plugins = ["pytester"]

WRONG = """
import os
import pytest
from handgrad import Value, manual
from handgrad.testing import assert_gradients

def check(gradient=3.0):
    with manual():
        x = Value(2.0, "x")
        L = x * x
    L.label, L.grad, x.grad = "L", 1.0, gradient
    assert_gradients(L)
"""
PICTURE = "picture of the gradients"


@pytest.fixture
def run(pytester, monkeypatch):
    """Runs a file of tests with the option: the words of the report, and the pictures by name."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # the others that are installed take a second

    def run(tests, pictures="pictures"):
        pytester.makepyfile(test_mine=WRONG + tests)
        option = ["--handgrad-pictures", pictures] if pictures else []
        result = pytester.runpytest_inprocess("-p", "handgrad.demos.pytest_option", "-p", "no:cacheprovider", *option)
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        folder = pytester.path / "pictures"
        found = {path.name: path.read_text("utf-8") for path in folder.iterdir()} if folder.is_dir() else {}
        return result.stdout.str(), found

    return run


def test_the_picture_of_each_failed_check_is_kept_and_named(run):
    said, found = run("def test_wrong(): check()\ndef test_of_something_else(): assert 1 == 2")
    assert list(found) == ["test_mine.py.test_wrong.svg"]
    assert 'stroke="red"' in found["test_mine.py.test_wrong.svg"]
    assert said.count(PICTURE) == 1
    assert str(Path("pictures", "test_mine.py.test_wrong.svg")) in said


def test_pytest_finds_it_where_handgrad_is_installed():
    (found,) = entry_points(group="pytest11", name="handgrad")
    assert found.value == "handgrad.demos.pytest_option"


def test_without_the_option_nothing_is_drawn(run):
    said, found = run("def test_wrong(): check()", pictures=None)
    assert PICTURE not in said
    assert found == {}


def test_a_folder_that_cannot_be_written_does_not_hide_the_failure(run):
    said, _ = run("def test_wrong(): check()", pictures="test_mine.py")
    assert "There is none: " in said
    assert "1 failed" in said
    assert "GradientError" in said


def test_whatever_goes_wrong_with_a_picture_does_not_end_the_run(run, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("no picture today")

    monkeypatch.setattr("handgrad.viz.pytest_plugin.save", broken)
    said, _ = run("def test_one(): check()\ndef test_two(): check()")
    assert said.count("There is none: no picture today") == 2
    assert "2 failed" in said


def test_a_test_that_has_gone_to_another_folder_keeps_its_picture_where_it_was_asked_for(run):
    _, found = run("def test_elsewhere(tmp_path, monkeypatch):\n    monkeypatch.chdir(tmp_path)\n    check()")
    assert list(found) == ["test_mine.py.test_elsewhere.svg"]


def test_the_phases_of_one_test_have_a_picture_each(run):
    _, found = run(
        "@pytest.fixture\ndef late():\n    yield\n    check(5.0)\n"
        "def test_late(late): check()\n"
        "@pytest.fixture\ndef early(): check()\n"
        "def test_early(early): pass\n"
    )
    assert set(found) == {
        "test_mine.py.test_early+setup.svg",
        "test_mine.py.test_late.svg",
        "test_mine.py.test_late+teardown.svg",
    }
    assert ">5<" in found["test_mine.py.test_late+teardown.svg"]


def test_a_check_that_is_the_cause_of_another_error_has_its_picture(run):
    _, found = run(
        "def test_wrapped():\n    try:\n        check()\n    except AssertionError as error:\n"
        "        raise RuntimeError('the layer is wrong') from error"
    )
    assert list(found) == ["test_mine.py.test_wrapped.svg"]


def test_a_check_that_is_expected_to_fail_has_none(run):
    _, found = run("@pytest.mark.xfail\ndef test_known(): check()\ndef test_other(): assert 1 == 2")
    assert found == {}


NAMES = {
    "tests/nn/test_a.py::test_b": "tests-nn-test_a.py.test_b.svg",
    "test_a.py::test_b[relu-3]": "test_a.py.test_b-relu-3.svg",
}


@pytest.mark.parametrize(("test", "name"), NAMES.items())
def test_a_picture_is_called_by_its_test(test, name):
    assert file_name(test, "call") == name


def test_an_id_that_its_name_does_not_give_back_has_some_letters_more():
    assert re.fullmatch(
        r"test_a\.py\.TestLayer\.test_b\+[0-9a-f]{8}\.svg", file_name("test_a.py::TestLayer::test_b", "call")
    )


CASES = [
    "a/b[c]", "../../up", "a b", "a_b", "A", "a", "x" * 300, "x" * 299 + "y", "\u00e9", "\u00e8", "\\", "a\0b", "[",
    "a.setup",
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_any_case_of_a_test_has_a_name_that_every_system_takes(case):
    name = file_name(f"test_a.py::test_b[{case}]", "call")
    assert name.startswith("test_a.py.test_b-")
    assert name.isascii()
    assert not set(name) & set('/\\:*?"<>| \0')
    assert len(name) <= LONGEST_NAME + 13


ALIKE = [
    *(f"test_a.py::test_b[{case}]" for case in CASES),
    "test_a.py::test_b", "test_a.py::test_b[]", "test_a.py::test_b_a", "test_a.py::test_b-a", "test_a.py::test_b-A",
    "a/b.py::t", "a-b.py::t", "a/B.py::t", "A/b.py::t", "a/b.py::T", "a/b.py::t::u", "a/b.py::t.u", "a/b.py.t::u",
    "a/b.py.t-u.py::v", "a/b.py::t[u.py.v]", "a/b.py::t::u[1]", "a/b.py::t.u[1]", "a.md::a.md", "a/b.md::b.md",
]  # fmt: skip
"""Ids of which some have one name, were it not for the letters more."""


def test_no_two_tests_have_one_name_in_capital_letters_or_small():
    names = {file_name(test, phase).lower() for test in ALIKE for phase in ("setup", "call", "teardown")}
    assert len(names) == 3 * len(ALIKE)


def test_no_case_has_the_name_of_another_test_with_its_letters():
    more = file_name("test_a.py::test_b[A]", "call").removeprefix("test_a.py.test_b-").removesuffix(".svg")
    cases = [more, more.lower(), more.lower().replace("+", "-")]
    names = {file_name(f"test_a.py::test_b[{case}]", "call").lower() for case in [*cases, "A"]}
    assert len(names) == 4
