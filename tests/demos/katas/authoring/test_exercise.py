"""A bug as an exercise: the part of its graph from the mistake to the root, as a kata."""

import re

import numpy as np
import pytest
from click.testing import CliRunner

from handgrad import Value, check_backward, compare, gradients, manual
from handgrad.arrays import array, label
from handgrad.demos.cli import main
from handgrad.demos.katas.authoring import wrong_answers
from handgrad.demos.katas.authoring.exercise import ExerciseError, write_kata
from handgrad.demos.katas.authoring.new_kata import KataNameError
from handgrad.demos.katas.course import Course

pytestmark = pytest.mark.usefixtures("warm_checks")


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


@pytest.mark.rest(of=3)
def test_a_mistake_with_numbers_becomes_a_kata_that_verify_accepts(tmp_path):
    folder = write_kata(lecture(e=5.0), tmp_path / "my_bug")
    result = verified(folder)
    assert result.exit_code == 0, result.output
    assert {path.name for path in folder.iterdir()} == {
        "kata.md", "hints.md", "my_bug.py", "solution.py", "test_my_bug.py", "wrong.toml",
    }  # fmt: skip


@pytest.mark.rest(of=3)
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


@pytest.mark.rest(of=3)
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
    assert len(wrong_answers(kata)) >= 3


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
    with pytest.raises(ExerciseError, match=r"between x and .+ lie 6[01] nodes"):
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


def right(root):
    """The comparison of a graph with every gradient as it should be."""
    for node, gradient in gradients(root).items():
        node.grad = gradient
    return compare(root)


@pytest.mark.parametrize(
    ("data", "drawn"),
    [
        (2.5, "float(2.5 * rng.uniform(0.8, 1.25))"),
        (0.0, "float(rng.uniform(0.2, 0.6))"),
        ([1.0, -2.0], "rng.normal(0.0, 1.5, (2,))"),
        ([0.01, -0.02], "rng.normal(0.0, 0.3, (2,))"),
        ([[30.0], [-60.0]], "rng.normal(0.0, 3, (2, 1))"),
        ([0.5, 2.0], "rng.uniform(0.4, 2, (2,))"),
        ([5.0, 200.0], "rng.uniform(0.8, 4, (2,))"),
        ([0.0, 1.0, 1.0], "(rng.random((3,)) > 0.5) * 1.0"),
    ],
)
def test_the_numbers_of_the_tests_are_of_the_kind_of_those_of_the_graph(data, drawn, tmp_path):
    with manual():
        x, y = array(np.array(data), "x"), array(1.5, "y")
        product = x * y
        root = label(product.sum() if product.shape else product, "L")
    folder = write_kata(right(root), tmp_path / "drawn")
    assert f"x = array({drawn}, " in (folder / "test_drawn.py").read_text("utf-8")


def test_where_other_numbers_have_no_result_they_are_near_those_of_the_graph(tmp_path):
    with manual():
        x = array([5.0, 6.0], "x")
        root = label((x - 4.5).log().sum(), "L")
    folder = write_kata(right(root), tmp_path / "near")
    assert "np.multiply([5.0, 6.0], rng.uniform(0.9, 1.1, (2,)))" in (folder / "test_near.py").read_text("utf-8")


def test_the_stub_and_the_text_show_the_graph_line_by_line_with_its_bare_numbers(tmp_path):
    with manual():
        a, b = Value(2.0, "a"), Value(-3.0, "b")
        root = label((a * 2.0 + b) ** 2, "L")
    folder = write_kata(right(root), tmp_path / "shown")
    for name, indent in (("shown.py", " " * 8), ("kata.md", " " * 4)):
        lines = [f"{indent}{line}\n" for line in ("n = a * 2.0", "n2 = n + b", "L = n2 ** 2.0")]
        assert "\n\n" + "".join(lines) + "\n" in (folder / name).read_text("utf-8")


def test_a_name_that_python_does_not_take_becomes_one_that_it_does(tmp_path):
    with manual():
        nodes = [Value(float(number), name) for number, name in enumerate(("lambda", "the sum", "np", "x", "x"), 2)]
        root = label(nodes[0] * nodes[1] * nodes[2] * nodes[3] * nodes[4], "L")
    folder = write_kata(right(root), tmp_path / "renamed")
    names = re.search(r"return SimpleNamespace\((.*)\)", (folder / "test_renamed.py").read_text("utf-8"))[1]
    leaves = [name.partition("=")[0] for name in names.split(", ")][:5]
    assert leaves == ["n", "the_sum", "np2", "x", "x_2"]


@pytest.mark.parametrize(
    ("wrong", "second"),
    [
        ("e", "`e` is used by `d`. '+' passes back: 1. What comes"),
        ("a", "`a` is used by `e`. '*' passes back: b. What comes"),
        ("f", "`f` is used by `n`. '*' passes back: a. What comes"),
        ("L", "Backward starts at `L`. How much does `L` change when `L` changes by 1?"),
    ],
)
def test_the_second_hint_is_the_rule_of_whatever_uses_the_node_of_the_mistake(wrong, second, tmp_path):
    write_kata(lecture(**{wrong: 7.0}), tmp_path / "mine")
    assert second in Course(tmp_path)["mine"].hints[1]


def test_in_the_solution_the_line_of_the_mistake_is_marked_and_no_other(tmp_path):
    for name, wrong, line in (("from_e", {"e": 5.0}, "g.e.grad = g.d.grad"), ("whole", {}, None)):
        text = (write_kata(lecture(**wrong), tmp_path / name) / "solution.py").read_text("utf-8")
        assert re.findall("# Here was the mistake\\.\n    (.+)", text) == ([line] if line else [])


def test_a_usual_mistake_that_changes_no_number_is_no_wrong_answer(tmp_path):
    with manual():
        a, b = Value(-2.0, "a"), Value(3.0, "b")
        root = label(label(a.relu(), "r") + b * b, "L")
    right(root)
    a.grad = 1.0  # where it is 0
    folder = write_kata(compare(root), tmp_path / "flat")
    assert "# Back to a\n" in (folder / "kata.md").read_text("utf-8")
    wrong = wrong_answers(Course(tmp_path)["flat"])
    assert len(wrong) >= 3
    assert not any(answer.name.startswith("a_") for answer in wrong)


@pytest.mark.parametrize(
    ("wrong", "do"),
    [
        ({}, "fill in the `grad` of every node, from `L` back to the leaves."),
        ({"L": 7.0}, "fill in the `grad` of `L`, where backward starts."),
        ({"d": 7.0}, "fill in the `grad` of every node on the way from `L` back to `d`."),
    ],
    ids=["no mistake", "at the root", "on the way"],
)
def test_the_task_says_what_is_asked_and_of_a_mistake_only_where_there_was_one(tmp_path, wrong, do):
    write_kata(lecture(**wrong), tmp_path / "mine")
    text = (tmp_path / "mine" / "kata.md").read_text()
    assert do in text
    assert ("went wrong here" in text) == bool(wrong)
