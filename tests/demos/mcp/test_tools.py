"""What the tools answer: the verdict of the comparator, whatever is asked."""

import json

import pytest

from handgrad.demos.mcp import tools
from handgrad.demos.replies import RIGHT, UNUSABLE, WRONG

LECTURE = "e = a*b; d = e + c; L = d*f; a = 2; b = -3; c = 10; f = -2"
"""The graph of Karpathy's micrograd lecture, whose gradients stand on its blackboard."""

BLACKBOARD = {"L": 1, "f": 4, "d": -2, "e": -2, "c": -2, "a": 6, "b": -4}

NUMPY = """
import numpy as np

def forward(x, W):
    return (np.tanh(x @ W) ** 2).mean()

def backward(x, W):
    h = np.tanh(x @ W)
    dh = 2 * h / h.size
    dz = dh * (1 - {square})
    return {{"dW": x.T @ dz}}

inputs = {{"x": np.eye(4, 3), "W": np.eye(3, 2) - 0.4}}
"""


def test_the_gradients_of_the_blackboard_are_right():
    answer = tools.judge_gradients(LECTURE, BLACKBOARD)
    assert (answer["ok"], answer["status"]) == (True, RIGHT)
    assert answer["verdict"] == "Right: nothing that was given is wrong."


def test_a_lost_sign_is_told_without_the_number_unless_it_is_asked_for():
    answer = tools.judge_gradients(LECTURE, {**BLACKBOARD, "d": 2, "e": 2, "c": 2})
    assert answer["status"] == WRONG
    assert answer["verdict"].startswith("Wrong: d: ")
    assert "minus" in answer["verdict"]
    assert all("expected" not in node for node in answer["facts"]["nodes"])
    assert "expected" not in answer["table"]
    told = tools.judge_gradients(LECTURE, {"d": 2}, reveal=True)
    assert next(node["expected"] for node in told["facts"]["nodes"] if node["name"] == "d") == -2.0


def test_gradients_that_are_left_out_are_not_asked_for():
    assert tools.judge_gradients(LECTURE, {"d": -2, "f": 4})["status"] == RIGHT


@pytest.mark.parametrize("node", ["f", "d", "e", "c", "a", "b"])
def test_the_explanation_of_a_node_adds_up_to_the_blackboards_number(node):
    answer = tools.explain_gradient(LECTURE, node)
    total = sum(use["upstream"] * use["local"] for use in answer["facts"]["uses"])
    assert total == answer["facts"]["expected"] == BLACKBOARD[node]
    assert answer["verdict"].endswith(f"= {BLACKBOARD[node]}")


def test_a_node_that_is_used_twice_is_explained_use_by_use():
    answer = tools.explain_gradient("y = a*a; L = y + a; a = 3", "a")
    assert sorted((use["in"], use["local"]) for use in answer["facts"]["uses"]) == [("L", 1.0), ("y", 3.0), ("y", 3.0)]
    assert "the root: its gradient is 1" in tools.explain_gradient(LECTURE, "L")["verdict"]


def test_an_explanation_of_a_wrong_number_says_what_the_mistake_is():
    answer = tools.explain_gradient(LECTURE, "d", {"d": 2})
    assert answer["status"] == WRONG
    assert "sign" in answer["verdict"]


@pytest.mark.rest(of=3)
def test_a_backward_is_judged_as_text_and_as_a_file(tmp_path):
    right = tools.judge_file(code=NUMPY.format(square="h * h"))
    assert (right["ok"], right["facts"]["counts"]["wrong"]) == (True, 0)
    path = tmp_path / "mine.py"
    path.write_text(NUMPY.format(square="h"), encoding="utf-8")
    wrong = tools.judge_file(file=str(path))
    assert wrong["status"] == WRONG
    assert wrong["verdict"].startswith("Wrong: mine.py, line 10: ")
    assert "square" in wrong["verdict"]
    assert "-    dz = dh * (1 - h)" in wrong["facts"]["patch"]
    assert right.keys() == wrong.keys()


@pytest.mark.drawn(3)
@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: tools.judge_gradients(LECTURE, {"g": 1}), "no g; there are"),
        (lambda: tools.judge_gradients(LECTURE, {}), "give a gradient"),
        (lambda: tools.judge_gradients("__import__('os')", {"L": 1}), ""),
        (lambda: tools.judge_gradients("L = 1/a; a = 0", {"L": 1}), "'/'"),
        (lambda: tools.explain_gradient(LECTURE, "g"), "no g"),
        (lambda: tools.explain_gradient("L =", "L"), ""),
        (lambda: tools.judge_file(), "either"),
        (lambda: tools.judge_file(file="a.py", code="x = 1"), "either"),
        (lambda: tools.judge_file(file="/nowhere/a.py"), "there is no file"),
        (lambda: tools.judge_file(code="import os\nos._exit(0)"), "code.py ends by itself, with os._exit()"),
        (lambda: tools.judge_file(code="import os, signal\nos.kill(os.getpid(), signal.SIGTERM)"), "ended before"),
        (lambda: tools.judge_file(code="x = 1"), "neither"),
    ],
)
def test_what_cannot_be_judged_is_said_and_is_no_verdict(ask, said):
    answer = ask()
    assert (answer["ok"], answer["status"], answer["facts"]) == (False, UNUSABLE, {})
    assert said in answer["verdict"]
    assert answer["verdict"]
    json.dumps(answer, allow_nan=False)


@pytest.mark.rest(of=3)
def test_a_file_that_does_not_end_is_stopped(monkeypatch):
    monkeypatch.setattr(tools, "SECONDS", 1.0)
    assert "was stopped" in tools.judge_file(code="while True: pass")["verdict"]
