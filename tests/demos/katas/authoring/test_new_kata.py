"""A new kata from the template."""

import ast

import pytest

from handgrad.demos.katas.authoring.new_kata import KataNameError, make_kata, name_problem


@pytest.mark.parametrize(("name", "said"), [
    ("leaky_relu", ""), ("a2", ""), ("x_2", ""),
    ("lambda", "a word of Python's own"), ("Leaky", "no name for a kata"), ("2d", "no name for a kata"),
    ("a__b", "no name for a kata"), ("a_", "no name for a kata"), ("", "no name for a kata"),
    ("a/b", "'a/b' is a path: go there first"), ("random", "a module that Python has already"),
    ("numpy", "a module that Python has already"), ("solution", "a module that Python has already"),
])  # fmt: skip
def test_a_name_is_one_that_a_file_of_python_can_have(name, said):
    assert (said in name_problem(name)) if said else (name_problem(name) == "")


def test_why_a_name_cannot_be_is_a_sentence():
    assert name_problem("lambda") == "'lambda' is a word of Python's own."
    assert name_problem("2d") == "'2d' is no name for a kata: one or two words in lower case, such as leaky_relu."
    assert name_problem("numpy") == "'numpy' is a module that Python has already, and the kata's file would hide it."


def test_every_file_has_the_katas_name_in_place_of_the_templates(tmp_path):
    folder = make_kata(tmp_path, "leaky_relu")
    files = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.*")}
    assert {"leaky_relu.py", "test_leaky_relu.py", "solution.py", "hints.md", "kata.md"} <= files.keys()
    assert not any("KATA" in text or "{" in name for name, text in files.items())
    functions = [f.name for f in ast.parse(files["solution.py"]).body if isinstance(f, ast.FunctionDef)]
    assert functions == ["leaky_relu"]
    assert "from leaky_relu import leaky_relu" in files["test_leaky_relu.py"]


def test_what_is_there_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("my notes")
    with pytest.raises(KataNameError, match="left alone"):
        make_kata(tmp_path, "mine")
    assert (tmp_path / "mine").read_text() == "my notes"
    with pytest.raises(KataNameError, match="handgrad new NAME"):
        make_kata(tmp_path, "My kata")


def test_where_there_is_no_room_nothing_of_it_is_there(tmp_path, full_disk):
    with full_disk(), pytest.raises(OSError, match="too large"):
        make_kata(tmp_path, "mine")
    assert list(tmp_path.iterdir()) == []
