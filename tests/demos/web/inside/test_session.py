"""The session that answers the page, in plain Python."""

import json

import pytest

from handgrad.demos.katas.authoring import wrong_answers
from handgrad.demos.katas.course import Course


def statuses(reply):
    return {name: entry["status"] for name, entry in reply["verdict"].items()}


def test_without_a_sheets_key_the_lectures_expression_is_meant(session):
    assert session.handle({"do": "open"})["title"] == "L = (a*b + c) * f"
    reply = session.handle({"do": "fill", "node": "L", "text": "1"})
    assert statuses(reply)["L"] == "correct"


def test_the_front_sheet_has_one_mistake_and_what_follows_from_it(session):
    told = statuses(session.handle({"do": "open", "sheet": "front"}))
    assert [name for name, status in told.items() if status == "wrong"] == ["d"]
    assert sorted(told.values()) == ["carried"] * 4 + ["correct"] * 2 + ["wrong"]


def test_each_sheet_keeps_what_was_typed_on_it(session):
    session.handle({"do": "fill", "node": "L", "text": "1"})
    session.handle({"do": "open", "sheet": "kata/diamond"})
    assert statuses(session.handle({"do": "state", "sheet": "kata/diamond"}))["y"] == "missing"
    assert statuses(session.handle({"do": "state"}))["L"] == "correct"


def test_a_verdicts_numbers_stand_on_the_katas_sheet(session):
    nodes = session.handle({"do": "open", "sheet": "kata/add"})["nodes"]
    data = {node["id"]: node["data"] for node in nodes}
    filled = [{"name": "y", "data": data["y"], "actual": 1}, {"name": "a", "data": data["a"], "actual": -1}]
    filled += [{"name": "b", "data": data["b"], "actual": None}]
    reply = session.handle({"do": "open", "sheet": "kata/add", "filled": filled})
    assert statuses(reply) == {"y": "correct", "a": "wrong", "b": "missing"}


def test_a_solution_is_told_only_once_the_kata_has_passed(session):
    assert session.handle({"do": "solution", "kata": "add", "passed": []})["type"] == "error"
    reply = session.handle({"do": "solution", "kata": "add", "passed": ["add"]})
    assert reply["text"] == Course()["add"].solution.read_text(encoding="utf-8")


def test_slips_are_shown_without_a_line_that_tells_what_is_wrong(session):
    programs = session.handle({"do": "slips", "kata": "add"})["programs"]
    assert len(programs) == len(wrong_answers(Course()["add"]))
    assert not any("#" in text or "says" in text for text in programs)


def test_a_file_is_joined_with_what_is_there(session):
    here = {"version": 1, "passed": ["add"], "hints": {"add": 1}, "current": "add", "answers": {"add": "mine"}}
    file = {"version": 1, "passed": ["slope"], "hints": {"add": 2}, "current": "", "answers": {"slope": "theirs"}}
    reply = session.handle({"do": "import", "record": json.dumps(here), "text": json.dumps(file)})
    assert json.loads(reply["record"]) == {
        "version": 1, "passed": ["add", "slope"], "hints": {"add": 2}, "current": "add",
        "answers": {"add": "mine", "slope": "theirs"},
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"passed": 1}', "no", '{"passed": [], "hints": {}, "current": 3}'])
def test_a_file_that_holds_no_progress_changes_nothing_and_says_so(session, text):
    record = json.dumps({"version": 1, "passed": [], "hints": {}, "current": "", "answers": {}})
    assert "holds no progress" in session.handle({"do": "import", "record": record, "text": text})["message"]


def test_a_derivation_goes_on_from_the_lines_that_were_typed_and_is_done_at_the_last(session):
    def ask(typed, **more):
        return session.handle({"do": "paper", "kata": "one_go", "typed": typed, **more})

    assert ask([])["lines"] == ["e*de"]
    wrong = ask([], text="e*dp")
    assert (wrong["ok"], wrong["typed"], wrong["done"]) == (False, [], False)
    shown = ask([], shows=True)
    assert shown["lines"][1:] == shown["typed"] != []
    done = ask(shown["typed"], text="p - y")
    assert (done["ok"], done["said"], done["done"]) == (True, "It follows.", True)
    assert ask(done["typed"])["lines"] == ["e*de", *shown["typed"], "p - y"]


JUNK = [None, 3, [], "open", {}, {"do": 3}, {"do": []}, {"do": "nothing"}, {"do": "open", "sheet": 3}]
JUNK += [
    {"do": "open", "sheet": key} for key in ("", "kata/", "kata/none", "drill/", "drill/99/1/1", "drill/1/1/x", "?")
]
JUNK += [
    {"do": "judge"},
    {"do": "judge", "kata": "none", "text": ""},
    {"do": "judge", "kata": "add", "text": "", "upto": "nothing"},
    {"do": "ended", "kata": "add", "text": "", "how": ""},
    {"do": "paper", "kata": "slope"},
    {"do": "paper", "kata": "one_go", "typed": 3},
    {"do": "paper", "kata": "one_go", "text": "p - "},
]
JUNK += [{"do": "open", "sheet": "kata/add", "filled": filled} for filled in (3, [3], [{}], "no")]
JUNK += [{"do": "program", "text": text} for text in (3, "", "x", "(" * 400, "L = " + "-" * 480 + "a")]


@pytest.mark.parametrize("message", JUNK, ids=lambda message: json.dumps(message)[:40])
def test_whatever_is_asked_is_answered_by_a_sentence_in_json(session, message):
    reply = json.loads(session.answer(json.dumps(message)))
    assert reply["type"] in ("error", "program")
    assert reply["type"] == "program" or reply["message"]


def test_what_is_no_json_is_answered_too(session):
    assert json.loads(session.answer("{"))["type"] == "error"
