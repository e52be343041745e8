"""The card of what one has earned."""

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.memory import card as room
from handgrad.demos.katas.memory.card import card


def test_a_rule_comes_on_the_card_with_its_kata_in_the_order_of_the_course():
    assert list(card(Course(), ["multiply", "add", "slope"])) == [
        ("a + b", "dy/da = 1, dy/db = 1"),
        ("a * b", "dy/da = b, dy/db = a"),
    ]
    assert list(card(Course(), ["power"])) == [("a ** b", "dy/da = b*a^(b-1)")]


def test_every_kata_on_the_card_is_one_of_the_course_and_the_lines_fit():
    course = Course()
    names = [kata.name for kata in course.katas]
    assert {*room._LOCAL, *room._LAWS} <= set(names)
    assert all(len(f"y = {written:<15}   {rule}") <= 80 for written, rule in card(course, names))
