"""`--json`: one document a call, of the form that the schema says, whatever happens."""

import json
import math
import sys

import jsonschema
import pytest
from click.testing import CliRunner

from handgrad.demos import replies
from handgrad.demos.cli import main
from handgrad.demos.katas.course import Course
from tests.demos.grading.classes import RIGHT, hand_in
from tests.optional import only_where

COURSE = Course()
KEYS = ["version", "command", "ok", "status", "message", "results"]
BACKWARD = """
import numpy as np
print("what the file prints is not in the document")
def forward(x, W, mask):
    return (np.tanh(x @ W + mask) ** 2).mean()
def backward(x, W, mask):
    h = np.tanh(x @ W + mask)
    dz = 2 * h / h.size * (1 - {square})
    return {{"dW": x.T @ dz}}
inputs = {{"x": np.eye(4, 3), "W": np.eye(3, 2) - 0.4, "mask": np.zeros(2)}}
"""


@pytest.fixture
def document(tmp_path, monkeypatch):
    """Run a command in a fresh workspace; its document, checked by the schema, with the exit status."""
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["start", "."]).exit_code == 0

    def run(*arguments):
        result = CliRunner().invoke(main, [*arguments, "--json"])
        found = json.loads(result.stdout, parse_constant=pytest.fail)
        jsonschema.Draft202012Validator(replies.schema()).validate(found)
        assert list(found) == KEYS
        assert found["status"] == result.exit_code
        return found

    run.folder = tmp_path
    return run


def test_the_schema_is_a_schema_and_refuses_another_form():
    jsonschema.Draft202012Validator.check_schema(replies.schema())
    validator = jsonschema.Draft202012Validator(replies.schema())
    good = replies.reply("list", replies.RIGHT)
    validator.validate(good)
    for bad in ({**good, "ok": False}, {**good, "version": 0}, {**good, "results": [{}]}, {**good, "status": 2}):
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(bad)


@pytest.mark.rest(of=3)
def test_a_kata_that_passes_and_one_that_does_not_have_the_same_keys(document):
    kata = COURSE["add"]
    wrong = document("check", "add")
    (document.folder / kata.place / kata.file_name).write_bytes(kata.solution.read_bytes())
    right = document("check", "add")
    assert (wrong["status"], right["status"]) == (1, 0)
    assert wrong["results"][0].keys() == right["results"][0].keys()
    assert wrong["results"][0]["failures"][0]["comparison"]["counts"]["missing"] > 0
    assert right["results"][0]["file"] == "01_white/02_add/add.py"


@pytest.mark.rest(of=3)
def test_several_katas_are_several_results(document):
    assert [found["kata"] for found in document("check", "slope", "add")["results"]] == ["slope", "add"]


@pytest.mark.rest(of=3)
@pytest.mark.parametrize(("square", "status"), [("h * h", 0), ("h", 1)])
def test_a_file_is_judged_and_what_it_prints_stays_out(document, square, status):
    (document.folder / "mine.py").write_text(BACKWARD.format(square=square), encoding="utf-8")
    found = document("debug", "mine.py", "--no-picture")
    assert found["status"] == status
    (result,) = found["results"]
    assert result["comparison"]["ok"] is (status == 0)
    causes = [node["source"][1] for node in result["comparison"]["nodes"] if node["status"] == "wrong"]
    assert causes == ([8] if status else [])
    assert bool(result["patch"]) is bool(status)


@pytest.mark.parametrize(
    "arguments",
    [("check", "nowhere"), ("debug", "nowhere.py"), ("grade", ".", "--kata", "nowhere")],
)
def test_what_cannot_be_told_is_told_as_a_document_too(document, arguments):
    found = document(*arguments)
    assert (found["status"], found["results"]) == (2, [])
    assert found["message"]


def test_the_list_has_every_kata_and_words_choose_among_them(document):
    everything = document("list")["results"]
    assert [found["kata"] for found in everything] == [kata.name for kata in COURSE.katas]
    assert [found["kata"] for found in everything if found["is_current"]] == ["slope"]
    named = [found["kata"] for found in document("list", "softmax")["results"]]
    assert named[0] == "softmax_jacobian"
    assert {"attention", "causal_mask", "cross_entropy_batch"} <= set(named)


@pytest.mark.rest(of=3)
@only_where(sys.platform.startswith("linux"), "grading is for Linux")
def test_a_class_is_graded_and_every_answer_is_a_result(document):
    hand_in(document.folder / "in", "ada", multiply=RIGHT)
    hand_in(document.folder / "in", "bob", multiply=COURSE["multiply"].stub.read_bytes())
    found = document("grade", "in", "--kata", "multiply", "--out", "g.json")
    assert [(result["student"], result["status"]) for result in found["results"]] == [
        ("ada", "passed"),
        ("bob", "untouched"),
    ]


def test_what_is_no_finite_number_is_given_as_its_repr():
    given = {"a": math.inf, "b": [1.0, -math.inf, (math.nan, 2)], 3: None}
    assert replies.plain(given) == {"a": "inf", "b": [1.0, "-inf", ["nan", 2]], "3": None}
