"""What to say when a belt, or the course, is done."""

from __future__ import annotations

from collections.abc import Iterable

from handgrad.names import listed

from ...invocation import own_name
from ..course import OWN_BELT, Course, Kata
from .progress import Progress

OPENED = {"green": ("marking", "overwritten", "once_a_use", "wrong_visited", "first_visit")}
"""Katas of a later belt that need no more than a belt teaches."""


def milestone(course: Course, before: Progress, after: Progress, kata: Kata, missed: Iterable[str] = ()) -> str:
    """Return what a kata's passing has completed, for the first time; "" for nothing.

    Args:
        before, after: the progress before it passed, and after.
        missed: the names of katas that went wrong and are not known yet.
    """
    if kata.name in before.passed or len(course.katas) == 1:
        return ""
    pending = [other for other in course.katas if other.name not in after.passed]
    if not pending:
        return f"That was the last of {len(course.katas)} katas: the whole course is done."
    if kata.belt == OWN_BELT or kata.belt in {other.belt for other in pending}:
        return ""
    place = course.katas.index(kata)
    following = next((other for other in pending if course.katas.index(other) > place), pending[0])
    onwards = "katas of your own" if following.belt == OWN_BELT else f"the {following.belt} belt"
    done = f"The {kata.belt} belt is done: all {len(course.belts[kata.belt])} of its katas have passed."
    again = [name for name in missed if name in {other.name for other in course.belts[kata.belt]}]
    practice = (
        f" On the way {listed(again)} went wrong: on fresh numbers, {own_name()} practice --missed." if again else ""
    )
    early = [name for name in OPENED.get(kata.belt, ()) if name in {other.name for other in pending}]
    opened = (
        f" You are also ready for some of a later belt, other people's mistakes: {', '.join(early)}." if early else ""
    )
    return f"{done}{practice}{opened} On to {onwards}."
