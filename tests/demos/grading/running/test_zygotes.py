"""The processes that fork answers: what they may reach, and that a lost one is replaced."""

import os
import socket
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from handgrad.demos.grading.fence.kernel import LIST, READ, RUN, WRITE
from handgrad.demos.grading.fence.limits import Limits
from handgrad.demos.grading.player.frames import Channel
from handgrad.demos.grading.running.processes import descendants
from handgrad.demos.grading.running.referee import AnswerSession
from handgrad.demos.grading.running.zygotes import HIDDEN, NUMPY, PLACES, Zygote, bare_environment, last_line
from handgrad.demos.katas.judging.environment import PACKAGE


def test_the_environment_of_an_answer_is_its_own_alone(monkeypatch):
    monkeypatch.setenv("TEACHERS_TOKEN", "secret")
    found = bare_environment(Path("/home"))
    assert found.keys() >= {"PATH", "HOME", "TMPDIR", "LANG"}
    assert found["HOME"] == found["TMPDIR"] == "/home"
    assert "secret" not in found.values()
    assert not {"PYTHONPATH", "USER"} & found.keys()


@pytest.mark.parametrize(
    ("content", "line"), [(b"", ""), (b"one\ntwo\n\n", "two"), (b"Traceback\nOSError: \xff\n", "OSError: \ufffd")]
)
def test_the_last_line_says_what_happened(content, line):
    assert last_line(content) == line


def test_nothing_that_is_installed_beside_numpy_may_be_read_and_nothing_is_written():
    assert all(rights in (LIST, READ, RUN) for place, rights in PLACES.items() if place != os.devnull)
    readable = [place for place, rights in PLACES.items() if rights != LIST]
    assert PLACES[os.devnull] == WRITE
    assert PLACES[str(NUMPY)] == READ
    for hidden in [*HIDDEN, str(PACKAGE)]:
        inside = [place for place in readable if f"{hidden}/".startswith(f"{place}/")]
        assert not inside, (hidden, inside)


def test_pythons_own_program_may_run():
    assert RUN in {
        PLACES[place] for place in PLACES if os.path.exists(place) and os.path.samefile(place, sys.executable)
    }


@pytest.fixture
def zygote(grading, tmp_path):
    process = Zygote(grading[0] / "by-hand", tmp_path)
    yield process
    process.close()


def names_of_an_answer(zygote, folder):
    """The public names of an answer that a zygote forks."""
    (folder / "mine.py").write_text("one, two = 1, 2\n")
    ours, theirs = socket.socketpair()
    with ours, theirs, open(os.devnull, "wb") as output:
        zygote.fork({"folder": str(folder), "name": "mine", "limits": asdict(Limits())}, theirs, output.fileno())
        theirs.close()
        return sorted(AnswerSession(Channel(ours), "mine.py").load()._public)


def test_an_answer_is_forked_and_a_zygote_that_was_killed_is_started_again(zygote, tmp_path):
    assert zygote.pids == set()
    assert names_of_an_answer(zygote, tmp_path) == ["one", "two"]
    first = zygote.pids
    assert first <= set(descendants(os.getpid()))
    zygote._process.kill()
    zygote._process.wait()
    assert names_of_an_answer(zygote, tmp_path) == ["one", "two"]
    assert not first & zygote.pids
    zygote.close()
    assert zygote.pids == set()
