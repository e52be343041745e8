"""The judge: a verdict for every kind of answer, and nothing left running or lying about."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from handgrad import Value, compare, gradients, numeric_gradients
from handgrad.demos.katas.authoring.making import make_kata
from handgrad.demos.katas.checking import ByHandError, by_hand, check_gradients, hand_graph
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.isolate import run_spawned
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.judging.warm import WarmProcess
from handgrad.testing import GradientError

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the warm process forks")


@pytest.fixture(scope="module")
def warm():
    process = WarmProcess()
    yield process
    process.close()


@pytest.fixture
def kata(tmp_path):
    return Course(make_kata(tmp_path, "mine")).katas[0]


@pytest.fixture
def answer(tmp_path):
    path = tmp_path / "an answer.py"

    def write(text):
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return path

    return write


def test_solution_passes(kata, warm):
    verdict = judge(kata, kata.solution, run=warm.run)
    assert verdict
    assert (verdict.status, verdict.passed, verdict.failures) == ("passed", 5, ())


def test_wrong_gradient_brings_table_slip_comparison_and_picture(kata, warm, tmp_path):
    picture = tmp_path / "pictures" / "mine.svg"
    verdict = judge(kata, kata.folder / "wrong" / "minus.py", picture=picture, run=warm.run)
    assert verdict.status == "failed"
    assert "Called mine(a, b, product, L)" in verdict.message
    assert "the sign does not" in verdict.message
    assert verdict.slips == ("sign",)
    assert [n["status"] for n in verdict.comparison["nodes"]] == ["correct", "wrong", "carried", "carried"]
    assert verdict.picture == picture
    assert 'stroke="red"' in picture.read_text(encoding="utf-8")
    assert json.loads(json.dumps(verdict.to_dict()))["status"] == "failed"


def test_lines_of_a_verdict_say_what_its_message_says_and_which_is_what(kata, warm, answer):
    verdict = judge(kata, kata.folder / "wrong" / "minus.py", run=warm.run)
    kinds = [line.kind for line in verdict.lines if line.kind != "text"]
    assert kinds == ["title", "correct", "wrong", "note", "carried", "carried", "summary"]
    assert all(line.text.endswith(line.word) for line in verdict.lines)
    said = " ".join(line.text for line in verdict.lines)
    assert said.split() == [word for word in verdict.message.split() if word != "^"]
    stopped = judge(kata, answer("while True: pass"), timeout=0.2, run=warm.run)
    assert [line.text for line in stopped.lines] == [stopped.message]


@pytest.mark.parametrize("name", ["used_twice", "marking", "overwritten"])
def test_of_several_failures_the_picture_is_of_the_one_that_the_table_is_of(name, warm, tmp_path):
    kata, picture = Course()[name], tmp_path / "picture.svg"
    verdict = judge(kata, kata.stub, picture=picture, run=warm.run)
    assert len(verdict.failures) > 1
    drawn = picture.read_text(encoding="utf-8")
    assert all(f"{abs(node['data']):.6g}" in drawn for node in verdict.comparison["nodes"])


def test_table_does_not_tell_the_answers(kata, warm):
    verdict = judge(kata, kata.stub, run=warm.run)
    for node in verdict.comparison["nodes"][1:]:
        assert f"{node['expected']:.6g}" not in verdict.message.replace("Expected", "") or node["expected"] in (
            1.0,
            *(n["data"] for n in verdict.comparison["nodes"]),
        )


def test_kata_that_passes_leaves_a_picture_with_nothing_in_red(kata, warm, tmp_path):
    picture = tmp_path / "mine.svg"
    judge(kata, kata.folder / "wrong" / "minus.py", picture=picture, run=warm.run)
    assert judge(kata, kata.solution, picture=picture, run=warm.run).picture == picture
    drawn = picture.read_text(encoding="utf-8")
    assert 'stroke="red"' not in drawn
    assert "product" in drawn
    assert "?" not in drawn.partition("<svg")[2]


def test_old_picture_goes_where_a_kata_that_passes_has_no_graph(warm, tmp_path):
    slope, picture = Course()["slope"], tmp_path / "slope.svg"
    picture.write_text("old", encoding="utf-8")
    assert judge(slope, slope.solution, picture=picture, run=warm.run).picture is None
    assert not picture.exists()


ERRORS = [
    ("x = [", "SyntaxError"),
    ("1 / 0", "line 1: 1 / 0\nZeroDivisionError"),
    ("import nonsense_here", "ModuleNotFoundError"),
    ("def other(): pass", "mine.py has no function mine."),
    ("import os\nos.remove(__file__)", "mine.py has no function mine."),
    ("from mine import other", "line 1: from mine import other\nImportError: cannot import name 'other'"),
    ("import sys\nsys.exit(0)", "asked to exit"),
    ("import os\nos._exit(0)", "ended the whole program"),
    ("def mine(*nodes):\n    import os\n    os._exit(0)", "ended the whole program"),
    ("raise KeyboardInterrupt", "ended the whole program"),
    ("while True:\n    print('spam' * 1000)", "without end"),
    ("def mine(*nodes):\n    nodes[0].wrong = 1", "line 2"),
    ("def mine():\n    pass", "takes 0 positional arguments"),
    ("def mine(a, b, product, L):\n    L.backward()", "done by hand"),
    ("from handgrad import gradients\ndef mine(a, b, product, L):\n    gradients(L)", "done by hand"),
    ("def mine(*nodes):\n    nodes[0].data = 3.0", "stale"),
    (b"\xff\xfe\n\0", "mine.py is not UTF-8 (it looks like UTF-16): save it as UTF-8."),
    ("def mine(): pass".encode("utf-16-le"), "mine.py is not UTF-8 (it looks like UTF-16): save it as UTF-8."),
    ("x = 'caf\xe9'\n".encode("latin-1"), "SyntaxError"),
    ("", "mine.py is empty."),
    ("\n  \n", "mine.py is empty."),
]


@pytest.mark.parametrize(("text", "said"), ERRORS)
def test_answer_that_breaks_is_an_error_that_says_where(text, said, kata, warm, answer):
    verdict = judge(kata, answer(text), run=warm.run)
    assert (verdict.status, said in verdict.message) == ("error", True), verdict
    assert tempfile.gettempdir() not in verdict.message


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


def test_print_of_the_answer_is_shown(kata, warm, answer):
    text = kata.stub.read_text(encoding="utf-8") + "    print('a is', a.data)\n"
    assert "a is 4." in judge(kata, answer(text), run=warm.run).output


def test_answer_cannot_reach_the_tests_or_itself(kata, warm, answer):
    text = (
        "import pathlib\n"
        "for path in pathlib.Path('.').glob('test_*.py'):\n"
        "    path.write_text('def test_nothing(): pass')\n"
        "pathlib.Path(__file__).write_text('gone')\n"
    )
    path = answer(text)
    before = kata.test.read_bytes()
    judge(kata, path, run=warm.run)
    assert kata.test.read_bytes() == before
    assert path.read_text(encoding="utf-8") == text


def test_no_temporary_file_is_left(kata, warm, answer, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    judge(kata, answer("while True: pass"), timeout=0.2, run=warm.run)
    judge(kata, kata.solution, run=warm.run)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_fresh_interpreter_judges_alike(kata, answer):
    assert judge(kata, kata.solution, run=run_spawned).ok
    assert judge(kata, kata.folder / "wrong" / "minus.py", run=run_spawned).slips == ("sign",)
    assert judge(kata, answer("while True: pass"), timeout=1, run=run_spawned).status == "timeout"


def test_running_check_can_be_called_off(kata, warm, answer):
    path = answer("while True: pass")
    found = []
    thread = threading.Thread(target=lambda: found.append(judge(kata, path, timeout=30, run=warm.run)))
    thread.start()
    deadline = time.monotonic() + 20
    while not found and time.monotonic() < deadline:
        warm.cancel()
        thread.join(0.02)
    assert [verdict.status for verdict in found] == ["cancelled"]
    assert judge(kata, kata.solution, run=warm.run).ok


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


def test_killed_warm_process_is_replaced(kata):
    process = WarmProcess()
    try:
        process._process.kill()
        assert judge(kata, kata.solution, run=process.run).ok
        assert judge(kata, kata.solution, run=process.run).ok
    finally:
        process.close()


def test_warm_process_goes_when_its_owner_is_gone(kata):
    process = WarmProcess()
    pid = process._process.pid
    process._process.stdin.close()
    process._process.wait(timeout=10)
    assert _ends(pid)
    process._process.stdout.close()


@pytest.mark.parametrize(
    "autodiff",
    [lambda L: L.backward(), gradients, compare, numeric_gradients],
    ids=["backward", "gradients", "compare", "numeric"],
)
def test_by_hand_refuses_autodiff_and_lets_go_afterwards(autodiff):
    L = Value(3.0, "a") * Value(4.0, "b")
    with pytest.raises(ByHandError, match="done by hand"), by_hand():
        autodiff(L)
    autodiff(L)


def test_gradients_can_be_checked_inside_by_hand():
    a, b, L = hand_graph(lambda a, b: (a, b, a * b), a=3.0, b=4.0)
    with by_hand():
        L.grad, a.grad, b.grad = 1.0, 4.0, 4.0
        with pytest.raises(GradientError, match="Called f\\(a, b\\)") as raised:
            check_gradients(L, call="f(a, b)")
        with pytest.raises(ByHandError):
            gradients(L)
    assert raised.value.comparison.causes[0].name == "b"
