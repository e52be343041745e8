"""What a learner has done, in a file that is written whole or not at all."""

import json
import random
import signal
import subprocess
import sys
import time

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.workspace.progress import Progress, ProgressFile
from handgrad.demos.katas.workspace.workspace import MARK

COURSE = Course()


def test_progress_goes_to_disk_and_back(tmp_path):
    file = ProgressFile(tmp_path / "progress.json")
    assert file.load() == Progress()
    file.update(lambda p: p.add_passed("slope").set_hints("add", 2).set_current("add").add_parts("block", 3))
    assert ProgressFile(file.path).load() == Progress(frozenset({"slope"}), {"add": 2}, "add", {"block": 3})
    file.update(lambda p: p.forget("slope").forget("add").forget("block"))
    assert file.load() == Progress(current="add")


def test_without_one_kata_the_others_stay():
    before = Progress(frozenset({"add", "slope"}), {"add": 1, "slope": 2}, "add")
    assert before.forget("add") == Progress(frozenset({"slope"}), {"slope": 2}, "add")


def test_of_parts_the_most_that_were_right_are_kept():
    progress = Progress().add_parts("block", 3).add_parts("block", 1).add_parts("add", 0)
    assert progress.parts == {"block": 3}
    assert progress.join(Progress(parts={"block": 2, "heads": 1})).parts == {"block": 3, "heads": 1}
    assert progress.restrict({"add"}).parts == {}


def test_progress_of_before_there_were_parts_is_read(tmp_path):
    file = ProgressFile(tmp_path / "progress.json")
    file.path.write_bytes(b'{"version": 1, "passed": ["slope"], "hints": {}, "current": ""}')
    assert file.load() == Progress(frozenset({"slope"}))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"passed": "slope", "hints": {}, "current": ""}',
        b'{"passed": [1], "hints": {}, "current": ""}',
        b'{"passed": [], "hints": {"a": "b"}, "current": ""}',
        b'{"passed": [], "hints": {"a": true}, "current": ""}',
        b'{"passed": [], "hints": [], "current": ""}',
        b'{"passed": [], "hints": {}, "current": 3}',
        b'{"passed": [], "hints": {}, "current": "", "parts": {"a": "b"}}',
        b'{"passed": [], "hints": {}, "current": "", "parts": []}',
        b"[" * 100_000,
    ],
)
def test_damaged_progress_is_set_aside(content, tmp_path):
    file = ProgressFile(tmp_path / "progress.json")
    file.path.write_bytes(content)
    assert file.load() == Progress()
    assert file.set_aside.read_bytes() == content
    file.update(lambda p: p.add_passed("slope"))
    assert file.load().passed == {"slope"}


WRITER = """
import itertools, sys
from pathlib import Path
from handgrad.demos.katas.workspace.progress import ProgressFile
file = ProgressFile(Path(sys.argv[1]))
print("go", flush=True)
for n in itertools.count():
    file.update(lambda p: p.add_passed(f"kata{n}").set_hints("slope", n))
"""


@pytest.mark.rest
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills by signal")
def test_kill_in_the_middle_of_writing_loses_nothing(tmp_path):
    path = tmp_path / "progress.json"
    rng = random.Random(5)
    before = frozenset()
    for _ in range(8):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            deadline = time.monotonic() + rng.uniform(0.0, 0.1)
            while time.monotonic() < deadline:
                pass
            process.kill()
        file = ProgressFile(path)
        after = file.load().passed
        assert file.set_aside is None
        assert before <= after
        before = after
    assert before


@pytest.mark.rest
def test_two_runners_at_once_do_not_undo_each_other(tmp_path):
    pytest.importorskip("fcntl", reason="there are no locks without it")
    path = tmp_path / "progress.json"
    script = (
        "import sys; from pathlib import Path; from handgrad.demos.katas.workspace.progress import ProgressFile\n"
        "for n in range(30): ProgressFile(Path(sys.argv[1])).update(lambda p: p.add_passed(f'{sys.argv[2]}{n}'))"
    )
    runners = [subprocess.Popen([sys.executable, "-c", script, str(path), name]) for name in "ab"]
    assert [runner.wait() for runner in runners] == [0, 0]
    assert len(ProgressFile(path).load().passed) == 60


def test_state_is_small_readable_json(workspace):
    workspace.progress_file.update(lambda p: p.add_passed("slope"))
    text = (workspace.folder / MARK / "progress.json").read_text(encoding="utf-8")
    assert len(text.splitlines()) > 4
    facts = json.loads(text)
    assert facts == {"version": 1, "passed": ["slope"], "hints": {}, "current": ""}
