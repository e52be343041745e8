"""A run in a process of its own, that ends when its time is up."""

import os
import sys

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.isolate import CAN_FORK, SPARE, run_spawned
from handgrad.demos.katas.judging.judge import judge
from tests.demos.processes import is_zombie, wait_for
from tests.demos.programs import run

forks = pytest.mark.skipif(not CAN_FORK, reason="forks")

LOADED = """
from pathlib import Path
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging import isolate
from handgrad.demos.katas.judging.judge import judge
isolate.load()
print(judge(Course()["add"], Path(sys.argv[1]), run=isolate.run_forked).output)
"""
"""A program that loads what runs need, and runs an answer then."""

PRODUCT = """
import os, numpy
numpy.ones((600, 600)) @ numpy.ones((600, 600))
threads = len(os.listdir("/proc/self/task"))
"""
PRINTS_LIMIT = "\nimport resource\nprint(resource.getrlimit(resource.RLIMIT_CPU)[0])\n"
SEVERAL_THREADS = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}


@pytest.mark.drawn(1)
@pytest.mark.parametrize(
    "text", ["while True: pass", "def mine(*nodes):\n    while True: pass", "import time\ntime.sleep(60)"]
)
def test_endless_answer_is_stopped(text, kata, warm, answer):
    verdict = judge(kata, answer(text), timeout=0.2, run=warm.run)
    assert verdict.status == "timeout"
    assert "0.2 seconds" in verdict.message


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


@pytest.mark.rest(of=3)
def test_a_fresh_interpreter_judges_alike(kata, minus, answer):
    assert judge(kata, kata.solution, run=run_spawned).ok
    assert judge(kata, minus, run=run_spawned).slips == ("sign",)
    assert judge(kata, answer("while True: pass"), timeout=1, run=run_spawned).status == "timeout"


@forks
def test_run_called_off_before_it_has_begun_ends(tmp_path):
    (tmp_path / "mine.py").write_text("while True: pass\n", encoding="utf-8")
    script = (
        "from handgrad.demos.katas.judging.isolate import run_forked\n"
        "from handgrad.demos.katas.judging.job import Job\n"
        "for _ in range(20): print(run_forked(Job(sys.argv[1], 'mine', sys.argv[1]), lambda: True).value)"
    )
    assert run(script, tmp_path).split() == ["cancelled"] * 20


@pytest.mark.rest(of=3)
@forks
def test_a_fork_has_what_was_loaded_before_it_the_renderer_of_pictures_too(answer):
    text = "import sys\nprint([n for n in ('pytest', 'numpy', 'handgrad.viz.renderer') if n not in sys.modules])"
    assert run(LOADED, answer(text)).strip() == "[]"


@pytest.mark.rest(of=3)
@pytest.mark.skipif(sys.platform != "linux", reason="looks in /proc")
def test_an_answers_matrix_product_has_one_thread_where_numpy_was_loaded_before_the_fork(answer):
    assert run(LOADED, answer(PRODUCT + "print(threads)"), env=SEVERAL_THREADS).strip() == "1"


@pytest.mark.rest(of=3)
@pytest.mark.skipif(sys.platform != "linux", reason="looks in /proc")
def test_verify_loads_numpy_for_one_thread_too(kata):
    kata.solution.write_text(PRODUCT + "assert threads == 1\n" + kata.solution.read_text(encoding="utf-8"))
    program = "from handgrad.demos.cli import main\nmain(['verify', sys.argv[1]])"
    assert "1 kata is sound." in run(program, kata.folder, env=SEVERAL_THREADS)


def test_nothing_is_loaded_where_nothing_is_forked():
    program = """
from handgrad.demos.katas.judging import isolate
isolate.CAN_FORK = False
isolate.load()
print("pytest" in sys.modules, "numpy" in sys.modules)
"""
    assert run(program).split() == ["False", "False"]


@pytest.mark.rest(of=3)
@forks
def test_an_answers_time_begins_when_what_runs_its_tests_is_loaded(answer):
    program = """
import time
from pathlib import Path
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging import isolate
from handgrad.demos.katas.judging.judge import judge

class TakesLong:
    def find_spec(self, name, *_):
        while name == "handgrad.demos.katas.judging.examine" and time.process_time() < 1.1: pass

sys.meta_path.insert(0, TakesLong())
found = judge(Course()["add"], Path(sys.argv[1]), timeout=1.0, run=isolate.run_forked)
print(found.status, found.output)
"""
    right = Course()["add"].solution.read_text(encoding="utf-8")
    status, *output = run(program, answer(right + PRINTS_LIMIT)).split()
    assert status == "passed"
    assert int(output[0]) >= 1 + 1 + SPARE, "seconds: of the import, of the answer, and to spare"
