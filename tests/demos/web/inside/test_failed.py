"""What failed stands on the kata's sheet as its verdict says it."""

import json

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.graphs import NoGraphError, kata_graph
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.web.inside.judged import report
from tests.demos.judged import compared_answers

COURSE = Course()


def statuses_on_sheet(session, name, found):
    filled = json.loads(json.dumps(report(found)["filled"]))
    sheet = session.handle({"do": "open", "sheet": f"kata/{name}", "filled": filled})
    verdicts = sheet["verdict"]
    return {node["name"]: verdicts[node["id"]]["status"] for node in sheet["nodes"] if node["id"] in verdicts}


@pytest.mark.drawn(1, rest=8)
@pytest.mark.parametrize("name", [kata.name for kata in COURSE.katas])
def test_each_node_is_on_its_sheet_what_the_verdict_says_that_it_is(name, session, judged_once, tmp_path):
    kata = COURSE[name]
    file = tmp_path / kata.file_name
    file.write_text(compared_answers()[name], encoding="utf-8")
    found = judge(kata, file, run=judged_once)
    try:
        kata_graph(kata)
    except NoGraphError:
        return
    if found.comparison is None:
        return
    asked = [node for node in found.comparison["nodes"] if node["status"] != "skipped"]
    # What is no number, such as a node, has no place on a sheet.
    wanted = {node["name"]: node["status"] for node in asked if not isinstance(node["actual"], str)}
    shown = statuses_on_sheet(session, name, found)
    assert {node: shown.get(node) for node in wanted} == wanted
