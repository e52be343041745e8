"""The attempts of a learner, kept a line each."""

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.memory.history import Attempt, History
from handgrad.demos.katas.workspace.checks import check

ADD = Course()["add"]


def test_what_is_added_is_read_again_and_what_is_no_attempt_is_passed_over(tmp_path):
    history = History(tmp_path / "history.jsonl")
    assert list(history) == []
    first, second = Attempt(1.5, "add", "failed", ("sign",), ("b",)), Attempt(2.0, "add", "passed")
    history.add(first)
    with history.path.open("a", encoding="utf-8") as file:
        file.write('{"when": 1\n[]\nnull\n{"when": "x", "kata": 1, "status": 2, "slips": [], "nodes": []}\n')
    history.add(second)
    assert list(history) == [first, second]


def test_a_check_is_an_attempt_with_its_slips_and_wrong_nodes_but_not_of_an_untouched_file(workspace, warm):
    check(workspace, ADD, 10.0, warm.run, draw=False)
    assert list(workspace.history) == []
    right = ADD.solution.read_text(encoding="utf-8")
    workspace.answer(ADD).write_text(right.replace("b.grad = 1.0", "b.grad = -1.0"), encoding="utf-8")
    check(workspace, ADD, 10.0, warm.run, draw=False)
    workspace.answer(ADD).write_text(right, encoding="utf-8")
    check(workspace, ADD, 10.0, warm.run, draw=False)
    workspace.reset(ADD)
    wrong, passed, reset = workspace.history
    assert (wrong.status, wrong.slips, wrong.nodes) == ("failed", ("sign",), ("b",))
    assert (passed.status, reset.status) == ("passed", "reset")


def test_a_verdict_is_not_lost_where_the_history_cannot_be_written(workspace, warm):
    workspace.history.path.mkdir()
    workspace.answer(ADD).write_bytes(ADD.solution.read_bytes())
    assert check(workspace, ADD, 10.0, warm.run, draw=False).ok
