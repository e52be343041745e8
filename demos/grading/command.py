"""The command `handgrad grade`."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ..katas.commands import HandgradUsageError, kata_command

if TYPE_CHECKING:
    from ..katas.course import Course, Kata
    from .score import Result
    from .submissions import Submission


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["json", "csv", "gradescope"]), default="json", show_default=True,
    help="gradescope writes one results.json a student, into a folder.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Where to write: grades.json, grades.csv or grades/.")
@click.option("--jobs", type=click.IntRange(1, 256), help="How many to grade at once; one a core by default.")
@click.option(
    "--kata", "names", metavar="NAME", multiple=True,
    help="Only this kata; may be given again. Without it, every kata that anybody has changed.",
)  # fmt: skip
@click.option(
    "--limits", "limits_text", metavar="LIMITS", default="",
    help="Of each answer: seconds, cpu, memory, file_size, processes. For example: seconds=5,memory=512M",
)  # fmt: skip
@click.option(
    "--course", "course_folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Another course."
)
@click.option("--fresh", is_flag=True, help="Forget what an earlier start has graded.")
@kata_command
def grade(
    folder: Path,
    form: str,
    out: Path | None,
    jobs: int | None,
    names: tuple[str, ...],
    limits_text: str,
    course_folder: Path | None,
    fresh: bool,
) -> None:
    """Grade a class: one folder or file a student in DIR, each held apart from the others and from you.

    Every result is kept as it comes, so that a grading that was stopped goes on where it was: start it again.
    """
    if not sys.platform.startswith("linux"):
        raise HandgradUsageError(
            "grading needs Linux, which holds the answers to their limits. Use a container or WSL: see "
            "demos/grading/README.md"
        )
    from ..katas.course import Course
    from .grader import Grader
    from .journal import Journal
    from .kernel import forbid_tracing
    from .limits import Limits
    from .screen import Progress
    from .submissions import read_submissions
    from .writers import DEFAULTS, write

    course = Course() if course_folder is None else Course(course_folder.resolve())
    limits = Limits.parse(limits_text)
    out = out or Path(DEFAULTS[form])
    submissions = read_submissions(folder, course)
    katas = [course[name] for name in names] or _changed(course, submissions)
    submissions = _complete(submissions, katas)
    forbid_tracing()
    signal.signal(signal.SIGTERM, _end)
    # One for every format, so that the next one is written without grading again.
    journal_path = out.with_name(f"{out.stem}.journal.jsonl")
    if fresh:
        journal_path.unlink(missing_ok=True)
    journal = Journal(journal_path)
    try:
        grader = Grader(katas, journal, limits, jobs or os.cpu_count() or 1)
        with Progress(len(submissions), len(katas)) as progress:
            results = grader.grade(submissions, progress.tell)
        written = write(results, form, out)
    except KeyboardInterrupt:
        click.echo(f"Stopped. What is graded is kept in {journal_path}: start it again to grade the rest.", err=True)
        sys.exit(130)
    except OSError as error:
        raise HandgradUsageError(f"{error.filename or out} cannot be written: {error.strerror or error}") from None
    finally:
        journal.close()
    _tell(results, written, out)
    if any(result.status == "ungraded" for result in results):
        click.echo("Some could not be graded, and their messages say why: start it again to try those anew.", err=True)
        sys.exit(1)


def _end(*_: Any) -> NoReturn:
    raise KeyboardInterrupt


def _changed(course: Course, submissions: list[Submission]) -> list[Kata]:
    """The katas that somebody has worked on: a workspace has all of them, most as they were handed out."""
    stubs = {kata.name: kata.stub.read_bytes().replace(b"\r\n", b"\n") for kata in course.katas}
    changed = {s.kata for s in submissions if s.content is None or s.content.replace(b"\r\n", b"\n") != stubs[s.kata]}
    return [kata for kata in course.katas if kata.name in changed] or [course[s.kata] for s in submissions[:1]]


def _complete(submissions: list[Submission], katas: list[Kata]) -> list[Submission]:
    """One submission a student and kata, in order, with a place for what was not handed in."""
    from .submissions import Submission

    found: dict[tuple[str, str], Submission] = {}
    for submission in submissions:
        found.setdefault((submission.student, submission.kata), submission)
    complete = []
    for student in dict.fromkeys(submission.student for submission in submissions):
        # Kata "" is the submission as a whole: a link, say.
        problem = found.get((student, ""))
        for kata in katas:
            absent = Submission(student, kata.name, None, problem.problem if problem else "")
            complete.append(found.get((student, kata.name), absent))
    return complete


def _tell(results: list[Result], written: list[Path], out: Path) -> None:
    from ..katas.views import console
    from .screen import summary

    console().print(summary(results))
    students = len({result.student for result in results})
    statuses = Counter(result.status for result in results)
    told = ", ".join(f"{count} {status}" for status, count in statuses.most_common())
    click.echo(f"{_count(students, 'student')}, {_count(len(results), 'answer')}: {told}.")
    click.echo(f"Written: {written[0] if len(written) == 1 else f'{out} ({len(written)} files)'}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
