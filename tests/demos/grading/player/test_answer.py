"""The process of an answer: how it breaks off, and what a student is told of that."""

import socket
import sys

import pytest

from handgrad import Value, gradients
from handgrad.demos.grading.player.answer import Player
from handgrad.demos.grading.player.frames import Channel
from handgrad.demos.grading.player.wire import Wire
from handgrad.manual import ByHandError
from tests.demos.grading.hostile.breaking import ANSWERS


@pytest.mark.drawn(1, rest=6)
@pytest.mark.parametrize("student", ANSWERS)
def test_every_answer_that_breaks_off_gets_its_verdict(student, graded):
    _, status, said = ANSWERS[student]
    found = graded[0][student]
    assert (found["status"], said in found["message"]) == (status, True), found


@pytest.mark.parametrize(
    ("student", "status"),
    [
        ("rewritten test", "failed"),
        ("test deleted", "passed"),
        ("writes to a neighbour", "error"),
        ("linked file", "refused"),
        ("linked folder", "refused"),
        ("a pipe", "refused"),
        ("a giant", "refused"),
        ("deep", "passed"),
        ("single file", "passed"),
    ],
)
def test_every_kind_of_file_gets_its_verdict(student, status, graded):
    assert graded[0][student]["status"] == status, graded[0][student]


@pytest.fixture
def player(tmp_path, monkeypatch):
    """Loads a program as an answer in this process: player(program), the player and what it says."""
    ends = socket.socketpair()
    monkeypatch.syspath_prepend(tmp_path)

    def load(program):
        (tmp_path / "answer_at_home.py").write_text(program, encoding="utf-8")
        monkeypatch.delitem(sys.modules, "answer_at_home", raising=False)
        found = Player(Channel(ends[0]), tmp_path, "answer_at_home")
        return found, found.load()

    yield load
    sys.modules.pop("answer_at_home", None)
    for end in ends:
        end.close()


def test_an_answer_gives_its_public_names_and_how_to_fetch_one(player):
    found, said = player("import math\n_hidden = 1\ndef backward(): return 7\n")
    assert said["do"] == "return"
    names, fetch = Wire(1, lambda number, args, _: found.wire.object(number)(*args), trusts=False).unpack(said)
    assert names == ["math", "backward"]
    assert fetch("backward")() == 7


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("x = 1\n\n1 / 0\n", "answer_at_home.py, line 3: 1 / 0\nZeroDivisionError: division by zero"),
        ("import sys\nsys.exit(3)\n", "the program asked to exit (SystemExit: 3)"),
        ("raise OSError(27, 'File too large')\n", "Stopped: it prints, or writes to a file, without end."),
        (
            "class Odd(Exception):\n    def __str__(self): raise self\nraise Odd\n",
            "an error that cannot be shown (Odd)",
        ),
    ],
)
def test_an_error_is_told_with_its_place_and_without_the_folder_it_ran_in(program, text, player, tmp_path):
    _, said = player(program)
    assert said["do"] == "raise"
    assert text in said["error"]["text"]
    assert str(tmp_path) not in said["error"]["text"]


def test_a_long_chain_of_calls_is_told_by_its_last_three_places(player):
    _, said = player("def down(n): return down(n - 1) if n else 1 / 0\ndown(20)\n")
    assert said["error"]["text"].count("line 1") == 3


def test_inside_a_call_the_work_is_by_hand_where_the_referee_says_so(player):
    found, _ = player("")
    with found.entering({"hand": "shut"}), pytest.raises(ByHandError):
        gradients(Value(2.0) * 3.0)
    with found.entering({"manual": True}):
        assert Value(2.0).grad is None
    with found.entering({}):
        assert Value(2.0).grad == 0.0
