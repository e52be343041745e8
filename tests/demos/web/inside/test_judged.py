"""A kata's verdict in the page."""

import pytest


@pytest.mark.parametrize(
    ("how", "status", "words"),
    [
        ("timeout", "timeout", "loop"),
        ("crash", "error", "ended the whole program"),
        ("stop", "cancelled", "cancelled"),
    ],
)
def test_an_interpreter_that_was_ended_leaves_the_commands_verdict(session, how, status, words):
    reply = session.handle({"do": "ended", "kata": "add", "text": "while True: pass", "how": how})
    assert reply["status"] == status
    assert words in reply["message"]
