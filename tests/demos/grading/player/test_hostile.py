"""Past the hooks: what only the kernel refuses, and what only a container would."""

import os
import tempfile
from pathlib import Path

import pytest

import handgrad.demos.grading
from handgrad.demos.grading.fence.kernel import is_whole_fence
from tests.demos.grading.classes import by_student, grade, hand_in
from tests.demos.grading.hostile import MARK, RIGHT
from tests.demos.grading.hostile.below import ANSWERS
from tests.optional import only_where

# Each: what an answer does that only a container would stop, and what it prints then. No verdict depends on it.
ONLY_A_CONTAINER = {
    "names": ("import os\nprint(os.path.exists('/etc/passwd'))\n", "True"),
    "the disk": (
        "for i in range(150):\n    with open(str(i), 'wb') as file: file.truncate(1 << 20)\n"
        "import os\nprint(sum(os.path.getsize(str(i)) for i in range(150)) >> 20)\n",
        "150",
    ),
}


@pytest.mark.rest
@pytest.mark.drawn(1, rest=4)
@only_where(is_whole_fence(), "the kernel has not all that holds an answer")
@pytest.mark.parametrize("student", ANSWERS)
def test_without_the_hooks_the_kernel_still_refuses(student, graded):
    _, status, said = ANSWERS[student]
    found = graded[0][student]
    assert (found["status"], said in found["message"]) == (status, True), found


def test_nothing_is_left_and_nobody_is_harmed(graded):
    _, top = graded
    assert (top / "in" / "honest" / "multiply.py").read_text() == RIGHT
    assert sorted(p.name for p in top.iterdir()) == ["grades.journal.jsonl", "grades.json", "in", "outside"]
    temporary = Path(tempfile.gettempdir())
    assert not (temporary / MARK).exists()
    assert not [folder for folder in temporary.glob("handgrad-grade-*") if is_abandoned(folder)]


def is_abandoned(folder):
    import fcntl

    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


@pytest.fixture(scope="module")
def uncontained(tmp_path_factory):
    """The results of those that only a container would stop, by kind."""
    folder = tmp_path_factory.mktemp("uncontained")
    for kind, (answer, _) in ONLY_A_CONTAINER.items():
        hand_in(folder / "in", kind, multiply=f"{answer}{RIGHT.replace('b.data', '7.0')}".encode())
    grade(folder / "in", "--out", folder / "g.json")
    return {kind: result for kind, (result,) in by_student(folder / "g.json").items()}


@pytest.mark.rest
@pytest.mark.parametrize("kind", ONLY_A_CONTAINER)
def test_what_only_a_container_stops_is_told_in_the_docs_and_changes_no_verdict(kind, uncontained):
    result = uncontained[kind]
    assert (result["status"], result["output"].strip()) == ("failed", ONLY_A_CONTAINER[kind][1])
    readme = Path(handgrad.demos.grading.__file__).parent / "README.md"
    _, _, docs = readme.read_text(encoding="utf-8").partition("## What needs a container")
    assert f"**{kind}**" in docs
