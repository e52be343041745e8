"""A bug as an exercise: the part of its graph from the mistake to the root, as a kata."""

import re

import numpy as np
import pytest
from click.testing import CliRunner

from handgrad import Value, check_backward, compare, manual
from handgrad.arrays import array, label
from handgrad.demos.cli import main
from handgrad.demos.katas.authoring.exercise import ExerciseError, write_kata
from handgrad.demos.katas.authoring.making import KataNameError
from handgrad.demos.katas.course import Course


def lecture(**wrong):
    with manual():
        a, b, c, f = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c"), Value(-2.0, "f")
        e = label(a * b, "e")
        d = label(e + c, "d")
        L = label((d * f).tanh(), "L")
    slope = 1.0 - L.data**2
    grads = {"L": 1.0, "f": 4.0 * slope, "d": -2.0 * slope, "c": -2.0 * slope, "e": -2.0 * slope}
    grads |= {"a": 6.0 * slope, "b": -4.0 * slope} | wrong
    for node in (a, b, c, d, e, f, L):
        node.grad = grads[node.label]
    return compare(L, nodes=[a, b, c, d, e, f, L])


def network(wrong_line):
    rng = np.random.default_rng(0)
    inputs = {"W1": rng.normal(size=(4, 5)), "W2": rng.normal(size=(5, 3)), "b": rng.normal(size=3)}
    X, y = rng.normal(size=(6, 4)), np.array([0, 2, 1, 1, 0, 2])

    def forward(W1, W2, b):
        h = np.tanh(X @ W1)
        scores = h @ W2 + b
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        probs = e / e.sum(axis=1, keepdims=True)
        return -np.log(probs[np.arange(6), y]).mean()

    def backward(W1, W2, b):
        h = np.tanh(X @ W1)
        scores = h @ W2 + b
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        dscores = e / e.sum(axis=1, keepdims=True)
        dscores[np.arange(6), y] -= 1
        dscores /= 6
        dh = dscores @ W2.T
        if wrong_line:
            dh = dh * 2
        dz = dh * (1 - h**2)
        return {"W1": X.T @ dz, "W2": h.T @ dscores, "b": dscores.sum(axis=0)}

    return check_backward(forward, backward, inputs)


def verified(folder):
    return CliRunner().invoke(main, ["verify", str(folder)])


def test_a_mistake_with_numbers_becomes_a_kata_that_verify_accepts(tmp_path):
    folder = write_kata(lecture(e=5.0), tmp_path / "my_bug")
    result = verified(folder)
    assert result.exit_code == 0, result.output
    assert {path.name for path in folder.iterdir()} == {
        "kata.md", "hints.md", "my_bug.py", "solution.py", "test_my_bug.py", "wrong",
    }  # fmt: skip


def test_a_mistake_with_arrays_becomes_one_too(tmp_path):
    found = network(wrong_line=True)
    assert len(found.causes) == 1
    folder = found.to_kata(tmp_path / "twice_too_much")
    result = verified(folder)
    assert result.exit_code == 0, result.output
    assert "dh = dh * 2" in (folder / "kata.md").read_text("utf-8")


def test_only_what_lies_between_the_mistake_and_the_root_is_asked_for(tmp_path):
    folder = write_kata(lecture(d=7.0), tmp_path / "from_d")
    test = (folder / "test_from_d.py").read_text("utf-8")
    asked = re.search(r"asked = \[(.+)\]", test)[1].replace("g.", "").split(", ")
    assert "d" in asked
    assert "L" in asked
    assert not {"a", "b", "c", "e", "f"} & set(asked)


def test_without_a_mistake_the_whole_graph_is_asked_for(tmp_path):
    folder = write_kata(lecture(), tmp_path / "all_of_it")
    assert verified(folder).exit_code == 0
    solution = (folder / "solution.py").read_text("utf-8")
    assert all(f"g.{name}.grad = " in solution for name in "abcdefL")


def test_the_numbers_of_the_tests_are_others(tmp_path):
    folder = write_kata(lecture(e=5.0), tmp_path / "others")
    assert "rng.uniform" in (folder / "test_others.py").read_text("utf-8")


def test_it_lies_in_a_course_as_every_kata(tmp_path):
    write_kata(lecture(e=5.0), tmp_path / "mine")
    kata = Course(tmp_path)["mine"]
    assert kata.title == "Back to e"
    assert len(kata.hints) == 3
    assert len(kata.wrong_answers) >= 3


@pytest.mark.parametrize("name", ["class", "My Bug", "numpy"])
def test_a_name_that_is_none_is_refused(tmp_path, name):
    with pytest.raises(KataNameError):
        write_kata(lecture(e=5.0), tmp_path / name)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine")
    with pytest.raises(KataNameError, match="left alone"):
        write_kata(lecture(e=5.0), tmp_path / "taken")


def test_a_graph_that_is_too_large_is_refused(tmp_path):
    with manual():
        y = Value(1.0, "x")
        for _ in range(60):
            y = y + 1.0
    with pytest.raises(ExerciseError, match=r"6[01] nodes"):
        write_kata(compare(y), tmp_path / "long")


def test_what_cannot_be_written_as_a_line_is_refused(tmp_path):
    with manual():
        A = array(np.eye(2) + 1.0, "A")
        L = label(np.linalg.det(A), "L")
    L.grad, A.grad = 1.0, np.ones((2, 2))
    with pytest.raises(ExerciseError, match="'det'"):
        write_kata(compare(L), tmp_path / "det")


def test_a_comparison_opens_as_a_sheet():
    sheet = lecture(e=5.0).sheet()
    assert sheet.handle({"do": "open"})["type"] == "sheet"
