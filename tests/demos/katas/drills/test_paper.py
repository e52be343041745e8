"""A derivation typed line by line: what follows, what does not, and what is no line."""

import importlib.util

import numpy as np
import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.drills.paper import Paper
from handgrad.viz.sheet.expression import ExpressionError, evaluate
from tests.demos.commands import handgrad

COURSE = Course()
KATAS = [kata.name for kata in COURSE.katas if kata.paper.is_file()]


def test_the_katas_in_closed_form_have_a_derivation():
    assert KATAS == ["one_go", "batchnorm_one_go", "layernorm_one_go"]


@pytest.mark.parametrize("name", KATAS)
def test_each_line_of_the_way_follows_from_the_one_before_and_the_last_is_the_end(name):
    paper = Paper(COURSE[name], COURSE)
    while not paper.is_done:
        line = paper.show_next().partition(" = ")[2]
        assert Paper(COURSE[name], COURSE).judge(line).message.startswith("It follows.")
    assert len(paper.lines) > 3


@pytest.mark.parametrize("name", ["batchnorm_one_go", "layernorm_one_go"])
def test_the_line_to_begin_with_is_what_the_solution_gives(name):
    kata, paper = COURSE[name], Paper(COURSE[name], COURSE)
    spec = importlib.util.spec_from_file_location(f"solution_{name}", kata.solution)
    solution = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(solution)
    first = "raw" if name == "batchnorm_one_go" else "norm"
    found = getattr(solution, name)(*(paper.data(each) for each in (first, "inv", "gain", "dout")))
    np.testing.assert_allclose(evaluate(paper.lines[0], paper), found, rtol=1e-9)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("inv*draw + 2*diff/(n - 1)*dvar", "What is off is the same number all down each column: which sum is that?"),
        ("ddiff.sum(0)/n - ddiff", "The sign is flipped."),
        ("n*ddiff - ddiff.sum(0)", "It is 5 times what it should be."),
        ("ddiff - ddiff.sum(1)/n", "ddiff has shape (5, 3) and ddiff.sum(1) / n has shape (5,)"),
        ("ddiff - ddiff.sum(1, keepdims=True)/n", "goes over axis 1: is it that one?"),
        ("dvar", "It has shape (1, 3), and should have (5, 3)."),
        ("gain*inv/n*(n*dout - dout.sum(0) - raw*(dout*raw).sum(0)*n/(raw**2).sum(0))", "off by very little"),
        ("dx = ddiff*ddiff - ddiff.sum(0)/n", "That does not follow from line 1. At ["),
        ("dvar = 0.5*inv**3*dinv", "That is not dvar. The sign is flipped."),
    ],
)
def test_a_line_that_does_not_follow_is_told_what_is_off(line, said):
    paper = Paper(COURSE["batchnorm_one_go"], COURSE)
    try:
        outcome = paper.judge(line)
    except ExpressionError as error:
        message = str(error)
    else:
        message = outcome.message
        assert not outcome.is_right
    assert said in message
    assert paper.lines == ["ddiff - ddiff.sum(0)/n"]


@pytest.mark.parametrize("text", ["what now", "foo*2", "ddiff = ", "dx", "1/0", "import os"])
@pytest.mark.parametrize("name", KATAS)
def test_what_is_no_line_is_told_so_with_an_example_that_works_there(name, text):
    paper = Paper(COURSE[name], COURSE)
    with pytest.raises(ExpressionError) as error:
        paper.judge(text)
    example = str(error.value).rpartition("such as ")[2].removesuffix(".")
    assert paper.judge(f"0 + {example}").message.startswith("It follows.")


def test_a_line_on_something_else_is_checked_or_kept_and_the_derivation_is_printed(workspace, monkeypatch):
    monkeypatch.chdir(workspace.folder)
    typed = [
        "dvar = -0.5*inv**3*(draw*diff).sum(0)",
        "s = (dout*raw).sum(0)",
        "gain*inv/n*(n*dout - dout.sum(0) - n/(n - 1)*raw*s)",
    ]
    said = handgrad("paper", "batchnorm_one_go", input="\n".join(typed)).output
    assert "Right, that is dvar." in said
    assert "s is kept" in said
    assert f"    dx = ddiff - ddiff.sum(0)/n\n       = {typed[-1]}\n" in said
    assert "That is the line for batchnorm_one_go.py." in said
    assert max(map(len, said.splitlines())) < 80
    refused = handgrad("paper", "slope")
    assert refused.exit_code == 2
    assert "one_go, batchnorm_one_go and layernorm_one_go" in " ".join(refused.output.split())
