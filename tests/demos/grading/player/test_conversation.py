"""A conversation of calls between two sides, each of which goes on where it was."""

import socket
import threading

import pytest

from handgrad.demos.grading.player.conversation import Session, base_of, error_like
from handgrad.demos.grading.player.frames import Channel


@pytest.fixture
def talk():
    """Has the other side give something, and gives this side's view of it: talk(thing)."""
    ours, theirs = socket.socketpair()
    here, there = Session(Channel(ours), 1, trusts=False), Session(Channel(theirs), -1, trusts=True)
    threads = []

    def begin(thing):
        def serve():
            there.channel.send({"do": "return", **there.wire.pack(thing)})
            try:
                there.receive_answer()
            except Exception:
                return

        threads.append(threading.Thread(target=serve))
        threads[0].start()
        return here.receive_answer()

    yield begin
    ours.close()
    for thread in threads:
        thread.join()
    theirs.close()


def test_a_function_of_the_other_side_is_called_there_with_what_it_is_given_here(talk):
    def add(first, *, second):
        return [threading.get_ident(), first + second]

    there, total = talk(add)(1.5, second=2.0)
    assert total == 3.5
    assert there != threading.get_ident()


def test_calls_may_go_back_and_forth_in_the_middle_of_each_other(talk):
    def down(number, call_back):
        return 0 if number == 0 else number + call_back(number - 1)

    def up(number):
        return function(number, up)

    function = talk(down)
    assert function(10, up) == 55


def test_a_list_that_is_changed_there_is_changed_here(talk):
    def double(numbers):
        numbers[:] = [2 * number for number in numbers]

    mine = [1.0, 2.0]
    talk(double)(mine)
    assert mine == [2.0, 4.0]


def test_an_error_there_is_raised_here_as_pythons_own_class_with_its_words(talk):
    class OddError(LookupError):
        pass

    def broken():
        raise OddError("not here")

    with pytest.raises(LookupError, match="not here") as caught:
        talk(broken)()
    assert type(caught.value) is LookupError


def test_the_nearest_class_of_pythons_own_is_found():
    assert base_of(type("Odd", (KeyError,), {})()) == "KeyError"
    assert base_of(KeyboardInterrupt()) == "KeyboardInterrupt"


@pytest.mark.parametrize(
    ("base", "kind"),
    [
        ("ValueError", ValueError),
        ("KeyboardInterrupt", Exception),  # it would end the program
        ("SystemExit", Exception),
        ("ExceptionGroup", Exception),  # it wants more than a text
        ("UnicodeDecodeError", Exception),
        ("print", Exception),
        ("int", Exception),
        ("nothing", Exception),
        (None, Exception),
    ],
)
def test_what_is_no_error_or_ends_a_program_becomes_a_plain_exception(base, kind):
    assert error_like({"base": base}) is kind
