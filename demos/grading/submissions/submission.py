"""A submission: one student's answer to one kata; and which katas count."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from handgrad import HandgradError

from ...files import same_text
from ...katas.course import Course, Kata


class SubmissionsError(HandgradError):
    """A folder of submissions cannot be graded as it is."""


@dataclass(frozen=True)
class Submission:
    """One learner's answer to one kata.

    Attributes:
        student: the learner's name, as it can be shown.
        kata: its name; "" where the problem is that of all that the student handed in.
        content: the file's bytes; None where there is none to grade.
        problem: why there is none, "" where there is nothing wrong.
        note: which file this is, where the student handed in several for the kata.
        late: whether the course platform says that it came late.
        cells: of each line, the cell of the notebook that it was handed in as; of no notebook, none.
    """

    student: str
    kata: str
    content: bytes | None
    problem: str = ""
    note: str = ""
    late: bool = False
    cells: tuple[int, ...] = ()

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content or self.problem.encode()).hexdigest()


def changed_katas(course: Course, submissions: Iterable[Submission]) -> list[Kata]:
    """Return the katas that a student has worked on; a workspace has all of them.

    Raises:
        SubmissionsError: nobody has worked on any.
    """
    changed = {
        submission.kata
        for submission in submissions
        if submission.content is not None
        and not same_text(submission.content, course[submission.kata].stub.read_bytes())
    }
    if not changed:
        raise SubmissionsError(
            "nobody has changed a kata, so there is nothing to grade. To write results all the same, say which katas "
            "count: --kata NAME"
        )
    return [kata for kata in course.katas if kata.name in changed]


def complete_submissions(submissions: Sequence[Submission], katas: Iterable[Kata]) -> list[Submission]:
    """Return each student's submission to each kata that counts, with an empty one where none is."""
    found = {(submission.student, submission.kata): submission for submission in submissions}
    complete = []
    for student in dict.fromkeys(submission.student for submission in submissions):
        of_all = found.get((student, ""))
        for kata in katas:
            absent = Submission(student, kata.name, None, of_all.problem if of_all else "")
            complete.append(found.get((student, kata.name), absent))
    return complete


def find_same_answers(course: Course, submissions: Iterable[Submission]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return whose answers to a kata are identical.

    Blank lines, the ends of lines and a mark of the encoding apart. What is as it was handed out is the course's own,
    and nobody's.
    """
    alike: dict[tuple[str, bytes], list[str]] = {}
    for submission in submissions:
        if submission.content is not None:
            text = _letters(submission.content)
            if text != _letters(course[submission.kata].stub.read_bytes()):
                alike.setdefault((submission.kata, text), []).append(submission.student)
    return {
        (student, kata): tuple(other for other in students if other != student)
        for (kata, _), students in alike.items()
        if len(students) > 1
        for student in students
    }


def _letters(content: bytes) -> bytes:
    lines = content.removeprefix(codecs.BOM_UTF8).splitlines()
    return b"\n".join(line.rstrip() for line in lines if line.strip())
