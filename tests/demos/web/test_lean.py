"""Modules without comments and docstrings: the same program, in the same lines."""

import ast
import dataclasses
import io
import zipfile

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.web import library
from handgrad.demos.web.lean import lean
from tests.drawing import draw

WORDY = b'''"""A module
of two lines."""

import os  # for its name


class Point:
    """With a place."""

    x: float = 0.0  # across


def text():
    """Only this."""


async def later():
    # not yet
    "One."
    return "# no comment", """no
docstring"""
'''


def test_comments_and_docstrings_are_gone_and_other_texts_stay():
    bare = lean(WORDY).decode()
    assert not any(words in bare for words in ("two lines", "for its name", "place", "across", "Only", "yet", "One"))
    assert '"# no comment", """no\ndocstring"""' in bare


class _Blank(ast.NodeTransformer):
    def visit_Expr(self, node):
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return ast.copy_location(ast.Pass(), node)
        return node


def program(source):
    """Each statement with its line, texts that nobody uses left out."""
    tree = _Blank().visit(ast.parse(source))
    return ast.dump(tree), [node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)]


@pytest.mark.rest
@pytest.mark.parametrize("parts", ["_ours", "_others"])
def test_all_that_goes_into_the_page_is_the_same_program_in_the_same_lines(parts, request):
    for place, source in draw(request, getattr(library, parts)(), 12):
        assert program(lean(source)) == program(source), place


def test_a_dataclass_takes_the_blank_for_its_own():
    names = {"dataclasses": dataclasses}
    exec(lean(b'@dataclasses.dataclass\nclass Pair:\n    """Two."""\n    one: int\n'), names)
    assert names["Pair"].__doc__ == " "


@pytest.mark.rest
def test_a_course_goes_along_as_it_was_written():
    course = Course()
    kata = course.katas[0]
    with zipfile.ZipFile(io.BytesIO(library.library(course))) as archive:
        assert archive.read(f"{library.COURSE_FOLDER}/{kata.place}/{kata.file_name}") == kata.stub.read_bytes()
