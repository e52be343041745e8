"""The command `handgrad grade`."""

from __future__ import annotations

import contextlib
import difflib
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from ..katas.kata_command import HandgradUsageError, course_in, course_option, kata_command
from ..replies import RIGHT, WRONG, Reply, add_json_option, reply
from ..usage import count_of, list_some

if TYPE_CHECKING:
    from ..katas.course import Kata
    from .fence.limits import Limits
    from .results.score import Result
    from .running.journal import Journal
    from .submissions.submission import Submission

WEAK = (
    "This kernel has not all that holds an answer (Landlock 6, and a filter of calls for x86_64 or aarch64). For "
    "strangers' code, use a container."
)
# The same as the keys of writers.DEFAULTS, which is not imported until something is graded.
GUIDE = "https://handgrad.github.io/handgrad/docs/howto/grade_a_class.html"
FORMATS = ("json", "csv", "gradebook", "gradescope", "canvas", "moodle")

kata_option = click.option(
    "--kata", "names", metavar="NAME", multiple=True,
    help="Only this kata, as NAME, or NAME=POINTS for other than 10; may be given again. Without it, every kata that "
    "anybody has changed, or of the course.",
)  # fmt: skip


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="json", show_default=True,
    help="csv: a row a student and kata. gradebook: a CSV with a row a student. gradescope: a results.json a student. "
    "canvas, moodle: a file that these import.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path),
    help="Where to write: grades.json, grades.csv, grades.gradebook.csv or grades/.",
)  # fmt: skip
@click.option("--student", metavar="NAME", help="All of DIR is the submission of this student, as in Gradescope.")
@click.option("--show", metavar="STUDENT", help="When it is done, and written, print what this student should read.")
@click.option("--scheduler", metavar="ADDRESS", default="", help="Have a cluster of dask.distributed grade.")
@click.option("--jobs", type=click.IntRange(1, 256), help="How many to grade at once; one a core by default.")
@kata_option
@click.option("--strict", is_flag=True, help="Exit status 1 if a student is below full marks.")
@click.option(
    "--feedback", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
    help="Write there, too, what each student should read: NAME.txt.",
)  # fmt: skip
@click.option("--column", default="handgrad", show_default=True, help="What Canvas calls the assignment.")
@click.option(
    "--limits", "limits_text", metavar="LIMITS", default="",
    help="Of each answer: seconds, cpu, memory, output, file_size, files, processes. As in seconds=5,memory=512M",
)  # fmt: skip
@course_option
@click.option("--fresh", is_flag=True, help="Forget what an earlier start has graded.")
@add_json_option("grade")
@kata_command
def grade(
    folder: Path,
    form: str,
    out: Path | None,
    student: str | None,
    show: str | None,
    jobs: int | None,
    names: tuple[str, ...],
    limits_text: str,
    course_folder: Path | None,
    fresh: bool,
    strict: bool,
    feedback: Path | None,
    column: str,
    scheduler: str,
    as_json: bool,
) -> Reply:
    """Grade a class: DIR has one folder or file a student.

    Student code runs in isolation, from other students and from your machine. Every result is kept as it comes, so
    that a grading that was stopped goes on where it was: start it again.
    """
    if not sys.platform.startswith("linux"):
        raise HandgradUsageError(
            f"grading needs Linux, which holds the answers to their limits. Use a container or WSL: see {GUIDE}"
        )
    from .fence.kernel import forbid_tracing, is_whole_fence
    from .fence.limits import Limits
    from .results.writers import Output, make_printable, write_feedback
    from .running.journal import Journal
    from .submissions.notebook import name_cells
    from .submissions.reading import read_submissions
    from .submissions.submission import changed_katas, complete_submissions, find_same_answers

    course = course_in(course_folder)
    limits = Limits.parse(limits_text)
    output = Output.for_path(out, form, is_class=student is None, column=column)
    output.check()
    hand_ins = read_submissions(folder, course, student=student, own=output.own)
    points = {course[name].name: worth for name, worth in map(kata_and_points, names)}
    katas = [course[name] for name in points] or changed_katas(course, hand_ins.submissions)
    submissions = complete_submissions(hand_ins.submissions, katas)
    show = None if show is None else _check_student(show, submissions)
    _announce(katas, submissions, hand_ins.skipped, is_chosen=bool(names))
    forbid_tracing()
    if not is_whole_fence():
        _say(f"{WEAK} See: {GUIDE}")
    workers = jobs or os.cpu_count() or 1
    graded = _grade(katas, submissions, Journal(output.journal, fresh=fresh), limits, workers, points, scheduler)
    same = find_same_answers(course, submissions)
    results = [
        make_printable(
            replace(
                result,
                message=name_cells(result.message, f"{result.kata}.py", answer.cells),
                late=answer.late,
                same_as=same.get((answer.student, answer.kata), ()),
            ),
            answer.note,
        )
        for result, answer in zip(graded, submissions)
    ]
    written = output.write(results)
    places = [str(written[0]) if len(written) == 1 else f"{output.path} ({len(written)} files)"]
    if feedback is not None:
        places.append(f"{feedback} ({count_of(write_feedback(feedback, results), 'file')} for the students)")
    _tell(results, show)
    _tell_the_teacher(results, same, form)
    click.echo(f"Written: {', '.join(places)}")
    return _finish(results, as_json, strict=strict)


def _grade(
    katas: list[Kata],
    submissions: list[Submission],
    journal: Journal,
    limits: Limits,
    workers: int,
    points: dict[str, float],
    scheduler: str,
) -> list[Result]:
    """Grade, and show how far it is; the journal is closed whatever happens."""
    from .results.screen import ProgressDisplay
    from .running.grader import Grader

    try:
        grader = Grader(katas, journal, limits, workers, points, scheduler)
        if kept := grader.count_graded(submissions):
            _say(f"{count_of(kept, 'answer')} graded before, kept in {journal.path}; to grade anew: --fresh")
        with _stop_on_signals(), ProgressDisplay(len(submissions), len(katas)) as progress:
            return grader.grade(submissions, progress.tell)
    except KeyboardInterrupt:
        _say(f"Stopped. What is graded is kept in {journal.path}: start it again to grade the rest.")
        sys.exit(130)
    except OSError as error:
        raise HandgradUsageError(
            f"the grading broke off ({error.strerror or error}). What is graded is kept in {journal.path}: start it "
            "again when there is room for temporary files"
        ) from None
    finally:
        journal.close()


def _finish(results: list[Result], as_json: bool, *, strict: bool) -> Reply:
    """Return the reply of a grading; without `as_json`, exit where the status is not 0."""
    status = RIGHT
    if any(result.status == "ungraded" for result in results):
        _say("Some could not be graded, and their messages say why: start it again to try those anew.")
        status = WRONG
    elif strict and any(result.credit < 1.0 for result in results):
        status = WRONG
    if status and not as_json:
        sys.exit(status)
    return reply("grade", status, [result.to_dict() for result in results])


def kata_and_points(text: str) -> tuple[str, float]:
    """Return a kata's name, and the points for it.

    Raises:
        HandgradUsageError: they are no points.
    """
    from .results.score import POINTS

    name, is_given, number = text.partition("=")
    with contextlib.suppress(ValueError):
        worth = float(number) if is_given else POINTS
        if 0.0 < worth < 1e6:
            return name, worth
    raise HandgradUsageError(f"'{number}' are no points. Give a number above 0: --kata {name}=5")


def _tell_the_teacher(results: list[Result], same: Mapping[tuple[str, str], tuple[str, ...]], form: str) -> None:
    """Print what a person should look at."""
    from .results.platforms import list_unnumbered

    groups = {(kata, tuple(sorted((student, *others)))) for (student, kata), others in same.items()}
    for kata, students in sorted(groups):
        _say(f"The same answer to {kata}, letter for letter: {list_some(students)}. Short katas are often alike.")
    if form in ("canvas", "moodle") and (left_out := list_unnumbered(results)):
        _say(f"Left out, as no number of {form.capitalize()}'s is in the name: {list_some(left_out)}")


def _say(text: str) -> None:
    """Print to standard error, where nobody may be reading any more (`| head`)."""
    with contextlib.suppress(BrokenPipeError):
        click.echo(_wrap(text, sys.stderr), err=True)


def _wrap(text: str, stream: TextIO) -> str:
    """Return a sentence broken between words if it goes to a terminal."""
    return click.wrap_text(text, shutil.get_terminal_size().columns - 1) if stream.isatty() else text


@contextlib.contextmanager
def _stop_on_signals() -> Iterator[None]:
    """Break off the answers at work on Ctrl-C or SIGTERM, end the grading, and say so at once."""

    def stop(*_: Any) -> None:
        with contextlib.suppress(OSError):  # not by way of sys.stderr, in the middle of whose own work this may be
            os.write(2, b"\nStopping ...\n")
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check_student(name: str, submissions: list[Submission]) -> str:
    """Return a student's name as it was read.

    Raises:
        HandgradUsageError: nobody has it.
    """
    from .results.printable_names import escape_name

    students = list(dict.fromkeys(submission.student for submission in submissions))
    for known in (name, escape_name(name)):  # as it stands in the results, or as it was read
        if known in students:
            return known
    near = [s for s in students if name.lower() in s.lower()] or difflib.get_close_matches(name, students)
    meant = f" Did you mean {' or '.join(near[:4])}?" if near else ""
    raise HandgradUsageError(f"there is no student '{escape_name(name)}'.{meant}")


def _announce(katas: list[Kata], submissions: list[Submission], skipped: list[str], *, is_chosen: bool) -> None:
    """Print which katas count, and what of the hand-ins is skipped."""
    names = ", ".join(kata.name for kata in katas)
    why = "" if is_chosen else " (all that anybody has changed; to choose: --kata NAME)"
    _say(f"Grading {count_of(len(katas), 'kata')}{why}: {names}")
    if skipped:
        _say(f"Skipped, as no folder and no STUDENT_KATA.py: {', '.join(skipped)}")
    noted = [f"{submission.student} ({submission.kata})" for submission in submissions if submission.note]
    if noted:
        _say(f"Handed in more than once, and the message says which was graded: {', '.join(noted)}")


def _tell(results: list[Result], show: str | None) -> None:
    """Print how the class did, or what one student should read."""
    if show is not None:
        _show([result for result in results if result.student == show])
        return
    from ..katas.terminal.views import console
    from .results.screen import summary

    console().print(summary(results))
    students = len({result.student for result in results})
    statuses = Counter(result.status for result in results)
    told = ", ".join(f"{count} {status}" for status, count in statuses.most_common())
    text = f"{count_of(students, 'student')}, {count_of(len(results), 'answer')}: {told}."
    click.echo(_wrap(text, sys.stdout))


def _show(results: list[Result]) -> None:
    """Print what one student should read."""
    from .results.writers import text_of

    for result in results:
        click.echo(f"{result.student}, {result.kata}: {result.score:g} of {result.points:g}\n\n{text_of(result)}\n")
