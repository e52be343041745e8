"""The course as the pages show it."""

import gzip
import json
import shutil
import sys

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.web.content import content, imports_of, is_array_module, needs_numpy, render_html
from handgrad.demos.web.library import MissingPartError


@pytest.mark.rest
def test_the_course_lies_there_as_html(site_folder):
    (file,) = site_folder.glob("course-*.bin")
    content = json.loads(gzip.decompress(file.read_bytes()))
    assert [kata["name"] for kata in content["katas"]] == [kata.name for kata in Course().katas]
    assert all(len(kata["hints"]) == 3 for kata in content["katas"])


def test_markdown_that_holds_html_stays_text():
    assert "<script" not in render_html("a <script>alert(1)</script> `b`")


def test_at_least_as_many_katas_as_before_run_without_numpy():
    assert sum(not needs_numpy(kata) for kata in Course().katas) >= 33


def test_a_block_of_code_can_be_scrolled_by_the_keyboard_and_a_table_is_one():
    found = render_html("    x = 1\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert '<pre tabindex="0"><code>x = 1' in found
    assert "<td>2</td>" in found


def test_without_what_reads_markdown_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    with pytest.raises(MissingPartError, match="pip install"):
        render_html("text")


def test_what_a_file_imports_is_read_and_not_run(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "import os.path, numpy as np\nfrom handgrad import Value, arrays\ndef f():\n    from . import x\n1 / 0\n"
    )
    assert list(imports_of(file)) == ["os.path", "numpy", "handgrad", "handgrad.Value", "handgrad.arrays"]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("numpy", True),
        ("numpy.linalg", True),
        ("handgrad.arrays.label", True),
        ("numpyish", False),
        ("handgrad", False),
    ],
)
def test_a_module_that_needs_numpy_is_told_by_its_name(name, is_one):
    assert is_array_module(name) == is_one


def test_a_course_of_two_katas_is_all_there(tmp_path):
    for name in ("slope", "embedding"):
        shutil.copytree(Course()[name].folder, tmp_path / "1_one" / f"1_{name}")
    (tmp_path / "1_one" / "README.md").write_text("# The one\n\nAll *about* it.\n\nMore.\n")
    found = content(Course(tmp_path))
    assert found["belts"] == [{"name": "one", "title": "The one", "about": "<p>All <em>about</em> it.</p>\n"}]
    embedding, slope = found["katas"]
    assert (embedding["number"], embedding["needsNumpy"], embedding["hasGraph"]) == (1, True, True)
    assert (embedding["steps"], embedding["hasPaper"]) == ([], False)
    assert (slope["number"], slope["needsNumpy"], slope["hasGraph"]) == (2, False, False)
    assert slope["stub"] == Course()["slope"].stub.read_text(encoding="utf-8")
    assert not slope["statement"].startswith("<h1>")
    assert found["softmax"][2] == ["softmax p", "0.665", "0.245", "0.090"]


def test_a_block_of_equations_is_typeset_and_a_block_of_code_stays_as_it_is():
    html = render_html("As\n\n    y = tanh(x)     dy/dx = 1 - y^2\n\nand\n\n    y.grad = 1\n\nor\n\n    x = [1, 2]\n")
    assert html.count("<math") == 2
    assert "<mfrac>" in html
    assert '<pre tabindex="0"><code>y.grad = 1\n</code></pre>' in html
    assert "[1, 2]" in html
