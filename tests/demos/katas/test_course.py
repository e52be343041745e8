"""The course tests itself: every folder of it is a sound kata."""

import ast
import re

import pytest

from handgrad.demos.katas.authoring.new_kata import make_kata
from handgrad.demos.katas.authoring.soundness import problems
from handgrad.demos.katas.course import Course, CourseError, KataNotFoundError
from handgrad.demos.katas.judging.judge import judge

COURSE = Course()
IN_PARTS = [kata for kata in COURSE.katas if "parts=PARTS" in kata.test.read_text(encoding="utf-8")]


@pytest.mark.drawn(4, files=lambda kata: [kata.folder], rest=3)
@pytest.mark.parametrize("kata", COURSE.katas, ids=lambda kata: kata.name)
def test_kata_is_sound(kata, judged_once):
    found = list(problems(kata, judged_once))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("kata", COURSE.katas, ids=lambda kata: kata.name)
def test_statement_shows_which_arguments_may_be_left_out(kata):
    for function in ast.parse(kata.stub.read_text(encoding="utf-8")).body:
        if isinstance(function, ast.FunctionDef) and function.args.defaults:
            names = ", ".join(argument.arg for argument in function.args.args)
            assert f"{function.name}({names})" not in kata.statement


@pytest.mark.parametrize("kata", COURSE.katas, ids=lambda kata: kata.name)
def test_statement_explains_then_asks_then_shows_and_says_why(kata):
    title, *lines = kata.statement.splitlines()
    parts = [line for line in lines if line.startswith(("**Do:** ", "Example", "Why it matters: "))]
    assert title.startswith("# ")
    assert [re.match(r"\W*\w+", part)[0] for part in parts] == ["**Do", "Example", "Why"]
    assert lines.index(parts[0]) > 2
    hints = (kata.folder / "hints.md").read_text(encoding="utf-8").splitlines()
    assert all(line.isascii() and len(line) <= 80 for line in [*lines, *hints])


def test_every_belt_says_what_it_is_about():
    assert list(COURSE.readmes) == list(COURSE.belts)
    for belt, file in COURSE.readmes.items():
        title, about, *_ = file.read_text(encoding="utf-8").split("\n\n")
        assert title.lower().startswith(f"# {belt}")
        assert 60 < len(about) < 250


def test_every_belt_has_katas():
    numbers, arrays = ["white", "yellow", "green", "blue", "brown"], ["arrays", "black", "gpt", "time and space"]
    assert list(COURSE.belts) == [*numbers, *arrays, "kernels", "red pen"]
    assert len(COURSE.katas) >= 67


def test_belts_are_numbered_in_their_order_each_once_with_two_digits():
    folders = dict.fromkeys(kata.place.partition("/")[0] for kata in COURSE.katas)
    named = [f"{number:02}_{belt.replace(' ', '_')}" for number, belt in enumerate(COURSE.belts, 1)]
    assert list(folders) == named


def test_folders_of_the_course_hold_nothing_but_katas():
    places = {kata.folder for kata in COURSE.katas}
    belts = {kata.folder.parent for kata in COURSE.katas}
    folders = {p for p in COURSE.folder.glob("*/*") if p.is_dir() and p.name != "__pycache__"}
    assert folders == places
    assert {p for p in COURSE.folder.iterdir() if p.name != "__pycache__"} == belts


@pytest.mark.parametrize(
    "name", ["slope", "slope.py", "01_slope", "01_white/01_slope", "01_white\\01_slope\\slope.py", "1_white/01_slope"]
)
def test_kata_is_found_by_name_file_or_path(name):
    assert COURSE[name].name == "slope"


@pytest.mark.parametrize(("name", "meant"), [("slop", ["slope"]), ("softmax", ["softmax_rows"]), ("mine", [])])
def test_unknown_name_gets_suggestions_that_are_near_it(name, meant):
    with pytest.raises(KataNotFoundError) as caught:
        COURSE[name]
    assert caught.value.possibilities == meant
    assert ("Did you mean" in str(caught.value)) == bool(meant)


def test_two_katas_of_one_name_are_an_error(tmp_path):
    make_kata(tmp_path / "1_one", "twin")
    make_kata(tmp_path / "2_two", "twin")
    with pytest.raises(CourseError, match="1_one/twin and 2_two/twin"):
        Course(tmp_path)


def test_folder_without_katas_is_an_error(tmp_path):
    with pytest.raises(CourseError, match="handgrad new NAME"):
        Course(tmp_path)


def test_new_kata_is_sound(kata, warm):
    assert list(problems(kata, warm.run)) == []


def _stub_passes(kata):
    kata.stub.write_text('"""Spec. TODO"""\n' + kata.solution.read_text(encoding="utf-8"), encoding="utf-8")


def _stub_crashes(kata):
    text = '"""Spec."""\n\n\ndef mine(*nodes):\n    raise NotImplementedError  # TODO\n'
    kata.stub.write_text(text, encoding="utf-8")


def _solution_fails(kata):
    kata.solution.write_text(kata.stub.read_text(encoding="utf-8").replace("TODO", ""), encoding="utf-8")


def _hint_missing(kata):
    (kata.folder / "hints.md").write_text("## 1\nLook.\n\n## 2\nLook again.\n", encoding="utf-8")


def _stray_file(kata):
    (kata.folder / "notes.txt").write_text("x", encoding="utf-8")


def _wrong_sentence(kata):
    text = kata.wrong.read_text(encoding="utf-8")
    kata.wrong.write_text(text.replace("wrong sign", "right sign"), encoding="utf-8")


def _wrong_passes(kata):
    text = kata.wrong.read_text(encoding="utf-8")
    kata.wrong.write_text(text.replace("-L.grad", "+L.grad"), encoding="utf-8")


def _wrong_place(kata):
    text = kata.wrong.read_text(encoding="utf-8")
    kata.wrong.write_text(text.replace('replace = "product', 'replace = "the_product'), encoding="utf-8")


def _too_few_wrong(kata):
    text = kata.wrong.read_text(encoding="utf-8")
    kata.wrong.write_text(text.partition("[minus]")[0], encoding="utf-8")


def _no_path_added(kata):
    kata.solution.write_text(
        kata.solution.read_text(encoding="utf-8") + "    count = 0\n    count += 1\n", encoding="utf-8"
    )


@pytest.mark.drawn(4, rest=3)
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_stub_passes, "passes as it is handed out"),
        (_stub_crashes, "by an error, not by an assertion"),
        (_solution_fails, "solution.py does not pass"),
        (_hint_missing, "must hold 3 hints"),
        (_stray_file, "stray file: notes.txt"),
        (_wrong_sentence, "is not told 'right magnitude, right sign'"),
        (_wrong_place, "occurs nowhere in solution.py, not once"),
        (_wrong_passes, "do not tell it from the solution"),
        (_too_few_wrong, "holds 2 wrong answers"),
        (_no_path_added, "every += turned into ="),
    ],
)
def test_verify_finds_what_is_not_sound(spoil, said, kata, warm):
    spoil(kata)
    assert any(said in problem for problem in problems(kata, warm.run))


@pytest.mark.rest
@pytest.mark.parametrize("kata", IN_PARTS, ids=lambda kata: kata.name)
def test_a_kata_in_parts_asks_for_two_to_four_arrays_more_each_time_until_it_passes(kata, warm, answer):
    solution, given, parts = kata.solution.read_text(encoding="utf-8"), [], []
    while len(parts) < 10:
        only_these = (
            f"of_all = {kata.name}\n\n\ndef {kata.name}(*args, **kwargs):\n    found = of_all(*args, **kwargs)\n"
            f"    return {{name: found[name] for name in {given}}}\n"
        )
        found = judge(kata, answer(f"{solution}\n\n{only_these}"), until="Part ", run=warm.run)
        if found.ok:
            break
        parts.append(found.part)
        asked = [line.text.split()[0] for line in found.lines if line.kind == "missing"]
        assert 2 <= len(asked) <= 4
        given += asked
    assert found.ok
    assert parts == [(number, len(parts)) for number in range(1, len(parts) + 1)]


def test_the_katas_of_many_arrays_up_to_the_gpt_are_in_parts():
    assert {kata.name for kata in IN_PARTS} >= {
        "batchnorm_steps", "makemore_mlp", "layernorm_steps", "attention", "causal_mask", "gelu_mlp", "block",
        "tiny_gpt",
    }  # fmt: skip
