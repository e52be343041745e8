"""The page's own interpreter: the course that lies beside the package, and what answers."""

import json
import shutil
import subprocess
import sys

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.web.inside.start import start
from handgrad.viz.sheet.layout import lay_out_with_graphviz


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """A folder as the page has it, with one kata; it is found by Python's own path."""
    shutil.copytree(Course()["add"].folder, tmp_path / "course" / "1_one" / "1_add")
    monkeypatch.chdir(tmp_path.parent)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def asked(answer, **message):
    return json.loads(answer(json.dumps(message)))


def test_the_course_is_the_one_beside_the_package(archive):
    answer = start(lambda dot, format: "")
    assert asked(answer, do="slips", kata="add")["type"] == "slips"
    assert asked(answer, do="slips", kata="slope")["type"] == "error"
    assert archive.samefile(".")  # as a file that was handed out is found from there


def test_the_pages_own_layout_draws_and_the_sheet_that_is_given_is_meant(archive):
    asked_for = []

    def layout(dot, format_):
        asked_for.append(format_)
        return lay_out_with_graphviz(dot) if format_ == "plain" else f"<svg>{len(dot)}</svg>"

    answer = start(layout, "kata/add")
    reply = asked(answer, do="state")
    assert set(reply["verdict"]) == {"a", "b", "y"}
    asked(answer, do="open")
    assert asked_for == ["plain"]
    assert asked(answer, do="picture", format="svg")["text"].startswith("<svg>")


FIRST = """
import json, sys
from handgrad.demos.web.inside.start import start, warm_up
from handgrad.viz.sheet.layout import lay_out_with_graphviz

warm_up()
before = set(sys.modules)
answer = start(lambda dot, format: lay_out_with_graphviz(dot), "front")
for message in (
    {"do": "open"},
    {"do": "fill", "node": "d", "text": "3"},
    {"do": "predict", "step": 1, "text": "5"},
    {"do": "nudge", "node": "d"},
):
    answer(json.dumps(message))
print(*(name for name in set(sys.modules) - before if name.startswith("handgrad.")))
"""


@pytest.mark.rest
def test_what_a_learner_does_first_imports_nothing_more_of_ours(archive):
    found = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.append({str(archive)!r})\n{FIRST}"],
        capture_output=True, text=True, check=True, cwd=archive,
    )  # fmt: skip
    assert found.stdout.split() == []
