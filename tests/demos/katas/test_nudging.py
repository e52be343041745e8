"""The nudge test, done."""

import re

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.katas.authoring import wrong_answers
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.graphs import NoGraphError
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.nudging import NoNodeError, nudge_node, report_first

COURSE = Course()


def slope(text):
    return float(re.search(r" = (\S+)\.( |$)", text)[1])


@pytest.mark.parametrize(("node", "expected"), [("a", 6.0), ("b", -4.0), ("d", -2.0), ("e", -2.0), ("L", 1.0)])
def test_a_leaf_and_a_node_between_are_moved_and_the_slope_is_measured(node, expected):
    found = nudge_node(COURSE["lecture"], node)
    assert found.text.startswith(f"{node} moves by 0.001: L goes from -8 to ")
    assert slope(found.text) == pytest.approx(expected, rel=1e-3)
    assert found.is_asked


def test_an_entry_of_an_array_is_moved_by_itself():
    assert nudge_node(COURSE["attention"], "q[0, 1]").text.startswith("q[0, 1] moves by ")
    assert nudge_node(COURSE["attention"], "q").text.startswith("q[0, 0] moves by ")


@pytest.mark.parametrize(
    ("node", "said"),
    [("zz", "has no node 'zz'. It has L, f, d"), ("LL", "Did you mean L?"), ("q[0, 99]", "has no node 'q[0, 99]'")],
)
def test_a_node_that_is_not_there_is_told_with_those_that_are(node, said):
    with pytest.raises(NoNodeError) as caught:
        nudge_node(COURSE["lecture"], node)
    assert said in str(caught.value)


def test_an_entry_that_is_not_there_is_told():
    with pytest.raises(NoNodeError, match="no entry"):
        nudge_node(COURSE["attention"], "q[0, 99]")


def test_a_kata_without_a_graph_says_so():
    with pytest.raises(NoGraphError):
        nudge_node(COURSE["slope"], "x")


def test_the_numbers_are_those_of_the_test_that_failed(workspace, warm):
    kata = COURSE["two_links"]
    workspace.answer(kata).write_text(wrong_answers(kata)[0].text, encoding="utf-8")
    failed = judge(kata, workspace.answer(kata), run=warm.run).comparison
    text = report_first(workspace, kata, failed)
    (node,) = [node for node in failed["nodes"] if node["status"] == "wrong"]
    assert text.startswith(f"{node['name']} moves by ")
    assert slope(text) == pytest.approx(node["expected"], rel=1e-3)


@pytest.mark.rest
def test_a_slope_that_is_asked_for_counts_as_a_hint_until_all_are_open_or_the_kata_has_passed(workspace, monkeypatch):
    monkeypatch.chdir(workspace.folder)
    said = [CliRunner().invoke(main, ["nudge", "a", "multiply"]).output for _ in range(4)]
    assert ["counts as a hint" in " ".join(text.split()) for text in said] == [True, True, True, False]
    assert workspace.progress_file.load().hints == {"multiply": 3}
    workspace.progress_file.update(lambda progress: progress.add_passed("divide"))
    assert "counts" not in CliRunner().invoke(main, ["nudge", "a", "divide"]).output


def test_where_nothing_was_judged_there_is_nothing_to_nudge(workspace):
    assert report_first(workspace, COURSE["slope"], None) == "There is no gradient to look at yet."


def test_a_node_that_is_not_there_ends_the_command_with_status_2(workspace, monkeypatch):
    monkeypatch.chdir(workspace.folder)
    result = CliRunner().invoke(main, ["nudge", "zz", "multiply"])
    assert result.exit_code == 2
    assert "has no node 'zz'" in result.output
