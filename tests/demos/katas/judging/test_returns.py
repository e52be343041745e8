"""What an answer gives back, and what is asked of it."""

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.judging.returns import note_on_returns

ASKED = (
    "def f(y: float) -> float: ...\n\n\ndef fill(a, y) -> None: ...\n\n\ndef free(a): ...\n"
    "def grown(a, y) -> None:\n    y.grad = 1.0\n"
    "def moved(a: Value, k: int) -> None: ...\n"
)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("def f(y):\n    y * 2\n", "f returns nothing"),
        ("def f(y):\n    def g():\n        return 1.0\n    g()\n", "f returns nothing"),
        ("def f(y):\n    return\n", "f returns nothing"),
        ("def f(y):\n    return y * 2\n", ""),
        ("def f(y):\n    if y:\n        return y\n", ""),
        ("def f(y):\n    yield y\n", ""),
        ("def f(y):\n    raise ValueError\n", ""),
        ("f = lambda y: y\n", ""),
        ("def fill(a, y):\n    return 1.0, 2.0\n", "what fill returns is ignored"),
        ("def fill(a, y):\n    a.grad = 1.0\n    return a\n", ""),
        ("def grown(a, y):\n    y.grad = 1.0\n    return {'a': 1.0}\n", "what grown returns is ignored"),
        ("def grown(a, y):\n    y.grad = 1.0\n    a.grad = 1.0\n    return a\n", ""),
        ("def fill(a, y):\n    a.grad = 1.0\n", ""),
        ("def fill(a, y):\n    if y:\n        a.grad == 1.0\n", "line 3 compares a.grad with a number"),
        ("def fill(a, y):\n    a = 1.0\n", ""),
        ("def moved(a, k):\n    k = 2\n    a = 1.0\n", "line 3 makes a the name of something else"),
        ("def moved(a, k):\n    a.grad = 1.0\n    a = 1.0\n", ""),
        ("def free(a):\n    return a\n", ""),
        ("def f(y:\n", ""),
    ],
)
def test_a_function_that_gives_the_other_way_round_is_told_of(answer, said):
    note = note_on_returns(answer, ASKED)
    assert (said in note) if said else not note


def test_whoever_returns_the_gradients_reads_so_beside_the_verdict(warm, answer):
    found = judge(Course()["add"], answer("def backward(a, b, y):\n    return 1.0, 1.0, 1.0\n"), run=warm.run)
    assert not found.ok
    assert "what backward returns is ignored" in found.note


def test_nothing_is_noted_of_a_stub_and_of_what_passes(warm):
    kata = Course()["tanh_sigmoid"]
    assert judge(kata, kata.stub, run=warm.run).note == judge(kata, kata.solution, run=warm.run).note == ""


def test_every_stub_that_asks_for_something_back_says_so():
    for kata in Course().katas:
        solution = kata.solution.read_text("utf-8")
        assert note_on_returns(solution, kata.stub.read_text("utf-8")) == "", kata.name
