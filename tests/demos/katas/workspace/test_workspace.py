"""A workspace: laid out, set back and remembered, and nothing of the learner's ever lost."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import pytest

from handgrad.demos.cli import command_names
from handgrad.demos.files import set_aside, write_new, write_whole
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.terminal.watch import KEYS
from handgrad.demos.katas.workspace.progress import Progress, ProgressFile
from handgrad.demos.katas.workspace.workspace import MARK, NoWorkspaceError, Workspace, WorkspaceError, start

COURSE = Course()
SLOPE = COURSE["slope"]


@pytest.fixture
def workspace(tmp_path):
    return start(tmp_path / "my katas", COURSE)[0]


def test_every_kata_is_laid_out(workspace):
    for kata in COURSE.katas:
        folder = workspace.folder / kata.place
        assert sorted(p.name for p in folder.iterdir()) == sorted(["kata.md", kata.file_name, f"test_{kata.file_name}"])


def test_workspace_says_how_it_goes(workspace):
    text = (workspace.folder / "README.md").read_text(encoding="utf-8")
    assert f"{len(COURSE.katas)} katas in {len(COURSE.belts)} belts" in text
    assert "`1_white/01_slope/kata.md`" in text
    for key in KEYS:
        assert f"| {key[0]} |" in text
    for command in re.findall(r"^    handgrad (\w+)", text, re.MULTILINE):
        assert command in command_names()
    for belt, katas in COURSE.belts.items():
        about = workspace.folder / katas[0].place.partition("/")[0] / "README.md"
        assert about.read_text(encoding="utf-8").lower().startswith(f"# {belt}")


def test_second_start_adds_only_what_is_missing(workspace):
    answer = workspace.answer(SLOPE)
    answer.write_text("mine", encoding="utf-8")
    (workspace.folder / "1_white" / "02_add" / "kata.md").unlink()
    _, layout = start(workspace.folder, COURSE)
    assert layout.added == ("1_white/02_add/kata.md",)
    assert layout.edited == ("1_white/01_slope/slope.py",)
    assert answer.read_text(encoding="utf-8") == "mine"


def test_files_of_another_program_stay(tmp_path):
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")
    start(tmp_path, COURSE)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "mine"


def test_no_workspace_in_a_workspace_nor_on_a_file_nor_in_the_course(workspace, tmp_path):
    with pytest.raises(WorkspaceError, match="inside the workspace"):
        start(workspace.folder / "inner", COURSE)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="is a file"):
        start(tmp_path / "file", COURSE)
    with pytest.raises(WorkspaceError, match="in the course itself"):
        start(COURSE.folder / "mine", COURSE)


def test_workspace_is_found_from_within(workspace, tmp_path):
    assert Workspace.find(workspace.folder / SLOPE.place).folder == workspace.folder
    with pytest.raises(NoWorkspaceError, match="handgrad start"):
        Workspace.find(tmp_path)


def test_resets_keep_every_version(workspace):
    answer = workspace.answer(SLOPE)
    kept = []
    for text in ("first", "second", "third"):
        answer.write_text(text, encoding="utf-8")
        kept.append(workspace.reset(SLOPE))
    assert [path.name for path in kept] == ["slope.py.1.bak", "slope.py.2.bak", "slope.py.3.bak"]
    assert [path.read_text(encoding="utf-8") for path in kept] == ["first", "second", "third"]
    assert answer.read_bytes() == SLOPE.stub.read_bytes()


def test_reset_of_an_untouched_file_keeps_nothing_and_of_a_lost_one_brings_it_back(workspace):
    assert workspace.reset(SLOPE) is None
    workspace.answer(SLOPE).unlink()
    with pytest.raises(WorkspaceError, match="handgrad reset slope"):
        workspace.answer(SLOPE)
    assert workspace.reset(SLOPE) is None
    assert workspace.answer(SLOPE).is_file()


def test_course_of_a_teacher_is_remembered(tmp_path, workspace):
    folder = tmp_path / "course"
    for kata in ("alpha", "beta"):
        (folder / kata).mkdir(parents=True)
        for source in SLOPE.handed_out:
            name = source.name.replace("slope", kata)
            (folder / kata / name).write_bytes(source.read_bytes())
    own, layout = start(tmp_path / "own", Course(folder))
    assert len(layout.added) == 2 * 3 + 1
    assert "2 katas.\n" in (own.folder / "README.md").read_text(encoding="utf-8")
    assert [kata.name for kata in Workspace.find(own.folder).course.katas] == ["alpha", "beta"]
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(WorkspaceError, match="--course"):
        _ = Workspace.find(own.folder).course


def test_progress_goes_to_disk_and_back(tmp_path):
    file = ProgressFile(tmp_path / "progress.json")
    assert file.load() == Progress()
    file.update(lambda p: p.with_passed("slope").with_hint("add", 2).with_current("add"))
    assert ProgressFile(file.path).load() == Progress(frozenset({"slope"}), {"add": 2}, "add")
    file.update(lambda p: p.without("slope").without("add"))
    assert file.load() == Progress(current="add")


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
        b"[" * 100_000,
    ],
)
def test_damaged_progress_is_set_aside(content, tmp_path):
    file = ProgressFile(tmp_path / "progress.json")
    file.path.write_bytes(content)
    assert file.load() == Progress()
    assert file.set_aside.read_bytes() == content
    file.update(lambda p: p.with_passed("slope"))
    assert file.load().passed == {"slope"}


def test_new_file_is_written_where_there_is_none(tmp_path):
    path = tmp_path / "folder" / "a.py"
    write_new(path, b"first")
    with pytest.raises(FileExistsError):
        write_new(path, b"second")
    assert path.read_bytes() == b"first"


def test_copies_set_aside_do_not_overwrite_each_other(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("x", encoding="utf-8")
    assert [set_aside(path, ".bak").name for _ in range(3)] == ["a.py.1.bak", "a.py.2.bak", "a.py.3.bak"]


def test_failed_write_leaves_the_old_file_and_no_part(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(TypeError):
        write_whole(path, "no bytes", scratch=tmp_path)
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


WRITER = """
import itertools, sys
from pathlib import Path
from handgrad.demos.katas.workspace.progress import ProgressFile
file = ProgressFile(Path(sys.argv[1]))
print("go", flush=True)
for n in itertools.count():
    file.update(lambda p: p.with_passed(f"kata{n}").with_hint("slope", n))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills by signal")
def test_kill_in_the_middle_of_writing_loses_nothing(tmp_path):
    path = tmp_path / "progress.json"
    rng = random.Random(5)
    before = frozenset()
    for _ in range(8):
        command = [sys.executable, "-c", WRITER, str(path)]
        environment = {**os.environ}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
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


def test_two_runners_at_once_do_not_undo_each_other(tmp_path):
    path = tmp_path / "progress.json"
    script = (
        "import sys; from pathlib import Path; from handgrad.demos.katas.workspace.progress import ProgressFile\n"
        "for n in range(30): ProgressFile(Path(sys.argv[1])).update(lambda p: p.with_passed(f'{sys.argv[2]}{n}'))"
    )
    environment = {**os.environ}
    runners = [subprocess.Popen([sys.executable, "-c", script, str(path), name], env=environment) for name in "ab"]
    assert [runner.wait(timeout=60) for runner in runners] == [0, 0]
    assert len(ProgressFile(path).load().passed) == 60


def test_state_is_small_readable_json(workspace):
    workspace.progress_file.update(lambda p: p.with_passed("slope"))
    facts = json.loads((workspace.folder / MARK / "progress.json").read_text(encoding="utf-8"))
    assert facts == {"version": 1, "passed": ["slope"], "hints": {}, "current": ""}
