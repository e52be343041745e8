"""What is said when a belt, or the course, is done."""

from types import SimpleNamespace

import pytest

from handgrad.demos.katas.course import OWN_BELT, Course
from handgrad.demos.katas.workspace.milestones import OPENED, milestone
from handgrad.demos.katas.workspace.progress import Progress


def course_of(*belts, names=("first", "second", OWN_BELT)):
    """A course with a kata for each letter of each belt: course_of("ab", "c") has two belts, "first" and "second"."""
    katas = [SimpleNamespace(name=letter, belt=belt) for belt, letters in zip(names, belts) for letter in letters]
    of_belt = {belt: [kata for kata in katas if kata.belt == belt] for belt in names}
    return SimpleNamespace(katas=tuple(katas), belts=of_belt)


def said(course, before, name, missed=()):
    (kata,) = (kata for kata in course.katas if kata.name == name)
    progress = Progress(frozenset(before))
    return milestone(course, progress, progress.add_passed(name), kata, missed)


@pytest.mark.parametrize(
    ("before", "name", "words"),
    [
        ("", "a", ""),
        ("a", "b", "The first belt is done: all 2 of its katas have passed. On to the second belt."),
        ("ab", "b", ""),  # once is enough
        ("c", "d", "The second belt is done: all 2 of its katas have passed. On to the first belt."),
        ("abc", "d", "That was the last of 4 katas: the whole course is done."),
        ("bcd", "a", "That was the last of 4 katas: the whole course is done."),
    ],
)
def test_a_belt_and_the_course_are_done_once_in_whatever_order(before, name, words):
    assert said(course_of("ab", "cd"), before, name) == words


@pytest.mark.parametrize(("name", "following"), [("a", "second"), ("b", "third"), ("c", "first")])
def test_it_goes_on_with_the_next_belt_that_is_not_done_and_after_the_last_with_the_first(name, following):
    course = course_of("a", "b", "c", names=("first", "second", "third"))
    assert said(course, "", name).endswith(f"On to the {following} belt.")


def test_a_kata_of_ones_own_completes_no_belt():
    assert said(course_of("a", "b", "c"), "", "c") == ""


def test_a_course_of_one_kata_is_no_course():
    assert said(course_of("a"), "", "a") == ""


def test_after_the_last_belt_it_goes_on_with_katas_of_ones_own():
    assert said(course_of("a", "b", "c"), "a", "b").endswith("On to katas of your own.")


def test_what_went_wrong_in_a_belt_is_offered_again_at_its_end():
    words = said(course_of("ab", "cd"), "a", "b", missed=["b", "c"])
    assert "On the way b went wrong: on fresh numbers, handgrad practice --missed. On to the second belt." in words


def test_after_the_green_belt_some_of_the_red_pen_is_open():
    course = Course()
    green = {kata.name for kata in course.belts["green"]}
    words = said(course, green - {"backward"} | {"marking"}, "backward")
    assert "other people's mistakes: overwritten, once_a_use, wrong_visited, first_visit." in words
    assert {name for names in OPENED.values() for name in names} <= {kata.name for kata in course.katas}
