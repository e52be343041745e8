"""A run in a process of its own, that ends when its time is up."""

import sys
import time

import pytest

from handgrad.demos.katas.judging.isolate import CAN_FORK, run_spawned
from handgrad.demos.katas.judging.judge import judge
from tests.demos.processes import is_zombie, wait_for
from tests.demos.programs import run


@pytest.mark.parametrize(
    "text", ["while True: pass", "def mine(*nodes):\n    while True: pass", "import time\ntime.sleep(60)"]
)
def test_endless_answer_is_stopped(text, kata, warm, answer):
    start = time.monotonic()
    verdict = judge(kata, answer(text), timeout=0.5, run=warm.run)
    assert verdict.status == "timeout"
    assert "0.5 seconds" in verdict.message
    assert time.monotonic() - start < 5


@pytest.mark.skipif(sys.platform != "linux", reason="looks in /proc")
def test_what_an_answer_starts_ends_with_it(kata, warm, answer, tmp_path):
    note = tmp_path / "pid"
    text = (
        "import subprocess, pathlib\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))\n"
    )
    judge(kata, answer(text), run=warm.run)
    wait_for(lambda: is_zombie(int(note.read_text())))


def test_a_fresh_interpreter_judges_alike(kata, answer):
    assert judge(kata, kata.solution, run=run_spawned).ok
    assert judge(kata, kata.folder / "wrong" / "minus.py", run=run_spawned).slips == ("sign",)
    assert judge(kata, answer("while True: pass"), timeout=1, run=run_spawned).status == "timeout"


@pytest.mark.skipif(not CAN_FORK, reason="forks")
def test_run_called_off_before_it_has_begun_ends(tmp_path):
    (tmp_path / "mine.py").write_text("while True: pass\n", encoding="utf-8")
    script = (
        "from handgrad.demos.katas.judging.isolate import run_forked\n"
        "from handgrad.demos.katas.judging.job import Job\n"
        "for _ in range(20): print(run_forked(Job(sys.argv[1], 'mine', sys.argv[1]), lambda: True).value)"
    )
    assert run(script, tmp_path).split() == ["cancelled"] * 20
