"""A run in a process of its own, that ends when its time is up."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from handgrad.demos.katas.judging.isolate import CAN_FORK, run_spawned
from handgrad.demos.katas.judging.judge import judge

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="the warm process forks")


@pytest.mark.parametrize(
    "text", ["while True: pass", "def mine(*nodes):\n    while True: pass", "import time\ntime.sleep(60)"]
)
def test_endless_answer_is_stopped(text, kata, warm, answer):
    start = time.monotonic()
    verdict = judge(kata, answer(text), timeout=0.5, run=warm.run)
    assert verdict.status == "timeout"
    assert "0.5 seconds" in verdict.message
    assert time.monotonic() - start < 5


def test_what_an_answer_starts_ends_with_it(kata, warm, answer, tmp_path):
    note = tmp_path / "pid"
    text = (
        "import subprocess, pathlib\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))\n"
    )
    judge(kata, answer(text), run=warm.run)
    pid = int(note.read_text())
    assert _ends(pid)


def _ends(pid):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
                return True
            os.kill(pid, 0)
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False


def test_a_fresh_interpreter_judges_alike(kata, answer):
    assert judge(kata, kata.solution, run=run_spawned).ok
    assert judge(kata, kata.folder / "wrong" / "minus.py", run=run_spawned).slips == ("sign",)
    assert judge(kata, answer("while True: pass"), timeout=1, run=run_spawned).status == "timeout"


def test_run_called_off_before_it_has_begun_ends(tmp_path):
    (tmp_path / "mine.py").write_text("while True: pass\n", encoding="utf-8")
    script = (
        "import sys; from handgrad.demos.katas.judging.isolate import run_forked\n"
        "from handgrad.demos.katas.judging.job import Job\n"
        "for _ in range(20): print(run_forked(Job(sys.argv[1], 'mine', sys.argv[1]), lambda: True).value)"
    )
    environment = {**os.environ}
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["cancelled"] * 20
