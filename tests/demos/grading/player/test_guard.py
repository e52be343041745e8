"""The fence around an answer: what uses too much, or reaches for what is not its own, is ended and told why."""

import subprocess
import sys

import pytest

from handgrad.demos.grading.player import guard
from tests.demos.grading.hostile.guarded import ANSWERS


@pytest.mark.drawn(1)
@pytest.mark.parametrize("student", ANSWERS)
def test_every_answer_that_goes_too_far_is_ended(student, graded):
    _, status, said = ANSWERS[student]
    found = graded[0][student]
    assert (found["status"], said in found["message"]) == (status, True), found


# A program that puts the hooks up and then forks a child for each attempt: what each is told, and how it ends.
ATTEMPTS = """
import os, runpy, sys
guard = runpy.run_path(sys.argv[1])
own, shared, hidden = sys.argv[2:]
os.chdir(own)
REFUSED = {
    "open outside its own folder": lambda: open(shared + "/new", "w"),
    "open  outside its own folder": lambda: open(hidden + "/secret"),
    "open   outside its own folder": lambda: open(own + "/../shared/new", "a"),
    "os.mkdir outside its own folder": lambda: os.mkdir(shared + "/folder"),
    "os.rename outside its own folder": lambda: os.rename("here", shared + "/here"),
    "os.remove outside its own folder": lambda: os.remove(shared + "/known"),
    "os.listdir outside its own folder": lambda: os.listdir(hidden),
    "os.scandir outside its own folder": lambda: os.scandir(hidden),
    "os.chdir outside its own folder": lambda: os.chdir(hidden),
    "os.rmdir outside its own folder": lambda: os.rmdir(hidden),
    "os.link outside its own folder": lambda: os.link(shared + "/known", "linked"),
    "os.truncate outside its own folder": lambda: os.truncate(shared + "/known", 0),
    "os.chmod outside its own folder": lambda: os.chmod(shared + "/known", 0),
    "os.utime outside its own folder": lambda: os.utime(shared + "/known"),
    "os.system": lambda: os.system("true"),
    "os.symlink": lambda: os.symlink(shared, "link"),
    "os.kill": lambda: os.kill(os.getppid(), 0),
    "socket.__new__": lambda: __import__("_socket").socket(2, 1),
    "it makes files and folders without end": lambda: [os.mkdir(str(n)) for n in range(6)],
    "sys.addaudithook": lambda: sys.addaudithook(print),
}
ALLOWED = [
    lambda: open("here", "w").close(), lambda: open(shared + "/known").close(), lambda: os.listdir("."),
    lambda: [os.mkdir(f'd{n}') for n in range(5)], lambda: os.rename("here", "there"), lambda: open(os.devnull, "w"),
    lambda: os.listdir(shared), lambda: __import__("_socket").socketpair(), lambda: nothing_left(),
]
def nothing_left():
    names = "pidfd_open mknod mkfifo setns unshare".split()
    assert not [name for name in names if hasattr(os, name) or hasattr(guard["posix"], name)]
    assert not hasattr(guard["signal"], "pidfd_send_signal")
open("here", "w").close()
reading, writing = os.pipe()
for attempt in [*REFUSED.values(), *ALLOWED]:
    if not os.fork():
        os.dup2(writing, 2)
        guard["install_guard"](own, [shared], [hidden], 5)
        attempt()
        os._exit(0)
    _, status = os.wait()
    told = os.read(reading, 999).decode().strip() if status else ""
    print(os.waitstatus_to_exitcode(status), told, flush=True)
for name in REFUSED:
    print(name)
"""


@pytest.fixture(scope="module")
def attempts(tmp_path_factory):
    """What becomes of each attempt, and what the refused ones should be told."""
    top = tmp_path_factory.mktemp("guarded").resolve()
    for name in ("own", "shared/hidden"):
        (top / name).mkdir(parents=True)
    for name in ("shared/known", "shared/hidden/secret"):
        (top / name).write_text("kept")
    places = [str(top / name) for name in ("own", "shared", "shared/hidden")]
    command = [sys.executable, "-I", "-S", "-c", ATTEMPTS, guard.__file__, *places]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    names = [" ".join(line.split()) for line in lines[-20:]]
    return lines[:-20], names, top


def test_what_is_not_an_answers_own_is_refused_in_words_that_say_what(attempts):
    told, names, top = attempts
    assert told[: len(names)] == [f"77 {guard.REFUSAL}{name}" for name in names]
    assert (top / "shared" / "known").read_text() == "kept"
    assert {path.name for path in (top / "shared").iterdir()} == {"known", "hidden"}


def test_what_an_answer_has_a_use_for_is_let_through(attempts):
    told, names, _ = attempts
    assert [line.strip() for line in told[len(names) :]] == ["0"] * 9


LIMITED = """
import resource, runpy, sys
guard = runpy.run_path(sys.argv[1])
guard["set_limits"](dict(memory=1 << 30, file_size=1000, processes=100, cpu=2))
names = "RLIMIT_AS RLIMIT_FSIZE RLIMIT_CPU RLIMIT_CORE RLIMIT_NOFILE".split()
print(*(resource.getrlimit(getattr(resource, name)) for name in names), sep=";")
"""


def test_the_kernel_has_the_limits_for_good():
    command = [sys.executable, "-I", "-S", "-c", LIMITED, guard.__file__]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().split(";")
    assert told == [str((1 << 30, 1 << 30)), "(1000, 1000)", "(2, 3)", "(0, 0)", "(64, 64)"]
