"""What to say when a belt, or the course, is done."""

from __future__ import annotations

from ..course import OWN_BELT, Course, Kata
from .progress import Progress


def milestone(course: Course, before: Progress, after: Progress, kata: Kata) -> str:
    """What a kata's passing has completed, for the first time; "" for nothing.

    Args:
        before, after: the progress before it passed, and after.
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
    return (
        f"The {kata.belt} belt is done: all {len(course.belts[kata.belt])} of its katas have passed. On to {onwards}."
    )
