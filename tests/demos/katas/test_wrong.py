"""Wrong answers as edits of the solution."""

import pytest

from handgrad.demos.katas.authoring import wrong_answers
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.wrong import WrongAnswersError, read_planted

COURSE = Course()
SOLUTION = '"""One."""\n\n\ndef mine(a, b):\n    a.grad = 1.0\n    b.grad = 1.0\n    a.grad += 2.0\n    a.grad += 2.0\n'


@pytest.fixture
def edited(kata):
    """The wrong answers of a kata with the solution above and this in its wrong.toml."""

    def read(text):
        kata.solution.write_text(SOLUTION, encoding="utf-8")
        kata.wrong.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return wrong_answers(kata)

    return read


def test_every_kata_of_the_course_has_three_or_more_and_each_differs_from_its_solution():
    found = wrong_answers()
    for kata in COURSE.katas:
        texts = [text for of, _, text in found if of == kata]
        assert len(set(texts)) == len(texts) >= 3
        assert kata.solution.read_text("utf-8") not in texts
    assert len({(kata.name, name) for kata, name, _ in found}) == len(found) >= 420


def test_a_text_is_replaced_where_it_stands_and_nowhere_else(edited):
    ((kata, name, text),) = edited('[one]\nsays = "x"\nreplace = "b.grad = 1.0"\nwith = "b.grad = 2.0"\n')
    assert (kata.name, name) == ("mine", "one")
    assert text == SOLUTION.replace("b.grad = 1.0", "b.grad = 2.0")


def test_lists_replace_one_for_one_in_the_solution_as_it_was(edited):
    ((*_, text),) = edited(
        '[exchanged]\nsays = "x"\nreplace = ["b.grad = 1.0", "a.grad = 1.0"]\nwith = ["a.grad = 1.0", "b.grad = 1.0"]\n'
    )
    assert text.splitlines()[4:6] == ["    b.grad = 1.0", "    a.grad = 1.0"]


def test_a_text_that_is_listed_twice_stands_there_twice(edited):
    ((*_, text),) = edited(
        '[both]\nsays = "x"\nreplace = ["a.grad += 2.0", "a.grad += 2.0"]\nwith = ["a.grad += 3.0", "a.grad += 4.0"]\n'
    )
    assert text.splitlines()[6:] == ["    a.grad += 3.0", "    a.grad += 4.0"]


def test_a_kata_without_the_file_has_none(kata):
    kata.wrong.unlink()
    assert wrong_answers(kata) == read_planted(kata) == ()


def test_what_the_mistake_is_may_be_said(edited, kata):
    edited('[one]\nwhat = "It is two."\nsays = "x"\nreplace = "b.grad = 1.0"\nwith = ""\n')
    assert [(one.name, one.what, one.says) for one in read_planted(kata)] == [("one", "It is two.", "x")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[one", "is not TOML"),
        (b"[one]\nsays = '\xff'\n", "is not TOML"),
        ("one = 1\n", "[one] is no table"),
        ('[one]\nsays = "x"\nwith = "y"\n', "[one] lacks replace"),
        ('[one]\nsays = "x"\nreplace = "b"\nwith = "y"\nslip = "sign"\n', "[one] has slip"),
        ('[one]\nsays = "x"\nreplace = 1\nwith = "y"\n', "something else than texts"),
        ('[one]\nsays = "x"\nreplace = ["a", "b"]\nwith = "y"\n', "replaces 2 texts with 1"),
        ('[one]\nsays = "x"\nreplace = ""\nwith = "y"\n', "none of those to replace empty"),
        ('[one]\nsays = "x"\nreplace = "c.grad"\nwith = "y"\n', "occurs nowhere in solution.py, not once"),
        ('[one]\nsays = "x"\nreplace = "a.grad += 2.0"\nwith = "y"\n', "occurs twice in solution.py, not once"),
        ('[one]\nsays = "x"\nreplace = ["b.grad = 1", "grad = 1.0\\n    b"]\nwith = ["", ""]\n', "that overlap"),
    ],
)
def test_what_cannot_be_read_or_does_not_fit_the_solution_is_told(text, said, edited):
    with pytest.raises(WrongAnswersError) as caught:
        edited(text)
    assert said in str(caught.value)
    assert "wrong.toml" in str(caught.value)
