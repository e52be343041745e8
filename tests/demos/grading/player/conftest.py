"""The hostile and the careless answers that this run asks about, graded in one class, once."""

import json
import os

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.grading.fence.kernel import is_whole_fence
from handgrad.demos.grading.running.processes import descendants
from tests.demos.grading.hostile import KATA, RIGHT, below, breaking, cheating, guarded
from tests.drawing import selected_cases

# Where the kernel has not all that holds an answer, these get through, and would spoil the others.
NEED_THE_KERNEL = {*below.ANSWERS, "the solution by a folder's descriptor", "the priorities of others"}
# What tests ask about by name, beside the cases that they are given.
ALWAYS = {"honest", "almost", "swapped", "patched comparator", "cannot be talked to any more"}
SECRET = "the-teachers-own-secret"


@pytest.fixture(scope="session")
def graded(request, tmp_path_factory):
    """The results by student, and the folder with the class in "in"."""
    students = {*ALWAYS, *selected_cases(request, "student")}
    return grade_them(students, tmp_path_factory.mktemp("class"))


def grade_them(students, top):
    folder, outside = top / "in", top / "outside"
    outside.mkdir()
    (outside / "multiply.py").write_text(RIGHT)
    answers = {**breaking.ANSWERS, **guarded.ANSWERS, **cheating.ANSWERS, **below.ANSWERS}
    for student, (answer, _, _) in answers.items():
        if student in students and (is_whole_fence() or student not in NEED_THE_KERNEL):
            place = folder / student
            place.mkdir(parents=True)
            (place / "multiply.py").write_bytes(answer if isinstance(answer, bytes) else answer.encode())
    hand_in_odd_files(folder, outside)
    before = set(descendants(os.getpid()))
    arguments = [
        "grade",
        str(folder),
        "--out",
        str(top / "grades.json"),
        "--kata",
        KATA.name,
        "--jobs",
        str(1 + len(students) // 12),
    ]
    options = ["--limits", "seconds=15,cpu=1,memory=512M"]
    run = CliRunner().invoke(main, [*arguments, *options], env={"TEACHERS_TOKEN": SECRET})
    assert run.exit_code == 0, run.output
    assert set(descendants(os.getpid())) <= before
    assert SECRET not in (top / "grades.json").read_text(encoding="utf-8")
    students = json.loads((top / "grades.json").read_text(encoding="utf-8"))["students"]
    return {s["student"]: s["katas"][0] for s in students}, top


def hand_in_odd_files(folder, outside):
    """What a folder of submissions may hold besides a file with an answer."""
    extra = {
        "rewritten test": RIGHT.replace("b.data", "7.0"),
        "test deleted": RIGHT,
        "writes to a neighbour": f"open({str(folder / 'honest' / 'multiply.py')!r}, 'w').write('1/0')\n",
        "linked file": None,
        "a pipe": None,
        "a giant": "#" * (1 << 20),
        "deep": RIGHT,
    }
    for student, answer in extra.items():
        place = folder / student / "01_white" / "03_multiply" if student == "deep" else folder / student
        place.mkdir(parents=True)
        if answer is not None:
            (place / "multiply.py").write_text(answer)
    (folder / "rewritten test" / "test_multiply.py").write_text("def test_nothing(): pass\n")
    (folder / "rewritten test" / "conftest.py").write_text("import os\nos._exit(0)\n")
    (folder / "linked file" / "multiply.py").symlink_to(outside / "multiply.py")
    os.mkfifo(folder / "a pipe" / "multiply.py")
    (folder / "linked folder").symlink_to(outside)
    (folder / "single file_multiply.py").write_text(RIGHT)
