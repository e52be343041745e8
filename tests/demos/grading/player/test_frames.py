"""Messages between the referee and an answer: plain data, whatever the other side sends."""

import struct
import threading

import pytest

from handgrad.demos.grading.player import frames
from handgrad.demos.grading.player.frames import Channel, ChannelError


def framed(content):
    return struct.pack("!I", len(content)) + content


def test_messages_arrive_one_by_one_as_they_were_sent(ends):
    sender, receiver = map(Channel, ends)
    large = {"text": "\u2603" * 100_000, "numbers": [1, 2.5, None, True]}
    thread = threading.Thread(target=lambda: (sender.send({"first": 1}), sender.send(large)))
    thread.start()
    assert receiver.receive() == {"first": 1}
    assert receiver.receive() == large
    thread.join()


@pytest.mark.parametrize(
    "content", [b"rubbish", b"[1]", b"7", b"", b"\xff\xfe", b"[" * 100_000, b'{"a": 1} {}', b'{"a": '], ids=repr
)
def test_what_is_no_message_is_an_error_of_the_channel_and_no_other(content, ends):
    threading.Thread(target=ends[0].sendall, args=(framed(content),)).start()
    with pytest.raises(ChannelError, match="no message"):
        Channel(ends[1]).receive()


def test_a_length_that_is_too_large_is_refused_before_anything_is_read(ends):
    ends[0].sendall(struct.pack("!I", frames.MOST + 1))
    with pytest.raises(ChannelError, match="too long"):
        Channel(ends[1]).receive()


def test_a_message_that_is_too_long_is_not_sent(ends, monkeypatch):
    monkeypatch.setattr(frames, "MOST", 20)
    with pytest.raises(ChannelError, match="too long"):
        Channel(ends[0]).send({"text": "x" * 20})
    Channel(ends[0]).send({})
    assert Channel(ends[1]).receive() == {}


@pytest.mark.parametrize("sent", [b"", b"\0\0", framed(b'{"half": 1}')[:-3]])
def test_another_side_that_goes_is_said_wherever_it_stops(sent, ends):
    ends[0].sendall(sent)
    ends[0].close()
    with pytest.raises(ChannelError, match="the other side has gone"):
        Channel(ends[1]).receive()
    with pytest.raises(ChannelError, match="the other side has gone"):
        Channel(ends[1]).send({})
