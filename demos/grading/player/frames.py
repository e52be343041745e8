"""Messages between the referee and the player: JSON with its length in front, and nothing else.

Whatever the other side sends, what comes out is plain data: numbers, texts, lists and dicts.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

MOST = 16 << 20
"""Bytes of one message; a longer one is an attack or an accident."""

_LENGTH = struct.Struct("!I")


class ChannelError(Exception):
    """The other side has gone, or does not keep to the rules."""


class Channel:
    """One end of a connected socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, message: dict[str, Any]) -> None:
        """Send one message.

        Raises:
            ChannelError: it is too long, or the other side has gone.
        """
        content = json.dumps(message).encode("ascii")
        if len(content) > MOST:
            raise ChannelError(f"a message of {len(content)} bytes is too long")
        try:
            self._connection.sendall(_LENGTH.pack(len(content)) + content)
        except OSError as error:
            raise ChannelError("the other side has gone") from error

    def receive(self) -> dict[str, Any]:
        """Wait for one message.

        Raises:
            ChannelError: the other side has gone, or sent what is no message.
        """
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        if length > MOST:
            raise ChannelError(f"a message of {length} bytes is too long")
        try:
            message = json.loads(self._exactly(length))
        except (ValueError, RecursionError) as error:
            raise ChannelError("what came is no message") from error
        if not isinstance(message, dict):
            raise ChannelError("what came is no message")
        return message

    def _exactly(self, count: int) -> bytes:
        content = bytearray()
        while len(content) < count:
            try:
                block = self._connection.recv(min(count - len(content), 1 << 20))
            except OSError as error:
                raise ChannelError("the other side has gone") from error
            if not block:
                raise ChannelError("the other side has gone")
            content += block
        return bytes(content)
