"""`handgrad autograder`: an autograder of Gradescope's, which builds a container from it and runs that a submission.

Source: https://gradescope-autograders.readthedocs.io, "Autograder Specifications": setup.sh is run once, run_autograder
for every submission, in /autograder with the files in submission/ and the answer expected in results/results.json.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from ..files import write_whole
from ..katas.course import Course, Kata
from ..katas.kata_command import HandgradUsageError, course_in, course_option, kata_command
from ..usage import say
from .command import kata_and_points, kata_option
from .results.score import Result
from .results.writers import write_gradescope
from .wheel import make_zip, own_wheel

SETUP = """\
#!/usr/bin/env bash
# Run once, when the autograder is built.
set -e
apt-get update
apt-get install -y python3 python3-venv
python3 -m venv /autograder/venv
/autograder/venv/bin/pip install '/autograder/source/{wheel}[grading]'
"""

RUN = """\
#!/usr/bin/env bash
# Run for every submission. An empty one has its results, too, as the katas are named.
cd "${{AUTOGRADER:-/autograder}}" || exit 1
mkdir -p results
venv/bin/handgrad grade submission --student submission --fresh {options} \\
    --format gradescope --out results/results.json
if [ ! -s results/results.json ]; then
    cp source/failed.json results/results.json
fi
"""


FAILED = "The grading itself failed, which is not your doing. Please tell your teacher."


def autograder(course: Course | None, katas: Mapping[str, float], wheel: Path | None = None) -> bytes:
    """Return the zip to upload.

    Args:
        course: the katas that go along, with their solutions, which a grading needs; None for the package's own.
        katas: those that count, with the points for each.
        wheel: of handgrad, to be installed instead of the one that runs.
    """
    name, content = own_wheel() if wheel is None else (wheel.name, wheel.read_bytes())
    chosen = " ".join(f"--kata {shlex.quote(f'{name}={points:g}')}" for name, points in katas.items())
    files = {
        "setup.sh": SETUP.format(wheel=name).encode(),
        "run_autograder": RUN.format(options=chosen + (" --course source/course" if course else "")).encode(),
        "failed.json": _failure(katas),
        name: content,
    }
    if course is not None:
        files.update((f"course/{place}", content) for place, content in _list_files(course.katas))
    return make_zip(files, 0o755)


def _failure(katas: Mapping[str, float]) -> bytes:
    """Return the results of a failed grading, each kata, as Gradescope shows a student."""
    results = [Result("", kata, "ungraded", message=FAILED, points=points) for kata, points in katas.items()]
    return json.dumps({**json.loads(write_gradescope(results)), "output": FAILED}).encode()


def _list_files(katas: Iterable[Kata]) -> Iterable[tuple[str, bytes]]:
    for kata in katas:
        for source in (*kata.handout_files, kata.solution):
            yield f"{kata.place}/{source.name}", source.read_bytes()


@click.command("autograder")
@click.argument("out", metavar="OUT.zip", type=click.Path(dir_okay=False, path_type=Path))
@course_option
@kata_option
@click.option(
    "--wheel", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A wheel of handgrad to install there, instead of the handgrad that runs here.",
)  # fmt: skip
@kata_command
def autograder_command(out: Path, course_folder: Path | None, names: tuple[str, ...], wheel: Path | None) -> None:
    """Write an autograder for Gradescope. Upload OUT.zip there under "Configure Autograder"."""
    course = course_in(course_folder)
    points = {course[name].name: worth for name, worth in map(kata_and_points, names)}
    if not points and course_folder is None:
        raise HandgradUsageError(
            "which katas count? Name each: --kata slope --kata add; or give a --course of your own."
        )
    points = points or {kata.name: kata_and_points(kata.name)[1] for kata in course.katas}
    without = [name for name in points if not course[name].has_solution]
    if without:
        raise HandgradUsageError(
            f"{without[0]} has no solution.py, which a grading needs. Give the course itself, not what was handed out."
        )
    write_whole(out, autograder(None if course_folder is None else course, points, wheel), scratch=out.parent)
    packed = "the handgrad that runs here" if wheel is None else wheel.name
    katas = "kata" if len(points) == 1 else "katas"
    say(f"{out}: {len(points)} {katas}, and {packed}. On Gradescope: Configure Autograder.")
