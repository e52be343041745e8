"""The referee's side: what a test gets of an answer in another process, and what is noted of it."""

import threading
from pathlib import Path

import pytest

from handgrad.demos.grading.player.answer import Player
from handgrad.demos.grading.player.frames import Channel, ChannelError
from handgrad.demos.grading.running.referee import AnswerModule, AnswerSession, RefereeRecorder


def test_a_module_has_the_answers_public_names_and_nothing_of_its_own_to_look_in():
    module = AnswerModule("mine", ["backward", "_hidden", "__path__"], lambda name: f"their {name}")
    assert module.backward == "their backward"
    for name in ("_hidden", "__path__", "other"):
        with pytest.raises(AttributeError):
            getattr(module, name)


def test_what_an_answer_defines_is_called_where_it_is(ends, tmp_path, monkeypatch):
    (tmp_path / "mine_apart.py").write_text("def twice(x):\n    return 2 * x\n\nLIST = [1.0]\n_hidden = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    player = Player(Channel(ends[1]), tmp_path, "mine_apart")

    def play():
        player.channel.send(player.load())
        with pytest.raises(ChannelError):
            player.receive_answer()

    thread = threading.Thread(target=play)
    thread.start()
    module = AnswerSession(Channel(ends[0]), "mine_apart.py").load()
    assert module.__name__ == "mine_apart"
    assert module.twice(1.5) == 3.0
    assert module.LIST == [1.0]
    assert not hasattr(module, "_hidden")
    ends[0].close()
    thread.join()


@pytest.mark.parametrize(
    ("things", "said"),
    [
        (["names", 7], "broke the rules of grading: its first message is not what it should be"),
        ({"of": 99}, "broke the rules of grading: what came does not hold together"),
        (None, "broke the rules of grading"),
    ],
)
def test_a_first_message_that_is_none_ends_the_answer(things, said, ends):
    Channel(ends[1]).send({"do": "return", "things": things, "new": [], "state": []})
    session = AnswerSession(Channel(ends[0]), "mine.py")
    with pytest.raises(Exception, match=r"mine\.py") as caught:
        session.load()
    assert said in caught.value.answer_text
    assert session.end == caught.value.answer_text


def test_an_answer_that_has_gone_is_said_again_at_every_later_call(ends):
    ends[1].close()
    session = AnswerSession(Channel(ends[0]), "mine.py")
    for attempt in (session.load, lambda: session.call(1, (), {})):
        with pytest.raises(Exception, match=r"mine\.py ended the whole program"):
            attempt()


@pytest.fixture
def told():
    return []


@pytest.fixture
def recorder(told):
    return RefereeRecorder(Path("mine.py"), b"", told.append)


def test_each_test_is_told_as_it_ends(recorder, told):
    recorder.note_pass("test_one")
    recorder.note("test_two", AssertionError("Wrong."))
    assert told[0] == {"passed": "test_one"}
    failure = told[1]["failure"]
    assert (failure["test"], failure["status"], failure["message"]) == ("test_two", "failed", "Wrong.")
    assert "lines" not in failure


def test_a_test_that_breaks_on_what_it_got_names_the_answer_and_not_the_test_alone(recorder, told):
    recorder.note("test_two", TypeError("no number"))
    (fact,) = told
    assert (
        fact["failure"]["message"] == "What mine.py gave back is of no use to its test test_two: TypeError: no number"
    )


def test_an_error_in_the_answer_is_told_in_the_answers_own_words(recorder, told):
    error = type("AnswerError", (ValueError,), {"answer_text": "mine.py, line 3: 1 / 0"})("short")
    recorder.note("test_two", error)
    assert (told[0]["failure"]["status"], told[0]["failure"]["message"]) == ("error", "mine.py, line 3: 1 / 0")


def test_a_message_without_end_and_failures_without_end_are_cut_off(recorder, told):
    for number in range(60):
        recorder.note(f"test_{number}", AssertionError("x" * 10_000))
    assert len(told) == 50
    assert max(len(fact["failure"]["message"]) for fact in told) == 6000
    assert len(recorder.failures) == 60


def test_a_file_that_is_not_utf_8_is_said_to_be_and_the_error_of_python_is_not(told):
    recorder = RefereeRecorder(Path("mine.py"), "x = 1".encode("utf-16"), told.append)
    error = type("AnswerError", (SyntaxError,), {"answer_text": "source code cannot contain null bytes"})("short")
    recorder.note("import", error)
    assert told[0]["failure"]["status"] == "error"
    assert "save it as UTF-8" in told[0]["failure"]["message"]
